"""The Airy functions, also scaled by exponentials, and their integrals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from derivatives import assert_derivatives
from numeric import case, has_complex, judged
from scipy import special

import autograd as ag

X, POSITIVE = np.array([[-2.3, 0.0], [0.4, 1.7]]), np.array([0.3, 1.2, 2.5])
Z = np.array([0.7 + 0.4j, 2.0 - 0.3j, -1.2 + 0.9j])


def output(fn: Any, k: int) -> Callable[..., Any]:
    return lambda x: fn(x)[k]


CASES = [
    *(case(special.airy, x) for x in (X, X.T[::-1], np.array(0.6), np.zeros((0, 2)), Z)),
    *(case(special.airye, x) for x in (POSITIVE, Z)),
    case(special.airye, X[:, ::-1] - 0.1, f=lambda x: special.airye(x)[3], label="Bi' alone"),
    case(special.airye, Z, f=lambda z: special.airye(z)[::2], label="no derivatives"),
    case(special.itairy, np.array([-0.3, 0.0, 0.2])),
    case(special.itairy, np.array(0.25), f=lambda x: special.itairy(x)[1], label="of Bi alone"),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [case for case in CASES if not has_complex(case)])

# By mpmath with 40 digits: the first derivatives of one of the outputs. airye's for x < 0 are those of Bi and Bi'.
EXPECTED: list[tuple[Callable[..., Any], float, list[float]]] = [
    (output(special.airy, 0), -7.3, [-0.18009580448329365, -2.4511237047605752, 1.650469743243191]),
    (output(special.airy, 0), 0.0, [-0.25881940379280682, 0.0, 0.35502805388781722]),
    (output(special.airy, 1), 2.5, [0.039314808451176228, -0.049901279209287587]),
    (output(special.airy, 2), 2.5, [9.4214233173343018, 16.204151846151447, 30.035219031796334]),
    (output(special.airy, 3), 0.0, [0.0, 0.61492662744600068]),
    (output(special.airye, 0), 2.5, [-0.019330083646465768, 0.0082286792813344722]),
    (output(special.airye, 1), 2.5, [-0.030563545842202409, 0.0068979751635867169]),
    (output(special.airye, 2), 2.5, [-0.059296586373815657, 0.04054526430649897]),
    (output(special.airye, 3), 2.5, [0.093756135207080996, -0.045356464729615839]),
    (output(special.airye, 2), -7.3, [0.90998427043632457, -0.5173810305202442]),
    (output(special.airye, 3), -7.3, [-0.5173810305202442, -6.5720110604152726]),
]


@pytest.mark.parametrize(("f", "x", "expected"), EXPECTED)
def test_derivatives(f: Callable[..., Any], x: float, expected: list[float]) -> None:
    assert_derivatives(f, x, expected, 2e-12)


def test_far_out_the_integrals_have_the_derivative_that_scipy_s_values_have_not() -> None:
    """Of Ai from 0 to x = 9 SciPy says 2.6, in place of 1 / 3."""
    for k, fn in enumerate((lambda x: special.airy(x)[0], lambda x: special.airy(x)[2])):
        for x in (-9.0, 9.0):
            assert ag.grad(output(special.itairy, k))(x) == fn(x)
            assert ag.grad(output(special.itairy, k + 2))(x) == fn(-x)


def test_scaled_at_0_the_gradient_is_that_without_the_scale() -> None:
    for k in range(4):
        assert ag.grad(output(special.airye, k))(0.0) == ag.grad(output(special.airy, k))(0.0)


def test_where_scipy_has_no_value_there_is_no_gradient() -> None:
    assert np.isnan([ag.grad(output(special.airye, k))(-1.0) for k in (0, 1)]).all()
    assert np.isnan([ag.grad(output(special.airy, k))(np.inf) for k in range(4)]).all()
