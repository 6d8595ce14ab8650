"""A small GPT: a transformer that writes text, character by character (Radford et al. 2019, GPT-2).

python -m models.gpt train             # learns to write like Milton, in five minutes
python -m models.gpt sample --prompt "Of Man"
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from autograd import nn
from models.text import Batch, Codes, State, TextModel, normal, windows
from models.text_commands import main


class Attention(nn.Module):
    """Each place of x (batch, places, width) gathers from the places before it, in several ways at once."""

    def __init__(self, width: int, heads: int, rng: np.random.Generator) -> None:
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, rng=rng, initialiser=normal)
        self.out = nn.Linear(width, width, rng=rng, initialiser=normal)

    def forward(self, x: Any) -> Any:
        batch, places, width = x.shape
        qkv = self.qkv(x).reshape(batch, places, 3, self.heads, width // self.heads)
        q, k, v = (np.swapaxes(part, 1, 2) for part in np.unstack(qkv, axis=2))  # heads before places
        gathered = nn.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(np.swapaxes(gathered, 1, 2).reshape(batch, places, width))


class Block(nn.Module):
    """x + attention(norm(x)), and then x + mlp(norm(x))."""

    def __init__(self, width: int, heads: int, rng: np.random.Generator) -> None:
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads, rng)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width, rng=rng, initialiser=normal),
            nn.GELU("tanh"),
            nn.Linear(4 * width, width, rng=rng, initialiser=normal),
        )

    def forward(self, x: Any) -> Any:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class GPT(TextModel):
    """Characters (batch, places) to the logits of those that follow, (batch, places, characters).

    The weights of the embedding give the logits, too (Press and Wolf 2017).
    """

    NAME, BATCH_SIZE, STEPS, LEARNING_RATE = "gpt", 8, 6000, 2e-3
    SIZES: ClassVar = {
        "context": (64, "characters that it sees at once"),
        "width": (128, "numbers in which a character is told"),
        "layers": (4, "blocks of attention and a perceptron"),
        "heads": (4, "ways to attend, in each block"),
    }

    def __init__(
        self,
        characters: int,
        context: int = 64,
        width: int = 128,
        layers: int = 4,
        heads: int = 4,
        rng: np.random.Generator | None = None,
    ) -> None:
        if width % heads:
            raise ValueError(f"GPT was given width={width} and heads={heads}; heads must divide the width")
        rng = nn.init.generator(rng)
        self.sizes = {"context": context, "width": width, "layers": layers, "heads": heads}
        self.characters = nn.Embedding(characters, width, rng=rng, initialiser=normal)
        self.places = nn.Embedding(context, width, rng=rng, initialiser=normal)
        self.blocks = nn.Sequential(*(Block(width, heads, rng) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)

    def forward(self, characters: Any) -> Any:
        x = self.characters(characters) + self.places(np.arange(characters.shape[1]))
        return self.norm(self.blocks(x)) @ self.characters.weight.T

    def continued(self, characters: Any, state: State) -> tuple[Any, State]:
        return self(characters), state  # it remembers nothing but what it sees

    def batches(self, codes: Codes, size: int, rng: np.random.Generator) -> Iterator[Batch]:
        return windows(codes, size, self.sizes["context"], rng)

    def write(self, codes: list[int], choose: Callable[[Any], int]) -> Iterator[int]:
        while True:
            logits = self(np.array([codes[-self.sizes["context"] :]]))
            codes.append(choose(logits.data[0, -1]))
            yield codes[-1]


if __name__ == "__main__":
    sys.exit(main(GPT))
