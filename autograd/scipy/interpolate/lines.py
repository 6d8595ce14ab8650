"""Through points in a plane by straight lines, by steps, or by splines of any degree."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from autograd.rules.products import as_array
from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import rules_by
from autograd.scipy.interpolate.bsplines import BSpline, make_interp_spline
from autograd.scipy.interpolate.piecewise import pieces, points_at_axis

STEPS = ("nearest", "nearest-up", "previous", "next")
DEGREES = {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3}


@primitive
def line_at(x: Any, y: Any, points: Any, extrapolate: bool = False) -> Any:
    """(n,) in ascending order, (n, ...), points to (*points.shape, ...)."""
    fill_value = "extrapolate" if extrapolate else np.nan
    line = interpolate.interp1d(x, y, axis=0, bounds_error=False, fill_value=fill_value, assume_sorted=True)
    return line(points)


def line_through(x: Any, y: Any, points: Any) -> Any:
    if x.shape[0] == 1:
        return y[np.zeros(points.shape, int)]
    i = pieces(x, points)
    share = np.reshape((points - x[i]) / (x[i + 1] - x[i]), (*points.shape, *(1,) * (y.ndim - 1)))
    return y[i] + share * (y[i + 1] - y[i])


@primitive
def inside(points: Any, x: Any) -> Any:
    """The points. A primitive: in a compiled function, too, it raises if one lies outside."""
    first, last = x[0], x[-1]
    is_outside = (points < first) | (points > last)
    if np.any(is_outside):
        raise ValueError(
            f"interp1d was given the point {points[is_outside][0]}, and expects points from {first} to {last}; "
            f"give fill_value='extrapolate', or bounds_error=False and a fill_value"
        )
    return points


def step_at(x: Any, points: Any, kind: str) -> Any:
    """The number of the knot whose value stands at each point."""
    last = x.shape[0] - 1
    if kind == "previous":
        return np.clip(np.searchsorted(x, points, side="right") - 1, 0, last)
    if kind == "next":
        return np.clip(np.searchsorted(x, points, side="left"), 0, last)
    halves = x / 2  # halved before they are added up, as the sum of two integers may overflow
    return np.searchsorted(halves[1:] + halves[:-1], points, side="left" if kind == "nearest" else "right")


class interp1d:  # noqa: N801  # SciPy's name for it
    """scipy.interpolate.interp1d, in whose knots, values and points there is a gradient, and in what stands outside.

    x  (n,): the knots, sorted if not `assume_sorted`.
    y  (..., n, ...): the values.
    kind  "linear"; "nearest", "nearest-up", "previous" or "next", which are constant between jumps, so knots and points
          have no gradient; or a spline: "zero", "slinear", "quadratic", "cubic", or its degree.
    axis  of the values, where the points are.
    copy  is ignored: nothing is written into.
    bounds_error  whether a point outside is an error. It is, unless `fill_value` is "extrapolate".
    fill_value  what stands outside if it is no error: one for both sides, or a tuple of two, which broadcast to the
                other axes of y; or "extrapolate".
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        kind: Any = "linear",
        axis: int = -1,
        copy: bool = True,
        bounds_error: bool | None = None,
        fill_value: Any = np.nan,
        assume_sorted: bool = False,
    ) -> None:
        x, y = as_array(x), as_array(y)
        check(x, y, kind, axis)
        if not assume_sorted:
            order = np.argsort(x, kind="stable")
            x, y = x[order], np.take(y, order, axis=axis)
        self.x, self.y = x, y if y.dtype.kind in "fc" else np.astype(y, float)
        self.axis, self._kind, self.fill_value = axis % y.ndim, kind, fill_value
        self._extrapolates = isinstance(fill_value, str) and fill_value == "extrapolate"
        if self._extrapolates and bounds_error:
            raise ValueError(
                "interp1d was given bounds_error=True and fill_value='extrapolate', and expects one of them; "
                "leave one out"
            )
        self.bounds_error = not self._extrapolates if bounds_error is None else bounds_error
        self._outside = None if self._extrapolates else [self._fill(value) for value in self._sides()]
        self._spline = None if kind == "linear" or kind in STEPS else self._splined(DEGREES.get(kind, kind))

    def _sides(self) -> tuple[Any, Any]:
        """What stands before the first knot, and after the last."""
        is_pair = isinstance(self.fill_value, tuple) and len(self.fill_value) == 2
        return self.fill_value if is_pair else (self.fill_value, self.fill_value)

    def _fill(self, value: Any) -> Any:
        value, others = as_array(value), self.y.shape[: self.axis] + self.y.shape[self.axis + 1 :]
        try:
            np.broadcast_to(value, others or (1,))
        except ValueError:
            raise ValueError(
                f"interp1d was given a fill_value of shape {value.shape}, and expects one that broadcasts to the other "
                f"axes of y, {others}; give a number, or reshape it"
            ) from None
        return value if others else np.reshape(value, ())

    def _splined(self, degree: int) -> BSpline:
        """A spline; through NaN one that is NaN everywhere, as SciPy's is if it has curves."""
        if degree < 2:
            return make_interp_spline(self.x, self.y, degree, axis=self.axis)
        is_nan = np.isnan(self.y)
        spline = make_interp_spline(self.x, np.where(is_nan, 0, self.y), degree, axis=self.axis)
        spline.c = spline.c * np.where(np.any(is_nan), np.nan, 1)
        return spline

    def __call__(self, x: Any) -> Any:
        """The values at the points x: of the shape of y with that of x in place of its axis."""
        points = as_array(x)
        points = points if points.dtype.kind == "f" else np.astype(points, float)
        points = inside(points, self.x) if self.bounds_error else points
        y = np.moveaxis(self.y, self.axis, 0)
        if self._spline is not None:
            found = np.moveaxis(self._spline(points), range(self.axis, self.axis + points.ndim), range(points.ndim))
        elif self._kind == "linear":
            found = line_at(self.x, y, points, self._extrapolates)
        else:
            found = y[step_at(self.x, points, self._kind)]
        if not self._extrapolates or self._kind in ("previous", "next"):
            found = self._filled(found, points)
        return points_at_axis(found, points.ndim, self.axis)

    def _filled(self, found: Any, points: Any) -> Any:
        first, last = self.x[0], self.x[-1]
        sides = self._outside or ((np.nan, None) if self._kind == "previous" else (None, np.nan))
        for is_outside, value in zip((points < first, points > last), sides, strict=True):
            if value is not None:
                is_outside = np.reshape(is_outside, (*points.shape, *(1,) * (found.ndim - points.ndim)))
                found = np.where(is_outside, np.astype(as_array(value), found.dtype, copy=False), found)
        return found


def check(x: Any, y: Any, kind: Any, axis: int) -> None:
    """Raise if there can be no curve."""
    if x.ndim != 1 or y.ndim == 0 or y.shape[axis] != x.shape[0]:
        raise ValueError(
            f"interp1d was given x of shape {x.shape} and y of shape {y.shape} with axis={axis}, and expects x (n,) "
            f"and as many values along that axis of y; reshape them, or give axis="
        )
    if kind != "linear" and kind not in STEPS and kind not in DEGREES and not isinstance(kind, int):
        raise NotImplementedError(
            f"interp1d was given kind={kind!r}, and expects one of {', '.join(('linear', *STEPS, *DEGREES))}, "
            f"or the degree of a spline; for monotone curves call PchipInterpolator or Akima1DInterpolator"
        )
    least = DEGREES.get(kind, kind if isinstance(kind, int) else 0) + 1
    if x.shape[0] < least:
        raise ValueError(f"interp1d was given {x.shape[0]} points, and expects at least {least} for kind={kind!r}; "
                         f"give more, or a kind of lower degree")  # fmt: skip


rule(line_at, **rules_by(line_through, "x", "y", "points"), accepts=("extrapolate",),
     convention="at a knot: the slope to its right, at the last knot to its left")  # fmt: skip
rule(inside, points=lambda g: g, x=None)
