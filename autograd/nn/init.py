"""Initial weights.

Each initialiser takes the shape of a weight and returns an array: (in_features, out_features) of a matrix, or
(out_channels, in_channels, *kernel_size) of a convolution.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from autograd._util.memory import aligned_empty
from autograd.engine.graph import Array
from autograd.engine.random import generator, seed

__all__ = ["Initialiser", "aligned", "generator", "he", "normal", "seed", "small", "xavier"]

Initialiser = Callable[[tuple[int, ...], DTypeLike, np.random.Generator], Array]

# What PyTorch's, which write into a weight, are here.
IN_PLACE = {
    "kaiming_normal": "an initialiser is given to the layer, nn.Linear(4, 3, initialiser=nn.init.he)",
    "kaiming_uniform": "an initialiser is given to the layer, nn.Linear(4, 3, initialiser=nn.init.he), which is normal",
    "xavier_normal": "an initialiser is given to the layer, nn.Linear(4, 3, initialiser=nn.init.xavier)",
    "xavier_uniform": (
        "an initialiser is given to the layer, nn.Linear(4, 3, initialiser=nn.init.xavier), which is normal"
    ),
    **dict.fromkeys(
        ("constant", "eye", "normal", "ones", "orthogonal", "trunc_normal", "uniform", "zeros"),
        "write into the weight, with ag.no_grad(): layer.weight[...] = array",
    ),
}


def he(shape: tuple[int, ...], dtype: DTypeLike, rng: np.random.Generator) -> Array:
    """Normal with variance 2 / fan_in, which keeps the variance of relu layers (He et al. 2015, eq. 10)."""
    return _normal(shape, dtype, rng, math.sqrt(2 / max(fans(shape)[0], 1)))


def xavier(shape: tuple[int, ...], dtype: DTypeLike, rng: np.random.Generator) -> Array:
    """Normal with variance 2 / (fan_in + fan_out), for tanh and sigmoid (Glorot and Bengio 2010, eq. 12)."""
    return _normal(shape, dtype, rng, math.sqrt(2 / max(sum(fans(shape)), 1)))


def small(shape: tuple[int, ...], dtype: DTypeLike, rng: np.random.Generator) -> Array:
    """0.01 times normal, as in the first chapter of every textbook."""
    return _normal(shape, dtype, rng, 0.01)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan_in, fan_out): how many inputs an output is made of, and how many outputs an input goes into."""
    if len(shape) <= 2:
        return shape[0], shape[-1]
    taps = math.prod(shape[2:])
    return shape[1] * taps, shape[0] * taps


def normal(shape: tuple[int, ...], dtype: DTypeLike, rng: np.random.Generator) -> Array:
    """Normal with variance 1, as PyTorch draws an Embedding."""
    return _normal(shape, dtype, rng, 1.0)


def _normal(shape: tuple[int, ...], dtype: DTypeLike, rng: np.random.Generator, scale: float) -> Array:
    return aligned(rng.standard_normal(shape) * scale, dtype)  # drawn in float64: the same weights in any dtype


def aligned(values: Array, dtype: DTypeLike) -> Array:
    """A copy that begins with a cache line.

    Two threads of BLAS share a weight in every step, and then it is updated: a weight of 784 x 128 took 40 µs to
    update where it was aligned and 110 µs where it was not.
    """
    array: Array = aligned_empty(values.shape, dtype)
    array[...] = values
    return array


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Of a name of PyTorch's, which write into a weight, an error that says how it is written here."""
        plain = name.removesuffix("_")
        if name.startswith("_") or plain not in IN_PLACE:
            raise AttributeError(f"module 'autograd.nn.init' has no attribute {name!r}")
        raise AttributeError(f"nn.init has no {name}: {IN_PLACE[plain]}")
