"""scipy.ndimage: filters, splines, transforms of the plane and statistics of regions, with gradients."""

from __future__ import annotations

from typing import Any

from scipy import ndimage

from autograd.scipy.ndimage.correlations import (
    convolve,
    convolve1d,
    correlate,
    correlate1d,
    gaussian_filter,
    gaussian_filter1d,
    gaussian_gradient_magnitude,
    gaussian_laplace,
    laplace,
    prewitt,
    sobel,
    uniform_filter,
    uniform_filter1d,
)
from autograd.scipy.ndimage.geometric import affine_transform, map_coordinates, rotate, shift, zoom
from autograd.scipy.ndimage.labels import (
    center_of_mass,
    fourier_ellipsoid,
    fourier_gaussian,
    fourier_shift,
    fourier_uniform,
    maximum,
    mean,
    median,
    minimum,
    standard_deviation,
    sum,  # noqa: A004  # SciPy's name for it
    sum_labels,
    variance,
)
from autograd.scipy.ndimage.ranks import (
    maximum_filter,
    maximum_filter1d,
    median_filter,
    minimum_filter,
    minimum_filter1d,
    percentile_filter,
    rank_filter,
)
from autograd.scipy.ndimage.splines import spline_filter, spline_filter1d

__all__ = [
    "affine_transform", "center_of_mass", "convolve", "convolve1d", "correlate", "correlate1d", "fourier_ellipsoid",
    "fourier_gaussian", "fourier_shift", "fourier_uniform", "gaussian_filter", "gaussian_filter1d",
    "gaussian_gradient_magnitude", "gaussian_laplace", "laplace", "map_coordinates", "maximum", "maximum_filter",
    "maximum_filter1d", "mean", "median", "median_filter", "minimum", "minimum_filter", "minimum_filter1d",
    "percentile_filter", "prewitt", "rank_filter", "rotate", "shift", "sobel", "spline_filter", "spline_filter1d",
    "standard_deviation", "sum", "sum_labels", "uniform_filter", "uniform_filter1d", "variance", "zoom",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    return getattr(ndimage, name)
