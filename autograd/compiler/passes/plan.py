"""The plan: from what a traced run showed to a program."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable
from typing import Any

from autograd._util.identifiers import identifier
from autograd.compiler.ir import Kind, Op, Program, Value
from autograd.compiler.passes import buffers, lowering, rewrites, tiling
from autograd.compiler.tracing.capture import Capture

# By what they leave out, or add.
REWRITES: dict[str, Callable[[list[Op], set[Value]], rewrites.Rewritten]] = {
    "views of a whole array, and scalars that need not become arrays": rewrites.elide_views,
    "equal to another: merged": rewrites.eliminate_common_subexpressions,
    "copies of what is not used again: avoided": rewrites.elide_copies,
    "read by nothing: dropped": rewrites.eliminate_dead_code,
    "elements that are taken, changed and put back: updated in place": rewrites.update_elements,
    "casts of numbers, each once for several calls": lowering.cast_once,
    "to make chains of calls on big arrays piece by piece": tiling.tile_loops,
}


def plan(fn: Callable[..., Any], captured: Capture) -> Program:
    """The ops that are needed, in order, and the memory of their results."""
    outputs, grads, stored = captured.results()
    counts = {"traced": len(captured.ops)}
    ops, results = lowering.lower(captured.ops), [*outputs, *grads, *stored]
    instead: dict[Value, Value] = {}
    for change, rewrite in REWRITES.items():
        before = len(ops)
        ops, new = rewrite(ops, set(results))
        counts[change] = len(ops) - before
        instead = {old: new.get(value, value) for old, value in instead.items()} | new
        results = [new.get(value, value) for value in results]
    lasting = {instead.get(value, value).root for value in grads}
    fresh = {value.root for value in results if value.kind is Kind.MADE} - lasting
    if captured.reads_gradients():  # of the call before, which must not lie where this one writes
        fresh, lasting = fresh | lasting, set()
    ops, placed, size = buffers.assign(ops, fresh, lasting)
    name = identifier(re.sub(r"<\w*>", "", getattr(fn, "__name__", type(fn).__name__.lower())), "program")
    name += "_" * hasattr(builtins, name)  # which the program may call
    used = {value.root for op in ops for value in rewrites.touched(op)} | {*results, *captured.inputs.values()}
    arguments = [value for value in captured.arguments() if value in used]
    return Program(name, arguments, ops, tuple(dict.fromkeys(results)), placed, size, instead, counts)
