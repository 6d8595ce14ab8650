"""What the library asks of arrays that may stand for others, while a function is traced (see autograd/compiler)."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
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


def asks_for_namespace(caller: FrameType) -> bool:
    """Whether the code that makes an array is SciPy's, and only asks whose arrays its function is given.

    It does so where the environment has SCIPY_ARRAY_API, and looks at the dtype alone. What was given is then given
    to NumPy's version of the function, or made an array after all.
    """
    is_asked = caller.f_code.co_name == "array_namespace"
    return is_asked and caller.f_globals.get("__name__", "").startswith("scipy._lib.")
