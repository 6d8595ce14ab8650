"""Images moved and drawn anew, so that the network learns neither where a digit lies nor the pen that drew it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PART = 1000  # images at a time, which the processor's cache holds


def shift(images: NDArray[Any], pixels: int, rng: np.random.Generator) -> NDArray[Any]:
    """Move each image (n, height, width) by up to `pixels` up or down and left or right, drawn evenly.

    What comes in at an edge is 0, the background. Returns a new array.
    """
    n, height, width = images.shape
    padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels)))
    dy, dx = rng.integers(0, 2 * pixels + 1, (2, n))
    moved = np.empty_like(images)
    for y in range(2 * pixels + 1):
        for x in range(2 * pixels + 1):
            chosen = np.flatnonzero((dy == y) & (dx == x))
            moved[chosen] = padded[chosen, y : y + height, x : x + width]
    return moved


def thicken(images: NDArray[np.uint8], pixels: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Make the strokes of each image (n, height, width) thicker or thinner by up to `pixels`, drawn evenly.

    `pixels` is 2 at most: each image is mixed with its dilation or its erosion by a pixel on each side of a stroke.
    Returns a new array.
    """
    changes = rng.uniform(-pixels, pixels, len(images)).astype(np.float32)
    drawn = np.empty_like(images)
    for first in range(0, len(images), PART):
        part, change = images[first : first + PART], changes[first : first + PART, None, None]
        extreme = np.where(change > 0, _spread(part, np.maximum), _spread(part, np.minimum)).astype(np.float32)
        drawn[first : first + PART] = np.rint(part + (extreme - part) * np.abs(change / 2))
    return drawn


def _spread(images: NDArray[Any], extreme: np.ufunc) -> NDArray[Any]:
    """The extreme of each pixel and the four beside it: np.maximum dilates, np.minimum erodes."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    result = extreme(images, padded[:, :-2, 1:-1])
    for neighbour in (padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]):
        extreme(result, neighbour, out=result)
    return result


def distort(images: NDArray[np.uint8], amount: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Turn, slant and stretch each image (n, height, width), all at once, by a random linear map about its centre.

    The map is the identity with up to `amount` added to each of its four numbers, drawn evenly: 0.1 turns by up to
    6 degrees and stretches by up to a tenth. In between the pixels it's interpolated. Returns a new array.
    """
    n, height, width = images.shape
    maps = (np.eye(2) + rng.uniform(-amount, amount, (n, 2, 2))).astype(np.float32)
    y, x = np.indices((height, width), np.float32)
    from_centre = np.stack([y - height // 2, x - width // 2])
    drawn = np.empty_like(images)
    for first in range(0, n, PART):
        places = np.tensordot(maps[first : first + PART], from_centre, 1)
        drawn[first : first + PART] = _interpolated(images[first : first + PART], places[:, 0], places[:, 1])
    return drawn


def _interpolated(images: NDArray[Any], y: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
    """The images (n, height, width) at the places y, x from their centres (n, height, width), rounded; 0 outside."""
    n, height, width = images.shape
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2))).astype(np.float32)
    y, x = np.clip(y + height // 2 + 1, 0, height + 1), np.clip(x + width // 2 + 1, 0, width + 1)
    top, left = y.astype(np.int32), x.astype(np.int32)
    down, right = y - top, x - left
    line = width + 3
    flat, corner = padded.ravel(), np.arange(n)[:, None, None] * padded[0].size + top * line + left
    above = flat[corner] + (flat[corner + 1] - flat[corner]) * right
    below = flat[corner + line] + (flat[corner + line + 1] - flat[corner + line]) * right
    return np.rint(above + (below - above) * down)
