"""Which calls stand inside of others: views, numbers and single elements that are used once.

    np.matmul(h1.T, g_logits, out=g_w2)         and not  h1_T = h1.T  first
    correction = math.sqrt(1 - beta2**step)

A call can move to where its result is used if it finds there what it would have found before: numbers never change,
and making a view reads no memory; but what reads memory must not move past a call that writes.
"""

from __future__ import annotations

import operator
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.compiler.ir import Op, Program, Value
from autograd.compiler.tracing.opaque_steps import OpaqueStep
from autograd.compiler.tracing.variables import GENERIC

DEEPEST = 4  # calls within each other
IN_PLACE: dict[Any, str] = {np.add: "+=", np.subtract: "-=", np.multiply: "*=", np.divide: "/="}


@dataclass(eq=False, slots=True)
class Layout:
    """What stands where.

    inside     the calls that stand where their result is used, by their result.
    last       the last line on which a value is used; lines are numbered as calls are.
    augmented  a[index] -= b for three calls: by the last, which puts elements back, the one that changes them.
    """

    inside: dict[Value, Op] = field(default_factory=dict)
    last: dict[Value, int] = field(default_factory=dict)
    augmented: dict[Op, Op] = field(default_factory=dict)


def laid_out(program: Program) -> Layout:
    calls, buffers = program.ops, program.buffers
    uses = Counter(value for call in calls for value in call.reads())
    kept = {call.writes for call in calls} | set(program.results)
    user = {value: k for k, call in enumerate(calls) for value in _direct(call)}
    found = Layout()
    for k, call in enumerate(calls):
        if _is_augmented(calls[k : k + 3], uses):
            found.augmented[calls[k + 2]] = calls[k + 1]
            found.inside[call.result] = call
    writing = [k for k, call in enumerate(calls) if _writes(call, buffers)]
    depth: dict[Value | None, int] = {}
    line = list(range(len(calls)))
    for k in reversed(range(len(calls))):
        call, y = calls[k], calls[k].result
        if not isinstance(y, Value) or y in buffers or y in kept or uses[y] != 1 or y not in user:
            continue
        if not _may_stand_inside(call, y, calls[user[y]]):
            continue
        outer = calls[user[y]].result
        level = depth.get(outer if isinstance(outer, Value) else None, 0) + 1
        after = bisect_right(writing, k)  # the first call behind it that writes
        is_passed = after < len(writing) and writing[after] < line[user[y]]
        if level > DEEPEST or (_reads_memory(call) and is_passed):
            continue
        line[k], depth[y], found.inside[y] = line[user[y]], level, call
    for k, call in enumerate(calls):
        for value in call.reads():
            found.last[value] = max(found.last.get(value, -1), line[k])
    found.last |= {value: len(calls) for value in program.results if isinstance(value, Value)}
    return found


def _direct(call: Op) -> Iterator[Value]:
    """The operands that are arguments themselves, or an index: in a list, all look alike."""
    parts = (*call.args, *call.options.values(), *(call.args[1] if _is_indexing(call) else ()))
    yield from (part for part in parts if isinstance(part, Value))


def _is_indexing(call: Op) -> bool:
    return call.fn in (operator.getitem, operator.setitem) and isinstance(call.args[1], tuple)


def _may_stand_inside(call: Op, y: Value, outer: Op) -> bool:
    if call.effect or call.writes is not None or call.loop is not outer.loop or call.errors != outer.errors:
        return False
    if y.name and y.name not in GENERIC and call.fn not in (".T", ".mT") and outer.fn is not np.asarray:
        return False  # somebody found it worth a name
    is_scalar = not isinstance(y.array, np.ndarray) or not y.array.ndim
    return is_scalar or y.is_view or (call.fn is operator.getitem and y.array.ndim < 2)


def _reads_memory(call: Op) -> bool:
    is_checked = isinstance(call.fn, OpaqueStep)  # it may look at values, and return an argument as it is
    makes_view = isinstance(call.result, Value) and call.result.is_view and not is_checked
    return not makes_view and any(value.is_array for value in call.reads())


def _writes(call: Op, buffers: Collection[Value]) -> bool:
    return call.writes is not None or call.effect or any(y in buffers for y in call.results())


def _is_augmented(calls: Sequence[Op], uses: Mapping[Value, int]) -> bool:
    """Whether elements are taken, changed in place and put back."""
    if len(calls) < 3:
        return False
    taken, changed, put = calls
    y = taken.result
    return (
        taken.fn is operator.getitem
        and isinstance(y, Value)
        and y.is_array
        and not y.is_view
        and uses[y] == 2
        and changed.fn in IN_PLACE
        and not changed.options
        and changed.writes is changed.args[0] is y
        and put.fn is operator.setitem
        and put.args[0] is taken.args[0]
        and _is_same(put.args[1], taken.args[1])
        and put.args[2] is y
    )


def _is_same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_is_same, a, b))
    return a is b or (type(a) is type(b) and isinstance(a, int | slice | None) and a == b)
