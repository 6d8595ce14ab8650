"""Distributions on the real line: where their formulas are smooth although their pieces are not."""

from typing import Any

import numpy as np
import pytest
import scipy.stats
from scipy import special

import autograd as ag
from autograd.scipy import stats
from autograd.scipy.stats.real_line import log1p_over, skewnorm_cdf


@pytest.mark.parametrize("name", ["laplace", "logistic", "cauchy", "norm"])
def test_smooth_at_the_middle(name: str) -> None:
    """cdf, ppf and their kin have the slope of the density there, and the density that of both sides, 0."""
    dist, at_0 = getattr(stats, name), getattr(scipy.stats, name).pdf(0)
    for method, x, slope in (
        ("cdf", 0.0, at_0), ("sf", 0.0, -at_0), ("logcdf", 0.0, 2 * at_0), ("logsf", 0.0, -2 * at_0),
        ("ppf", 0.5, 1 / at_0), ("isf", 0.5, -1 / at_0), ("pdf", 0.0, 0), ("logpdf", 0.0, 0),
    ):  # fmt: skip
        np.testing.assert_allclose(ag.grad(getattr(dist, method))(x), slope, rtol=1e-14, err_msg=method)
    if name != "laplace":
        ag.assert_gradients(dist.logpdf, np.array([0.0, 0.1]), order=2)
        ag.assert_gradients(dist.ppf, np.array([0.3, 0.5, 0.7]), order=2)


def test_a_vanishing_shape_is_no_pole() -> None:
    """Of genextreme and genpareto, c = 0 is the limit; log(1 + c x) / c is smooth there."""
    ag.assert_gradients(log1p_over, np.array([0.0, 1e-9, 0.3]), np.array([0.7, -0.3, 2.0]), order=2)
    for dist, x in ((stats.genextreme, 0.7), (stats.genpareto, 0.7)):
        for method in ("logpdf", "cdf", "ppf"):
            ag.assert_gradients(getattr(dist, method), np.array(x), np.array(0.0), order=2)


@pytest.mark.parametrize("a", [2.0, -1.5])
def test_skewnorm_cdf(a: float) -> None:
    """Its derivatives by those of its density, and by Owen's function, whose digits it keeps in the tail."""
    ag.assert_gradients(skewnorm_cdf, np.array([-1.3, 0.0, 2.0]), np.array(a), order=2)
    x = np.array([-2.0, 0.5])
    np.testing.assert_allclose(skewnorm_cdf(x, a), special.ndtr(x) - 2 * special.owens_t(x, a), rtol=1e-9, atol=1e-15)
    tail: Any = ag.grad(stats.skewnorm.logcdf)(-8.0, 2.0)
    np.testing.assert_allclose(tail, scipy.stats.skewnorm.pdf(-8, 2) / scipy.stats.skewnorm.cdf(-8, 2), rtol=1e-10)


def test_t_with_infinite_degrees_of_freedom_is_normal() -> None:
    y, slope = ag.value_and_grad(stats.t.logpdf)(1.5, np.inf)
    np.testing.assert_allclose([y, slope], [scipy.stats.norm.logpdf(1.5), -1.5], rtol=1e-14)
    both = ag.grad(lambda df: np.sum(stats.t.logpdf(1.5, df)))(np.array([3.0, np.inf]))
    assert (np.isfinite(both[0]), both[1]) == (True, 0)


def test_t_near_its_middle_and_where_its_forms_meet() -> None:
    x = np.array([-2.0, -1e-9, 0.0, 1e-200, 1e-4, np.sqrt(3.5)])
    for f in (stats.t.cdf, stats.t.sf, stats.t.logcdf):
        ag.assert_gradients(f, x, np.array(3.5), order=2)
