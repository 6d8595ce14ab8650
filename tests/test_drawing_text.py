"""Words for shapes, numbers and options."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from autograd.drawing.text import (
    constant_text,
    digits_text,
    form_text,
    index_text,
    option_text,
    options_text,
    percent_text,
    plural,
    shortened,
    tally_text,
)


@pytest.mark.parametrize(
    ("shape", "dtype", "text"),
    [
        ((32, 784), np.float32, "32×784 float32"),
        ((3,), np.dtype(int), "3 int64"),
        ((), complex, "scalar complex128"),
        ((0, 2), None, "0×2"),
        (None, np.float32, "float32"),
        (None, None, ""),
    ],
)
def test_forms(shape: Any, dtype: Any, text: str) -> None:
    assert form_text(shape, dtype) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2, "2"),
        (True, "True"),
        (12345, "12,345"),
        (10**12, "1e+12"),
        (0.1 + 0.2, "0.3"),
        (1 + 2j, "1+2j"),
        (np.float32(0.5), "0.5"),
        (np.array([[7]]), "7"),
        (np.array([True]), "True"),
        (np.zeros((2, 3)), "2×3 float64"),
        (None, "constant"),
    ],
)
def test_constants(value: Any, text: str) -> None:
    shape, dtype = (None, None) if value is None else (np.shape(value), np.asarray(value).dtype)
    assert constant_text(value, shape, dtype) == text


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (0, "0"),
        (slice(None), ":"),
        ((slice(1, None), slice(None, None, -1), Ellipsis, None, -1), "1:, ::-1, …, None, -1"),
        (np.array([1, 2]), "2 int64"),
        ([0, 1], "[0, 1]"),
        ((), ""),
    ],
)
def test_indices(index: Any, text: str) -> None:
    assert index_text(index) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((0,), "(0,)"),
        ([1, (2, 3)], "[1, (2, 3)]"),
        ("ij,jk->ik", "'ij,jk->ik'"),
        (np.float32, "float32"),
        (np.dtype("f4"), "dtype('float32')"),
        (np.exp, "exp"),
        (np.zeros(3), "3 float64"),
        (object(), "<object>"),
    ],
)
def test_options(value: Any, text: str) -> None:
    assert option_text(value) == text


def test_options_at_their_default_go_without_saying() -> None:
    defaults = {"axis": None, "keepdims": np._NoValue, "full": True, "n": 1}
    options = {"axis": 1, "keepdims": False, "full": False, "n": 1, "rng": np.random.default_rng(), "index": (0, None)}
    assert options_text(options, defaults) == "axis=1, full=False, [0, None]"
    assert options_text({"axis": None, "keepdims": True}, defaults) == "keepdims=True"


def test_short_and_counted() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "ab…"
    assert [plural(number, "call") for number in (0, 1, 2000)] == ["0 calls", "1 call", "2,000 calls"]
    assert tally_text(Counter(b=2, a=2, c=3), 2) == "3 c, 2 a, …"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 5, "0%"), (5, 5, "100%"), (1, 2, "50%"), (1, 1000, "<1%"), (999, 1000, ">99%")],
)
def test_only_none_is_zero_percent_and_only_all_is_a_hundred(part: int, whole: int, text: str) -> None:
    assert percent_text(part, whole) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [(0.0, "0"), (0.00012, "0.00012"), (1234.0, "1200"), (-123456.0, "-120000"), (1.26e7, "1.3e+07"), (3e-9, "3e-09")],
)
def test_short_numbers(x: float, text: str) -> None:
    assert digits_text(x, 2) == text
