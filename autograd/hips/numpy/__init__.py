"""autograd.numpy: NumPy, and in place of what NumPy does not bring to a Tensor (array, append, lists of Tensors) ours.

np.array([x, x**2]), np.append(a, x), np.full(3, x), np.r_[x, a], np.sum([x, y])
"""

from typing import Any

import numpy as np

from . import fft, linalg, numpy_boxes, numpy_vjps, random
from ._lists import Joined, adapted, array, has_array, has_tensor, listed

__all__ = ["array", "fft", "linalg", "numpy_boxes", "numpy_vjps", "random"]
__all__ += [name for name in np.__all__ if name not in __all__]

r_, c_ = Joined(np.r_), Joined(np.c_)


def asarray(a: Any, dtype: Any = None, **options: Any) -> Any:
    return array(a, dtype, **{"copy": None, **options})


asanyarray = ascontiguousarray = asarray


def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    arr, values = asarray(arr), asarray(values)
    return np.concatenate((np.ravel(arr), np.ravel(values)) if axis is None else (arr, values), axis=axis or 0)


def full(shape: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    if not has_tensor(fill_value):
        return np.full(shape, fill_value, dtype, **options)
    return array(np.broadcast_to(array(fill_value), shape), dtype)


def where(condition: Any, *branches: Any, **named: Any) -> Any:
    """np.where, whose branches may be given by name; of Python's numbers or lists alone such a number or list."""
    branches += tuple(named[name] for name in ("x", "y") if name in named)
    y = np.where(condition, *map(listed, branches))
    return y if not branches or has_array((condition, *branches)) else y.tolist()


def make_diagonal(D: Any, offset: int = 0, axis1: int = -1, axis2: int = -2) -> Any:
    """Matrices with the last axis of D on their diagonals: what np.diagonal(..., axis1=-1, axis2=-2) undoes."""
    if (offset, axis1, axis2) != (0, -1, -2):
        raise NotImplementedError(
            "make_diagonal has the last two axes alone, as in HIPS autograd; np.moveaxis after it"
        )
    return np.expand_dims(D, -1) * np.eye(np.shape(D)[-1])


def metadata(a: Any) -> tuple[Any, ...]:
    """(shape, ndim, dtype, whether it is complex): what numpy_vjps.unbroadcast asks of an array."""
    return np.shape(a), np.ndim(a), np.result_type(a), np.iscomplexobj(a)


def __getattr__(name: str) -> Any:
    """Found once, and kept: so no function above may use `any`, `sum` or another that NumPy has, too."""
    value = globals()[name] = adapted(getattr(np, name))
    return value
