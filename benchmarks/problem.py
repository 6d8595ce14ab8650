"""What every contestant is given: the same network, the same weights, the same batches.

Nothing here imports the engine: one of the contestants has its import name.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SIZES = (784, 128, 64, 10)
LEARNING_RATE = {"sgd": 0.01, "adam": 0.001}
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # of Adam


class InitialArrays(NamedTuple):
    """A start: weights (n_in, n_out) and biases (n_out,) for each layer, a batch x (batch, n) and its labels."""

    weights: list[Array]
    biases: list[Array]
    x: Array
    labels: Array


@dataclass(frozen=True)
class Problem:
    """A training step: forward, backward and update of a network with relu layers, cross-entropy, in float32."""

    sizes: tuple[int, ...] = SIZES
    batch: int = 32
    optimizer: str = "sgd"
    seed: int = 0

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, {'SGD' if self.optimizer == 'sgd' else 'Adam'}, batch {self.batch}"

    @property
    def lr(self) -> float:
        return LEARNING_RATE[self.optimizer]

    def arrays(self) -> InitialArrays:
        """The same for every contestant, in memory of its own."""
        rng = np.random.default_rng(self.seed)
        weights = [
            (rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)).astype(np.float32)
            for n_in, n_out in pairwise(self.sizes)
        ]
        biases = [np.zeros(n_out, np.float32) for n_out in self.sizes[1:]]
        x = rng.random((self.batch, self.sizes[0]), np.float32)
        return InitialArrays(weights, biases, x, rng.integers(0, self.sizes[-1], self.batch))

    def given_bytes(self) -> int:
        """Of parameters, batch and labels."""
        weights, biases, x, labels = self.arrays()
        return sum(array.nbytes for array in (*weights, *biases, x, labels))

    def direction(self) -> list[Array]:
        """That of the Hessian-vector product: an array for each parameter, in the order weights, biases."""
        rng = np.random.default_rng(2)
        weights, biases, _, _ = self.arrays()
        return [rng.standard_normal(p.shape).astype(np.float32) for p in (*weights, *biases)]


@dataclass(frozen=True)
class TrainingTask:
    """How a network is trained: Adam, the learning rate up to `lr` and back along cosines, batches in random order.

    images (n, 784) of 0-255 and labels (n,), and the same of the test set.
    """

    images: Array
    labels: Array
    test_images: Array
    test_labels: Array
    sizes: tuple[int, ...] = SIZES
    epochs: int = 4
    batch: int = 64
    lr: float = 0.005
    seed: int = 0

    @property
    def problem(self) -> Problem:
        """The network to start from."""
        return Problem(self.sizes, self.batch, "adam", self.seed)

    def orders(self) -> Array:
        """Which images each step is given: (steps, batch)."""
        rng = np.random.default_rng(self.seed)
        whole = len(self.images) // self.batch * self.batch
        return np.concatenate(
            [rng.permutation(len(self.images))[:whole].reshape(-1, self.batch) for _ in range(self.epochs)]
        )

    def rates(self, steps: int) -> Array:
        """The learning rate of each step (Smith and Topin 2019): up for three tenths of them, then down to 0."""
        done = np.arange(1, steps + 1) / steps
        up, down = 1 - np.cos(np.pi * done / 0.3), 1 + np.cos(np.pi * (done - 0.3) / 0.7)
        return self.lr * np.where(done < 0.3, up, down) / 2


def as_input(images: Array) -> Array:
    return np.divide(images, 255, dtype=np.float32)


class Step(Protocol):
    """A training step that a contestant has made ready."""

    def answer(self) -> tuple[float, list[Array]] | None:
        """The loss, and its gradients in the order weights, biases, before any update. None: it computes neither."""

    def run(self) -> None:
        """Do one step, to its end."""
