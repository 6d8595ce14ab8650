"""Lists of calls made by hand, for tests of what the plan makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiler.ir import Kind, Op, Value, replaced


class Calls(list[Op]):
    """
    >>> calls = Calls()
    >>> x = calls.given(np.ones(3))
    >>> y = calls(np.add, x, 1)
    """

    def given(self, array: Any, kind: Kind = Kind.INPUT) -> Value:
        return Value(array, kind)

    def __call__(self, fn: Any, *args: Any, **options: Any) -> Value:
        """Note a call; it makes a view if it does for the arrays that the values hold."""
        arrays, named = replaced((args, options), lambda leaf: leaf.array if isinstance(leaf, Value) else leaf)
        found = getattr(arrays[0], fn)(*arrays[1:], **named) if isinstance(fn, str) else fn(*arrays, **named)
        roots = (arg.root for arg in args if isinstance(arg, Value) and np.may_share_memory(arg.array, found))
        y = Value(found, root=next(roots, None))
        self.append(Op(fn, args, options, y))
        return y

    def write(self, fn: Any, target: Value, *args: Any) -> None:
        """Note fn(*args, out=target)."""
        self.append(Op(fn, args, {}, None, writes=target))


def texts(calls: list[Op]) -> list[str]:
    """The functions that are called."""
    return [call.fn if isinstance(call.fn, str) else call.fn.__name__ for call in calls]
