"""A specialization: the program of a function for one signature, from the trace to the function that runs."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from autograd.compiler.ir import Kind, Program, Value
from autograd.compiler.passes.plan import plan
from autograd.compiler.passes.rewrites import touched
from autograd.compiler.printing.source import PrintedProgram, loaded, printed
from autograd.compiler.runtime.binding import BoundProgram, bound
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.signature import Signature


@dataclass(eq=False)
class Specialization:
    """Each step is made when it is asked for first: the program is planned when such arguments come again.

    checked  what runs, once it was compared with the function.
    """

    fn: Callable[..., Any]
    captured: Capture
    signature: Signature
    checked: BoundProgram | None = None

    @cached_property
    def program(self) -> Program:
        return plan(self.fn, self.captured)

    @cached_property
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


def release(captured: Capture) -> None:
    """Give back the memory of a trace, which holds every array that the function computed.

    Its plan needs their shapes, dtypes and strides alone, and where views begin. Arrays that have these take their
    place, all in the same memory, which is never there: pages that nobody touches. Constants stay.
    """
    arrays = {
        value: value.array
        for value in (*captured.arguments(), *(value for op in captured.ops for value in touched(op)))
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
