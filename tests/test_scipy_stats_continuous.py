"""Continuous distributions: ends of the support and beyond, invalid parameters, broadcasting, precision."""

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats
from distributions import DISTRIBUTIONS, is_discrete, is_quantile, shapes_of

import autograd as ag
from autograd.scipy import stats

CONTINUOUS = [name for name in DISTRIBUTIONS if not is_discrete(name)]
WITH_ENDS = [name for name in CONTINUOUS if np.isfinite(getattr(scipy.stats, name).support(*shapes_of(name)[0])).any()]
UP_TO_INFINITY = ["laplace", "logistic", "norm", "vonmises"]  # whose formulas are used there, too


def value_and_grads(f: Any, *inputs: Any) -> tuple[Any, list[Any]]:
    leaves = [ag.Tensor(np.asarray(x, float), requires_grad=True) for x in inputs]
    y = f(*leaves)
    y.backward(np.ones(y.shape))
    return y.data, [np.asarray(leaf.grad) for leaf in leaves]


def methods_of(name: str) -> list[str]:
    return [method for method in DISTRIBUTIONS[name].__all__ if not is_quantile(method)]


# -- ends, and beyond --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WITH_ENDS)
def test_beyond_the_support_gradients_are_0(name: str) -> None:
    """In all inputs, although the formula may have no value there, and beside elements that have a gradient."""
    shapes = shapes_of(name)[0]
    lower, upper = getattr(scipy.stats, name).support(*shapes, 0.3, 1.4)
    beyond = [x for x in (lower - 1, lower - 1e-9, upper + 1e-9, upper + 1) if np.isfinite(x)]
    inside = getattr(scipy.stats, name).ppf(0.4, *shapes, 0.3, 1.4)
    for method in methods_of(name):
        f = getattr(DISTRIBUTIONS[name], method)
        y, grads = value_and_grads(f, beyond, *shapes, 0.3, 1.4)
        np.testing.assert_array_equal(y, getattr(getattr(scipy.stats, name), method)(beyond, *shapes, 0.3, 1.4))
        for g in grads:
            np.testing.assert_array_equal(g, np.zeros(g.shape))
        alone = value_and_grads(f, [inside], *shapes, 0.3, 1.4)[1]
        beside = value_and_grads(f, [*beyond, inside], *shapes, 0.3, 1.4)[1]
        for a, b in zip(alone, beside, strict=True):
            np.testing.assert_allclose(b.reshape(-1)[-1], a.reshape(-1)[-1], rtol=1e-13)


@pytest.mark.parametrize("name", [name for name in CONTINUOUS if name not in UP_TO_INFINITY])
def test_at_ends_and_infinities_no_gradient_is_nan(name: str) -> None:
    shapes, scipys = shapes_of(name)[0], getattr(scipy.stats, name)
    ends = np.array([*scipys.support(*shapes), -math.inf, math.inf])
    for method in methods_of(name):
        y, grads = value_and_grads(getattr(DISTRIBUTIONS[name], method), ends, *shapes)
        assert not any(np.isnan(part).any() for part in (y, *grads)), method


@pytest.mark.parametrize(("a", "x_slope", "scale_slope"), [(0.5, 0, 0), (1.0, -1, -1), (2.0, 0, 0)])
def test_where_the_density_is_finite_at_an_end_its_slope_is_that_within(
    a: float, x_slope: int, scale_slope: int
) -> None:
    """That of exp(-x / scale) / scale; 0 where the density is 0 or infinite at 0."""
    assert stats.gamma.pdf(ag.Tensor(0.0), a).data == {0.5: math.inf, 1.0: 1.0, 2.0: 0.0}[a]
    for f in (stats.gamma.logpdf, stats.gamma.pdf):
        grads = value_and_grads(lambda x, scale, f=f: f(x, a, 0, scale), [0.0], 1.0)[1]
        assert [float(g.sum()) for g in grads] == [x_slope, scale_slope]
    assert value_and_grads(stats.expon.logpdf, [0.0], 0.0, 2.0)[1] == [-0.5, 0.5, -0.5]


def test_quantiles_of_0_and_1_are_the_ends() -> None:
    y, (gq, gloc, gscale) = value_and_grads(stats.uniform.ppf, [0.0, 0.25, 1.0], [1.0] * 3, [2.0] * 3)
    assert (y.tolist(), gq.tolist()) == ([1, 1.5, 3], [0, 2, 0])
    assert (gloc.tolist(), gscale.tolist()) == ([1, 1, 1], [0, 0.25, 1])
    assert stats.pareto.isf(ag.Tensor([0.0, 0.25, 1.0]), 1, scale=2).data.tolist() == [math.inf, 8, 2]


# -- what is no number, or no parameter --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTINUOUS)
def test_invalid_parameters_give_nan(name: str) -> None:
    """In the values and in the gradients of all parameters, and of the variable; others are left alone."""
    shapes, scipys = shapes_of(name)[0], getattr(scipy.stats, name)
    inside = scipys.ppf(0.4, *shapes)
    wrong = {"skewnorm": math.inf, "genextreme": math.inf, "genpareto": math.inf}.get(name, -1.0)
    for k in range(len(shapes) + 1):
        given = [np.array([x, x]) for x in (*shapes, 1.0)]
        given[k][0] = wrong if k < len(shapes) else 0.0
        if name == "truncnorm" and k == 0:
            given[k][0] = 2.0  # not less than the other end
        for method in DISTRIBUTIONS[name].__all__:
            x = np.array([0.4, 0.4] if is_quantile(method) else [inside, inside])
            f = getattr(DISTRIBUTIONS[name], method)
            y, grads = value_and_grads(lambda x, *p, f=f: f(x, *p[:-1], 0, p[-1]), x, *given)
            assert np.isnan(y).tolist() == [True, False], method
            for g in grads:
                assert np.isnan(g).tolist() == [True, False], method


def test_nan_stays_nan() -> None:
    for name in CONTINUOUS:
        for method in DISTRIBUTIONS[name].__all__:
            f, shapes = getattr(DISTRIBUTIONS[name], method), shapes_of(name)[0]
            y, (g, *_) = value_and_grads(f, [math.nan], *shapes)
            assert np.isnan(y).all(), f"{name}.{method}"
            assert g != 0 or (name, method) == ("uniform", "logpdf"), f"{name}.{method}"
    for q in (-0.1, 1.1):
        y, (g, *_) = value_and_grads(stats.norm.ppf, [q])
        assert np.isnan([*y, *g]).all()


# -- shapes and dtypes -------------------------------------------------------------------------------------------------


def test_variable_and_parameters_broadcast() -> None:
    x, a, loc, scale = np.ones((3, 1)) * 1.5, np.array([0.7, 2.0]), np.array(0.2), np.full((2, 1, 1), 1.3)
    for method in ("logpdf", "cdf", "isf"):
        v = x / 3 if method == "isf" else x
        y, grads = value_and_grads(getattr(stats.weibull_min, method), v, a, loc, scale)
        np.testing.assert_allclose(y, getattr(scipy.stats.weibull_min, method)(v, a, loc, scale), rtol=1e-13)
        assert [g.shape for g in grads] == [(3, 1), (2,), (), (2, 1, 1)]
        ag.assert_gradients(getattr(stats.weibull_min, method), v, a, loc, scale)
    assert value_and_grads(stats.norm.logpdf, np.ones((0, 3)), np.ones(3))[1][0].shape == (0, 3)


def test_float32_and_whole_numbers() -> None:
    """SciPy computes in float64, and so do Tensors; a gradient has the dtype of what it is of."""
    x, a = (ag.Tensor(np.array([0.5, 2.0], np.float32), requires_grad=True) for _ in range(2))
    y = stats.gamma.logpdf(x, a)
    assert y.dtype == scipy.stats.gamma.logpdf(x.data, a.data).dtype == np.float64
    assert [g.dtype for g in ag.grads(y.sum(), [x, a])] == [np.float32, np.float32]
    scale = ag.Tensor(2.0, requires_grad=True)
    y = stats.norm.pdf(np.arange(3), 1, scale)
    np.testing.assert_allclose(y.data, scipy.stats.norm.pdf(np.arange(3), 1, 2), rtol=1e-14)
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    np.testing.assert_array_equal(stats.expon.logpdf([t[1], t[0], 3]).data, [-2, -1, -3])


# -- quantiles without a formula ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dist", "shapes"), [(stats.skewnorm, [1.5]), (stats.truncnorm, [-1.0, 2.0]), (stats.t, [3.5])]
)
def test_implicit_derivatives_to_the_second_order(dist: Any, shapes: list[float]) -> None:
    ag.assert_gradients(dist.ppf, np.array([0.1, 0.7]), *map(np.array, shapes), order=2)
    y, scipys = dist.isf(ag.Tensor([1e-9, 0.3]), *shapes).data, getattr(scipy.stats, dist.name)
    np.testing.assert_array_equal(y, scipys.isf([1e-9, 0.3], *shapes))
