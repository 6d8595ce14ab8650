"""Convolution, correlation, interpolation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.rules.indexing import scatter_add
from autograd.rules.products import as_array, conj
from autograd.rules.registry import rule

Shape = tuple[int, ...]

# -- convolutions ----------------------------------------------------------------------------------------------------


def convolve_gx(g: Any, x_shape: Shape, other: Any, other_shape: Shape, mode: Any) -> Any:
    """Convolving is symmetric; its adjoint convolves with the other array, reversed."""
    g = in_full(g, x_shape, other_shape, mode)
    return np.reshape(np.convolve(g, np.ravel(other)[::-1], "valid"), x_shape)


def correlate_ga(g: Any, a_shape: Shape, v: Any, v_shape: Shape, mode: Any) -> Any:
    """correlate(a, v) is convolve(a, conj(v)[::-1])."""
    return np.convolve(in_full(g, a_shape, v_shape, mode, a_shape < v_shape), conj(v), "valid")


def correlate_gv(g: Any, a: Any, a_shape: Shape, v_shape: Shape, mode: Any) -> Any:
    return conj(np.convolve(in_full(g, a_shape, v_shape, mode, a_shape < v_shape), a[::-1], "valid")[::-1])


def in_full(g: Any, a_shape: Shape, v_shape: Shape, mode: Any, swapped: bool = False) -> Any:
    """The gradient of a part as that of the whole (mode="full"), with zeros where `mode` leaves something away.

    swapped: np.correlate computes with the longer array first, and then reverses the result.
    """
    short, long = sorted((math.prod(a_shape), math.prod(v_shape)))
    same = short // 2 if swapped else (short - 1) // 2
    before = {"full": 0, 2: 0, "same": same, 1: same, "valid": short - 1, 0: short - 1}[mode]
    after = short + long - 1 - before - len(g)
    if before == after == 0:
        return g
    return np.concatenate([np.zeros_like(g, shape=(before,)), g, np.zeros_like(g, shape=(after,))])


# -- interpolation ---------------------------------------------------------------------------------------------------


def segments(x: Any, xp: Any, period: float | None) -> tuple[Any, Any, Any, Any, Any]:
    """Which segment each x is in: the indices of its knots, how far along it x is (0 to 1), 1 / length, x inside of all.

    Left and right of all knots, how far along is 0 and 1; 1 / length is then not to be used.
    """
    x, xp = as_array(x).astype(np.float64), xp.astype(np.float64)
    order = None
    if period is not None:
        period = abs(period)
        x, xp = x - period * np.floor(x / period), xp - period * np.floor(xp / period)
        order = np.argsort(xp)
        xp, order = xp[order], np.concatenate([order[-1:], order, order[:1]])
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
    first = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(len(xp) - 2, 0))
    second = np.minimum(first + 1, len(xp) - 1)
    length = xp[second] - xp[first]
    inverse = 1 / np.where(length == 0, np.inf, length)
    along = np.where(length == 0, 1, np.clip((x - xp[first]) * inverse, 0, 1))
    knots = (first, second) if order is None else (order[first], order[second])
    return *knots, along, inverse, (xp[0] <= x) & (x <= xp[-1])


def slopes(x: Any, xp: Any, fp: Any, period: float | None) -> Any:
    """dy/dx."""
    first, second, _, inverse, inside = segments(x, xp, period)
    fp = fp.astype(np.float64) if fp.dtype.kind in "biu" else fp
    beside = np.where(np.isnan(x), x, 0)  # NaN is in no segment, and its gradient is NaN
    return np.where(inside, (fp[second] - fp[first]) * inverse, beside)


def to_knots(g: Any, x: Any, xp: Any, period: float | None) -> Any:
    """The gradient of each y, shared between the knots on its two sides."""
    first, second, along, _, _ = segments(x, xp, period)
    return scatter_add(g * (1 - along), xp.shape, first) + scatter_add(g * along, xp.shape, second)


def interp_gfp(g: Any, x: Any, xp: Any, left: Any, right: Any, period: float | None) -> Any:
    if period is None:
        g = g if left is None else np.where(x < xp[0], 0, g)
        g = g if right is None else np.where(x > xp[-1], 0, g)
    return to_knots(g, x, xp, period)


def interp_gleft(g: Any, x: Any, xp: Any, period: float | None) -> Any:
    return None if period is not None else np.sum(np.where(x < xp[0], g, 0))


def interp_gright(g: Any, x: Any, xp: Any, period: float | None) -> Any:
    return None if period is not None else np.sum(np.where(x > xp[-1], g, 0))


# fmt: off
rule(np.convolve,  a=lambda g, a_shape, v, v_shape, mode: convolve_gx(g, a_shape, v, v_shape, mode),
                   v=lambda g, a, a_shape, v_shape, mode: convolve_gx(g, v_shape, a, a_shape, mode))
rule(np.correlate, a=correlate_ga, v=correlate_gv)
rule(np.interp,    x=lambda g, x, xp, fp, period: g * slopes(x, xp, fp, period),
                   xp=lambda g, x, xp, fp, period: -to_knots(g * slopes(x, xp, fp, period), x, xp, period),
                   fp=interp_gfp, left=interp_gleft, right=interp_gright,
                   convention="x at a knot: the slope to its right, at the last knot to its left")
