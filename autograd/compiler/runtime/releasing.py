"""Give back the memory of a trace.

A trace holds every array that the function computed, and its plan needs their shapes, dtypes and strides alone, and
where views begin. Arrays that have these take their place, all in the same memory, which is never there: pages that
nobody touches.
"""

from __future__ import annotations

import mmap

import numpy as np
from numpy.lib.array_utils import byte_bounds

from autograd.compiler.ir import Kind, Value
from autograd.compiler.passes.rewrites import touched
from autograd.compiler.tracing.capture import Capture


def release(captured: Capture) -> None:
    """Let values have the layout of their arrays, and no longer what these hold. Constants keep it."""
    results = (value for values in captured.results() for value in values)
    values = {*(value for op in captured.ops for value in touched(op)), *captured.arguments(), *results}
    arrays = {
        value: value.array
        for value in values
        if value.is_array and value.kind is not Kind.CONSTANT and not value.array.dtype.hasobject
    }
    bounds = {value: byte_bounds(array) for value, array in arrays.items()}
    first: dict[Value, int] = {}  # the first byte of an array and of all its views
    for value, (low, _) in bounds.items():
        first[value.root] = min(low, first.get(value.root, low))
    size = max((high - first[value.root] for value, (_, high) in bounds.items()), default=0)
    memory = mmap.mmap(-1, max(size, 1), access=mmap.ACCESS_READ)
    for value, array in arrays.items():
        start = array.ctypes.data - first[value.root]
        value.array = np.ndarray(array.shape, array.dtype, memory, start, array.strides)
