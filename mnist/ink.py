"""Tell the ink of a digit from the ground that it is drawn on: a screen, a scan, a photograph.

If at least half of the image's border is of one grey, that is the ground, and what differs from it is ink. Else it is a
photograph, whose light changes from place to place, in a shadow at once: the ground at a pixel is what the greys around
it become when all that is as narrow as a stroke is filled in (a morphological closing, for dark ink).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Grey = NDArray[Any]

FAINTEST = 8  # of 255: a smaller contrast is no ink
STROKE_EDGE = 0.3  # of full ink: what has as much belongs to a stroke
LARGEST_PHOTO = 400  # pixels: larger photographs are made smaller, which takes noise away, too
FILTERED = 56  # pixels: in images smaller than that, what a median filter removes might be a stroke
WIDEST_STROKE = 1 / 3  # of an image's shorter side: strokes are narrower
# The contrasts, of the strongest, up to which it is ground and from which it is full ink, on a photograph. Ruled lines
# are fainter, and so is the blur around a stroke; MNIST was made of scans in black and white.
GROUND, FULL_INK = 0.3, 0.6
CLEARLY = 0.2  # of the border's pixels
SPECK = 0.05  # of the largest stroke's area: what is smaller is dust


def find_ink(grey: Grey) -> Grey:
    """How much ink the pixels (height, width) of 0-255 have, 0-1, be the ink light or dark; all 0 if there is none.

    Of a large photograph the result is smaller.
    """
    ground, is_one_grey, share = _of_border(grey)
    contrast = np.abs(grey - ground)
    while is_one_grey and np.mean(contrast >= FAINTEST) > 0.6 and min(grey.shape) > 2:  # the border is a frame
        grey = grey[1:-1, 1:-1]
        ground, is_one_grey, share = _of_border(grey)
        contrast = np.abs(grey - ground)
    uneven = np.mean((contrast > 0) & (contrast < FAINTEST))
    ink = contrast / max(contrast.max(), FAINTEST) if share >= 0.5 and uneven < 0.1 else _on_photograph(grey)
    return _without_specks(ink) if ink.max() == 1 else np.zeros_like(ink)


def _of_border(grey: Grey) -> tuple[float, bool, float]:
    """The grey that the border has most, whether it has no other, and the share of the border that has it."""
    greys, counts = np.unique(_border(grey), return_counts=True)
    return greys[counts.argmax()], len(greys) == 1, counts.max() / counts.sum()


def _border(image: Grey) -> Grey:
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])


def _on_photograph(grey: Grey) -> Grey:
    """The ink on an uneven ground; below 1 everywhere if there is none."""
    grey = np.asarray(Image.fromarray(grey).reduce(-(-max(grey.shape) // LARGEST_PHOTO)))
    if min(grey.shape) >= FILTERED:
        grey = ndimage.median_filter(grey, 3)
    window = max(3, int(min(grey.shape) * WIDEST_STROKE)) | 1
    dark, light = _dark_ink(grey, window), _dark_ink(255 - grey, window)
    # What is wrongly taken for ink lies in and around the digit: in a tight image on its border, where little ink is.
    more_on_border = np.mean(_border(dark) == 1) - np.mean(_border(light) == 1)
    if abs(more_on_border) > CLEARLY:
        return light if more_on_border > 0 else dark
    # Strokes are less than what is around them, so they deviate more from the average of both.
    deviation = grey - ndimage.uniform_filter(grey, window)
    return light if np.sum(deviation**3) > 0 else dark


def _dark_ink(grey: Grey, window: int) -> Grey:
    """The ink if it is darker than the ground; 0 if nothing stands out from the grain."""
    ground = ndimage.grey_closing(grey, window)
    contrast = 1 - grey / np.maximum(ground, 1)  # as a share of the paper's light, it is the same in a shadow
    low, middle, strongest = np.quantile(contrast, [0.05, 0.25, 0.998])
    grain = middle - low  # about a standard deviation, if at least half is ground
    bare = middle + 0.67 * grain
    if strongest - bare < max(FAINTEST / 255, 4 * grain):
        return np.zeros_like(contrast)
    return np.clip(((contrast - bare) / (strongest - bare) - GROUND) / (FULL_INK - GROUND), 0, 1)


def _without_specks(ink: Grey) -> Grey:
    """Only strokes: no dust; and nothing that comes in over the border, such as a shadow, if there is enough else."""
    parts, _ = ndimage.label(ink > STROKE_EDGE, np.ones((3, 3)))
    area = np.bincount(parts.ravel())
    area[0] = 0  # of the ground
    inside = area.copy()
    inside[_border(parts)] = 0
    if inside.max() > area.max() / 5:
        area = inside
    is_stroke = area > SPECK * area.max()
    if is_stroke[1:].all():
        return ink
    # What is left out goes with the blur around it.
    nearest = ndimage.distance_transform_edt(parts == 0, return_distances=False, return_indices=True)
    return np.where(is_stroke[parts[tuple(nearest)]], ink, 0)
