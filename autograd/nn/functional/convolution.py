"""Convolution as deep learning means it (cross-correlation), its transpose, and their rules.

    y[n, o, i, j] = bias[o] + sum over c, k, l of weight[o, c, k, l] * x[n, c, i + k, j + l]

(Dumoulin and Visin 2016 draw what stride, padding and dilation make of it, and the transpose.) It is linear in x and in
the weight, so three functions are closed under differentiation, each the adjoint of another in one of its inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.nn.functional.convolution_loops import convolve, convolve_transpose, convolve_weight
from autograd.nn.functional.windows import Ints, Pads, check_axes, check_fit, extent, per_axis
from autograd.nn.inputs import of_dtype
from autograd.rules import primitive, rule
from autograd.rules.duck_arrays import opaque
from autograd.rules.products import as_array

# -- primitives and rules: the options hold a number, or a pair, for each axis of the image ----------------------------


@primitive
def convolution(x: Any, weight: Any, bias: Any, stride: Ints, padding: Pads, dilation: Ints, groups: int) -> Any:
    """x (N, C, ...) or (C, ...) and weight (O, C / groups, ...) to (N, O, ...) or (O, ...), of one axis more or two."""
    ndim = len(stride)
    stride, dilation, padding = (*as_two(stride, dilation), *as_two(padding, fill=(0, 0)))
    y = opaque(convolve, *as_images(ndim, x, weight, bias), stride, padding, dilation, groups)
    return as_before(y, ndim, x, weight)


@primitive
def convolution_transpose(
    x: Any, weight: Any, bias: Any, size: Ints, stride: Ints, padding: Pads, dilation: Ints, groups: int
) -> Any:
    """The adjoint of `convolution` in its x, whose shape is (..., *size); and a bias."""
    ndim = len(stride)
    size, stride, dilation, padding = (*as_two(size, stride, dilation), *as_two(padding, fill=(0, 0)))
    y = opaque(convolve_transpose, *as_images(ndim, x, weight, bias), size, stride, padding, dilation, groups)
    return as_before(y, ndim, x, weight)


@primitive
def convolution_weight(
    x: Any, gy: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints, groups: int
) -> Any:
    """The adjoint of `convolution` in its weight, whose shape is (..., *kernel_size)."""
    ndim = len(stride)
    kernel_size, stride, dilation, padding = (*as_two(kernel_size, stride, dilation), *as_two(padding, fill=(0, 0)))
    gw = opaque(convolve_weight, *as_images(ndim, x, gy), kernel_size, stride, padding, dilation, groups)
    return as_before(gw, ndim, gw, x)


def as_two(*options: tuple[Any, ...], fill: Any = 1) -> Iterator[tuple[Any, ...]]:
    """Options for two axes: a signal is an image of one row."""
    return ((fill, *option)[-2:] for option in options)


def as_images(ndim: int, *arrays: Any) -> Iterator[Any]:
    """Arrays as (N, C, H, W), where there may be no batch and no rows, float16 as float32; biases as they are."""
    for a in arrays:
        if a is not None and a.ndim > 1:
            a = a if a.ndim == ndim + 2 else a[None]
            a = a if ndim == 2 else a[:, :, None]
            a = a.astype(np.float32) if a.dtype == np.float16 else a
        yield a


def as_before(y: Any, ndim: int, x: Any, other: Any) -> Any:
    """y (N, C, H, W) with the axes of x, and the dtype of a product of both."""
    y = y if ndim == 2 else y[:, :, 0]
    y = y if x.ndim >= ndim + 2 else y[0]
    return y.astype(np.result_type(x, other), copy=False)


def bias_gx(g: Any, stride: Ints) -> Any:
    """Summed over all axes but that of the channels."""
    channels = g.ndim - len(stride) - 1
    return np.sum(g, axis=tuple(axis for axis in range(g.ndim) if axis != channels))


def to_input(g: Any, weight: Any, x_shape: Ints, stride: Ints, padding: Pads, dilation: Ints, groups: int) -> Any:
    return convolution_transpose(g, weight, None, x_shape[-len(stride) :], stride, padding, dilation, groups)


def to_weight(x: Any, g: Any, weight_shape: Ints, stride: Ints, padding: Pads, dilation: Ints, groups: int) -> Any:
    return convolution_weight(x, g, weight_shape[2:], stride, padding, dilation, groups)


rule(convolution, x=to_input, weight=to_weight, bias=bias_gx)
rule(
    convolution_transpose,
    x=lambda g, weight, stride, padding, dilation, groups: convolution(
        g, weight, None, stride, padding, dilation, groups
    ),
    weight=lambda g, x, weight_shape, stride, padding, dilation, groups: to_weight(
        g, x, weight_shape, stride, padding, dilation, groups
    ),
    bias=bias_gx,
    accepts=("size",),
)
rule(
    convolution_weight,
    x=lambda g, gy, x_shape, stride, padding, dilation, groups: to_input(
        gy, g, x_shape, stride, padding, dilation, groups
    ),
    gy=lambda g, x, stride, padding, dilation, groups: convolution(x, g, None, stride, padding, dilation, groups),
    accepts=("kernel_size",),
)


# -- functions ---------------------------------------------------------------------------------------------------------


def conv1d(
    x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """x (N, C, L) or (C, L) to (N, O, M) or (O, M); as `conv2d`, of one axis."""
    return convolved("conv1d", 1, x, weight, bias, stride, padding, dilation, groups)


def conv2d(
    x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """x (N, C, H, W) or (C, H, W) to (N, O, oh, ow) or (O, oh, ow), with oh = (H + 2 padding - reach) // stride + 1.

    weight    (O, C / groups, kh, kw). The kernel reaches over dilation * (kh - 1) + 1 rows.
    bias      (O,), or None.
    stride, padding, dilation  a number, or one for each axis. padding="valid" is 0; with padding="same" the output is
              as large as x (stride must be 1), and where the zeros are odd in number there is one more at the end.
    groups    the channels of x and those of the output fall into so many groups; each sees its own alone.

    In memory the axes of the output lie in the order (H, C, W, N), in which convolutions and pooling are fastest.

    Raises ValueError for axes, channels or a kernel that do not fit, TypeError for different dtypes.
    """
    return convolved("conv2d", 2, x, weight, bias, stride, padding, dilation, groups)


def conv_transpose2d(
    x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
    groups: int = 1, dilation: Any = 1,
) -> Any:  # fmt: skip
    """x (N, C, H, W) or (C, H, W) to (N, O, oh, ow): the adjoint of the `conv2d` with these options, as a layer.

    oh = (H - 1) * stride - 2 padding + dilation * (kh - 1) + 1 + output_padding.

    weight          (C, O / groups, kh, kw): that of the convolution from O to C channels.
    output_padding  which of the sizes that the convolution maps to H: less than stride or dilation.
    """
    return transposed("conv_transpose2d", x, weight, bias, stride, padding, output_padding, groups, dilation)


def convolved(
    who: Any, ndim: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    """The functions above; errors name `who`, the function or the layer."""
    x, weight = as_array(x), as_array(weight)
    check_axes(who, x.shape, ndim)
    check_weight(who, x, weight, ndim, groups, 1)
    check_bias(who, bias, len(weight))
    kernel_size = weight.shape[2:]
    stride, dilation = per_axis(who, "stride", stride, ndim), per_axis(who, "dilation", dilation, ndim)
    pads = pads_of(who, padding, kernel_size, stride, dilation)
    check_fit(who, x.shape, kernel_size, pads, dilation)
    return convolution(x, weight, bias, stride=stride, padding=pads, dilation=dilation, groups=groups)


def transposed(
    who: Any, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any, groups: int, dilation: Any
) -> Any:
    x, weight = as_array(x), as_array(weight)
    check_axes(who, x.shape, 2)
    check_weight(who, x, weight, 2, groups, 0)
    check_bias(who, bias, weight.shape[1] * groups)
    stride, dilation = per_axis(who, "stride", stride, 2), per_axis(who, "dilation", dilation, 2)
    padding, extra = per_axis(who, "padding", padding, 2, 0), per_axis(who, "output_padding", output_padding, 2, 0)
    if any(more >= max(s, d) for more, s, d in zip(extra, stride, dilation, strict=True)):
        raise ValueError(
            f"{who} was given output_padding={extra} with stride={stride} and dilation={dilation}; it must be less "
            f"than one of them: what it adds to the size is what a convolution would leave over"
        )
    reach = tuple(map(extent, weight.shape[2:], dilation))
    size = tuple(
        (n - 1) * s - 2 * p + r + more
        for n, s, p, r, more in zip(x.shape[-2:], stride, padding, reach, extra, strict=True)
    )
    if min(size) < 1 or min(x.shape[-2:]) < 1:
        raise ValueError(
            f"{who} was given an input of shape {x.shape}, from which the output would have the size {size}; "
            f"give it a larger input or less padding"
        )
    pads = tuple((p, p - more) for p, more in zip(padding, extra, strict=True))
    options = {"size": size, "stride": stride, "padding": pads, "dilation": dilation, "groups": groups}
    return convolution_transpose(x, weight, bias, **options)


# -- errors ------------------------------------------------------------------------------------------------------------


def pads_of(who: Any, padding: Any, kernel_size: Ints, stride: Ints, dilation: Ints) -> Pads:
    """(before, after) of each axis."""
    if not isinstance(padding, str):
        return tuple((p, p) for p in per_axis(who, "padding", padding, len(kernel_size), 0))
    if padding == "valid":
        return ((0, 0),) * len(kernel_size)
    if padding != "same":
        raise ValueError(f'{who} was given padding="{padding}"; give it "same", "valid" or numbers')
    if max(stride) > 1:
        raise ValueError(
            f'{who} was given padding="same" with stride={stride}, by which the output is smaller; give the padding as '
            f"numbers, or leave the stride at 1"
        )
    totals = [extent(k, d) - 1 for k, d in zip(kernel_size, dilation, strict=True)]
    return tuple((total // 2, total - total // 2) for total in totals)


def check_weight(who: Any, x: Any, weight: Any, ndim: int, groups: int, axis: int) -> None:
    """Raise unless the channels of x are those of the weight, along its `axis`, and both have one dtype."""
    if len(weight.shape) != ndim + 2 or 0 in weight.shape:
        raise ValueError(
            f"{who} was given a weight of shape {weight.shape}, and expects {ndim + 2} axes, none of length 0; "
            f"reshape it"
        )
    if groups < 1 or len(weight) % groups:
        raise ValueError(
            f"{who} was given groups={groups} and a weight of shape {weight.shape}, whose first axis must be a "
            f"multiple of groups; change one of them"
        )
    expected = weight.shape[axis] * (groups if axis else 1)
    if x.shape[-ndim - 1] != expected:
        raise ValueError(
            f"{who} was given an input of shape {x.shape}, with {x.shape[-ndim - 1]} channels along axis {-ndim - 1}, "
            f"and expects {expected}; give it those, np.moveaxis(x, -1, {-ndim - 1}) if they come last"
        )
    if x.dtype != weight.dtype:
        raise of_dtype(who, weight.dtype, x, other=f"make the weight one of {x.dtype}")


def check_bias(who: Any, bias: Any, channels: int) -> None:
    if bias is not None and np.shape(bias) != (channels,):
        raise ValueError(
            f"{who} was given a bias of shape {np.shape(bias)}, and expects ({channels},), one for each channel of the "
            f"output; reshape it"
        )
