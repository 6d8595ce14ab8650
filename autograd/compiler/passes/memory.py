"""Memory: which values lie where.

A value that the program computes gets a buffer for as long as it is needed; the result of an elementwise call takes
over that of an operand which is not needed any more. What is handed out is made anew in each call. Gradients stay where
they are until the next one comes to them: nothing else lies there.

Buffers have the strides that the arrays had in the eager run: in another order, sums would have other bits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.compiler.ir import Buffer, Op, Value, values_in
from autograd.compiler.passes.rewriting import last_uses, touched

ALIGNED = 64  # bytes: a cache line

# -- writing into memory that is there ---------------------------------------------------------------------------------

OUT = {np.concatenate, np.stack, np.cumsum, np.cumprod}
DRAWS = {"random", "standard_normal"}


def _copied(call: Op, y: Value) -> list[Op]:
    cast = {} if call.args[0].array.dtype == y.array.dtype else {"casting": "unsafe"}
    return [replace(call, fn=np.copyto, args=(y, call.args[0]), options=cast)]


def _filled(value: Any) -> Callable[[Op, Value], list[Op]]:
    return lambda call, y: [replace(call, fn="fill", args=(y, value), options={})]


def _chosen(call: Op, y: Value) -> list[Op]:
    condition, a, b = call.args
    first = replace(call, fn=np.copyto, args=(y, b), options={})
    return [first, replace(call, fn=np.copyto, args=(y, a), options={"where": condition}, result=None, writes=y)]


# What fills the memory of a result, in place of a function that can only make a new array.
FILLS: dict[Any, Callable[[Op, Value], list[Op]]] = {
    "copy": _copied, "astype": _copied, np.copy: _copied,
    np.zeros_like: _filled(0), np.ones_like: _filled(1), np.empty: lambda call, y: [], np.where: _chosen,
}  # fmt: skip


def takes_out(call: Op) -> bool:
    """Whether the call can write its result, with the same bits, into memory that is there."""
    fn, y = call.fn, call.result
    if isinstance(fn, np.ufunc):
        return fn.nout == 1
    if isinstance(ufunc := getattr(fn, "__self__", None), np.ufunc):
        # `out` says in which dtype to reduce: the one in which it was done without.
        return fn.__name__ in ("reduce", "accumulate") and (
            "dtype" in call.options or _dtype(call.args[0]) == y.array.dtype or ufunc in (np.add, np.multiply)
        )
    if fn is np.where:
        return len(call.args) == 3 and _dtype(call.args[0]) == np.dtype(bool) and not call.options
    if fn in DRAWS:
        return call.effect and y.array.flags.c_contiguous
    if fn in (np.zeros_like, np.ones_like):
        return call.args[1:] == ()
    if fn in OUT:
        return "dtype" not in call.options  # beside which np.concatenate takes no out=
    return fn in FILLS and isinstance(call.args[0], Value | tuple)


def _dtype(x: Any) -> Any:
    return x.array.dtype if isinstance(x, Value) else getattr(x, "dtype", None)


def is_elementwise(call: Op) -> bool:
    return isinstance(call.fn, np.ufunc) and call.fn.signature is None


def is_dense(array: Any) -> bool:
    """Whether the array fills its memory, its axes in any order."""
    order = sorted(range(array.ndim), key=lambda k: -array.strides[k])
    return bool(np.transpose(array, order).flags.c_contiguous)


def into_buffers(calls: list[Op], found: dict[Value, Buffer]) -> list[Op]:
    """The same calls, where a result has a buffer by functions that write into it."""
    written: list[Op] = []
    for call in calls:
        y = call.result
        written += FILLS[call.fn](call, y) if isinstance(y, Value) and y in found and call.fn in FILLS else [call]
    return written


# -- lifetimes and places ----------------------------------------------------------------------------------------------


def buffers(calls: list[Op], fresh: set[Value], lasting: set[Value]) -> tuple[dict[Value, Buffer], int]:
    """The memory of each value that the program computes, and the size of all in bytes.

    fresh    what is handed out, and so made anew.
    lasting  what must stay where it is after the call.
    """
    last = last_uses(calls) | dict.fromkeys(lasting, len(calls))
    _live_through_loops(calls, last)
    found: dict[Value, Buffer] = {}
    for k, call in enumerate(calls):
        y = call.result
        if not isinstance(y, Value) or y.is_view or y in fresh or not _has_memory(y) or not takes_out(call):
            continue
        taken = None
        if is_elementwise(call) and y not in lasting and y.array.dtype.kind != "c":  # whose products round otherwise
            operands = values_in(call.args)
            taken = next((v for v in operands if v in found and last[v] == k and v.layout() == y.layout()), None)
        if taken is not None:
            buffer = found[taken]
        else:
            buffer = Buffer(y.array.shape, y.array.dtype, y.array.strides, y.array.nbytes, k, k)
        found[y] = buffer
        buffer.last = last[y]
        buffer.values.append(y)
        if y in lasting:
            buffer.first = 0
    return found, placed(list({id(buffer): buffer for buffer in found.values()}.values()))


def _has_memory(y: Value) -> bool:
    return bool(y.is_array and y.array.ndim and y.nbytes and not y.array.dtype.hasobject and is_dense(y.array))


def _live_through_loops(calls: list[Op], last: dict[Value, int]) -> None:
    """What a loop uses and does not make itself is needed until its last round."""
    made = {y: call.loop for call in calls for y in call.results()}
    ends = {call.loop: k for k, call in enumerate(calls)}
    for call in calls:
        if call.loop is not None:
            for value in touched(call):
                if made.get(value.root) is not call.loop:
                    last[value.root] = max(last[value.root], ends[call.loop])


def placed(all_buffers: list[Buffer]) -> int:
    """Give each buffer its place in one piece of memory, those that live at once apart. Returns its size in bytes.

    Between neighbours a cache line stays free: NumPy's loops are others where operands touch.
    """
    # Of those that have their place, in its order: the calls between which they live, and where they begin and end.
    # As arrays, because each buffer is compared with all before it.
    first, last, start, end = there = np.zeros((4, len(all_buffers)), int)
    for n, buffer in enumerate(sorted(all_buffers, key=lambda b: -b.nbytes)):
        length = -(-buffer.nbytes // ALIGNED) * ALIGNED + ALIGNED
        live = (first[:n] <= buffer.last) & (last[:n] >= buffer.first)
        below = np.maximum.accumulate(np.append(0, end[:n][live]))  # from where on there is room before the next
        is_free = np.append(start[:n][live], sys.maxsize) - below >= length
        buffer.offset = int(below[np.argmax(is_free)])
        k = np.searchsorted(start[:n], buffer.offset, side="right")
        there[:, k + 1 : n + 1] = there[:, k:n].copy()
        there[:, k] = buffer.first, buffer.last, buffer.offset, buffer.offset + length
    return int(end.max(initial=0))
