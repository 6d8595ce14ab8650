"""The plan: from what a traced run showed to a program."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from autograd.compiler import memory, rewriting
from autograd.compiler.capture import Capture
from autograd.compiler.program import Kind, Program, Value
from autograd.compiler.wording import identifier


def plan(fn: Callable[..., Any], captured: Capture) -> Program:
    """The calls that are needed, in order, and the memory of their results."""
    outputs, grads, stored = captured.results()
    calls, results = captured.calls, [*outputs, *grads, *stored]
    instead: dict[Value, Value] = {}
    counts = {"traced": len(calls)}
    for rewrite in (rewriting.without_idle_views, rewriting.merged, rewriting.without_idle_copies):
        before = len(calls)
        calls, new = rewrite(calls, set(results))
        counts[rewrite.__name__] = before - len(calls)
        calls = rewriting.substituted(calls, new)
        instead |= new
        results = [rewriting.final(value, new) for value in results]
    before = len(calls)
    calls = rewriting.needed(calls, results)
    counts["needed"] = before - len(calls)
    n, m = len(outputs), len(outputs) + len(grads)
    results[m:] = dict.fromkeys(results[m:])  # numbers that are one
    lasting = {value.root for value in results[n:m]}
    handed_out = {value.root for value in (*results[:n], *results[m:]) if value.kind is Kind.MADE}
    if captured.reads_gradients():  # of the call before, which must not lie where this one writes
        handed_out |= lasting
    buffers, size = memory.buffers(calls, handed_out, lasting=lasting)
    name = identifier(re.sub(r"<\w*>", "", getattr(fn, "__name__", "")), "program")
    used = {root for call in calls for v in (*call.reads(), call.writes) if v is not None for root in (v, v.root)}
    arguments = [value for value in captured.arguments() if value in used or value in results]
    return Program(name, arguments, calls, tuple(results), buffers, size, instead, counts)
