"""np.i0: every derivative for every x, by as much work for each."""

from typing import Any

import numpy as np
import pytest
from numeric import case, judged

import autograd as ag
from autograd.rules.bessel import i0_derivative

CASES = [
    *(case(np.i0, x, label=f"{x}") for x in map(np.array, ([0.0, 0.5, -1.5], [7.9, 8.1], [[12.0]], []))),
    case(np.i0, np.array([20.5, -21.5]), label="where its forms meet"),
    *(case(i0_derivative, np.array([0.0, 1.5, -3.0]), n=n) for n in (1, 2, 3)),
]


test_gradients, test_float32 = judged(CASES, CASES)


# By x, the first four derivatives: binomial means of Bessel functions, by mpmath with 40 digits.
EXPECTED = {
    1e-300: [5e-301, 0.5, 3.75e-301, 0.375],
    0.5: [0.25789430539089632, 0.54769475995953089, 0.19408200703541981, 0.4147799393105973],
    20.0: [42454973.38512777, 41435533.890297145, 40489334.124075732, 39607631.110198562],
    21.0: [112729199.13777553, 110145904.82035923, 107739777.81784408, 105490622.19283632],
    22.0: [299639606.87737898, 293073011.50957479, 286937196.45107058, 281185176.25509962],
    24.5: [3465402511.4814852, 3396938450.7486094, 3332525227.7965882, 3271764138.078128],
    30.0: [768532038938.957, 756054563192.67892, 744184144653.57765, 732871617989.91829],
    36.5: [464502067735164.43, 458273490525044.63, 452295289475506.74, 446550703320765.41],
    88.0: [6.9939388227902535e36, 6.9545431197905963e36, 6.9158130666282207e36, 6.8777299203098673e36],
    700.0: [1.5285003902339007e302, 1.5274097756858253e302, 1.5263214956571867e302, 1.5252355418193914e302],
    713.0: [6.7004245591864025e307, 6.6957307537703145e307, 6.6910468127013119e307, 6.6863727014284756e307],
}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_derivatives_of_i0(n: int, sign: int) -> None:
    x, expected = np.array(list(EXPECTED)), np.array([row[n - 1] for row in EXPECTED.values()])
    np.testing.assert_allclose(i0_derivative(sign * x, n), sign**n * expected, rtol=2e-15)
    small = (x > 1e-30) & (x < 88)
    found = i0_derivative((sign * x[small]).astype(np.float32), n)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, sign**n * expected[small], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_infinity_nan_and_nothing(n: int, dtype: Any) -> None:
    ends = np.array([np.inf, -np.inf, np.nan], dtype)
    assert i0_derivative(ends, n)[:2].tolist() == [np.inf, np.inf if n % 2 == 0 else -np.inf]
    assert np.isnan(i0_derivative(ends, n)[2])
    assert i0_derivative(np.ones((0, 3), dtype), n).shape == (0, 3)
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert i0_derivative(np.array([1e30], dtype), n).tolist() == [np.inf]


def test_i0_to_the_sixth_order() -> None:
    """At 0, by its power series."""
    f: Any = np.i0
    for order, value in enumerate([1, 0, 1 / 2, 0, 3 / 8, 0, 5 / 16]):
        assert float(f(np.array(0.0))) == pytest.approx(value, rel=1e-12, abs=1e-12), order
        f = ag.grad(f)


def test_compiled_for_some_values_it_holds_for_others() -> None:
    f = ag.compile(ag.grad(lambda x: np.sum(np.i0(x))))
    for x in (np.full(10, 700.0), np.zeros(10), np.array([1.0, np.nan] * 5)):
        np.testing.assert_array_equal(f(x), i0_derivative(x, 1))
