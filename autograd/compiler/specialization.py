"""A specialization: the program of a function for one signature, from the trace to the function that runs.

The plan leaves out calls that nothing needs, and gives what is left memory; the program is printed; and what is printed
is bound to what it reads and writes.
"""

from __future__ import annotations

import builtins
import mmap
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from autograd._util.identifiers import identifier
from autograd.compiler.ir import Kind, Op, Program, Value
from autograd.compiler.passes import buffers, lowering, rematerialization, rewrites, tiling
from autograd.compiler.printing.source import PrintedProgram, loaded, printed
from autograd.compiler.runtime.binding import BoundProgram, bound
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.signature import Signature

# By what they leave out, or add.
REWRITES: dict[str, Callable[[list[Op], set[Value]], rewrites.Rewritten]] = {
    "views of a whole array, and scalars that need not become arrays": rewrites.elide_views,
    "equal to another: merged": rewrites.eliminate_common_subexpressions,
    "copies of what is not used again: avoided": rewrites.elide_copies,
    "done again for the backward pass, to save memory": rematerialization.rematerialize,
    "read by nothing: dropped": rewrites.eliminate_dead_code,
    "elements that are taken, changed and put back: updated in place": rewrites.update_elements,
    "casts of numbers, each once for several calls": lowering.cast_once,
    "to make chains of calls on big arrays piece by piece": tiling.tile_loops,
}


@dataclass(eq=False)
class Specialization:
    """Each step is made when it is asked for first: the program is planned when such arguments come again.

    The text is printed again for each reader: it takes as much memory as the rest, and is seldom read.

    checked  what runs, once it was compared with the function.
    """

    fn: Callable[..., Any]
    captured: Capture
    signature: Signature
    checked: BoundProgram | None = None

    @cached_property
    def program(self) -> Program:
        return plan(self.fn, self.captured)

    @property
    def printed(self) -> PrintedProgram:
        return printed(self.program, self.captured)

    @cached_property
    def fits(self) -> BoundProgram:
        """Returns MISS for arguments that it is not for, without a program having to be made."""
        return bound(self.captured, self.signature)

    @cached_property
    def run(self) -> BoundProgram:
        """Returns what the function would, or MISS."""
        return bound(self.captured, self.signature, self.program, loaded(self.program.name, self.printed))


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
    # Where a gradient lies, the one of the call before is until it is cleared.
    lasting = {instead.get(g, g).root: leaf in captured.cleared for leaf, g in captured.grads.items() if g is not None}
    fresh = {value.root for value in results if value.kind is Kind.MADE} - lasting.keys()
    if captured.reads_gradients():  # of the call before, which must not lie where this one writes
        fresh, lasting = fresh | lasting.keys(), {}
    ops, placed, size = buffers.assign(ops, fresh, lasting)
    name = identifier(re.sub(r"<\w*>", "", getattr(fn, "__name__", type(fn).__name__.lower())), "program")
    name += "_" * hasattr(builtins, name)  # which the program may call
    used = {value.root for op in ops for value in rewrites.touched(op)} | {*results, *captured.inputs.values()}
    arguments = [value for value in captured.arguments() if value in used]
    return Program(name, arguments, ops, tuple(dict.fromkeys(results)), placed, size, instead, counts)


def release(captured: Capture) -> None:
    """Give back the memory of a trace, which holds every array that the function computed, and those that it found.

    Its plan needs their shapes, dtypes and strides alone, and where views begin. Arrays that have these take their
    place, all in the same memory, which is never there: pages that nobody touches. Constants stay.
    """
    arrays = {
        value: value.array
        for value in (*captured.arguments(), *(value for op in captured.ops for value in rewrites.touched(op)))
        if value.is_array and value.kind is not Kind.CONSTANT and not value.array.dtype.hasobject
    }
    bounds = {value: byte_bounds(array) for value, array in arrays.items()}
    first: dict[Value, int] = {}  # the first byte of an array and of all its views
    for value, (low, _) in bounds.items():
        first[value.root] = min(low, first.get(value.root, low))
    size = max((high - first[value.root] for value, (_, high) in bounds.items()), default=0)
    memory = mmap.mmap(-1, max(size, 1), access=mmap.ACCESS_READ)
    alike: dict[Any, Any] = {}
    for value, array in arrays.items():
        layout = array.shape, array.dtype, array.ctypes.data - first[value.root], array.strides
        value.array = alike.setdefault(layout, np.ndarray(array.shape, array.dtype, memory, *layout[2:]))
    captured.tracer.known.clear()  # gradients of before, most of all, which nobody else has by now
