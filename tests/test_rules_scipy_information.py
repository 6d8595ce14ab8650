"""Functions of information theory and of robust statistics, and x log y."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numeric import case, gradient, has_complex, judged, rotated
from scipy import special

X, Y, R = np.array([0.3, 1.0, 2.5]), np.array([[0.8], [1.7]]), np.array([-3.0, 0.4, 1.9])

CASES = [
    *(case(fn, X, Y) for fn in (special.xlogy, special.xlog1py, special.rel_entr, special.kl_div)),
    *(case(fn, rotated(2), rotated(2)) for fn in (special.xlogy, special.xlog1py)),
    *(case(fn, X, 2) for fn in (special.xlogy, special.kl_div)),
    *(case(fn, 0.5, X) for fn in (special.xlogy, special.rel_entr)),
    *(case(special.entr, x) for x in (X, np.array(0.7), X[:0])),
    *(case(fn, delta, R) for fn in (special.huber, special.pseudo_huber) for delta in (Y, 2)),
    case(special.pseudo_huber, np.array([1e-3, 1e3]), R[:2], label="steep and flat"),
]

test_gradients, test_float32 = judged(CASES, [case for case in CASES if not has_complex(case)])


@pytest.mark.parametrize(("fn", "expected"), [(special.xlogy, 0), (special.rel_entr, 1), (special.kl_div, 0)])
def test_where_both_are_0(fn: Any, expected: float) -> None:
    zero = np.zeros(1)
    assert gradient(lambda x: fn(x, zero), zero) == [expected]
    assert gradient(lambda y: fn(zero, y), zero) == [fn is special.kl_div]
    assert gradient(lambda y: special.xlog1py(zero, y), [-1.0]) == [0]


def test_where_a_probability_is_0() -> None:
    """A divergence of distributions of which one leaves something out."""
    p = np.array([0.5, 0.5, 0.0])
    assert gradient(lambda q: special.rel_entr(p, q), [0.25, 0.5, 0.25]) == [-2, -1, 0]


def test_at_the_bend() -> None:
    assert gradient(lambda r: special.huber(1.0, r), [-2.0, -1.0, 0.0, 1.0, 3.0]) == [-1, -1, 0, 1, 1]
    assert gradient(lambda delta: special.huber(delta, 2.0), [1.0, 2.0, 3.0]) == [1, 0, 0]
