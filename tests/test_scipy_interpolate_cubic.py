"""SciPy's piecewise polynomials and cubic splines: gradients in knots, values and points against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.interpolate
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import between, case, check, gradient, has_complex, judged, normal, reversed_columns, rotated
from scipy import linalg

import autograd as ag
from autograd.scipy import _bands as banded
from autograd.scipy import interpolate
from autograd.scipy.interpolate import cubic, piecewise


def knots(n: int) -> Any:
    return np.cumsum(between(0.5, 1.5, n))


def on_circle(y: Any) -> Any:
    return np.concatenate([y, y[:1]])


def periodic(x: Any, y: Any) -> Any:
    return cubic.cubic_coefficients(x, on_circle(y), 0.0, 0.0, kinds=("periodic", "periodic"))


X, C = np.array([0.0, 0.7, 1.5]), normal(3, 2, 1)
PLACES = np.array([[-0.4], [0.3], [1.9]])
KINDS = [("not-a-knot", "not-a-knot"), (1, 2), (2, "not-a-knot")]
RISING, UNEVEN = np.array([0.1, 0.4, 1.3, 1.5, 2.9]), np.array([0.3, 1.4, 1.1, 2.9, 2.1])

CASES = [
    case(banded.solve_bands, normal(3, 4) + np.array([[0], [5], [0]]), normal(4, 2), lower=1),
    case(banded.solve_bands, normal(4, 3) + np.array([[0], [5], [0], [0]]), rotated(3), lower=2),
    *(case(piecewise.value_at, C, X, PLACES, nu=nu) for nu in (0, 1, 3)),
    case(piecewise.value_at, reversed_columns(normal(2, 2)), X, normal(), label="one point"),
    case(piecewise.value_at, rotated(2, 2), X[::-1], PLACES, label="descending"),
    case(piecewise.value_at, normal(3, 2), X, between(0.1, 0.6, 2), extrapolate=False),
    *(case(piecewise.integral, C[1:], X, np.array(-0.3), np.array(b), extrapolate=extrapolate)
      for extrapolate, b in [(True, 1.2), ("periodic", 5.3)]),
    *(case(piecewise.coefficients, normal(2, 2, 2), f=lambda c, axis=axis: piecewise.coefficients(c, X, axis),
           label=f"axis {axis}") for axis in (0, 1)),
    case(cubic.hermite_coefficients, X, normal(3, 2), normal(3, 2)),
    case(cubic.hermite_coefficients, X, normal(2, 3), normal(2, 3), axis=1),
    case(cubic.pchip_coefficients, knots(5), RISING),
    case(cubic.pchip_coefficients, knots(5), UNEVEN[None], axis=-1),
    case(cubic.pchip_coefficients, knots(2), normal(2)),
    *(case(cubic.akima_coefficients, knots(n), normal(n, 1), method=method)
      for n, method in [(5, "akima"), (4, "makima"), (2, "akima")]),
    *(case(cubic.cubic_coefficients, knots(n), normal(n), normal(), normal(), kinds=kinds)
      for n, kinds in [(5, KINDS[0]), (3, KINDS[0]), (2, KINDS[0]), (3, KINDS[1]), (4, KINDS[2]), (2, KINDS[2])]),
    case(cubic.cubic_coefficients, knots(3), rotated(1, 3), rotated(1), rotated(1), axis=1, kinds=KINDS[1]),
    *(case(cubic.cubic_coefficients, knots(n), normal(n - 1), f=periodic, label=f"periodic {n}") for n in (4, 3, 2)),
]  # fmt: skip

IN_FLOAT32 = [one for one in CASES if not has_complex(one)]
test_gradients, test_float32 = judged(CASES, IN_FLOAT32)


# -- values ------------------------------------------------------------------------------------------------------------

END = ["not-a-knot", "clamped", "natural", (1, 0.3), (2, -0.4)]


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 7), st.one_of(st.just("periodic"), st.tuples(st.sampled_from(END), st.sampled_from(END))),
       st.booleans(), st.sampled_from([None, False, "periodic"]))  # fmt: skip
def test_the_splines_of_the_rules_are_scipys(n: int, ends: Any, is_complex: bool, extrapolate: Any) -> None:
    x, y = knots(n), rotated(n) if is_complex else normal(n)
    y = on_circle(y[:-1]) if ends == "periodic" else y
    theirs = scipy.interpolate.CubicSpline(x, y, bc_type=ends, extrapolate=extrapolate)
    ours = interpolate.CubicSpline(x, y, bc_type=ends, extrapolate=extrapolate)
    pairs = [(ends, np.zeros(()))] * 2 if ends == "periodic" else [cubic.given_at(end, ()) for end in ends]
    (first, start), (last, end) = ((kind, np.asarray(value)) for kind, value in pairs)
    np.testing.assert_allclose(cubic.cubic(x, y, start, end, 0, (first, last)), theirs.c, rtol=1e-9, atol=1e-9)
    assert_same_curve(ours, theirs, x)


def assert_same_curve(ours: Any, theirs: Any, x: Any) -> None:
    """Its values, derivatives and integrals, at the knots and beyond."""
    points = np.concatenate([x, between(x[0] - 3, x[-1] + 3, 5)])
    for nu in range(3):
        np.testing.assert_array_equal(ours(points, nu), theirs(points, nu))
        np.testing.assert_allclose(ours.derivative(nu)(points), theirs.derivative(nu)(points), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours.antiderivative()(points), theirs.antiderivative()(points), rtol=1e-9, atol=1e-9)
    for a, b in between(x[0], x[-1], 3, 2) * np.array([1, 2 if ours.extrapolate else 1]):
        expected = theirs.integrate(a, b)
        np.testing.assert_allclose(ours.integrate(a, b), expected, rtol=1e-9, atol=1e-9)
        found = piecewise.integral_of(ours.c, ours.x, np.array(a), np.array(b), ours.extrapolate)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 8), st.sampled_from([(2,), ()]), st.booleans())
def test_the_monotone_curves_of_the_rules_are_scipys(n: int, shape: tuple[int, ...], is_flat: bool) -> None:
    """With equal neighbours, too, where all is 0 by 0."""
    x, y = knots(n), np.round(normal(n, *shape)) if is_flat else normal(n, *shape)
    for rule, name in [
        (cubic.pchip(x, y, 0), "PchipInterpolator"),
        (cubic.akima(x, y, 0, "akima"), "Akima1DInterpolator"),
    ]:
        theirs, ours = getattr(scipy.interpolate, name)(x, y), getattr(interpolate, name)(x, y)
        np.testing.assert_allclose(rule, theirs.c, rtol=1e-9, atol=1e-9)
        assert_same_curve(ours, theirs, x)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(0, 3), st.integers(0, 3))
def test_few_diagonals_are_solved_as_the_whole_matrix(n: int, lower: int, upper: int) -> None:
    bands = between(-1, 1, lower + upper + 1, n)
    bands[upper] += 8
    matrix = sum(np.diag(np.ones(max(n - abs(k), 0)), k) @ np.diag(bands[upper - k]) if abs(k) < n else np.zeros((n, n))
                 for k in range(-lower, upper + 1))  # fmt: skip
    np.testing.assert_allclose(banded.solve_bands(bands, np.eye(n), lower), linalg.inv(matrix), atol=1e-12)
    back = banded.solve_bands(banded.transposed(bands, lower), np.eye(n), upper)
    np.testing.assert_allclose(back, linalg.inv(matrix).T, atol=1e-12)


# -- curves ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), [
    ("CubicSpline", {}), ("CubicSpline", {"bc_type": ("clamped", (2, np.ones(2)))}), ("PchipInterpolator", {}),
    ("Akima1DInterpolator", {"extrapolate": True, "method": "makima"}),
], ids=str)  # fmt: skip
def test_curves_along_an_axis(name: str, options: Any) -> None:
    """(2, n) and points (3, 1) give (2, 3, 1): the curve, its derivative and its integral."""
    x, y, points = knots(5), normal(2, 5), between(0, 6, 3, 1)
    theirs = getattr(scipy.interpolate, name)(x, y, axis=1, **options)
    np.testing.assert_array_equal(getattr(interpolate, name)(x, y, axis=1, **options)(points, 1), theirs(points, 1))

    def curve(x: Any, y: Any, points: Any) -> Any:
        found = getattr(interpolate, name)(x, y, axis=1, **options)
        return found(points), found.derivative()(points), found.integrate(points[0, 0], points[1, 0])

    check(curve, x, y, points)


def test_hermite_and_polynomials_by_their_names() -> None:
    x, y, slopes = knots(4), normal(4), normal(4)
    theirs = scipy.interpolate.CubicHermiteSpline(x, y, slopes)
    assert_same_curve(interpolate.CubicHermiteSpline(x, y, slopes), theirs, x)
    ours = interpolate.PPoly(theirs.c, x)
    assert_same_curve(ours, theirs, x)
    np.testing.assert_array_equal(ours.roots(), theirs.roots())
    np.testing.assert_array_equal(ours.solve(0.3), theirs.solve(0.3))


def test_a_straight_line_has_its_slope_everywhere() -> None:
    x = np.array([0.0, 1, 3, 4])
    for name in ("Akima1DInterpolator", "CubicSpline", "PchipInterpolator"):
        curve = getattr(interpolate, name)(x, 2 * x, extrapolate=True)
        np.testing.assert_allclose(gradient(curve, [-1.0, 0, 0.5, 3, 5]), 2, atol=1e-12)


def test_outside_there_is_nothing_and_no_gradient() -> None:
    x, y = np.arange(4.0), normal(4)
    curve = interpolate.CubicSpline(x, y, extrapolate=False)
    assert gradient(curve, [-1.0, 4.0]) == [0, 0]
    gy = ag.grad(lambda y: np.sum(interpolate.CubicSpline(x, y, extrapolate=False)(np.array([-1.0, 7.0]))))(y)
    np.testing.assert_array_equal(gy, 0)


def test_at_an_extremum_a_monotone_curve_has_slope_0() -> None:
    gy = ag.grad(lambda y: interpolate.PchipInterpolator(np.arange(3.0), y)(1.0, 1))(np.array([0.0, 1, 0]))
    np.testing.assert_array_equal(gy, 0)


def test_a_curve_is_fitted_by_its_knots() -> None:
    """Where 8 points of a curve are to lie: by the gradient, the spline comes nearer to it than through even ones."""
    fine = np.linspace(0, 6, 60)
    loss = lambda x: np.mean((interpolate.CubicSpline(x, np.cos(x * x / 5))(fine) - np.cos(fine * fine / 5)) ** 2)
    x = even = np.linspace(0, 6, 8)
    for _ in range(60):
        gx = ag.grad(loss)(x)
        x = x - np.r_[0, 0.2 * gx[1:-1] / np.sqrt(np.mean(gx * gx)) / 10, 0]
    assert loss(x) < 0.6 * loss(even)


def test_compiled_splines_give_the_same_bits() -> None:
    f = lambda x, y, p: np.sum(interpolate.CubicSpline(x, y)(p) ** 2) + np.sum(interpolate.PchipInterpolator(x, y)(p))
    step = ag.compile(ag.grad(f, argnums=(0, 1, 2)))
    for _ in range(3):
        x, y, p = knots(5), np.sort(normal(5)), between(1, 3, 4)
        for actual, expected in zip(step(x, y, p), ag.grad(f, argnums=(0, 1, 2))(x, y, p), strict=True):
            np.testing.assert_array_equal(actual, expected)


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CubicSpline", "PchipInterpolator", "Akima1DInterpolator", "make_interp_spline"])
def test_scipys_function_names_this_one(name: str) -> None:
    t = ag.Tensor(normal(4), requires_grad=True)
    with pytest.raises(TypeError, match=rf"requires a gradient.*use autograd\.scipy\.interpolate\.{name},"):
        getattr(scipy.interpolate, name)(np.arange(4.0), t)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: interpolate.CubicSpline(t, t), ValueError, "strictly increasing"),
    (lambda t: interpolate.CubicSpline(np.arange(4), t), ValueError, "length of `x`"),
    (lambda t: interpolate.CubicSpline(np.arange(3), t, bc_type=("periodic", "natural")), ValueError, "periodic"),
    (lambda t: interpolate.CubicSpline(np.arange(3), t, bc_type=((3, 1.0), "natural")), ValueError, "order must be 1"),
    (lambda t: interpolate.PchipInterpolator(np.arange(3), t + 1j), ValueError, "real"),
    (lambda t: interpolate.PPoly(t, t), ValueError, "dimension"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(3), requires_grad=True))


def test_what_has_no_gradient_is_scipys() -> None:
    assert interpolate.BarycentricInterpolator is scipy.interpolate.BarycentricInterpolator
    with pytest.raises(AttributeError, match="no_such"):
        _ = interpolate.no_such
