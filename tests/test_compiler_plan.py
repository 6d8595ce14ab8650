"""Programs compute what their functions do: every bit of what they return and leave behind, in every call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import straight
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag

DTYPES = [np.float32, np.float64]


def assert_same(ours: Any, theirs: Any) -> None:
    ours, theirs = (getattr(x, "data", x) if isinstance(x, ag.Tensor) else x for x in (ours, theirs))
    assert type(ours) is type(theirs)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    assert ours.tobytes() == theirs.tobytes()
    if theirs.base is None:  # views are copied
        along = [k for k, n in enumerate(ours.shape) if n > 1]
        assert [ours.strides[k] for k in along] == [theirs.strides[k] for k in along]


straight_line_functions = st.tuples(
    straight.steps,
    st.lists(st.integers(0, 99), min_size=1, max_size=4),
    st.lists(st.sampled_from(straight.SHAPES), min_size=3, max_size=5),
    st.lists(st.sampled_from(DTYPES), min_size=5, max_size=5),
    st.integers(0, 2**32 - 1),
)


@pytest.mark.slow
@given(straight_line_functions)
@settings(deadline=None, max_examples=150)
def test_straight_line_functions(drawn: Any) -> None:
    check_straight_line_function(*drawn)


def check_straight_line_function(
    steps: list[straight.Step], outputs: list[int], shapes: list[tuple[int, ...]], dtypes: list[Any], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    made = straight.draw_arrays(rng, shapes, dtypes[: len(shapes)])
    state, other = straight.tensors(made[2:]), straight.tensors(made[2:])

    def f(a: Any, b: Any, state: Sequence[Any] = tuple(state)) -> Any:
        there = straight.computed(steps, (a, b), state)
        return [there[-1 - k % len(there)] for k in outputs]

    compiled = ag.compile(f)
    kept: list[tuple[Any, bytes]] = []
    with np.errstate(all="ignore"):
        for _ in range(4):
            arrays = straight.draw_arrays(rng, shapes[:2], dtypes[:2])
            ours, theirs = compiled(*arrays), f(*arrays, other)
            for x, y in [*zip(ours, theirs, strict=True), *zip(state, other, strict=True)]:
                assert_same(x, y)
            kept += [(x, x.tobytes()) for x in ours]
            assert all(x.tobytes() == bits for x, bits in kept)  # which no later call may change
