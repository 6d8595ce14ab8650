"""The zeta functions of Riemann and Hurwitz."""

from __future__ import annotations

import numpy as np
import pytest
from numeric import case, has_complex, judged
from scipy import special

import autograd as ag
from autograd.rules.scipy.zeta import hurwitz, riemann, zeta_derivative

S, Z, Q = np.array([1.3, 2.0, 7.5]), np.array([0.7 + 4j, -1.5 - 0.3j]), np.array([[0.4], [3.0]])

CASES = [
    case(riemann, S, f=special.zeta), case(riemann, np.array([-0.3, -2.0, -4.5, 0.2]), f=special.zeta, label="left"),
    case(riemann, Z, f=special.zeta), case(special.zetac, S),
    case(hurwitz, S, Q, f=special.zeta), case(hurwitz, 2, Q, f=special.zeta), case(hurwitz, S, 2, f=special.zeta),
    case(hurwitz, S[:0], Q, f=special.zeta),
    *(case(zeta_derivative, S, Q, n=n) for n in (1, 2)),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [case for case in CASES if not has_complex(case)])

# By mpmath 1.3 with 60 digits: the first two derivatives in s, and that of Riemann's function.
HURWITZ = {
    (0.5, 1.0): [-3.9226461392091516, -16.008357013928663],
    (1.0001, 0.3): [-99999996.0199474, 2000000000005.4893],
    (3.0, 0.001): [6907755278.783138, 47717082994.54527],
    (30.0, 2.5): [-1.0564710072826e-12, 9.680546955492204e-13],
    (2.0, 10000.0): [-0.0010210800903512015, 0.01052552921561285],
    (0.0, 1.0): [-0.9189385332046728, -2.006356455908585],
}
RIEMANN = {
    -0.5: -0.3608543395999476, -2.0: -0.03044845705839327, -20.5: 300.57792297065504,
    0.5 + 14j: 0.7482336961200863 + 0.20443653378499743j, -3 + 2j: 0.05647119639630265 - 0.0011283950581937642j,
    2 + 30j: 0.19151235113741866 + 0.17478906329931015j,
}  # fmt: skip


def test_derivatives_of_hurwitz_function() -> None:
    s, q = np.array(list(HURWITZ)).T
    for n in (1, 2):
        expected = [row[n - 1] for row in HURWITZ.values()]
        np.testing.assert_allclose(zeta_derivative(s, q, n), expected, rtol=1e-12)
    assert np.isnan(zeta_derivative(np.array([np.nan, 2.0]), np.array([1.0, -0.5]), 1)).all()


@pytest.mark.parametrize("s", RIEMANN)
def test_the_derivative_of_riemanns_function(s: complex) -> None:
    found = ag.vjp(special.zeta, np.array(s))[1](np.array(1 + 0j if isinstance(s, complex) else 1.0))
    expected = np.conjugate(RIEMANN[s])  # gradients are
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_pole() -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        assert not np.isfinite(ag.grad(special.zeta)(1.0))
