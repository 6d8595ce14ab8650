"""Rewrites drop, merge and replace what they may, and nothing else."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pytest
from calls import Calls, texts

from autograd.compiler.ir import Kind, Op, Value
from autograd.compiler.passes.rewrites import (
    elide_copies,
    elide_views,
    eliminate_common_subexpressions,
    eliminate_dead_code,
    fills,
    is_elementwise,
    stays,
    update_elements,
)

X = np.arange(6.0).reshape(2, 3)


def copy_of(x: Any) -> Any:
    return x.copy()


# -- what stays --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fn", "expected"),
    [
        (np.add, False), (np.add.reduce, False), (np.linalg.inv, False), (np.sum, False), ("reshape", False),
        (operator.getitem, False), (operator.pow, False), (math.sqrt, False), (copy_of, True), (print, True),
        (lambda x: x, True), (Calls.write, True),
    ],
)  # fmt: skip
def test_what_other_functions_do_is_not_known(fn: Any, expected: bool) -> None:
    assert stays(Op(fn, (), {}, Value(X))) is expected


def test_calls_that_nothing_reads_are_dropped() -> None:
    calls = Calls()
    x, w = calls.given(X), calls.given(X, Kind.STATE)
    kept = calls(np.add, x, 1)
    dropped = calls(np.exp, kept)
    calls.write(np.negative, dropped, dropped)
    calls.write(np.multiply, w, w, 2)
    calls(copy_of, x)  # which may print something
    draw = calls("copy", x)
    calls[-1].effect = True
    assert texts(eliminate_dead_code(calls, {kept})[0]) == ["add", "multiply", "copy_of", "copy"]
    assert eliminate_dead_code(calls, {kept})[0][-1].result is draw


def test_what_is_written_through_a_view_is_needed() -> None:
    calls = Calls()
    x = calls.given(X)
    y = calls(np.add, x, 1)
    view = calls("reshape", y, -1)
    calls.write(np.exp, view, view)
    z = calls.given(X)
    other = calls(np.add, z, 2)
    part = calls("reshape", other, -1)
    assert texts(eliminate_dead_code(calls, {y})[0]) == ["add", "reshape", "exp"]
    assert texts(eliminate_dead_code(calls, {part})[0]) == ["add", "reshape"]


def into(x: Any, out: Any = None) -> Any:
    return np.add(x, 1, out=out)


def test_what_writes_into_memory_that_it_is_given() -> None:
    assert [fills(fn) for fn in (into, copy_of, np.add, np.stack, "reshape", math.sqrt)] == [True, *[False] * 5]
    elementwise = [np.add, np.modf, np.matmul, np.add.reduce, into, copy_of]
    assert [is_elementwise(Op(fn, (), {}, Value(X))) for fn in elementwise] == [True, *[False] * 5]


def test_copies_of_what_it_wrote_are_avoided() -> None:
    for fn, expected in ((into, ["into"]), (copy_of, ["copy_of", "copy"])):
        calls = Calls()
        y = calls("copy", calls(fn, calls.given(X)))
        assert texts(elide_copies(calls, {y})[0]) == expected


# -- views -------------------------------------------------------------------------------------------------------------


def test_views_of_a_whole_array_are_the_array() -> None:
    calls = Calls()
    x = calls.given(X)
    same = [calls("reshape", x, (2, 3)), calls(operator.getitem, x, slice(None)), calls("astype", x, float, copy=False)]
    other = [calls("reshape", x, (3, 2)), calls(operator.getitem, x, slice(1, None)), calls("copy", x)]
    kept, new = elide_views(calls, set())
    assert new == dict.fromkeys(same, x)
    assert [call.result for call in kept] == other


# -- merging -----------------------------------------------------------------------------------------------------------


def test_equal_calls_are_made_once() -> None:
    calls = Calls()
    x = calls.given(X)
    first = calls(np.multiply, x, 2.0)
    others = [
        calls(np.multiply, x, 2), calls(np.multiply, x, np.float32(2)), calls(np.multiply, 2.0, x),
        calls(np.multiply, x, -2.0), calls(np.multiply, x, np.full(3, 2.0)), calls(np.multiply, x, True),
        calls(np.multiply, x, 0.0), calls(np.multiply, x, -0.0), calls(np.multiply, x, 2.0, dtype=float),
    ]  # fmt: skip
    again = calls(np.multiply, x, 2.0)
    array = calls(np.multiply, x, np.full(3, 2.0))
    kept, new = eliminate_common_subexpressions(calls, set())
    assert new == {again: first, array: others[4]}
    assert [call.result for call in kept] == [first, *others]


def test_calls_on_what_was_written_between_are_not_equal() -> None:
    calls = Calls()
    w = calls.given(X, Kind.STATE)
    view = calls("transpose", w)
    first = calls(np.exp, view)
    calls.write(np.multiply, w, w, 2)
    second = calls(np.exp, view)
    kept, new = eliminate_common_subexpressions(calls, set())
    assert not new
    assert {first, second} <= {call.result for call in kept}


@pytest.mark.parametrize("which", [0, 1])
def test_results_that_are_written_into_are_not_merged(which: int) -> None:
    calls = Calls()
    x = calls.given(X)
    both = [calls(np.exp, x), calls(np.exp, x)]
    calls.write(np.negative, both[which], x)
    assert not eliminate_common_subexpressions(calls, set())[1]


def test_what_is_handed_out_stays_apart() -> None:
    calls = Calls()
    x = calls.given(X)
    first, second, third = calls(np.exp, x), calls(np.exp, x), calls(np.exp, x)
    assert eliminate_common_subexpressions(calls, {first, second})[1] == {third: first}


def test_random_numbers_and_unknown_functions_are_not_merged() -> None:
    calls = Calls()
    x = calls.given(X)
    for _ in range(2):
        calls(copy_of, x)
        calls("copy", x)
        calls[-1].effect = True
    assert not eliminate_common_subexpressions(calls, set())[1]


# -- copies ------------------------------------------------------------------------------------------------------------


def test_a_copy_of_what_dies_is_that() -> None:
    calls = Calls()
    x = calls.given(X)
    y = calls(np.exp, x)
    z = calls("copy", y)
    calls.write(np.negative, z, z)
    assert elide_copies(calls, {z})[1] == {z: y}


def test_a_copy_of_what_is_used_or_handed_out_stays() -> None:
    calls = Calls()
    x = calls.given(X)
    y = calls(np.exp, x)
    view = calls("reshape", y, -1)
    z = calls("copy", y)
    calls.write(np.negative, z, z)
    sums = calls(np.add.reduce, view)
    assert not elide_copies(calls, {sums})[1]
    assert elide_copies(calls[:-1], set())[1] == {z: y}
    assert not elide_copies(calls[:-1], {y, z})[1]
    assert not elide_copies(calls[:-1], {y})[1]


def test_a_copy_of_a_copy_that_is_handed_out_stays() -> None:
    calls = Calls()
    x = calls.given(X)
    y = calls(np.exp, x)
    first = calls("copy", y)
    second = calls("copy", first)
    assert elide_copies(calls, {first, second})[1] == {first: y}


def test_a_copy_is_the_value_while_nothing_is_written() -> None:
    calls = Calls()
    w = calls.given(X, Kind.STATE)
    early = calls(np.copy, w)
    y = calls(np.exp, early)
    calls.write(np.multiply, w, w, 2)
    late = calls(np.copy, w)
    z = calls(np.exp, late)
    assert elide_copies(calls, {y, z})[1] == {late: w}
    assert not elide_copies(calls[-2:], {late})[1]


def test_a_copy_in_another_order_stays() -> None:
    calls = Calls()
    x = calls.given(X)
    y = calls(np.exp, calls("transpose", x))
    z = calls("copy", y)
    assert y.layout() != z.layout()
    assert not elide_copies(calls, {z})[1]


def test_a_copy_of_what_another_function_returned_stays() -> None:
    calls = Calls()
    x = calls.given(X)
    y = calls(copy_of, x)
    z = calls("copy", y)
    assert not elide_copies(calls, {z})[1]


def test_views_of_what_was_replaced_are_views_of_what_took_its_place() -> None:
    calls = Calls()
    x = calls.given(X)
    y = calls(np.exp, x)
    z = calls("copy", y)
    view = calls("reshape", z, -1)
    kept, new = elide_copies(calls, {view})
    assert new == {z: y}
    assert view.root is y
    assert kept[-1].args[0] is y


# -- a[index] -= b -----------------------------------------------------------------------------------------------------


def elements(index: Any = 0, put: Any = None, twice: bool = False, view: bool = False) -> list[str]:
    calls = Calls()
    a, rows = calls.given(X.copy(), Kind.STATE), calls.given(np.array([0, 1]))
    index = rows if index == 0 else index
    taken = calls(operator.getitem, a, index)
    assert taken.is_view is view
    calls.write(np.subtract, taken, taken, 1.0)
    calls.write(operator.setitem, a, a, index if put is None else put, taken)
    if twice:
        calls(np.exp, taken)
    return texts(update_elements(calls, set())[0])


def test_elements_that_are_taken_changed_and_put_back() -> None:
    assert elements() == ["setitem"]
    assert len(elements(put=(1, slice(None)))) == 3
    assert len(elements(twice=True)) == 4
    assert len(elements(index=slice(1, None), view=True)) == 3
