"""The Kelvin functions of order 0 and their derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from derivatives import assert_derivatives
from numeric import case, judged
from scipy import special

import autograd as ag

X, POSITIVE = np.array([[-2.3, 0.0], [0.4, 1.7]]), np.array([0.6, 1.2, 2.5])
ENTIRE = [special.ber, special.bei, special.berp, special.beip]
OF_POSITIVE = [special.ker, special.kei, special.kerp, special.keip]

CASES = [
    *(case(fn, X) for fn in ENTIRE),
    *(case(fn, np.array(1.3)) for fn in (*ENTIRE, *OF_POSITIVE)),
    *(case(fn, POSITIVE[::-1]) for fn in OF_POSITIVE),
    *(case(special.kelvin, x) for x in (POSITIVE, np.zeros((0, 2)))),
    case(special.kelvin, X, f=lambda x: special.kelvin(x)[::2], label="of J alone"),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [case for case in CASES if case.fn is not special.kelvin])

# By mpmath with 40 digits: the first derivatives. SciPy's own berp and its kin have nine digits at 10.5.
EXPECTED: list[tuple[Any, float, list[float]]] = [
    (special.ber, -2.0, [0.49306712470943914, -0.72575806495194162, 0.67740136208542523]),
    (special.ber, 10.5, [1.9344188906856319, -140.50798253677962, -187.90434410952778]),
    (special.bei, 0.3, [0.14999367188834839, 0.49989453165045145, -0.0014062393212983585]),
    (special.bei, 10.5, [201.30360248165363, 134.59681030108104, -9.0584419318059535]),
    (special.berp, 100.0, [-1.8986008924642349e29, -1.8409885421291342e29]),
    (special.beip, 10.5, [134.59681030108104, -9.0584419318059535]),
    (special.ker, 0.3, [-3.2198652535539374, 11.46598609080799, -74.270526329802081]),
    (special.ker, 10.5, [-0.00016942836405150051, 0.00024465402127023575, -0.00018991351430379041]),
    (special.kei, 0.3, [0.27429209873169769, 0.42291164175765128, -1.5818807401716897]),
    (special.kei, 100.0, [0.0, 0.0, 0.0]),
    (special.kerp, 10.5, [0.00024465402127023575, -0.00018991351430379041]),
    (special.keip, 10.5, [-5.5340386735803233e-06, -0.00016740402144658942]),
]


@pytest.mark.parametrize(("fn", "x", "expected"), EXPECTED)
def test_derivatives(fn: Any, x: float, expected: list[float]) -> None:
    assert_derivatives(fn, x, expected, 3e-13)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy, where it computes with NaN and infinity
def test_at_0() -> None:
    """By the power series (DLMF 10.65.1, 10.65.3): ber x = 1 - x**4 / 64 + ..., bei x = x**2 / 4 - ..."""
    for fn, expected in ((special.ber, [0, 0, 0, -3 / 8]), (special.bei, [0, 1 / 2, 0, 0])):
        f: Any = fn
        for value in expected:
            f = ag.grad(f)
            assert float(f(0.0)) == pytest.approx(value, abs=1e-15)
    assert [ag.grad(fn)(0.0) for fn in OF_POSITIVE] == [-np.inf, 0, np.inf, np.inf]
    assert ag.grad(lambda x: np.real(special.kelvin(x)[1]))(0.0) == -np.inf


@pytest.mark.parametrize("fn", OF_POSITIVE)
def test_left_of_0_where_scipy_has_no_value_there_is_no_gradient(fn: Any) -> None:
    assert np.isnan(fn(-1.0))
    assert np.isnan(ag.grad(fn)(-1.0))
    assert np.isnan(ag.grad(ag.grad(fn))(-1.0))
    assert np.isnan(ag.grad(ag.grad(fn))(0.0))


def test_kelvin_of_float32() -> None:
    x = POSITIVE.astype(np.float32)
    for k in range(4):
        f = lambda x, k=k: np.sum(np.real(special.kelvin(x)[k]))
        found = ag.grad(f)(x)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, ag.grad(f)(POSITIVE), rtol=1e-5)
