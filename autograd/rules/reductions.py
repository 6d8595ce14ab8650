"""Reductions over any axes. Each is undone by `spread`: what was summed over takes the gradient of the sum.

At a kink: max and min share the gradient equally among equal elements, and std has gradient 0 where it is 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules.registry import rule

Axis = int | tuple[int, ...] | None


def spread(g: Any, shape: tuple[int, ...], axis: Axis, keepdims: bool | None) -> Any:
    """The adjoint of a sum: (..., ...) without or with the reduced axes to `shape`, as a view."""
    if axis is not None and not keepdims and shape:  # NumPy lets one reduce a scalar along axis 0
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, shape)


def count(shape: tuple[int, ...], axis: Axis) -> int:
    """How many elements go into each element of a reduction."""
    axes = range(len(shape)) if not shape or axis is None else (axis,) if isinstance(axis, int | np.integer) else axis
    return math.prod(shape[k] for k in axes)


def extremum_gx(g: Any, x: Any, y: Any, axis: Axis, keepdims: bool | None) -> Any:
    chosen = x == spread(y, x.shape, axis, keepdims)
    ties = np.maximum(np.sum(chosen, axis=axis, keepdims=True), 1)  # NaN is equal to nothing
    return np.where(chosen, spread(g, x.shape, axis, keepdims) / ties.astype(g.dtype), 0)


def prod_gx(g: Any, x: Any, axis: Axis, keepdims: bool | None) -> Any:
    """Every element's factor is the product of the others. No division: elements may be zero."""
    axes = tuple(range(x.ndim)) if axis is None or not x.ndim else axis if isinstance(axis, tuple) else (axis,)
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(x, axes, last)
    flat = moved.reshape(*moved.shape[: x.ndim - len(axes)], count(x.shape, axes))
    others = np.moveaxis(product_of_others(flat).reshape(moved.shape), last, axes)
    return spread(g, x.shape, axis, keepdims) * others


def product_of_others(x: Any) -> Any:
    """(..., n) to (..., n): for each element the product of the n - 1 others, by multiplying up and down a tree."""
    n = x.shape[-1]
    if n <= 1:
        return np.ones_like(x)
    if n % 2:
        x = np.concatenate([x, np.ones_like(x[..., :1])], axis=-1)
    pairs = x.reshape(*x.shape[:-1], x.shape[-1] // 2, 2)
    above = product_of_others(pairs[..., 0] * pairs[..., 1])
    return (above[..., None] * pairs[..., ::-1]).reshape(x.shape)[..., :n]


def var_gx(g: Any, x: Any, axis: Axis, ddof: float, keepdims: bool | None) -> Any:
    deviation = np.conjugate(x - np.mean(x, axis=axis, keepdims=True))
    freedom = count(x.shape, axis) - ddof
    return spread(g, x.shape, axis, keepdims) * deviation * (2 / freedom if freedom > 0 else math.nan)


def std_gx(g: Any, x: Any, y: Any, axis: Axis, ddof: float, keepdims: bool | None) -> Any:
    g = np.where(y == 0, 0, g / np.where(y == 0, 1, y))
    return 0.5 * var_gx(g, x, axis, ddof, keepdims)


def each(functions: tuple[Callable[..., Any], ...], gx: Callable[..., Any]) -> None:
    for fn in functions:
        rule(fn, x=gx)


# fmt: off
rule(np.sum,   x=lambda g, x_shape, axis, keepdims: spread(g, x_shape, axis, keepdims))
rule(np.mean,  x=lambda g, x_shape, axis, keepdims: spread(g / count(x_shape, axis), x_shape, axis, keepdims))
rule(np.prod,  x=prod_gx)
rule(np.var,   x=var_gx)
rule(np.std,   x=std_gx)
each((np.max, np.amax, np.min, np.amin), extremum_gx)
