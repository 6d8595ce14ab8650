"""Strokes come out as MNIST's digits are, however small or large, quickly or slowly they were drawn."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from drawn_digits import DRAWN
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist.preprocess import ImageError
from mnist.strokes import THICKEST, draw_strokes

Array = NDArray[Any]
Strokes = list[Array]
LINE = np.array([[0.0, 0.0], [0.0, 1.0]])
finite = st.floats(-1000, 1000).map(lambda x: round(x, 3))
drawings = st.lists(st.lists(st.tuples(finite, finite), min_size=1, max_size=20).map(np.array), min_size=1, max_size=4)


def box(image: Array) -> tuple[int, int]:
    """The height and width of the ink."""
    rows, columns = np.nonzero(image)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def centre(image: Array) -> Array:
    """The centre of mass, as indices of row and column."""
    return np.array([np.average(np.arange(28), weights=image.sum(axis=1 - axis)) for axis in (0, 1)])


def assert_alike(found: Array, expected: Array) -> None:
    """The same up to rounding; at the edge it may also decide where, by a pixel, the centre of mass is put."""
    moves = [(0, 0), (0, 1), (1, 0), (1, 1), (0, -1), (-1, 0), (-1, -1), (1, -1), (-1, 1)]
    assert min(np.abs(np.roll(found, move, (0, 1)).astype(int) - expected).max() for move in moves) <= 2


@pytest.mark.parametrize("strokes", [strokes for _, strokes in DRAWN.values()], ids=DRAWN)
@pytest.mark.parametrize("pen", [0.4, 1.0, 2.0])
def test_as_in_mnist(strokes: Strokes, pen: float) -> None:
    image = draw_strokes(strokes, pen)
    assert (image.shape, image.dtype, image.max()) == ((28, 28), np.uint8, 255)
    assert max(box(image)) == 20
    assert np.abs(centre(image) - 14).max() <= 0.51


@pytest.mark.parametrize("pen", [0.4, 0.8, 1.0, 1.5, 2.0, 4.0])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_width_of_the_pen(pen: float, axis: int) -> None:
    line = draw_strokes([LINE[:, ::-1] if axis else LINE], pen).astype(float)
    across = (line.T if axis else line)[14] / 255
    assert across.sum() == pytest.approx(max(2, 2.5 * pen), abs=0.01)  # two pixels, where none is full, become so
    assert box(line)[axis] == 20


def test_a_diagonal_is_as_thick() -> None:
    image = draw_strokes([np.array([[0.0, 0.0], [1.0, 1.0]])])
    length = (20 - 2.5) * np.sqrt(2)
    assert image.sum() / 255 == pytest.approx(2.5 * length + np.pi * 1.25**2, rel=0.04)


def test_dots() -> None:
    dot = draw_strokes([[(7, -3)]])
    assert dot.sum() / 255 == pytest.approx(np.pi * 1.25**2, rel=0.1)
    np.testing.assert_array_equal(dot, dot.T)
    np.testing.assert_array_equal(draw_strokes([[(7, -3)] * 5, [(7, -3)]]), dot)  # of a hand that did not move
    two = draw_strokes([[(0, 0)], [(0, 10)]])  # as far from each other as the ends of a line, and no line
    assert box(two)[0] == 20
    assert not two[14].any()


def test_lifting_the_pen_draws_no_line() -> None:
    apart = draw_strokes([[(0, 0), (0, 10)], [(10, 0), (10, 10)]])
    np.testing.assert_array_equal(apart, draw_strokes([[(0, 10), (0, 0)], [(10, 0), (10, 10)]]))
    assert not apart[:, 13:15].any()
    assert draw_strokes([[(0, 0), (0, 10), (10, 0), (10, 10)]])[:, 13:15].any()


@given(drawings, st.floats(0.001, 1000), st.tuples(finite, finite))
def test_size_and_place_make_no_difference(strokes: Strokes, scale: float, shift: tuple[float, float]) -> None:
    if 0 < np.ptp(np.concatenate(strokes), axis=0).max() < 0.01:
        return  # so small that the numbers' own rounding shows, once it is shifted far
    assert_alike(draw_strokes([stroke * scale + shift for stroke in strokes]), draw_strokes(strokes))


@given(drawings)
def test_the_direction_and_the_order_of_strokes_make_no_difference(strokes: Strokes) -> None:
    assert_alike(draw_strokes([stroke[::-1] for stroke in strokes[::-1]]), draw_strokes(strokes))


@pytest.mark.parametrize("name", ["2, with a loop", "4, open", "7, with a bar"])
@pytest.mark.parametrize("times", [2, 10, 300])
def test_more_points_on_the_same_lines_make_no_difference(name: str, times: int) -> None:
    _, strokes = DRAWN[name]
    parts = np.linspace(0, 1, times, endpoint=False)[:, None]
    finer = [np.concatenate([*(a + (b - a) * parts for a, b in pairwise(s)), s[-1:]]) for s in strokes]
    difference = np.abs(draw_strokes(finer).astype(int) - draw_strokes(strokes))
    assert difference.max() <= 20  # thousands of points are rounded to a sixteenth of a pixel


@pytest.mark.parametrize("scale", [5e-324, 1e-310, 1e-30, 1e30, 1.7e308])
def test_huge_and_tiny_numbers(scale: float) -> None:
    cross = [np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([[-1.0, 1.0], [1.0, -1.0]])]
    found = draw_strokes([stroke * scale for stroke in cross])
    assert found.max() == 255
    if scale > 5e-324:  # which has no half
        np.testing.assert_array_equal(found, draw_strokes(cross))


def test_a_scribble() -> None:
    image = draw_strokes([np.random.default_rng(0).random((20_000, 2))])
    assert np.median(image[4:24, 4:24]) > 250
    assert not image[:4].any()


def test_what_is_given_may_be_lists_or_integers_and_stays_as_it_is() -> None:
    stroke = np.array([[3, 4], [8, 10], [20, 9]])
    stroke.flags.writeable = False
    np.testing.assert_array_equal(draw_strokes([stroke]), draw_strokes([stroke.astype(float).tolist()]))
    wide = np.repeat(stroke, 2, axis=1)[:, ::2]
    assert not wide.flags.c_contiguous
    np.testing.assert_array_equal(draw_strokes([wide]), draw_strokes([stroke]))
    np.testing.assert_array_equal(draw_strokes((stroke, np.empty((0, 2)))), draw_strokes([stroke]))


BAD: dict[str, tuple[Any, str]] = {
    "nothing": ([], "there is no stroke; draw a digit first"),
    "empty strokes": ([np.empty((0, 2))], "there is no stroke; draw a digit first"),
    "no pairs": ([LINE, [1.0, 2.0]], r"stroke 1 has the shape \(2,\); pass points x, y: an array \(n, 2\)"),
    "triples": ([[(1, 2, 3)]], r"stroke 0 has the shape \(1, 3\)"),
    "an empty list": ([[]], r"stroke 0 has the shape \(0,\)"),
    "no number": ([LINE, LINE * np.nan], "a point of the strokes is infinite or no number; pass finite x, y"),
    "infinite": ([[(0, 0), (np.inf, 1)]], "a point of the strokes is infinite or no number"),
}


@pytest.mark.parametrize(("strokes", "message"), BAD.values(), ids=BAD)
def test_what_is_no_drawing(strokes: Any, message: str) -> None:
    with pytest.raises(ImageError, match=f"^{message}"):
        draw_strokes(strokes)


@pytest.mark.parametrize("pen", [0, -1, THICKEST + 0.1, np.nan, np.inf])
def test_a_pen_that_cannot_be(pen: float) -> None:
    with pytest.raises(ImageError, match=r"^the pen was .* times as wide as usual; choose a width above 0, up to 4$"):
        draw_strokes([LINE], pen)
