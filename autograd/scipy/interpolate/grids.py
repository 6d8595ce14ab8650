"""Between values on a grid in any number of dimensions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy import interpolate

from autograd.rules.products import as_array
from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import rules_by


@primitive
def regular_grid_interpolator(
    knots: Any,
    values: Any,
    xi: Any,
    sizes: tuple[int, ...],
    method: str = "linear",
    bounds_error: bool = True,
    fill_value: Any = np.nan,
    nu: Any = None,
    solver: Any = None,
    solver_args: Any = None,
) -> Any:
    """The knots of all axes one after the other (sum of sizes,), (*sizes, ...), (..., d) to (..., ...)."""
    points, values = list(split(knots, sizes)), np.asarray(values)
    if method == "splinef2d":  # which SciPy has in the function alone
        return interpolate.interpn(points, values, xi, method, bounds_error, fill_value)
    settings = {"solver": solver, "solver_args": solver_args}
    interpolator = interpolate.RegularGridInterpolator(points, values, method, bounds_error, fill_value, **settings)
    return interpolator(xi, **({} if nu is None else {"nu": nu}))


def split(knots: Any, sizes: Sequence[int]) -> Iterator[Any]:
    start = 0
    for size in sizes:
        yield knots[start : start + size]
        start += size


def between(
    knots: Any, values: Any, xi: Any, sizes: tuple[int, ...], method: str, bounds_error: bool, fill_value: Any
) -> Any:
    """Along each axis a share of the value before and one of the value after; in d dimensions their products."""
    sides, is_outside = [], np.zeros(xi.shape[:-1], bool)
    for axis, x in enumerate(split(knots, sizes)):
        order, point = np.argsort(x), xi[..., axis]
        x = x[order]
        before, after, along = place(x, point)
        is_outside = is_outside | (point < x[0]) | (point > x[-1])
        if method == "linear":
            sides.append([(order[before], 1 - along), (order[after], along)])
        else:
            sides.append([(order[np.where(along <= 0.5, before, after)], np.ones_like(along))])
    trailing = (1,) * (values.ndim - len(sides))
    y: Any = 0
    for corner in itertools.product(*sides):
        weight = math.prod(share for _, share in corner)
        y = y + np.reshape(weight, (*is_outside.shape, *trailing)) * values[tuple(index for index, _ in corner)]
    if bounds_error or fill_value is None:
        return y
    return np.where(np.reshape(is_outside, (*is_outside.shape, *trailing)), fill_value, y)


def place(x: Any, point: Any) -> tuple[Any, Any, Any]:
    """The numbers of the knots before and after each point, and how far on it is between them, 0 to 1."""
    n = x.shape[0]
    before = np.clip(np.searchsorted(x, point, side="right") - 1, 0, max(n - 2, 0))
    if n == 1:
        return before, before, np.zeros(point.shape)
    return before, before + 1, (point - x[before]) / (x[before + 1] - x[before])


def coordinates(xi: Any, count: int) -> Any:
    """(..., count), of such an array or of a tuple of `count` arrays, which broadcast to each other."""
    if isinstance(xi, tuple):
        xi = np.stack(np.broadcast_arrays(*map(as_array, xi)), axis=-1)
    xi = as_array(xi)
    if xi.ndim == 1:
        xi = np.reshape(xi, (-1, count))
    if not xi.ndim or xi.shape[-1] != count:
        raise ValueError(
            f"an interpolator on a grid of {count} dimensions was given points of shape {xi.shape}, and expects "
            f"(..., {count}); put the coordinates last, or give a tuple of {count} arrays"
        )
    return np.astype(xi, float, copy=False)


class RegularGridInterpolator:
    """scipy.interpolate.RegularGridInterpolator: a gradient in the grid, in the values and in the points.

    points  d arrays, (m1,) to (md,): the coordinates along each axis, in ascending or descending order.
    values  (m1, ..., md, ...): values, which may be arrays themselves.
    method  "linear", or "nearest", which is constant between jumps, so the grid and the points have gradient 0. SciPy's
            other methods take constants alone: it finds these splines by iterating, and not to the last bit.
    bounds_error  whether a point outside is an error.
    fill_value  the number that stands outside if it is no error, a constant; None: extrapolated.
    """

    def __init__(
        self,
        points: Sequence[Any],
        values: Any,
        method: str = "linear",
        bounds_error: bool = True,
        fill_value: Any = np.nan,
        *,
        solver: Any = None,
        solver_args: Any = None,
    ) -> None:
        self.grid = tuple(np.astype(as_array(x), float, copy=False) for x in points)
        self.values, self.method = as_array(values), method
        self.bounds_error, self.fill_value = bounds_error, fill_value
        self._settings = {"solver": solver, "solver_args": solver_args}
        count, shape = len(self.grid), self.values.shape
        if any(x.ndim != 1 for x in self.grid) or tuple(x.shape[0] for x in self.grid) != shape[:count]:
            raise ValueError(
                f"an interpolator was given a grid of shapes {[x.shape for x in self.grid]} and values of shape "
                f"{shape}, and expects as many values along an axis as it has coordinates; reshape the values"
            )

    def __call__(self, xi: Any, method: str | None = None, *, nu: Any = None) -> Any:
        """(..., d) to (..., ...): the values there. `nu`, the orders of derivatives, is for constants alone."""
        sizes = tuple(x.shape[0] for x in self.grid)
        xi, method = coordinates(xi, len(sizes)), self.method if method is None else method
        options = {"bounds_error": self.bounds_error, "fill_value": self.fill_value, "nu": nu, **self._settings}
        return regular_grid_interpolator(np.concatenate(self.grid), self.values, xi, sizes, method, **options)


def interpn(
    points: Sequence[Any],
    values: Any,
    xi: Any,
    method: str = "linear",
    bounds_error: bool = True,
    fill_value: Any = np.nan,
) -> Any:
    """scipy.interpolate.interpn: a gradient where RegularGridInterpolator has one."""
    return RegularGridInterpolator(points, values, method, bounds_error, fill_value)(xi)


rule(regular_grid_interpolator, **rules_by(between, "knots", "values", "xi"),
     only={"method": ("linear", "nearest")}, accepts=("nu", "solver", "solver_args"),
     convention="at a knot: the slope to its right, at the last knot to its left")  # fmt: skip
