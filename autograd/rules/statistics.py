"""Order statistics, weighted averages, and reductions that skip NaN.

A quantile is a mixture of the two elements that stand next to a place in the sorted row; its gradient goes to them.
Equal elements stand in the order of a stable sort, NaN last: of a row with NaN it takes the gradient. Where NaN is skipped it has gradient 0, also in rows of nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.rules.indexing import scatter_add
from autograd.rules.reductions import (
    Axis,
    axes_merged,
    axes_of,
    extremum_gx,
    mean_reduction_gx,
    prod_gx,
    reduced_size,
    std_gx,
    sum_gx,
    var_gx,
)
from autograd.rules.registry import composed, primitive, rule

# -- order statistics ------------------------------------------------------------------------------------------------


def quantile_gx(fn: Callable[..., Any], g: Any, x: Any, q: Any, axis: Axis, method: Any) -> Any:
    if not x.size:
        return np.zeros_like(x)
    index, weight = mixtures(x, fn=fn, q=q, axis=axis, method=method)
    return scatter_add(g.reshape(index.shape[1:]) * weight, (x.size,), index).reshape(x.shape)


@primitive
def mixtures(x: Any, fn: Callable[..., Any], q: Any, axis: Axis, method: Any) -> tuple[Any, Any]:
    """Of which two elements, by their index in x.ravel(), and with which weights each quantile is a mixture.

    Two arrays of shape (2, q..., kept axes...). Where in a sorted row a quantile stands is what `fn`, np.quantile or
    its like, says of the places themselves, 0, 1, 2, ...: so every method is known, and none is written here.
    """
    rows, n = axes_merged(x, axis)[0], reduced_size(x.shape, axis)
    numbers = axes_merged(np.arange(x.size).reshape(x.shape), axis)[0]
    order = np.take_along_axis(numbers, np.argsort(rows, axis=-1, kind="stable"), axis=-1)  # NaN comes last
    kept = rows.shape[:-1]
    if fn in (np.nanquantile, np.nanpercentile):
        if np.ndim(q) > 1 and axis is not None and len(axes_of(x.shape, axis)) != 1:
            raise ValueError(
                f"{fn.__name__} was given a q of shape {np.shape(q)} and the axes {axis}, for which NumPy mixes up the "
                f"axes of the result, and no gradient is known; give a q of one dimension, or a single axis"
            )
        filled = np.sum(~np.isnan(rows), axis=-1)
        places = np.where(np.arange(n) < np.maximum(filled, 1)[..., None], np.arange(float(n)), np.nan)
        place, used = fn(places, q, axis=-1, method=method), filled > 0
    else:
        place, used = fn(np.arange(float(n)), q, method=method), True
        place = place.reshape(place.shape + (1,) * len(kept))
        place = np.where(np.isnan(rows).any(axis=-1), n - 1, place)  # a row with NaN has NaN for its quantiles
    below = np.floor(place)
    grid = np.indices(kept, sparse=True)
    index = [order[(*grid, k.astype(np.intp))] for k in (below, np.ceil(place))]
    weight = [(1 - (place - below)) * used, (place - below) * used]
    return np.stack(index), np.stack(weight).astype(x.dtype)


# -- averages --------------------------------------------------------------------------------------------------------


@primitive
def nonzero_total(x: Any) -> Any:
    """x, the sums of weights, by which an average divides."""
    if np.any(x == 0):
        raise ZeroDivisionError("average was given weights whose sum is 0, by which it divides; change the weights")
    return x


@composed(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    a, weights = (v if v is None or hasattr(v, "shape") else np.asarray(v) for v in (a, weights))
    if axis is not None:
        axis = normalize_axis_tuple(axis, a.ndim)
    if weights is None:
        y = np.mean(a, axis=axis, keepdims=keepdims)
        total = np.asarray(a.size / y.size, y.dtype)
    else:
        weights = beside(a, axis, weights)
        dtype = np.result_type(a.dtype, weights.dtype, *([np.float64] if a.dtype.kind in "biu" else []))
        total = np.sum(weights, axis=axis, dtype=dtype, keepdims=keepdims)
        total = nonzero_total(total)
        y = np.sum(np.multiply(a, weights, dtype=dtype), axis=axis, keepdims=keepdims) / total
    return (y, np.full_like(y, total, dtype=total.dtype)) if returned else y


def beside(a: Any, axis: tuple[int, ...] | None, weights: Any) -> Any:
    """Weights of the axes that are averaged over, in the order in which those are given, so that they broadcast."""
    if weights.shape == a.shape:
        return weights
    if axis is None or weights.shape != tuple(a.shape[k] for k in axis):
        raise ValueError(
            f"average was given weights of shape {weights.shape} for an array of shape {a.shape} and axis={axis}; they "
            f"must have the shape of the array, or of the axes that are averaged over: reshape them, or give the axis"
        )
    weights = np.transpose(weights, tuple(np.argsort(axis).tolist()))
    return np.reshape(weights, tuple(n if k in axis else 1 for k, n in enumerate(a.shape)))


# -- skipping NaN ----------------------------------------------------------------------------------------------------


def not_nan(x: Any, where: Any) -> Any:
    """The mask of what takes part: all that is not NaN, and not left out by the mask of the call."""
    return ~np.isnan(x) if where is None else np.logical_and(~np.isnan(x), where)


def nanextremum_gx(
    g: Any, x: Any, x_dtype: Any, y: Any, axis: Axis, keepdims: bool | None, initial: Any, where: Any
) -> Any:
    return extremum_gx(g, x, x_dtype, y, axis, keepdims, initial, not_nan(x, where))


STABLE = "equal elements in the order of a stable sort"

# fmt: off
rule(np.median,         accepts=("keepdims",), convention=STABLE,
     x=lambda g, x, axis: quantile_gx(np.quantile, g, x, 0.5, axis, "linear"))
rule(np.quantile,       accepts=("keepdims",), convention=STABLE,
     x=lambda g, x, q, axis, method: quantile_gx(np.quantile, g, x, q, axis, method))
rule(np.percentile,     accepts=("keepdims",), convention=STABLE,
     x=lambda g, x, q, axis, method: quantile_gx(np.percentile, g, x, q, axis, method))
rule(np.nanmedian,      accepts=("keepdims",), convention=STABLE,
     x=lambda g, x, axis: quantile_gx(np.nanquantile, g, x, 0.5, axis, "linear"))
rule(np.nanquantile,    accepts=("keepdims",), convention=STABLE,
     x=lambda g, x, q, axis, method: quantile_gx(np.nanquantile, g, x, q, axis, method))
rule(np.nanpercentile,  accepts=("keepdims",), convention=STABLE,
     x=lambda g, x, q, axis, method: quantile_gx(np.nanpercentile, g, x, q, axis, method))
rule(mixtures,          x=None, several=True, accepts=("fn", "q", "axis", "method"))

rule(nonzero_total,     x=lambda g: g)
rule(np.nansum,   accepts=("initial",),
     x=lambda g, x, axis, keepdims, where: sum_gx(g, x.shape, axis, keepdims, not_nan(x, where)))
rule(np.nanmean,  x=lambda g, x, axis, keepdims, where: mean_reduction_gx(g, x.shape, axis, keepdims, not_nan(x, where)))
rule(np.nanprod,  x=lambda g, x, axis, keepdims, initial, where:
                    prod_gx(g, x, axis, keepdims, initial, not_nan(x, where)))
rule(np.nanvar,   x=lambda g, x, axis, ddof, keepdims, where, mean:
                    var_gx(g, x, axis, ddof, keepdims, not_nan(x, where), mean), aliases={"correction": "ddof"})
rule(np.nanstd,   x=lambda g, x, y, axis, ddof, keepdims, where, mean:
                    std_gx(g, x, y, axis, ddof, keepdims, not_nan(x, where), mean), aliases={"correction": "ddof"},
                  convention="0 where it is 0")
rule(np.nanmax,   x=nanextremum_gx, convention="equal elements share equally")
rule(np.nanmin,   x=nanextremum_gx, convention="equal elements share equally")
