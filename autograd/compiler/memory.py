"""Memory: which values lie where.

A value that the program computes gets a buffer for as long as it is needed; the result of an elementwise call takes
over that of an operand which is not needed any more. What is handed out is made anew in each call.

Buffers have the strides that the arrays had in the eager run: in another order, sums would have other bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiler.program import Buffer, Call, Value

ALIGNED = 64  # bytes: a cache line


def is_dense(array: Any) -> bool:
    """Whether the array fills its memory, its axes in any order."""
    order = sorted(range(array.ndim), key=lambda k: -array.strides[k])
    return bool(np.transpose(array, order).flags.c_contiguous)


def takes_out(call: Call) -> bool:
    """Whether the call can write its result into memory that is there."""
    fn = call.fn
    return isinstance(fn, np.ufunc) or (isinstance(getattr(fn, "__self__", None), np.ufunc) and fn.__name__ == "reduce")


def is_elementwise(call: Call) -> bool:
    return isinstance(call.fn, np.ufunc) and call.fn.signature is None


def buffers(calls: list[Call], keep: set[Value], lasting: set[Value]) -> tuple[dict[Value, Buffer], int]:
    """The memory of each value that the program computes and does not hand out."""
    last: dict[Value, int] = {}
    for k, call in enumerate(calls):
        for value in (*call.reads(), *call.results(), *([call.writes] if call.writes else ())):
            last[value.root] = k
    last |= dict.fromkeys(lasting, len(calls))
    found: dict[Value, Buffer] = {}
    for k, call in enumerate(calls):
        y = call.result
        if not isinstance(y, Value) or y.is_view or not y.is_array or y in keep or not takes_out(call):
            continue
        if not y.array.ndim or not is_dense(y.array):
            continue
        if is_elementwise(call) and y.array.dtype.kind != "c":  # complex products of one element round otherwise
            taken = next((v for v in call.reads() if v in found and last[v] == k and v.layout() == y.layout()), None)
            if taken is not None:
                buffer = found[y] = found[taken]
                buffer.last = last[y]
                buffer.values.append(y)
                continue
        array = y.array
        found[y] = Buffer(array.shape, array.dtype, array.strides, array.nbytes, k, last[y], [y])
    return found, placed(list({id(b): b for b in found.values()}.values()))


def placed(all_buffers: list[Buffer]) -> int:
    """Give each buffer its place in one piece of memory, those that live at once apart. Returns its size in bytes."""
    there: list[Buffer] = []
    size = 0
    for buffer in sorted(all_buffers, key=lambda b: -b.nbytes):
        start = 0
        for other in sorted(there, key=lambda b: b.offset):
            if other.first <= buffer.last and buffer.first <= other.last:
                if start + buffer.nbytes <= other.offset:
                    break
                start = max(start, other.offset + -(-other.nbytes // ALIGNED) * ALIGNED)
        buffer.offset = start
        there.append(buffer)
        size = max(size, start + buffer.nbytes)
    return size
