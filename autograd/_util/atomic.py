"""Updates that are done whole or not at all, whatever comes in between.

Python runs the handlers of signals between two of its instructions, so a KeyboardInterrupt can come between the update
of one parameter and that of the next.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # typeshed lacks it; signal's enums cost 3 µs a call in place of 0.3
import warnings
from collections.abc import Callable
from contextvars import copy_context
from signal import SIGINT
from types import FrameType
from typing import Any

import numpy as np


class atomic:  # noqa: N801  # it is called like a function
    """`with atomic(snapshot):` an interrupt (SIGINT) waits until the block is done; an error undoes what it has done.

    snapshot  copies the state that the block updates, and returns what puts it back. It is called only where NumPy's
              warnings raise errors: a block raises no others, once it has checked what it updates.

    After the block the handler that was there gets the signal: most often it raises KeyboardInterrupt. Handlers run in
    the main thread alone, so in others there is nothing to wait for.
    """

    undo: Callable[[], None] | None = None
    handler: Any = None  # that was there before the block
    frame: FrameType | None = None  # in which an interrupt came

    def __init__(self, snapshot: Callable[[], Callable[[], None]] | None = None) -> None:
        self.snapshot = snapshot

    def __enter__(self) -> None:
        if self.snapshot is not None and warnings_raise():
            self.undo = self.snapshot()
        if callable(handler := _signal.getsignal(SIGINT)):  # not so where signals are ignored, or end the process
            try:
                _signal.signal(SIGINT, self._wait)
                self.handler = handler
            except ValueError:  # in another thread than the main one
                return

    def _wait(self, number: int, frame: FrameType | None) -> None:
        self.frame = frame

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if kind is not None and self.undo is not None:
            self.undo()
        if self.handler is not None:
            _signal.signal(SIGINT, self.handler)
            if (frame := self.frame) is not None:
                self.frame = None
                self.handler(SIGINT, frame)


RAISING = frozenset({"raise", "call"})
with np.errstate():  # the variable is set in here; asking it takes 0.05 µs, and np.geterr 2
    ERRORS = next((variable for variable in copy_context() if variable.name == "numpy.ufunc.extobj"), None)


def warnings_raise() -> bool:
    """Whether an overflow, a division by zero or their like raises an error here, after the result was written."""
    is_set = ERRORS is None or ERRORS.get(None) is not None
    if is_set and not RAISING.isdisjoint(np.geterr().values()):
        return True
    for action, message, kind, module, line in warnings.filters:  # the first that fits decides
        if kind is RuntimeWarning or kind is Warning:
            if action == "error":
                return True
            if not (message or module or line):
                return False
    return False
