"""How well drawings are read that are not prepared as MNIST was: test digits larger, elsewhere, thinner or thicker.

They lie anywhere on a canvas of 280 x 280. No time is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from tqdm import tqdm

from benchmarks.measurements import Measurement
from benchmarks.problem import Array
from benchmarks.timing import Session
from mnist import data, model_file, preprocess, train
from mnist.networks import Network

DRAWN_SIZES = range(2, 10)
WIDTHS = (-1.0, -0.5, 0.0, 0.5, 1.0)  # pixels of MNIST, of which a stroke has about 2.5
CANVAS, FINE = 280, 8
QUICK_IMAGES = 500  # images, with --quick
TABLE = "Test digits read on a canvas of 280 x 280, by how much larger they are and how much wider the pen"
UNCHANGED = "Test digits read as they are"


def measure(session: Session, model: Path = model_file.PRETRAINED) -> Iterator[Measurement]:
    """model: a network's file, in place of the one that ships."""
    try:
        digits = data.load_mnist(session.data)
    except data.DataError as error:
        session.failures.append(f"drawings: {error}")
        return
    network = model_file.load_model(model)
    images, labels = digits.test_images, digits.test_labels
    if session.quick:
        images, labels = images[:QUICK_IMAGES], labels[:QUICK_IMAGES]
    yield Measurement(UNCHANGED, "right", "plain", right(network, images, labels), "%")
    prepared = np.stack([preprocess.prepare(image) for image in images])
    yield Measurement(UNCHANGED, "right", "prepared anew", right(network, prepared, labels), "%")
    # Not forked: who forks a process that has threads, as NumPy's are, may wait for ever.
    pool = ProcessPoolExecutor(session.threads, get_context("spawn"))
    found: dict[tuple[int, float], float] = {}
    with pool as processes, tqdm(total=len(WIDTHS) * len(images), unit=" digits", leave=False) as bar:
        for width in WIDTHS:
            drawn = []
            for prepared in processes.map(partial(redrawn, width=width), images, range(len(images)), chunksize=50):
                drawn.append(prepared)
                bar.update()
            for size, seen in zip(DRAWN_SIZES, np.stack(drawn, axis=1), strict=True):
                found[size, width] = right(network, seen, labels)
    for size in DRAWN_SIZES:
        for width in WIDTHS:
            yield Measurement(TABLE, f"{width:+.1f} px" if width else "as it is", f"{size} x", found[size, width], "%")


def right(network: Network, images: Array, labels: Array) -> float:
    """The share of images that are read right, in percent."""
    return train.accuracy(network, images, labels) * 100


def redrawn(image: Array, seed: int, width: float) -> Array:
    """The digit at each size, anywhere on a canvas, with strokes wider by `width`, prepared again: (sizes, 28, 28)."""
    fine, rng = widened(image, width), np.random.default_rng(seed)
    return np.stack([preprocess.prepare(on_canvas(resized(fine, size), rng)) for size in DRAWN_SIZES])


def widened(image: Array, width: float) -> Array:
    """An image (28, 28) of 0-255 with FINE times as many pixels, its strokes wider by `width` pixels of before."""
    fine = np.asarray(Image.fromarray(image).resize((28 * FINE, 28 * FINE), Image.Resampling.BICUBIC))
    radius = abs(width) / 2 * FINE
    y, x = np.indices((2 * int(radius) + 1,) * 2) - int(radius)
    disc = x * x + y * y <= radius * radius
    if width > 0:
        fine = ndimage.grey_dilation(fine, footprint=disc)
    elif width < 0:
        fine = ndimage.grey_erosion(fine, footprint=disc)
    return fine


def resized(fine: Array, size: int) -> Array:
    """`size` times as large as the image of 28 x 28 was."""
    return np.asarray(Image.fromarray(fine).resize((28 * size, 28 * size), Image.Resampling.BICUBIC))


def on_canvas(image: Array, rng: np.random.Generator) -> Array:
    """A square image somewhere on a dark canvas."""
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    y, x = rng.integers(0, CANVAS - len(image) + 1, 2)
    canvas[y : y + len(image), x : x + len(image)] = image
    return canvas
