"""The text of calls."""

import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.ir import Buffer, Kind, Op, Value
from autograd.compiler.printing.constants import Constants
from autograd.compiler.printing.expressions import Expressions

ARRAY, OTHER, BUFFERED = Value(np.ones((2, 3))), Value(np.ones((2, 3))), Value(np.ones((2, 3)))
SCALAR, SINGLE, NUMBER, STATE = Value(np.float64(2)), Value(np.float32(2)), Value(3.0), Value(np.ones(3), Kind.STATE)
INTEGER, CUBE = Value(np.int64(3)), Value(np.ones((2, 3, 4)))
NAMES = {
    ARRAY: "a", OTHER: "b", BUFFERED: "y", SCALAR: "s", SINGLE: "f", NUMBER: "n", STATE: "w", INTEGER: "i", CUBE: "z",
}  # fmt: skip
BUFFERS = {BUFFERED: Buffer((2, 3), np.float64, (24, 8), 48, 0, 0, [BUFFERED])}


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
        (text(np.stack, [ARRAY, OTHER], axis=0), "np.stack([a, b])"),
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
