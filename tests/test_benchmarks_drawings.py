"""Test digits drawn anew for the benchmark of drawings."""

from pathlib import Path

import numpy as np
import pytest
from digits import dataset
from scipy import ndimage

from benchmarks.questions import QUESTIONS, drawings
from benchmarks.timing import Session
from mnist import data, model_file
from models.mlp import MLP

pytestmark = pytest.mark.slow  # it draws the test digits anew


def ring() -> np.ndarray:
    """A zero, its stroke 3 pixels wide."""
    y, x = np.indices((28, 28)) - 13.5
    return np.where(np.abs(np.hypot(x, y) - 7) < 1.5, 255, 0).astype(np.uint8)


@pytest.mark.parametrize("size", drawings.DRAWN_SIZES)
def test_the_width_of_strokes_changes_by_what_is_asked(size: int) -> None:
    def thickness(width: float) -> float:
        """The ink through the middle of the ring's left side, in pixels of MNIST."""
        row = drawings.resized(drawings.widened(ring(), width), size)[14 * size] / 255
        return float(row[: 14 * size].sum() / size)

    for width in drawings.WIDTHS:
        assert thickness(width) - thickness(0) == pytest.approx(width, abs=0.3)


@pytest.mark.parametrize("size", drawings.DRAWN_SIZES)
def test_the_digit_lies_anywhere_on_the_canvas_as_large_as_asked(size: int) -> None:
    places = set()
    for seed in range(8):
        canvas = drawings.on_canvas(drawings.resized(drawings.widened(ring(), 0), size), np.random.default_rng(seed))
        assert canvas.shape == (280, 280)
        rows, columns = (np.flatnonzero((canvas > 127).any(axis=axis)) for axis in (1, 0))
        assert len(rows) == len(columns) == pytest.approx(17 * size, abs=2 + size)
        assert ndimage.label(canvas > 127)[1] == 1
        places.add((rows[0], columns[0]))
    assert len(places) > 4


def test_what_it_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "load_mnist", lambda folder: dataset(test=10))
    model = tmp_path / "small.safetensors"
    model_file.save_model(model, MLP((784, 8, 10), rng=np.random.default_rng(0)), {})
    session = Session([], {}, threads=1, quick=True)
    rows = list(drawings.measure(session, model))
    assert session.failures == []
    assert [row.contestant for row in rows[:2]] == ["plain", "prepared anew"]
    assert len({(row.contestant, row.column) for row in rows[2:]}) == len(drawings.DRAWN_SIZES) * len(drawings.WIDTHS)
    assert all(0 <= row.value <= 100 and row.unit == "%" for row in rows)
    assert QUESTIONS["drawings"] is drawings.measure


def test_without_mnist_it_is_left_out(tmp_path: Path) -> None:
    session = Session([], {}, threads=1, data=str(tmp_path / "nowhere"))
    assert list(drawings.measure(session)) == []
    assert session.failures[0].startswith("drawings: ")
