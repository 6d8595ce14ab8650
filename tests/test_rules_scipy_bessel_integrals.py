"""Integrals of Bessel functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from derivatives import assert_derivatives
from numeric import case, judged
from scipy import special

import autograd as ag

X = np.array([0.3, 0.97, 1.2, 2.5])
PAIRS = [special.iti0k0, special.itj0y0, special.it2i0k0, special.it2j0y0]

CASES = [
    *(case(fn, X) for fn in PAIRS),
    *(case(fn, np.array(0.8)) for fn in PAIRS),
    *(case(fn, np.array([[-1.7, -0.4], [0.0, 0.6]]).T, f=lambda x, fn=fn: fn(x)[0], label="the first") for fn in PAIRS),
    *(case(fn, np.zeros((0, 2))) for fn in PAIRS),
    case(special.besselpoly, np.array([[0.4], [0.9], [1.6]]), 1.5, np.array([0, 1, 3])),
    *(case(special.besselpoly, np.array([0.4, 2.1]), 0.5, nu) for nu in (0, 2, 0.5, -1)),
    case(special.besselpoly, np.array(0.7), np.array([0, 1]), np.array([[0], [2]])),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, CASES)


def output(fn: Any, k: int) -> Callable[..., Any]:
    return lambda x: fn(x)[k]


def poly(nu: float) -> Callable[..., Any]:
    return lambda a: special.besselpoly(a, 1.5, nu)


# By mpmath with 40 digits: the first derivatives, of integrals also beside x = 1, where the formula changes.
EXPECTED: list[tuple[Callable[..., Any], float, list[float]]] = [
    (output(special.it2i0k0, 0), 0.01, [0.0025000156250434028, 0.25000468752170146, 0.00093750868058403865]),
    (output(special.it2i0k0, 0), 0.99, [0.2630800613213593, 0.29807207591563939, 0.10151070432635041]),
    (output(special.it2i0k0, 0), -1.01, [-0.26906196626310935, 0.30012650167087401, -0.10393573714257454]),
    (output(special.it2j0y0, 0), 0.01, [0.0024999843750434028, 0.24999531252170135, -0.00093749131947292754]),
    (output(special.it2j0y0, 0), 0.99, [0.23274557478265806, 0.20609830405269366, -0.084656132704460138]),
    (output(special.it2j0y0, 0), -1.01, [-0.2368505171958529, 0.20439133070615723, 0.086038096095479688]),
    (poly(0), 0.2, [-0.087664377265118429, -0.42613917741361501]),
    (poly(0), 1.01, [-0.30962993109680659, -0.066342681248103608]),
    (poly(0), 6.0, [0.01606105723951699, 0.065113418107157622]),
    (poly(-0.5), 0.2, [-1.7622924864798337, 11.402604663065821]),
    (poly(-0.5), 3.0, [0.11719504358071287, -0.093426226492191067]),
    (poly(2), 0.99, [0.13352208166437415, -0.015317681110009487]),
]


@pytest.mark.parametrize(("f", "x", "expected"), EXPECTED)
def test_derivatives(f: Callable[..., Any], x: float, expected: list[float]) -> None:
    assert_derivatives(f, x, expected, 2e-12)


def test_at_0() -> None:
    """(I0(x) - 1) / x and (1 - J0(x)) / x are x / 4 +- x**3 / 64 + ..."""
    for fn, sign in ((special.it2i0k0, 1), (special.it2j0y0, -1)):
        assert_derivatives(output(fn, 0), 0.0, [0, 1 / 4, 0, sign * 3 / 32], 1e-15)
    assert ag.grad(output(special.it2i0k0, 1))(0.0) == -np.inf
    assert ag.grad(output(special.it2j0y0, 1))(0.0) == np.inf
    assert_derivatives(poly(0), 0.0, [0, -2 / (1.5 + 3)], 1e-15)
    assert_derivatives(poly(1), 0.0, [1 / (1.5 + 2), 0], 1e-15)


@pytest.mark.parametrize("fn", PAIRS)
def test_left_of_0_where_scipy_has_no_value_there_is_no_gradient(fn: Any) -> None:
    assert np.isnan(fn(-1.0)[1])
    assert np.isnan(ag.grad(output(fn, 1))(-1.0))
    assert np.isnan(ag.grad(poly(0))(-1.0))


@pytest.mark.parametrize(("k", "what"), [(1, r"as its 'lmb', .* the power lmb"), (2, r"as its 'nu', .* its order")])
def test_a_parameter_with_a_gradient_is_refused(k: int, what: str) -> None:
    given: list[Any] = [X, 1.5, 0.5]
    given[k] = ag.Tensor(given[k], requires_grad=True)
    with pytest.raises(TypeError, match=what + r".* no closed form; pass t\.detach"):
        special.besselpoly(*given)
