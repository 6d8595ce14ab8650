"""Every method of every distribution: SciPy's values, and gradients in the variable and in all parameters."""

import warnings

import numpy as np
import pytest
import scipy.stats
from distributions import DISTRIBUTIONS, METHODS, is_discrete, is_quantile, shapes_of

import autograd as ag

LOC, SCALE = 0.3, 1.4
CHANCES = np.array([0.04, 0.35, 0.9])


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_gradients(name: str, method: str) -> None:
    """In x or q, in each shape, loc and scale; of the density to the second order."""
    f, shapes = getattr(DISTRIBUTIONS[name], method), shapes_of(name)[0]
    order = 2 if method in ("logpdf", "logpmf") else 1
    if is_discrete(name):
        k = getattr(scipy.stats, name).support(*shapes)[0] + np.array([0.0] if name == "bernoulli" else [0.0, 1.0, 3.0])
        whole = [i for i, x in enumerate(shapes) if isinstance(x, int)]
        inputs = [np.array(x) for i, x in enumerate(shapes) if i not in whole]
        ag.assert_gradients(lambda *given: f(k, *(shapes[i] for i in whole), *given), *inputs, order=order)
    else:
        x = CHANCES if is_quantile(method) else getattr(scipy.stats, name).ppf(CHANCES, *shapes, LOC, SCALE)
        ag.assert_gradients(f, x, *map(np.array, (*shapes, LOC, SCALE)), order=order)


# -- values ------------------------------------------------------------------------------------------------------------

STEPS = np.logspace(-8, 3, 12)
GRID = np.array([*-STEPS, 0.0, 0.2, 0.5, 0.7, 0.99, 1.0, 1.5, 2.5, 3.2, 5.0, 8.0, *STEPS, np.nan])
COUNTS = np.array([-2, -1, -0.5, 0, 1, 2, 2.5, 3, 5, 6, 7, 40, 100, 390, 1000, np.nan])
PROBABILITIES = np.array([1e-12, 1e-6, 1e-3, 0.2, 0.5, 0.7, 0.9, 0.999, 0.0, 1.0, -0.1, 1.1, np.nan])

# Where SciPy computes 1 - p, or exp and then log, and has fewer digits, or 0 in place of a small number.
FEWER_DIGITS = {
    ("fisk", "logpdf"), ("fisk", "logsf"), ("fisk", "sf"), ("halflogistic", "logsf"), ("halfnorm", "logsf"),
    ("laplace", "logpdf"), ("laplace", "logcdf"), ("laplace", "logsf"), ("logser", "logpmf"), ("lomax", "isf"),
    ("triang", "cdf"), ("triang", "isf"), ("weibull_max", "isf"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "method"), METHODS)
@pytest.mark.filterwarnings("ignore:overflow encountered in exp")  # as SciPy warns: exp(exp(x))
def test_values(name: str, method: str) -> None:
    """Those of SciPy, far tails, ends of the support, infinities and NaN included, and as quiet as that."""
    x = PROBABILITIES if is_quantile(method) else COUNTS if is_discrete(name) else GRID
    for shapes in shapes_of(name):
        for given in ((), (2,)) if is_discrete(name) else ((), (LOC, SCALE)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = getattr(getattr(scipy.stats, name), method)(x, *shapes, *given)
            actual = getattr(DISTRIBUTIONS[name], method)(ag.Tensor(x), *shapes, *given)
            assert isinstance(actual, ag.Tensor)
            assert actual.dtype == expected.dtype
            if (name, method) in FEWER_DIGITS:
                expected = np.where(np.isinf(expected), actual.data, expected)
                np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-9, err_msg=f"{shapes} {given}")
            else:
                near_0 = 1e-15 if method.startswith("log") else 1e-300  # where the logarithm of a number near 1 is
                np.testing.assert_allclose(actual, expected, rtol=2e-12, atol=near_0, err_msg=f"{shapes} {given}")


def test_those_that_lose_digits_are_in_the_table() -> None:
    assert set(METHODS) >= FEWER_DIGITS


@pytest.mark.parametrize("name", [name for name, method in METHODS if method == "cdf"])
@pytest.mark.filterwarnings("ignore:overflow encountered in exp")
def test_methods_agree_with_each_other(name: str) -> None:
    dist = DISTRIBUTIONS[name]
    for shapes in shapes_of(name):
        x = ag.Tensor((COUNTS if is_discrete(name) else GRID)[:-1])
        cdf, sf = dist.cdf(x, *shapes).data, dist.sf(x, *shapes).data
        np.testing.assert_allclose(cdf + sf, 1, rtol=1e-14)
        np.testing.assert_allclose(np.exp(dist.logcdf(x, *shapes).data), cdf, rtol=1e-12, atol=1e-300)
        np.testing.assert_allclose(np.exp(dist.logsf(x, *shapes).data), sf, rtol=1e-12, atol=1e-300)
        if not is_discrete(name):
            q = np.array([1e-6, 1e-3, 0.2, 0.5, 0.7, 0.9])
            np.testing.assert_allclose(dist.cdf(dist.ppf(ag.Tensor(q), *shapes), *shapes).data, q, rtol=1e-7)
            np.testing.assert_allclose(dist.sf(dist.isf(ag.Tensor(q), *shapes), *shapes).data, q, rtol=1e-7)
