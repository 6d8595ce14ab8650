"""Discrete distributions: steps, what lies between and beyond them, whole parameters."""

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats
from distributions import DISTRIBUTIONS, is_discrete, shapes_of

import autograd as ag
from autograd.scipy import stats

DISCRETE = [name for name in DISTRIBUTIONS if is_discrete(name)]


def grads_of(f: Any, *inputs: Any) -> list[Any]:
    leaves = [ag.Tensor(np.asarray(x, float), requires_grad=True) for x in inputs]
    y = f(*leaves)
    y.backward(np.ones(y.shape))
    return [None if leaf.grad is None else leaf.grad.data.tolist() for leaf in leaves]


@pytest.mark.parametrize("name", DISCRETE)
def test_where_there_is_no_chance_gradients_are_0(name: str) -> None:
    """Beyond the support, between whole numbers and at infinities; beside elements that have one."""
    shapes = [x for x in shapes_of(name)[0] if isinstance(x, float)]
    whole = shapes_of(name)[0][: len(shapes_of(name)[0]) - len(shapes)]
    dist = DISTRIBUTIONS[name]
    for method in dist.__all__:
        f = getattr(dist, method)
        k = [-3.0, -math.inf, math.inf] + [0.5] * (method in ("pmf", "logpmf"))
        assert grads_of(lambda *given, f=f, k=k: f(k, *whole, *given), *shapes) == [0] * len(shapes)
        alone = grads_of(lambda *given, f=f: f([1.0], *whole, *given), *shapes)
        assert grads_of(lambda *given, f=f, k=k: f([*k, 1.0], *whole, *given), *shapes) == alone


@pytest.mark.parametrize("name", DISCRETE)
def test_invalid_parameters_give_nan(name: str) -> None:
    shapes = shapes_of(name)[0]
    for j in range(len(shapes)):
        given = [np.array([x, x], float) for x in shapes]
        given[j][0] = -1.0
        for method in DISTRIBUTIONS[name].__all__:
            leaves = [ag.Tensor(x, requires_grad=isinstance(shapes[i], float)) for i, x in enumerate(given)]
            y = getattr(DISTRIBUTIONS[name], method)(1, *leaves)
            y.backward(np.ones(2))
            assert np.isnan(y.data).tolist() == [True, False]
            for leaf in leaves:
                assert leaf.grad is None or np.isnan(leaf.grad.data).tolist() == [True, False]


def test_whole_numbers_have_no_gradient() -> None:
    k, n, p = (ag.Tensor(np.array(x), requires_grad=True) for x in (2.0, 5.0, 0.3))
    y = stats.binom.logpmf(k, n, p)
    y.backward()
    assert (k.grad, n.grad) == (None, None)
    assert p.grad is not None
    assert not stats.poisson.cdf(k, 1.5).requires_grad


def test_quantiles_are_steps() -> None:
    p = ag.Tensor([0.2, 0.7], requires_grad=True)
    for method in ("ppf", "isf"):
        y = getattr(stats.binom, method)(0.4, 5, p)
        assert not y.requires_grad
        np.testing.assert_array_equal(y.data, getattr(scipy.stats.binom, method)(0.4, 5, p.data))


def test_loc_moves_and_cdf_is_constant_between_steps() -> None:
    p = ag.Tensor(0.3, requires_grad=True)
    for k in (3.0, 3.7):
        y = stats.geom.cdf(k, p, loc=1)
        np.testing.assert_allclose(y.data, scipy.stats.geom.cdf(k, 0.3, loc=1), rtol=1e-14)
    np.testing.assert_allclose(ag.grads(y, p).data, 2 * 0.7, rtol=1e-14)
    ag.assert_gradients(lambda p: stats.poisson.pmf(np.arange(4), p, 1), np.array([[0.7], [3.0]]), order=2)


def test_probabilities_of_0_and_1() -> None:
    """The chance of what is certain then has the slope that it has within; that of a coin has it for both sides."""
    assert grads_of(lambda p: stats.binom.pmf([0, 4], 4, p), [0.0, 1.0]) == [[-4, 4]]
    assert grads_of(lambda mu: stats.poisson.logpmf(0, mu), 0.0) == [-1]
    assert grads_of(lambda p: stats.bernoulli.logpmf([0, 1], p), [0.0, 1.0]) == [[-1, 1]]
    assert grads_of(lambda p: stats.bernoulli.pmf([0, 1, 0, 1, 2], p), [0.0, 0.0, 1.0, 1.0, 0.5]) == [[-1, 1, -1, 1, 0]]
