"""B-splines, and how they are found from values that they go through: de Boor 1978, A Practical Guide to Splines."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from scipy import interpolate

from autograd.rules.indexing import scatter_add
from autograd.rules.products import as_array
from autograd.rules.registry import primitive, rule
from autograd.scipy._bands import shifted, solve_bands
from autograd.scipy._primitives import rules_by
from autograd.scipy.interpolate.piecewise import points_at_axis

# -- at a point --------------------------------------------------------------------------------------------------------


def of_scipy(t: Any, c: Any, k: int, extrapolate: Any) -> Any:
    """SciPy's spline, of arrays of which nothing is to be checked: in double precision, C-contiguous."""
    c = np.ascontiguousarray(c, complex if c.dtype.kind == "c" else float)
    return interpolate.BSpline.construct_fast(np.ascontiguousarray(t, float), c, k, extrapolate)


@primitive
def spline_at(t: Any, c: Any, points: Any, k: int, nu: int = 0, extrapolate: bool = True) -> Any:
    """Knots (n + k + 1,), (n, ...), points to (*points.shape, ...): the derivative of order nu there."""
    return of_scipy(t, c, k, extrapolate)(points, nu)


def spans(t: Any, k: int, points: Any) -> Any:
    """The knot t[i] at the beginning of the interval that each point is in; the last interval is closed at its end."""
    return np.clip(np.searchsorted(t, points, side="right") - 1, k, t.shape[0] - k - 2)


def basis(t: Any, k: int, nu: int, points: Any, i: Any) -> list[Any]:
    """Of the k + 1 basis functions that are not 0 after the knots i, the derivatives of order nu at points there."""
    if nu > k:
        return [np.zeros_like(points)] * (k + 1)
    found = [np.ones_like(points)]
    for degree in range(1, k + 1):
        nodes = {j: t[i + j] for j in range(1 - degree, degree + 1)}
        shares = [found[j] / (nodes[j + 1] - nodes[j + 1 - degree]) for j in range(degree)]
        none = np.zeros_like(points)
        if degree > k - nu:
            rising, falling = [degree * share for share in shares], [degree * share for share in shares]
            falling = [-share for share in falling]
        else:
            rising = [(points - nodes[j + 1 - degree]) * share for j, share in enumerate(shares)]
            falling = [(nodes[j + 1] - points) * share for j, share in enumerate(shares)]
        found = [above + below for above, below in zip([none, *rising], [*falling, none], strict=True)]
    return found


def spline_value(t: Any, c: Any, points: Any, k: int, nu: int, extrapolate: bool) -> Any:
    i, shape = np.ravel(spans(t, k, points)), points.shape
    points = np.ravel(points)
    column = (-1, *(1,) * (c.ndim - 1))
    parts = [np.reshape(weight, column) * c[i - k + j] for j, weight in enumerate(basis(t, k, nu, points, i))]
    return np.reshape(within(sum(parts[1:], start=parts[0]), t, k, points, extrapolate), (*shape, *c.shape[1:]))


def within(g: Any, t: Any, k: int, points: Any, extrapolate: bool) -> Any:
    """g, and 0 where there is no value because a point lies outside."""
    if extrapolate:
        return g
    is_outside = (points < t[k]) | (points > t[-k - 1])
    return np.where(np.reshape(is_outside, (*is_outside.shape, *(1,) * (g.ndim - points.ndim))), 0, g)


def spline_at_gpoints(g: Any, t: Any, c: Any, points: Any, k: int, nu: int, extrapolate: bool) -> Any:
    slope = spline_at(t, c, points, k, nu + 1, True) if nu < k else 0 * g
    return np.real(np.sum(within(g, t, k, points, extrapolate) * slope, axis=tuple(range(points.ndim, g.ndim))))


def spline_at_gc(g: Any, t: Any, c_shape: tuple[int, ...], points: Any, k: int, nu: int, extrapolate: bool) -> Any:
    g = np.reshape(within(g, t, k, points, extrapolate), (-1, *c_shape[1:]))
    points, i = np.ravel(points), np.ravel(spans(t, k, points))
    column = (-1, *(1,) * (g.ndim - 1))
    parts = [
        scatter_add(g * np.reshape(weight.astype(g.real.dtype), column), c_shape, i - k + j)
        for j, weight in enumerate(basis(t, k, nu, points, i))
    ]
    return sum(parts[1:], start=parts[0])


# -- over an interval --------------------------------------------------------------------------------------------------


def trailing(values: Any, c: Any) -> Any:
    """One number for each coefficient, as it broadcasts to them."""
    return np.reshape(values, (-1, *(1,) * (c.ndim - 1)))


def antiderivative_of(t: Any, c: Any, k: int) -> tuple[Any, Any, int]:
    """The spline that begins with 0 and has c for its derivative (de Boor, X)."""
    n = t.shape[0] - k - 1
    widths = trailing(t[k + 1 :] - t[:n], c) / (k + 1)
    c = np.concatenate([np.zeros_like(c[:1]), np.cumsum(c[:n] * widths, axis=0)])
    return np.concatenate([t[:1], t, t[-1:]]), c, k + 1


def derivative_of(t: Any, c: Any, k: int) -> tuple[Any, Any, int]:
    n = t.shape[0] - k - 1
    return t[1:-1], k * (c[1:n] - c[: n - 1]) / trailing(t[k + 1 : -1] - t[1:n], c), k - 1


@primitive
def integral(t: Any, c: Any, a: Any, b: Any, k: int, extrapolate: Any = True) -> Any:
    """(...): from a to b."""
    if c.dtype.kind == "c":  # of which SciPy 1.17 integrates the real part, or nothing
        return integral(t, c.real, a, b, k, extrapolate) + 1j * integral(t, c.imag, a, b, k, extrapolate)
    return np.asarray(of_scipy(t, c, k, extrapolate).integrate(float(a), float(b)))


def integral_of(t: Any, c: Any, a: Any, b: Any, k: int, extrapolate: Any) -> Any:
    whole_t, whole_c, degree = antiderivative_of(t, c, k)
    first, last = t[k], t[-k - 1]

    def until(point: Any) -> Any:
        if extrapolate == "periodic":
            turns = np.floor((point - first) / (last - first))
            period = spline_at(whole_t, whole_c, last, degree) - spline_at(whole_t, whole_c, first, degree)
            return turns * period + spline_at(whole_t, whole_c, point - turns * (last - first), degree)
        return spline_at(whole_t, whole_c, point if extrapolate else np.clip(point, first, last), degree)

    return until(b) - until(a)


# -- through values ----------------------------------------------------------------------------------------------------


def knots(x: Any, k: int, is_periodic: bool, has_ends: bool) -> Any:
    """SciPy's knots for values at x: on a circle; all of x where derivatives are given; or "not a knot"."""
    first, last = x[:1], x[-1:]
    if k < 2:
        return np.concatenate([first, x, last][1 - k :])
    if is_periodic:
        if k % 2 == 0:
            x = np.concatenate([first, x[1:-1] - (x[1:-1] - x[:-2]) / 2, last])
        steps = x[1:] - x[:-1]
        turn = np.arange(k) % steps.shape[0]
        before = np.cumsum(np.concatenate([first, -steps[::-1][turn]]))[:0:-1]
        return np.concatenate([before, x, np.cumsum(np.concatenate([last, steps[turn]]))[1:]])
    if has_ends:
        return np.concatenate([first] * k + [x] + [last] * k)
    inner = x if k % 2 else (x[1:] + x[:-1]) / 2
    cut = (k + 1) // 2 if k % 2 else k // 2
    return np.concatenate([first] * (k + 1) + [inner[cut:-cut]] + [last] * (k + 1))


def ends_of(bc_type: Any, shape: tuple[int, ...]) -> list[list[tuple[int, Any]]]:
    """For each end the derivatives that are given: pairs of an order and a value."""
    if bc_type is None or isinstance(bc_type, str):
        bc_type = (None, None) if bc_type in (None, "not-a-knot", "periodic") else (bc_type, bc_type)
    named = {None: [], "clamped": [(1, np.zeros(shape))], "natural": [(2, np.zeros(shape))]}
    return [named[end] if end is None or isinstance(end, str) else list(end) for end in bc_type]


def interpolated(x: Any, y: Any, t: Any, k: int, bc_type: Any, axis: int) -> Any:
    """make_interp_spline: the coefficients with which the spline goes through y at x."""
    y = np.moveaxis(y, axis, 0)
    start, end = ends_of(bc_type, y.shape[1:])
    if k < 2 and t is None:
        return y
    is_periodic = isinstance(bc_type, str) and bc_type == "periodic"
    t = knots(x, k, is_periodic, bool(start or end)) if t is None else t
    if is_periodic:
        return on_circle(x, y, t, k)
    count = t.shape[0] - k - 1
    rows = [(0, x[:1], order) for order, _ in start] + [(0, x, 0)] + [(0, x[-1:], order) for order, _ in end]
    bands: Any = 0
    row = 0
    for _, points, order in rows:
        i, number = spans(t, k, points), row + np.arange(points.shape[0])
        row += points.shape[0]
        for j, weight in enumerate(basis(t, k, order, points, i)):
            column = i - k + j
            bands = bands + scatter_add(weight, ((2 * k + 1) * count,), (k + number - column) * count + column)
    given = (
        [np.reshape(value, (1, *y.shape[1:])) for _, value in start],
        [np.reshape(value, (1, *y.shape[1:])) for _, value in end],
    )
    return solve_bands(np.reshape(bands, (2 * k + 1, count)), np.concatenate([*given[0], y, *given[1]]), k)


def on_circle(x: Any, y: Any, t: Any, k: int) -> Any:
    """The first k coefficients come again at the end.

    Row r has the coefficients r to r + k. Those beyond an end, which the circle takes from the other end, are unknowns
    of their own: the bands are solved for y and for each of these, and then the few equations of both.
    """
    n, half, values = x.shape[0] - 1, k // 2, np.reshape(y[:-1], (y.shape[0] - 1, -1))
    row = np.arange(n)
    weights = basis(t, k, 0, x[:-1], row + k)
    around: Any = 0
    for j, weight in enumerate(weights):
        column = row + j - half
        is_beyond = (column < 0) | (column >= n)
        number = np.where(column < 0, column, column - n)[is_beyond] + half
        around = around + scatter_add(weight[is_beyond], (n * k,), row[is_beyond] * k + number)
    bands = np.stack([shifted(weights[j], j - half) for j in range(k, -1, -1)])
    found = solve_bands(bands, np.concatenate([values, np.reshape(around, (n, k))], axis=1), half)
    alone, each = found[:, :-k], found[:, -k:]
    same = np.concatenate([np.arange(-half, 0), np.arange(k - half)]) % n
    c = alone - each @ np.linalg.solve(np.eye(k) + each[same], alone[same])
    return np.reshape(c[(np.arange(n + k) - half) % n], (n + k, *y.shape[1:]))


@primitive
def interpolation(x: Any, y: Any, t: Any = None, k: int = 3, bc_type: Any = None, axis: int = 0) -> Any:
    if t is not None and x.size and t.size > 2 * k + 1 and (x[0] < t[k] or x[-1] > t[-k - 1]):
        raise ValueError(  # SciPy 1.17 lets the last one pass, and writes beyond its matrix
            f"make_interp_spline was given points from {x[0]} to {x[-1]}, and expects them from t[{k}] = {t[k]} to "
            f"t[{-k - 1}] = {t[-k - 1]}; move the knots"
        )
    return interpolate.make_interp_spline(x, y, k, t, bc_type, axis).c


@primitive
def coefficients(t: Any, c: Any, k: int, axis: int = 0) -> Any:
    """c with the axis of the coefficients first, in float64, checked as SciPy checks it."""
    return interpolate.BSpline(t, c, k, axis=axis).c


class BSpline:
    """scipy.interpolate.BSpline, in whose knots, coefficients and points there is a gradient.

    t  (n + k + 1,): the knots.
    c  (n, ...): the coefficients.
    k  the degree.
    extrapolate  whether the first and the last polynomial go on outside; if not, there is NaN; or "periodic".
    axis  of the coefficients, where the points are.

    All is computed in float64, as by SciPy. A point outside has gradient 0 if nothing is extrapolated.
    """

    def __init__(self, t: Any, c: Any, k: int, extrapolate: Any = True, axis: int = 0) -> None:
        t, c = as_array(t), as_array(c)
        self._set(t, coefficients(t, c, k, axis), operator.index(k), extrapolate, axis % c.ndim)

    def _set(self, t: Any, c: Any, k: int, extrapolate: Any, axis: int) -> BSpline:
        self.t, self.c, self.k = np.astype(as_array(t), float, copy=False), c, k
        self.extrapolate, self.axis = extrapolate if extrapolate == "periodic" else bool(extrapolate), axis
        return self

    @property
    def tck(self) -> tuple[Any, Any, int]:
        """Knots, coefficients and degree."""
        return self.t, self.c, self.k

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        """The derivative of order nu at the points x: of the shape of c with that of x in place of its axis."""
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        points = np.astype(as_array(x), float, copy=False)
        if extrapolate == "periodic":
            first, last = self.t[self.k], self.t[-self.k - 1]
            points = first + (points - first) % (last - first)
        y = spline_at(self.t, self.c, points, self.k, nu, bool(extrapolate) and extrapolate != "periodic")
        return points_at_axis(y, points.ndim, self.axis)

    def derivative(self, nu: int = 1) -> BSpline:
        """The derivative of order nu, itself a B-spline."""
        t, c, k = self.tck
        for _ in range(nu):
            t, c, k = derivative_of(t, c, k)
        return BSpline.__new__(BSpline)._set(t, c, k, self.extrapolate, self.axis)

    def antiderivative(self, nu: int = 1) -> BSpline:
        """The integral from the first knot on, nu times."""
        t, c, k = self.tck
        for _ in range(nu):
            t, c, k = antiderivative_of(t, c, k)
        extrapolate = False if self.extrapolate == "periodic" else self.extrapolate
        return BSpline.__new__(BSpline)._set(t, c, k, extrapolate, self.axis)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        """The integral from a to b, numbers that may have gradients. Outside it is 0 if nothing is extrapolated."""
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        return integral(self.t, self.c, as_array(a), as_array(b), self.k, extrapolate)


def make_interp_spline(
    x: Any, y: Any, k: int = 3, t: Any = None, bc_type: Any = None, axis: int = 0, check_finite: bool = True
) -> BSpline:
    """scipy.interpolate.make_interp_spline, in whose x, y and knots t there is a gradient.

    The derivatives that bc_type gives at the ends are constants.
    """
    x, y = as_array(x), as_array(y)
    c = interpolation(x, y, None if t is None else as_array(t), k, bc_type, axis)
    is_periodic = isinstance(bc_type, str) and bc_type == "periodic"
    if t is None:
        x = np.astype(x, float, copy=False)
        t = knots(x, k, is_periodic, any(ends_of(bc_type, ())))
    return BSpline.__new__(BSpline)._set(t, c, k, "periodic" if is_periodic and k > 1 else True, axis % y.ndim)


# fmt: off
rule(spline_at,     t=rules_by(spline_value, "t")["t"], c=spline_at_gc, points=spline_at_gpoints,
                    convention="at a knot: that of the piece that begins there")
rule(integral,      **rules_by(integral_of, "t", "c", "a", "b"))
rule(interpolation, **rules_by(interpolated, "x", "y", "t"))
rule(coefficients,  t=None, c=lambda g, axis: np.moveaxis(g, 0, axis), accepts=("k",))
