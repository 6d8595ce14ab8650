"""The gamma function and its kin."""

from __future__ import annotations

import numpy as np
import pytest
from numeric import case, gradient, has_complex, judged
from scipy import special

import autograd as ag
from autograd.rules.scipy.gamma import multigammaln, polygamma, psi_derivative

X, Z = np.array([0.3, 1.5, -2.4]), np.array([0.4 + 0.3j, 3.0 - 2j, -2.3 + 0.1j])
A, B = np.array([0.4, 2.5]), np.array([[1.5], [0.7], [3.0]])

CASES = [
    *(case(fn, x) for fn in (special.gamma, special.loggamma, special.rgamma, special.psi) for x in (X[:2], Z)),
    *(case(fn, X, label="negative") for fn in (special.gamma, special.gammaln, special.rgamma, special.psi)),
    case(special.rgamma, np.array([0.0, -1.0, -3.0]), label="poles"),
    case(special.psi, np.array(2.5)), case(special.gammaln, X[:0]),
    *(case(fn, n, X) for fn in (polygamma, psi_derivative) for n in (1, 3)),
    case(polygamma, np.array([[0], [1]]), X), case(psi_derivative, 2, Z),
    *(case(multigammaln, A + 2, d=d) for d in (1, 3)),
    *(case(fn, A, B) for fn in (special.beta, special.betaln, special.binom, special.poch)),
    *(case(fn, 2, A) for fn in (special.beta, special.betaln, special.binom, special.poch)),
    *(case(fn, A, 2) for fn in (special.binom, special.poch)),
    case(special.beta, np.array([-0.5, 0.25]), np.array([-0.5, -2.25]), label="poles"),
    case(special.binom, np.array([3.0, 0.5, 3.5, 300.0]), np.array([5.0, -2.0, 4.5, 301.0]), label="poles"),
    case(special.poch, np.array([-2.0, 0.0, -3.0]), np.array([0.5, 1.7, 4.2]), label="poles"),
]  # fmt: skip
# Of the two SciPy makes float64.
IN_FLOAT32 = [case for case in CASES if not has_complex(case) and case.fn not in (polygamma, multigammaln)]

test_gradients, test_float32 = judged(CASES, IN_FLOAT32)


# By mpmath 1.3 with 60 digits: the first two derivatives of psi.
PSI = {
    0.5 + 0.3j: [2.2590340759053342 - 2.8289967861156957j, -0.17725989989006735 + 10.451822205943449j],
    -3.3 + 0.1j: [11.56966409940692 + 5.491804426215228j, 31.349744163845788 + 54.65640568978419j],
    20 - 5j: [0.04811099499525286 + 0.01233108596881035j, -0.002162339789629577 - 0.0011860947544093446j],
    0.01j: [-9998.355390579261 - 0.02403699095710073j, -2.4028697954616964 - 1999999.9350809485j],
    -2 + 8j: [-0.0356995211502631 - 0.11396605282969342j, 0.011719681882578699 - 0.008153103302481382j],
}


def test_complex_derivatives_of_psi() -> None:
    z, expected = np.array(list(PSI)), np.array(list(PSI.values())).T
    for n in (1, 2):
        np.testing.assert_allclose(psi_derivative(n, z), expected[n - 1], rtol=1e-13)
    assert psi_derivative(1, z.astype(np.complex64)).dtype == np.complex64


def test_the_slope_of_1_over_gamma_where_gamma_is_infinite() -> None:
    """(-1)**n n!"""
    assert gradient(special.rgamma, [0.0, -1.0, -2.0, -5.0]) == pytest.approx([1, -1, 2, -120], rel=1e-13)


def test_where_a_pochhammer_symbol_is_a_polynomial() -> None:
    """z (z + 1) at z = -2: gamma is infinite above and below."""
    slope = ag.grad(lambda z: special.poch(z, 2.0))
    assert float(slope(-2.0)) == pytest.approx(-3)
    assert float(ag.grad(slope)(-2.0)) == pytest.approx(2)
