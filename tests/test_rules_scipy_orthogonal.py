"""Orthogonal polynomials, and Legendre's functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from derivatives import assert_derivatives
from numeric import case, has_complex, judged
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre
from scipy import special

import autograd as ag

X, INSIDE = np.array([-0.9, 0.0, 0.4, 1.3]), np.array([0.1, 0.4, 0.8])
N = np.array([[0], [1], [3]])
OF_DEGREE = [
    special.eval_laguerre, special.eval_legendre, special.eval_sh_legendre, special.eval_chebyt, special.eval_chebyu,
    special.eval_chebyc, special.eval_chebys, special.eval_sh_chebyt, special.eval_sh_chebyu, special.eval_hermite,
    special.eval_hermitenorm,
]  # fmt: skip

CASES = [
    *(case(fn, n, X) for fn in OF_DEGREE for n in (N, 4)),
    *(case(fn, 2.5, INSIDE) for fn in OF_DEGREE[:-2]),  # which float16 holds, too
    *(case(special.eval_jacobi, n, 0.4, 1.3, X) for n in (N, 3)), case(special.eval_jacobi, 1.7, 0.4, 1.3, INSIDE),
    *(case(special.eval_sh_jacobi, n, 2.4, 1.3, X) for n in (N, 3)),
    *(case(special.eval_gegenbauer, n, 0.7, X) for n in (N, 3)), case(special.eval_gegenbauer, 1.7, 0.4, INSIDE),
    *(case(special.eval_genlaguerre, n, 0.7, X) for n in (N, 3)), case(special.eval_genlaguerre, 1.7, 0.4, INSIDE),
    *(case(special.lpmv, m, 2.0, INSIDE) for m in (0, 1)), case(special.lpmv, np.array([[0], [2]]), 2.4, INSIDE),
    case(special.eval_legendre, 3, np.array(0.4)), case(special.eval_legendre, 3, X[:0]),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [one for one in CASES if not has_complex(one)])

SERIES = [
    (special.eval_legendre, legendre.Legendre), (special.eval_chebyt, chebyshev.Chebyshev),
    (special.eval_laguerre, laguerre.Laguerre), (special.eval_hermite, hermite.Hermite),
    (special.eval_hermitenorm, hermite_e.HermiteE),
]  # fmt: skip


@pytest.mark.parametrize("n", range(6))
@pytest.mark.parametrize(("fn", "series"), SERIES)
def test_derivatives_are_those_of_numpys_series(fn: Any, series: Any, n: int) -> None:
    """At the ends of the interval, too."""
    one = series.basis(n)
    for x in (-1.0, -0.3, 0.0, 0.7, 1.0):
        assert_derivatives(lambda t: fn(n, t), x, [float(one.deriv(k)(x)) for k in (1, 2)], 1e-12)


def test_of_negative_degrees_no_wrong_gradient_is_given() -> None:
    """U_-3 is -2 x, of which Gegenbauer's polynomial of degree -4 says nothing."""
    for fn in (special.eval_chebyu, special.eval_chebys, special.eval_legendre):
        assert np.isnan(ag.grad(lambda x, fn=fn: fn(-3, x))(np.array(0.3)))
    np.testing.assert_allclose(ag.grad(lambda x: special.eval_chebyt(-3, x))(np.array(0.3)), 12 * 0.09 - 3)


def test_the_degree_is_refused_by_name() -> None:
    t = ag.Tensor(2.5, requires_grad=True)
    with pytest.raises(TypeError, match=r"eval_legendre.*by its degree has no closed form"):
        special.eval_legendre(t, 0.3)
    with pytest.raises(TypeError, match=r"eval_jacobi.*by its parameters has no closed form"):
        special.eval_jacobi(2, t, 1.0, 0.3)


def test_legendre_functions_are_those_of_the_polynomials() -> None:
    """P_2^1 = -3 x sqrt(1 - x**2), DLMF 14.6.1."""
    slope = lambda x: -3 * (1 - 2 * x * x) / np.sqrt(1 - x * x)
    found = ag.grad(lambda x: np.sum(special.lpmv(1, 2, x)))(INSIDE)
    np.testing.assert_allclose(found, slope(INSIDE), rtol=1e-13)
