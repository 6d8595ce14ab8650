"""Which calls stand inside of others."""

import operator
from types import SimpleNamespace
from typing import Any

import numpy as np
from calls import Calls

from autograd.compiler.ir import Buffer, Kind, Program, Value
from autograd.compiler.printing.expressions import DEEPEST_EXPRESSION, inlined
from autograd.compiler.tracing.opaque_steps import OpaqueStep

ARRAY = np.ones((3, 4))


def layout(calls: Calls, *results: Value, buffers: tuple[Value, ...] = ()) -> Any:
    made = {y: Buffer(y.array.shape, y.array.dtype, y.array.strides, y.array.nbytes, 0, 0, [y]) for y in buffers}
    inside, last = inlined(Program("f", [], calls, results, made, 0))
    return SimpleNamespace(inside=inside, last=last)


def test_a_view_that_is_used_once_stands_where_it_is_used() -> None:
    calls = Calls()
    x = calls.given(ARRAY)
    view = calls(np.transpose, x)
    y = calls(np.matmul, x, view)
    assert list(layout(calls, y).inside) == [view]


def test_one_that_is_used_twice_or_handed_out_has_a_line() -> None:
    calls = Calls()
    x = calls.given(ARRAY)
    view = calls(np.transpose, x)
    y = calls(np.matmul, x, view)
    z = calls(np.matmul, x, view)
    assert not layout(calls, y, z).inside
    assert not layout(calls[:2], y, view).inside  # type: ignore[arg-type]  # a list of calls


def test_a_step_that_looks_at_values_does_not_pass_a_write_though_it_returns_a_view() -> None:
    calls = Calls()
    x = calls.given(ARRAY)
    for fn, may_move in ((np.ravel, True), (OpaqueStep(np.ravel), False)):
        view = calls(fn, x)
        written = calls(np.exp, x)
        y = calls(np.dot, calls(np.ravel, written), view)
        assert (view in layout(calls, y, buffers=(written,)).inside) == may_move


def test_what_somebody_has_named_has_a_line() -> None:
    calls = Calls()
    x = calls.given(ARRAY)
    rows = calls(operator.getitem, x, slice(1, None))
    y = calls(np.exp, rows)
    assert list(layout(calls, y).inside) == [rows]
    rows.name = "rows"
    assert not layout(calls, y).inside
    rows.name = "x"  # which says nothing
    assert list(layout(calls, y).inside) == [rows]


def test_arrays_have_lines_of_their_own() -> None:
    calls = Calls()
    y = calls(np.exp, calls(np.exp, calls.given(ARRAY)))
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
    total = calls(np.add.reduce, calls.given(ARRAY), axis=None)
    y = calls(np.multiply, total, 2.0)
    assert not layout(calls, y).inside


def test_a_view_moves_past_what_writes_since_it_reads_nothing() -> None:
    calls = Calls()
    x, w = calls.given(ARRAY), calls.given(np.ones(3), Kind.STATE)
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
    x = calls.given(ARRAY)
    view = calls(np.transpose, x)
    calls(np.exp, calls.given(ARRAY))
    y = calls(np.matmul, x, view)
    assert layout(calls, y).last[x] == 2  # where the view is made, too


def test_a_call_stays_where_errors_are_handled_as_it_was_made() -> None:
    calls = Calls()
    x = calls.given(ARRAY)
    view = calls(np.transpose, x)
    y = calls(np.matmul, x, view)
    calls[0].errors = {"over": "ignore"}
    assert not layout(calls, y).inside
