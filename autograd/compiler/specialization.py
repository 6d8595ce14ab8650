"""A specialization: the program of a function for one signature, from the trace to the function that runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd.compiler.ir import Program
from autograd.compiler.passes.plan import plan
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
