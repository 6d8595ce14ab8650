"""Train the digit network and measure it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import autograd as ag
from autograd import nn, optim
from mnist import augment, networks
from mnist.networks import Network
from mnist.threads import limited, measured, thread_count
from models.mlp import LOSSES

Images = NDArray[np.uint8]
Labels = NDArray[np.uint8]
TrainingStep = Callable[[Any, Any], tuple[ag.Tensor, ag.Tensor]]

# The highest learning rate of the one-cycle schedule, by model and optimiser, as it did best on images held out of the
# training set.
LEARNING_RATES = {
    "mlp": {"adam": 0.006, "adamw": 0.006, "sgd": 0.1},
    "lenet": {"adam": 0.003, "adamw": 0.003, "sgd": 0.1},
}
OPTIMIZERS = list(LEARNING_RATES["mlp"])
TRY = "nothing was saved; try a lower --learning-rate"


@dataclass(frozen=True)
class Recipe:
    """How to train. The defaults are those of the MLP; RECIPES has each network's."""

    model: str = "mlp"
    hidden: tuple[int, ...] = (128, 64)
    activation: str = "relu"
    loss: str = "cross_entropy"
    optimizer: str = "adam"
    learning_rate: float | None = None  # None: that of the model and the optimiser in LEARNING_RATES
    epochs: int = 6
    batch_size: int = 64
    label_smoothing: float = 0.1  # of cross-entropy
    shift: int = 1  # pixels
    thickness: float = 0.0  # pixels
    distort: float = 0.0
    seed: int = 0


# What is done if nothing else is said. Chosen on the last 10,000 training images, never on the test set.
RECIPES = {
    "mlp": Recipe(),
    "lenet": Recipe("lenet", hidden=(128,), epochs=12, thickness=0.5, distort=0.12),
}


class DivergenceError(Exception):
    """A training that was stopped, as nothing comes of it; the message says why, and what to try."""


@dataclass
class Result:
    """A trained network, and how the training went.

    history  for each epoch its means over the training images as they came, and the threads that it was computed on.
    measured how many seconds a step took before the last epoch, by the number of threads; {} if that was given.
    """

    model: Network
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    measured: dict[int, float] = field(default_factory=dict)


@np.errstate(over="ignore", invalid="ignore")  # what overflows ends in the loss, which is looked at
def train(
    images: Images,
    labels: Labels,
    recipe: Recipe = Recipe(),
    validation: tuple[Images, Labels] | None = None,
    progress: bool = True,
    eager: bool = False,
    threads: int | None = 1,
) -> Result:
    """Train a network on images (n, 28, 28) and labels (n,).

    The same seed gives the same weights, bit for bit, on the same machine and number of threads: a sum that is
    divided among several rounds in another way. Steps run as the program that ag.compile derives of them, unless
    `eager`: that is no part of the recipe, as it changes how long it takes and nothing else.

    threads  on which the BLAS computes; None measures before each epoch what is faster (see mnist/threads.py).

    Raises DivergenceError as soon as the loss is no finite number.
    """
    rng = np.random.default_rng(recipe.seed)
    model, step = _network(images, recipe, rng, eager)
    rehearse = _rehearsal(images, labels, recipe, eager) if threads is None else None
    result = Result(model)

    with tqdm(total=recipe.epochs * len(images), unit=" images", disable=not progress, unit_scale=True) as bar:
        for epoch in range(1, recipe.epochs + 1):
            start = time.perf_counter()
            if rehearse is not None:
                result.measured = measured(rehearse)
            count = threads or thread_count(result.measured)
            loss_sum, correct, seen = 0.0, 0, 0
            bar.set_description(f"epoch {epoch}/{recipe.epochs}", refresh=False)
            with limited(count):
                for x, y in _batches(images, labels, recipe, rng):
                    loss, logits = step(x, y)
                    loss_sum += loss.item() * len(y)
                    if not math.isfinite(loss_sum):
                        raise DivergenceError(f"the loss became {loss_sum} in epoch {epoch}; {TRY}")
                    correct += int(np.count_nonzero(logits.data.argmax(axis=1) == y))
                    seen += len(y)
                    bar.set_postfix_str(f"loss {loss_sum / seen:.4f}, accuracy {correct / seen:.2%}", refresh=False)
                    bar.update(len(y))
            seconds = time.perf_counter() - start
            result.seconds += seconds
            means = {"epoch": epoch, "loss": loss_sum / seen, "accuracy": correct / seen}
            means |= {"seconds": seconds, "threads": count}
            if validation is not None:
                means["validation_accuracy"] = accuracy(model, *validation)
            result.history.append(means)
    return result


def as_input(images: Images) -> NDArray[np.float32]:
    """(n, 28, 28) of 0-255 to the network's input: (n, 784) float32 of 0-1."""
    return np.divide(images.reshape(len(images), -1), 255, dtype=np.float32)


def predict(model: Network, images: Images) -> NDArray[Any]:
    """The probability of each digit, (n, 10), for images (n, 28, 28) of 0-255."""
    with ag.no_grad():
        parts = [nn.softmax(model(as_input(images[k : k + 1000]))).data for k in range(0, len(images), 1000)]
    return np.concatenate(parts)


def accuracy(model: Network, images: Images, labels: Labels) -> float:
    """The fraction of images whose most probable digit is the label."""
    with limited(1):  # which takes as long, and is no slower where other programs run
        return float(np.mean(predict(model, images).argmax(axis=1) == labels))


def _batches(
    images: Images, labels: Labels, recipe: Recipe, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.float32], Labels]]:
    """One epoch: every image once, in a new order, each changed a little."""
    if recipe.thickness:
        images = augment.thicken(images, recipe.thickness, rng)
    if recipe.distort:
        images = augment.distort(images, recipe.distort, rng)
    if recipe.shift:
        images = augment.shift(images, recipe.shift, rng)
    order = rng.permutation(len(images))
    for k in range(0, len(images), recipe.batch_size):
        chosen = order[k : k + recipe.batch_size]
        yield as_input(images[chosen]), labels[chosen]


def _network(images: Images, recipe: Recipe, rng: np.random.Generator, eager: bool) -> tuple[Network, TrainingStep]:
    """A network, and the function that trains it on a batch (n, 784) with labels (n,).

    That returns the loss and the logits (n, 10).
    """
    model = networks.new(recipe.model, recipe.hidden, recipe.activation, rng)
    loss_of, optimizer = _loss_of(recipe), _optimizer_of(model, recipe)
    steps = -(-len(images) // recipe.batch_size)
    schedule = optim.OneCycle(optimizer, optimizer.lr, recipe.epochs * steps)

    def step(x: Any, labels: Any) -> tuple[ag.Tensor, ag.Tensor]:
        optimizer.zero_grad()
        logits = model(x)
        loss = loss_of(logits, labels)
        loss.backward()
        optimizer.step()
        schedule.step()
        return loss, logits

    return model, step if eager else ag.compile(step)


def _rehearsal(images: Images, labels: Labels, recipe: Recipe, eager: bool) -> Callable[[], object]:
    """A step of another network of the same sizes, which takes as long and learns nothing."""
    recipe = replace(recipe, learning_rate=1e-9)
    _, step = _network(images, recipe, np.random.default_rng(0), eager)
    x, y = as_input(images[: recipe.batch_size]), labels[: recipe.batch_size]
    with limited(1):
        for _ in range(3):  # until it has its program
            step(x, y)
    return lambda: step(x, y)


def _loss_of(recipe: Recipe) -> Callable[[Any, Any], Any]:
    if recipe.loss == "cross_entropy":
        return lambda logits, labels: nn.cross_entropy(logits, labels, recipe.label_smoothing)
    return LOSSES[recipe.loss]


def _optimizer_of(model: Network, recipe: Recipe) -> optim.Optimizer:
    lr = recipe.learning_rate or LEARNING_RATES[recipe.model][recipe.optimizer]
    if recipe.optimizer == "sgd":
        return optim.SGD(model.parameters(), lr, momentum=0.9, nesterov=True)
    return {"adam": optim.Adam, "adamw": optim.AdamW}[recipe.optimizer](model.parameters(), lr)
