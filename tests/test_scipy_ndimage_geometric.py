"""SciPy's splines of images and the transforms made of them: every order and mode, against differences and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
    assert_same_values,
    between,
    case,
    has_complex,
    judged,
    normal,
    reversed_columns,
    rotated,
)  # fmt: skip

import autograd as ag
from autograd.scipy import ndimage

MODES = ["reflect", "grid-mirror", "constant", "grid-constant", "nearest", "mirror", "wrap", "grid-wrap"]
MATRIX, DIAGONAL = np.array([[0.8, -0.3], [0.4, 1.1]]), np.array([0.7, 1.2])

CASES = [
    *(case(ndimage.spline_filter1d, x, order=order, axis=0, mode=mode) for x, order, mode in
      [(normal(3, 2), 3, "mirror"), (normal(4, 1), 2, "reflect"), (normal(3), 1, "mirror")]),
    case(ndimage.spline_filter1d, rotated(3), order=5, output=complex, mode="grid-wrap"),
    case(ndimage.spline_filter, normal(3, 2)),
    case(ndimage.spline_filter, rotated(2, 1), order=4, output=complex, mode="reflect"),
    *(case(ndimage.map_coordinates, normal(3), between(-2.6, 4.6, 1, 4), order=order, mode=mode, cval=1.5)
      for order, mode in [(1, "constant"), (2, "nearest"), (3, "reflect"), (4, "grid-constant"), (5, "wrap"),
                          (3, "mirror"), (2, "grid-wrap")]),
    case(ndimage.map_coordinates, rotated(3, 2), between(-0.5, 2.4, 2, 3)),
    case(ndimage.map_coordinates, reversed_columns(normal(2, 3)), between(0.1, 0.9, 2, 2, 1), prefilter=False),
    *(case(ndimage.affine_transform, normal(2, 2), MATRIX, normal(2), order=order, mode=mode, cval=1.5)
      for order, mode in [(3, "constant"), (1, "grid-constant"), (2, "nearest")]),
    case(ndimage.affine_transform, normal(3, 2), DIAGONAL, np.array(0.2), output_shape=(2, 2)),
    case(ndimage.affine_transform, normal(3, 2), np.hstack([MATRIX, normal(2, 1)]), order=2, mode="wrap"),
    case(ndimage.shift, normal(3, 2), between(0.1, 0.4, 2)),
    case(ndimage.shift, rotated(4), np.array(-1.3), order=1, mode="mirror"),
    *(case(ndimage.zoom, x, zoom=factor, mode=mode, grid_mode=grid) for x, factor, mode, grid in
      [(normal(3, 2), (1.7, 0.6), "nearest", False), (normal(3), 2, "grid-constant", True),
       (normal(2), 1, "wrap", False), (rotated(3), 1.5, "reflect", True)]),
    case(ndimage.rotate, normal(3, 2), angle=30.0),
    case(ndimage.rotate, rotated(2, 3, 2), angle=-50.0, axes=(-1, 0), reshape=False, mode="grid-wrap", order=2),
]  # fmt: skip

test_gradients, _ = judged(CASES, [])


@pytest.mark.parametrize("case", [c for c in CASES if not has_complex(c)], ids=lambda case: case.label)
def test_float32_but_for_where_a_coordinate_is(case: Any) -> None:
    """That is worked out in float64, in SciPy, too."""
    inputs = [x.astype(np.float32) for x in case.inputs]
    loss = lambda *xs: np.sum(case.f(*xs) * 3)
    every = tuple(range(len(inputs)))
    for found, expected in zip(ag.grad(loss, every)(*inputs), ag.grad(loss, every)(*case.inputs), strict=True):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


# -- adjoints ----------------------------------------------------------------------------------------------------------


def assert_adjoint(f: Any, x: Any, value_outside: float = 0) -> None:
    """<f(x) - f(0), g> = <x, the gradient>, for an f that is linear but for a constant."""
    t = ag.Tensor(x, requires_grad=True)
    y = f(t)
    g = normal(*y.shape)
    y.backward(g)
    assert t.grad is not None
    expected = np.sum((y.data - f(np.zeros_like(x))) * g)
    np.testing.assert_allclose(np.sum(x * t.grad.data), expected, rtol=1e-10, atol=1e-10)


orders = st.integers(0, 5)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), orders, st.sampled_from(MODES))
def test_the_coefficients_of_a_line_of_any_length(n: int, order: int, mode: str) -> None:
    assert_adjoint(lambda x: ndimage.spline_filter1d(x, order, mode=mode), normal(n))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(1, 3), orders, st.sampled_from(MODES), st.booleans())
def test_any_coordinates_far_beyond_any_edge(n: int, m: int, order: int, mode: str, prefilter: bool) -> None:
    """At the pixels themselves, too, of which some lie on an edge, and between two."""
    coordinates = np.concatenate([between(-12, 12, 2, 8), np.tile(np.arange(-5.0, 9, 0.5), (2, 1))], axis=1)
    options = {"order": order, "mode": mode, "prefilter": prefilter, "cval": 1.5}
    assert_adjoint(lambda x: ndimage.map_coordinates(x, coordinates, **options), normal(n, m))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), orders, st.sampled_from(MODES), st.booleans(), st.booleans())
def test_transforms_of_any_image(n: int, m: int, order: int, mode: str, prefilter: bool, flag: bool) -> None:
    options = {"order": order, "mode": mode, "prefilter": prefilter, "cval": 1.5}
    is_grid = flag and mode not in ("constant", "wrap")  # of which SciPy warns
    transforms = [
        lambda x: ndimage.affine_transform(x, MATRIX, normal(2) if flag else 0.3, (3, 2), **options),
        lambda x: ndimage.affine_transform(x, DIAGONAL, 0.3, **options),
        lambda x: ndimage.shift(x, (0.3, -1.2), **options),
        lambda x: ndimage.zoom(x, (1.6, 0.7), grid_mode=is_grid, **options),
        lambda x: ndimage.rotate(x, 40, reshape=flag, **options),
    ]
    for f in transforms[flag:]:
        assert_adjoint(f, normal(n, m))


# -- conventions, values, compiling ------------------------------------------------------------------------------------


def test_at_a_pixel_an_interpolation_of_order_1_has_the_slope_to_its_right() -> None:
    x = np.array([0.0, 1.0, 4.0])
    slope = ag.grad(lambda c: np.sum(ndimage.map_coordinates(x, c[None], order=1, mode="nearest")))
    np.testing.assert_array_equal(slope(np.array([0.0, 0.5, 1.0, 2.0, 3.0])), [1, 1, 3, 0, 0])


def test_of_order_0_the_coordinates_have_no_gradient() -> None:
    slope = ag.grad(lambda c: np.sum(ndimage.map_coordinates(np.arange(3.0), c[None], order=0)))
    np.testing.assert_array_equal(slope(np.array([0.4, 1.2])), 0)


def test_coordinates_that_are_no_numbers_are_outside() -> None:
    x, c = np.arange(3.0), np.array([[np.nan, 1.2, np.inf]])
    gx = ag.grad(lambda x: np.sum(ndimage.map_coordinates(x, c, order=1)))(x)
    np.testing.assert_allclose(gx, [0, 0.8, 0.2])


def test_an_image_is_registered() -> None:
    """The shift between two images, by Gauss's and Newton's way: from the gradient and its own."""
    image = scipy.ndimage.gaussian_filter(normal(12, 12), 2.0)
    moved = scipy.ndimage.shift(image, (0.6, -0.4), mode="reflect")
    loss = lambda s: np.sum((ndimage.shift(image, s, mode="reflect") - moved)[2:-2, 2:-2] ** 2)
    s = np.zeros(2)
    for _ in range(8):
        s = s - np.linalg.solve(ag.hessian(loss)(s), ag.grad(loss)(s))
    np.testing.assert_allclose(s, [0.6, -0.4], atol=1e-8)


@pytest.mark.parametrize("dtype", ["float32", "complex64", "float64"])
def test_the_values_and_dtypes_are_scipys(dtype: str) -> None:
    x, plain = normal(4, 3).astype(dtype), scipy.ndimage
    assert_same_values(lambda x: ndimage.zoom(x, 1.5), [x], [plain.zoom(x, 1.5)])
    assert_same_values(lambda x: ndimage.rotate(x, 30.0), [x], [plain.rotate(x, 30.0)])
    assert_same_values(lambda x: ndimage.shift(x, 0.5), [x], [plain.shift(x, 0.5)])
    assert_same_values(lambda x: ndimage.spline_filter(x, output=dtype), [x], [plain.spline_filter(x, output=dtype)])


def test_the_gradient_of_coefficients_in_float32_is_that_in_float64() -> None:
    """Which SciPy computes in float64, if it is not told otherwise."""
    x = normal(5, 4)
    for f in (lambda x: ndimage.spline_filter(x), lambda x: ndimage.spline_filter1d(x, output=np.float32)):
        loss = lambda x, f=f: np.sum(f(x) * np.arange(20.0).reshape(5, 4))
        g = ag.grad(loss)(x.astype(np.float32))
        assert g.dtype == np.float32
        np.testing.assert_allclose(g, ag.grad(loss)(x), rtol=1e-4, atol=1e-4)


def test_compiled_transforms_give_the_same_bits() -> None:
    f = lambda x, c: np.sum(ndimage.map_coordinates(x, c, mode="nearest") ** 2) + np.sum(ndimage.zoom(x, 1.5))
    step = ag.compile(ag.grad(f, argnums=(0, 1)))
    for _ in range(3):
        x, c = normal(3, 4), between(0, 3, 2, 3)
        for actual, expected in zip(step(x, c), ag.grad(f, argnums=(0, 1))(x, c), strict=True):
            np.testing.assert_array_equal(actual, expected)


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["map_coordinates", "shift", "zoom", "rotate", "spline_filter"])
def test_scipys_function_names_this_one(name: str) -> None:
    t = ag.Tensor(normal(4, 4), requires_grad=True)
    with pytest.raises(TypeError, match=rf"scipy\.ndimage\.{name} was given .* use autograd\.scipy\.ndimage\.{name},"):
        getattr(scipy.ndimage, name)(t, *([] if name == "spline_filter" else [2]))


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: ndimage.shift(t, 1, output=np.empty(3)), TypeError, "output=.*which its rules do not know"),
    (lambda t: ndimage.shift(t, 1, order=7), RuntimeError, "spline order not supported"),
    (lambda t: ndimage.zoom(t, t), TypeError, "'zoom', through which no gradient is known"),
    (lambda t: ndimage.rotate(t[None], t.sum()), TypeError, "'angle', through which no gradient is known"),
    (lambda t: ndimage.map_coordinates(t, t), RuntimeError, "rank must be"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(3), requires_grad=True))
