"""Polynomials, their values and coefficients, against differences."""

from typing import Any

import numpy as np
import pytest
from numeric import (
    assert_same_values,
    case,
    gradients,
    has_complex,
    judged,
    normal,
    reversed_columns,
    rotated,
)  # fmt: skip

import autograd as ag

MIXED = [(rotated, rotated), (rotated, normal), (normal, rotated)]
POLYNOMIALS = [np.polyadd, np.polysub, np.polymul]

CASES = [
    *(case(np.polyval, normal(n), normal(*shape)) for n, shape in
      [(3, ()), (3, (2,)), (4, (2, 2)), (1, (2,)), (2, (0,)), (3, (1,))]),
    case(np.polyval, normal(3, 2), normal(2)),
    case(np.polyval, normal(3), reversed_columns(normal(2, 2))),
    *(case(np.polyval, f(3), g(2), label=f"{f.__name__} {g.__name__}") for f, g in MIXED),
    case(np.polyval, normal(3), np.array([1, 2]), label="integers"),
    case(np.polyval, normal(3), f=lambda p: np.polyval(p, 2.0) * np.polyval(p, [1.0, 2.0]), label="at lists, numbers"),
    case(np.polyval, normal(3), f=lambda x: np.polyval([1, 0, 2], x), label="list"),
    case(np.polyval, normal(3), f=lambda x: np.polyval(x, x), label="at its coefficients"),
    *(case(np.vander, normal(3), N=n, increasing=up) for n in (None, 0, 1, 2, 5) for up in (False, True)),
    *(case(np.vander, x) for x in (normal(4), normal(0), normal(1), normal(6)[::-2])),
    case(np.vander, np.array([0.0, 1.0, -2.0]), label="zero"),
    case(np.vander, rotated(3), N=4),
    *(case(fn, normal(*a), normal(*b)) for fn in POLYNOMIALS for a, b in
      [((3,), (3,)), ((2,), (4,)), ((4,), (1,)), ((), (3,))]),
    *(case(fn, normal(2), rotated(3)) for fn in POLYNOMIALS),
    *(case(fn, normal(2), f=lambda x, fn=fn: fn(fn(x, 2.0), [1, 2, 3]), label="number, list") for fn in POLYNOMIALS),
    case(np.polymul, normal(2), f=lambda x: np.polymul([0.0, 0.0, 1.0, 2.0], x), label="zeros at the front"),
    case(np.polymul, normal(2), f=lambda x: np.polymul([0.0, 0.0], x), label="zero"),
    *(case(fn, normal(4), m=m) for fn in (np.polyder, np.polyint) for m in (0, 1, 2, 5)),
    *(case(fn, x) for fn in (np.polyder, np.polyint) for x in (normal(1), rotated(3))),
    *(case(np.polyint, normal(2), m=2, k=k) for k in (3.0, [1.0, 2.0])),
    case(np.polyint, normal(2), normal(2), f=lambda p, k: np.polyint(p * k, 2, k), label="constants"),
    case(np.polyint, normal(2), normal(), f=lambda p, k: np.polyint(p * k, 3, k), label="one constant"),
]  # fmt: skip


test_gradients, test_float32 = judged(
    CASES, [c for c in CASES if not has_complex(c) and "list" not in c.label and "number" not in c.label]
)


# -- conventions -----------------------------------------------------------------------------------------------------


def test_polymul_has_no_gradient_for_the_zeros_that_it_drops() -> None:
    _, (ga, gb) = gradients(np.polymul, [np.array([0.0, 2.0]), np.array([3.0, 4.0])], [1.0])
    assert (ga.data.tolist(), gb.data.tolist()) == ([0.0, 7.0], [2.0, 2.0])


# -- the same values and dtypes as NumPy -----------------------------------------------------------------------------

SINGLE = normal(3).astype(np.float32)

VALUES: dict[str, tuple[Any, Any]] = {
    "polyval, float32 and float64": (lambda x: np.polyval(np.array([1.0, 1 / 3]), x), SINGLE),
    "polyval, of integers": (lambda p: np.polyval(p, [1, 2]), SINGLE),
    "polyder, float32": (np.polyder, SINGLE),
    "polyint, float32": (np.polyint, SINGLE),
    "polyadd, float32 and integers": (lambda x: np.polyadd(x, [1, 2]), SINGLE),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_and_dtypes(name: str) -> None:
    f, x = VALUES[name]
    assert_same_values(f, [x], [f(x)])


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: np.polyval(t, np.poly1d([1, 2])), TypeError, "poly1d"),
    (lambda t: np.polyder(t, -1), ValueError, "m=-1"),
    (lambda t: np.polyint(t, -1), ValueError, "m=-1"),
    (lambda t: np.polyint(t, 3, [1, 2]), ValueError, "2 constants to integrate 3 times"),
    (lambda t: np.vander(t, -1), ValueError, "negative"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(3), requires_grad=True))
