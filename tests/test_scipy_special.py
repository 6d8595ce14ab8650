"""scipy.special's functions that are no ufuncs, with gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special as plain

import autograd as ag
from autograd.scipy import special

X = np.array([1.3, 2.6])
CALLS: dict[str, Any] = {
    "diric": lambda s, x: s.diric(x, 3),
    "multigammaln": lambda s, x: s.multigammaln(x, 2),
    "polygamma": lambda s, x: s.polygamma(1, x),
    **{f"spherical_{kind}n": lambda s, x, kind=kind: getattr(s, f"spherical_{kind}n")(2, x) for kind in "jyik"},
}


def test_every_function_has_a_call() -> None:
    assert sorted({*CALLS, *(name for name, _ in SUMS)}) == special.__all__


@pytest.mark.parametrize("name", CALLS)
def test_a_function_has_scipy_s_values_and_a_gradient(name: str) -> None:
    call = CALLS[name]
    np.testing.assert_array_equal(call(special, X), call(plain, X))
    t = ag.Tensor(X, requires_grad=True)
    np.testing.assert_array_equal(call(special, t).data, call(plain, X))
    ag.assert_gradients(lambda x: call(special, x), X)
    with pytest.raises(TypeError, match="makes an array of it"):
        call(plain, t)


def test_what_has_no_rule_is_scipy_s() -> None:
    assert special.gammaln is plain.gammaln
    assert special.comb is plain.comb


def test_the_sign_of_gamma_is_constant() -> None:
    y = plain.gammasgn(ag.Tensor([-0.5, 0.5], requires_grad=True))
    np.testing.assert_array_equal(y.data, [-1.0, 1.0])
    assert not y.requires_grad


# -- sums of exponentials --------------------------------------------------------------------------------------------

MATRIX = np.random.default_rng(0).normal(size=(2, 3))
B = np.array([0.5, 2.0, 0.0])

SUMS: list[tuple[str, dict[str, Any]]] = [
    ("logsumexp", {}),
    ("logsumexp", {"axis": 1}),
    ("logsumexp", {"axis": (0, 1), "keepdims": True}),
    ("logsumexp", {"axis": -1, "b": B}),
    ("softmax", {"axis": 1}),
    ("softmax", {}),
    ("log_softmax", {"axis": 0}),
]


@pytest.mark.parametrize(("name", "options"), SUMS)
def test_values_are_scipys_and_gradients_are_right(name: str, options: dict[str, Any]) -> None:
    expected = getattr(plain, name)(MATRIX, **options)
    f = lambda x: getattr(special, name)(x, **options)
    np.testing.assert_array_equal(f(MATRIX), expected)
    np.testing.assert_allclose(f(ag.Tensor(MATRIX, requires_grad=True)).data, expected, rtol=1e-14)
    ag.assert_gradients(f, MATRIX, order=2)


def test_logsumexp_of_weights_and_signs() -> None:
    weights = np.array([1.0, -3.0, 0.5])
    y, sign = special.logsumexp(ag.Tensor(MATRIX, requires_grad=True), axis=1, b=weights, return_sign=True)
    for found, expected in zip((y, sign), plain.logsumexp(MATRIX, 1, weights, return_sign=True), strict=True):
        np.testing.assert_allclose(found.data, expected)
    ag.assert_gradients(lambda b: special.logsumexp(MATRIX, axis=1, b=b), np.exp(MATRIX), order=2)
    ag.assert_gradients(lambda x: special.logsumexp(x, axis=1, b=weights, return_sign=True)[0], MATRIX, order=2)


@pytest.mark.parametrize("x", [[1000.0, 1000.5], [-1000.0, -999.0], [-np.inf, 2.0], [np.inf, 1.0], [-np.inf, -np.inf]])
def test_logsumexp_overflows_nowhere(x: list[float]) -> None:
    t = ag.Tensor(x, requires_grad=True)
    np.testing.assert_allclose(special.logsumexp(t).data, plain.logsumexp(x))


def test_logsumexp_of_large_numbers_has_softmax_for_gradient() -> None:
    x = np.array([1000.0, 1000.5])
    np.testing.assert_allclose(ag.grad(special.logsumexp)(x), plain.softmax(x))
