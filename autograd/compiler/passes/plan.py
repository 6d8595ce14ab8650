"""The plan: from what a traced run showed to a program."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable
from typing import Any

from autograd.compiler.ir import Kind, Program, Value
from autograd.compiler.passes import blocks, casting, memory, rewriting
from autograd.compiler.passes.expanding import expanded
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.wording import identifier

REWRITES = (
    rewriting.without_idle_views,
    rewriting.without_idle_arrays,
    rewriting.merged,
    rewriting.without_idle_copies,
    rewriting.without_dead_calls,
    blocks.cut,
    casting.cast_once,
)


def plan(fn: Callable[..., Any], captured: Capture) -> Program:
    """The calls that are needed, in order, and the memory of their results."""
    outputs, grads, stored = captured.results()
    counts = {"traced": len(captured.ops)}
    calls, results = expanded(captured.ops), [*outputs, *grads, *stored]
    instead: dict[Value, Value] = {}
    for rewrite in REWRITES:
        before = len(calls)
        calls, new = rewrite(calls, set(results))
        counts[rewrite.__name__] = before - len(calls)
        calls = rewriting.substituted(calls, new)
        instead |= new
        results = [rewriting.final(value, new) for value in results]
    n, m = len(outputs), len(outputs) + len(grads)
    results[m:] = dict.fromkeys(results[m:])  # one number may be left in several places
    lasting = {value.root for value in results[n:m]}
    fresh = {value.root for value in (*results[:n], *results[m:]) if value.kind is Kind.MADE}
    if captured.reads_gradients():  # of the call before, which must not lie where this one writes
        fresh, lasting = fresh | lasting, set()
    buffers, size = memory.buffers(calls, fresh, lasting)
    calls = memory.into_buffers(calls, buffers)
    name = identifier(re.sub(r"<\w*>", "", getattr(fn, "__name__", type(fn).__name__.lower())), "program")
    name += "_" * hasattr(builtins, name)  # which the program may call
    return Program(name, arguments(captured, calls, results), calls, tuple(results), buffers, size, instead, counts)


def arguments(captured: Capture, calls: list[Any], results: list[Value]) -> list[Value]:
    """The inputs, and the state that the program reads or writes."""
    used = {value.root for call in calls for value in rewriting.touched(call)} | set(results)
    inputs = list(captured.inputs.values())
    return [value for value in captured.arguments() if value in used or value in inputs]
