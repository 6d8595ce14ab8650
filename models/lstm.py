"""A long short-term memory that writes text, character by character (Hochreiter and Schmidhuber 1997).

    python -m models.lstm train
    python -m models.lstm sample --prompt "Of Man"

It reads the text from its beginning to its end, in many places at once, and keeps its state from stretch to stretch,
while gradients go back to the beginning of a stretch alone: truncated backpropagation through time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from autograd import nn
from models.text import Batch, Codes, State, TextModel, stretches
from models.text_commands import main


class LSTM(TextModel):
    """Characters (batch, places) to the logits of those that follow, (batch, places, characters)."""

    NAME, BATCH_SIZE, STEPS, LEARNING_RATE = "lstm", 32, 6000, 4e-3
    SIZES: ClassVar = {
        "context": (32, "characters of a stretch, through which gradients go back"),
        "hidden": (128, "numbers in which it remembers"),
        "layers": (1, "recurrences above each other"),
    }

    def __init__(
        self,
        characters: int,
        context: int = 32,
        hidden: int = 128,
        layers: int = 1,
        rng: np.random.Generator | None = None,
    ) -> None:
        rng = nn.init.generator(rng)
        self.sizes = {"context": context, "hidden": hidden, "layers": layers}
        self.characters = nn.Embedding(characters, hidden, rng=rng)
        self.memory = nn.LSTM(hidden, hidden, layers, batch_first=True, rng=rng)
        self.head = nn.Linear(hidden, characters, rng=rng)

    def forward(self, characters: Any, state: State) -> tuple[Any, State]:
        y, state = self.memory(self.characters(characters), state)
        return self.head(y), state

    continued = nn.Module.__call__

    def begin(self, batch: int) -> State:
        shape = self.sizes["layers"], batch, self.sizes["hidden"]
        return np.zeros(shape, np.float32), np.zeros(shape, np.float32)

    def batches(self, codes: Codes, size: int, rng: np.random.Generator) -> Iterator[Batch]:
        while True:
            yield from stretches(np.roll(codes, -int(rng.integers(len(codes)))), size, self.sizes["context"])

    def write(self, codes: list[int], choose: Callable[[Any], int]) -> Iterator[int]:
        state = self.begin(1)
        while True:
            logits, state = self(np.array([codes]), state)
            codes = [choose(logits.data[0, -1])]
            yield codes[0]


if __name__ == "__main__":
    sys.exit(main(LSTM))
