"""Words for shapes, numbers and options; and the source of rules."""

import functools
import linecache
from collections import Counter
from typing import Any

import numpy as np
import pytest
from graphs import example

from autograd.drawing.text import (
    RULE_LINES,
    constant_text,
    form_text,
    index_text,
    option_text,
    options_text,
    plural,
    rule_text,
    shortened,
    tally_text,
)
from autograd.nn.activations import relu
from autograd.rules import OPERATIONS


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


# -- rules -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fn", "name", "text"),
    [
        (np.multiply, "a", "lambda g, b: g * b"),
        (np.multiply, "b", "lambda g, a: g * a"),
        (np.exp, "x", "lambda g, y: g * y"),
        (relu, "x", "lambda g, y: g * (y != 0)"),
    ],
)
def test_of_a_lambda_in_a_table(fn: Any, name: str, text: str) -> None:
    assert rule_text(OPERATIONS[fn].rules[name]) == text


def test_of_every_rule_there_is() -> None:
    """Of those of the library: other tests add rules, of which some have a source that nobody can read."""
    rules = [rule for operation in OPERATIONS.values() for rule in operation.rules.values() if rule is not None]
    rules = [rule for rule in rules if rule.__module__.startswith("autograd.")]
    assert len(rules) > 200
    starts = {rule_text(rule).partition(" ")[0] for rule in rules}
    assert starts <= {"lambda", "def"}
    lambdas = [rule_text(rule) for rule in rules if rule.__name__ == "<lambda>"]
    assert all(text.startswith("lambda") for text in lambdas)
    for text in lambdas:
        compile(text, "<rule>", "eval")


@pytest.mark.parametrize(
    "text",
    [
        "lambda g: (lambda h: h + 1)(g)",
        "lambda g: [lambda h: h, g][1]",
        "lambda g, a=(lambda: 1)(): g * a",
        "lambda g: g if g is None else -g",
    ],
)
def test_of_lambdas_in_each_other(text: str) -> None:
    assert rule_text(example(f"f = {text}")) == text
    assert rule_text(example(f"f = (lambda first: 0, {text}, lambda last: 0)[1]")) == text


def test_of_an_inner_lambda() -> None:
    assert rule_text(example("f = (lambda g: (lambda h: h + g))(1)")) == "lambda h: h + g"


def test_of_a_lambda_over_several_lines() -> None:
    assert rule_text(example("f = (lambda g:\n      g *\n      2)")) == "lambda g: g * 2"


def test_of_a_function() -> None:
    def rule(g: Any) -> Any:
        return g

    assert rule_text(rule) == "def rule(g: Any) -> Any:\n    return g"


def test_a_long_function_is_cut() -> None:
    body = "\n".join(f"    g = g + {k}" for k in range(RULE_LINES))
    text = rule_text(example(f"def f(g):\n{body}\n    return g"))
    assert len(text.splitlines()) == RULE_LINES + 1
    assert text.endswith("\n...")


def test_of_what_cannot_be_read_the_name() -> None:
    assert rule_text(eval("lambda g, y: g * y")) == "<lambda>(g, y)"
    assert rule_text(functools.partial(np.add, 1)).startswith("partial(")


def test_of_a_file_that_has_changed_since_the_name() -> None:
    before = example("f = lambda g, y: g * y")
    example("f = 1\n\n# what was in line 1 is gone")
    assert rule_text(before) == "<lambda>(g, y)"
    before = example("f = lambda g, y: g * y")
    linecache.cache["<example>"] = (1, None, ["no Python)"], "<example>")
    assert rule_text(before) == "<lambda>(g, y)"
