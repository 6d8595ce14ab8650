"""Reductions over any axes. Each is undone by `unreduce`: what was summed over takes the gradient of the sum.

Elements that a mask `where` leaves out have no part in the result, and gradient 0, whatever their value; `initial` is a
constant. At a kink: max and min share the gradient equally among equal elements, `initial` being one of them, and std
has gradient 0 where it is 0.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules.elementwise import EQUALLY, INFINITE, is_selected
from autograd.rules.registry import composed, primitive, rule
from autograd.rules.smooth import smooth

Axis = int | tuple[int, ...] | None


def unreduce(g: Any, shape: tuple[int, ...], axis: Axis, keepdims: bool | None) -> Any:
    """The adjoint of a sum: (..., ...) without or with the reduced axes to `shape`, as a view."""
    if axis is not None and not keepdims and shape:  # NumPy lets one reduce a scalar along axis 0
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, shape)


def axes_of(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """The axes that a reduction of an array of `shape` is over, as they were given."""
    if not shape or axis is None:
        return tuple(range(len(shape)))
    return tuple(axis) if isinstance(axis, tuple | list) else (axis,)


def reduced_size(shape: tuple[int, ...], axis: Axis) -> int:
    """How many elements go into each element of a reduction."""
    return math.prod([shape[k] for k in axes_of(shape, axis)])


def count_true(mask: Any, axis: Axis) -> Any:
    """How many are true of those that go into each element of a reduction, but at least 1; keeps the axes."""
    return np.maximum(np.sum(mask, axis=axis, keepdims=True), 1)


def axes_merged(x: Any, axis: Axis) -> tuple[Any, Callable[[Any], Any]]:
    """(..., n): the axes of a reduction put last and made one; and a function that puts them back."""
    axes = axes_of(x.shape, axis)
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(x, axes, last)
    rows = moved.reshape(*moved.shape[: x.ndim - len(axes)], reduced_size(x.shape, axes))
    return rows, lambda rows: np.moveaxis(rows.reshape(moved.shape), last, axes)


def sum_gx(g: Any, x_shape: tuple[int, ...], axis: Axis, keepdims: bool | None, where: Any) -> Any:
    gx = unreduce(g, x_shape, axis, keepdims)
    return gx if where is None else np.where(where, gx, 0)


def mean_reduction_gx(g: Any, x_shape: tuple[int, ...], axis: Axis, keepdims: bool | None, where: Any) -> Any:
    if where is None:
        return unreduce(g / reduced_size(x_shape, axis), x_shape, axis, keepdims)
    n = count_true(np.broadcast_to(where, x_shape), axis).astype(g.dtype)
    return sum_gx(g, x_shape, axis, keepdims, where) / n


def extremum_gx(
    g: Any, x: Any, x_dtype: Any, y: Any, axis: Axis, keepdims: bool | None, initial: Any, where: Any
) -> Any:
    y = unreduce(y, x.shape, axis, keepdims)
    chosen = is_selected(x, y) if where is None else np.logical_and(is_selected(x, y), where)
    ties = count_true(chosen, axis)
    if initial is not None:
        ties = ties + is_selected(np.asarray(initial, x_dtype), y)
    return np.where(chosen, unreduce(g, x.shape, axis, keepdims) / ties.astype(g.dtype), 0)


def prod_gx(g: Any, x: Any, axis: Axis, keepdims: bool | None, initial: Any, where: Any) -> Any:
    """Every element's factor is the product of the others. No division: elements may be zero."""
    rows, back = axes_merged(x if where is None else np.where(where, x, 1), axis)
    gx = unreduce(g, x.shape, axis, keepdims) * back(product_of_others(rows))
    if initial is not None:
        gx = gx * np.asarray(initial, g.dtype)
    return gx if where is None else np.where(where, gx, 0)


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


def var_gx(g: Any, x: Any, axis: Axis, ddof: float, keepdims: bool | None, where: Any, mean: Any) -> Any:
    """2 conj(x - mean) / (n - ddof); NaN, as NumPy's variance is, where that leaves no degrees of freedom."""
    n: Any = reduced_size(x.shape, axis)
    if where is None:
        factor: Any = 2 / (n - float(ddof)) if n > ddof else math.nan
    else:
        x = np.where(where, x, 0)
        n = count_true(np.broadcast_to(where, x.shape), axis).astype(g.dtype)
        factor = 2 / np.where(n > ddof, n - float(ddof), math.nan)
    if mean is None:
        mean = np.mean(x, axis=axis, keepdims=True) if where is None else np.sum(x, axis=axis, keepdims=True) / n
    deviation = np.conjugate(x - mean) if x.dtype.kind == "c" else x - mean
    gx = unreduce(g, x.shape, axis, keepdims) * deviation * factor
    return gx if where is None else np.where(where, gx, 0)


def std_gx(g: Any, x: Any, y: Any, axis: Axis, ddof: float, keepdims: bool | None, where: Any, mean: Any) -> Any:
    def term(q: Any, x: Any, mean: Any) -> Any:
        return var_gx(q, x, axis, ddof, keepdims, where, mean)

    g = 0.5 * g
    gx = term(np.where(y == 0, 0, g / np.where(y == 0, 1, y)), x, mean)
    return smooth(gx, g, y, term, x, mean)


def opposite(gx: Callable[..., Any]) -> Callable[..., Any]:
    """The gradient of a given mean, which is subtracted from x; the engine sums it to the shape of the mean."""
    return functools.wraps(gx)(lambda *args: -gx(*args))


@primitive
def logaddexp_reduce(
    x: Any, axis: Any = 0, dtype: Any = None, keepdims: Any = False, initial: Any = -math.inf, where: Any = True
) -> Any:
    """log(sum(exp(x))), by np.logaddexp.reduce."""
    return np.logaddexp.reduce(x, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


@primitive
def logaddexp2_reduce(
    x: Any, axis: Any = 0, dtype: Any = None, keepdims: Any = False, initial: Any = -math.inf, where: Any = True
) -> Any:
    """log2(sum(2**x)), by np.logaddexp2.reduce."""
    return np.logaddexp2.reduce(x, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


def logarithm_gx(exp: Any, g: Any, x: Any, y: Any, axis: Axis, keepdims: bool | None, where: Any) -> Any:
    """The share exp(x - y) of each in the sum: infinities share equally; 0 where all of them are exp(-inf) = 0."""
    if where is not True:
        x = np.where(where, x, -math.inf)
    y, infinite = unreduce(y, x.shape, axis, keepdims), x == math.inf
    x = np.where(infinite, 0, np.where(y == math.inf, -math.inf, x))
    g = unreduce(g, x.shape, axis, keepdims) / count_true(infinite, axis).astype(g.dtype)
    return g * exp(x - np.where(np.isinf(y), 0, y))


@composed(np.ptp)
def ptp(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest but for NaN, so that of a NaN the gradient as the largest and as the smallest do not cancel."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.nanmin(a, axis=axis, keepdims=keepdims)


def each(functions: tuple[Callable[..., Any], ...], gx: Callable[..., Any], convention: str = "") -> None:
    for fn in functions:
        rule(fn, x=gx, convention=convention)


# fmt: off
rule(np.sum,   x=sum_gx, accepts=("initial",))
rule(np.mean,  x=mean_reduction_gx)
rule(np.prod,  x=prod_gx)
rule(np.var,   x=var_gx, mean=opposite(var_gx), aliases={"correction": "ddof"}, broadcasts=True)
rule(np.std,   x=std_gx, mean=opposite(std_gx), aliases={"correction": "ddof"}, broadcasts=True,
     convention="0 where it is 0")
each((np.max, np.amax, np.min, np.amin), extremum_gx, EQUALLY)
rule(logaddexp_reduce,   accepts=("initial",), convention=INFINITE,
     x=lambda g, x, y, axis, keepdims, where: logarithm_gx(np.exp, g, x, y, axis, keepdims, where))
rule(logaddexp2_reduce,  accepts=("initial",), convention=INFINITE,
     x=lambda g, x, y, axis, keepdims, where: logarithm_gx(np.exp2, g, x, y, axis, keepdims, where))
