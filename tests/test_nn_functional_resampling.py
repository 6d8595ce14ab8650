"""Images of another size: values, gradients, what is taken where, dtypes."""

import numpy as np
import pytest
from compiled import check_compiled
from numeric import Case, case, judged, normal, reversed_columns

import autograd as ag
from autograd import nn
from autograd.nn.functional import resampling

CASES = [
    case(resampling.resample, normal(2, 2, 3, 4), f=lambda x: nn.interpolate(x, scale_factor=2)),
    case(resampling.resample, normal(1, 2, 3, 4), label="smaller", f=lambda x: nn.interpolate(x, (2, 3))),
    case(resampling.resample, reversed_columns(normal(1, 2, 3, 4)),
         f=lambda x: nn.interpolate(x, scale_factor=(2, 0.5), mode="bilinear")),
    case(resampling.resample, normal(1, 1, 3, 2), label="corners",
         f=lambda x: nn.interpolate(x, (5, 1), mode="bilinear", align_corners=True)),
    case(resampling.resample, normal(2, 1, 4), label="signals", f=lambda x: nn.interpolate(x, 7, mode="linear")),
    case(resampling.resample, normal(2, 5, 4), label="areas", f=lambda x: nn.adaptive_avg_pool2d(x, (2, 3))),
    case(resampling.resample, normal(0, 1, 3), f=lambda x: nn.interpolate(x, 2)),
    case(resampling.resample_transpose, normal(2, 3, 2), size=(5, 4), mode="area"),
    case(resampling.resample_transpose, normal(2, 4), size=(3,), mode="linear", align_corners=True),
]  # fmt: skip
test_gradients, test_float32 = judged(CASES, CASES)


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.label)
def test_compiled_it_has_the_same_bits(one: Case) -> None:
    check_compiled(one.f, *(x.astype(np.float32) for x in one.inputs))


def test_nearest_by_a_whole_factor_repeats() -> None:
    x = normal(2, 2, 3, 4)
    np.testing.assert_array_equal(nn.interpolate(x, scale_factor=(2, 3)), x.repeat(2, axis=2).repeat(3, axis=3))


def test_linear_is_np_interp() -> None:
    x = normal(1, 1, 5)
    corners = nn.interpolate(x, 9, mode="linear", align_corners=True)
    np.testing.assert_allclose(corners[0, 0], np.interp(np.arange(9) / 2, np.arange(5), x[0, 0]), rtol=1e-12)
    edges = nn.interpolate(x, 10, mode="linear")
    np.testing.assert_allclose(
        edges[0, 0], np.interp((np.arange(10) + 0.5) / 2 - 0.5, np.arange(5), x[0, 0]), rtol=1e-12
    )


def test_both_axes_one_after_the_other() -> None:
    x = normal(1, 2, 3, 4)
    rows = nn.interpolate(x[0].swapaxes(1, 2), 5, mode="linear").swapaxes(1, 2)
    expected = nn.interpolate(rows, 7, mode="linear")
    np.testing.assert_allclose(nn.interpolate(x, (5, 7), mode="bilinear")[0], expected, rtol=1e-12)


def test_an_infinity_stays_where_it_is() -> None:
    x = np.zeros((1, 1, 4))
    x[0, 0, 0] = np.inf
    for mode in ("nearest", "linear"):
        y = nn.interpolate(x, 8, mode=mode)
        assert np.isinf(y[0, 0, 0])
        assert (y[0, 0, 4:] == 0).all()


def test_means_of_float16_are_of_sums_in_float32() -> None:
    x = ag.Tensor(np.full((1, 101, 101), 100, np.float16), requires_grad=True)
    y = nn.adaptive_avg_pool2d(x, 2)
    assert y.dtype == np.float16
    np.testing.assert_allclose(y.data, 100, rtol=1e-3)
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == np.float16


def test_arrays_give_arrays_and_are_left_alone() -> None:
    x = normal(1, 1, 2, 2)
    y = nn.interpolate(x, 2)
    assert type(y) is np.ndarray
    assert not np.may_share_memory(x, y)
    np.testing.assert_array_equal(nn.interpolate(x.tolist(), 2), y)
