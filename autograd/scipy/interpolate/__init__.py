"""scipy.interpolate: curves through points and values between those of a grid, with gradients.

Splines have a gradient in the places where they are asked for, in the values that they go through, and in the knots at
which these are. All is computed in float64, as by SciPy.
"""

from __future__ import annotations

from typing import Any

from scipy import interpolate

from autograd.scipy.interpolate.bsplines import BSpline, make_interp_spline
from autograd.scipy.interpolate.cubic import (
    Akima1DInterpolator,
    CubicHermiteSpline,
    CubicSpline,
    PchipInterpolator,
)
from autograd.scipy.interpolate.grids import RegularGridInterpolator, interpn
from autograd.scipy.interpolate.lines import interp1d
from autograd.scipy.interpolate.piecewise import PPoly

__all__ = [
    "Akima1DInterpolator", "BSpline", "CubicHermiteSpline", "CubicSpline", "PPoly", "PchipInterpolator",
    "RegularGridInterpolator", "interp1d", "interpn", "make_interp_spline",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    return getattr(interpolate, name)
