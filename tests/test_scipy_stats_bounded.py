"""Distributions on an interval: ends that are shapes, at infinities and in far tails."""

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

import autograd as ag
from autograd.scipy import stats


@pytest.mark.parametrize(
    ("a", "b"), [(30.0, 31.0), (-math.inf, -40.0), (3.0, math.inf), (-math.inf, math.inf), (-2.0, 2.0)]
)
@pytest.mark.parametrize("method", ["logpdf", "logcdf", "sf", "ppf"])
def test_truncnorm(method: str, a: float, b: float) -> None:
    """The slopes of far tails, and 0 in an end at infinity."""
    f: Any = getattr(stats.truncnorm, method)
    x = 0.3 if method == "ppf" else scipy.stats.truncnorm.ppf(0.3, a, b)
    found = ag.grad(f, argnums=(0, 1, 2))(x, a, b)
    second = ag.grad(lambda a, b: ag.grad(f)(x, a, b), argnums=(0, 1))(a, b)
    for given, slope in zip((x, a, b), found, strict=True):
        assert math.isinf(given) == (slope == 0) or (a, b, method) == (-2, 2, "logpdf")
    assert np.isfinite(second).all()
    ends = [k for k in (0, 1) if math.isfinite((a, b)[k])]
    ag.assert_gradients(
        lambda x, *finite: f(x, *(finite[ends.index(k)] if k in ends else (a, b)[k] for k in (0, 1))),
        np.array(x),
        *(np.array((a, b)[k]) for k in ends),
    )


def test_ends_that_move_with_loc() -> None:
    """As one writes a normal distribution that is truncated at 0: its upper end is (inf - loc) / scale."""
    f = lambda x, loc: stats.truncnorm.logpdf(x, (0 - loc) / 2, (np.inf - loc) / 2, loc, 2)
    ag.assert_gradients(f, np.array([0.5, 3.0]), np.array(0.7), order=2)


@pytest.mark.parametrize("method", ["logpdf", "cdf", "sf", "ppf", "isf"])
def test_triang_with_its_mode_at_an_end(method: str) -> None:
    for c in (0.0, 1.0):
        x = np.array([0.2, 0.7])
        slope = ag.grad(lambda x, c=c: np.sum(getattr(stats.triang, method)(x, c)))(x)
        f = getattr(scipy.stats.triang, method)
        np.testing.assert_allclose(slope, (f(x + 1e-6, c) - f(x - 1e-6, c)) / 2e-6, rtol=1e-7)
