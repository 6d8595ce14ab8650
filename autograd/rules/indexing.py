"""Indexing, by every kind of index that NumPy takes. Reading and adding at an index are each other's adjoint.

The operations on ndarrays that are operators in Python (`x[index]`) or write in place (`x[index] = values`) have no
NumPy function to record, so they are primitives here. `index` is an option: it is never differentiable.
"""

from __future__ import annotations

from typing import Any

import numpy as np

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
    y = np.zeros_like(x, shape=shape)
    if is_basic(index):
        y[index] = x
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
    y = copy_for(x, values)
    np.add.at(y, index, values)
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
        return like(g[index], values_shape)
    writer = np.zeros(g.shape, np.intp)
    number = np.arange(writer[index].size).reshape(writer[index].shape)
    writer[index] = number
    return like(np.where(writer[index] == number, g[index], 0), values_shape)


def like(gx: Any, shape: tuple[int, ...]) -> Any:
    """With axes of length 1 before it, if the values that were written had more axes than the place."""
    return gx.reshape((1,) * (len(shape) - gx.ndim) + gx.shape)


# fmt: off
rule(getitem,      x=lambda g, x_shape, index: scatter_add(g, x_shape, index))
rule(scatter_add,  x=lambda g, index: g[index], accepts=("shape",))
rule(set_at,       x=lambda g, index: set_at(g, 0, index), values=set_at_gvalues, broadcasts=True)
rule(add_at,       x=lambda g: g, values=lambda g, index, values_shape: like(g[index], values_shape), broadcasts=True)
