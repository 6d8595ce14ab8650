"""Statistics of labelled regions, and filters in the domain of frequencies."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage

from autograd.rules.elementwise import EQUALLY
from autograd.rules.indexing import max_at, min_at, scatter_add
from autograd.rules.products import conj
from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import rules_by

sum, sum_labels = primitive(ndimage.sum), primitive(ndimage.sum_labels)  # noqa: A001  # SciPy's name for it
mean, variance = primitive(ndimage.mean), primitive(ndimage.variance)
standard_deviation, median = primitive(ndimage.standard_deviation), primitive(ndimage.median)
maximum, minimum = primitive(ndimage.maximum), primitive(ndimage.minimum)
fourier_gaussian, fourier_uniform = primitive(ndimage.fourier_gaussian), primitive(ndimage.fourier_uniform)
fourier_ellipsoid, fourier_shift = primitive(ndimage.fourier_ellipsoid), primitive(ndimage.fourier_shift)

# -- regions -----------------------------------------------------------------------------------------------------------


class Regions(NamedTuple):
    """Which elements belong together, and for which regions a statistic is wanted."""

    of: Any
    """For each element of the raveled array the number of its region."""
    wanted: Any
    """The numbers of the regions that are wanted, or the one; the last, in which nothing is, for a label not there."""
    sizes: Any
    """How many elements each region has."""


def regions(x: Any, labels: Any, index: Any) -> tuple[Any, Regions]:
    """x, raveled, and its regions.

    Without labels it is one; without an index, what has a label above 0; else what has each label of the index.
    """
    number: Any
    wanted: Any
    if labels is None:
        number, wanted, count = np.zeros(x.shape, np.intp), 0, 1
    elif index is None or np.ndim(index) == 0:
        number = np.where(labels > 0 if index is None else np.equal(labels, index), 0, 1)
        wanted, count = 0, 2
    else:
        known, inverse = np.unique(labels, return_inverse=True)
        number = np.reshape(inverse, np.shape(labels))
        place = np.minimum(np.searchsorted(known, index), len(known) - 1)
        wanted, count = np.where(known[place] == index, place, len(known)), len(known) + 1
    shape = np.broadcast_shapes(x.shape, number.shape)
    number = np.ravel(np.broadcast_to(number, shape))
    return np.ravel(np.broadcast_to(x, shape)), Regions(number, wanted, np.bincount(number, minlength=count))


def sums_of(x: Any, parts: Regions) -> Any:
    return scatter_add(x, parts.sizes.shape, parts.of)


def region_sums(x: Any, labels: Any, index: Any) -> Any:
    x, parts = regions(x, labels, index)
    return sums_of(x, parts)[parts.wanted]


def region_means(x: Any, labels: Any, index: Any) -> Any:
    x, parts = regions(x, labels, index)
    return sums_of(x, parts)[parts.wanted] / parts.sizes[parts.wanted]


def region_variances(x: Any, labels: Any, index: Any) -> Any:
    x, parts = regions(x, labels, index)
    apart = x - (sums_of(x, parts) / np.maximum(parts.sizes, 1))[parts.of]
    return sums_of(apart * conj(apart), parts)[parts.wanted] / parts.sizes[parts.wanted]


def region_deviations(x: Any, labels: Any, index: Any) -> Any:
    squared = region_variances(x, labels, index)
    return np.where(squared == 0, 0, np.sqrt(np.where(squared == 0, 1, squared)))


def region_maxima(x: Any, labels: Any, index: Any) -> Any:
    x, parts = regions(x, labels, index)
    largest = max_at(np.full(parts.sizes.shape, -np.inf, x.dtype), x, parts.of)
    return np.where(parts.sizes == 0, 0, largest)[parts.wanted]


def region_minima(x: Any, labels: Any, index: Any) -> Any:
    x, parts = regions(x, labels, index)
    smallest = min_at(np.full(parts.sizes.shape, np.inf, x.dtype), x, parts.of)
    return np.where(parts.sizes == 0, 0, smallest)[parts.wanted]


def region_medians(x: Any, labels: Any, index: Any) -> Any:
    """The mean of the middle two, which may be one. For a label that is not there SciPy returns the first of all."""
    x, parts = regions(x, labels, index)
    x = x[np.lexsort((x, parts.of))]
    first, sizes = (np.cumsum(parts.sizes) - parts.sizes)[parts.wanted], parts.sizes[parts.wanted]
    low, high = (np.where(sizes == 0, 0, first + (sizes - upper) // 2) for upper in (1, 0))
    return (x[low] + x[high]) / 2


def center_of_mass(input: Any, labels: Any = None, index: Any = None) -> Any:
    """scipy.ndimage.center_of_mass, made of `sum_labels`: a tuple of coordinates, or a list of such for an index."""
    shape = np.shape(input)
    whole = sum_labels(input, labels, index)
    grids = (np.reshape(np.arange(float(n)), [-1 if k == axis else 1 for k in range(len(shape))])
             for axis, n in enumerate(shape))  # fmt: skip
    found = [sum_labels(np.multiply(input, grid), labels, index) / whole for grid in grids]
    return tuple(found) if np.ndim(whole) == 0 else list(zip(*found, strict=True))


# fmt: off
rule(sum,                **rules_by(region_sums, "x"))
rule(sum_labels,         **rules_by(region_sums, "x"))
rule(mean,               **rules_by(region_means, "x"))
rule(variance,           **rules_by(region_variances, "x"))
rule(standard_deviation, **rules_by(region_deviations, "x"), convention="where it is 0: gradient 0")
rule(maximum,            **rules_by(region_maxima, "x"), convention=EQUALLY)
rule(minimum,            **rules_by(region_minima, "x"), convention=EQUALLY)
rule(median,             **rules_by(region_medians, "x"), convention="as sort")

# Each multiplies every frequency by a constant.
rule(fourier_gaussian,   x=lambda g, sigma, n, axis: fourier_gaussian(g, sigma, n, axis))
rule(fourier_uniform,    x=lambda g, size, n, axis: fourier_uniform(g, size, n, axis))
rule(fourier_ellipsoid,  x=lambda g, size, n, axis: fourier_ellipsoid(g, size, n, axis))
rule(fourier_shift,      x=lambda g, shift, n, axis: fourier_shift(g, shift, n, axis))
