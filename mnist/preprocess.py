"""Prepare any image of a digit as MNIST's were prepared, as the network has only ever seen digits of that kind.

That is: light ink on a black ground; its bounding box grown to a square and averaged by area to 20 x 20 pixels, the
peak at 255; these put into 28 x 28 so that the centre of mass is at index 14. (LeCun et al. 1998, section III.A; for
what they leave open Yadav and Bottou 2019, arXiv:1905.10498, who made MNIST again, with `fim-mnist-prepro` of their
xnist.lsh.) In MNIST's 70,000 images all centres of mass lie between the indices 13.48 and 14.5, on average at 14.00.
"""

from __future__ import annotations

import math
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageOps

from mnist import ink

SIZE, BOX_SIZE = 28, 20
PHOTO_SIZE = 2 * ink.LARGEST_PHOTO  # pixels of a photograph
MOST_PIXELS = 64_000_000  # pixels, of which decoding takes 4 to 8 bytes each
# Pillow knows forty more, some of which start other programs.
IMAGE_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
EXPECTED_IMAGE = "pass a PNG, JPEG, BMP, GIF, WebP or TIFF of one digit"


class ImageError(Exception):
    """An image in which no digit can be found; the message says which and what to do."""


def read_image(path: str | Path) -> NDArray[np.uint8]:
    """An image file of one of the IMAGE_FORMATS, as (28, 28) of 0-255, prepared. Raises ImageError."""
    if not os.path.exists(path):
        raise ImageError(f"there is no file {path}; check the path")
    if not os.path.isfile(path):  # a pipe might never end
        raise ImageError(f"{path} is no ordinary file; {EXPECTED_IMAGE}")
    try:
        # What is odd in a file that can be read all the same is nobody's concern.
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=IMAGE_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:  # before it is decoded: a few bytes may unfold to gigabytes
                raise ImageError(
                    f"{path} has {image.width:,} x {image.height:,} pixels, and may have {MOST_PIXELS:,}; "
                    f"make it smaller"
                )
            ImageOps.exif_transpose(image, in_place=True)
            on_white, on_black = _greys(image)
    except ImageError:
        raise
    except Exception as error:  # decoders raise whatever they stumble over
        why = " ".join(str(error).split())
        raise ImageError(f"{path} is no image that can be read ({why}); {EXPECTED_IMAGE}") from None
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
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode != mode:  # or there would be a second image of full size
        image = image.convert(mode)
    image = image.reduce(max(1, max(image.size) // PHOTO_SIZE)).convert("RGBA")
    papers = (Image.new("RGBA", image.size, colour) for colour in ("white", "black"))
    return [np.asarray(Image.alpha_composite(paper, image).convert("L")) for paper in papers]


def prepare(grey: ArrayLike) -> NDArray[np.uint8]:
    """A digit (height, width) on any ground, light or dark, as (28, 28) of 0-255, light on black.

    The greys may run to 1, to 255 or to 65,535. Raises ImageError if there is no digit.
    """
    found = ink.find_ink(_to_255(np.asarray(grey)))
    if not found.any():
        raise ImageError("no digit can be told from the ground; pass an image in which it is clearly lighter or darker")
    return centred(fit_into_box(found))


def _to_255(grey: NDArray[Any]) -> NDArray[np.float32]:
    if grey.ndim != 2 or not grey.size or grey.dtype.kind not in "buif":
        what = f"{grey.dtype} of shape {grey.shape}"
        raise ImageError(f"the image was {what}; pass the greys of its pixels, numbers of shape (height, width)")
    if not np.isfinite(grey).all():
        raise ImageError("a pixel of the image is infinite or no number; pass finite greys")
    low, high = min(float(grey.min()), 0.0), float(grey.max())
    full = next((full for full in (1, 255, 65535) if high <= full), high)
    return np.asarray((grey / full - low / full) * 255, np.float32)


def fit_into_box(found: NDArray[Any]) -> NDArray[Any]:
    """The smallest square around the ink (height, width), with the ink in its middle, averaged by area to (20, 20)."""
    # A pixel as large as MNIST's is a stroke's if that covers any of it; in a finer image the edge is blurred.
    strokes = found > (0 if max(found.shape) <= SIZE else ink.STROKE_EDGE * found.max())
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    found = found[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(found.shape)
    # It is grown by whole pixels, as MNIST's, so that an image that has the right size already isn't blurred.
    before = [(side - n) // 2 for n in found.shape]
    shares = _shares(side)
    height, width = (shares[:, k : k + n] for k, n in zip(before, found.shape, strict=True))
    return height @ found @ width.T


def _shares(n: int) -> NDArray[np.float32]:
    """(20, n): how much each of n pixels has part in each of 20, which are as long as all n together."""
    edges, pixels = np.linspace(0, n, BOX_SIZE + 1)[:, None], np.arange(n)
    overlap = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    return np.asarray(np.clip(overlap, 0, None) * (BOX_SIZE / n), np.float32)


def centred(box: NDArray[Any]) -> NDArray[np.uint8]:
    """Ink (20, 20) of any scale, as (28, 28) of 0-255: its peak 255, its centre of mass at index 14."""
    image = np.zeros((SIZE, SIZE), np.uint8)
    box = box.astype(float)
    starts = []
    for axis in (0, 1):
        centre = box.sum(axis=1 - axis) @ np.arange(BOX_SIZE) / box.sum()
        # As whole pixels move, between 13.5 and 14.5; and at 14.5, not by chance at either, if the ink is symmetric.
        start = math.floor(SIZE / 2 + 0.5 - centre + 1e-5)
        starts.append(min(max(start, 0), SIZE - BOX_SIZE))
    y, x = starts
    image[y : y + BOX_SIZE, x : x + BOX_SIZE] = np.rint(box * (255 / box.max()))
    return image
