"""What the library asks of arrays that may stand for others, while a function is traced (see autograd/compiler)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def opaque(fn: Callable[..., Any], *args: Any) -> Any:
    """fn(*args). While a function is traced, fn is noted as one step of the program, in place of what it calls.

    For what can't be traced: `if` and `math.sqrt` on values that change from call to call.
    """
    for arg in args:
        if (note := getattr(arg, "__opaque__", None)) is not None:
            return note(fn, *args)
    return fn(*args)


def asarray(x: Any) -> Any:
    """np.asarray(x), also of what stands for an array while a function is traced."""
    return opaque(np.asarray, x)
