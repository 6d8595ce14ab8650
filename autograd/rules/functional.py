"""Functions that call functions, or choose between many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.rules.indexing import set_at
from autograd.rules.products import as_array
from autograd.rules.registry import composed

Shape = tuple[int, ...]


@composed(np.apply_along_axis)
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    moved = np.moveaxis(arr, axis, -1)
    shape = moved.shape[:-1]
    if 0 in shape:
        raise ValueError(
            f"apply_along_axis was given an array of shape {arr.shape}, in which nothing lies along axis {axis}; "
            f"all other axes must be longer than 0"
        )
    parts = [as_array(func1d(moved[index], *args, **kwargs)) for index in np.ndindex(shape)]
    y = np.stack(parts, dtype=parts[0].dtype, casting="unsafe")
    y = np.reshape(y, shape + y.shape[1:])
    start, new = axis % arr.ndim, y.ndim - len(shape)
    return np.moveaxis(y, range(len(shape), y.ndim), range(start, start + new))


@composed(np.apply_over_axes)
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    for axis in [axes] if np.ndim(axes) == 0 else axes:
        axis = axis + a.ndim if axis < 0 else axis
        y = func(a, axis)
        y = y if y.ndim == a.ndim else np.expand_dims(y, axis)
        if y.ndim != a.ndim:
            raise ValueError(
                f"apply_over_axes was given a function that returned an array of shape {y.shape} for one of shape "
                f"{a.shape}; it must have as many axes, or one less"
            )
        a = y
    return a


@composed(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    conditions = np.asarray(condlist, dtype=bool)
    if conditions.ndim == 0 or (conditions.ndim == 1 and x.ndim):
        conditions = conditions[None]
    if len(conditions) == len(funclist) - 1:
        conditions = np.concatenate([conditions, ~np.any(conditions, axis=0, keepdims=True)])
    if len(conditions) != len(funclist):
        raise ValueError(
            f"piecewise was given {len(conditions)} conditions and {len(funclist)} functions; it expects a function "
            f"for each condition, and may have one more for where none holds"
        )
    y = np.zeros_like(x)
    for condition, function in zip(conditions, funclist, strict=True):
        if not callable(function):
            y = set_at(y, function, condition)
        elif condition.any():
            y = set_at(y, function(x[condition], *args, **kw), condition)
    return y


def cast(x: Any, dtype: Any) -> Any:
    return x if x.dtype == dtype else x.astype(dtype)


@composed(np.select)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """A chain of np.where, from the last choice to the first."""
    if not len(condlist) == len(choicelist) > 0:
        raise ValueError(
            f"select was given {len(condlist)} conditions and {len(choicelist)} choices; it expects one for each other, "
            f"and at least one"
        )
    conditions = [as_array(condition) for condition in condlist]
    if any(condition.dtype != bool for condition in conditions):
        raise TypeError(
            f"select was given conditions of dtype {[str(condition.dtype) for condition in conditions]}; they must be "
            f"boolean: compare, as in x > 0"
        )
    *choices, y = (x if type(x) in (int, float, complex) else as_array(x) for x in [*choicelist, default])
    dtype = np.result_type(*(x if type(x) in (int, float, complex) else x.dtype for x in [*choices, y]))
    y = cast(as_array(y), dtype)
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        y = np.where(condition, choice, y)
    return y
