"""Test digits to try: real ones, of all labels, and never fetched for this."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from digits import dataset

from mnist import data
from mnist.web import samples
from mnist.web.samples import SampleDigits

IMAGES, LABELS = dataset(test=200).test_images, dataset(test=200).test_labels


@pytest.mark.parametrize("count", [1, 3, 10, 25, 100, 200, 500])
def test_what_is_chosen(count: int) -> None:
    digits = SampleDigits(IMAGES, LABELS)
    for _ in range(2):  # the second time, some of them have been asked for before
        chosen = json.loads(digits.json(count))["samples"]
        assert len(chosen) == min(count, 200)
        assert len({sample["index"] for sample in chosen}) == len(chosen)
        for sample in chosen:
            assert sample["pixels"] == IMAGES[sample["index"]].tolist()
            assert sample["label"] == LABELS[sample["index"]]
        labels = [sample["label"] for sample in chosen]
        assert labels == sorted(labels)
        counts = np.bincount(labels, minlength=10)
        if count <= 100:  # after that, one of the labels has no more
            assert counts.max() - counts.min() <= 1


def test_it_is_by_chance() -> None:
    digits = SampleDigits(IMAGES, LABELS)
    draws = [tuple(digits.choose(5)) for _ in range(20)]
    assert len(set(draws)) > 15
    assert {LABELS[k] for draw in draws for k in draw} == set(range(10))


def test_a_label_that_is_missing() -> None:
    some = LABELS != 3
    chosen = SampleDigits(IMAGES[some], LABELS[some]).choose(9)
    assert LABELS[some][chosen].tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 9]


# -- where they come from ----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without MNIST, on which nothing may be fetched."""
    monkeypatch.delenv("MNIST_DATA", raising=False)
    monkeypatch.setattr(data, "_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(data, "_download", lambda *_: pytest.fail("it downloads"))


def test_without_mnist_there_are_none() -> None:
    assert samples.load_samples(None) is None


def test_a_folder_that_is_named_must_hold_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(data.DataError, match="expected a folder"):
        samples.load_samples(str(tmp_path / "none"))
    monkeypatch.setenv("MNIST_DATA", str(tmp_path))
    with pytest.raises(data.DataError, match="from MNIST_DATA"):
        samples.load_samples(None)


@pytest.mark.parametrize(
    ("folder", "variable", "read"), [("here", "there", "here"), (None, "there", None), (None, "", "cache")]
)
def test_where_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str | None, variable: str, read: str | None
) -> None:
    found: list[Any] = []
    monkeypatch.setattr(data, "load_mnist", lambda folder=None: found.append(folder) or dataset())
    monkeypatch.setenv("MNIST_DATA", variable)
    digits = samples.load_samples(folder)
    assert found == [tmp_path / "cache" if read == "cache" else read]
    assert digits is not None
    np.testing.assert_array_equal(digits.images, dataset().test_images)
    np.testing.assert_array_equal(digits.labels, dataset().test_labels)
