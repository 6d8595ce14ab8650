"""Shifting images: where each pixel goes, and that all directions are drawn alike."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist.augment import distort, shift, thicken

Array = NDArray[Any]
NUMBERED = np.arange(1, 1 + 7 * 5, dtype=np.uint8).reshape(7, 5)  # no pixel is 0, and no two are the same


def moved(image: Array, dy: int, dx: int) -> Array:
    """One image moved down and right, pixel by pixel."""
    result = np.zeros_like(image)
    for y, x in np.ndindex(image.shape):
        if 0 <= y + dy < image.shape[0] and 0 <= x + dx < image.shape[1]:
            result[y + dy, x + dx] = image[y, x]
    return result


def offset_of(image: Array) -> tuple[int, int]:
    """The move that made this image of NUMBERED."""
    (y,), (x,) = np.nonzero(image == NUMBERED[3, 2])
    return int(y) - 3, int(x) - 2


@pytest.mark.parametrize("pixels", [1, 2])
def test_every_pixel_is_moved_and_edges_are_background(pixels: int) -> None:
    images = np.stack([NUMBERED] * 500)
    result = shift(images, pixels, np.random.default_rng(0))
    assert result.shape == images.shape
    assert result.dtype == images.dtype
    offsets = [offset_of(image) for image in result]
    for image, (dy, dx) in zip(result, offsets, strict=True):
        np.testing.assert_array_equal(image, moved(NUMBERED, dy, dx))
    assert set(offsets) == {(y, x) for y in range(-pixels, pixels + 1) for x in range(-pixels, pixels + 1)}


def test_all_offsets_are_drawn_evenly() -> None:
    n = 9000
    result = shift(np.stack([NUMBERED] * n), 1, np.random.default_rng(0))
    _, counts = np.unique([offset_of(image) for image in result], axis=0, return_counts=True)
    assert len(counts) == 9
    assert np.abs(counts - n / 9).max() < 4 * np.sqrt(n / 9)  # four standard deviations


def test_images_keep_their_order() -> None:
    images = np.zeros((50, 7, 5), np.uint8)
    images[:, 3, 2] = np.arange(1, 51)
    result = shift(images, 1, np.random.default_rng(0))
    np.testing.assert_array_equal(result.max(axis=(1, 2)), np.arange(1, 51))


def test_the_same_generator_moves_the_same() -> None:
    images = np.stack([NUMBERED] * 50)
    first, again, other = (shift(images, 2, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_images_given_stay_as_they_are() -> None:
    images = np.stack([NUMBERED] * 5)
    images.flags.writeable = False
    result = shift(images, 1, np.random.default_rng(0))
    assert result.flags.writeable
    np.testing.assert_array_equal(images, np.stack([NUMBERED] * 5))


def test_no_pixels_and_no_images() -> None:
    np.testing.assert_array_equal(shift(NUMBERED[None], 0, np.random.default_rng(0)), NUMBERED[None])
    assert shift(np.zeros((0, 7, 5), np.uint8), 1, np.random.default_rng(0)).shape == (0, 7, 5)


# -- thicker and thinner -----------------------------------------------------------------------------------------------


def bar(width: int) -> Array:
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 14 - width // 2 : 14 - width // 2 + width] = 255
    return image


def test_strokes_become_up_to_so_much_thicker_or_thinner() -> None:
    images = np.stack([bar(4)] * 2000)
    before = images.copy()
    result = thicken(images, 1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(images, before)
    assert result.dtype == np.uint8
    widths = result[:, 14].astype(float).sum(axis=1) / 255
    assert widths.min() == pytest.approx(3, abs=0.02)
    assert widths.max() == pytest.approx(5, abs=0.02)
    assert widths.mean() == pytest.approx(4, abs=0.05)
    assert np.quantile(widths, 0.25) == pytest.approx(3.5, abs=0.06)


def test_no_change_of_the_thickness_is_none() -> None:
    images = np.random.default_rng(0).integers(0, 256, (1500, 28, 28), np.uint8)  # more than a part
    np.testing.assert_array_equal(thicken(images, 0.0, np.random.default_rng(0)), images)


# -- turned, slanted, stretched ----------------------------------------------------------------------------------------


def test_no_distortion_is_none() -> None:
    images = np.random.default_rng(0).integers(0, 256, (1500, 28, 28), np.uint8)
    np.testing.assert_array_equal(distort(images, 0.0, np.random.default_rng(0)), images)


def test_distorted_images_stay_about_their_centre_and_change_by_no_more_than_asked() -> None:
    """A bar that is turned or slanted has its ends up to amount * 10 pixels aside; one that is stretched, above."""
    images = np.stack([bar(3)] * 1000)
    result = distort(images, 0.2, np.random.default_rng(0))
    assert result.dtype == np.uint8
    assert result.shape == images.shape
    columns = np.arange(28)
    slopes, lengths = [], []
    for image in result.astype(float):
        rows = np.flatnonzero(image.sum(axis=1) > 128)
        centres = image[rows] @ columns / image[rows].sum(axis=1)
        slopes.append(np.polyfit(rows, centres, 1)[0])
        lengths.append(len(rows))
        assert np.interp(14, rows, centres) == pytest.approx(14, abs=0.4)
    assert max(np.abs(slopes)) == pytest.approx(0.2 / 0.8, abs=0.05)
    assert np.std(slopes) > 0.08
    assert 20 / 1.25 - 1 <= min(lengths) < max(lengths) <= 20 / 0.75 + 1


@pytest.mark.parametrize("change", [thicken, distort])
def test_the_same_generator_draws_the_same(change: Any) -> None:
    images = np.stack([bar(3)] * 50)
    first, again, other = (change(images, 0.5, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
