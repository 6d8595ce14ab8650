"""SciPy's B-splines: gradients in knots, coefficients, values and points, against differences and SciPy's matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.interpolate
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import between, case, check, gradient, has_complex, judged, normal, reversed_columns, rotated

import autograd as ag
from autograd.scipy import interpolate
from autograd.scipy.interpolate import bsplines


def knots(n: int) -> Any:
    return np.cumsum(between(0.5, 1.5, n))


T = np.array([0.0, 0.6, 1.1, 2.0, 2.5, 3.4, 4.1, 5.0])
POINTS = np.array([[0.3], [1.7], [4.4]])
ENDS = ([(1, 0.3)], [(2, -0.2)])


def periodic(k: int) -> Any:
    """Through values of which the first comes again."""
    return lambda x, y: bsplines.interpolation(x, np.concatenate([y, y[:1]]), None, k, "periodic")


CASES = [
    *(case(bsplines.spline_at, T, normal(7 - k), POINTS, k=k, nu=nu)
      for k, nu in [(2, 0), (0, 0), (1, 1), (3, 1), (2, 3)]),
    case(bsplines.spline_at, T, rotated(5, 1), POINTS[1:], k=2),
    case(bsplines.spline_at, T, reversed_columns(normal(5, 1)), between(1.2, 2, 2), k=2, extrapolate=False),
    *(case(bsplines.integral, T[:4], normal(2), np.array(0.3), np.array(b), k=1, extrapolate=extrapolate)
      for extrapolate, b in [("periodic", 5.2), (False, 0.9)]),
    case(bsplines.coefficients, normal(4, 2), label="0", f=lambda c: bsplines.coefficients(T[:7], c, 2)),
    case(bsplines.coefficients, normal(2, 4), label="1", f=lambda c: bsplines.coefficients(T[:7], c, 2, 1)),
    *(case(bsplines.interpolation, knots(n), normal(n), k=k) for n, k in [(5, 3), (3, 1), (2, 0), (4, 2)]),
    case(bsplines.interpolation, knots(3), rotated(1, 3), label="ends",
         f=lambda x, y: bsplines.interpolation(x, y, None, 3, ([(1, np.ones(1))], [(2, np.ones(1))]), 1)),
    case(bsplines.interpolation, knots(3), normal(3), k=3, bc_type="natural"),
    case(bsplines.interpolation, np.array([0.2, 0.8, 1.6, 2.3]), normal(4), np.r_[-3.0, -2, -1.5, 1, 4, 4.5, 5], k=2),
    *(case(bsplines.interpolation, knots(n), normal(n - 1), f=periodic(k), label=f"periodic {k}")
      for n, k in [(4, 3), (5, 2)]),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [one for one in CASES if not has_complex(one)])


# -- values ------------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5), st.integers(0, 3), st.sampled_from([True, False, "periodic"]), st.booleans())
def test_the_splines_of_the_rules_are_scipys(k: int, more: int, extrapolate: Any, is_complex: bool) -> None:
    """Of simple and of double knots, at the knots and beyond."""
    n = k + 1 + more
    t = np.sort(np.round(between(0, 9, n + k + 1))) if more > 1 else knots(n + k + 1)
    t += np.where(np.arange(t.size) > k, 2.0, 0.0)  # the first interval must not be empty
    t += np.where(np.arange(t.size) > n - 1, 2.0, 0.0)
    c = rotated(n) if is_complex else normal(n)
    theirs, ours = scipy.interpolate.BSpline(t, c, k, extrapolate), interpolate.BSpline(t, c, k, extrapolate)
    points = np.concatenate([t[k : n + 1], between(t[k] - 2, t[n] + 2, 5)])
    for nu in range(4):
        np.testing.assert_array_equal(ours(points, nu), theirs(points, nu))
    np.testing.assert_allclose(ours.antiderivative(2)(points), theirs.antiderivative(2)(points), rtol=1e-9, atol=1e-9)
    a, b = np.sort(between(t[k] - 3, t[n] + 3, 2)) if extrapolate else between(t[k], t[n], 2)
    parts = [scipy.interpolate.BSpline(t, part, k, extrapolate).integrate(a, b) for part in (c.real, c.imag)]
    expected = parts[0] + 1j * parts[1] if is_complex else parts[0]
    np.testing.assert_allclose(ours.integrate(a, b), expected, rtol=1e-8, atol=1e-8)
    found = bsplines.integral_of(t, c, np.array(a), np.array(b), k, extrapolate)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 5), st.integers(0, 4), st.sampled_from([None, "not-a-knot", "periodic", "clamped", "natural", ENDS])
)
def test_the_coefficients_of_the_rules_are_scipys(k: int, more: int, bc_type: Any) -> None:
    n = k + 1 + more + (k == 2)
    if bc_type not in (None, "not-a-knot", "periodic"):
        k, n = 3, max(n, 2)  # of which two derivatives are missing
    x, y = knots(n), normal(n)
    y[-1] = y[0] if bc_type == "periodic" else y[-1]
    theirs = scipy.interpolate.make_interp_spline(x, y, k, bc_type=bc_type)
    ours = interpolate.make_interp_spline(x, y, k, bc_type=bc_type)
    np.testing.assert_array_equal(ours.t, theirs.t)
    np.testing.assert_array_equal(ours.c, theirs.c)
    assert ours.extrapolate == theirs.extrapolate
    found = bsplines.interpolated(x, y, None, k, bc_type, 0)
    np.testing.assert_allclose(found, theirs.c, rtol=1e-7, atol=1e-7)


def test_the_gradient_of_coefficients_is_scipys_matrix() -> None:
    """Also at the knots, where two pieces meet, and at the last, where there is no next."""
    t, k = np.r_[0.0, 0, 0, 0, 1, 2, 2.5, 4, 4, 4, 4], 3
    points = np.r_[0.0, 1, 2.2, 2.5, 4]
    matrix = scipy.interpolate.BSpline.design_matrix(points, t, k).toarray()
    jacobian = ag.jacobian(lambda c: interpolate.BSpline(t, c, k)(points))(normal(7))
    np.testing.assert_allclose(jacobian, matrix, atol=1e-14)


def test_derivatives_are_splines() -> None:
    t, c, points = T, normal(2, 4), between(0.3, 3, 3)
    theirs = scipy.interpolate.BSpline(t, c, 3, axis=1).derivative()
    ours = interpolate.BSpline(t, c, 3, axis=1).derivative()
    np.testing.assert_allclose(ours(points), theirs(points), atol=1e-12)
    assert ours.tck[2] == 2
    check(lambda t, c, p: interpolate.BSpline(t, c, 3, axis=1).derivative()(p), t, c, points[:2])


@pytest.mark.parametrize("bc_type", [None, "clamped"])
def test_a_spline_through_values_along_an_axis(bc_type: Any) -> None:
    x, y, points = knots(5), normal(2, 5), between(0, 6, 2, 1)
    theirs = scipy.interpolate.make_interp_spline(x, y, axis=1, bc_type=bc_type)
    spline = lambda x, y, p, nu=0: interpolate.make_interp_spline(x, y, axis=1, bc_type=bc_type)(p, nu)
    np.testing.assert_array_equal(spline(x, y, points, 2), theirs(points, 2))
    check(spline, x, y, points)


def test_a_cubic_spline_has_the_same_gradient_both_ways() -> None:
    """Through values by its slopes (CubicSpline), and by B-splines."""
    x, points = knots(7), between(1, 6, 4)
    ways = [interpolate.CubicSpline, interpolate.make_interp_spline]
    loss = [lambda x, y, p, way=way: np.sum(np.cos(way(x, y)(p))) for way in ways]
    y = normal(7)
    for one, other in zip(*(ag.grad(f, argnums=(0, 1, 2))(x, y, points) for f in loss), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)


# -- conventions, compiling, errors ------------------------------------------------------------------------------------


def test_at_a_knot_a_point_has_the_slope_to_its_right() -> None:
    spline = interpolate.make_interp_spline(np.arange(4.0), [0.0, 1, 4, 9], k=1)
    assert gradient(spline, [0.0, 0.5, 1.0, 2.0, 3.0]) == [1, 1, 3, 5, 5]


def test_outside_there_is_nothing_and_no_gradient() -> None:
    spline = interpolate.BSpline(T, normal(5), 2, extrapolate=False)
    assert gradient(spline, [-1.0, 5.0]) == [0, 0]


def test_compiled_splines_give_the_same_bits() -> None:
    f = lambda x, y, p: np.sum(interpolate.make_interp_spline(x, y)(p) ** 2)
    step = ag.compile(ag.grad(f, argnums=(0, 1, 2)))
    for _ in range(3):
        x, y, p = knots(5), normal(5), between(1, 3, 4)
        for actual, expected in zip(step(x, y, p), ag.grad(f, argnums=(0, 1, 2))(x, y, p), strict=True):
            np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: interpolate.BSpline(t, t, 3), ValueError, "at least"),
    (lambda t: interpolate.make_interp_spline(t, t), ValueError, "duplicates"),
    (lambda t: interpolate.make_interp_spline(np.arange(4.0), t, 2, np.arange(-2.5, 4.0)), ValueError,
     r"points from 0.0 to 3.0, and expects them from t\[2\] = -0.5 to t\[-3\] = 1.5; move the knots"),
    (lambda t: interpolate.make_interp_spline(np.arange(4.0), t, bc_type="natural", k=1), ValueError, "Too much info"),
    (lambda t: interpolate.make_interp_spline(np.arange(4.0), t, bc_type=([(1, t[0])], [(1, 0.0)])), TypeError,
     "requires a gradient"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(4), requires_grad=True))
