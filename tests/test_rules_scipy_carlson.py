"""Carlson's elliptic integrals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from derivatives import assert_derivatives
from numeric import between, case, has_complex, judged, rotated
from scipy import special

import autograd as ag
from autograd.rules.scipy.carlson import carlson_integral

A, B, C, P = (between(0.3, 3, 2, 3), between(0.3, 3, 3), between(0.3, 3, 2, 1), between(0.3, 3, 2, 3))
EQUAL = np.array([0.7, 2.0])
OF_THREE = [special.elliprf, special.elliprd, special.elliprg]

CASES = [
    *(case(fn, A, B, C) for fn in OF_THREE),
    *(case(fn, *[EQUAL] * 3, label="equal") for fn in OF_THREE),
    *(case(fn, 0.0, B, A, label="0") for fn in OF_THREE),
    *(case(fn, *(rotated(2) for _ in range(3))) for fn in OF_THREE),
    case(special.elliprc, A, B),
    case(special.elliprc, EQUAL, EQUAL, label="equal"),
    case(special.elliprc, EQUAL, np.array([-0.4, -3.0]), label="principal value"),
    case(special.elliprc, rotated(2), rotated(2)),
    case(special.elliprj, A, B, C, P),
    case(special.elliprj, *[EQUAL] * 4, label="equal"),
    case(special.elliprj, 0.0, EQUAL, EQUAL, EQUAL, label="0"),
    case(special.elliprj, EQUAL, EQUAL[::-1], 1.0, np.array([-0.4, -3.0]), label="principal value"),
    case(special.elliprj, rotated(2), rotated(2), rotated(2), rotated(2)),
    case(carlson_integral, A, B, C, P, powers=(0.5, 1.5, 0.5, 1.0)),
    case(carlson_integral, EQUAL, 0.0, 1.0, EQUAL, powers=(0.5, 0.5, 1.5, 2.0)),
    case(carlson_integral, rotated(2), rotated(2), rotated(2), 1.0, powers=(0.5, 1.5, 0.5, 0.0)),
    case(carlson_integral, np.zeros((0, 2)), 1.0, 2.0, 3.0, powers=(0.5, 1.5, 0.5, 1.0)),
    case(special.agm, A, B),
    case(special.agm, -A[0], -A[0], label="equal and negative"),
]

test_gradients, test_float32 = judged(CASES, [case for case in CASES if not has_complex(case)])

# By mpmath with 60 digits: the first two derivatives by the argument of that number.
EXPECTED: list[tuple[Any, tuple[float, ...], int, list[float]]] = [
    (special.elliprf, (1, 1, 1), 0, [-0.16666666666666667, 0.15]),
    (special.elliprf, (1, 1, 1), 1, [-0.16666666666666667, 0.15]),
    (special.elliprf, (1, 1, 1), 2, [-0.16666666666666667, 0.15]),
    (special.elliprf, (0, 1, 2.5), 1, [-0.27332669194777437, 0.29661138205580252]),
    (special.elliprf, (0, 1, 2.5), 2, [-0.13727230490874353, 0.064222798006708669]),
    (special.elliprd, (1, 1, 1), 0, [-0.3, 0.32142857142857143]),
    (special.elliprd, (1, 1, 1), 1, [-0.3, 0.32142857142857143]),
    (special.elliprd, (1, 1, 1), 2, [-0.9, 1.6071428571428571]),
    (special.elliprd, (0.001, 2.5, 2.5), 0, [-7.2436161781088283, 3789.0051780951844]),
    (special.elliprd, (0.001, 2.5, 2.5), 1, [-0.086462551573820532, 0.042944875081566728]),
    (special.elliprd, (0.001, 2.5, 2.5), 2, [-0.25938765472146159, 0.21472437540783364]),
    (special.elliprd, (0, 1, 1), 1, [-0.88357293382212935, 1.1044661672776617]),
    (special.elliprd, (0, 1, 1), 2, [-2.650718801466388, 5.5223308363883084]),
    (special.elliprg, (1, 1, 1), 0, [0.16666666666666667, -0.05]),
    (special.elliprg, (1, 1, 1), 1, [0.16666666666666667, -0.05]),
    (special.elliprg, (1, 1, 1), 2, [0.16666666666666667, -0.05]),
    (special.elliprg, (0, 1, 2.5), 1, [0.17159038113592941, -0.05668932793292952]),
    (special.elliprg, (0, 1, 2.5), 2, [0.13666334597388719, -0.022675731173171808]),
    (special.elliprj, (1, 1, 1, 1), 0, [-0.3, 0.32142857142857143]),
    (special.elliprj, (1, 1, 1, 1), 1, [-0.3, 0.32142857142857143]),
    (special.elliprj, (1, 1, 1, 1), 2, [-0.3, 0.32142857142857143]),
    (special.elliprj, (1, 1, 1, 1), 3, [-0.6, 0.85714285714285714]),
    (special.elliprj, (0, 1, 2.5, 0.001), 1, [-45.149370271861204, 66.901122384008408]),
    (special.elliprj, (0, 1, 2.5, 0.001), 2, [-18.212238520490771, 10.854617601727103]),
    (special.elliprj, (0, 1, 2.5, 0.001), 3, [-47092.636359209868, 70669376.445724533]),
    (special.elliprc, (1, 1), 0, [-0.16666666666666667, 0.15]),
    (special.elliprc, (1, 1), 1, [-0.33333333333333333, 0.4]),
    (special.elliprc, (0.001, 2.5), 0, [-6.1308066243553555, 3159.8631214423431]),
    (special.elliprc, (0.001, 2.5), 1, [-0.19374869598140314, 0.11528340209842738]),
    (special.agm, (1, 1), 0, [0.5, -0.125]),
    (special.agm, (2.5, 0.25), 0, [0.31130282002970622, -0.021945033717051548]),
]


@pytest.mark.parametrize(("fn", "arguments", "k", "expected"), EXPECTED)
def test_derivatives(fn: Any, arguments: tuple[float, ...], k: int, expected: list[float]) -> None:
    f = lambda t: fn(*arguments[:k], t, *arguments[k + 1 :])
    assert_derivatives(f, arguments[k], expected, 1e-13)


def test_an_integral_of_numbers_of_every_size() -> None:
    """R_D(a, a, a) = a**(-3/2), and of the degree -3/2 (DLMF 19.20.18, 19.16.9)."""
    powers = (0.5, 0.5, 1.5, 0.0)
    for a in (1e-200, 3e-5, 1.0, 7e30, 1e150):
        np.testing.assert_allclose(1.5 * carlson_integral(a, a, a, 1.0, powers), a**-1.5, rtol=1e-13)
    many = between(0.1, 10, 3, 700)  # in several parts
    x = np.stack([many[0], many[1] * 1e9, many[2] * 1e-9])
    np.testing.assert_allclose(1.5 * carlson_integral(*x, 1.0, powers), special.elliprd(*x), rtol=1e-13)


def test_an_integral_near_the_cut_and_off_its_ends() -> None:
    powers = (0.5, 0.5, 1.5, 0.0)
    near = np.array([-1 + 0.2j, -2 - 0.3j, 3j])
    np.testing.assert_allclose(1.5 * carlson_integral(*near, 1.0, powers), special.elliprd(*near), rtol=1e-12)
    with np.errstate(all="ignore"):
        assert carlson_integral(0.0, 0.0, 1.0, 1.0, powers) == np.inf
        assert np.isnan(carlson_integral(np.nan, np.ones(2), 1.0, 1.0, powers)).all()
        assert carlson_integral(np.array([np.nan, 1.0]), 1.0, 1.0, 1.0, powers)[1] == pytest.approx(2 / 3, rel=1e-15)


def test_derivatives_that_are_infinite() -> None:
    with np.errstate(all="ignore"):
        assert ag.grad(lambda a: special.elliprf(a, 1.0, 2.0))(0.0) == -np.inf
        assert ag.grad(lambda a: special.elliprd(a, 1.0, 2.0))(0.0) == -np.inf
        assert ag.grad(lambda a: special.elliprj(a, 1.0, 2.0, 3.0))(0.0) == -np.inf


def test_compiled_for_some_values_it_holds_for_others() -> None:
    f = ag.compile(ag.grad(lambda x: np.sum(special.elliprd(x, 1.0, 2.0))))
    for x in (np.ones(4), np.array([1e-9, 1e9, 0.3, 2.0]), np.full(4, 5.0)):
        np.testing.assert_array_equal(f(x), ag.grad(lambda x: np.sum(special.elliprd(x, 1.0, 2.0)))(x))
