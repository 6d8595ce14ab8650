"""SciPy's interpolation in tables and on grids, against differences and SciPy's own values."""

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
from autograd.scipy.interpolate import grids, lines

KINDS = ["linear", "nearest", "nearest-up", "previous", "next", "zero", "slinear", "quadratic", "cubic", 0, 1, 2, 4]
NAN = float("nan")
X4 = np.arange(4.0)


def knots(n: int) -> Any:
    return np.cumsum(between(0.5, 1.5, n))


def on_grid(xi: Any, *sizes: int) -> tuple[Any, Any, Any]:
    """Knots 0, 1, ... along each axis, moved a little, and the values there."""
    count = np.concatenate([np.arange(float(n)) for n in sizes])
    return count + between(-0.2, 0.2, len(count)), normal(*sizes), xi


X = np.array([0.0, 0.7, 1.5])
CASES = [
    case(lines.line_at, X, normal(3, 2), np.array([[-0.4], [0.3], [1.9]]), extrapolate=True),
    case(lines.line_at, X, reversed_columns(rotated(3, 1)), between(0.1, 0.6, 2)),
    case(lines.inside, between(0.1, 1.4, 3), f=lambda points: lines.inside(points, X)),
    *(case(grids.regular_grid_interpolator, *on_grid(between(0.3, 0.7, 1, 1, 2), 2, 2), sizes=(2, 2), method=method)
      for method in ("linear", "nearest")),
    case(grids.regular_grid_interpolator, *on_grid(between(-2, 5, 4, 1), 3), sizes=(3,), bounds_error=False,
         fill_value=1.5),
    case(grids.regular_grid_interpolator, X[::-1], rotated(3, 1), np.array([[-1.0], [0.4], [1.8]]), sizes=(3,),
         bounds_error=False, fill_value=None, label="descending"),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [one for one in CASES if not has_complex(one)])


# -- in a table --------------------------------------------------------------------------------------------------------

tables = st.sampled_from(KINDS), st.integers(5, 7), st.sampled_from([((), 0), ((2,), 0), ((2,), 1), ((2, 3), -2)])


@settings(max_examples=80, deadline=None)
@given(*tables, st.sampled_from(["extrapolate", NAN, 1.5, (2.0, 3.0)]), st.sampled_from(["float64", "float32", int]))
def test_values_are_scipys(kind: Any, n: int, others: Any, fill_value: Any, dtype: Any) -> None:
    """Of knots in any order, at the knots and halfway between them, outside, and of no points and one."""
    (shape, axis), x = others, np.random.default_rng(n).permutation(2.0 * np.arange(n))
    y = np.moveaxis(10 * normal(n, *shape), 0, axis).astype(dtype)
    options = {"axis": axis, "fill_value": fill_value, "bounds_error": False}
    theirs, ours = scipy.interpolate.interp1d(x, y, kind, **options), interpolate.interp1d(x, y, kind, **options)
    points = np.concatenate([x, x + 1, between(-3, 2 * n, 3), [np.nan]])
    for each in (points, points[:2].reshape(1, 2, 1), points[:0], points[0]):
        expected, found = theirs(each), ours(ag.Tensor(each, requires_grad=True))
        np.testing.assert_array_equal(found.data, expected)
        np.testing.assert_array_equal(ours(each), expected)
        assert found.dtype == expected.dtype


@pytest.mark.parametrize("kind", ["linear", "previous", "zero", "cubic"])
def test_gradients_along_an_axis(kind: str) -> None:
    """Of knots in another order, of values, points, and of what stands outside."""
    x, y, below = np.array([2.0, 0, 3.2, 1.1, 4]), normal(2, 5), normal(2)

    def table(x: Any, y: Any, points: Any, below: Any) -> Any:
        return interpolate.interp1d(x, y, kind, bounds_error=False, fill_value=(below, 3.0))(points)

    check(table, x, y, np.array([-0.5, 0.4, 2.9, 4.5]), below)


def test_at_a_knot_a_line_has_the_slope_to_its_right() -> None:
    table = interpolate.interp1d(np.arange(3.0), [0.0, 1, 4])
    assert gradient(table, [0.0, 0.5, 1.0, 2.0]) == [1, 1, 3, 3]


def test_steps_have_no_slope() -> None:
    for kind in lines.STEPS:
        table = interpolate.interp1d(np.arange(3.0), normal(3), kind)
        points = np.array([0.2, 1.0])
        assert gradient(lambda p, table=table: p * table(p), points) == table(points).tolist()
        gy = ag.grad(lambda y, kind=kind: np.sum(interpolate.interp1d(np.arange(3.0), y, kind)([0.2, 1.9])))(normal(3))
        assert np.sum(gy) == 2


def test_one_point_is_a_line() -> None:
    gy = ag.grad(lambda y: np.sum(interpolate.interp1d([1.0], y)([1.0, 1.0])))(normal(1))
    np.testing.assert_array_equal(gy, 2)


def test_a_spline_through_nan_is_nan_and_so_is_its_gradient() -> None:
    y = np.array([0.0, 1, np.nan, 2, 3])
    table = lambda y: interpolate.interp1d(np.arange(5.0), y, "cubic")([0.5, 3.5])
    np.testing.assert_array_equal(table(y), [np.nan, np.nan])
    assert np.isnan(ag.grad(lambda y: np.sum(table(y)))(y)[[0, 1, 3, 4]]).all()


# -- on a grid ---------------------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.sampled_from([(), (2,)]), st.booleans(),
       st.sampled_from(["linear", "nearest"]), st.sampled_from([None, NAN, 2.5]))  # fmt: skip
def test_values_on_a_grid_are_scipys(sizes: Any, others: Any, descends: bool, method: str, fill_value: Any) -> None:
    points, values = [knots(n) for n in sizes], normal(*sizes, *others)
    points[0] = points[0][::-1] if descends else points[0]
    xi = np.stack([between(x.min() - 0.5, x.max() + 0.5, 2, 3) for x in points], -1)
    options = (method, False, fill_value)
    theirs = scipy.interpolate.RegularGridInterpolator(points, values, *options)
    ours = interpolate.RegularGridInterpolator(points, values, *options)
    expected = theirs(xi)
    np.testing.assert_array_equal(ours(xi), expected)
    np.testing.assert_array_equal(ours(tuple(np.moveaxis(xi, -1, 0))), expected)
    np.testing.assert_array_equal(ours(xi[0, 0]), theirs(xi[0, 0]))
    np.testing.assert_array_equal(interpolate.interpn(points, values, xi, *options), expected)
    all_knots = np.concatenate(points)
    np.testing.assert_allclose(grids.between(all_knots, values, xi, tuple(sizes), *options), expected, atol=1e-12)


def test_gradients_on_a_grid() -> None:
    """In each axis, the values, which are arrays, and the points, a tuple that broadcasts."""
    check(lambda x, y, values, p, q: interpolate.interpn([x, y], values, (p, q)),
          X, X[::-1], normal(3, 3, 1), between(0.1, 0.6, 2), between(0.8, 1.4, 1))  # fmt: skip


def test_other_methods_take_constants() -> None:
    points, values, xi = [np.arange(4.0), np.arange(5.0)], normal(4, 5), between(0, 3, 3, 2)
    for method in ("cubic", "pchip", "splinef2d"):
        expected = scipy.interpolate.interpn(points, values, xi, method)
        np.testing.assert_array_equal(interpolate.interpn(points, values, xi, method), expected)
    theirs, ours = (
        module.RegularGridInterpolator(points, values, "cubic") for module in (scipy.interpolate, interpolate)
    )
    np.testing.assert_array_equal(ours(xi, nu=(1, 0)), theirs(xi, nu=(1, 0)))


def test_compiled_tables_give_the_same_bits() -> None:
    f = lambda y, p: np.sum(interpolate.interp1d(np.arange(4.0), y)(p) ** 2) + np.sum(
        interpolate.interpn([np.arange(4.0)], y, p[:, None], bounds_error=False))  # fmt: skip
    step = ag.compile(ag.grad(f, argnums=(0, 1)))
    for _ in range(3):
        y, p = normal(4), between(0, 3, 5)
        for actual, expected in zip(step(y, p), ag.grad(f, argnums=(0, 1))(y, p), strict=True):
            np.testing.assert_array_equal(actual, expected)


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "call"), [
    ("interp1d", lambda t: scipy.interpolate.interp1d(X4, t)),
    ("interpn", lambda t: scipy.interpolate.interpn([X4], t, [1.5])),
], ids=["interp1d", "interpn"])  # fmt: skip
def test_scipys_function_names_this_one(name: str, call: Any) -> None:
    t = ag.Tensor(normal(4), requires_grad=True)
    with pytest.raises(TypeError, match=rf"requires a gradient.*use autograd\.scipy\.interpolate\.{name},"):
        call(t)


def test_a_grid_of_scipys_refuses_values_with_a_gradient() -> None:
    """It takes them, and says so where it is called."""
    t = ag.Tensor(normal(4), requires_grad=True)
    grid = scipy.interpolate.RegularGridInterpolator([X4], t)
    with pytest.raises(TypeError, match=r"scipy\.interpolate\.RegularGridInterpolator.*requires a gradient"):
        grid([1.5])


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: interpolate.interp1d(X4, t[:3]), ValueError, r"x of shape \(4,\) and y of shape \(3,\).*reshape them"),
    (lambda t: interpolate.interp1d(X4, t, "krogh"), NotImplementedError, "kind='krogh', and expects one of linear, "),
    (lambda t: interpolate.interp1d(X4, t, 5), ValueError, "4 points, and expects at least 6 for kind=5"),
    (lambda t: interpolate.interp1d(X4, t)(3.5), ValueError, "point 3.5, and expects points from 0.0 to 3.0"),
    (lambda t: interpolate.interp1d(X4, t, "cubic")(-1), ValueError, "the point -1.0"),
    (lambda t: interpolate.interp1d(X4, t, fill_value="extrapolate", bounds_error=True), ValueError, "leave one out"),
    (lambda t: interpolate.interp1d(X4, t, fill_value=np.ones(3), bounds_error=False), ValueError, "fill_value of"),
    (lambda t: interpolate.interpn([X4], t, [3.5]), ValueError, "out of bounds in dimension 0"),
    (lambda t: interpolate.interpn([X4], t, [1.5], "cubic"), TypeError, "method='cubic', for which no gradient"),
    (lambda t: interpolate.interpn([X4], X4, t, fill_value=t[0]), TypeError, "'fill_value', through which no gradient"),
    (lambda t: interpolate.interpn([X4, X4], t, [1.5]), ValueError, "an axis as it has coordinates"),
    (lambda t: interpolate.interpn([X4], t, np.ones((2, 2))), ValueError, r"1 dimensions was given .*\(\.\.\., 1\)"),
    (lambda t: interpolate.interpn([X4 * 0], t, [1.5]), ValueError, "strictly ascending or descending"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(4), requires_grad=True))
