"""Pooling as functions: values window by window, gradients, the first of several maxima, NaN, dtypes, layouts."""

from typing import Any

import numpy as np
import pytest
from compiled import check_compiled
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import Case, case, judged, normal, reversed_columns, spaced

import autograd as ag
from autograd import nn
from autograd.nn.functional import pooling
from autograd.nn.functional.windows import Ints

X = spaced(2, 2, 5, 4)
MAXIMA: Any = {"kernel_size": (2, 3), "stride": (2, 1), "padding": ((1, 0), (0, 1)), "dilation": (1, 1)}
MEANS: Any = {"kernel_size": (2, 3), "stride": (2, 1), "padding": ((1, 1), (0, 0)), "count_include_pad": False,
              "divisor_override": None}  # fmt: skip
CASES = [
    case(pooling.max_pool, X, f=lambda x: nn.max_pool2d(x, 2)),
    case(pooling.max_pool, X[0], label="overlapping", f=lambda x: nn.max_pool2d(x, 3, 1, 1, ceil_mode=True)),
    case(pooling.max_pool, reversed_columns(X), f=lambda x: nn.max_pool2d(x, (2, 1), (1, 2), dilation=(2, 1))),
    case(pooling.max_pool, spaced(0, 2, 2, 2), f=lambda x: nn.max_pool2d(x, 2)),
    case(pooling.max_pool, spaced(1, 1, 1), f=lambda x: nn.max_pool1d(x, 1)),
    case(pooling.max_pool, spaced(2, 3, 7), f=lambda x: nn.max_pool1d(x, 3, 2, 1)),
    case(pooling.pick_maxima, normal(2, 2, 5, 4), f=lambda v: pooling.pick_maxima(
        v, X, pooling.max_pool(X, **MAXIMA), **MAXIMA)),
    case(pooling.place_at_maxima, normal(2, 2, 3, 3), f=lambda v: pooling.place_at_maxima(
        v, X, pooling.max_pool(X, **MAXIMA), **MAXIMA)),
    case(pooling.avg_pool, X, f=lambda x: nn.avg_pool2d(x, 2)),
    case(pooling.avg_pool, X[0], label="padded", f=lambda x: nn.avg_pool2d(x, 3, 2, 1, True)),
    case(pooling.avg_pool, reversed_columns(X), f=lambda x: nn.avg_pool2d(x, (2, 3), 1, 1, count_include_pad=False)),
    case(pooling.avg_pool, X, label="divisor", f=lambda x: nn.avg_pool2d(x, 2, 3, divisor_override=3)),
    case(pooling.avg_pool, spaced(2, 7), f=lambda x: nn.avg_pool1d(x, 3, 2, 1)),
    case(pooling.avg_pool, spaced(0, 1, 4), f=lambda x: nn.avg_pool1d(x, 2)),
    case(pooling.avg_pool_transpose, normal(2, 3, 2), f=lambda x: pooling.avg_pool_transpose(x, size=(5, 4), **MEANS)),
]  # fmt: skip
test_gradients, test_float32 = judged(CASES, CASES)


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.label)
def test_compiled_it_has_the_same_bits(one: Case) -> None:
    check_compiled(one.f, *(x.astype(np.float32) for x in one.inputs))


@st.composite
def problems(draw: st.DrawFn) -> Any:
    kernel, stride, dilation = (tuple(draw(st.integers(1, most)) for _ in range(2)) for most in (3, 3, 2))
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    padding = tuple(draw(st.integers(0, r // 2)) for r in reach)
    size = [max(1, r - 2 * p + draw(st.integers(0, 4))) for r, p in zip(reach, padding, strict=True)]
    return size, kernel, stride, padding, dilation, draw(st.booleans())


def windows(x: Any, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, y: Any) -> Any:
    """For each element of y the elements of x in its window."""
    for i, j in np.ndindex(*y.shape[-2:]):
        rows = [i * stride[0] - padding[0] + k * dilation[0] for k in range(kernel[0])]
        columns = [j * stride[1] - padding[1] + k * dilation[1] for k in range(kernel[1])]
        inside = [[n for n in ns if 0 <= n < size] for ns, size in zip((rows, columns), x.shape[-2:], strict=True)]
        yield i, j, [x[..., row, column] for row in inside[0] for column in inside[1]]


@settings(max_examples=100, deadline=None)
@given(problems())
def test_each_element_is_of_its_window(problem: Any) -> None:
    size, kernel, stride, padding, dilation, ceil_mode = problem
    x = np.random.default_rng(0).normal(size=(2, *size))
    y = nn.max_pool2d(x, kernel, stride, padding, dilation, ceil_mode=ceil_mode)
    for i, j, elements in windows(x, kernel, stride, padding, dilation, y):
        np.testing.assert_array_equal(y[:, i, j], np.max(elements, axis=0) if elements else -np.inf)
    if dilation == (1, 1):
        y = nn.avg_pool2d(x, kernel, stride, padding, ceil_mode, count_include_pad=False)
        for i, j, elements in windows(x, kernel, stride, padding, dilation, y):
            np.testing.assert_allclose(y[:, i, j], np.mean(elements, axis=0), atol=1e-12)


# -- which maximum -----------------------------------------------------------------------------------------------------


def gradient_of_sum(f: Any, x: Any) -> Any:
    t = ag.Tensor(x, requires_grad=True)
    f(t).sum().backward()
    assert t.grad is not None
    return t.grad.data


def test_the_first_of_equal_elements_takes_the_gradient() -> None:
    x = np.array([[[1.0, 1, 0, 2], [1, 1, 2, 2]]])
    np.testing.assert_array_equal(gradient_of_sum(lambda t: nn.max_pool2d(t, 2), x), [[[1, 0, 0, 1], [0, 0, 0, 0]]])
    overlapping = gradient_of_sum(lambda t: nn.max_pool2d(t, 2, 1), x)
    np.testing.assert_array_equal(overlapping, [[[1, 0, 0, 1], [0, 0, 1, 0]]])
    np.testing.assert_array_equal(gradient_of_sum(lambda t: nn.max_pool1d(t, 2), np.zeros((1, 4))), [[1, 0, 1, 0]])


def test_padding_is_never_the_maximum() -> None:
    x = np.full((1, 2, 2), -np.inf)
    np.testing.assert_array_equal(nn.max_pool2d(x, 3, 3, 1), [[[-np.inf]]])
    np.testing.assert_array_equal(gradient_of_sum(lambda t: nn.max_pool2d(t, 3, 3, 1), x), [[[1, 0], [0, 0]]])
    np.testing.assert_array_equal(nn.max_pool2d(np.full((1, 2, 2), -7), 3, 3, 1), [[[-7]]])  # integers, too
    assert nn.max_pool2d(np.full((1, 2, 2), 3, np.uint8), 2).dtype == np.uint8


def test_elements_that_no_window_meets_have_gradient_0() -> None:
    x = normal(1, 3, 5)
    for f in (lambda t: nn.max_pool2d(t, 2), lambda t: nn.avg_pool2d(t, 2), lambda t: nn.max_pool2d(t, 1, 2)):
        gx = gradient_of_sum(f, x)
        assert (gx[:, :, 4] == 0).all() or (gx[:, 1] == 0).all()
    # As many windows times taps as there are elements, of which the padding takes some:
    gx = gradient_of_sum(lambda t: nn.max_pool2d(t, 3, 3, 1), np.arange(9.0).reshape(1, 3, 3))
    np.testing.assert_array_equal(gx, [[[0, 0, 0], [0, 1, 0], [0, 0, 0]]])


def test_nan_is_the_maximum_and_takes_the_gradient() -> None:
    x = np.array([[[1.0, np.nan, 5, 2], [7, np.nan, 1, 3]]])
    np.testing.assert_array_equal(nn.max_pool2d(x, 2), [[[np.nan, 5]]])
    np.testing.assert_array_equal(gradient_of_sum(lambda t: nn.max_pool2d(t, 2), x), [[[0, 1, 1, 0], [0, 0, 0, 0]]])
    assert np.isnan(nn.avg_pool2d(x, 2)).tolist() == [[[True, False]]]


# -- dtypes, layouts, calls --------------------------------------------------------------------------------------------


def test_means_of_float16_are_of_sums_in_float32() -> None:
    x = np.full((1, 64, 64), 100, np.float16)  # whose sum is larger than the largest float16
    y = nn.avg_pool2d(x, 64)
    assert (y.dtype, y.item()) == (np.float16, 100)
    gx = gradient_of_sum(lambda t: nn.avg_pool2d(t, 64) * 512, x)
    assert gx.dtype == np.float16
    np.testing.assert_array_equal(gx, 0.125)


@pytest.mark.parametrize("f", [lambda x: nn.max_pool2d(x, 3, 2, 1), lambda x: nn.avg_pool2d(x, 2)])
def test_any_layout_gives_the_same_and_keeps_its_order(f: Any) -> None:
    x = normal(3, 2, 6, 4)
    other = np.ascontiguousarray(x.transpose(2, 1, 3, 0)).transpose(3, 1, 0, 2)
    np.testing.assert_array_equal(f(other), f(x))
    assert f(other).transpose(2, 1, 3, 0).flags.c_contiguous
    np.testing.assert_array_equal(gradient_of_sum(f, other), gradient_of_sum(f, x))


def test_arrays_give_arrays_and_are_left_alone() -> None:
    x = normal(1, 4, 4)
    before = x.copy()
    for f in (lambda x: nn.max_pool2d(x, 1), lambda x: nn.avg_pool2d(x, 1), lambda x: nn.max_pool2d(x, 2),
              lambda x: nn.avg_pool2d(x, 2), lambda x: nn.adaptive_avg_pool2d(x, 4)):  # fmt: skip
        y = f(x)
        assert type(y) is np.ndarray
        assert not np.may_share_memory(y, x)
        y[...] = 7
        np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(nn.max_pool2d(x.tolist(), 2), nn.max_pool2d(x, 2))


def test_adaptive_pooling_is_pooling_where_the_sizes_divide() -> None:
    x = ag.Tensor(normal(2, 6, 4), requires_grad=True)
    y = nn.adaptive_avg_pool2d(x, (3, 2))
    np.testing.assert_array_equal(y.data, nn.avg_pool2d(x.data, 2))
    assert y.node.fn is pooling.avg_pool
    whole = nn.adaptive_avg_pool2d(x, 1)
    np.testing.assert_allclose(whole.data[:, 0, 0], x.data.mean((1, 2)), rtol=1e-12)
