"""Taking elements by position or by rank: take, choose, sort, partition, unique.

The gradient of an element that was taken goes back to where it stood: by adding at the same positions, or, where every
element is taken once, by the inverse permutation. Of equal elements, sorting keeps the order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.rules.indexing import scatter_add
from autograd.rules.products import as_array
from autograd.rules.registry import rule


def wrapped_indices(indices: Any, n: int, mode: str | None) -> Any:
    """Indices into n elements as they are meant: "wrap" counts on from the start, "clip" stays within."""
    indices = np.astype(as_array(indices), np.intp, copy=False)  # True is 1 to np.take, but a mask to an index
    if mode == "wrap":
        return indices % n
    return np.clip(indices, 0, n - 1) if mode == "clip" else indices


def take_gx(g: Any, x_shape: tuple[int, ...], indices: Any, axis: int | None, mode: str | None = None) -> Any:
    if axis is None or not x_shape:  # NumPy lets one take from a scalar along axis 0
        n = math.prod(x_shape)
        return scatter_add(g, (n,), wrapped_indices(indices, n, mode)).reshape(x_shape)
    axis = axis % len(x_shape)
    return scatter_add(g, x_shape, (*(slice(None),) * axis, wrapped_indices(indices, x_shape[axis], mode)))


def take_along_axis_gx(g: Any, x_shape: tuple[int, ...], indices: Any, axis: int | None) -> Any:
    if axis is None:
        return take_gx(g, x_shape, indices, axis)
    index = list(np.indices(x_shape, sparse=True))
    index[axis] = indices
    return scatter_add(g, x_shape, tuple(index))


def choose(xs: Any, a: Any, mode: Any = "raise") -> Any:
    """np.choose, the choices first."""
    return np.choose(a, xs, mode=mode)


def sort_gx(g: Any, x: Any, axis: int | None, descending: bool | None) -> Any:
    """The k-th gradient is that of the element which came k-th."""
    since_numpy_2_5: dict[str, Any] = {"descending": True} if descending else {}
    order = np.argsort(x, axis=axis, stable=True, **since_numpy_2_5)
    return np.take_along_axis(g, np.argsort(order, axis=axis), axis=axis).reshape(x.shape)


def partition_gx(g: Any, x: Any, y: Any, axis: int | None) -> Any:
    """Sorted, output and input are the same; so equal elements keep their order, whatever the algorithm does."""
    g = np.take_along_axis(g, np.argsort(y, axis=axis, stable=True), axis=axis)
    return sort_gx(g, x, axis, descending=False)


def unique_gx(g: Any, x: Any, y: Any) -> Any:
    """To the first of equal elements."""
    if isinstance(y, tuple):  # positions or counts were asked for, too
        g, y = g[0], y[0]
    order = np.argsort(x, axis=None, stable=True)
    first = order[np.searchsorted(np.ravel(x), y, sorter=order)]
    return take_gx(g, x.shape, first, None)


# fmt: off
# By position
rule(np.take,             x=take_gx)
rule(np.take_along_axis,  x=take_along_axis_gx)
rule(np.compress,         condition=None,
     x=lambda g, x_shape, condition, axis: take_gx(g, x_shape, np.flatnonzero(condition), axis))
rule(np.extract,          condition=None,
     x=lambda g, x_shape, condition: take_gx(g, x_shape, np.flatnonzero(condition), None))
rule(np.choose,           xs=lambda g, xs_shape, i, a, mode: np.where(wrapped_indices(a, len(xs_shape), mode) == i, g, 0),
     computed_by=choose, signature="(a, xs, out=None, mode='raise')", aliases={"choices": "xs"}, broadcasts=True)
rule(np.bincount,         x=None, weights=lambda g, x: np.take(g, x),
     accepts=("minlength",), signature="(x, weights=None, minlength=0)")

# By rank
rule(np.sort,             x=sort_gx, accepts=("kind", "stable"), convention="equal elements keep their order",
     signature="(a, axis=-1, kind=None, order=None, *, stable=None, descending=None)")
rule(np.partition,        x=partition_gx, accepts=("kth", "kind", "descending"), convention="equal elements keep their order",
     signature="(a, kth, axis=-1, kind='introselect', order=None, *, descending=None)")
rule(np.sort_complex,     x=lambda g, x: sort_gx(g, x, -1, False), convention="equal elements keep their order")
rule(np.unique,           x=unique_gx, several=True, convention="the first of equal elements counts",
     accepts=("return_index", "return_inverse", "return_counts", "equal_nan", "sorted"),
     signature="(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True)")
rule(np.unique_values,    x=unique_gx, several=True, convention="the first of equal elements counts")
rule(np.unique_counts,    x=unique_gx, several=True, convention="the first of equal elements counts")
rule(np.unique_inverse,   x=unique_gx, several=True, convention="the first of equal elements counts")
rule(np.unique_all,       x=unique_gx, several=True, convention="the first of equal elements counts")
