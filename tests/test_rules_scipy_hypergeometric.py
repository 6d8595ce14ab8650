"""Hypergeometric functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from derivatives import assert_derivatives
from numeric import case, has_complex, judged
from scipy import special

import autograd as ag

X, POSITIVE = np.array([-2.1, 0.0, 0.4, 0.8]), np.array([0.4, 1.3, 2.6])
Z = np.array([0.3 + 0.4j, -1.2 - 0.3j])
A = np.array([[1], [3]])

CASES = [
    *(case(special.hyp0f1, v, X) for v in (A, 1.3, 2)), case(special.hyp0f1, 0.7, Z),
    *(case(special.hyp1f1, a, 1.9, X) for a in (A, 2, -3)), case(special.hyp1f1, 0.7, 1.9, Z),
    *(case(special.hyp2f1, a, 1.2, 1.9, X) for a in (A, 2, -3)), case(special.hyp2f1, 0.7, 1.2, 1.9, Z),
    *(case(special.hyperu, a, 1.5, POSITIVE) for a in (A, 1, -2)),
    case(special.hyp0f1, A, np.array(0.4)), case(special.hyp1f1, A, 1.9, np.array(0.4)),
    case(special.hyp2f1, A, A, A + 1, np.array(0.4)), case(special.hyperu, A, 1.5, np.array(0.4)),
    case(special.hyp2f1, 0.7, 1.2, 1.9, X[:0]),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [case for case in CASES if not has_complex(case)])

# By mpmath with 40 digits: the first derivatives in the argument, with the parameters in front of it.
EXPECTED: list[tuple[Any, tuple[float, ...], float, list[float]]] = [
    (special.hyp0f1, (1.3,), -2.5, [0.19513928412651613, 0.14422554158267598]),
    (special.hyp0f1, (1.3,), 30.0, [633.16381144376783, 97.368947596727807]),
    (special.hyp1f1, (0.7, 1.9), -2.5, [0.10385762718086988, 0.044394571818022505]),
    (special.hyp1f1, (0.7, 1.9), 30.0, [129893306610.52286, 124825301174.32594]),
    (special.hyp1f1, (-2.0, 1.5), 0.7, [-0.96000000000000008, 0.53333333333333333]),
    (special.hyp2f1, (0.7, 1.2, 1.9), -2.5, [0.081493170523962016, 0.03280934560949865]),
    (special.hyp2f1, (0.7, 1.2, 1.9), 0.95, [14.549081957754492, 311.63558875431312]),
    (special.hyp2f1, (-2.0, 1.5, 0.4), 0.95, [5.2232142857142847, 13.392857142857142]),
    (special.hyperu, (0.7, 1.9), 0.3, [-7.6751636429293679, 47.548795094266993]),
    (special.hyperu, (0.7, 1.9), 30.0, [-0.0021813367179737394, 0.0001243712280496853]),
    (special.hyperu, (-2.0, 1.5), 3.0, [1, 2]),
]


@pytest.mark.parametrize(("fn", "parameters", "x", "expected"), EXPECTED)
def test_derivatives(fn: Any, parameters: tuple[float, ...], x: float, expected: list[float]) -> None:
    assert_derivatives(lambda t: fn(*parameters, t), x, expected, 1e-11)


def test_at_0_the_derivatives_are_the_coefficients() -> None:
    """(a)_k (b)_k / (c)_k, DLMF 15.2.1."""
    a, b, c = 0.7, 1.2, 1.9
    first, second = a * b / c, a * (a + 1) * b * (b + 1) / (c * (c + 1))
    assert_derivatives(lambda z: special.hyp2f1(a, b, c, z), 0.0, [first, second], 1e-14)
    assert_derivatives(lambda z: special.hyp1f1(a, c, z), 0.0, [a / c, a * (a + 1) / (c * (c + 1))], 1e-14)
    assert_derivatives(lambda z: special.hyp0f1(c, z), 0.0, [1 / c, 1 / (c * (c + 1))], 1e-14)


def test_at_1_the_derivative_is_that_of_gauss_or_infinite() -> None:
    """F(a, b; c; 1) by gamma functions, DLMF 15.4.20, where c - a - b > 0."""
    gauss = 0.5 * 0.5 / 3.5 * special.gamma(4.5) * special.gamma(1.5) / special.gamma(3.0) ** 2
    assert ag.grad(lambda z: special.hyp2f1(0.5, 0.5, 3.5, z))(1.0) == pytest.approx(gauss, rel=1e-13)
    assert ag.grad(lambda z: special.hyp2f1(0.7, 1.2, 1.9, z))(1.0) == np.inf


def test_known_functions() -> None:
    """0F1 is a Bessel function (DLMF 10.16.9), 1F1(a; a; x) = exp(x), F(1, 1; 2; z) = -log(1 - z) / z (DLMF 15.4.1)."""
    for x in (0.3, 1.7):
        j0 = ag.grad(lambda x: special.hyp0f1(1.0, -x * x / 4))(x)
        assert j0 == pytest.approx(-special.j1(x), rel=1e-14)
        assert ag.grad(lambda x: special.hyp1f1(1.5, 1.5, x))(x) == pytest.approx(np.exp(x), rel=1e-14)
    found = ag.grad(lambda z: special.hyp2f1(1, 1, 2, z))(0.4)
    assert found == pytest.approx(ag.grad(lambda z: -np.log(1 - z) / z)(0.4), rel=1e-14)


@pytest.mark.parametrize("fn", [special.hyp0f1, special.hyp1f1, special.hyp2f1, special.hyperu])
def test_a_parameter_with_a_gradient_is_refused(fn: Any) -> None:
    for k in range(fn.nin - 1):
        given: list[Any] = [1.5] * (fn.nin - 1)
        given[k] = ag.Tensor(1.5, requires_grad=True)
        with pytest.raises(TypeError, match=r"by its parameters has no closed form; pass t\.detach"):
            fn(*given, POSITIVE)
    assert ag.grad(lambda x: np.sum(fn(*[1.5] * (fn.nin - 1), x)))(POSITIVE / 4).shape == POSITIVE.shape
