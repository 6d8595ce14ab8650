"""Convolution, its transpose, and the gradient of its weight, on arrays: products of matrices in a loop over rows.

Memory-efficient convolution (Cho and Brand 2017, section 3). With the axes in the order (rows, channels, columns,
batch), what a column of the kernel meets from a row on is a matrix (kh * channels, columns * batch) that lies in the
image already. So a row of the output is one product for each column of the kernel, in its place. Where channels are few
these would be too shallow: what all columns meet is laid out side by side then, for a few rows at a time, kw times the
image where im2col takes kh * kw times.

All arrays are images (N, C, H, W) here, and what is returned is so to the eye: in memory its axes lie in the order
(H, C, W, N). Elementwise calls keep that, and the next convolution reads it as it is. Groups of channels are one more
axis of all matrices. A program that is saved brings these functions along, so they are plain functions of NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.nn.functional.windows import Ints, Pads, count, extent, taps

DEEP = 64  # rows of a matrix, from which on products with single columns of the kernel are as fast as with all of them
PATCHES = 2**18  # bytes: what is laid out at a time, so that it stays in the cache


def convolve(
    x: Any, weight: Any, bias: Any, stride: Ints, padding: Pads, dilation: Ints, groups: int, out: Any = None
) -> Any:
    """(N, C, H, W) and (O, C / groups, kh, kw) to (N, O, oh, ow)."""
    n, _, height, width = x.shape
    out_channels, channels, kh, kw = weight.shape
    oh = count(height, kh, stride[0], padding[0], dilation[0])
    ow = count(width, kw, stride[1], padding[1], dilation[1])
    dtype, shape = np.result_type(x, weight), (groups, out_channels // groups, ow * n)
    parts = parts_of_kernel((kh, kw), channels, stride, dilation, groups)
    by_column = np.split(by_group(weight, groups).transpose(0, 1, 3, 2, 4), parts, axis=-1)
    matrices = [part.astype(dtype, "C").reshape(*shape[:2], weight[0].size // parts) for part in by_column]
    bias = None if bias is None else bias.astype(dtype).reshape(*shape[:2], 1)
    rows = np.empty((oh, out_channels, ow, n), dtype) if out is None else out.transpose(2, 1, 3, 0)
    product = np.empty(shape, dtype) if parts > 1 else None
    met = matrices_met(x, (oh, ow), (kh, kw), stride, padding, dilation, groups, dtype)
    for y, columns in zip(rows.reshape(oh, *shape), met, strict=True):
        np.matmul(matrices[0], columns[0], out=y)
        for matrix, column in zip(matrices[1:], columns[1:], strict=True):
            y += np.matmul(matrix, column, out=product)  # while it is in the cache
        if bias is not None:
            y += bias
    return rows.transpose(3, 1, 0, 2)


def convolve_transpose(
    x: Any, weight: Any, bias: Any, size: Ints, stride: Ints, padding: Pads, dilation: Ints, groups: int,
    out: Any = None,
) -> Any:  # fmt: skip
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
    shape = height, groups * channels, width, n
    y = np.empty(shape, dtype) if out is None else out.transpose(2, 1, 3, 0)
    y[...] = 0 if bias is None else bias.astype(dtype).reshape(-1, 1, 1)
    y = y.reshape(height, groups, channels, width, n)
    part = np.empty((groups, channels, kw, ow, n), dtype)
    product = part.reshape(groups, channels * kw, ow * n)
    for row, found in enumerate(y):
        of_kernel, of_x = reaching(row + padding[0][0], kh, oh, stride[0], dilation[0])
        if of_kernel is not None:
            left, right = matrix[:, :, of_kernel], rows[:, of_x]
            depth = left.shape[2] * left.shape[3]
            left, right = left.reshape(groups, channels * kw, depth), right.reshape(groups, depth, ow * n)
            np.matmul(left, right, out=product)
            for k, (windows, elements) in enumerate(columns):
                found[:, :, elements] += part[:, :, k, windows]
    return y.reshape(shape).transpose(3, 1, 0, 2)


def convolve_weight(
    x: Any, gy: Any, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints, groups: int, out: Any = None
) -> Any:
    """(N, C, H, W) and (N, O, oh, ow) to (O, C / groups, kh, kw): the adjoint in the weight."""
    n, out_channels, oh, ow = gy.shape
    channels, (kh, kw) = x.shape[1] // groups, kernel_size
    dtype, parts = np.result_type(x, gy), parts_of_kernel(kernel_size, channels, stride, dilation, groups)
    rows = np.ascontiguousarray(by_rows(gy, groups), dtype).reshape(oh, groups, out_channels // groups, ow * n)
    totals = np.zeros((parts, groups, kh * channels * kw // parts, out_channels // groups), dtype)
    product = np.empty_like(totals[0])
    met = matrices_met(x, (oh, ow), kernel_size, stride, padding, dilation, groups, dtype)
    for g, columns in zip(rows, met, strict=True):
        for total, column in zip(totals, columns, strict=True):
            total += np.matmul(column, g.mT, out=product)
    gw = np.empty((out_channels, channels, kh, kw), dtype) if out is None else out
    totals = totals.reshape(parts, groups, kh, channels, kw // parts, out_channels // groups)
    by_group(gw, groups)[...] = totals.transpose(1, 5, 3, 2, 0, 4).reshape(by_group(gw, groups).shape)
    return gw


def parts_of_kernel(kernel_size: Ints, channels: int, stride: Ints, dilation: Ints, groups: int) -> int:
    """Into how many parts its columns fall: one each, if the products of a part are deep and read the image itself."""
    kh, kw = kernel_size
    return kw if channels * kh >= DEEP and groups == stride[1] == dilation[0] == 1 else 1


def matrices_met(
    x: Any, out: Ints, kernel_size: Ints, stride: Ints, padding: Pads, dilation: Ints, groups: int, dtype: Any
) -> Iterator[list[Any]]:
    """What the kernel meets for each row of the output: for each part of it (groups, kh * C * columns, ow * N).

    out  how many windows there are: (oh, ow).
    """
    n, channels, height, width = x.shape
    (oh, ow), (kh, kw), (top, left) = out, kernel_size, (before for before, _ in padding)
    channels //= groups
    rows, columns = ((k - 1) * s + extent(e, d) for k, s, e, d in zip(out, stride, kernel_size, dilation, strict=True))
    image = np.ascontiguousarray(x.transpose(2, 1, 3, 0), dtype).reshape(height, groups, channels, width, n)
    image = image[: max(rows - top, 0), :, :, : max(columns - left, 0)].transpose(1, 0, 2, 3, 4)
    if image.shape[1:4:2] != (rows, columns):
        inside, image = image, np.zeros((groups, rows, channels, columns, n), dtype)
        image[:, top : top + height, :, left : left + width] = inside
    by_column = [image[:, :, :, k * dilation[1] :: stride[1]][:, :, :, :ow] for k in range(kw)]
    parts, reach = parts_of_kernel(kernel_size, channels, stride, dilation, groups), extent(kh, dilation[0])
    step = oh  # rows of the output at a time
    if parts == 1:
        row = by_column[0][:, : stride[0]].nbytes * kw
        step = min(max(1, PATCHES // max(row, 1) - (reach - 1) // stride[0]), max(oh, 1))
        patches = np.empty((groups, (step - 1) * stride[0] + reach, channels, kw, ow, n), dtype)
    for first in range(0, oh, step):
        found = [column[:, first * stride[0] : (first + step - 1) * stride[0] + reach] for column in by_column]
        if parts == 1:
            found = [np.stack(found, axis=3, out=patches[:, : found[0].shape[1]])]
        for start in range(0, found[0].shape[1] - reach + 1, stride[0]):
            met = (part[:, start : start + reach : dilation[0]] for part in found)
            yield [part.reshape(groups, kh * channels * kw // parts, ow * n) for part in met]


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
