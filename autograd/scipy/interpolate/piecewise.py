"""Piecewise polynomials: sum of c[m, i] (x - x[i])^(k - m) between the breakpoints x[i] and x[i + 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from autograd.rules.indexing import scatter_add
from autograd.rules.products import as_array
from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import rules_by

# -- at a point --------------------------------------------------------------------------------------------------------


def of_scipy(c: Any, x: Any, extrapolate: Any) -> Any:
    """SciPy's polynomial, of arrays of which nothing is to be checked: in double precision, C-contiguous."""
    c = np.ascontiguousarray(c, complex if c.dtype.kind == "c" else float)
    return interpolate.PPoly.construct_fast(c, np.ascontiguousarray(x, float), extrapolate)


@primitive
def value_at(c: Any, x: Any, points: Any, nu: int = 0, extrapolate: bool = True) -> Any:
    """(k + 1, m, ...), (m + 1,), points to (*points.shape, ...): the derivative of order nu there."""
    return of_scipy(c, x, extrapolate)(points, nu)


def pieces(x: Any, points: Any) -> Any:
    """The number of the interval that each point is in, closed at its beginning; before the first and after the last,
    that one. Breakpoints may ascend or descend."""
    way = np.sign(x[-1] - x[0])
    return np.clip(np.searchsorted(way * x, way * points, side="right") - 1, 0, x.shape[0] - 2)


def within(g: Any, x: Any, points: Any, extrapolate: bool) -> Any:
    """g, and 0 where there is no value because a point lies outside."""
    if extrapolate:
        return g
    is_outside = (points < np.minimum(x[0], x[-1])) | (points > np.maximum(x[0], x[-1]))
    return np.where(np.reshape(is_outside, (*is_outside.shape, *(1,) * (g.ndim - points.ndim))), 0, g)


def slopes(g: Any, c: Any, x: Any, points: Any, nu: int, extrapolate: bool) -> Any:
    """g times the derivative at each point, summed over all that is found there."""
    slope = value_at(c, x, points, nu + 1, True)
    return np.real(np.sum(within(g, x, points, extrapolate) * slope, axis=tuple(range(points.ndim, g.ndim))))


def value_at_gc(g: Any, c_shape: tuple[int, ...], x: Any, points: Any, nu: int, extrapolate: bool) -> Any:
    g = np.reshape(within(g, x, points, extrapolate), (-1, *c_shape[2:]))
    i = np.ravel(pieces(x, points))
    along = np.reshape(np.ravel(points) - x[i], (-1, *(1,) * (g.ndim - 1)))
    rows = []
    for power in range(c_shape[0]):  # of which the derivative is power (power - 1) ... along^(power - nu)
        if power < nu:
            rows.append(np.zeros_like(g, shape=c_shape[1:]))
            continue
        if power > nu:
            g = g * along
        factor = float(np.prod(np.arange(power - nu + 1, power + 1)))
        rows.append(scatter_add(g * factor, c_shape[1:], i))
    return np.stack(rows[::-1])


def value_at_gx(g: Any, c: Any, x: Any, x_shape: tuple[int, ...], points: Any, nu: int, extrapolate: bool) -> Any:
    """The point is taken from the breakpoint before it."""
    slope = slopes(g, c, x, points, nu, extrapolate)
    return -scatter_add(np.ravel(slope), x_shape, np.ravel(pieces(x, points)))


# -- over an interval --------------------------------------------------------------------------------------------------


@primitive
def integral(c: Any, x: Any, a: Any, b: Any, extrapolate: Any = True) -> Any:
    """(...): from a to b."""
    return np.asarray(of_scipy(c, x, extrapolate).integrate(float(a), float(b)))


def antiderivative_of(c: Any, x: Any) -> Any:
    """(k + 2, m, ...): 0 at the first breakpoint, and continuous."""
    order = len(c)
    column = (-1, *(1,) * (c.ndim - 1))
    c = c / np.reshape(np.arange(float(order), 0, -1), column)
    length = np.reshape(x[1:] - x[:-1], (-1, *(1,) * (c.ndim - 2)))
    over_pieces: Any = 0
    for row in c:
        over_pieces = (over_pieces + row) * length
    start = np.cumsum(over_pieces, axis=0) - over_pieces
    return np.concatenate([c, start[None]])


def integral_of(c: Any, x: Any, a: Any, b: Any, extrapolate: Any) -> Any:
    whole, is_periodic = antiderivative_of(c, x), extrapolate == "periodic"

    def until(point: Any) -> Any:
        if not is_periodic:
            return value_at(whole, x, point, 0, bool(extrapolate))
        period = x[-1] - x[0]
        turns = np.floor((point - x[0]) / period)
        return turns * value_at(whole, x, x[-1]) + value_at(whole, x, point - turns * period)

    return until(b) - until(a)


@primitive
def coefficients(c: Any, x: Any, axis: int = 0) -> Any:
    """c with the axes of the powers and of the pieces first, in float64, checked as SciPy checks it."""
    return interpolate.PPoly(c, x, axis=axis).c


class PPoly:
    """scipy.interpolate.PPoly, in whose coefficients, breakpoints and points there is a gradient.

    c  (k + 1, m, ...): the coefficients, of the highest power first.
    x  (m + 1,): the breakpoints, in ascending or descending order.
    extrapolate  whether the first and the last polynomial go on outside; if not, there is NaN; or "periodic".
    axis  of the values, where the points are.

    All is computed in float64, as by SciPy. A point outside has gradient 0 if nothing is extrapolated. `solve` and
    `roots` take and return constants.
    """

    def __init__(self, c: Any, x: Any, extrapolate: Any = None, axis: int = 0) -> None:
        self._set(coefficients(as_array(c), as_array(x), axis), x, extrapolate, axis)

    def _set(self, c: Any, x: Any, extrapolate: Any, axis: int) -> None:
        self.c, self.x = c, np.astype(as_array(x), float, copy=False)
        self.extrapolate, self.axis = True if extrapolate is None else extrapolate, axis

    def _with(self, c: Any, extrapolate: Any) -> PPoly:
        made = PPoly.__new__(PPoly)
        made._set(c, self.x, extrapolate, self.axis)
        return made

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        """The derivative of order nu at the points x: of the shape of y with that of x in place of its axis."""
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        points = np.astype(as_array(x), float, copy=False)
        if extrapolate == "periodic":
            points = self.x[0] + (points - self.x[0]) % (self.x[-1] - self.x[0])
        y = value_at(self.c, self.x, points, nu, bool(extrapolate) and extrapolate != "periodic")
        return points_at_axis(y, points.ndim, self.axis)

    def derivative(self, nu: int = 1) -> PPoly:
        """The derivative of order nu, itself a piecewise polynomial."""
        if nu < 0:
            return self.antiderivative(-nu)
        c = self.c
        for _ in range(nu):
            order = len(c) - 1
            factors = np.reshape(np.arange(float(order), 0, -1), (-1, *(1,) * (c.ndim - 1)))
            c = c[:-1] * factors if order else np.zeros_like(c)
        return self._with(c, self.extrapolate)

    def antiderivative(self, nu: int = 1) -> PPoly:
        """The integral from the first breakpoint on, nu times."""
        if nu < 0:
            return self.derivative(-nu)
        c = self.c
        for _ in range(nu):
            c = antiderivative_of(c, self.x)
        return self._with(c, False if nu and self.extrapolate == "periodic" else self.extrapolate)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        """The integral from a to b, numbers that may have gradients."""
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        return integral(self.c, self.x, as_array(a), as_array(b), extrapolate)

    def solve(self, y: float = 0.0, discontinuity: bool = True, extrapolate: Any = None) -> Any:
        """Where the polynomial is y. These are constants."""
        return self._plain().solve(y, discontinuity, extrapolate)

    def roots(self, discontinuity: bool = True, extrapolate: Any = None) -> Any:
        """Where the polynomial is 0. These are constants."""
        return self._plain().roots(discontinuity, extrapolate)

    def _plain(self) -> Any:
        return interpolate.PPoly.construct_fast(np.asarray(self.c), np.asarray(self.x), self.extrapolate, self.axis)


def points_at_axis(y: Any, count: int, axis: int) -> Any:
    """The axes of the points, which stand first, moved to where the axis of the values was."""
    if not axis:
        return y
    return np.transpose(y, (*range(count, count + axis), *range(count), *range(count + axis, y.ndim)))


# fmt: off
rule(value_at,     c=value_at_gc, x=value_at_gx, points=slopes,
                   convention="at a breakpoint: that of the piece that begins there")
rule(integral,     **rules_by(integral_of, "c", "x", "a", "b"))
rule(coefficients, c=lambda g, axis: np.moveaxis(g, (0, 1), (axis, axis + 1)), x=None)
