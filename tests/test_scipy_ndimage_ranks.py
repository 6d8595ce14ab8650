"""SciPy's filters that select an element: its place takes the gradient, in windows of every kind."""

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
    judged,
    spaced,
)  # fmt: skip

import autograd as ag
from autograd.scipy import ndimage

MODES = ["reflect", "constant", "nearest", "mirror", "wrap"]
LINES, EXTREMA = [ndimage.maximum_filter1d, ndimage.minimum_filter1d], [ndimage.maximum_filter, ndimage.minimum_filter]
RANKS = {ndimage.median_filter: {}, ndimage.rank_filter: {"rank": 1}, ndimage.percentile_filter: {"percentile": 30}}
CROSS = np.array([[0, 1, 0], [1, 1, 1]], bool)

CASES = [
    *(case(fn, spaced(4, 2), size=3, axis=0, mode=mode, cval=9.1, origin=1) for fn in LINES
      for mode in ("reflect", "constant")),
    *(case(fn, spaced(3, 3), size=(2, 3), origin=(0, -1)) for fn in EXTREMA),
    *(case(fn, spaced(3, 3), footprint=CROSS, mode="wrap", label="cross") for fn in EXTREMA),
    *(case(fn, spaced(3, 2), size=2, mode=("nearest", "mirror"), axes=(-1, 0)) for fn in EXTREMA),
    *(case(fn, spaced(3, 3), size=3, mode="nearest", **options) for fn, options in RANKS.items()),
    *(case(fn, spaced(5), footprint=[1, 0, 1, 1], mode="mirror", label="of a line", **options)
      for fn, options in RANKS.items()),
    *(case(fn, spaced(2, 3, 2)[..., ::-1], size=2, axes=(1, 2), **options) for fn, options in RANKS.items()),
    *(case(fn, spaced(0, 2), size=2, label="of nothing") for fn in EXTREMA),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, CASES)


def selected(x: Any, y: Any, g: Any) -> Any:
    """All numbers are distinct, so what was selected is seen in the value."""
    return np.array([np.sum(g[y == value]) for value in x.ravel()]).reshape(x.shape)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([*EXTREMA, *RANKS]), st.tuples(*[st.integers(1, 3)] * 3),
       st.sampled_from([(0, 1), (1, 0), (2, 0), (-2,), (0, 2, 1), None]), st.sampled_from(MODES), st.booleans(),
       st.data())  # fmt: skip
def test_windows_of_any_shape_along_any_axes(
    fn: Any, shape: Any, axes: Any, mode: str, has_holes: bool, data: Any
) -> None:
    count = 3 if axes is None else len(axes)
    size = data.draw(st.tuples(*[st.integers(1, 4)] * count))
    origin = data.draw(
        st.tuples(*[st.sampled_from([0, 0, -1 if min(size) > 1 else 0, 1 if min(size) > 2 else 0])] * count)
    )
    options: dict[str, Any] = {"mode": mode, "origin": origin, "axes": axes, "cval": 100.0} | RANKS.get(fn, {})
    if has_holes:
        footprint = np.ones(size, bool)
        footprint.flat[1::3] = False
        options["footprint"] = footprint
    else:
        options["size"] = size
    x = spaced(*shape)
    if fn is ndimage.rank_filter and np.count_nonzero(options.get("footprint", np.ones(size))) < 2:
        options["rank"] = 0
    t = ag.Tensor(x, requires_grad=True)
    y = fn(t, **options)
    np.testing.assert_array_equal(y.data, getattr(scipy.ndimage, fn.__name__)(x, **options))
    g = np.arange(1.0, x.size + 1).reshape(x.shape)
    y.backward(g)
    assert t.grad is not None
    np.testing.assert_allclose(t.grad.data, selected(x, y.data, g), rtol=1e-14)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(RANKS)), st.integers(1, 6), st.integers(2, 7), st.sampled_from(MODES), st.data())
def test_a_line_is_as_a_row_of_a_plane(fn: Any, n: int, size: int, mode: str, data: Any) -> None:
    """As SciPy's own documentation has it; its way for a line ignores holes, and reads beyond short ones."""
    origin = data.draw(st.integers(-((size - 1) // 2), (size - 1) // 2))
    footprint = np.ones(size, bool)
    footprint[1:-1:2] = False
    x, plain = spaced(n), getattr(scipy.ndimage, fn.__name__)
    row = plain(x[None], footprint=footprint[None], mode=mode, origin=(0, origin), **RANKS[fn])[0]
    assert_same_values(lambda x: fn(x, footprint=footprint, mode=mode, origin=origin, **RANKS[fn]), [x], [row])
    row = plain(x[None], size=(1, size), mode=mode, origin=(0, origin), **RANKS[fn])[0]
    options = {**RANKS[fn], "size": size, "mode": mode, "origin": [origin]}
    np.testing.assert_array_equal(fn(x, **options), row)
    out = np.empty(n)
    fn(x, **options, output=out, axes=-1)
    np.testing.assert_array_equal(out, row)


def test_equal_elements_share_equally() -> None:
    x = np.array([1.0, 5.0, 5.0, 2.0])
    g = ag.grad(lambda x: ndimage.maximum_filter(x, 3, mode="constant")[1])(x)
    np.testing.assert_array_equal(g, [0, 0.5, 0.5, 0])


def test_what_lies_beyond_the_edges_takes_its_share() -> None:
    g = ag.grad(lambda x: np.sum(ndimage.maximum_filter1d(x, 3, mode="constant", cval=7.0)))(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(g, [0, 0, 1])


def test_a_compiled_filter_gives_the_same_bits() -> None:
    f = lambda x: np.sum(ndimage.median_filter(x, 3) * ndimage.maximum_filter1d(x, 2))
    step = ag.compile(ag.grad(f))
    for _ in range(3):
        x = spaced(3, 4)
        np.testing.assert_array_equal(step(x), ag.grad(f)(x))


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: ndimage.median_filter(t, 3, output=np.empty(3)), TypeError, "output=.*which its rules do not know"),
    (lambda t: ndimage.median_filter(t), RuntimeError, "no footprint or filter size"),
    (lambda t: ndimage.rank_filter(t, 5, size=3), RuntimeError, "rank not within"),
    (lambda t: ndimage.median_filter(t, 3, axes=1), ValueError, "axis"),
    (lambda t: ndimage.maximum_filter(t + 1j, 3), TypeError, "Complex type not supported"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(3), requires_grad=True))


@pytest.mark.parametrize("name", ["median_filter", "maximum_filter", "minimum_filter1d"])
def test_scipys_function_names_this_one(name: str) -> None:
    t = ag.Tensor(spaced(4), requires_grad=True)
    with pytest.raises(TypeError, match=rf"scipy\.ndimage\.{name} was given .* use autograd\.scipy\.ndimage\.{name},"):
        getattr(scipy.ndimage, name)(t, 3)
