"""The Struve functions and their integrals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from derivatives import assert_derivatives
from numeric import case, judged
from scipy import special

import autograd as ag

X = np.array([0.4, 0.97, 1.2, 3.1])
SIGNED = np.array([[-2.3, -0.5], [0.0, 1.7]])
INTEGRALS = [special.itstruve0, special.itmodstruve0, special.it2struve0]

CASES = [
    *(case(fn, np.array([[0], [1], [3]]), X) for fn in (special.struve, special.modstruve)),
    *(case(fn, v, X) for fn in (special.struve, special.modstruve) for v in (0, 2, 0.5, -0.3)),
    *(case(fn, 1, SIGNED.T) for fn in (special.struve, special.modstruve)),
    *(case(fn, np.array([[0], [2]]), np.array(1.5)) for fn in (special.struve, special.modstruve)),
    *(case(fn, x) for fn in INTEGRALS for x in (SIGNED, np.array(0.7), np.zeros((0, 2)))),
]  # fmt: skip

# Of float32, too, SciPy computes struve and modstruve in float64, and these are the integrands.
test_gradients, test_float32 = judged(CASES, [case for case in CASES if case.fn not in INTEGRALS])


def h(v: float) -> Callable[..., Any]:
    return lambda x: special.struve(v, x)


def l(v: float) -> Callable[..., Any]:  # noqa: E743  # its name in DLMF
    return lambda x: special.modstruve(v, x)


# By mpmath with 40 digits: the first derivatives, also beside x = 1, where the formula changes.
EXPECTED: list[tuple[Callable[..., Any], float, list[float]]] = [
    (h(0), 0.01, [0.63659855184997305, -0.0042440752276021862, -0.42439620517238497]),
    (h(0), 1.1, [0.39986009157696811, -0.39534263543970055, -0.23612685340088763]),
    (h(0), 60.0, [-0.092046301437992237, -0.045821907189518958, 0.09260759264842712]),
    (h(0.5), 0.01, [0.059840178484658668, 2.9917762103406709, -149.64698850250659]),
    (h(1), 0.9, [0.34212666891139082, 0.29467078673741587, -0.2714686704335052]),
    (h(-0.5), 0.9, [0.15679447916027586, -0.62969141988615185, 0.3329689945306043]),
    (h(7), 60.0, [22032.74985682399, 1834.3848598501368, 122.20154790347465]),
    (h(30), 0.01, [0.0, 0.0]),
    (l(0), 0.01, [0.63664099316813172, 0.0042441884044506087, 0.42443015822691199]),
    (l(0), 1.1, [0.91483251813960142, 0.54618109676471027, 0.64823213742128638]),
    (l(0), 60.0, [5.8447515883904678e24, 5.7966645291366271e24, 5.7497640550127444e24]),
    (l(1), 0.9, [0.42468169426638636, 0.5700724546741367, 0.34223267161825699]),
    (l(7), 12.0, [2693.2336135409187, 2983.533314028316, 3251.6420088111863]),
    (l(-0.5), 1.1, [0.80746793412376872, 0.49197375536710131, 0.81267544920501134]),
    (special.it2struve0, 0.01, [-0.63661269884284921, 0.0014146992876110957, 0.1414676652379995]),
    (special.it2struve0, 0.99, [-0.56995609822976978, 0.12939902924274421, 0.10982061104605181]),
    (special.it2struve0, 9.0, [-0.035541777568232076, 0.016384938072414205, 0.022659415558916856]),
]


@pytest.mark.parametrize(("f", "x", "expected"), EXPECTED)
def test_derivatives(f: Callable[..., Any], x: float, expected: list[float]) -> None:
    assert_derivatives(f, x, expected, 1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy, where it computes with NaN and infinity
def test_at_0() -> None:
    """By the power series, DLMF 11.2.1 and 11.2.2."""
    for f, sign in ((h, -1), (l, 1)):
        assert_derivatives(f(0), 0.0, [2 / np.pi, 0, sign * 4 / (3 * np.pi), 0], 1e-15)
        assert_derivatives(f(1), 0.0, [0, 4 / (3 * np.pi), 0, sign * 16 / (15 * np.pi)], 1e-15)
        assert_derivatives(f(2), 0.0, [0, 0, 4 / (5 * np.pi), 0], 1e-15)
        assert ag.grad(f(0.5))(0.0) == 0
        assert ag.grad(f(-0.5))(0.0) == np.inf
    assert_derivatives(special.it2struve0, 0.0, [-2 / np.pi, 0, 4 / (9 * np.pi)], 1e-15)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy, where it computes with NaN and infinity
def test_left_of_0_a_function_of_fractional_order_has_no_value_and_no_gradient() -> None:
    for f in (h, l):
        assert np.isnan(ag.grad(f(0.5))(-1.5))
        assert np.isnan(ag.grad(f(0.5))(-0.5))


@pytest.mark.parametrize("fn", [special.struve, special.modstruve])
def test_an_order_with_a_gradient_is_refused(fn: Any) -> None:
    with pytest.raises(TypeError, match=r"as its 'v', .* by its order has no closed form; pass t\.detach"):
        fn(ag.Tensor(2.0, requires_grad=True), X)


@pytest.mark.parametrize("fn", INTEGRALS)
def test_integrals_of_float32(fn: Any) -> None:
    found = ag.grad(lambda x: np.sum(fn(x)))(X.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ag.grad(lambda x: np.sum(fn(x)))(X), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, bool])
def test_orders_in_few_bits_do_not_wrap(dtype: Any) -> None:
    expected = ag.grad(lambda x: np.sum(special.struve(np.array([0.0, 1.0]), x)))(X[::2])
    found = ag.grad(lambda x: np.sum(special.struve(np.array([0, 1], dtype), x)))(X[::2])
    np.testing.assert_allclose(found, expected, rtol=1e-12)
