"""Photographs of digits, as far as arithmetic makes them: paper or board, light, shadow, ruling, noise, blur, JPEG."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Array = NDArray[Any]
SIDE = 400  # pixels

# Of each kind what differs from an evenly lit, sharp photograph of dark ink on light paper.
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "slope of light": {"slope": 0.6},
    "vignette": {"vignette": 0.8},
    "shadow": {"shadow": 0.6},
    "ruled paper": {"ruled": (1, 0)},
    "squared paper": {"ruled": (1, 1)},
    "noise": {"noise": 15},
    "pencil": {"faint": 45, "noise": 4},
    "chalk on a board": {"board": True, "slope": 0.3, "noise": 5},
    "board in a shadow": {"board": True, "shadow": 0.65, "noise": 5},
    "out of focus": {"blur": 3},
    "much compressed": {"quality": 25},
    "rough paper": {"texture": 6, "noise": 5},
    "everything": {"slope": 0.4, "shadow": 0.7, "ruled": (1, 0), "noise": 6, "quality": 60},
}


def photograph(
    digit: Array,
    rng: np.random.Generator,
    slope: float = 0,
    vignette: float = 0,
    shadow: float = 1,
    ruled: tuple[int, int] = (0, 0),
    noise: float = 2,
    faint: float = 0,
    board: bool = False,
    blur: float = 0.7,
    quality: int = 85,
    texture: float = 0,
) -> Array:
    """A digit (28, 28) of 0-255, light on dark, written somewhere: (400, 400) of 0-255."""
    size = 28 * int(rng.integers(5, 12))
    ink = np.zeros((SIDE, SIDE))
    y, x = rng.integers((SIDE - size) // 4, 3 * (SIDE - size) // 4 + 1, 2)
    ink[y : y + size, x : x + size] = np.asarray(Image.fromarray(digit).resize((size, size), 3)) / 255.0
    paper, pen = rng.uniform(170, 245), rng.uniform(20, 90)
    if board:
        paper, pen = rng.uniform(50, 80), rng.uniform(190, 240)
    if faint:
        pen = paper - faint
    ground = np.full((SIDE, SIDE), paper)
    for axis, is_ruled in enumerate(ruled):
        if is_ruled:
            lines = np.arange(SIDE) % int(rng.integers(30, 70)) < 2
            ground[lines if axis == 0 else (slice(None), lines)] *= 0.82
    if texture:
        ground += texture * ndimage.zoom(rng.normal(size=(40, 40)), SIDE / 40)
    rows, columns = np.indices((SIDE, SIDE)) / SIDE - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    along = np.cos(angle) * columns + np.sin(angle) * rows
    light = (1 + slope * along) * (1 - vignette * (rows**2 + columns**2))
    light *= ndimage.gaussian_filter(np.where(along > rng.uniform(-0.3, 0.3), 1.0, shadow), rng.uniform(1, 12))
    grey = ndimage.gaussian_filter((ground * (1 - ink) + pen * ink) * light, blur)
    file = io.BytesIO()
    pixels = np.clip(grey + rng.normal(0, noise, grey.shape), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))
