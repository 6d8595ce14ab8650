"""What is ink and what is ground: on photographs of every kind, and where there is neither."""

from typing import Any

import numpy as np
import pytest
from drawn_digits import DRAWN
from numpy.typing import NDArray
from photographs import KINDS, photograph

from mnist import ink, model_file, strokes, train
from mnist.preprocess import prepare

Array = NDArray[Any]
DIGITS = {name: (label, strokes.draw_strokes(lines)) for name, (label, lines) in DRAWN.items()}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_digits_on_photographs_are_read(kind: str) -> None:
    """Each of the drawn digits, by the network that ships."""
    rng = np.random.default_rng(1)
    photographs = [photograph(digit, rng, **KINDS[kind]) for _, digit in DIGITS.values()]
    network = model_file.load_model(model_file.PRETRAINED)
    read = train.predict(network, np.stack([prepare(grey) for grey in photographs])).argmax(axis=1)
    labels = np.array([label for label, _ in DIGITS.values()])
    wrong = [(name, int(found)) for name, found in zip(DIGITS, read, strict=True) if found != DIGITS[name][0]]
    assert np.mean(read == labels) >= 0.9, wrong


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["plain", "shadow", "ruled paper", "chalk on a board", "noise"])
def test_what_is_found_is_the_digit(kind: str) -> None:
    """Most of the ink is where ink is, and there is none elsewhere."""
    for name, (_, digit) in list(DIGITS.items())[::5]:
        photo = photograph(digit, np.random.default_rng(2), **KINDS[kind])
        clean = photograph(digit, np.random.default_rng(2), blur=0.1, noise=0, board=KINDS[kind].get("board", False))
        truth = np.abs(clean.astype(float) - np.median(clean)) > 60
        found = ink.find_ink(photo.astype(np.float32)) > 0.5
        assert found.shape == truth.shape
        assert (found & truth).sum() > 0.7 * truth.sum(), name
        assert (found & ~truth).sum() < 0.3 * truth.sum(), name


def test_a_ground_without_ink_has_none() -> None:
    rng = np.random.default_rng(0)
    for kind in ("plain", "noise", "rough paper", "ruled paper", "much compressed"):
        empty = photograph(np.zeros((28, 28), np.uint8), rng, **KINDS[kind]).astype(np.float32)
        assert not ink.find_ink(empty).any(), kind


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (2, 2), (3, 3)])
def test_tiny_images(shape: tuple[int, int]) -> None:
    grey = np.zeros(shape, np.float32)
    assert not ink.find_ink(grey).any()
    grey[tuple(n // 2 for n in shape)] = 255
    found = ink.find_ink(grey)
    assert found.ndim == 2
    assert np.isfinite(found).all()
    assert 0 <= found.min() <= found.max() <= 1


def test_dust_is_left_out_and_the_dot_of_a_digit_is_not() -> None:
    grey = np.zeros((100, 100), np.float32)
    grey[20:80, 45:55] = 255
    grey[5:7, 5:7] = 255
    grey[85:92, 46:54] = 255
    found = ink.find_ink(grey)
    assert not found[:10, :10].any()
    assert found[20:80, 45:55].all()
    assert found[85:92, 46:54].all()


def test_a_frame_around_the_image_is_no_ink() -> None:
    grey = np.full((60, 60), 255, np.float32)
    grey[[0, -1]] = grey[:, [0, -1]] = 0
    grey[20:40, 28:32] = 0
    found = ink.find_ink(grey)
    assert found.sum() == pytest.approx(20 * 4)
