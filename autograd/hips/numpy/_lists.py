"""Lists of Tensors, of which NumPy hears nothing before it has made an array of them."""

import functools
import importlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .._primitives import Box, notrace_primitive


def has_tensor(x: Any) -> bool:
    return any(map(has_tensor, x)) if isinstance(x, list | tuple) else isinstance(x, Box)


def has_array(x: Any) -> bool:
    return any(map(has_array, x)) if isinstance(x, list | tuple) else hasattr(x, "dtype")


def array(A: Any, dtype: Any = None, *, ndmin: int = 0, **options: Any) -> Any:
    """np.array, of Tensors and nested lists of them, too."""
    if not has_tensor(A):
        return np.array(A, dtype, ndmin=ndmin, **options)
    y: Any = A if isinstance(A, Box) else np.stack([array(item) for item in A])
    y = np.astype(y, np.dtype(dtype or y.dtype))
    return y.reshape((1,) * (ndmin - y.ndim) + y.shape)


def listed(x: Any) -> Any:
    """A list of Tensors as an array; anything else as it is."""
    return array(x) if isinstance(x, list | tuple) and has_tensor(x) else x


def of_module(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module that has what NumPy's has: functions that take lists of Tensors, too."""
    return lambda name: adapted(getattr(importlib.import_module(module), name))


def adapted(value: Any) -> Any:
    """A function as one that takes lists of Tensors; a type of integers as one of which Tensors are made constants."""
    if isinstance(value, type) and issubclass(value, np.integer):
        return type(value.__name__, (value,), {"__new__": notrace_primitive(value.__new__)})
    if not hasattr(value, "_implementation"):  # ufuncs among them, which take arrays and numbers
        return value

    @functools.wraps(value)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return value(*args, **kwargs)
        except TypeError:
            if not any(_is_lazy(a) or (isinstance(a, list | tuple) and has_tensor(a)) for a in args):
                raise
        given = [list(a) if _is_lazy(a) else a for a in args]
        try:  # np.concatenate([x, [y, z]])
            return value(*(list(map(listed, a)) if isinstance(a, list | tuple) else a for a in given), **kwargs)
        except TypeError:
            return value(*map(listed, given), **kwargs)

    return call


def _is_lazy(x: Any) -> bool:
    """Whether it is a generator or its like: np.stack(x * k for k in ks), np.stack(parameters.values())."""
    return isinstance(x, Iterable) and not hasattr(x, "__getitem__")


class Joined:
    """np.r_ and np.c_, of Tensors, too."""

    def __init__(self, joins: Any) -> None:
        self.joins = joins

    def __getitem__(self, items: Any) -> Any:
        items = items if isinstance(items, tuple) else (items,)
        if not has_tensor(items):
            return self.joins[items]
        # NumPy tells what stands where: it joins the numbers of the elements in place of these.
        values: list[Any] = []
        numbers: list[Any] = []
        count = 0
        for item in items:
            if isinstance(item, str):
                numbers.append(item)
                continue
            value = array(np.r_[item] if isinstance(item, slice) else item)
            numbers.append(np.arange(count, count + value.size).reshape(value.shape))
            values.append(np.ravel(value))
            count += value.size
        return np.concatenate(values)[self.joins[tuple(numbers)]]
