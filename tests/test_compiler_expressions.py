"""The text of calls."""

import operator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from calls import Calls
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.ir import Buffer, Kind, Op, Program, Value
from autograd.compiler.printing.constants import Constants
from autograd.compiler.printing.expressions import DEEPEST_EXPRESSION, Expressions, inlined
from autograd.compiler.tracing.opaque_steps import OpaqueStep

ARRAY, OTHER, BUFFERED = Value(np.ones((2, 3))), Value(np.ones((2, 3))), Value(np.ones((2, 3)))
SCALAR, SINGLE, NUMBER, STATE = Value(np.float64(2)), Value(np.float32(2)), Value(3.0), Value(np.ones(3), Kind.STATE)
INTEGER, CUBE = Value(np.int64(3)), Value(np.ones((2, 3, 4)))
NAMES = {
    ARRAY: "a", OTHER: "b", BUFFERED: "y", SCALAR: "s", SINGLE: "f", NUMBER: "n", STATE: "w", INTEGER: "i", CUBE: "z",
}  # fmt: skip
BUFFERS = {BUFFERED: Buffer(48, 0, 0, [BUFFERED])}


def statement(fn: Any, *args: Any, result: Any = BUFFERED, writes: Any = None, **options: Any) -> str:
    made = None if writes is not None else result
    return Expressions(NAMES, {}, BUFFERS, Constants(set())).statement(Op(fn, args, options, made, writes))


def text(fn: Any, *args: Any, **options: Any) -> str:
    y = Value(np.ones(3))
    return Expressions(NAMES, {y: Op(fn, args, options, y)}, {}, Constants(set())).text(y)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (statement(np.matmul, ARRAY, OTHER), "np.matmul(a, b, out=y)"),
        (statement(np.add.reduce, ARRAY, axis=0), "np.add.reduce(a, axis=0, out=y)"),
        (statement(np.copyto, BUFFERED, ARRAY), "np.copyto(y, a)"),
        (statement("fill", BUFFERED, 0), "y.fill(0)"),
        (statement(np.linalg.inv, ARRAY, result=OTHER), "b = np.linalg.inv(a)"),
        (statement(np.multiply, ARRAY, OTHER, result=OTHER), "b = a * b"),
        (statement(np.linalg.eigh, ARRAY, result=(OTHER, SCALAR)), "b, s = np.linalg.eigh(a)"),
        (statement(np.split, ARRAY, 1, result=(OTHER,)), "(b,) = np.split(a, 1)"),
        (statement(np.split, ARRAY, 0, result=()), "np.split(a, 0)"),
        (statement(operator.setitem, ARRAY, (slice(1, None), 0), SCALAR, writes=ARRAY), "a[1:, 0] = s"),
        (statement(np.subtract, STATE, ARRAY, writes=STATE), "w -= a"),
        (statement(np.subtract, ARRAY, STATE, writes=STATE), "np.subtract(a, w, out=w)"),
        (statement(np.subtract, BUFFERED, ARRAY, writes=BUFFERED), "np.subtract(y, a, out=y)"),
        (statement(np.add.at, ARRAY, INTEGER, SCALAR, writes=ARRAY), "np.add.at(a, i, s)"),
        (statement(np.copyto, ARRAY, OTHER, writes=ARRAY), "np.copyto(a, b)"),
    ],
)
def test_statements(found: str, expected: str) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (text(np.add, ARRAY, 1), "a + 1"),
        (text(np.add, 1, ARRAY), "1 + a"),
        (text(np.negative, ARRAY), "-a"),
        (text(np.power, ARRAY, 2), "np.power(a, 2)"),  # a**2 is np.square(a)
        (text(operator.pow, NUMBER, 2), "n ** 2"),
        (text(np.divide, SCALAR, 3), "s / 3"),
        (text(np.add, INTEGER, 1), "np.add(i, 1)"),  # i + 1 warns of an overflow where np.add does not
        (text(np.add, ARRAY, OTHER, where=True), "np.add(a, b, where=True)"),
        (text(".T", ARRAY), "a.T"),
        (text(".mT", ARRAY), "a.T"),
        (text(".mT", CUBE), "z.mT"),
        (text("reshape", ARRAY, (3, -1)), "a.reshape((3, -1))"),
        (text("astype", ARRAY, np.float32), "a.astype(np.float32)"),
        (text(operator.getitem, ARRAY, (slice(None), None, ..., INTEGER)), "a[:, None, ..., i]"),
        (text(operator.getitem, ARRAY, slice(1, -1, 2)), "a[1:-1:2]"),
        (text(operator.getitem, ARRAY, (0,)), "a[0,]"),
        (text(np.stack, [ARRAY, OTHER], axis=1), "np.stack([a, b], axis=1)"),
        (text(np.reshape, ARRAY, (3, 1), order="C"), "np.reshape(a, (3, 1))"),
        (text(np.reshape, ARRAY, (3, 1), order="F"), "np.reshape(a, (3, 1), order='F')"),
        (text(np.full, (2,), 1.5), "np.full((2,), 1.5)"),
        (text(np.multiply, SINGLE, np.float32(0.2)), "f * 0.2"),
        (text(np.multiply, SCALAR, np.float32(0.2)), "s * factor"),  # of another dtype
        (text(np.multiply, ARRAY, np.array(0.5)), "a * factor"),
        (text(np.divide, SCALAR, Value(2.5, Kind.CONSTANT)), "s / 2.5"),
    ],
)
def test_expressions(found: str, expected: str) -> None:
    assert found == expected


LEAVES = st.sampled_from([2.0, 3.0, -1.5, 0.5])
BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


TREES = st.recursive(
    LEAVES,
    lambda inner: st.tuples(st.sampled_from(BINARY), inner, inner) | st.tuples(st.just(operator.neg), inner),
    max_leaves=8,
)


@given(TREES)
def test_brackets_stand_where_they_must(tree: Any) -> None:
    """Calls within calls, as text, compute what the calls do."""
    inside: dict[Value, Op] = {}

    def built(tree: Any) -> Any:
        if isinstance(tree, float):
            return tree
        fn, *args = tree
        operands = [built(arg) for arg in args]
        y = Value(fn(*(arg.array if isinstance(arg, Value) else arg for arg in operands)))
        inside[y] = Op(fn, tuple(operands), {}, y)
        return y

    try:
        y = built(tree)
    except (ZeroDivisionError, OverflowError):
        return
    found = Expressions({}, inside, {}, Constants(set())).text(y)
    value = y.array if isinstance(y, Value) else y
    assert eval(found) == value or value != value


# -- which calls stand inside of others --------------------------------------------------------------------------------

MATRIX = np.ones((3, 4))


def layout(calls: Calls, *results: Value, buffers: tuple[Value, ...] = ()) -> Any:
    made = {y: Buffer(y.nbytes, 0, 0, [y]) for y in buffers}
    inside, last = inlined(Program("f", [], calls, results, made, 0))
    return SimpleNamespace(inside=inside, last=last)


def test_a_view_that_is_used_once_stands_where_it_is_used() -> None:
    calls = Calls()
    x = calls.given(MATRIX)
    view = calls(np.transpose, x)
    y = calls(np.matmul, x, view)
    assert list(layout(calls, y).inside) == [view]


def test_one_that_is_used_twice_or_handed_out_has_a_line() -> None:
    calls = Calls()
    x = calls.given(MATRIX)
    view = calls(np.transpose, x)
    y = calls(np.matmul, x, view)
    z = calls(np.matmul, x, view)
    assert not layout(calls, y, z).inside
    assert not layout(calls[:2], y, view).inside  # type: ignore[arg-type]  # a list of calls


def test_a_step_that_looks_at_values_does_not_pass_a_write_though_it_returns_a_view() -> None:
    calls = Calls()
    x = calls.given(MATRIX)
    for fn, may_move in ((np.ravel, True), (OpaqueStep(np.ravel), False)):
        view = calls(fn, x)
        written = calls(np.exp, x)
        y = calls(np.dot, calls(np.ravel, written), view)
        assert (view in layout(calls, y, buffers=(written,)).inside) == may_move


def test_what_somebody_has_named_has_a_line() -> None:
    calls = Calls()
    x = calls.given(MATRIX)
    rows = calls(operator.getitem, x, slice(1, None))
    y = calls(np.exp, rows)
    assert list(layout(calls, y).inside) == [rows]
    rows.name = "rows"
    assert not layout(calls, y).inside
    rows.name = "x"  # which says nothing
    assert list(layout(calls, y).inside) == [rows]


def test_arrays_have_lines_of_their_own() -> None:
    calls = Calls()
    y = calls(np.exp, calls(np.exp, calls.given(MATRIX)))
    assert not layout(calls, y).inside


def test_numbers_stand_within_numbers_but_not_without_end() -> None:
    calls = Calls()
    y = calls.given(np.float64(1))
    for _ in range(DEEPEST_EXPRESSION + 2):
        y = calls(np.add, y, 1.0)
    found = layout(calls, y).inside
    assert len(found) == DEEPEST_EXPRESSION
    assert all(call.result in found for call in calls[1:-1])


def test_what_reads_memory_stays_where_it_is() -> None:
    calls = Calls()
    total = calls(np.add.reduce, calls.given(MATRIX), axis=None)
    y = calls(np.multiply, total, 2.0)
    assert not layout(calls, y).inside


def test_a_view_moves_past_what_writes_since_it_reads_nothing() -> None:
    calls = Calls()
    x, w = calls.given(MATRIX), calls.given(np.ones(3), Kind.STATE)
    view = calls(np.transpose, x)
    calls.write(np.add, w, w, 1.0)
    y = calls(np.matmul, x, view)
    assert list(layout(calls, y).inside) == [view]


def test_what_draws_random_numbers_stays_where_it_is() -> None:
    calls = Calls()
    drawn = calls(np.square, calls.given(np.float64(2)))
    y = calls(np.add, drawn, 1.0)
    assert list(layout(calls, y).inside) == [drawn]
    calls[0].effect = True
    assert not layout(calls, y).inside


def test_in_a_list_all_look_alike() -> None:
    calls = Calls()
    parts = [calls(np.square, calls.given(np.float64(k))) for k in range(3)]
    y = calls(np.stack, parts)
    assert not layout(calls, y).inside


def test_the_last_line_is_that_on_which_a_value_is_read() -> None:
    calls = Calls()
    x = calls.given(MATRIX)
    view = calls(np.transpose, x)
    calls(np.exp, calls.given(MATRIX))
    y = calls(np.matmul, x, view)
    assert layout(calls, y).last[x] == 2  # where the view is made, too


def test_a_call_stays_where_errors_are_handled_as_it_was_made() -> None:
    calls = Calls()
    x = calls.given(MATRIX)
    view = calls(np.transpose, x)
    y = calls(np.matmul, x, view)
    calls[0].errors = {"over": "ignore"}
    assert not layout(calls, y).inside
