"""Calls that are one step of a compiled program, whatever they do inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def opaque(fn: Callable[[Any], Any], x: Any) -> Any:
    """fn(x). While a function is traced, x stands for a value and fn is noted as it is, in place of what it calls.

    For what can't be traced: `if` and `math.sqrt` on values that change from call to call (see autograd/compiler).
    """
    note = getattr(x, "__opaque__", None)
    return fn(x) if note is None else note(fn)
