"""Names made of functions."""

import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.ir import Op, Value
from autograd.compiler.wording import LONGEST, identifier, word_for, words_for

A, B, UNNAMED = Value(np.ones(3)), Value(np.ones(3)), Value(np.ones(3))
NAMES = {A: "a", B: "b"}


def words(fn: Any, *args: Any, **options: Any) -> str:
    return words_for(Op(fn, args, options, Value(np.ones(3, np.float32))), lambda value: NAMES.get(value, ""))


@given(st.text())
def test_any_text_makes_a_name(text: str) -> None:
    name = identifier(text)
    assert name.isidentifier()
    exec(f"{name} = 1", {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [("params['w']", "params_w"), ("0.weight", "value_0_weight"), ("lambda", "lambda_"), ("", "value"), ("h", "h")],
)
def test_names_of_paths(text: str, expected: str) -> None:
    assert identifier(text) == expected


@pytest.mark.parametrize(
    ("fn", "expected"),
    [
        (np.exp, "exp"),
        (np.multiply, "product"),
        (np.add.reduce, "sum"),
        (np.maximum.reduce, "max"),
        (operator.getitem, "part"),
        (".mT", "T"),
        ("reshape", "reshape"),
        (np.linalg.inv, "inv"),
        (lambda: 0, "lambda_"),
    ],
)
def test_a_function_has_a_word_for_its_result(fn: Any, expected: str) -> None:
    assert word_for(fn) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (words(np.log, A), "log_a"),
        (words(np.add.reduce, A, axis=0), "sum_a"),
        (words(".T", A), "a_T"),
        (words("astype", A, np.float32), "a_float32"),
        (words(np.asarray, A), "a"),
        (words(np.subtract, 1, A), "one_minus_a"),
        (words(operator.sub, 1, A), "one_minus_a"),
        (words(operator.mul, A, B), "a_times_b"),
        (words(np.multiply, A, B), "product"),
        (words(np.multiply, A, 2.5), "product"),
        (words(np.log, UNNAMED), "log"),
        (words(operator.getitem, A, 0), "part"),
    ],
)
def test_operands_with_names_are_told(found: str, expected: str) -> None:
    assert found == expected


def test_numbers_within_numbers_are_told() -> None:
    product = Value(2.0)
    inner = Op(operator.mul, (A, B), {}, product)
    call = Op(operator.sub, (1, product), {}, Value(1.0))
    assert words_for(call, lambda v: inner if v is product else NAMES.get(v, "")) == "one_minus_a_times_b"


def test_no_name_is_long() -> None:
    long = Value(np.ones(3))
    call = Op(np.log, (long,), {}, Value(np.ones(3)))
    assert words_for(call, lambda _: "x" * (LONGEST - 4)) == "log_" + "x" * (LONGEST - 4)
    assert words_for(call, lambda _: "x" * (LONGEST - 3)) == "log"
