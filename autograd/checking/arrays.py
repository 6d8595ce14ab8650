"""What goes into a function and what comes out of it, as arrays."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd._util.pytree import tree_leaves
from autograd.engine.dispatch import plain
from autograd.engine.graph import Array
from autograd.engine.tensor import Tensor

ARRAY_TYPES = (np.ndarray, Tensor)
NUMBER_TYPES = (float, complex, np.inexact)


def is_inexact(x: Any, kinds: tuple[type, ...]) -> bool:
    """Whether it is of these types, and its numbers are floats or complex."""
    return isinstance(x, kinds) and np.asarray(plain(x)).dtype.kind in "fc"


def prepared(x: Any, keep_dtype: bool) -> Array:
    """An input to move as an array of double precision, or more."""
    x = np.asarray(plain(x))
    return x if keep_dtype else x.astype(np.result_type(x.dtype, np.float64), copy=False)


def as_constant(x: Any) -> Any:
    return Tensor(x) if isinstance(x, np.ndarray) and x.dtype.kind in "biufc" else x


def inexact_arrays(y: Any) -> list[Array]:
    """The float and complex arrays in what a function returned."""
    if type(y) is np.ndarray:
        return [y] if y.dtype.kind in "fc" else []
    parts = [np.asarray(plain(part)) for part in tree_leaves(y)]
    return [part for part in parts if part.dtype.kind in "fc"]


def inexact_tensors(y: Any) -> list[Tensor]:
    """The same, with Tensors as they are: those without a graph have no gradient to give."""
    parts = [part if isinstance(part, Tensor) else np.asarray(part) for part in tree_leaves(y)]
    return [part if isinstance(part, Tensor) else Tensor(part) for part in parts if part.dtype.kind in "fc"]


def random_like(x: Any, rng: np.random.Generator) -> Array:
    """Random numbers between 0.5 and 1.5, of the shape and dtype of x; with an imaginary part if x is complex."""
    value = rng.uniform(0.5, 1.5, x.shape)
    if x.dtype.kind == "c":
        value = value + 1j * rng.uniform(-1, 1, x.shape)
    return np.asarray(value, x.dtype)


@contextmanager
def quiet() -> Iterator[None]:
    """Without NumPy's warnings about what is not finite: steps may leave the domain of a function."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
