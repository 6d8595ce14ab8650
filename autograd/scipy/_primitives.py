"""SciPy's functions as primitives."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from autograd.rules.registry import primitive


def primitive_of(fn: Callable[..., Any], overwrites: str = "overwrite_x") -> Callable[..., Any]:
    """A function of SciPy's as a primitive, of which no array is overwritten.

    overwrites  the option by which SciPy is allowed to use the memory of what it is given. It is taken and ignored: a
                Tensor must not change, as other rules may have saved it.
    """
    place = list(inspect.signature(fn).parameters).index(overwrites)

    @functools.wraps(fn)
    def compute(*args: Any, **options: Any) -> Any:
        options.pop(overwrites, None)
        return fn(*(args if len(args) <= place else (*args[:place], False, *args[place + 1 :])), **options)

    return primitive(compute)
