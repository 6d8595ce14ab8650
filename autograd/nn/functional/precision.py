"""In which precision functions compute: float16 in float32, in which exponentials, sums and squares do not overflow."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from autograd.rules.duck_arrays import asarray

Function = TypeVar("Function", bound=Callable[..., Any])


def upcast(*arrays: Any) -> list[Any]:
    """The arrays, of float16 as float32. What is no array stays as it is."""
    return [x.astype(np.float32) if getattr(x, "dtype", None) == np.float16 else x for x in arrays]


def in_float32(fn: Function) -> Function:
    """fn(x, ...), for x of float16 computed in float32.

    Its output is float16 again; hidden ones, which the rules read, stay float32.
    """

    @functools.wraps(fn)
    def compute(x: Any, *args: Any, **options: Any) -> Any:
        if getattr(x, "dtype", None) != np.float16:
            return fn(x, *args, **options)
        y = fn(x.astype(np.float32), *args, **options)
        return (y[0].astype(np.float16), *y[1:]) if isinstance(y, tuple) else y.astype(np.float16)

    return cast(Function, compute)


def of_floats(fn: Function) -> Function:
    """fn(x, ...) of arrays of float32 or float64 with an axis, whose results can be written into: of any numbers.

    float16 as `in_float32`, whole numbers in float64.
    """

    @functools.wraps(fn)
    def compute(x: Any, *args: Any, **options: Any) -> Any:
        x = asarray(x)
        if x.dtype.kind in "biu":
            x = x.astype(np.float64)
        if x.ndim:
            return compute_floats(x, *args, **options)
        y = compute_floats(x.reshape(1), *args, **options)
        return tuple(part.reshape(()) for part in y) if isinstance(y, tuple) else y.reshape(())

    compute_floats = in_float32(fn)
    return cast(Function, compute)
