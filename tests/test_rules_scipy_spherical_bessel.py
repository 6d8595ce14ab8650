"""The spherical Bessel functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from derivatives import assert_derivatives
from numeric import case, has_complex, judged

import autograd as ag
from autograd.scipy.special import spherical_in, spherical_jn, spherical_kn, spherical_yn

Z = np.array([0.3 + 0.4j, -1.2 - 0.7j])
X, SIGNED = np.array([0.4, 1.7, 6.2]), np.array([[-2.3, -0.5], [0.6, 1.7]])
N = np.array([[0], [1], [4]])
ALL = [spherical_jn, spherical_yn, spherical_in, spherical_kn]

CASES = [
    *(case(fn, N, X, derivative=derivative) for fn in ALL for derivative in (False, True)),
    *(case(fn, 2, x) for fn in ALL for x in (SIGNED.T, Z, np.zeros((0, 2)))),
    *(case(fn, n, x, derivative=True) for fn in ALL for n in (0, 3) for x in (SIGNED, Z)),
    *(case(fn, N, np.array(1.5)) for fn in ALL),
    *(case(fn, N, np.array([-1.0, 0.0, 1.0])) for fn in (spherical_jn, spherical_in)),
]

test_gradients, test_float32 = judged(CASES, [case for case in CASES if not has_complex(case)])

# By mpmath with 40 digits: the first derivatives of that of an order.
EXPECTED: list[tuple[Any, int, float, list[float]]] = [
    (spherical_jn, 0, 0.01, [-0.0033333000001190475, -0.33332333339285697, 0.0019999761905687831]),
    (spherical_jn, 3, 40.0, [-0.015411698328240292, 0.019932729205985589, 0.014287449612464215]),
    (spherical_jn, 20, 2.5, [5.1214674305938618e-17, 3.8594234742366167e-16, 2.7513559047766113e-15]),
    (spherical_yn, 0, 0.01, [10000.499987500069, -2000000.002499972, 599999999.75000823]),
    (spherical_yn, 20, 40.0, [0.02293710259292599, 0.0024237371806273057, -0.016945084203653]),
    (spherical_in, 0, 0.01, [0.0033333666667857147, 0.33334333339285732, 0.0020000238096164022]),
    (spherical_in, 20, 2.5, [6.0094100476182569e-17, 4.6054244226797445e-16, 3.3482858229895156e-15]),
    (spherical_kn, 0, 0.01, [-15707.18308619062, 3141592.1339023439, -942477795.68736732]),
    (spherical_kn, 3, 40.0, [-1.9900377944972364e-19, 2.0486165237116448e-19, -2.1106069282955827e-19]),
]


@pytest.mark.parametrize(("fn", "n", "x", "expected"), EXPECTED)
def test_derivatives(fn: Any, n: int, x: float, expected: list[float]) -> None:
    assert_derivatives(lambda z: fn(n, z), x, expected, 1e-12)
    assert_derivatives(lambda z: fn(n, z, derivative=True), x, expected[1:], 1e-12)


def test_the_gradient_is_scipy_s_derivative() -> None:
    for fn in ALL:
        for z in (X, SIGNED):
            found = ag.grad(lambda z, fn=fn: np.sum(fn(3, z)))(z)
            np.testing.assert_allclose(found, fn(3, z, derivative=True), rtol=1e-12)


# By the power series, DLMF 10.53.
AT_0: list[tuple[Any, int, list[float]]] = [
    (spherical_jn, 0, [0, -1 / 3, 0, 1 / 5]), (spherical_jn, 1, [1 / 3, 0, -1 / 5, 0]),
    (spherical_jn, 2, [0, 2 / 15, 0, -4 / 35]), (spherical_in, 0, [0, 1 / 3, 0, 1 / 5]),
    (spherical_in, 1, [1 / 3, 0, 1 / 5, 0]), (spherical_in, 2, [0, 2 / 15, 0, 4 / 35]),
]  # fmt: skip


@pytest.mark.parametrize(("fn", "n", "expected"), AT_0)
def test_at_0(fn: Any, n: int, expected: list[float]) -> None:
    assert_derivatives(lambda z: fn(n, z), 0.0, expected, 1e-15)
    assert_derivatives(lambda z: fn(n, z, True), 0.0, expected[1:], 1e-15)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_at_0_and_infinity_the_slopes_are_one_sided_limits(n: int) -> None:
    slope: Callable[..., Any] = lambda fn, z: float(ag.grad(lambda z: fn(n, z))(z))
    assert slope(spherical_yn, 0.0) == np.inf
    assert slope(spherical_kn, 0.0) == -np.inf
    assert [slope(fn, np.inf) for fn in ALL] == [0, 0, np.inf, 0]
    assert all(np.isnan(slope(fn, np.nan)) for fn in ALL)


def test_an_order_below_0_has_neither_value_nor_gradient() -> None:
    for fn in ALL:
        assert np.isnan(ag.grad(lambda z, fn=fn: fn(-1, z))(1.5))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, bool])
def test_orders_in_few_bits_do_not_wrap(dtype: Any) -> None:
    for fn in ALL:
        expected = ag.grad(lambda z, fn=fn: np.sum(fn(np.array([0, 1]), z)))(X[:2])
        found = ag.grad(lambda z, fn=fn: np.sum(fn(np.array([0, 1], dtype), z)))(X[:2])
        np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_without_a_tensor_they_are_scipy_s() -> None:
    from scipy import special

    assert spherical_jn(1, 2.0) == special.spherical_jn(1, 2.0)
