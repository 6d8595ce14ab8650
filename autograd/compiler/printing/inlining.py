"""Which ops stand inside of others: views and numbers that are used once.

    np.matmul(h1.T, g_logits, out=g_w2)         and not  h1_T = h1.T  first
    correction = math.sqrt(1 - beta2 ** step)

They find where their result is used what they would have found before: numbers never change, and making a view reads no
memory.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.compiler.ir import Op, Program, Value
from autograd.compiler.passes.rewrites import touched
from autograd.compiler.tracing.opaque_steps import OpaqueStep
from autograd.compiler.tracing.variables import GENERIC

DEEPEST_EXPRESSION = 4  # ops within each other


def inlined(program: Program) -> tuple[dict[Value, Op], dict[Value, int]]:
    """The ops that stand where their result is used, by their result; and the line on which a value is used last.

    Lines are numbered as ops are.
    """
    ops = program.ops
    uses = Counter(value for op in ops for value in op.reads())
    kept = {op.writes for op in ops} | set(program.results) | set(program.buffers)
    user = {value: k for k, op in enumerate(ops) for value in _direct(op)}
    inside: dict[Value, Op] = {}
    depth: dict[Any, int] = {}
    line = list(range(len(ops)))
    for k, op in reversed(list(enumerate(ops))):
        y = op.result
        if not isinstance(y, Value) or y in kept or uses[y] != 1 or y not in user:
            continue
        level = depth.get(ops[user[y]].result, 0) + 1
        if level <= DEEPEST_EXPRESSION and _may_stand_inside(op, y, ops[user[y]]):
            line[k], depth[y], inside[y] = line[user[y]], level, op
    last: dict[Any, int] = {}
    for k, op in enumerate(ops):
        for value in touched(op):
            last[value] = max(last.get(value, -1), line[k])
    return inside, last | {value: len(ops) for value in program.results}


def _direct(op: Op) -> Iterator[Value]:
    """The operands that are arguments themselves, or an index: in a list, all look alike."""
    is_indexing = op.fn in (operator.getitem, operator.setitem) and isinstance(op.args[1], tuple)
    parts = (*op.args, *op.options.values(), *(op.args[1] if is_indexing else ()))
    return (part for part in parts if isinstance(part, Value))


def _may_stand_inside(op: Op, y: Value, outer: Op) -> bool:
    if op.effect or op.writes is not None or op.loop is not outer.loop or op.errors != outer.errors:
        return False
    if y.name and y.name not in GENERIC and op.fn not in (".T", ".mT") and outer.fn is not np.asarray:
        return False  # somebody found it worth a name
    is_view = y.is_view and not isinstance(op.fn, OpaqueStep)  # which may look at values, and return what it is given
    return is_view or not any(value.is_array for value in touched(op))
