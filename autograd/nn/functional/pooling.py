"""Pooling: the largest element, or the mean, of each window, and what takes gradients back to the windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.nn.functional.pooling_loops import divisor, lowest, over_windows, picked, placed, spread
from autograd.nn.functional.precision import in_float32
from autograd.nn.functional.resampling import resample
from autograd.nn.functional.windows import Ints, Pads, check_axes, check_fit, check_floats, extent, per_axis
from autograd.rules import primitive, rule
from autograd.rules.duck_arrays import opaque
from autograd.rules.products import as_array

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
@in_float32
def avg_pool(
    x: Any, kernel_size: Ints, stride: Ints, padding: Pads, count_include_pad: bool, divisor_override: int | None
) -> Any:
    y = over_windows(np.add, x, kernel_size, stride, padding, (1,) * len(stride), 0)
    y /= divisor(x.shape, y, kernel_size, stride, padding, count_include_pad, divisor_override)
    return y


@primitive
@in_float32
def avg_pool_transpose(
    x: Any, size: Ints, kernel_size: Ints, stride: Ints, padding: Pads, count_include_pad: bool,
    divisor_override: int | None,
) -> Any:  # fmt: skip
    """The adjoint of `avg_pool`, whose input had the last axes `size`: each x in equal shares to its window."""
    shares = x / divisor(
        x.shape[: -len(size)] + size, x, kernel_size, stride, padding, count_include_pad, divisor_override
    )
    return spread(shares, size, kernel_size, stride, padding)


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
