"""Buffer assignment: which values lie where.

A value that the program computes gets a buffer for as long as it is needed; the result of an elementwise op takes over
that of an operand which is not needed any more. What is handed out is made anew in each call. Gradients stay where they
are, and nothing else lies there in the next call, unless that begins with clearing them.

Buffers have the strides that the arrays had in the eager run: in another order, sums would have other bits.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np

from autograd.compiler.ir import Buffer, Op, Value, values_in
from autograd.compiler.passes.rewrites import fills, is_elementwise, last_uses

ALIGNED = 64  # bytes: a cache line
JOINS = np.stack, np.concatenate


def assign(
    ops: list[Op], fresh: set[Value], lasting: Mapping[Value, bool]
) -> tuple[list[Op], dict[Value, Buffer], int]:
    """The ops, which write into buffers now; the buffer of each value that has one; and the size of all in bytes.

    fresh    what is handed out, and so made anew.
    lasting  what must stay where it is after the call; and whether other values may lie there before it is computed.
    """
    last = last_uses(ops) | dict.fromkeys(lasting, len(ops))
    found: dict[Value, Buffer] = {}
    written: list[Op] = []
    for k, op in enumerate(ops):
        made = [y for y in op.results() if y.is_array]
        if not made or not takes_out(op) or any(y.is_view or y in fresh or not _has_memory(y) for y in made):
            written.append(op)
            continue
        if op.fn is not np.empty:  # whose memory is there, for a loop to fill
            written.append(op)
        for y in made:
            taken = None
            if is_elementwise(op) and y not in lasting and y.array.dtype.kind != "c":  # whose products round otherwise
                dying = (v for v in values_in(op.args) if v in found and last[v] == k)
                taken = next((found[v] for v in dying if v.layout() == y.layout()), None)
            found[y] = taken or Buffer(y.nbytes, k if lasting.get(y, True) else 0, k)
            found[y].last = last[y]
            found[y].values.append(y)
    return written, found, place(list(dict.fromkeys(found.values())))


def _has_memory(y: Value) -> bool:
    """Whether y is an array of numbers that fills its memory, its axes in any order."""
    if not y.is_array or not y.array.ndim or not y.nbytes or y.array.dtype.hasobject:
        return False
    order = sorted(range(y.array.ndim), key=lambda k: -y.array.strides[k])
    return bool(np.transpose(y.array, order).flags.c_contiguous)


def place(buffers: list[Buffer]) -> int:
    """Give each buffer its place in one piece of memory, those that live at once apart. Returns its size in bytes.

    Between neighbours a cache line stays free: NumPy's loops are others where operands touch.
    """
    # Of those that have their place, in its order: the ops between which they live, and where they begin and end.
    # As arrays, because each buffer is compared with all before it.
    first, last, start, end = there = np.zeros((4, len(buffers)), int)
    for n, buffer in enumerate(sorted(buffers, key=lambda b: -b.nbytes)):
        length = -(-buffer.nbytes // ALIGNED) * ALIGNED + ALIGNED
        live = (first[:n] <= buffer.last) & (last[:n] >= buffer.first)
        below = np.maximum.accumulate(np.append(0, end[:n][live]))  # from where on there is room before the next
        is_free = np.append(start[:n][live], sys.maxsize) - below >= length
        buffer.offset = int(below[np.argmax(is_free)])
        k = np.searchsorted(start[:n], buffer.offset, side="right")
        there[:, k + 1 : n + 1] = there[:, k:n].copy()
        there[:, k] = buffer.first, buffer.last, buffer.offset, buffer.offset + length
    return int(end.max(initial=0))


def takes_out(op: Op) -> bool:
    """Whether the op can write its result, with the same bits, into memory that is there."""
    fn, ufunc = op.fn, getattr(op.fn, "__self__", None)
    if isinstance(ufunc, np.ufunc) and fn.__name__ in ("reduce", "accumulate"):
        # `out` says in which dtype to reduce: the one in which it was done without.
        dtype = getattr(getattr(op.args[0], "array", op.args[0]), "dtype", None)
        return "dtype" in op.options or dtype == op.result.array.dtype or ufunc in (np.add, np.multiply)
    if fn in JOINS:
        return "dtype" not in op.options
    return fn is np.empty or (isinstance(fn, np.ufunc) and fn.nout == 1) or fills(fn)
