"""Synthetic data for the tests of `mnist`: patterns that are easily told apart, and a digit drawn with Pillow."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist.data import Dataset

Array = NDArray[Any]


def patterns(count: int, seed: int = 0, classes: int = 10) -> tuple[Array, Array]:
    """Images (count, 28, 28) with a bright block whose place tells the label (count,), on faint noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count).astype(np.uint8)
    images = rng.integers(0, 30, (count, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(int(label), 5)
        image[4 + 12 * row : 12 + 12 * row, 2 + 5 * column : 6 + 5 * column] = 255
    return images, labels


def dataset(train: int = 300, test: int = 60) -> Dataset:
    """As `mnist.data.load_mnist` gives it, but small: read-only, uint8."""
    arrays = [*patterns(train, 1), *patterns(test, 2)]
    for array in arrays:
        array.flags.writeable = False
    return Dataset(*arrays)


def seven(size: int | tuple[int, int] = 280, ink: int = 0, paper: int = 255) -> Image.Image:
    """A grey image of a 7 in the middle of the paper, its edges smooth. `size` is one, or (width, height)."""
    width, height = (size, size) if isinstance(size, int) else size
    unit = 4 * min(width, height)  # drawn larger, as Pillow draws lines with hard edges
    left, top = (4 * width - unit) / 2, (4 * height - unit) / 2
    image = Image.new("L", (4 * width, 4 * height), paper)
    points = [(0.3, 0.2), (0.7, 0.2), (0.7, 0.3), (0.45, 0.8)]
    places = [(left + x * unit, top + y * unit) for x, y in points]
    ImageDraw.Draw(image).line(places, ink, int(0.07 * unit), "curve")
    return image.resize((width, height), Image.Resampling.BOX)
