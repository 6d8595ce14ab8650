"""Formulas that follow from others: of a distribution that is known, from as few as there may be."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

import autograd as ag
from autograd.rules.registry import primitive
from autograd.scipy.stats.formulas import are_positive, complete, inverse, logarithm, mirrored

X = np.array([0.01, 0.3, 1.5, 40.0])

# Of the exponential distribution with the rate a.
ALL: dict[str, Callable[..., Any]] = {
    "cdf": lambda x, a: -np.expm1(-a * x), "sf": lambda x, a: np.exp(-a * x),
    "logcdf": lambda x, a: np.log(-np.expm1(-a * x)), "logsf": lambda x, a: -a * x,
}  # fmt: skip


@pytest.mark.parametrize("given", [["cdf"], ["sf"], ["logcdf"], ["logsf"], ["cdf", "logsf"], ["cdf", "sf"]])
def test_probabilities_follow_from_one_of_them(given: list[str]) -> None:
    found = complete({name: ALL[name] for name in given})
    assert set(found) == set(ALL)
    for name, formula in found.items():
        np.testing.assert_allclose(formula(X, 0.5), ALL[name](X, 0.5), rtol=1e-8, atol=1e-16, err_msg=name)
        assert name not in given or formula is ALL[name]


def test_where_there_is_no_probability_no_other_is_made() -> None:
    assert set(complete({"logpdf": np.sin})) == {"logpdf"}
    assert are_positive() is np.True_
    assert are_positive(np.array([1.0, 1.0]), np.array([0.0, 2.0])).tolist() == [False, True]


def test_mirrored_formulas() -> None:
    f = mirrored({"cdf": stats.norm.cdf, "logcdf": stats.norm.logcdf, "ppf": stats.norm.ppf})
    np.testing.assert_allclose(f["sf"](X), stats.norm.sf(X))
    np.testing.assert_allclose(f["logsf"](X), stats.norm.logsf(X))
    np.testing.assert_allclose(f["isf"](0.2), stats.norm.isf(0.2))


def test_logarithm_of_0_and_of_almost_1() -> None:
    """-inf with the gradient 0, and the digits of the rest, whatever the other branch would give."""
    log = logarithm(lambda x: x, lambda x: 1 - x)
    x = ag.Tensor([0.0, 1e-300, 0.25, 1.0], requires_grad=True)
    y = log(x)
    np.testing.assert_allclose(y.data, [-np.inf, np.log(1e-300), np.log(0.25), 0])
    np.testing.assert_allclose(ag.grads(y[1:].sum() + y[0], x).data, [0, 1e300, 4, 1])
    assert logarithm(lambda x: 1 - x, lambda x: x)(np.float64(1e-20)) == -1e-20


def test_the_inverse_has_three_derivatives() -> None:
    """Of x with x**3 + a x = q, whose derivatives are known from those of q."""
    p, of_x = (lambda x, a: x * x * x + a * x), primitive(lambda q, a: np.asarray(0.5))
    quantile = inverse(p, lambda x, a: np.log(3 * x * x + a), 1, of_x)
    q, a = np.array(1.125), np.array(2.0)
    assert quantile(q, a) == 0.5
    d1 = 1 / 2.75  # 1 / (3 x**2 + a)
    d2 = -6 * 0.5 * d1**3
    d3 = -6 * d1**4 + 3 * 36 * 0.25 * d1**5
    f: Any = lambda q: quantile(q, a)
    for expected in (d1, d2, d3):
        f = ag.grad(f)
        np.testing.assert_allclose(f(q), expected, rtol=1e-13)
    np.testing.assert_allclose(ag.grad(lambda a: quantile(q, a))(a), -0.5 * d1, rtol=1e-13)
    np.testing.assert_allclose(ag.grad(ag.grad(lambda a: quantile(q, a)))(a), d1**2 - 6 * 0.125 * d1**3, rtol=1e-13)


def test_a_falling_function_has_an_inverse_too() -> None:
    quantile = inverse(ALL["sf"], lambda x, a: np.log(a) - a * x, -1, primitive(lambda q, a: -np.log(q) / a))
    check = lambda q, a: quantile(q, a) if isinstance(q, ag.Tensor) else -np.log(q) / a
    ag.assert_gradients(check, np.array([0.2, 0.9]), np.array(0.7), order=2)
