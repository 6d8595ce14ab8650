"""Images moved about, so that the network does not learn where in the frame a digit lies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


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
