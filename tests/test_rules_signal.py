"""Convolution, correlation and interpolation, against differences."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
    assert_same_values,
    between,
    case,
    check,
    has_complex,
    judged,
    normal,
    rotated,
)  # fmt: skip

import autograd as ag

MODES = ("full", "same", "valid")
LENGTHS = [(5, 3), (3, 5), (4, 2), (2, 4), (3, 3), (1, 4), (4, 1), (1, 1), (5, 4), (4, 5)]
MIXED = [(rotated, rotated), (rotated, normal), (normal, rotated)]

KNOTS = np.array([-1.0, 0.5, 1.0, 3.0])
HEIGHTS = normal(4)
INSIDE = np.array([-0.7, 2.5, 0.75, 1.5, 0.7, -0.2])
OUTSIDE = np.array([-2.0, 0.75, 4.0, 2.0, -1.5])
TURNS = np.array([0.3, 3.0, 1.4, 2.2])
EDGES = {"left": np.array(0.5), "right": np.array(-2.0)}


def interp_edges(x: Any, xp: Any, fp: Any, left: Any, right: Any) -> Any:
    """NumPy does not ask Tensors that are edges alone."""
    return np.interp(x, xp, fp * left * right, left=left, right=right)


CASES = [
    # Convolution
    *(case(fn, normal(a), normal(v), mode=mode) for fn in (np.convolve, np.correlate) for a, v in LENGTHS
      for mode in MODES),
    *(case(fn, normal(3), normal(2)) for fn in (np.convolve, np.correlate)),
    *(case(fn, normal(3), normal(2), mode=mode) for fn in (np.convolve, np.correlate) for mode in (0, 1, 2)),
    *(case(fn, f(a), g(v), mode=mode, label=f"{f.__name__} {g.__name__}") for fn in (np.convolve, np.correlate)
      for a, v in ((4, 2), (2, 4)) for f, g in MIXED for mode in ("full", "same")),
    *(case(fn, normal(5)[::-2], normal(3)[::-1], label="strided") for fn in (np.convolve, np.correlate)),
    *(case(fn, normal(3), label="with itself, lists",
           f=lambda x, fn=fn: fn(x, x, "same") * fn(x, [1, 0, 2], "same") * fn([1.0, 2.0, 3.0], x, "same"))
      for fn in (np.convolve, np.correlate)),
    case(np.convolve, normal(), normal(3)),
    case(np.convolve, normal(3), normal()),
    case(np.convolve, normal(3), f=lambda x: np.convolve(x, 2.0), label="by a number"),
    # Interpolation
    *(case(np.interp, x, KNOTS, HEIGHTS) for x in
      (INSIDE, OUTSIDE, INSIDE.reshape(2, 3), np.array(0.7), normal(0), INSIDE[::-2])),
    case(np.interp, np.array(5.0), KNOTS, HEIGHTS, label="outside"),
    case(np.interp, INSIDE, KNOTS, rotated(4)),
    case(np.interp, OUTSIDE, KNOTS, HEIGHTS, left=0.5),
    case(np.interp, OUTSIDE, KNOTS, HEIGHTS, right=np.float64(0.5)),
    case(np.interp, OUTSIDE, KNOTS, HEIGHTS, *EDGES.values(), f=interp_edges, label="edges"),
    case(np.interp, OUTSIDE, KNOTS, rotated(4), 0.5 + 1j, 2 - 0.5j, f=interp_edges, label="edges"),
    case(np.interp, np.array([-0.7, 0.2, 1.4]), np.array([0.5]), normal(1), label="one knot"),
    case(np.interp, np.array([-0.7, 0.2]), np.array([-1.0, 1.0]), normal(2)),
    *(case(np.interp, OUTSIDE, TURNS, HEIGHTS, period=period) for period in (3.5, -3.5)),
    case(np.interp, OUTSIDE * 3.1, TURNS * 4, rotated(4), period=3.5),
    case(np.interp, OUTSIDE, TURNS, HEIGHTS, *EDGES.values(), label="edges that are not there",
         f=lambda x, xp, fp, left, right: np.interp(x, xp, fp * left * right, left, right, 3.5)),
    case(np.interp, KNOTS, HEIGHTS, label="lists",
         f=lambda xp, fp: np.interp(0.7, xp, fp) + np.interp([0.1, 9], xp, fp)),
    case(np.interp, INSIDE, f=lambda x: np.interp(x, [-1, 1, 3], [2, 5, 1]), label="in lists"),
    # Angles
]  # fmt: skip


test_gradients, test_float32 = judged(
    CASES, [c for c in CASES if not has_complex(c) and "list" not in c.label and "number" not in c.label]
)


# -- conventions -----------------------------------------------------------------------------------------------------


def gradients_of(f: Any, *xs: Any) -> list[Any]:
    leaves = [ag.Tensor(np.asarray(x, float), requires_grad=True) for x in xs]
    f(*leaves).sum().backward()
    return [None if leaf.grad is None else leaf.grad.data.tolist() for leaf in leaves]


def test_interp_at_a_knot_has_the_slope_to_its_right() -> None:
    x, xp, fp = [0.0, 1.0, 3.0], [0.0, 1.0, 3.0], [0.0, 2.0, 3.0]
    gx, _, gfp = gradients_of(np.interp, x, xp, fp)
    assert gx == [2.0, 0.5, 0.5]
    assert gfp == [1.0, 1.0, 1.0]


def test_interp_of_nan_has_gradient_nan() -> None:
    x = ag.grad(lambda x: np.sum(np.interp(x, [0.0, 1.0], [0.0, 2.0])))(np.array([np.nan, 0.5, np.inf]))
    np.testing.assert_array_equal(x, [np.nan, 2.0, 0.0])


def test_interp_at_a_jump() -> None:
    """Where two knots coincide, NumPy takes the value of the second."""
    xp, fp = [0.0, 1.0, 1.0, 2.0, 2.0], [0.0, 1.0, 5.0, 6.0, 9.0]
    gx, gxp, gfp = gradients_of(np.interp, [1.0, 2.0, 2.5], xp, fp)
    assert gx == [1.0, 0.0, 0.0]
    assert gxp == [0.0, 0.0, -1.0, 0.0, 0.0]
    assert gfp == [0.0, 0.0, 1.0, 0.0, 2.0]


def test_interp_outside_of_all_knots_is_constant() -> None:
    x, xp, fp = [-1.0, 5.0], [0.0, 1.0], [3.0, 4.0]
    assert gradients_of(np.interp, x, xp, fp) == [[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]
    gx, _, gfp = gradients_of(lambda *xs: np.interp(*xs, left=0.0), x, xp, fp)
    assert (gx, gfp) == ([0.0, 0.0], [0.0, 1.0])


# -- the same values and dtypes as NumPy -----------------------------------------------------------------------------


def test_interp_of_float32_has_the_dtype_of_numpy() -> None:
    x = normal(3).astype(np.float32)
    assert_same_values(np.interp, [x, [0.0, 1.0], [1.0, 2.0]], [np.interp(x, [0.0, 1.0], [1.0, 2.0])])


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: np.convolve(t, t, "most"), ValueError, "most"),
    (lambda t: np.convolve(t, []), ValueError, "empty"),
    (lambda t: np.interp(t, [0, 1], [1, 2], period=t.sum()), TypeError, "'period'"),
    (lambda t: np.interp(t, [0, 1], [1, 2], period=0), ValueError, "period"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(3), requires_grad=True))


# -- properties ------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([np.convolve, np.correlate]), st.integers(1, 9), st.integers(1, 9), st.sampled_from(MODES))
def test_convolutions_of_any_lengths(fn: Any, a: int, v: int, mode: str) -> None:
    check(lambda a, v: fn(a, v, mode), normal(a), normal(v))


@settings(max_examples=25, deadline=None)
@given(st.data(), st.integers(1, 5), st.sampled_from([None, 0.5]), st.sampled_from([None, 3.25]))
def test_interp_of_any_numbers(data: Any, n: int, left: Any, period: Any) -> None:
    """x between the knots and outside of them; all are moved by less than they are apart."""
    places = data.draw(st.permutations(range(12)))
    xp = np.sort(np.array(places[:n])) * 0.25 + 0.1
    x = np.array(places[n : n + 4]) * 0.25 + 0.22 - (0 if period else 1.0)
    check(lambda *xs: np.interp(*xs, left=left, period=period), x, xp, between(-1, 1, n))


def test_interp_of_small_integers_has_slopes_of_any_sign() -> None:
    values = np.array([200, 100], np.uint8)
    assert ag.grad(lambda x: np.interp(x, [0.0, 1.0], values))(0.5) == -100
    assert ag.grad(lambda xp: np.interp(0.5, xp, values))(np.array([0.0, 1.0])).tolist() == [50, 50]
