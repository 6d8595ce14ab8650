"""Pooling: the largest element, or the mean, of each window, and what takes gradients back to the windows.

Windows are gone through tap by tap: what the k-th element of all windows is, is one strided slice of the input.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.nn.functional.activations import in_single
from autograd.nn.functional.resampling import resample
from autograd.nn.functional.windows import (
    Ints,
    Pads,
    as_array,
    check_axes,
    check_fit,
    check_floats,
    count,
    extent,
    per_axis,
    taps,
)
from autograd.rules import primitive, rule
from autograd.rules.duck_arrays import opaque

# -- primitives and rules: the options hold a number, or a pair, for each of the last axes -----------------------------


@primitive
def max_pool(x: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints) -> Any:
    """The largest of each window; NaN if one is in it."""
    return over_windows(np.maximum, x, kernel_size, stride, padding, dilation, lowest(x.dtype))


@primitive
def pick_maxima(v: Any, x: Any, y0: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints) -> Any:
    """Of each window of v the element that stands where the first maximum y0 of x does."""
    return opaque(picked, v, x, y0, kernel_size, stride, padding, dilation)


@primitive
def place_at_maxima(v: Any, x: Any, y0: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints) -> Any:
    """The adjoint of `pick_maxima`: each v at the first maximum of its window, 0 elsewhere."""
    return opaque(placed, v, x, y0, kernel_size, stride, padding, dilation)


@primitive
@in_single
def avg_pool(
    x: Any, kernel_size: Ints, stride: Ints, padding: Pads, count_include_pad: bool, divisor_override: int | None
) -> Any:
    y = over_windows(np.add, x, kernel_size, stride, padding, (1,) * len(stride), 0)
    y /= divisor(x.shape, y, kernel_size, stride, padding, count_include_pad, divisor_override)
    return y


@primitive
@in_single
def avg_pool_transpose(
    x: Any, size: Ints, kernel_size: Ints, stride: Ints, padding: Pads, count_include_pad: bool,
    divisor_override: int | None,
) -> Any:  # fmt: skip
    """The adjoint of `avg_pool`, whose input had the last axes `size`: each x in equal shares to its window."""
    shape = x.shape[: -len(size)] + size
    x = x / divisor(shape, x, kernel_size, stride, padding, count_include_pad, divisor_override)
    for axis, k, s, (before, _) in axes_of(x, kernel_size, stride, padding):
        n = shape[axis]
        y = np.zeros_like(x, shape=(*x.shape[:axis], n, *x.shape[axis + 1 :]))
        for here, there in taps(n, x.shape[axis], k, s, before):
            y[at(axis, there)] += x[at(axis, here)]
        x = y
    return x


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


def picked(v: Any, x: Any, y: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints) -> Any:
    found = np.zeros_like(y, v.dtype)
    for here, there, is_first in first_maxima(x, y, kernel_size, stride, padding, dilation):
        found[here] += v[there] * is_first
    return found


def placed(v: Any, x: Any, y: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints) -> Any:
    v = laid_out_as(v, y)
    are_apart = all((k - 1) * d < s for k, d, s in zip(kernel_size, dilation, stride, strict=True))
    is_tiled = kernel_size == stride and not np.any(padding) and y.size * math.prod(kernel_size) == x.size
    found = (np.empty_like if are_apart and is_tiled else np.zeros_like)(x, v.dtype)
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


rule(
    max_pool,
    x=lambda g, x, y, kernel_size, stride, padding, dilation: place_at_maxima(
        g, x, y, kernel_size, stride, padding, dilation
    ),
    convention="to the first maximum of each window",
)
rule(
    pick_maxima,
    v=lambda g, x, y0, kernel_size, stride, padding, dilation: place_at_maxima(
        g, x, y0, kernel_size, stride, padding, dilation
    ),
    x=None,
    y0=None,
)
rule(
    place_at_maxima,
    v=lambda g, x, y0, kernel_size, stride, padding, dilation: pick_maxima(
        g, x, y0, kernel_size, stride, padding, dilation
    ),
    x=None,
    y0=None,
)
rule(
    avg_pool,
    x=lambda g, x_shape, kernel_size, stride, padding, count_include_pad, divisor_override: avg_pool_transpose(
        g, x_shape[-len(stride) :], kernel_size, stride, padding, count_include_pad, divisor_override
    ),
)
rule(
    avg_pool_transpose,
    x=lambda g, kernel_size, stride, padding, count_include_pad, divisor_override: avg_pool(
        g, kernel_size, stride, padding, count_include_pad, divisor_override
    ),
    accepts=("size",),
)


# -- functions ---------------------------------------------------------------------------------------------------------


def max_pool1d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, *, ceil_mode: bool = False
) -> Any:
    """x (N, C, L) or (C, L); as `max_pool2d`, of one axis."""
    return max_pooled("max_pool1d", 1, x, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, *, ceil_mode: bool = False
) -> Any:
    """The largest of each window: x (N, C, H, W) or (C, H, W) to (..., oh, ow).

    oh = (H + 2 padding - reach) // stride + 1, and ow likewise.

    kernel_size  the window reaches over dilation * (kernel_size - 1) + 1 rows.
    stride       kernel_size, if it is not given.
    padding      at most half of what the kernel reaches over; it is never the largest.
    ceil_mode    round oh up, if that window begins in x or in the padding before it.

    Where elements are equally large the first one takes the whole gradient, as in PyTorch (np.max shares it).
    """
    return max_pooled("max_pool2d", 2, x, kernel_size, stride, padding, dilation, ceil_mode)


def avg_pool1d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    """x (N, C, L) or (C, L); as `avg_pool2d`, of one axis."""
    return avg_pooled("avg_pool1d", 1, x, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    """The mean of each window: x (N, C, H, W) or (C, H, W) to (..., oh, ow), whose size is that of `max_pool2d`.

    count_include_pad  whether the zeros of the padding are elements of the mean.
    divisor_override   divide by this, not by the number of elements.
    """
    return avg_pooled("avg_pool2d", 2, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def adaptive_avg_pool2d(x: Any, output_size: Any) -> Any:
    """x (N, C, H, W) or (C, H, W) to (..., *output_size), each the mean of the elements that it covers.

    output_size  a number, or one for each axis; None leaves an axis as it is.
    """
    return adaptive_pooled("adaptive_avg_pool2d", x, output_size)


def max_pooled(
    who: Any, ndim: int, x: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Any:
    """The functions above; errors name `who`, the function or the layer."""
    x, options = options_of(who, ndim, x, kernel_size, stride, padding, dilation, ceil_mode)
    return max_pool(x, **options)


def avg_pooled(
    who: Any, ndim: int, x: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool,
    count_include_pad: bool, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    x, options = options_of(who, ndim, x, kernel_size, stride, padding, 1, ceil_mode)
    check_floats(who, x)
    del options["dilation"]
    if divisor_override is not None and divisor_override < 1:
        raise ValueError(f"{who} was given divisor_override={divisor_override}; give it a positive number, or None")
    options |= {"count_include_pad": count_include_pad, "divisor_override": divisor_override}
    return avg_pool(x, **options)


def adaptive_pooled(who: Any, x: Any, output_size: Any) -> Any:
    x = as_array(x)
    check_axes(who, x.shape, 2)
    check_floats(who, x)
    wanted = output_size if isinstance(output_size, tuple | list) else (output_size,) * 2
    filled = tuple(n if want is None else want for n, want in zip(x.shape[-2:], wanted, strict=False))
    size = per_axis(who, "output_size", filled if len(wanted) == 2 else wanted, 2)
    if min(x.shape[-2:]) < 1:
        raise ValueError(f"{who} was given an input of shape {x.shape}, which has no elements to take; leave it out")
    if any(n % m for n, m in zip(x.shape[-2:], size, strict=True)):
        return resample(x, size=size, mode="area")
    kernel_size = tuple(n // m for n, m in zip(x.shape[-2:], size, strict=True))
    return avg_pooled(who, 2, x, kernel_size, None, 0, False, True, None)


def options_of(
    who: Any, ndim: int, x: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[Any, dict[str, Any]]:
    """x as an array, and the options of the primitives. Raises ValueError if there is no window."""
    x = as_array(x)
    check_axes(who, x.shape, ndim)
    kernel = per_axis(who, "kernel_size", kernel_size, ndim)
    stride = kernel if stride is None else per_axis(who, "stride", stride, ndim)
    padding, dilation = per_axis(who, "padding", padding, ndim, 0), per_axis(who, "dilation", dilation, ndim)
    reach = tuple(map(extent, kernel, dilation))
    if any(2 * p > r for p, r in zip(padding, reach, strict=True)):
        raise ValueError(
            f"{who} was given padding={padding} and a kernel that reaches over {reach}; it must be at most half of "
            f"that, as there would be windows of padding alone"
        )
    pads = []
    for n, s, p, r in zip(x.shape[-ndim:], stride, padding, reach, strict=True):
        beyond = -(n + 2 * p - r) % s if ceil_mode else 0  # what the last window would reach over the padding
        is_begun = n + 2 * p + beyond - r < n + p  # by an element, or by padding before
        pads.append((p, p + (beyond if is_begun else 0)))
    check_fit(who, x.shape, kernel, tuple(pads), dilation)
    return x, {"kernel_size": kernel, "stride": stride, "padding": tuple(pads), "dilation": dilation}
