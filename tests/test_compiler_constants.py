"""What a program refers to by name."""

import math
import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograd.compiler.printing.constants import Constants, is_importable, literal_of, type_text
from autograd.compiler.tracing.opaque_steps import OpaqueStep
from autograd.nn.functional.labels import not_negative

ELEMENTS = st.one_of(
    arrays.floating_dtypes(endianness="="), arrays.integer_dtypes(endianness="="), st.just(np.dtype(bool))
)


def same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@given(arrays.arrays(ELEMENTS, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)))
@example(np.array(5e-324))
def test_what_is_written_out_is_the_same_array(array: Any) -> None:
    text, _ = literal_of(array)
    if text is not None:
        made = eval(text, {"np": np})
        assert same(made, array)
        assert made.strides == array.strides


@given(arrays.from_dtype(np.dtype(np.float32)))
def test_so_is_a_scalar(value: Any) -> None:
    text, _ = literal_of(value)
    assert text is None if not np.isfinite(value) else same(eval(text or "", {"np": np}), value)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.arange(32), "np.arange(32)"),
        (np.arange(3, dtype=np.int32), "np.arange(3, dtype=np.int32)"),
        (np.ones(5, np.float32), "np.ones(5, np.float32)"),
        (np.full((2, 2), 2.5), "np.full((2, 2), 2.5, np.float64)"),
        (np.eye(10, dtype=np.float32), None),
        (np.zeros((3, 4)), "np.zeros((3, 4), np.float64)"),
        (np.zeros((4, 3)).T, None),
        (np.array([1.5, -0.0]), "np.array([1.5, -0.0], np.float64)"),
        (np.float32(1) / np.float32(32), "np.float32(1 / 32)"),
        (np.float32(0.1), "np.float32(0.1)"),
        (np.broadcast_to(np.float32(0.5), (2, 3)), "np.broadcast_to(np.array(0.5, np.float32), (2, 3))"),
        (np.array([True, False]), "np.array([True, False], np.bool)"),
        (np.array([1.0, math.nan]), None),
        (np.random.default_rng(0).random(100), None),
        (np.ones(6)[::2], None),
        (np.array([b"a"]), None),
    ],
)
def test_how_arrays_are_written_out(array: Any, expected: str | None) -> None:
    assert literal_of(array)[0] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "None"),
        (True, "True"),
        (3, "3"),
        (-2.5, "-2.5"),
        (math.inf, "np.inf"),
        (-math.inf, "-np.inf"),
        (math.nan, "np.nan"),
        (complex(-0.0, 1.0), "complex(-0.0, 1.0)"),
        ("text", "'text'"),
        ("it's", '"it\'s"'),
        (..., "..."),
        (np.float32, "np.float32"),
        (np.dtype(np.int64), "np.int64"),
        (np.dtype(">f4"), "np.dtype('>f4')"),
        (float, "float"),
        (np.add, "np.add"),
        (np.add.reduce, "np.add.reduce"),
        (np.linalg.inv, "np.linalg.inv"),
        (np.lib.stride_tricks.sliding_window_view, "np.lib.stride_tricks.sliding_window_view"),
        (math.sqrt, "math.sqrt"),
        (operator.and_, "operator.and_"),
        (len, "len"),
    ],
)
def test_how_values_and_functions_are_written(value: Any, expected: str) -> None:
    assert Constants(set()).text(value) == expected


def test_what_is_used_must_be_imported() -> None:
    constants = Constants(set())
    assert [constants.text(math.sqrt), constants.text(not_negative)] == ["math.sqrt", "not_negative"]
    assert constants.imports == {"import math", "from autograd.nn.functional.labels import not_negative"}
    assert not constants.given


def test_a_constant_is_written_out_once_and_called_by_what_it_holds() -> None:
    constants = Constants(set())
    names = [constants.text(np.arange(4), "index"), constants.text(np.arange(4)), constants.text(np.array(1 / 7))]
    assert names == ["rows", "rows", "one_over_7"]
    assert constants.lines == ["rows = np.arange(4)", "one_over_7 = np.array(1 / 7, np.float64)"]
    assert constants.text(np.float32(0)) == "zero"
    assert constants.text(np.float64(0)) == "zero1"  # of another dtype
    assert constants.text(np.array([2.0, 3.0]), "table") == "table"


def test_what_cant_be_written_out_is_given() -> None:
    constants, array = Constants({"table"}), np.random.default_rng(0).random(50)

    def inner() -> None: ...

    assert constants.text(array, "table") == "table1"
    assert constants.text(array) == "table1"
    assert constants.text(inner) == "inner"
    assert constants.text(lambda: 0) == "function"
    assert list(constants.given) == ["table1", "inner", "function"]
    assert constants.told()[0] == "# from outside: table1, float64 of shape (50,), too long to be written out"
    step = OpaqueStep(np.interp)
    assert (constants.text(step), constants.told()[-1]) == ("interp", f"# from outside: interp, {step.kind}")


def test_a_name_that_is_taken_is_not_imported() -> None:
    constants = Constants({"not_negative"})
    assert constants.text(not_negative) == "not_negative1"
    assert constants.given == {"not_negative1": not_negative}


def test_what_can_be_imported() -> None:
    assert is_importable(not_negative)
    assert not is_importable(lambda: 0)
    assert is_importable(same)
    assert not is_importable(Constants.text)  # in a class


def test_a_type_that_no_array_has_is_no_dtype() -> None:
    assert type_text(Constants) is None
