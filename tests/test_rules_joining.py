"""Joining and splitting arrays, against differences."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import (
    case,
    check,
    has_complex,
    judged,
    leaves_of,
    normal,
    reversed_columns,
    rotated,
)  # fmt: skip

import autograd as ag

X = normal(2, 3, 4)
STRIDED = reversed_columns(X)
EMPTY = normal(0, 3)
POINT = normal()
STACKS = [np.hstack, np.vstack, np.dstack, np.column_stack]


def parts(f: Any, *kept: int) -> Any:
    """`f`, of whose outputs only some are used: to the others no gradient flows."""
    return lambda x: [f(x)[k] for k in kept]


CASES = [
    *(case(np.concatenate, normal(2, 3), normal(n, 3), f=lambda *xs: np.concatenate(xs), label=f"{n}")
      for n in (1, 4, 0)),
    *(case(np.concatenate, X, STRIDED, X[:, :, ::-1], f=lambda *xs, axis=axis: np.concatenate(xs, axis=axis),
           label=f"axis={axis}") for axis in (1, -1, -3, None)),
    case(np.concatenate, X, POINT, EMPTY, f=lambda *xs: np.concatenate(xs, axis=None), label="axis=None, of any shape"),
    case(np.concatenate, normal(2), f=lambda x: np.concatenate([x, np.ones(2), [3.0], x]), label="with constants"),
    case(np.concatenate, X, f=np.concatenate, label="along its own first axis"),
    case(np.concatenate, rotated(2), normal(2), f=lambda *xs: np.concatenate(xs), label="and real"),
    *(case(np.stack, X, STRIDED, f=lambda *xs, axis=axis: np.stack(xs, axis=axis), label=f"axis={axis}")
      for axis in (0, 1, -1)),
    case(np.stack, POINT, normal(), f=lambda *xs: np.stack([*xs, 1.0, xs[0]]), label="of points"),
    case(np.stack, EMPTY, f=lambda x: np.stack((x, x)), label="of nothing"),
    *(case(np.split, X, f=lambda x, axis=axis, n=n: np.split(x, n, axis=axis), label=f"{n}, axis={axis}")
      for n, axis in [(2, 0), (3, 1), (4, -1), ([1, 3], 2), ([], 0), ([0, 1, 1, 9], 1)]),
    case(np.split, X, f=lambda x: np.split(x, ag.Tensor([1, 3]), -1), label="at a Tensor"),
    *(case(np.array_split, X, f=lambda x, axis=axis: np.array_split(x, 3, axis=axis), label=f"uneven, axis={axis}")
      for axis in (0, -1)),
    *(case(np.split, normal(6), f=parts(lambda x: np.split(x, 3), *kept), label=f"only {kept}")
      for kept in [(0,), (1,), (2, 0)]),
    case(np.array_split, normal(5), f=parts(lambda x: np.array_split(x, 2), 1), label="only 1"),
    case(np.split, normal(4), f=lambda x: np.split(x, 2)[0] * np.split(x, 2)[1], label="product of halves"),
    case(np.concatenate, normal(2), f=lambda x: np.concatenate((x, 1.5), axis=None), label="with a Python scalar"),
    case(np.concatenate, normal(2), f=lambda x: np.concat([x, x], casting="no"), label="concat"),
    case(np.concatenate, normal(2), f=lambda x: np.concatenate([x, x], dtype=complex), label="to complex"),
    case(np.stack, normal(2), f=lambda x: np.stack([x, [1, 2]], dtype=np.float64), label="dtype"),
    *(case(fn, normal(2, 3), STRIDED[0, :2, 1:], normal(2, 3), f=lambda *xs, fn=fn: fn(xs)) for fn in STACKS),
    *(case(fn, normal(3), normal(3), f=lambda *xs, fn=fn: fn(list(xs))) for fn in STACKS),
    *(case(fn, POINT, normal(), f=lambda *xs, fn=fn: fn(xs)) for fn in STACKS),
    *(case(fn, X, STRIDED, f=lambda *xs, fn=fn: fn(xs)) for fn in STACKS),
    *(case(fn, EMPTY, EMPTY, f=lambda *xs, fn=fn: fn(xs)) for fn in STACKS),
    *(case(fn, rotated(2), normal(2), f=lambda *xs, fn=fn: fn([*xs, [1, 2]]), label="and a list") for fn in STACKS),
    *(case(fn, POINT, f=lambda x, fn=fn: fn((1.5, x, 2)), label="among scalars") for fn in STACKS),
    *(case(fn, X, f=lambda x, fn=fn: fn(x), label="its rows") for fn in STACKS),
    *(case(fn, normal(2), f=lambda x, fn=fn: fn([x, np.ones(2, np.float32)], dtype=np.float64, casting="safe"),
           label="dtype and casting") for fn in (np.hstack, np.vstack)),
    case(np.hstack, normal(2), normal(0), normal(3), f=lambda *xs: np.hstack(xs)),
    case(np.vstack, normal(3), normal(2, 3), f=lambda *xs: np.vstack(xs)),
    case(np.dstack, normal(2, 3), normal(2, 3, 2), f=lambda *xs: np.dstack(xs)),
    case(np.column_stack, normal(2), normal(2, 3), normal(2), f=lambda *xs: np.column_stack(xs)),
    *(case(np.append, normal(2, 3), normal(*shape), axis=axis) for shape, axis in
      [((2, 3), None), ((4,), None), ((), None), ((1, 3), 0), ((2, 1), -1), ((2, 0), 1)]),
    case(np.append, STRIDED, STRIDED),
    case(np.append, POINT, EMPTY),
    case(np.append, normal(2), f=lambda x: np.append(x, 5), label="a scalar"),
    case(np.append, normal(2), f=lambda x: np.append([1, 2], x), label="to a list"),
    case(np.append, rotated(2), normal(2)),
    case(np.block, normal(2, 3), f=np.block, label="no list"),
    case(np.block, normal(2), normal(3), POINT, f=lambda *xs: np.block([*xs, 1.0]), label="one list"),
    case(np.block, POINT, normal(2, 2), normal(1, 2), label="2 x 2",
         f=lambda p, a, b: np.block([[a, np.ones((2, 1), int)], [b, p]])),
    case(np.block, normal(2), normal(3), f=lambda a, b: np.block([[a, b], [b, a]]), label="of rows"),
    case(np.block, normal(2, 2), X, f=lambda a, b: np.block([a, b[:, :2, 1]]), label="deeper than nested"),
    case(np.block, X, STRIDED, f=lambda a, b: np.block([[[a, b], [b, a]], [[b, b], [a, a]]]), label="2 x 2 x 2"),
    case(np.block, X, f=lambda x: np.block([x, x]), label="3-d in one list"),
    case(np.block, POINT, f=lambda x: np.block([[[x]]]), label="of a point"),
    case(np.block, EMPTY, f=lambda x: np.block([[x], [x]]), label="of nothing"),
    case(np.block, rotated(2), normal(2), f=lambda a, b: np.block([[a], [b]]), label="and real"),
    *(case(fn, X, indices_or_sections=n) for fn, n in
      [(np.hsplit, 3), (np.hsplit, [1]), (np.vsplit, 2), (np.vsplit, [0, 1, 5]), (np.dsplit, 2), (np.dsplit, (1, 3))]),
    *(case(fn, STRIDED, f=parts(lambda x, fn=fn, n=n: fn(x, n), 1), label="only 1")
      for fn, n in [(np.hsplit, 3), (np.vsplit, 2), (np.dsplit, 2)]),
    case(np.hsplit, normal(4), indices_or_sections=2),
    case(np.hsplit, EMPTY, indices_or_sections=[1]),
    case(np.vsplit, EMPTY, indices_or_sections=1),
    case(np.dsplit, rotated(1, 1, 2), indices_or_sections=2),
    *(case(np.unstack, x, axis=axis) for x in (X, STRIDED) for axis in (0, 1, -1)),
    *(case(np.unstack, x) for x in (normal(3), rotated(2, 2), EMPTY.T)),
    case(np.unstack, X, f=parts(lambda x: np.unstack(x, axis=1), 2, 0), label="only some"),
]  # fmt: skip


test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c) and "to complex" not in c.label])


def test_containers_are_those_of_numpy() -> None:
    for _, f, inputs, label in CASES:
        y, wanted = f(*leaves_of(inputs)), f(*inputs)
        assert type(y) is type(wanted) if isinstance(wanted, list | tuple) else isinstance(y, ag.Tensor), label


def test_a_part_of_a_split_is_differentiated_twice() -> None:
    """To one part nothing flows in the first pass, and something in the second."""
    check(lambda x: np.split(x, 2)[0] * np.split(x, 2)[0] * x[2:], normal(4), order=2)


def test_out_is_refused() -> None:
    t = ag.Tensor([1.0, 2.0], requires_grad=True)
    for join in (np.concatenate, np.stack):
        with pytest.raises(TypeError, match=r"out=.*use what it returns"):
            join([t, t], out=np.zeros(4))


@pytest.mark.parametrize(("arrange", "what"), [
    (lambda t: [[t], t], "a Tensor at depth 1"), (lambda t: [t, [t]], "a Tensor at depth 2"),
    (lambda t: [t, (t, t)], "a tuple at depth 1"), (lambda t: [[t], []], "a list at depth 1"),
    (lambda t: [[t, 1.0], 2.0], "a float at depth 1"),
])  # fmt: skip
def test_block_refuses_what_is_not_nested_evenly(arrange: Any, what: str) -> None:
    with pytest.raises(ValueError, match=rf"block was given {what}.*expected are arrays at one depth.*put all"):
        np.block(arrange(ag.Tensor([1.0, 2.0], requires_grad=True)))


def test_arrays_that_do_not_fit_are_named_with_their_shapes() -> None:
    t = ag.Tensor(np.ones((2, 3)), requires_grad=True)
    for fn in STACKS:
        with pytest.raises(ValueError, match=r"\(2, 3.*\).*\(4, 5.*\).*do not fit"):
            fn([t, np.ones((4, 5))])


def test_a_tensor_within_a_list_among_the_arrays_is_refused() -> None:
    t = ag.Tensor(1.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"np\.stack"):
        np.hstack([[t, t], t])


@settings(max_examples=25, deadline=None)
@given(data=st.data(), fn=st.sampled_from([np.concatenate, np.stack, *STACKS]))
def test_joined_and_split_again(data: Any, fn: Any) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    count = data.draw(st.integers(1, 3))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))

    def joined(*xs: Any) -> Any:
        y = fn(xs, axis=axis) if fn in (np.concatenate, np.stack) else fn(xs)
        return np.array_split(y, 2, axis=axis)

    check(joined, *(normal(*shape) for _ in range(count)))


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.integers(1, 2), min_size=1, max_size=3),
    columns=st.lists(st.integers(1, 2), min_size=1, max_size=2),
)
def test_any_block_matrix(rows: list[int], columns: list[int]) -> None:
    width = len(columns)
    check(lambda *xs: np.block([list(xs[k : k + width]) for k in range(0, len(xs), width)]),
          *(normal(n, m) for n in rows for m in columns))  # fmt: skip
