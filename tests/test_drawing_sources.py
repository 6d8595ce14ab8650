"""The source of rules: of a lambda, that lambda alone."""

import functools
import linecache
from typing import Any

import numpy as np
import pytest
from graphs import example

from autograd.drawing.sources import LINES, source_of
from autograd.nn.activations import relu
from autograd.rules import OPERATIONS


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
    assert source_of(OPERATIONS[fn].rules[name]) == text


def test_of_every_rule_there_is() -> None:
    rules = [rule for operation in OPERATIONS.values() for rule in operation.rules.values() if rule is not None]
    starts = {source_of(rule).partition(" ")[0] for rule in rules}
    assert starts <= {"lambda", "def"}
    lambdas = [source_of(rule) for rule in rules if rule.__name__ == "<lambda>"]
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
    assert source_of(example(f"f = {text}")) == text
    assert source_of(example(f"f = (lambda first: 0, {text}, lambda last: 0)[1]")) == text


def test_of_an_inner_lambda() -> None:
    assert source_of(example("f = (lambda g: (lambda h: h + g))(1)")) == "lambda h: h + g"


def test_of_a_lambda_over_several_lines() -> None:
    assert source_of(example("f = (lambda g:\n      g *\n      2)")) == "lambda g: g * 2"


def test_of_a_function() -> None:
    def rule(g: Any) -> Any:
        return g

    assert source_of(rule) == "def rule(g: Any) -> Any:\n    return g"


def test_a_long_function_is_cut() -> None:
    body = "\n".join(f"    g = g + {k}" for k in range(LINES))
    text = source_of(example(f"def f(g):\n{body}\n    return g"))
    assert len(text.splitlines()) == LINES + 1
    assert text.endswith("\n...")


def test_of_what_cannot_be_read_the_name() -> None:
    assert source_of(eval("lambda g, y: g * y")) == "<lambda>(g, y)"
    assert source_of(functools.partial(np.add, 1)).startswith("partial(")


def test_of_a_file_that_has_changed_since_the_name() -> None:
    before = example("f = lambda g, y: g * y")
    example("f = 1\n\n# what was in line 1 is gone")
    assert source_of(before) == "<lambda>(g, y)"
    before = example("f = lambda g, y: g * y")
    linecache.cache["<example>"] = (1, None, ["no Python)"], "<example>")
    assert source_of(before) == "<lambda>(g, y)"
