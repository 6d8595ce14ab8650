"""Values, ops and what is nested in their arguments."""

from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.ir import Kind, Op, Value, leaves_in, replaced


class Pair(NamedTuple):
    a: Any
    b: Any


X, Y = Value(np.ones(3)), Value(2, Kind.INPUT)


def test_arguments_are_nested_in_slices_too() -> None:
    tree = ([X, {"k": (Y, 3)}], slice(Y, None, 2), Pair(X, None))
    assert leaves_in(tree, Value) == [X, Y, Y, X]
    assert leaves_in(tree, int, float) == [3, 2]
    named = replaced(tree, lambda leaf: "value" if isinstance(leaf, Value) else leaf)
    assert named == (["value", {"k": ("value", 3)}], slice("value", None, 2), Pair("value", None))


def test_what_an_op_reads_and_makes() -> None:
    made = Value(np.ones(3))
    assert Op(np.add, (X, 1), {"where": Y}, made).reads() == [X, Y]
    assert Op(np.add, (X, 1), {}, made).results() == (made,)
    assert Op(np.modf, (X,), {}, (made, Y)).results() == (made, Y)
    assert Op(np.copyto, (X, 1), {}, None, writes=X).results() == ()
