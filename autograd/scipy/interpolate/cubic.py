"""Cubic splines, which differ in how they find their slopes at the knots.

SciPy finds the coefficients; here is from what, for their gradients in the knots x (n,) and the values y (n, ...).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from autograd.rules.products import as_array
from autograd.rules.registry import primitive, rule
from autograd.scipy._bands import solve_bands
from autograd.scipy._primitives import rules_by
from autograd.scipy.interpolate.piecewise import PPoly

# -- from slopes to coefficients ---------------------------------------------------------------------------------------


def steps(x: Any, y: Any, axis: int) -> tuple[Any, Any, Any]:
    """y with its axis first, the lengths between the knots, as they broadcast to it, and the slopes between them."""
    y = np.moveaxis(y, axis, 0)
    h = np.reshape(x[1:] - x[:-1], (-1, *(1,) * (y.ndim - 1)))
    return y, h, (y[1:] - y[:-1]) / h


def hermite(x: Any, y: Any, dydx: Any, axis: int) -> Any:
    """CubicHermiteSpline: (4, n - 1, ...), the cubic polynomials that have the values and the slopes."""
    (y, h, slope), dydx = steps(x, y, axis), np.moveaxis(dydx, axis, 0)
    bend = (dydx[:-1] + dydx[1:] - 2 * slope) / h
    return np.stack([bend / h, (slope - dydx[:-1]) / h - bend, dydx[:-1], y[:-1]])


# -- slopes ------------------------------------------------------------------------------------------------------------


def end_slope(h0: Any, h1: Any, m0: Any, m1: Any) -> Any:
    """Of three points, unless the curve would overshoot (Moler 2004, Numerical Computing with MATLAB, 3.6)."""
    d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    is_far = (np.sign(m0) != np.sign(m1)) & (np.abs(d) > 3 * np.abs(m0))
    return np.where(np.sign(d) != np.sign(m0), 0, np.where(is_far, 3 * m0, d))


def pchip(x: Any, y: Any, axis: int) -> Any:
    """PchipInterpolator: weighted harmonic means of the slopes; 0 at an extremum (Fritsch and Butland 1984)."""
    y, h, m = steps(x, y, axis)
    if len(h) == 1:
        return hermite(x, y, np.concatenate([m, m]), 0)
    is_flat = (np.sign(m[1:]) != np.sign(m[:-1])) | (m[1:] == 0) | (m[:-1] == 0)
    before, after = np.where(is_flat, 1, m[:-1]), np.where(is_flat, 1, m[1:])
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    inner = np.where(is_flat, 0, (w1 + w2) / (w1 / before + w2 / after))
    first, last = end_slope(h[0], h[1], m[0], m[1]), end_slope(h[-1], h[-2], m[-1], m[-2])
    return hermite(x, y, np.concatenate([first[None], inner, last[None]]), 0)


def akima(x: Any, y: Any, axis: int, method: str) -> Any:
    """Akima1DInterpolator: means of the slopes to both sides, each weighted by how much the other side bends.

    Akima 1970, Journal of the ACM 17(4); "makima" is Moler's and Ionita's (2019), which adds a term to the weights.
    """
    y, h, m = steps(x, y, axis)
    if len(h) == 1:
        return hermite(x, y, np.concatenate([m, m]), 0)
    before, after = 2 * m[0] - m[1], 2 * m[-1] - m[-2]
    ends = [2 * before - m[0], before], [after, 2 * after - m[-1]]
    m = np.concatenate([np.stack(ends[0]), m, np.stack(ends[1])])
    bends = np.abs(m[1:] - m[:-1])
    if method == "makima":
        bends = bends + 0.5 * np.abs(m[1:] + m[:-1])
    left, right = bends[:-2], bends[2:]
    whole = left + right
    is_defined = whole > 1e-9 * np.max(whole)
    share = np.where(is_defined, left, 0) / np.where(is_defined, whole, 1)
    weighted = m[1:-2] + share * (m[2:-1] - m[1:-2])
    return hermite(x, y, np.where(is_defined, weighted, 0.5 * (m[3:] + m[:-3])), 0)


def cubic(x: Any, y: Any, start: Any, end: Any, axis: int, kinds: tuple[Any, Any]) -> Any:
    """CubicSpline: the slopes with which the second derivative is continuous (de Boor 1978, chapter IV).

    kinds  of the two ends: "not-a-knot", "periodic", or the order of the derivative that is given there.
    """
    y, h, slope = steps(x, y, axis)
    return hermite(x, y, cubic_slopes(y, h, slope, start, end, kinds), 0)


def cubic_slopes(y: Any, h: Any, slope: Any, start: Any, end: Any, kinds: tuple[Any, Any]) -> Any:
    n = len(y)
    if not y.size:
        return np.zeros_like(y)
    if kinds[0] == "periodic":
        return periodic_slopes(h, slope)
    if n == 3 and kinds == ("not-a-knot", "not-a-knot"):  # a parabola
        bend = (slope[1] - slope[0]) / (h[0] + h[1])
        return np.stack([slope[0] - bend * h[0], slope[0] + bend * h[0], slope[1] + bend * h[1]])
    if n == 2:
        start, end = (
            slope[0] if kind == "not-a-knot" else value for kind, value in zip(kinds, (start, end), strict=True)
        )
        kinds = (1 if kinds[0] == "not-a-knot" else kinds[0], 1 if kinds[1] == "not-a-knot" else kinds[1])
    first, last = end_equation(h, slope, kinds[0], start, -1), end_equation(h[::-1], slope[::-1], kinds[1], end, 1)
    lengths, zero = np.ravel(h), np.zeros(1)
    bands = [
        np.concatenate([zero, first[1], lengths[:-1]]),
        np.concatenate([first[0], 2 * (lengths[:-1] + lengths[1:]), last[0]]),
        np.concatenate([lengths[1:], last[1], zero]),
    ]
    inner = 3 * (h[1:] * slope[:-1] + h[:-1] * slope[1:])
    return solve_bands(np.stack(bands), np.concatenate([first[2][None], inner, last[2][None]]), 1)


def end_equation(h: Any, slope: Any, kind: Any, value: Any, way: int) -> tuple[Any, Any, Any]:
    """(1,), (1,), (...): the factors of the slopes at an end and beside it, and what they add up to.

    h, slope  from this end on.
    way  1 where the end is the last; -1 where it is the first.
    """
    h0 = np.ravel(h[0])
    if kind == 1:
        return np.ones(1), np.zeros(1), value
    if kind == 2:
        return 2 * h0, h0, way * 0.5 * value * h[0] * h[0] + 3 * slope[0] * h[0]
    both = h[0] + h[1]
    right = ((h[0] + 2 * both) * h[1] * slope[0] + h[0] * h[0] * slope[1]) / both
    return np.ravel(h[1]), np.ravel(both), right


def periodic_slopes(h: Any, slope: Any) -> Any:
    """The last slope is the first. The equations go round in a circle: all but one are solved for two right sides."""
    if len(h) == 1:
        return np.concatenate([slope, slope])
    if len(h) == 2:
        same = np.sum(slope / h, axis=0, keepdims=True) / np.sum(1 / h, axis=0, keepdims=True)
        return np.concatenate([same, same, same])
    before, slope_before = np.roll(h, 1, axis=0), np.roll(slope, 1, axis=0)
    middle, b = 2 * (before + h), 3 * (h * slope_before + before * slope)
    lengths, zero = np.ravel(h), np.zeros(1)
    bands = np.stack([
        np.concatenate([zero, lengths[-1:], lengths[:-3]]),
        np.ravel(middle)[:-1],
        np.concatenate([lengths[1:-1], zero]),
    ])  # fmt: skip
    beside = np.concatenate([h[:1], np.zeros((len(h) - 3, *h.shape[1:])), h[-3:-2]])
    alone, with_last = solve_bands(bands, b[:-1], 1), solve_bands(bands, beside, 1)
    last = b[-1] - h[-2] * alone[0] - h[-1] * alone[-1]
    last = last / (middle[-1] - h[-2] * with_last[0] - h[-1] * with_last[-1])
    slopes = alone - last * with_last
    return np.concatenate([slopes, last[None], slopes[:1]])


# -- SciPy's -----------------------------------------------------------------------------------------------------------


@primitive
def hermite_coefficients(x: Any, y: Any, dydx: Any, axis: int = 0) -> Any:
    return interpolate.CubicHermiteSpline(x, y, dydx, axis).c


@primitive
def pchip_coefficients(x: Any, y: Any, axis: int = 0) -> Any:
    return interpolate.PchipInterpolator(x, y, axis).c


@primitive
def akima_coefficients(x: Any, y: Any, axis: int = 0, method: str = "akima") -> Any:
    return interpolate.Akima1DInterpolator(x, y, axis, **({} if method == "akima" else {"method": method})).c


@primitive
def cubic_coefficients(x: Any, y: Any, start: Any, end: Any, axis: int = 0, kinds: Any = ()) -> Any:
    ends = [kind if isinstance(kind, str) else (kind, value) for kind, value in zip(kinds, (start, end), strict=True)]
    return interpolate.CubicSpline(x, y, axis, "periodic" if kinds == ("periodic", "periodic") else ends).c


rule(hermite_coefficients, **rules_by(hermite, "x", "y", "dydx"))
rule(pchip_coefficients, **rules_by(pchip, "x", "y"), convention="at an extremum of y: slope and gradient 0")
rule(akima_coefficients, **rules_by(akima, "x", "y"))
rule(cubic_coefficients, **rules_by(cubic, "x", "y", "start", "end"))

# -- what users call ---------------------------------------------------------------------------------------------------


class CubicHermiteSpline(PPoly):
    """scipy.interpolate.CubicHermiteSpline, in whose knots, values, slopes and points there is a gradient."""

    def __init__(self, x: Any, y: Any, dydx: Any, axis: int = 0, extrapolate: Any = None) -> None:
        y = as_array(y)
        self._set(hermite_coefficients(as_array(x), y, as_array(dydx), axis), x, extrapolate, axis % y.ndim)


class PchipInterpolator(PPoly):
    """scipy.interpolate.PchipInterpolator, in whose knots, values and points there is a gradient."""

    def __init__(self, x: Any, y: Any, axis: int = 0, extrapolate: Any = None) -> None:
        y = as_array(y)
        self._set(pchip_coefficients(as_array(x), y, axis), x, extrapolate, axis % y.ndim)


class Akima1DInterpolator(PPoly):
    """scipy.interpolate.Akima1DInterpolator, in whose knots, values and points there is a gradient."""

    def __init__(self, x: Any, y: Any, axis: int = 0, *, method: str = "akima", extrapolate: Any = None) -> None:
        y, extrapolate = as_array(y), False if extrapolate is None else extrapolate
        self._set(akima_coefficients(as_array(x), y, axis, method), x, extrapolate, axis % y.ndim)


class CubicSpline(PPoly):
    """scipy.interpolate.CubicSpline: a gradient in the knots, values and points, and in what is given at the ends.

    bc_type  "not-a-knot", "periodic", "clamped", "natural", or for each end one of these but "periodic" or a pair: the
             order of a derivative, 1 or 2, and its value.
    """

    def __init__(self, x: Any, y: Any, axis: int = 0, bc_type: Any = "not-a-knot", extrapolate: Any = None) -> None:
        y, is_name = as_array(y), isinstance(bc_type, str)
        others = tuple(n for k, n in enumerate(y.shape) if k != axis % y.ndim)
        (first, start), (last, end) = (given_at(each, others) for each in ((bc_type, bc_type) if is_name else bc_type))
        c = cubic_coefficients(as_array(x), y, as_array(start), as_array(end), axis, (first, last))
        default = "periodic" if first == "periodic" else True
        self._set(c, x, default if extrapolate is None else extrapolate, axis % y.ndim)


def given_at(end: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Of a condition at an end: the order of the derivative that is given and its value, or its name and a 0."""
    if not isinstance(end, str):
        order, value = end
        return order, value
    orders = {"clamped": 1, "natural": 2}
    return (orders[end], np.zeros(shape)) if end in orders else (end, 0.0)
