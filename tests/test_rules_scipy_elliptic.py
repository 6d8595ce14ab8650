"""Legendre's elliptic integrals and Jacobi's elliptic functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from derivatives import assert_derivatives
from numeric import case, judged
from scipy import special

import autograd as ag

M = np.array([-1.3, 0.0, 0.4, 0.9])
PHI = np.array([[0.3], [-1.2], [2.9]])
U = np.array([[0.4], [-1.1], [5.3]])
BETWEEN = np.array([0.0, 0.3, 0.8])  # 0 is SciPy's lowest m in ellipj

CASES = [
    case(special.ellipk, M),
    case(special.ellipkm1, np.array([[1.7], [0.3]])),
    case(special.ellipe, M),
    *(case(fn, x, m) for fn in (special.ellipkinc, special.ellipeinc) for x, m in ((PHI, M), (PHI, M[3]), (0.8, M))),
    case(special.ellipj, U, BETWEEN[1:], f=special.ellipj),
    case(special.ellipj, U[:, 0], 0.3, f=lambda u, m: special.ellipj(u, m)[2], label="dn alone"),
]

test_gradients, test_float32 = judged(CASES, CASES)


def sn(u: Any, m: Any) -> Any:
    return special.ellipj(u, m)[0]


def cn(u: Any, m: Any) -> Any:
    return special.ellipj(u, m)[1]


def dn(u: Any, m: Any) -> Any:
    return special.ellipj(u, m)[2]


# By mpmath with 60 digits: the first three derivatives by m, the amplitude or u in front of it.
EXPECTED: list[tuple[Any, tuple[float, ...], float, list[float]]] = [
    (special.ellipk, (), 0.0, [0.39269908169872415, 0.44178646691106467, 0.92038847273138474]),
    (special.ellipk, (), 0.5, [0.84721308479397909, 1.8540746773013719, 7.6249177631458118]),
    (special.ellipk, (), -100.0, [0.0013356872866192412, 1.7467161629522992e-5, 3.9767352278959904e-7]),
    (special.ellipk, (), 0.9990234375, [511.16104791777716, 524160.82740604813, 1073610894.4114386]),
    (special.ellipkm1, (), 1.0, [-0.39269908169872415, 0.44178646691106467]),
    (special.ellipkm1, (), 6.103515625e-5, [-8190.8153360692148, 134215681.21563041]),
    (special.ellipe, (), 0.0, [-0.39269908169872415, -0.14726215563702156, -0.18407769454627695]),
    (special.ellipe, (), 0.5, [-0.50343079625369642, -0.34378228854028267, -0.82272781168052391]),
    (special.ellipe, (), -100.0, [-0.049205208356027155, -0.00023934760534703957, -3.5028782720579786e-6]),
    (special.ellipe, (), 0.9990234375, [-1.9273048869282482, -254.86576386294687, -261953.92944144981]),
    (special.ellipkinc, (0.7,), 0.0, [0.051818783751442477, 0.019954460396442738, 0.015051086663437736]),
    (special.ellipeinc, (0.7,), 0.0, [-0.051818783751442477, -0.0066514867988142459, -0.0030102173326875473]),
    (special.ellipkinc, (0.7,), 0.6, [0.067306665505584495, 0.033421567794695516, 0.032963891440269196]),
    (special.ellipeinc, (0.7,), 0.6, [-0.056459675059718619, -0.0090391587048882299, -0.0052534097333590223]),
    (special.ellipkinc, (-2.1,), 0.0, [-0.63394697155169851, -0.77407511923586684, -1.6882683289471177]),
    (special.ellipeinc, (-2.1,), 0.0, [0.63394697155169851, 0.25802503974528895, 0.33765366578942354]),
    (special.ellipkinc, (-2.1,), 0.6, [-1.896332817960654, -5.5373388832690989, -29.238885130380178]),
    (special.ellipeinc, (-2.1,), 0.6, [0.90391924780416586, 0.82701130846374013, 2.5469207982315654]),
    (special.ellipkinc, (7.5,), 0.0, [1.7937140199803604, 1.9642890387808641, 4.0136119048003893]),
    (special.ellipeinc, (7.5,), 0.0, [-1.7937140199803604, -0.65476301292695471, -0.80272238096007786]),
    (special.ellipkinc, (7.5,), 0.6, [4.7834897093019957, 12.529572745580367, 62.808858228275613]),
    (special.ellipeinc, (7.5,), 0.6, [-2.4519851790805961, -1.9429204418511663, -5.5840095166890568]),
    (special.ellipkinc, (0.7,), 1.0, [0.083976820951195643, 0.052017387512308745]),
    (special.ellipeinc, (0.7,), 1.0, [-0.06056638567999595, -0.011705217635599846]),
    (sn, (0.7,), 0.0, [-0.039633191906875173, -0.0005434319183370641, 0.00033502678631714899]),
    (cn, (0.7,), 0.0, [0.033382577023824317, -0.0030530453663481792, 3.3093833932825257e-5]),
    (dn, (0.7,), 0.0, [-0.20750821427493977, 0.0080051474646150817, 0.00132129722479466]),
    (sn, (0.7,), 0.6, [-0.039899662166317584, -0.00034604575173705893, 0.00032259733825159955]),
    (cn, (0.7,), 0.6, [0.031558187963700936, -0.003025832866065504, 5.7277642389260312e-5]),
    (dn, (0.7,), 0.6, [-0.20247515715505657, 0.0087585409826637056, 0.0011896419894269183]),
    (sn, (-2.1,), 0.0, [-0.32004565911075164, 0.19460108914028334, 0.60691539098216712]),
    (cn, (-2.1,), 0.0, [0.54722896380211327, 0.46332392723719369, 0.098830248651448852]),
    (dn, (-2.1,), 0.0, [-0.37256520533517489, -0.69133765362586759, -0.57604828766618945]),
    (sn, (-2.1,), 0.6, [-0.076815706986404272, 0.62456327813188756, 0.66556380999633557]),
    (cn, (-2.1,), 0.6, [0.80311802373721891, 0.30640292013111187, -0.7166701711164418]),
    (dn, (-2.1,), 0.6, [-0.85018439036254898, -0.7950669811817937, 0.47664025549624942]),
    (sn, (9,), 0.0, [2.1355739900934144, -0.21336648576446313, -19.52322330982282]),
    (cn, (9,), 0.0, [0.96595355761587983, 5.9330816853099929, 8.5392653944006423]),
    (dn, (9,), 0.0, [-0.084920822938979964, -1.7674305820066176, -13.868506961281266]),
    (sn, (9,), 0.6, [-1.6175667426624338, -14.537161974677984, -119.15443808987224]),
    (cn, (9,), 0.6, [2.9707164225758751, 2.7718671238747136, 19.654943865970304]),
    (dn, (9,), 0.6, [0.63676564032903033, 11.632758518247103, 39.145455375425497]),
]


@pytest.mark.parametrize(("fn", "before", "m", "expected"), EXPECTED)
def test_derivatives_by_the_parameter(fn: Any, before: tuple[float, ...], m: float, expected: list[float]) -> None:
    """Also at m = 0, at the end of SciPy's ellipj, and after many half periods."""
    assert_derivatives(lambda m: fn(*before, m), m, expected, 1e-11)


def test_derivatives_by_the_argument_are_right_where_m_is_0_or_1() -> None:
    """Circular and hyperbolic functions, DLMF 22.5(ii)."""
    for u in (0.4, -1.3):
        for f, circular, hyperbolic in ((sn, np.sin, np.tanh), (cn, np.cos, lambda u: 1 / np.cosh(u))):
            for m, expected in ((0.0, circular), (1.0, hyperbolic)):
                found = ag.grad(lambda u, f=f, m=m: f(u, m))(u)
                np.testing.assert_allclose(found, ag.grad(expected)(u), rtol=1e-12)
    assert_derivatives(
        lambda phi: special.ellipkinc(phi, 1.0), 0.5, [1 / np.cos(0.5), np.tan(0.5) / np.cos(0.5)], 1e-14
    )
    assert_derivatives(lambda phi: special.ellipeinc(phi, 1.0), 0.5, [np.cos(0.5), -np.sin(0.5)], 1e-14)


def test_at_the_singularity_the_derivatives_are_infinite() -> None:
    assert ag.grad(special.ellipk)(1.0) == np.inf
    assert ag.grad(special.ellipe)(1.0) == -np.inf


def test_the_amplitude_inverts_the_integral() -> None:
    """F(am(u, m), m) = u, DLMF 22.16.10: its derivative by m is 0."""
    f = lambda m: np.sum(special.ellipkinc(special.ellipj(U, m)[3], m))
    np.testing.assert_allclose(ag.grad(f)(np.array([0.0, 0.3, 0.8])), 0, atol=1e-13)
