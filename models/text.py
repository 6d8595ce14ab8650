"""Models that write: texts as numbers, batches of them, training, saving, and sampling.

The text that comes along is John Milton's Paradise Lost (1667), after Project Gutenberg's edition of 1992, which is in
the public domain.
"""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray
from tqdm import tqdm

import autograd as ag
from autograd import io as storage
from autograd import nn, optim

Codes = NDArray[np.intp]
State = tuple[Any, ...]
Batch = tuple[Codes, Codes, bool]

MILTON = Path(__file__).parent / "texts" / "paradise_lost.txt"
VALIDATION = 0.1  # of the text, its end
EVALUATIONS = 10  # in a training
CLIP = 1.0  # the norm of all gradients together, at most
MOST_CONTEXT = 4096  # characters


def normal(shape: tuple[int, ...], dtype: DTypeLike, rng: np.random.Generator) -> Any:
    """Weights of standard deviation 0.02, as GPT-2's."""
    return nn.init.aligned(rng.standard_normal(shape) * 0.02, dtype)


# -- texts -------------------------------------------------------------------------------------------------------------


class TextError(Exception):
    """A text or a model that can't be used; the message says what it is, what was expected and what to do."""


@dataclass
class Text:
    """A text as numbers: that of a character is its place among `characters`."""

    characters: str
    train: Codes
    validation: Codes

    @classmethod
    def read(cls, path: Path) -> Self:
        """The text of a file in UTF-8. Its last tenth is for validation."""
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise TextError(f"{path} is no text in UTF-8 ({error}); convert it, or pass another file") from error
        characters = "".join(sorted(set(text)))
        codes = encoded(text, characters)
        split = round(len(codes) * (1 - VALIDATION))
        return cls(characters, codes[:split], codes[split:])


def encoded(text: str, characters: str) -> Codes:
    if unknown := sorted(set(text) - set(characters)):
        raise TextError(
            f"the text holds {', '.join(map(repr, unknown[:5]))}, and the model knows {characters!r}; leave it out"
        )
    code = {character: k for k, character in enumerate(characters)}
    return np.array([code[character] for character in text], np.intp)


def windows(codes: Codes, size: int, length: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Without end: `size` pieces of a text (size, length), begun anywhere, and what follows each character."""
    while True:
        index = rng.integers(0, len(codes) - length, (size, 1)) + np.arange(length)
        yield codes[index], codes[index + 1], True


def stretches(codes: Codes, size: int, length: int) -> Iterator[Batch]:
    """Once through a text that is cut into `size` rows: stretches of these, (size, length), one after the other.

    With each, what follows its characters, and whether it is the first.
    """
    columns = (len(codes) - 1) // size
    rows, next_rows = (part[: size * columns].reshape(size, columns) for part in (codes[:-1], codes[1:]))
    for k in range(0, columns - length + 1, length):
        yield rows[:, k : k + length], next_rows[:, k : k + length], k == 0


# -- models ------------------------------------------------------------------------------------------------------------


class TextModel(nn.Module):
    """What the commands ask of a model.

    sizes  what it was made with.
    """

    NAME: ClassVar[str]
    SIZES: ClassVar[dict[str, tuple[int, str]]]  # the default of each, and what it is
    LEARNING_RATE: ClassVar[float]
    BATCH_SIZE: ClassVar[int]
    STEPS: ClassVar[int]
    sizes: dict[str, int]

    @abstractmethod
    def __init__(self, characters: int, **sizes: int) -> None: ...

    @abstractmethod
    def continued(self, characters: Any, state: State) -> tuple[Any, State]:
        """Characters (batch, places) to the logits of those that follow, and the state in which it goes on."""

    def begin(self, batch: int) -> State:
        """The state before the first character, arrays."""
        return ()

    @abstractmethod
    def batches(self, codes: Codes, size: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Without end: characters, those that follow, and whether a state begins."""

    @abstractmethod
    def write(self, codes: list[int], choose: Callable[[Any], int]) -> Iterator[int]:
        """Without end: what follows, each character chosen by its logits."""


def loss_of(model: TextModel, codes: Codes, size: int = 32) -> float:
    """The mean of -log p over the characters of a text: nats a character."""
    length = min(model.sizes["context"], (len(codes) - 1) // size)
    total, count, state = 0.0, 0, model.begin(size)
    with ag.no_grad():
        for x, y, is_first in stretches(codes, size, length):
            logits, state = model.continued(x, model.begin(size) if is_first else state)
            total += nn.cross_entropy(logits, y).item() * y.size
            count += y.size
    return total / count


def training_step(model: TextModel, optimizer: optim.Optimizer, schedule: optim.Cosine) -> Callable[..., Any]:
    """The function that trains on a batch: (characters, next characters, state) to (loss, next state)."""

    def step(x: Any, y: Any, state: State) -> tuple[Any, State]:
        optimizer.zero_grad()
        logits, state = model.continued(x, state)
        loss = nn.cross_entropy(logits, y)
        loss.backward()
        optim.clip_grad_norm(model.parameters(), CLIP)
        optimizer.step()
        schedule.step()
        return loss, tuple(part.detach() for part in state)

    return step


def optimizer_of(model: TextModel, lr: float) -> optim.Optimizer:
    """AdamW, whose decay is for matrices alone."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim < 2]
    return optim.AdamW([{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}], lr)


# -- training ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipe:
    """How to train."""

    steps: int
    batch_size: int
    learning_rate: float
    seed: int = 0


def train(
    model: TextModel, text: Text, recipe: Recipe, eager: bool = False, progress: bool = True
) -> Iterator[tuple[int, float, float]]:
    """Train for `recipe.steps` steps. Yields ten times: the step, the mean loss since then, and the validation loss.

    The learning rate rises for a twentieth of the steps, then falls along half a cosine. Raises TextError if the loss
    is no finite number.
    """
    optimizer = optimizer_of(model, recipe.learning_rate)
    schedule = optim.Cosine(optimizer, recipe.steps, floor=0.1, warmup_steps=recipe.steps // 20)
    step = training_step(model, optimizer, schedule)
    run = step if eager else ag.compile(step)
    every = max(recipe.steps // EVALUATIONS, 1)
    losses: list[float] = []
    state = model.begin(recipe.batch_size)
    batches = model.batches(text.train, recipe.batch_size, np.random.default_rng(recipe.seed))
    with tqdm(total=recipe.steps, unit=" steps", disable=not progress) as bar:
        for k, (x, y, is_first) in zip(range(1, recipe.steps + 1), batches, strict=False):
            loss, state = run(x, y, model.begin(len(x)) if is_first else state)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                raise TextError(f"the loss became {losses[-1]} in step {k}; try a lower --learning-rate")
            bar.update()
            bar.set_postfix_str(f"loss {np.mean(losses[-100:]):.3f}", refresh=False)
            if k % every == 0 or k == recipe.steps:
                yield k, float(np.mean(losses)), loss_of(model, text.validation)
                losses.clear()


def save(path: Path, model: TextModel, characters: str) -> None:
    about = {"format": f"tiny-autograd {model.NAME} 1", "characters": characters, "sizes": json.dumps(model.sizes)}
    ag.save(path, model.state_dict(), about)


def load(path: Path, kind: type[TextModel]) -> tuple[TextModel, str]:
    """A model that was saved, and its characters. Raises TextError if the file is anything else."""
    expected = f"expected a model that `python -m models.{kind.NAME} train` saved; train one, or pass its path"
    try:
        state, about = ag.load(path), storage.metadata(path)
    except (OSError, ValueError) as error:
        raise TextError(f"{error}; {expected}") from error
    if about.get("format") != f"tiny-autograd {kind.NAME} 1":
        raise TextError(f"{path} is a safetensors file of another program; {expected}")
    try:
        characters, sizes = about["characters"], json.loads(about["sizes"])
        largest = max(MOST_CONTEXT, len(state), *(n for array in state.values() for n in array.shape))
        if not all(type(size) is int and 0 < size <= largest for size in sizes.values()):  # before it takes any memory
            raise ValueError(f"its sizes are {sizes}, and no array in it has an axis longer than {largest}")
        model = kind(len(characters), **sizes)
        model.load_state_dict(state)
    except (KeyError, TypeError, ValueError) as error:
        raise TextError(f"{path} does not hold the model that it says ({error}); {expected}") from error
    return model, characters


def sampled(model: TextModel, prompt: Codes, temperature: float, top_k: int, rng: np.random.Generator) -> Iterator[int]:
    """Without end: characters after a prompt, drawn from the model's probabilities, of the most probable `top_k`."""

    def choose(logits: Any) -> int:
        if not temperature:
            return int(np.argmax(logits))
        best = np.argsort(logits)[-top_k:]
        scaled = logits[best].astype(float) / temperature
        p = np.exp(scaled - scaled.max())
        return int(rng.choice(best, p=p / p.sum()))

    with ag.no_grad():
        yield from model.eval().write(list(prompt), choose)
