"""What every contestant is given for a step of a model: the model, its weights, a batch.

Nothing here imports the engine, as in `benchmarks.problem`; the models themselves do.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from benchmarks.problem import Array

CHARACTERS = 65  # those of the text that comes with the models that write


@dataclass(frozen=True)
class ModelProblem(ABC):
    """A training step of a model: forward, backward and an update with Adam, in float32.

    The model is written for each library as its users write it there. Parameters have the same names in all; weights of
    dense layers are (n_in, n_out).
    """

    name: ClassVar[str]
    weight_decay: ClassVar[float] = 0.0  # if there is any, the update is AdamW's
    lr: ClassVar[float] = 1e-3
    batch: int

    def __str__(self) -> str:
        return f"{self.name}, batch {self.batch}"

    def weights(self) -> dict[str, Array]:
        """The same for every contestant, in memory of its own."""
        return {name: value.copy() for name, value in self.model().state_dict().items()}

    def arrays(self) -> tuple[Array, ...]:
        """The batch: what a loss takes."""
        return self.draw(np.random.default_rng(1))

    def given_bytes(self) -> int:
        """Of parameters and batch."""
        return sum(array.nbytes for array in (*self.weights().values(), *self.arrays()))

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> tuple[Array, ...]: ...

    @abstractmethod
    def model(self) -> Any:
        """On the engine, with the same weights each time."""

    @abstractmethod
    def loss(self, model: Any, *batch: Any) -> Any:
        """On the engine."""

    @abstractmethod
    def torch_model(self, torch: Any) -> Any:
        """A module of PyTorch's that returns the loss of a batch."""

    @abstractmethod
    def jax_loss(self, jax: Any, parameters: Any, *batch: Any) -> Any:
        """The loss of a batch in JAX, of parameters by name."""


def jax_cross_entropy(jax: Any, logits: Any, labels: Any) -> Any:
    """The mean over all but the last axis, that of the classes."""
    log_p = jax.nn.log_softmax(logits)
    return -jax.numpy.take_along_axis(log_p, labels[..., None], axis=-1).mean()
