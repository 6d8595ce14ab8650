"""Convolution, its transpose, and the gradient of its weight, on arrays: products of matrices in a loop over rows.

Memory-efficient convolution (Cho and Brand 2017, section 3): patches are laid out for the columns of the kernel alone,
kw times the image where im2col takes kh * kw times. With the axes in the order (rows, channels, columns, batch), what
the kernel meets from a row on is one piece of that, a matrix (kh * channels * kw, columns * batch), and lies there
already. So a row of the output is one product with the weight, summed inside of BLAS, and in its place.

All arrays are images (N, C, H, W) here, and what is returned is so to the eye: in memory its axes lie in the order
(H, C, W, N). Elementwise calls keep that, and the next convolution reads it as it is. Groups of channels are one more
axis of all matrices. A program that is saved brings these functions along, so they are plain functions of NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.nn.functional.windows import Ints, Pads, count, extent, taps


def convolve(x: Any, weight: Any, bias: Any, stride: Ints, padding: Pads, dilation: Ints, groups: int) -> Any:
    """(N, C, H, W) and (O, C / groups, kh, kw) to (N, O, oh, ow)."""
    n, _, height, width = x.shape
    out_channels, _, kh, kw = weight.shape
    oh = count(height, kh, stride[0], padding[0], dilation[0])
    ow = count(width, kw, stride[1], padding[1], dilation[1])
    dtype = np.result_type(x, weight)
    rows = patches(x, (oh, ow), (kh, kw), stride, padding, dilation, groups, dtype)
    matrix = by_group(weight, groups).transpose(0, 1, 3, 2, 4).astype(dtype, "C")
    matrix = matrix.reshape(groups, out_channels // groups, weight[0].size)
    y = np.empty((oh, groups, out_channels // groups, ow * n), dtype)
    column = None if bias is None else bias.astype(dtype).reshape(groups, out_channels // groups, 1)
    for row, out in enumerate(y):
        np.matmul(matrix, met(rows, row * stride[0], kh, dilation[0]), out=out)
        if column is not None:
            out += column  # while it is in the cache
    return y.reshape(oh, out_channels, ow, n).transpose(3, 1, 0, 2)


def convolve_transpose(
    x: Any, weight: Any, bias: Any, size: Ints, stride: Ints, padding: Pads, dilation: Ints, groups: int
) -> Any:
    """(N, O, oh, ow) and (O, C / groups, kh, kw) to (N, C, H, W), of which `size` is (H, W): the adjoint in x.

    The rows of x that reach a row of the result lie side by side, so one product adds them up; what comes out of it,
    for each column of the kernel, is added where that column has met the result.
    """
    n, out_channels, oh, ow = x.shape
    (height, width), (_, channels, kh, kw) = size, weight.shape
    dtype = np.result_type(x, weight)
    rows = np.ascontiguousarray(by_rows(x, groups).transpose(1, 0, 2, 3, 4), dtype)
    rows = rows.reshape(groups, oh, out_channels // groups, ow * n)
    # From the last row of the kernel to the first: as the rows of x come that they reach.
    matrix = by_group(weight, groups)[:, :, :, ::-1].transpose(0, 2, 4, 3, 1).astype(dtype, "C")
    matrix = matrix.reshape(groups, channels * kw, kh, out_channels // groups)
    columns = taps(width, ow, kw, stride[1], padding[1][0], dilation[1])
    y = np.zeros((height, groups, channels, width, n), dtype)
    if bias is not None:
        y += bias.astype(dtype).reshape(groups, channels, 1, 1)
    part = np.empty((groups, channels, kw, ow, n), dtype)
    product = part.reshape(groups, channels * kw, ow * n)
    for row, out in enumerate(y):
        of_kernel, of_x = reaching(row + padding[0][0], kh, oh, stride[0], dilation[0])
        if of_kernel is not None:
            left, right = matrix[:, :, of_kernel], rows[:, of_x]
            depth = left.shape[2] * left.shape[3]
            left, right = left.reshape(groups, channels * kw, depth), right.reshape(groups, depth, ow * n)
            np.matmul(left, right, out=product)
            for k, (there, here) in enumerate(columns):
                out[:, :, here] += part[:, :, k, there]
    return y.reshape(height, groups * channels, width, n).transpose(3, 1, 0, 2)


def convolve_weight(
    x: Any, gy: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints, groups: int
) -> Any:
    """(N, C, H, W) and (N, O, oh, ow) to (O, C / groups, kh, kw): the adjoint in the weight."""
    n, out_channels, oh, ow = gy.shape
    channels, (kh, kw) = x.shape[1] // groups, kernel_size
    dtype = np.result_type(x, gy)
    rows = patches(x, (oh, ow), kernel_size, stride, padding, dilation, groups, dtype)
    columns = np.ascontiguousarray(by_rows(gy, groups), dtype)
    columns = columns.reshape(oh, groups, out_channels // groups, ow * n)
    total = np.zeros((groups, kh * channels * kw, out_channels // groups), dtype)
    part = np.empty_like(total)
    for row, column in enumerate(columns):
        np.matmul(met(rows, row * stride[0], kh, dilation[0]), column.mT, out=part)
        total += part
    gw = np.empty((out_channels, channels, kh, kw), dtype)
    by_group(gw, groups)[...] = total.reshape(groups, kh, channels, kw, out_channels // groups).transpose(0, 4, 2, 1, 3)
    return gw


def patches(
    x: Any, out: Ints, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints, groups: int, dtype: Any
) -> Any:
    """What each column of the kernel meets in each row of the padded image: (groups, rows, C * kw, ow * N).

    out  how many windows there are: (oh, ow).
    """
    n, channels, height, width = x.shape
    (oh, ow), (kh, kw) = out, kernel_size
    rows = (oh - 1) * stride[0] + extent(kh, dilation[0])  # those that a window meets
    first = min(padding[0][0], rows)
    last = min(first + height, rows)
    image = np.ascontiguousarray(x.transpose(2, 1, 3, 0), dtype).reshape(height, groups, channels // groups, width, n)
    image = image[: last - first].transpose(1, 0, 2, 3, 4)
    columns = taps(width, ow, kw, stride[1], padding[1][0], dilation[1])
    is_padded = last - first < rows or any(windows != slice(0, ow) for windows, _ in columns)
    y = (np.zeros if is_padded else np.empty)((groups, rows, channels // groups, kw, ow, n), dtype)
    for k, (here, there) in enumerate(columns):
        y[:, first:last, :, k, here] = image[:, :, :, there]
    return y.reshape(groups, rows, channels // groups * kw, ow * n)


def met(rows: Any, start: int, kernel: int, dilation: int) -> Any:
    """The matrix that the kernel meets from a row on: a view, unless the kernel is dilated."""
    found = rows[:, start : start + extent(kernel, dilation) : dilation]
    return found.reshape(len(rows), kernel * rows.shape[2], rows.shape[3])


def reaching(row: int, kernel: int, number: int, stride: int, dilation: int) -> Any:
    """Which rows of the kernel, counted from its last, bring which of the `number` windows to a row; None if none."""
    found = []
    for k in range(kernel):
        window, rest = divmod(row - (kernel - 1 - k) * dilation, stride)
        if not rest and 0 <= window < number:
            found.append((k, window))
    if not found:
        return None, None
    ends = zip(found[0], found[-1], strict=True)
    return tuple(slice(low, high + 1, max(1, (high - low) // max(1, len(found) - 1))) for low, high in ends)


def by_group(weight: Any, groups: int) -> Any:
    """(O, C, kh, kw) to (groups, O / groups, C, kh, kw)."""
    return weight.reshape(groups, len(weight) // groups, *weight.shape[1:])


def by_rows(x: Any, groups: int) -> Any:
    """(N, C, H, W) to (H, groups, C / groups, W, N), a view."""
    n, channels, height, width = x.shape
    return x.transpose(2, 1, 3, 0).reshape(height, groups, channels // groups, width, n)
