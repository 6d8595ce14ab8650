"""The digit network on the engine: 784-128-64-10, or any other sizes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from autograd import nn
from autograd.engine.tensor import Tensor

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
# The initial weights that keep the variance of the activations from layer to layer.
INITIALISERS = {"relu": nn.init.he, "sigmoid": nn.init.xavier, "tanh": nn.init.xavier}


class MLP(nn.Module):
    """Fully connected layers of the given sizes, (batch, sizes[0]) to (batch, sizes[-1]).

    An activation ("relu", "sigmoid" or "tanh") follows each layer but the last, whose output are logits.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (784, 128, 64, 10),
        activation: str = "relu",
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(f"MLP was given activation={activation!r}; it knows {', '.join(ACTIVATIONS)}")
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"MLP was given sizes {tuple(sizes)}; it needs at least an input and an output size")
        self.sizes = tuple(sizes)
        self.activation = activation
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(sizes):
            layers += [nn.Linear(n_in, n_out, dtype, rng, INITIALISERS[activation]), ACTIVATIONS[activation]()]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, x: NDArray[Any] | Tensor) -> Any:
        return self.layers(x)

    @staticmethod
    def weight_shapes(sizes: Sequence[int], activation: str) -> list[tuple[int, ...]]:
        """The shapes of the weights of such a network, which need no network."""
        return list(pairwise(sizes))

    @property
    def config(self) -> dict[str, Any]:
        """The arguments that make another of the same kind."""
        return {"sizes": self.sizes, "activation": self.activation}

    @property
    def architecture(self) -> str:
        """Its sizes, in short."""
        return "-".join(map(str, self.sizes))


def cross_entropy(logits: Tensor, labels: Any) -> Tensor:
    """-log(softmax(logits)[label]), the mean over the batch."""
    return nn.cross_entropy(logits, labels)


def squared_error(logits: Tensor, labels: Any) -> Tensor:
    """The mean of (logits - one_hot(labels))**2, over batch and classes."""
    one_hot = np.equal.outer(labels, np.arange(logits.shape[-1])).astype(logits.dtype)
    return nn.mse_loss(logits, one_hot)


LOSSES = {"cross_entropy": cross_entropy, "squared_error": squared_error}
