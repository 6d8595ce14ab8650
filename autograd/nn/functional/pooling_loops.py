"""The arithmetic of pooling, on arrays alone.

Windows are gone through tap by tap: what the k-th element of all windows is, is one strided slice of the input.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.nn.functional.windows import Ints, Pads, count, taps


def lowest(dtype: Any) -> Any:
    return -math.inf if dtype.kind == "f" else np.iinfo(dtype).min


def over_windows(
    ufunc: np.ufunc, x: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints, initial: Any
) -> Any:
    """ufunc.reduce over each window, along one axis after the other; `initial` where it reaches over padding."""
    for axis, k, s, pad, d in axes_of(x, kernel_size, stride, padding, dilation):
        number = count(x.shape[axis], k, s, pad, d)
        slices = taps(x.shape[axis], number, k, s, pad[0], d)
        if any(here != slice(0, number) for here, _ in slices):
            y = np.empty_like(x, shape=(*x.shape[:axis], number, *x.shape[axis + 1 :]))
            y[...] = initial
            for here, there in slices:
                part = y[at(axis, here)]
                ufunc(part, x[at(axis, there)], out=part)
        elif k == 1:
            y = x[at(axis, slices[0][1])].copy()
        else:
            y = ufunc(x[at(axis, slices[0][1])], x[at(axis, slices[1][1])])
            for _, there in slices[2:]:
                ufunc(y, x[at(axis, there)], out=y)
        x = y
    return x


def spread(x: Any, size: Ints, kernel_size: Ints, stride: Ints, padding: Pads) -> Any:
    """Each x added to all of its window, in an array with the last axes `size`."""
    for (axis, k, s, (before, _)), n in zip(axes_of(x, kernel_size, stride, padding), size, strict=True):
        y = np.zeros_like(x, shape=(*x.shape[:axis], n, *x.shape[axis + 1 :]))
        for here, there in taps(n, x.shape[axis], k, s, before):
            y[at(axis, there)] += x[at(axis, here)]
        x = y
    return x


def picked(
    v: Any, x: Any, y: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints, out: Any = None
) -> Any:
    found = np.empty_like(y, v.dtype) if out is None else out
    found[...] = 0
    for here, there, is_first in first_maxima(x, y, kernel_size, stride, padding, dilation):
        found[here] += v[there] * is_first
    return found


def placed(
    v: Any, x: Any, y: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints, out: Any = None
) -> Any:
    v = laid_out_as(v, y)
    are_apart = all((k - 1) * d < s for k, d, s in zip(kernel_size, dilation, stride, strict=True))
    is_tiled = kernel_size == stride and not np.any(padding) and y.size * math.prod(kernel_size) == x.size
    found = np.empty_like(x, v.dtype) if out is None else out
    if not (are_apart and is_tiled):
        found[...] = 0
    for here, there, is_first in first_maxima(x, y, kernel_size, stride, padding, dilation):
        if are_apart:
            np.multiply(v[here], is_first, out=found[there])
        else:
            found[there] += v[here] * is_first
    return found


def first_maxima(x: Any, y: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints) -> Any:
    """Tap by tap: the windows in which it meets an element, these elements, and whether each is the first maximum.

    The last is an array that the next tap overwrites.
    """
    ndim, largest = len(stride), np.max(y, initial=lowest(y.dtype))
    sizes = zip(x.shape[-ndim:], y.shape[-ndim:], kernel_size, stride, padding, dilation, strict=True)
    slices = [taps(n, number, k, s, before, d) for n, number, k, s, (before, _), d in sizes]
    is_free, memory = np.ones_like(y, bool), np.empty_like(y, bool)
    for tap in np.ndindex(*kernel_size):
        here, there = ((..., *(axis[k][i] for axis, k in zip(slices, tap, strict=True))) for i in (0, 1))
        elements, free, is_first = x[there], is_free[here], memory[here]
        np.equal(elements, y[here], out=is_first)
        if largest != largest:  # NaN, which is the maximum where it is
            is_first |= elements != elements
        is_first &= free
        free ^= is_first
        yield here, there, is_first


def divisor(
    shape: Ints, y: Any, kernel_size: Ints, stride: Ints, padding: Pads, count_include_pad: bool, override: int | None
) -> Any:
    """What the sum over each window is divided by: a number, or an array where windows differ."""
    if override is not None:
        return override
    totals = []
    for axis, k, s, (before, _) in axes_of(y, kernel_size, stride, padding):
        n, start = shape[axis], np.arange(y.shape[axis]) * s - before
        # As much is padding at the end as before; what ceil_mode adds is not counted.
        low, high = (-before, n + before) if count_include_pad else (0, n)
        totals.append(np.minimum(start + k, high) - np.maximum(start, low))
    if all((total == total[:1]).all() for total in totals):
        return math.prod(int(total[0]) for total in totals if len(total))
    product = totals[0] if len(totals) == 1 else totals[0][:, None] * totals[1]
    return product.astype(y.dtype)


def axes_of(x: Any, *options: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Each of the last axes of x with what the options say of it, the last axis last."""
    ndim = len(options[0])
    return zip(range(x.ndim - ndim, x.ndim), *options, strict=True)


def at(axis: int, index: slice) -> tuple[slice, ...]:
    return (*(slice(None),) * axis, index)


def laid_out_as(g: Any, y: Any) -> Any:
    """g with its axes in memory in the order of those of y, which elementwise calls on both are fastest with."""
    if g.strides == y.strides:
        return g
    copy = np.empty_like(y, g.dtype)
    copy[...] = g
    return copy
