"""Lambert's W function and Wright's omega."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from derivatives import assert_derivatives
from numeric import case, has_complex, judged
from scipy import special

import autograd as ag
from autograd.rules.scipy.lambert import lambertw

X = np.array([[-0.3, 0.0], [0.4, 5.2]])
Z = np.array([0.3 + 0.4j, -1.2 - 0.7j, 3.0 + 2.0j])

CASES = [
    *(case(lambertw, x, f=special.lambertw) for x in (X, X.T, Z, np.array(0.6), np.zeros((0, 2)))),
    case(lambertw, np.array([-0.3, -0.1, -2.0]), f=lambda x: special.lambertw(x, -1), label="k=-1"),
    case(lambertw, Z, f=lambda z: special.lambertw(z, np.array([[-1], [0], [2]]), 1e-12), label="many branches"),
    *(case(special.wrightomega, x) for x in (10 * X, 10 * X.T, Z, np.array(-0.6), np.zeros((0, 2)))),
]  # fmt: skip

test_gradients, test_float32 = judged(
    CASES, [case for case in CASES if case.fn is special.wrightomega and not has_complex(case)]
)


def w(k: int) -> Callable[..., Any]:
    return lambda x: np.real(special.lambertw(x, k))


# By mpmath with 40 digits: the first derivatives.
EXPECTED: list[tuple[Any, float, list[float]]] = [
    (w(0), -0.3, [3.1949625401972974, -30.199619081520694, 696.00421350273928]),
    (w(0), 1e-8, [0.99999998000000045, -1.9999999100000032, 8.9999993600000305]),
    (w(0), 1e10, [9.5244590993941567e-11, -9.5029205687209852e-21]),
    (w(0), -2.0, [-0.3596009553764567, -0.17195051484352991]),
    (w(-1), -0.3, [-7.5995247890204256, 16.162544139179968, -787.67166818872658]),
    (w(-1), -1e-8, [-104880862.07510048, -10463100634191048]),
    (special.wrightomega, -50.0, [1.9287498479639178e-22, 1.9287498479639178e-22, 1.9287498479639178e-22]),
    (special.wrightomega, 2.0, [0.60893896679485315, 0.093124263869455298, -0.030110415000741134]),
    (special.wrightomega, 300.0, [0.99661378927267585, 1.1427595364974357e-05]),
]


@pytest.mark.parametrize(("fn", "x", "expected"), EXPECTED)
def test_derivatives(fn: Any, x: float, expected: list[float]) -> None:
    assert_derivatives(fn, x, expected, 1e-13)


def test_at_0_and_far_out() -> None:
    """W(x) is the sum of (-n)**(n - 1) x**n / n!, DLMF 4.13.5."""
    assert_derivatives(w(0), 0.0, [1, -2, 9, -64], 1e-15)
    assert ag.grad(w(0))(np.inf) == 0
    for x, slope in ((np.inf, 1), (1e300, 1), (-800.0, 0), (-np.inf, 0)):
        assert_derivatives(special.wrightomega, x, [slope, 0], 1e-15)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy, where it computes with NaN and infinity
def test_at_their_branch_points_the_derivatives_are_no_numbers() -> None:
    """There SciPy has no value of W(-1/e), and infinity is that of the other branches at 0."""
    assert np.isnan(ag.grad(w(0))(-np.exp(-1)))
    assert np.isnan(ag.grad(w(-1))(0.0))


def test_it_inverts_z_exp_z() -> None:
    for k in (-1, 0, 1):
        slope = ag.grad(lambda z, k=k: np.sum(np.real(special.lambertw(z, k) * np.exp(special.lambertw(z, k)))))(Z)
        np.testing.assert_allclose(slope, 1, rtol=1e-13)


def test_lambertw_of_float32() -> None:
    found = ag.grad(lambda x: np.sum(np.real(special.lambertw(x))))(X.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ag.grad(lambda x: np.sum(np.real(special.lambertw(x))))(X), rtol=1e-5)
