"""The loops of convolutions, against sums that follow the definition, and how what they return lies in memory."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd.nn.functional import convolution_loops
from autograd.nn.functional.convolution_loops import convolve, convolve_transpose, convolve_weight, reaching
from autograd.nn.functional.windows import count


def by_definition(x: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """y[n, o, i, j], element by element."""
    kernel = weight.shape[2:]
    size = [count(n, k, s, p, d) for n, k, s, p, d in zip(x.shape[2:], kernel, stride, padding, dilation, strict=True)]
    y = np.zeros((len(x), len(weight), *size))
    channels, outputs = weight.shape[1], len(weight) // groups
    for o, c, i, j, k, m in product(*map(range, (len(weight), channels, *size, *kernel))):
        row = i * stride[0] + k * dilation[0] - padding[0][0]
        column = j * stride[1] + m * dilation[1] - padding[1][0]
        if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
            y[:, o, i, j] += weight[o, c, k, m] * x[:, o // outputs * channels + c, row, column]
    return y


@st.composite
def problems(draw: st.DrawFn) -> Any:
    kernel, stride, dilation = ([draw(st.integers(1, most)) for _ in range(2)] for most in (3, 3, 2))
    padding = [(draw(st.integers(0, 3)), draw(st.integers(-1, 3))) for _ in range(2)]
    size = [
        max(1, draw(st.integers(0, 3)) + (k - 1) * d + 1 - sum(p))
        for k, d, p in zip(kernel, dilation, padding, strict=True)
    ]
    groups, n, inputs, outputs = (draw(st.integers(low, 2)) for low in (1, 0, 1, 1))
    return n, groups, groups * inputs, groups * outputs, size, kernel, tuple(stride), tuple(padding), tuple(dilation)


@pytest.fixture(params=[(1, 1), (100, 1), (100, 2**18)], ids=["views", "few rows", "all rows"])
def laid_out(request: Any, monkeypatch: Any) -> None:
    """Where columns of the kernel read the image itself; where they are laid out, for so many rows at a time."""
    for name, value in zip(("DEEP", "PATCHES"), request.param, strict=True):
        monkeypatch.setattr(convolution_loops, name, value)


@pytest.mark.usefixtures("laid_out")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problems())
def test_all_three_follow_from_the_definition(problem: Any) -> None:
    n, groups, inputs, outputs, size, kernel, *options = problem
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(n, inputs, *size)), rng.normal(size=(outputs, inputs // groups, *kernel))
    y = by_definition(x, weight, *options, groups)
    bias = rng.normal(size=outputs)
    np.testing.assert_allclose(convolve(x, weight, None, *options, groups), y, atol=1e-12)
    np.testing.assert_allclose(convolve(x, weight, bias, *options, groups), y + bias[:, None, None], atol=1e-12)
    gy = rng.normal(size=y.shape)
    gx = convolve_transpose(gy, weight, None, tuple(size), *options, groups)
    gw = convolve_weight(x, gy, tuple(kernel), *options, groups)
    assert (gx.shape, gw.shape) == (x.shape, weight.shape)
    # Adjoint: <gy, convolve(u, v)> is <u, gx> and <v, gw>, for any u with this weight, for any v with this x.
    u, v = rng.normal(size=x.shape), rng.normal(size=weight.shape)
    np.testing.assert_allclose((gx * u).sum(), (gy * by_definition(u, weight, *options, groups)).sum(), atol=1e-10)
    np.testing.assert_allclose((gw * v).sum(), (gy * by_definition(x, v, *options, groups)).sum(), atol=1e-10)
    np.testing.assert_allclose(
        convolve_transpose(gy, weight, np.arange(inputs), tuple(size), *options, groups),
        gx + np.arange(inputs)[:, None, None],
        atol=1e-12,
    )


@pytest.mark.parametrize("bias", [None, np.arange(3.0)])
def test_into_memory_that_is_there(bias: Any) -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(4, 2, 6, 5)), rng.normal(size=(3, 2, 2, 2))
    options: Any = ((1, 2), ((1, 0), (0, 1)), (1, 1), 1)
    y = convolve(x, weight, bias, *options)
    made = [
        (convolve, x, weight, bias),
        (convolve_transpose, y, weight, None if bias is None else bias[:2], (6, 5)),
        (convolve_weight, x, y, (2, 2)),
    ]
    for fn, *args in made:
        expected = fn(*args, *options)
        out = np.full_like(expected, 7)  # of the same strides
        assert np.shares_memory(fn(*args, *options, out=out), out)
        np.testing.assert_array_equal(out, expected)


@given(st.integers(0, 12), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))
def test_rows_that_reach_a_row(row: int, kernel: int, number: int, stride: int, dilation: int) -> None:
    expected = [
        (k, window)
        for k in range(kernel)
        for window in range(number)
        if window * stride + (kernel - 1 - k) * dilation == row
    ]
    of_kernel, of_x = reaching(row, kernel, number, stride, dilation)
    if of_kernel is None:
        assert not expected
    else:
        assert list(zip(range(kernel)[of_kernel], range(number)[of_x], strict=True)) == expected


def test_memory_is_in_the_order_in_which_the_next_convolution_reads_it() -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(4, 2, 6, 5)), rng.normal(size=(3, 2, 2, 2))
    options: Any = ((1, 1), ((0, 0), (0, 0)), (1, 1), 1)
    y = convolve(x, weight, None, *options)
    gx = convolve_transpose(y, weight, None, (6, 5), *options)
    for image in (y, gx):
        assert image.transpose(2, 1, 3, 0).flags.c_contiguous
    gw = convolve_weight(x, y, (2, 2), *options)
    assert gw.flags.c_contiguous
    assert gw.base is None  # so that a leaf takes it as it is


@pytest.mark.parametrize("axes", [(0, 1, 2, 3), (2, 1, 3, 0), (3, 2, 1, 0)])
def test_any_layout_gives_the_same(axes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x, weight, gy = (rng.normal(size=shape) for shape in ((4, 2, 6, 5), (3, 2, 2, 2), (4, 3, 5, 4)))
    laid = [np.transpose(np.ascontiguousarray(np.transpose(a, axes)), np.argsort(axes)) for a in (x, weight, gy)]
    options: Any = ((1, 1), ((0, 0), (0, 0)), (1, 1), 1)
    for a, b, c in [laid, [a[::-1][::-1] for a in laid]]:
        np.testing.assert_array_equal(convolve(a, b, None, *options), convolve(x, weight, None, *options))
        expected = convolve_transpose(gy, weight, None, (6, 5), *options)
        np.testing.assert_array_equal(convolve_transpose(c, b, None, (6, 5), *options), expected)
        expected = convolve_weight(x, gy, (2, 2), *options)
        np.testing.assert_array_equal(convolve_weight(a, c, (2, 2), *options), expected)
