"""What the normalisations share: moments along an axis, and the gradient of what is normalised by them.

Two layouts serve them all; the statistics are those of `axis`:

    rows      (rows, n),                axis 1       layer_norm, rms_norm; group_norm: a row for each group
    channels  (batch, channels, size),  axis (0, 2)  batch_norm

x_hat = (x - mean) * rstd is the normalised input, and rstd = 1 / sqrt(variance + eps).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.rules import primitive, rule
from autograd.rules.products import added

Axis = int | tuple[int, int]
ROWS, CHANNELS = 1, (0, 2)


def dot(a: Any, b: Any, axis: Axis) -> Any:
    """The sum of a * b over the axis, in one pass; of shape (rows, 1) or (channels, 1)."""
    return np.vecdot(a, b)[:, None] if axis == ROWS else np.einsum("ncs,ncs->c", a, b)[:, None]


def size_of(x: Any, axis: Axis) -> int:
    """How many elements go into each statistic; 1 of none, by which nothing can be divided."""
    return max(x.shape[1] if axis == ROWS else x.shape[0] * x.shape[2], 1)


def mean_of(x: Any, axis: Axis) -> Any:
    """Of rows as a product with ones, which takes half the time of a sum."""
    total = np.vecdot(x, np.ones(x.shape[1], x.dtype)) if axis == ROWS else np.add.reduce(x, axis=axis)
    return total[:, None] * (1 / size_of(x, axis))


def mean_product(a: Any, b: Any, axis: Axis) -> Any:
    """The mean of a * b."""
    return dot(a, b, axis) * (1 / size_of(a, axis))


def reciprocal_std(variance: Any, eps: float) -> Any:
    rstd = variance + eps
    np.sqrt(rstd, out=rstd)
    return np.reciprocal(rstd, out=rstd)


def scaled(x_hat: Any, weight: Any, bias: Any) -> Any:
    """x_hat * weight + bias, each of which may be None, in memory of its own."""
    y = x_hat.copy() if weight is None else x_hat * weight
    if bias is not None:
        y += bias
    return y


def widened(x: Any) -> Any:
    """Numbers whose moments can be taken: squares of float16 overflow from 256 on, and whole numbers have no mean."""
    return x.astype(np.float32 if x.dtype.kind == "f" else np.float64) if x.dtype.char not in "fdg" else x


def shaped(x: Any, shape: tuple[int, ...]) -> Any:
    """x.reshape(shape), but x itself if it has that shape: the engine copies a leaf's gradient if it is a view."""
    return x if x.shape == shape else x.reshape(shape)


def as_rows(x: Any, ndim: int) -> Any:
    """(rows, n): the last `ndim` axes made one."""
    first = x.ndim - ndim
    return x.reshape(math.prod(x.shape[:first]), math.prod(x.shape[first:]))


def as_channels(x: Any) -> Any:
    """(batch, channels, size)"""
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:]))


@primitive
def normalized_gx(a: Any, x_hat: Any, rstd: Any, axis: Axis, is_centred: bool) -> Any:
    """The gradient of x from that of x_hat, `a`: rstd * (a - mean(a) - x_hat * mean(a * x_hat)).

    The chain rule of Ioffe and Szegedy 2015, section 3, put together. mean(a) is what the mean takes, if one was
    subtracted.
    """
    gx = x_hat * mean_product(a, x_hat, axis)
    if is_centred:
        gx += mean_of(a, axis)
    np.subtract(a, gx, out=gx)
    gx *= rstd
    return gx


def normalized_gx_gx_hat(g: Any, a: Any, x_hat: Any, rstd: Any, axis: Axis) -> Any:
    return -rstd * (g * mean_product(a, x_hat, axis) + a * mean_product(g, x_hat, axis))


rule(
    normalized_gx,
    a=lambda g, x_hat, rstd, axis, is_centred: normalized_gx(g, x_hat, rstd, axis, is_centred),  # its own adjoint
    x_hat=normalized_gx_gx_hat,
    rstd=lambda g, y, rstd, axis: dot(g, y, axis) / rstd,
)


def through_statistics(
    g: Any, g_x_hat: Any, g_rstd: Any, x_hat: Any, rstd: Any, axis: Axis, x_shape: Any, is_centred: bool = True
) -> Any:
    """The gradient of x: from g, that of x_hat in y; and, in a second derivative, from those of what was saved."""
    g = added(g, g_x_hat)
    gx = None if g is None else normalized_gx(g, x_hat, rstd, axis, is_centred)
    if g_rstd is not None:
        gx = added(gx, x_hat * (g_rstd * rstd * rstd * (-1 / size_of(x_hat, axis))))
    return shaped(gx, x_shape)


def normalized_rows(rows: Any, eps: float, is_centred: bool = True) -> tuple[Any, Any]:
    """x_hat and rstd."""
    if is_centred:
        x_hat = rows - mean_of(rows, ROWS)
        rstd = reciprocal_std(mean_product(x_hat, x_hat, ROWS), eps)
        x_hat *= rstd
    else:
        rstd = reciprocal_std(mean_product(rows, rows, ROWS), eps)
        x_hat = rows * rstd
    return x_hat, rstd
