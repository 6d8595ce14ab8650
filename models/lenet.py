"""The digit network as a convolutional one: a LeNet, on the engine.

After LeNet-5 (LeCun et al. 1998, section II.B): two convolutions, each followed by pooling, and dense layers. What
differs is what has been usual since: ReLU, the largest of each window in place of a weighted mean, every map of the
second convolution made of all maps of the first, and logits for the softmax in place of radial basis functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from autograd import nn
from autograd.engine.tensor import Tensor
from models.mlp import ACTIVATIONS, INITIALISERS

KERNEL = 5  # pixels high and wide: 28 become 24, and pooled 12; 12 become 8, and pooled 4


class LeNet(nn.Module):
    """Images of 28 x 28, as (batch, 1, 28, 28) or rows of pixels (batch, 784), to logits (batch, 10).

    channels  how many feature maps the first convolution has, and the second
    hidden    sizes of the dense layers between the maps and the logits

    An activation ("relu", "sigmoid" or "tanh") follows each layer but the last.
    """

    def __init__(
        self,
        channels: Sequence[int] = (16, 32),
        hidden: Sequence[int] = (128,),
        activation: str = "relu",
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(f"LeNet was given activation={activation!r}; it knows {', '.join(ACTIVATIONS)}")
        if len(channels) != 2 or min(*channels, *hidden) < 1:
            raise ValueError(
                f"LeNet was given channels={tuple(channels)} and hidden={tuple(hidden)}; it needs two numbers of "
                f"channels, and all of them 1 or more"
            )
        self.channels, self.hidden, self.activation = tuple(channels), tuple(hidden), activation
        first, second = channels
        initialiser, activate = INITIALISERS[activation], ACTIVATIONS[activation]

        def convolution(n_in: int, n_out: int) -> nn.Module:
            return nn.Conv2d(n_in, n_out, KERNEL, dtype=dtype, rng=rng, initialiser=initialiser)

        def dense(n_in: int, n_out: int) -> nn.Module:
            return nn.Linear(n_in, n_out, dtype, rng, initialiser)

        *between, last = pairwise((4 * 4 * second, *hidden, 10))
        self.layers = nn.Sequential(
            convolution(1, first), activate(), nn.MaxPool2d(2),
            convolution(first, second), activate(), nn.MaxPool2d(2),
            nn.Flatten(),
            *(layer for sizes in between for layer in (dense(*sizes), activate())),
            dense(*last),
        )  # fmt: skip

    def forward(self, x: NDArray[Any] | Tensor) -> Any:
        return self.layers(x.reshape(-1, 1, 28, 28))

    @staticmethod
    def weight_shapes(channels: Sequence[int], hidden: Sequence[int], activation: str) -> list[tuple[int, ...]]:
        """The shapes of the weights of such a network, which need no network."""
        first, second = channels
        kernels = [(first, 1, KERNEL, KERNEL), (second, first, KERNEL, KERNEL)]
        return [*kernels, *pairwise((4 * 4 * second, *hidden, 10))]

    @property
    def config(self) -> dict[str, Any]:
        """The arguments that make another of the same kind."""
        return {"channels": self.channels, "hidden": self.hidden, "activation": self.activation}

    @property
    def architecture(self) -> str:
        """Its layers in short, as in Ciresan et al. 2011: C convolution, MP max-pooling, and neurons."""
        first, second = self.channels
        return "-".join(map(str, (f"{first}C{KERNEL}-MP2-{second}C{KERNEL}-MP2", *self.hidden, 10)))
