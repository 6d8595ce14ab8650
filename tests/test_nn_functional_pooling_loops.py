"""The loops of pooling, against windows that are gone through one by one."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.nn.functional.pooling_loops import divisor, laid_out_as, lowest, over_windows, picked, placed, spread
from autograd.nn.functional.windows import count


def windows(shape: Any, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """The place of each window and, in order, the places of the elements in it."""
    every = zip(shape, kernel, stride, padding, dilation, strict=True)
    for place in product(*(range(count(n, k, s, p, d)) for n, k, s, p, d in every)):
        taps = product(*map(range, kernel))
        where = [
            tuple(i * s - p[0] + t * d for i, s, p, t, d in zip(place, stride, padding, tap, dilation, strict=True))
            for tap in taps
        ]
        yield place, [at for at in where if all(0 <= i < n for i, n in zip(at, shape, strict=True))]


@st.composite
def problems(draw: st.DrawFn) -> Any:
    ndim = draw(st.integers(1, 2))
    kernel, stride, dilation = (tuple(draw(st.integers(1, most)) for _ in range(ndim)) for most in (3, 3, 2))
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    padding = tuple((p := draw(st.integers(0, r // 2)), p) for r in reach)
    size = tuple(r + draw(st.integers(0, 3)) for r in reach)
    return draw(st.integers(0, 2)), size, kernel, stride, padding, dilation


@settings(max_examples=150, deadline=None)
@given(problems(), st.sampled_from([np.float32, np.float64, np.int64]))
def test_the_largest_of_each_window_and_where_it_is(problem: Any, dtype: Any) -> None:
    n, size, *options = problem
    rng = np.random.default_rng(0)
    x = rng.integers(-3, 3, (n, *size)).astype(dtype)  # with many that are equal
    y = over_windows(np.maximum, x, *options, lowest(x.dtype))
    v, g = rng.normal(size=x.shape), rng.normal(size=y.shape)
    largest, first, back = np.empty_like(y), np.empty(y.shape), np.zeros(x.shape)
    for row in range(n):
        for place, where in windows(size, *options):
            at = max(where, key=lambda at: x[(row, *at)])  # the first of the largest
            largest[(row, *place)], first[(row, *place)] = x[(row, *at)], v[(row, *at)]
            back[(row, *at)] += g[(row, *place)]
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, largest)
    np.testing.assert_array_equal(picked(v, x, y, *options), first)
    np.testing.assert_allclose(placed(g, x, y, *options), back, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(problems(), st.booleans())
def test_sums_their_divisor_and_their_adjoint(problem: Any, count_include_pad: bool) -> None:
    n, size, kernel, stride, padding, _ = problem
    options = kernel, stride, padding, (1,) * len(size)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, *size))
    y = over_windows(np.add, x, *options, 0)
    g = rng.normal(size=y.shape)
    expected, numbers = np.zeros_like(y), np.zeros(y.shape[1:])
    for place, where in windows(size, *options):
        expected[(slice(None), *place)] = sum(x[(slice(None), *at)] for at in where)
        numbers[place] = np.prod(kernel) if count_include_pad else len(where)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    found = divisor(x.shape, y, kernel, stride, padding, count_include_pad, None)
    np.testing.assert_array_equal(np.broadcast_to(found, numbers.shape), numbers)
    assert divisor(x.shape, y, kernel, stride, padding, count_include_pad, 7) == 7
    back = spread(g, size, kernel, stride, padding)
    assert back.shape == x.shape
    np.testing.assert_allclose((back * x).sum(), (g * y).sum(), atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_nan_is_the_largest_and_the_first_of_it_takes_the_gradient(dtype: Any) -> None:
    x = np.array([[1, np.nan, np.nan, 2]], dtype)
    options: Any = (2,), (2,), ((0, 0),), (1,)
    y = over_windows(np.maximum, x, *options, lowest(x.dtype))
    np.testing.assert_array_equal(y, [[np.nan, np.nan]])
    np.testing.assert_array_equal(placed(np.array([[5, 7]], dtype), x, y, *options), [[0, 5, 7, 0]])


def test_a_gradient_is_laid_out_as_the_value() -> None:
    g, y = np.arange(6.0).reshape(2, 3), np.zeros((3, 2)).T
    assert laid_out_as(g, np.zeros((2, 3))) is g
    found = laid_out_as(g, y)
    assert found.strides == y.strides
    np.testing.assert_array_equal(found, g)
