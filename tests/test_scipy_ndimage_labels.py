"""SciPy's statistics of labelled regions, and its filters in the domain of frequencies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.ndimage
from numeric import (
    assert_same_values,
    case,
    has_complex,
    judged,
    normal,
    rotated,
    spaced,
)  # fmt: skip

import autograd as ag
from autograd.scipy import ndimage
from autograd.scipy.ndimage import labels

LABELS = np.array([[0, 1, 1, 2], [2, 2, 0, 3], [3, 3, 1, 0]])
SUMS = {ndimage.sum: labels.region_sums, ndimage.sum_labels: labels.region_sums}
MOMENTS = {ndimage.mean: labels.region_means, ndimage.variance: labels.region_variances,
           ndimage.standard_deviation: labels.region_deviations}  # fmt: skip
ORDERED = {ndimage.maximum: labels.region_maxima, ndimage.minimum: labels.region_minima,
           ndimage.median: labels.region_medians}  # fmt: skip
ALL = SUMS | MOMENTS | ORDERED
REGIONS = [(None, None), (LABELS, None), (LABELS, 2), (LABELS, [3, 1, 3]), (LABELS, np.array([[1, 0], [2, 3]])),
           (LABELS * 100 - 3, [97, -3]), (LABELS[0], [1, 2])]  # fmt: skip
FOURIER = [ndimage.fourier_gaussian, ndimage.fourier_uniform, ndimage.fourier_ellipsoid]

CASES = [
    *(case(fn, spaced(3, 4), labels=which, index=index, label=str(k))
      for fn in ALL for k, (which, index) in enumerate([REGIONS[0], REGIONS[2], REGIONS[3]])),
    *(case(fn, spaced(4), f=lambda x, fn=fn: fn(x, LABELS, [1, 2]), label="repeated") for fn in ALL),
    *(case(fn, spaced(3, 4), f=lambda x, fn=fn: fn(x, LABELS, [1, 9]), label="of a label that is not there")
      for fn in (SUMS | ORDERED)),
    *(case(fn, x, f=lambda x, fn=fn: fn(x, 1.5, -1, 0)) for fn in FOURIER for x in (normal(3, 2), rotated(3, 2))),
    *(case(fn, rotated(2, 3), f=lambda x, fn=fn: fn(x, (1, 2), 4), label="half of real numbers") for fn in FOURIER),
    *(case(ndimage.fourier_shift, x, shift=(0.5, 1.0)) for x in (normal(3, 2), rotated(3, 2))),
]  # fmt: skip

test_gradients, test_float32 = judged(
    CASES, [c for c in CASES if c.fn in MOMENTS.keys() | ORDERED.keys() and not has_complex(c) and c.label[-1] == "0"]
)


@pytest.mark.parametrize("fn", ALL, ids=lambda fn: fn.__name__)
def test_what_the_rule_computes_is_what_scipy_computes(fn: Any) -> None:
    x, plain = spaced(3, 4), getattr(scipy.ndimage, fn.__name__)
    missing = [] if fn in MOMENTS else [(LABELS, [1, 9])]
    for which, index in [*REGIONS, *missing]:
        expected = plain(x, which, index)
        np.testing.assert_allclose(ALL[fn](x, which, index), expected, atol=1e-15)
        assert_same_values(lambda x, which=which, index=index: fn(x, which, index), [x], [np.asarray(expected)])


@pytest.mark.parametrize(("which", "index"), [REGIONS[k] for k in (0, 1, 2, 3)])
def test_the_center_of_mass(which: Any, index: Any) -> None:
    x = spaced(3, 4) + 2
    t = ag.Tensor(x, requires_grad=True)
    found, expected = ndimage.center_of_mass(t, which, index), scipy.ndimage.center_of_mass(x, which, index)
    assert type(found) is type(expected)
    flat = [part for point in found for part in (point if isinstance(point, tuple) else [point])]
    np.testing.assert_array_equal([part.data for part in flat], np.ravel(expected))
    assert ndimage.center_of_mass(x, which, index) == expected

    def parts(x: Any) -> list[Any]:
        return [part for point in ndimage.center_of_mass(x, which, index)
                for part in (point if isinstance(point, tuple) else [point])]  # fmt: skip

    ag.assert_gradients(parts, x, order=2)


def test_of_a_region_that_is_all_the_same_the_deviation_has_gradient_0() -> None:
    g = ag.grad(lambda x: np.sum(ndimage.standard_deviation(x, LABELS, [1])))(np.ones((3, 4)))
    np.testing.assert_array_equal(g, 0)


def test_equal_elements_share_equally() -> None:
    g = ag.grad(lambda x: ndimage.maximum(x, [1, 1, 1, 0], 1))(np.array([2.0, 3.0, 3.0, 4.0]))
    np.testing.assert_array_equal(g, [0, 0.5, 0.5, 0])


def test_compiled_statistics_give_the_same_bits() -> None:
    f = lambda x: np.sum(ndimage.variance(x, LABELS, [1, 2]) * ndimage.maximum(x, LABELS, [1, 2]))
    step = ag.compile(ag.grad(f))
    for _ in range(3):
        x = spaced(3, 4)
        np.testing.assert_array_equal(step(x), ag.grad(f)(x))


@pytest.mark.parametrize("name", ["sum", "mean", "variance", "maximum", "center_of_mass"])
def test_scipys_function_names_this_one(name: str) -> None:
    t = ag.Tensor(normal(4, 4), requires_grad=True)
    with pytest.raises(TypeError, match=rf"scipy\.ndimage\.{name} was given .* use autograd\.scipy\.ndimage\.{name},"):
        getattr(scipy.ndimage, name)(t)
