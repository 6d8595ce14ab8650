"""The densities of the gamma and the beta distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numeric import case, judged

import autograd as ag
from autograd.rules.scipy.densities import beta_density, gamma_density

A, B, X = np.array([0.4, 1.0, 12.5]), np.array([[0.8], [14.0]]), np.array([0.2, 0.5, 0.7])

CASES = [
    case(gamma_density, A, 9 * X),
    case(gamma_density, np.array([-0.5, 1.0]), np.array([1.5, 2.0]), label="continued"),
    case(beta_density, A, B, X),
    case(beta_density, B[:0], 2, X),
]

test_gradients, test_float32 = judged(CASES, CASES)

# By mpmath 1.3 with 40 digits.
GAMMA = {
    (-1.5, 0.3): 6.35908815640155, (0.001, 1e-200): 6.313211290858288e196, (9.9, 9.0): 0.13240615271160122,
    (10.1, 9.0): 0.13097051140835655, (1e4, 1.01e4): 0.002403669257862049, (1e6, 1002000.0): 5.402686013678803e-05,
}  # fmt: skip
BETA = {
    (0.001, 0.5, 1e-100): 7.9322912779834e96, (9.9, 0.1, 0.9): 0.40924262587182664,
    (0.3, 200.0, 0.01): 5.566543673620376, (15.0, 11.0, 0.4): 0.7958416725672289, (1e4, 1e4, 0.501): 108.4125485276742,
    (1e6, 0.5, 0.999999): 207553.8265340498, (2.0, 10.5, 1e-09): 1.2074999885287502e-07,
}  # fmt: skip


def test_their_values() -> None:
    np.testing.assert_allclose(gamma_density(*np.array(list(GAMMA)).T), list(GAMMA.values()), rtol=2e-14)
    np.testing.assert_allclose(beta_density(*np.array(list(BETA)).T), list(BETA.values()), rtol=5e-14)


def test_at_the_ends() -> None:
    a, zero = np.array([0.0, 0.5, 1.0, 2.0, 20.0]), np.zeros(5)
    assert gamma_density(a, zero).tolist() == [0, np.inf, 1, 0, 0]
    assert gamma_density(a, zero + np.inf).tolist() == [0] * 5
    assert np.isnan(gamma_density(np.array([2.0, 20.0, np.nan, 20.0]), np.array([-1, -1, 1, np.nan]))).all()
    for b in (1.0, 20.0):
        assert beta_density(a, b, zero).tolist() == [0, np.inf, b, 0, 0]
        assert beta_density(b, a, zero + 1).tolist() == [0, np.inf, b, 0, 0]
    assert np.isnan(beta_density(np.array([2.0, 20.0, np.nan]), 2.0, np.array([-1, 1.5, 0.5]))).all()


def test_slopes_at_the_ends() -> None:
    """Of x exp(-x) and of 20 x (1 - x)**3, and of the first again: where (a - 1) / x is infinite."""
    slope = ag.grad(lambda x: gamma_density(2.0, x))
    assert float(slope(0.0)) == 1
    assert float(ag.grad(slope)(0.0)) == -2
    slope = ag.grad(lambda x: beta_density(2.0, 4.0, x))
    assert float(slope(0.0)) == pytest.approx(20)
    assert float(ag.grad(slope)(0.0)) == pytest.approx(-120)
    assert float(ag.grad(lambda x: beta_density(4.0, 2.0, x))(1.0)) == pytest.approx(-20)
    assert float(ag.grad(lambda a: gamma_density(a, 0.0))(3.0)) == 0
    assert math.isinf(float(ag.grad(lambda x: gamma_density(1.5, x))(0.0)))
