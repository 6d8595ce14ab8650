"""Prepare any image of a digit as MNIST's were prepared.

As the network has only ever seen digits of that kind: light ink on a black ground, the digit's bounding box scaled to
fit 20 x 20 with its proportions kept and pixels averaged by area, its centre of mass in the centre of 28 x 28 (LeCun
et al. 1998, section III.A).
"""

from __future__ import annotations

import math
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
    if not ink.any():
        raise ImageError("no digit can be told from the ground; pass an image in which it is clearly lighter or darker")
    return centred(boxed(ink))


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


def boxed(ink: NDArray[Any]) -> NDArray[Any]:
    """The smallest square around the ink (height, width), with the ink in its middle, averaged by area to (20, 20)."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(ink.shape)
    # Whole pixels are added, as in MNIST, so that an image that has the right size already isn't blurred.
    before = [(side - n) // 2 for n in ink.shape]
    height, width = (_shares(side)[:, k : k + n] for k, n in zip(before, ink.shape, strict=True))
    return height @ ink @ width.T


def _shares(n: int) -> NDArray[Any]:
    """(20, n): the share that each of n pixels has in each of 20 as long as all n."""
    edges, pixels = np.linspace(0, n, BOX + 1)[:, None], np.arange(n)
    overlap = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    return np.clip(overlap, 0, None) * (BOX / n)


def centred(box: NDArray[Any]) -> NDArray[np.uint8]:
    """Ink (20, 20) of any scale to (28, 28) of 0-255: its peak at 255, its centre of mass at index 14."""
    image = np.zeros((SIZE, SIZE), np.uint8)
    starts = []
    for axis in (0, 1):
        centre = box.sum(axis=1 - axis) @ np.arange(BOX) / box.sum()
        # MNIST's centres lie anywhere from 13.5 to 14.5. What is symmetric lies at the edge; rounding shall not decide.
        start = math.floor(SIZE / 2 + 0.5 - centre + 1e-6)
        starts.append(min(max(start, 0), SIZE - BOX))
    y, x = starts
    image[y : y + BOX, x : x + BOX] = np.rint(box * (255 / box.max()))
    return image
