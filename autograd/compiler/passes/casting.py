"""Numbers that several calls on arrays take, cast to the dtype of the arrays once.

    lr = np.asarray(lr, np.float32)

A ufunc makes of a Python float an array of the dtype that the others have, in each call anew. That is quick, but a step
of Adam makes fifty such calls on biases and small weights, where it takes as long as the arithmetic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.compiler.ir import Kind, Op, Value
from autograd.compiler.passes.rewriting import is_of_numbers

Cast = tuple[Value, np.dtype[Any]]


def cast_once(calls: list[Op], keep: set[Value]) -> tuple[list[Op], dict[Value, Value]]:
    """The calls, with a cast of each number before the first call of a section that needs one.

    The calls that compute those numbers move there, too: they read numbers alone, which never change.
    """
    users: defaultdict[Cast, list[int]] = defaultdict(list)
    for k, call in enumerate(calls):
        for cast in _casts(call):
            users[cast].append(k)
    several = {cast: _start(calls, those[0]) for cast, those in users.items() if len(those) > 1}
    first: dict[str, int] = {}
    for k in several.values():
        first[calls[k].stage] = min(k, first.get(calls[k].stage, k))

    maker = {y: k for k, call in enumerate(calls) for y in call.results()}
    moved: defaultdict[int, set[int]] = defaultdict(set)
    before: defaultdict[int, list[Op]] = defaultdict(list)
    made: dict[Cast, Value] = {}
    # Those that live outside come last, so that a variable may hold the number and then what was made of it.
    for (x, dtype), k in sorted(several.items(), key=lambda item: item[0][0].kind is not Kind.MADE):
        place = first[calls[k].stage]
        if (needed := _later(x, place, calls, maker)) is not None:
            moved[place] |= needed
            y = made[x, dtype] = Value(np.asarray(x.array, dtype), name=x.name)
            like = replace(calls[place], options={}, writes=None, errors={}, loop=None, scope=None, part="")
            before[place].append(replace(like, fn=np.asarray, args=(x, dtype), result=y))

    gone = set().union(*moved.values())
    found: list[Op] = []
    for k, call in enumerate(calls):
        found += [calls[j] for j in sorted(moved.get(k, ()))] + before.get(k, [])
        if k not in gone:
            found.append(_with(call, made))
    return found, {}


def _casts(call: Op) -> Iterator[Cast]:
    """The numbers that a call casts, and to what."""
    numbers = [x for x in call.args if isinstance(x, Value) and type(x.array) is float]
    arrays = [x for x in call.args if isinstance(x, Value) and x.is_array]
    if numbers and arrays and isinstance(call.fn, np.ufunc) and not call.options and not call.errors:
        dtype = arrays[0].array.dtype
        kinds = (dtype, float) if call.args[1] is numbers[0] else (float, dtype)
        if dtype.kind == "f" and call.fn.resolve_dtypes((*kinds, *[None] * call.fn.nout))[:2] == (dtype, dtype):
            yield numbers[0], dtype


def _start(calls: list[Op], k: int) -> int:
    """The number of a call or, if it is part of a loop, that of the first in the loop."""
    while k and calls[k].loop is not None and calls[k - 1].loop is calls[k].loop:
        k -= 1
    return k


def _later(x: Value, place: int, calls: list[Op], maker: Mapping[Value, int]) -> set[int] | None:
    """The calls from `place` on that compute a number; None if they need what is not there before."""
    found, waiting = set[int](), [x]
    while waiting:
        k = maker.get(waiting.pop(), -1)
        if k >= place and k not in found:
            if not is_of_numbers(calls[k]):
                return None
            found.add(k)
            waiting += calls[k].reads()
    return found


def _with(call: Op, made: Mapping[Cast, Value]) -> Op:
    """The call on arrays in place of the numbers that it would cast."""
    new = {x: made[x, dtype] for x, dtype in _casts(call) if (x, dtype) in made}
    args = tuple(new.get(arg, arg) if isinstance(arg, Value) else arg for arg in call.args)
    return replace(call, args=args) if new else call
