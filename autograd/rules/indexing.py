"""Indexing, by every kind of index that NumPy takes. Reading and adding at an index are each other's adjoint.

The operations on ndarrays that are operators in Python (`x[index]`) or write in place (`x[index] = values`) have no
NumPy function to record, so they are primitives here. `index` is an option: it is never differentiable.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.rules.elementwise import EQUALLY, is_selected
from autograd.rules.registry import primitive, rule


def is_basic(index: Any) -> bool:
    """Whether an index is made of integers, slices, None and ... alone: then it names no element twice."""
    basic = int | np.integer | slice | type(None) | type(Ellipsis)
    items = index if isinstance(index, tuple) else (index,)
    return all(isinstance(item, basic) and not isinstance(item, bool) for item in items)


@primitive
def getitem(x: Any, index: Any) -> Any:
    """x[index]."""
    return x[index]


@primitive
def scatter_add(x: Any, shape: tuple[int, ...], index: Any) -> Any:
    """Zeros of `shape`, with `x` added at `index`: twice where the index names an element twice."""
    y = np.zeros_like(x, shape=shape, order="C")  # not that of x, so that y.reshape(-1) is y itself
    if is_basic(index):
        y[index] = x
    elif getattr(index, "dtype", np.dtype(object)).kind in "iu" and len(shape) > 1 and y.size:
        # Rows, of an embedding most often: by number of the element np.add.at takes a fifth of the time.
        n = math.prod(shape[1:])
        elements = np.add.outer(index.astype(np.intp).ravel() * n, np.arange(n))
        np.add.at(y.reshape(-1), elements.ravel(), x.ravel())
    else:
        np.add.at(y, index, x)
    return y


@primitive
def set_at(x: Any, values: Any, index: Any) -> Any:
    """A copy of x with x[index] = values."""
    y = copy_for(x, values)
    y[index] = values
    return y


@primitive
def add_at(x: Any, values: Any, index: Any) -> Any:
    """A copy of x with `values` added at `index`: twice where the index names an element twice."""
    return updated(np.add, x, values, index)


@primitive
def multiply_at(x: Any, values: Any, index: Any) -> Any:
    """A copy of x multiplied by `values` at `index`: twice where the index names an element twice."""
    return updated(np.multiply, x, values, index)


@primitive
def max_at(x: Any, values: Any, index: Any) -> Any:
    """A copy of x with the largest of x[index] and all `values` of a place."""
    return updated(np.maximum, x, values, index)


@primitive
def min_at(x: Any, values: Any, index: Any) -> Any:
    """A copy of x with the smallest of x[index] and all `values` of a place."""
    return updated(np.minimum, x, values, index)


def updated(ufunc: np.ufunc, x: Any, values: Any, index: Any) -> Any:
    """A copy of x after ufunc.at(x, index, values)."""
    y = copy_for(x, values)
    if is_basic(index):
        items = index if isinstance(index, tuple) else (index,)
        view = y[items if ... in items else (*items, ...)]  # with ... even one element is a view
        ufunc(view, values, out=view)  # faster than ufunc.at
    else:
        ufunc.at(y, index, values)
    return y


def copy_for(x: Any, values: Any) -> Any:
    """A copy of x that values can be written into without losing more than precision."""
    dtype = np.asarray(values).dtype
    if not np.can_cast(dtype, x.dtype, "same_kind"):
        raise TypeError(
            f"t.at[index] was given values of dtype {dtype} for a Tensor of {x.dtype}, which cannot hold them; "
            f"convert it first: t.astype(np.{dtype}).at[index]"
        )
    return np.array(x)


def set_at_gvalues(g: Any, index: Any, values_shape: tuple[int, ...]) -> Any:
    """Where the index names an element twice, only the value that was written last counts."""
    if is_basic(index):
        return sum_to_values(g[index], values_shape)
    writer = np.zeros(g.shape, np.intp)
    number = np.arange(writer[index].size).reshape(writer[index].shape)
    writer[index] = number
    return sum_to_values(np.where(writer[index] == number, g[index], 0), values_shape)


def multiply_at_gvalues(g: Any, x: Any, values: Any, index: Any) -> Any:
    """Each value's factor is the product of x and of the other values of its place."""
    gx = g[index] * x[index]
    if is_basic(index):
        return gx
    place = np.arange(x.size).reshape(x.shape)[index]
    order = np.argsort(place, axis=None, kind="stable")
    sorted_places = place.ravel()[order]
    rank = np.arange(place.size) - np.searchsorted(sorted_places, sorted_places)
    others = products_of_others(np.broadcast_to(values, place.shape).ravel()[order], rank)
    return gx * others[np.argsort(order)].reshape(place.shape)


def products_of_others(v: Any, rank: Any) -> Any:
    """(m,) to (m,): for each value the product of the others in its group, by multiplying up and down a tree.

    Groups lie one after another, and `rank` counts each from 0. No division: values may be zero.
    """
    if not rank.any():
        return np.ones_like(v)
    k, m = np.arange(v.size), v.size
    has_next = np.append(rank[1:], 0) > rank
    neighbour = np.where(rank % 2 == 1, k - 1, np.where(has_next, k + 1, m))
    neighbours = np.concatenate([v, np.ones_like(v[:1])])[neighbour]
    first = np.flatnonzero(rank % 2 == 0)
    above = products_of_others((v * neighbours)[first], rank[first] // 2)
    return above[np.cumsum(rank % 2 == 0) - 1] * neighbours


def extremum_share(g: Any, x: Any, is_value: Any, y: Any, index: Any) -> Any:
    """What each of x and the values that reached y takes of g: equal shares."""
    return g / add_at(is_selected(x, y).astype(g.dtype), is_value.astype(g.dtype), index)


def is_extremum(values: Any, x_dtype: Any, y: Any, index: Any) -> Any:
    """Whether each value is what stands at its place. It was converted to the dtype of x when it was written."""
    return is_selected(values.astype(x_dtype) if hasattr(values, "dtype") else values, y[index])


def extremum_at_gx(g: Any, x: Any, x_dtype: Any, values: Any, y: Any, index: Any) -> Any:
    is_value = is_extremum(values, x_dtype, y, index)
    return np.where(is_selected(x, y), extremum_share(g, x, is_value, y, index), 0)


def extremum_at_gvalues(g: Any, x: Any, x_dtype: Any, values: Any, y: Any, index: Any) -> Any:
    is_value = is_extremum(values, x_dtype, y, index)
    return np.where(is_value, extremum_share(g, x, is_value, y, index)[index], 0)


def sum_to_values(gx: Any, shape: tuple[int, ...]) -> Any:
    """With axes of length 1 before it, if the values that were written had more axes than the place."""
    return gx.reshape((1,) * (len(shape) - gx.ndim) + gx.shape)


# fmt: off
rule(getitem,      x=lambda g, x_shape, index: scatter_add(g, x_shape, index))
rule(scatter_add,  x=lambda g, index: g[index], accepts=("shape",))
rule(set_at,       x=lambda g, index: set_at(g, 0, index), values=set_at_gvalues, broadcasts=True)
rule(add_at,       x=lambda g: g, values=lambda g, index: g[index], broadcasts=True)
rule(multiply_at,  x=lambda g, values, index: multiply_at(g, values, index), values=multiply_at_gvalues, broadcasts=True)
rule(max_at,       x=extremum_at_gx, values=extremum_at_gvalues, broadcasts=True, convention=EQUALLY)
rule(min_at,       x=extremum_at_gx, values=extremum_at_gvalues, broadcasts=True, convention=EQUALLY)
