"""Pieces hold each element once, whatever the layouts, and what is written into them arrives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.nn.functional import pieces as module
from autograd.nn.functional.pieces import elementwise, pieces


def layouts(a: Any) -> list[Any]:
    """The same array in several orders of its axes, and one with gaps."""
    gaps = np.zeros((*a.shape[:-1], 2 * a.shape[-1]), a.dtype)[..., ::2]
    gaps[...] = a
    return [a, np.asfortranarray(a), a.transpose(1, 0, 2).copy().transpose(1, 0, 2), gaps, a[::-1].copy()[::-1]]


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.integers(0, 4)] * 3), *[st.integers(0, 4)] * 3, st.integers(1, 70))
def test_each_element_meets_its_own(shape: tuple[int, ...], first: int, second: int, third: int, size: int) -> None:
    a, b = np.arange(2.0 * np.prod(shape)).reshape(2, *shape)
    a, b, out = layouts(a)[first], layouts(b)[second], layouts(np.zeros(shape))[third]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE", size)
        count = 0
        for x, y, z in pieces(a, b, out):
            assert x.ndim == 1
            assert len(x) == len(y) == len(z) <= size
            np.multiply(x, y, out=z)
            count += len(z)
    assert count == a.size
    np.testing.assert_array_equal(out, a * b)


def test_the_result_may_lie_where_an_operand_does() -> None:
    a = np.arange(12.0).reshape(3, 4)
    for x, y in pieces(a, a):
        y += x
    assert a.tolist() == (2 * np.arange(12.0).reshape(3, 4)).tolist()


def test_of_no_axes() -> None:
    out = np.zeros(())
    for x, y in pieces(np.array(2.0), out):
        np.exp(x, out=y)
    assert out == np.exp(2.0)


def test_elementwise_functions_are_marked() -> None:
    @elementwise
    def double(x: Any, out: Any = None) -> Any:
        return np.multiply(x, 2, out=out)

    assert double.is_elementwise  # type: ignore[attr-defined]  # set by the decorator
    assert double(3) == 6
