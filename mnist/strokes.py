"""Strokes of a pen as an image like MNIST's.

Strokes are points, not pixels, so the pen's width can follow the digit's size: whether one draws small or large, the
ink comes out 20 pixels long and the pen 2.5 wide, as most are in MNIST.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist.preprocess import BOX_SIZE, ImageError, centred

PEN = 2.5  # pixels
THICKEST = 4.0  # times PEN: of the 20 pixels, as many are left for the shape
POINT_DISTANCE = 0.25  # pixels from a point of a line to the next: between them, the outline is off by less than 0.01
MANY_POINTS = 4096  # points; more are rounded to a grid of GRID points a pixel, which bounds the time
GRID = 16


def draw_strokes(strokes: Sequence[ArrayLike], pen: float = 1.0) -> NDArray[np.uint8]:
    """Strokes, each (n, 2) points x, y, as (28, 28) of 0-255, light on black.

    Any unit and origin will do; x grows to the right, y downwards. A stroke of one point is a dot. The pen is `pen`
    times 2.5 pixels wide, with round ends. Raises ImageError if there is nothing to draw.
    """
    if not 0 < pen <= THICKEST:
        raise ImageError(f"the pen was {pen} times as wide as usual; choose a width above 0, up to {THICKEST:g}")
    points, starts = _joined(strokes)
    width = PEN * pen
    points = points / 2  # so that the difference of two huge numbers is a number
    low, high = points.min(axis=0), points.max(axis=0)
    length = (high - low).max() or 1.0  # of a dot
    points = (points - low / 2 - high / 2) / length * (BOX_SIZE - width)
    return centred(_ink(_points_along(points, starts) + BOX_SIZE / 2, width))


def _joined(strokes: Sequence[ArrayLike]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """All points (n, 2), and which of them begin a stroke (n,)."""
    arrays = [np.asarray(stroke, float) for stroke in strokes]
    for k, array in enumerate(arrays):
        if array.ndim != 2 or array.shape[1] != 2:
            raise ImageError(f"stroke {k} has the shape {array.shape}; pass points x, y: an array (n, 2)")
    arrays = [array for array in arrays if len(array)]
    if not arrays:
        raise ImageError("there is no stroke; draw a digit first")
    points = np.concatenate(arrays)
    if not np.isfinite(points).all():
        raise ImageError("a point of the strokes is infinite or no number; pass finite x, y")
    starts = np.zeros(len(points), bool)
    starts[np.cumsum([0, *map(len, arrays[:-1])])] = True
    return points, starts


def _points_along(points: NDArray[Any], starts: NDArray[np.bool_]) -> NDArray[Any]:
    """Points (n, 2) on the strokes, no further than POINT_DISTANCE from each other."""
    steps = np.diff(points, axis=0)
    counts = np.ceil(np.hypot(*steps.T) / POINT_DISTANCE).astype(int)
    counts[starts[1:]] = 0  # the pen was lifted
    line = np.repeat(np.arange(len(counts)), counts)
    part = (np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts) + 1) / counts[line]
    samples = np.concatenate([points[starts], points[line] + part[:, None] * steps[line]])
    if len(samples) > MANY_POINTS:
        marks = np.zeros((BOX_SIZE * GRID + 1, BOX_SIZE * GRID + 1), bool)
        marks[tuple(np.rint((samples + BOX_SIZE / 2) * GRID).astype(int).T)] = True
        samples = np.argwhere(marks) / GRID - BOX_SIZE / 2
    return samples


def _ink(samples: NDArray[Any], width: float) -> NDArray[Any]:
    """How much of each of BOX_SIZE x BOX_SIZE pixels a pen of this width covers that goes through these points x, y."""
    pixels = np.arange(BOX_SIZE) + 0.5
    nearest = np.full((BOX_SIZE, BOX_SIZE), np.inf, np.float32)
    for first in range(0, len(samples), MANY_POINTS):
        x, y = ((samples[first : first + MANY_POINTS, axis, None] - pixels).astype(np.float32) ** 2 for axis in (0, 1))
        np.minimum(nearest, (y[:, :, None] + x[:, None, :]).min(axis=0), out=nearest)
    distance, radius = np.sqrt(nearest), width / 2
    # How far the pixel, half a pixel to both sides, and the line overlap: right where the line is straight and upright.
    return np.clip(np.minimum(radius, distance + 0.5) - np.maximum(-radius, distance - 0.5), 0, None)
