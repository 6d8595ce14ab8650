"""The plan: from what a traced run showed to a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.compiler import memory, rewriting
from autograd.compiler.capture import Capture
from autograd.compiler.program import Kind, Program


def plan(fn: Callable[..., Any], captured: Capture) -> Program:
    """The calls that are needed, in order, and the memory of their results."""
    outputs, grads, stored = captured.results()
    calls, results = captured.calls, [*outputs, *grads, *stored]
    for rewrite in (rewriting.without_idle_views, rewriting.merged, rewriting.without_idle_copies):
        calls, new = rewrite(calls, set(results))
        calls = rewriting.substituted(calls, new)
        results = [rewriting.final(value, new) for value in results]
    calls = rewriting.needed(calls, results)
    n, m = len(outputs), len(outputs) + len(grads)
    lasting = {value.root for value in results[n:m]}
    handed_out = {value.root for value in (*results[:n], *results[m:]) if value.kind is Kind.MADE}
    if captured.reads_gradients():  # of the call before, which must not lie where this one writes
        handed_out |= lasting
    buffers, size = memory.buffers(calls, handed_out, lasting=lasting)
    name = getattr(fn, "__name__", "program")
    name = name if name.isidentifier() else "program"
    return Program(name, captured.arguments(), calls, tuple(results), buffers, size)
