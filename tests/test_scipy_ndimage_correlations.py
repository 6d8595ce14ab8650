"""SciPy's filters of images: in every mode, beyond every edge, the exact adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
    assert_same_values,
    case,
    has_complex,
    judged,
    normal,
    reversed_columns,
    rotated,
)  # fmt: skip

import autograd as ag
from autograd.scipy import ndimage

MODES = ["reflect", "constant", "nearest", "mirror", "wrap"]
ALL_MODES = [*MODES, "grid-mirror", "grid-constant", "grid-wrap"]
LINES, SPACES = [ndimage.correlate1d, ndimage.convolve1d], [ndimage.correlate, ndimage.convolve]
SMOOTHED = [ndimage.gaussian_laplace, ndimage.gaussian_gradient_magnitude]

CASES = [
    *(case(fn, normal(3, 2), normal(4), axis=0, mode=mode, cval=1.5, origin=-1) for fn in LINES for mode in MODES),
    *(case(fn, x, w, label=f"{x.dtype.kind}{w.dtype.kind}") for fn in LINES
      for x, w in [(rotated(3), rotated(2)), (normal(3), rotated(3)), (rotated(2, 2), normal(1))]),
    *(case(fn, normal(3, 2), normal(2, 3), mode=mode, cval=1.5, origin=(0, -1)) for fn in SPACES
      for mode in ("nearest", "constant")),
    *(case(fn, rotated(2, 2), rotated(2, 2), mode="mirror") for fn in SPACES),
    *(case(fn, reversed_columns(normal(2, 3)), f=lambda x, fn=fn: fn(x, [[1, 2, 3]]), label="lists") for fn in SPACES),
    *(case(fn, normal(2, 1, 3), normal(2, 3), axes=axes, origin=(-1, 0))
      for fn in SPACES for axes in ((0, 2), (-1, 0))),
    *(case(fn, normal(0, 2), normal(2), axis=axis, label="of nothing") for fn in LINES for axis in (0, 1)),
    case(ndimage.correlate, normal(0, 2), normal(2, 2), label="of nothing"),
    case(ndimage.convolve, normal(0, 2), normal(2, 2), label="of nothing"),

    *(case(ndimage.uniform_filter1d, normal(3, 2), size=size, axis=0, mode=mode, origin=origin, cval=2.0)
      for size, mode, origin in [(3, "reflect", 0), (4, "wrap", -1), (2, "constant", 0)]),
    case(ndimage.uniform_filter, rotated(2, 3)),
    case(ndimage.uniform_filter, normal(3, 2), size=(4, 3), mode=("mirror", "nearest"), origin=(1, -1)),
    case(ndimage.uniform_filter, normal(2, 3, 1), size=2, axes=(1,)),
    *(case(ndimage.gaussian_filter1d, x, sigma=0.6, order=order, axis=0, mode="mirror") for order in (0, 1, 2)
      for x in (normal(4, 1), rotated(4))),
    case(ndimage.gaussian_filter1d, normal(3), sigma=1.1, radius=2, mode="constant", cval=1.0),
    case(ndimage.gaussian_filter, normal(3, 2), sigma=0.7),
    case(ndimage.gaussian_filter, normal(3, 3), sigma=(0.5, 0), order=(1, 2), mode=("wrap", "reflect"), truncate=2.0),
    case(ndimage.gaussian_filter, normal(2, 3, 2), sigma=(0.5, 0.8), radius=(1, 2), axes=(-1, 1)),
    *(case(fn, x, axis=axis, mode=mode) for fn in (ndimage.sobel, ndimage.prewitt)
      for x, axis, mode in [(normal(3, 4), 0, "reflect"), (rotated(2, 3), -1, ("nearest", "wrap"))]),
    case(ndimage.sobel, normal(3), mode="constant", label="of a line"),
    *(case(ndimage.laplace, x, mode=mode) for x, mode in [(normal(2, 3), "mirror"), (rotated(3), "wrap")]),
    case(ndimage.laplace, normal(2, 3), mode=["constant"], axes=(1,), cval=1.0),
    *(case(fn, normal(3, 3), sigma=(0.5, 0.8), mode=("constant", "reflect"), truncate=2.0) for fn in SMOOTHED),
    *(case(fn, normal(2, 4), sigma=0.5, axes=(1,), radius=1) for fn in SMOOTHED),
    *(case(fn, rotated(2, 3), sigma=0.5, radius=1) for fn in SMOOTHED),
]  # fmt: skip


test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c)])


# -- adjoints ----------------------------------------------------------------------------------------------------------


def assert_adjoint(f: Any, x: Any) -> None:
    """<f(x), g> = <x, the gradient>, for an f that is linear."""
    t = ag.Tensor(x, requires_grad=True)
    y = f(t)
    g = normal(*y.shape)
    y.backward(g)
    assert t.grad is not None
    np.testing.assert_allclose(np.sum(y.data * g), np.sum(x * t.grad.data), rtol=1e-10, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LINES), st.integers(1, 6), st.integers(1, 7), st.sampled_from(ALL_MODES), st.data())
def test_taps_of_any_length_beyond_any_edge(fn: Any, n: int, size: int, mode: str, data: Any) -> None:
    """Longer than the line, too, which is then continued more than once."""
    origin = data.draw(st.integers(-((size - 1) // 2), (size - 1) // 2))
    weights = normal(size)
    assert_adjoint(lambda x: fn(x, weights, 0, mode=mode, origin=origin), normal(n, 2))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SPACES), st.tuples(*[st.integers(1, 3)] * 3),
       st.sampled_from([(0, 1), (1, 0), (2, 0), (-2,), (0, 2, 1)]), st.sampled_from(ALL_MODES), st.data())  # fmt: skip
def test_weights_along_any_axes(fn: Any, shape: Any, axes: Any, mode: str, data: Any) -> None:
    weights = normal(*data.draw(st.tuples(*[st.integers(3, 4)] * len(axes))))
    origin = data.draw(st.tuples(*[st.integers(-1, 1)] * len(axes)))
    assert_adjoint(lambda x: fn(x, weights, mode=mode, origin=origin, axes=axes), normal(*shape))


@settings(max_examples=60, deadline=None)
@given(st.tuples(st.integers(1, 4), st.integers(1, 5)), st.sampled_from(ALL_MODES), st.integers(1, 6),
       st.integers(0, 3), st.floats(0.1, 2))  # fmt: skip
def test_filters_without_weights(shape: Any, mode: str, size: int, order: int, sigma: float) -> None:
    filters = [
        lambda x: ndimage.uniform_filter(x, size, mode=mode, origin=(size - 1) // 2),
        lambda x: ndimage.gaussian_filter(x, sigma, order, mode=mode),
        lambda x: ndimage.sobel(x, 0, mode=mode),
        lambda x: ndimage.prewitt(x, mode=mode),
        lambda x: ndimage.laplace(x, mode=mode),
        lambda x: ndimage.gaussian_laplace(x, sigma, mode=mode),
    ]
    for f in filters:
        assert_adjoint(f, normal(*shape))


# -- conventions, values, compiling ------------------------------------------------------------------------------------


def test_where_an_image_is_flat_its_gradient_magnitude_has_gradient_0() -> None:
    x = np.ones((4, 4))
    x[3, 3] = 2
    gx = ag.grad(lambda x: np.sum(ndimage.gaussian_gradient_magnitude(x, 0.3, radius=1)))(x)
    assert np.isfinite(gx).all()
    assert gx[0, 0] == 0
    assert gx[3, 3] > 0


@pytest.mark.parametrize("dtype", ["float32", "complex64", "float64"])
@pytest.mark.parametrize(
    "fn", [*SMOOTHED, ndimage.gaussian_filter, ndimage.laplace, ndimage.sobel, ndimage.uniform_filter],
    ids=lambda fn: fn.__name__)  # fmt: skip
def test_the_values_and_dtypes_are_scipys(fn: Any, dtype: str) -> None:
    x, plain = normal(5, 4).astype(dtype), getattr(scipy.ndimage, fn.__name__)
    options = {"sigma": 0.8} if "gaussian" in fn.__name__ else {}
    assert_same_values(lambda x: fn(x, **options), [x], [plain(x, **options)])


def test_compiled_filters_give_the_same_bits() -> None:
    f = lambda x, w: np.sum(ndimage.gaussian_gradient_magnitude(ndimage.convolve(x, w), 0.5))
    step = ag.compile(ag.grad(f, argnums=(0, 1)))
    for _ in range(3):
        x, w = normal(3, 4), normal(2, 2)
        for actual, expected in zip(step(x, w), ag.grad(f, argnums=(0, 1))(x, w), strict=True):
            np.testing.assert_array_equal(actual, expected)


def test_what_has_no_gradient_is_scipys() -> None:
    assert ndimage.label is scipy.ndimage.label
    with pytest.raises(AttributeError, match="no_such"):
        _ = ndimage.no_such


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["laplace", "sobel", "prewitt", "uniform_filter", "gaussian_filter"])
def test_scipys_function_names_this_one(name: str) -> None:
    t = ag.Tensor(normal(4, 4), requires_grad=True)
    with pytest.raises(TypeError, match=rf"scipy\.ndimage\.{name} was given .* use autograd\.scipy\.ndimage\.{name},"):
        getattr(scipy.ndimage, name)(t, *([1.0] if name == "gaussian_filter" else []))


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: ndimage.laplace(t, output=np.empty(3)), TypeError, "output=.*which its rules do not know"),
    (lambda t: ndimage.laplace(t, mode="most"), RuntimeError, "boundary mode not supported"),
    (lambda t: ndimage.correlate1d(t, t, origin=2), ValueError, "Invalid origin"),
    (lambda t: ndimage.gaussian_filter(t, t.sum()), TypeError, "'sigma', through which no gradient is known"),
    (lambda t: ndimage.gaussian_laplace(t, 1.0, far=2), TypeError, "far=2, which its rules do not know"),
    (lambda t: ndimage.uniform_filter(t, dim=0), TypeError, "dim=0"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(3), requires_grad=True))
