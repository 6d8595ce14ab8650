"""Prepare any image of a digit as MNIST's were prepared.

As the network has only ever seen digits of that kind: light ink on a black ground, the digit's bounding box scaled to
fit 20 x 20 with its proportions kept and pixels averaged by area, its centre of mass in the centre of 28 x 28 (LeCun
et al. 1998, section III.A).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

SIZE, BOX = 28, 20


class ImageError(Exception):
    """An image in which no digit can be found; the message says which and what to do."""


def read(path: str | Path) -> NDArray[np.uint8]:
    """A PNG, JPEG or other image file, as (28, 28) of 0-255, prepared."""
    try:
        with Image.open(path) as image:
            on_white, on_black = _greys(ImageOps.exif_transpose(image))
    except FileNotFoundError:
        raise ImageError(f"there is no file {path}; check the path") from None
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise ImageError(f"{path} is no image that can be read ({error}); pass a PNG or JPEG of one digit") from None
    try:
        return prepare(on_white)
    except ImageError:
        pass  # white ink on nothing, perhaps
    try:
        return prepare(on_black)
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from None


def _greys(image: Image.Image) -> list[NDArray[Any]]:
    """The image (height, width) of 0-255, with what is transparent on white paper, and on black."""
    if image.mode.startswith("I"):  # 16 bits, which Pillow would clip at 255
        image = Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8))
    image = image.convert("RGBA")
    papers = (Image.new("RGBA", image.size, colour) for colour in ("white", "black"))
    return [np.asarray(Image.alpha_composite(paper, image).convert("L")) for paper in papers]


def prepare(grey: NDArray[Any]) -> NDArray[np.uint8]:
    """A digit (height, width) of 0-255 on any even ground, light or dark, to (28, 28) of 0-255, light on black."""
    ink = _ink(grey)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        raise ImageError("no digit can be told from the ground; pass an image in which it is clearly lighter or darker")
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(ink.shape)
    height, width = (max(1, round(n * scale)) for n in ink.shape)
    small = np.asarray(Image.fromarray(ink.astype(np.float32)).resize((width, height), Image.Resampling.BOX))
    return _centred(small * (255 / small.max()))


def _ink(grey: NDArray[Any]) -> NDArray[Any]:
    """How far each pixel is from the ground towards the ink, 0-1; the ground is what the border shows."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]).astype(float)
    ground = np.median(border)
    # Grain is what differs from pixel to pixel, shadows are not: 1.48 median deviations are one standard deviation.
    grain = 1.4826 * np.median(np.abs(np.diff(border))) / np.sqrt(2)
    if min(grey.shape) >= 2 * SIZE:  # dust and grain are smaller than any stroke; in a smaller image a stroke might be
        grey = np.asarray(Image.fromarray(grey.astype(np.uint8)).filter(ImageFilter.MedianFilter(3)))
    distance = np.abs(grey - ground)
    # Nor is a tenth of the strongest stroke ink: it is the blur around it.
    top = distance.max()
    floor = max(0.1 * top, 2 * np.quantile(np.abs(border - ground), 0.9), 3 * grain)
    if top - floor < max(8, grain):
        return np.zeros_like(distance)
    return np.clip((distance - floor) / (top - floor), 0, 1)


def _centred(digit: NDArray[Any]) -> NDArray[np.uint8]:
    """Put a digit of at most 20 x 20 into 28 x 28, its centre of mass in the middle."""
    canvas = np.zeros((SIZE, SIZE), np.uint8)
    starts = []
    for axis, length in enumerate(digit.shape):
        weight = digit.sum(axis=1 - axis)
        centre = (weight * (np.arange(length) + 0.5)).sum() / weight.sum()
        starts.append(min(max(round(SIZE / 2 - centre), 0), SIZE - length))
    (y, x), (height, width) = starts, digit.shape
    canvas[y : y + height, x : x + width] = np.rint(digit)
    return canvas
