"""Windows along an axis, against windows that are counted one by one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.nn.functional.windows import count, extent, per_axis, taps


@given(
    st.integers(1, 9), st.integers(1, 4), st.integers(1, 4), st.integers(0, 4), st.integers(-2, 4), st.integers(1, 3)
)
def test_taps_are_those_of_windows_laid_out_one_by_one(
    size: int, kernel: int, stride: int, before: int, after: int, dilation: int
) -> None:
    places = range(-before, size + after - extent(kernel, dilation) + 1, stride)  # where windows begin
    number = count(size, kernel, stride, (before, after), dilation)
    assert max(number, 0) == len(places)
    if not places:
        return
    elements = np.arange(size)
    met: dict[tuple[int, int], int] = {}
    for k, (windows, there) in enumerate(taps(size, number, kernel, stride, before, dilation)):
        for window, element in zip(range(number)[windows], elements[there], strict=True):
            met[window, k] = int(element)
    assert met == {
        (window, k): place + k * dilation
        for window, place in enumerate(places)
        for k in range(kernel)
        if 0 <= place + k * dilation < size
    }


@pytest.mark.parametrize(
    ("value", "ndim", "expected"),
    [
        (3, 2, (3, 3)),
        ((3, 4), 2, (3, 4)),
        ([3, 4], 2, (3, 4)),
        ((3,), 2, (3, 3)),
        (np.int64(3), 1, (3,)),
        ((3,), 1, (3,)),
    ],
)
def test_a_number_is_one_for_each_axis(value: Any, ndim: int, expected: Any) -> None:
    found = per_axis("f", "size", value, ndim)
    assert found == expected
    assert all(type(number) is int for number in found)


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "3", (1, 2, 3), (1, 0), (), None])
def test_what_is_no_size_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"f was given size=.*; it must be a whole number or a tuple of 2, at least 1"):
        per_axis("f", "size", value, 2)
