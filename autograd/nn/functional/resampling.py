"""Images of another size: to the nearest pixel, by linear interpolation, or by means over areas.

Each is linear, and the same along both axes: an element of the output is a weighted sum of a few of the input.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.nn.functional.precision import in_float32
from autograd.nn.functional.windows import Ints, check_floats, per_axis
from autograd.rules import primitive, rule
from autograd.rules.duck_arrays import opaque
from autograd.rules.products import as_array

Terms = tuple[tuple[tuple[int, float], ...], ...]
Scales = tuple[float | None, ...]


@primitive
@in_float32
def resample(x: Any, size: Ints, mode: str, align_corners: bool = False, scales: Scales = ()) -> Any:
    """x with its last axes of the lengths `size`.

    mode           "nearest", "linear", or "area": the mean over what an element of the output covers.
    align_corners  of "linear": the first and the last elements of both stand at the same places, not their edges.
    scales         for each axis how many times longer it was to become, before that was rounded; () if it wasn't.
    """
    return opaque(weighted_sums, x, size, mode, align_corners, scales)


@primitive
@in_float32
def resample_transpose(x: Any, size: Ints, mode: str, align_corners: bool = False, scales: Scales = ()) -> Any:
    """The adjoint of `resample`, for an input whose last axes had the lengths `size`."""
    return opaque(weighted_shares, x, size, mode, align_corners, scales)


def weighted_sums(x: Any, size: Ints, mode: str, align_corners: bool, scales: Scales) -> Any:
    for k, n in enumerate(size):
        axis = x.ndim - len(size) + k
        y = np.empty_like(x, shape=(*x.shape[:axis], n, *x.shape[axis + 1 :]))
        source, target = np.moveaxis(x, axis, 0), np.moveaxis(y, axis, 0)
        for i, ((j, weight), *others) in enumerate(terms(mode, len(source), n, align_corners, scale_of(scales, k))):
            np.multiply(source[j], weight, out=target[i, ...])
            for j, weight in others:
                target[i] += source[j] * weight
        x = y
    return x


def weighted_shares(x: Any, size: Ints, mode: str, align_corners: bool, scales: Scales) -> Any:
    for k, n in enumerate(size):
        axis = x.ndim - len(size) + k
        y = np.zeros_like(x, shape=(*x.shape[:axis], n, *x.shape[axis + 1 :]))
        source, target = np.moveaxis(x, axis, 0), np.moveaxis(y, axis, 0)
        for i, found in enumerate(terms(mode, n, len(source), align_corners, scale_of(scales, k))):
            for j, weight in found:
                target[j] += source[i] * weight
        x = y
    return x


def scale_of(scales: Scales, axis: int) -> float | None:
    return scales[axis] if scales else None


def terms(mode: str, n: int, size: int, align_corners: bool, scale: float | None) -> Terms:
    """For each of `size` elements of the output which of n elements it is made of, and their weights."""
    step = n / size if scale is None else 1 / scale
    if mode == "area":
        areas = [range(i * n // size, -(-(i + 1) * n // size)) for i in range(size)]
        return tuple(tuple((j, 1 / len(area)) for j in area) for area in areas)
    if mode == "nearest":  # PyTorch computes it in single precision, which tells at some sizes
        return tuple(((min(int(np.float32(i) * np.float32(step)), n - 1), 1.0),) for i in range(size))
    if align_corners:
        places = [i * (n - 1) / max(size - 1, 1) for i in range(size)]
    else:
        places = [max(0.0, (i + 0.5) * step - 0.5) for i in range(size)]
    found = []
    for place in places:
        low = min(int(place), n - 1)
        pair = ((low, 1 - (place - low)), (min(low + 1, n - 1), place - low))
        found.append(pair if low < n - 1 and place > low else ((low, 1.0),))
    return tuple(found)


rule(
    resample,
    x=lambda g, x_shape, size, mode, align_corners, scales: resample_transpose(
        g, x_shape[-len(size) :], mode, align_corners, scales
    ),
)
rule(
    resample_transpose,
    x=lambda g, x_shape, size, mode, align_corners, scales: resample(
        g, x_shape[-len(size) :], mode, align_corners, scales
    ),
)


def interpolate(
    x: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Any:
    """Images (N, C, H, W), or signals (N, C, L), of another size.

    size or scale_factor  the size, or how many times longer each axis becomes, rounded down; a number or one per axis.
    mode                  "nearest", or "linear" of signals, "bilinear" of images.
    align_corners         of the linear ones, False if not given: whether the centres of the elements at the corners
                          stand at the corners of both images, or their edges do.
    """
    return interpolated("interpolate", x, size, scale_factor, mode, align_corners)


def interpolated(who: Any, x: Any, size: Any, scale_factor: Any, mode: str, align_corners: bool | None) -> Any:
    x = as_array(x)
    ndim = len(x.shape) - 2
    expected = {1: ("nearest", "linear"), 2: ("nearest", "bilinear")}.get(ndim)
    if expected is None:
        raise ValueError(
            f"{who} was given an input of shape {x.shape}; it takes (batch, channels, length) or (batch, channels, "
            f"height, width): reshape it, or add the axis of the batch, x[None]"
        )
    if mode not in expected:
        raise ValueError(
            f"{who} was given mode={mode!r} and an input of shape {x.shape}; give it {' or '.join(expected)}"
        )
    if (size is None) == (scale_factor is None):
        given = "neither size nor scale_factor" if size is None else f"size={size!r} and scale_factor={scale_factor!r}"
        raise ValueError(f"{who} was given {given}, and expects one of them")
    if mode == "nearest" and align_corners is not None:
        raise ValueError(
            f"{who} was given align_corners={align_corners} with mode='nearest', which has none; leave it out"
        )
    check_floats(who, x)
    scales: Scales = ()
    if size is None:
        factors = tuple(scale_factor) if isinstance(scale_factor, tuple | list) else (scale_factor,) * ndim
        size = tuple(math.floor(n * scale) for n, scale in zip(x.shape[2:], factors, strict=True))
        scales = tuple(map(float, factors))
    size = per_axis(who, "an output of size", size, ndim)
    if min(x.shape[2:]) < 1:
        raise ValueError(f"{who} was given an input of shape {x.shape}, which has no elements to take; leave it out")
    options = {
        "size": size, "mode": "nearest" if mode == "nearest" else "linear",
        "align_corners": bool(align_corners), "scales": scales,
    }  # fmt: skip
    return resample(x, **options)
