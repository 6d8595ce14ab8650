"""autograd.numpy.numpy_vjps: the undoing of broadcasting, for rules of one's own."""

from collections.abc import Callable
from typing import Any

import numpy as np


def unbroadcast(x: Any, target_meta: tuple[Any, ...], broadcast_idx: int = 0) -> Any:
    """x summed to the shape, and made real if that is, which `autograd.numpy.metadata` tells of an array.

    Axes were added before the first axis, or before the axis broadcast_idx.
    """
    shape, ndim, _, is_complex = target_meta
    first, extra = broadcast_idx % max(ndim, 1), np.ndim(x) - ndim
    x = np.sum(x, axis=tuple(range(first, first + extra))) if extra else x
    stretched = tuple(k for k, n in enumerate(shape) if n == 1 != np.shape(x)[k])
    x = np.sum(x, axis=stretched, keepdims=True) if stretched else x
    return x if is_complex or not np.iscomplexobj(x) else np.real(x)


def unbroadcast_f(target: Any, f: Callable[..., Any]) -> Callable[..., Any]:
    """g -> f(g), as a gradient of the array `target`."""
    meta = np.shape(target), np.ndim(target), np.result_type(target), np.iscomplexobj(target)
    return lambda g: unbroadcast(f(g), meta)


def replace_zero(x: Any, val: Any) -> Any:
    """x, with val in place of each 0."""
    return np.where(x, x, val)
