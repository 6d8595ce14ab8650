"""Tooltips: where a call was made, what went in and out, what is kept, and by which rule the gradient follows."""

import functools
import linecache
from typing import Any

import numpy as np
import pytest
from graphs import boxes, called, drawn, example, leaf, linear, rows, titles

import autograd as ag
from autograd import nn
from autograd.drawing.annotate import RULE_LINES, cost_of, rule_text
from autograd.drawing.api import draw
from autograd.drawing.build import Builder, ancestors
from autograd.drawing.sketch import Item, Role
from autograd.drawing.watcher import LeafNames, Watcher
from autograd.nn.functional.activations import relu
from autograd.profiling.profiler import Profile
from autograd.rules import OPERATIONS

X = np.array([[1.0, 2.0], [3.0, -1.0]])
SOURCE = """def f(x, w):
    h = x @ w
    return np.sum(h * 0.5, axis=1)
"""


def test_of_a_call_that_was_watched() -> None:
    told = rows(draw(example(SOURCE), X, np.ones((2, 3))), "matmul")
    assert told == {
        "function": "np.matmul",
        "called at": "<example>:2",
        "line": "h = x @ w",
        "input a": "2×2 float64, from x, kept",
        "input b": "2×3 float64, from w, kept",
        "output": "2×3 float64",
        "kept for the backward pass": "a, b: 80 B",
        "rule for a": told["rule for a"],
        "rule for b": told["rule for b"],
    }
    assert "return g @ b.mT" in told["rule for a"]


def test_options_and_constants() -> None:
    picture = draw(example(SOURCE), X, np.ones((2, 3)))
    assert rows(picture, "sum")["option axis"] == "1"
    assert drawn(picture)[called(picture, "sum")] == ["sum", "axis=1"]
    assert rows(picture, "multiply")["input b"] == "0.5, kept"
    assert rows(picture, "multiply")["rule for a"] == "lambda g, b: g * b"
    assert rows(picture, "0.5") == {"constant": "0.5"}


def test_of_a_call_made_before_the_line_is_not_known() -> None:
    w = leaf(2)
    told = rows(draw(w + 1), "add")
    assert told["called at"].startswith("not seen; draw the function")
    assert told["kept for the backward pass"] == "nothing"


def test_a_rule_is_told_where_its_call_was_made() -> None:
    picture = draw(example("def f(x):\n    return np.sum(np.tanh(x))"), X, backward=True)
    told = rows(picture, "subtract")
    assert (told["made by"], told["called at"]) == ("the rules of tanh", "<example>:2")


def test_the_module_of_a_call() -> None:
    model = nn.Sequential(linear(2, 2), nn.ReLU())
    assert rows(draw(model, X), "relu")["module"] == "Sequential.1"


def test_leaves_and_outputs() -> None:
    def f(x: Any) -> Any:
        return np.exp(x)

    picture = draw(f, X)
    assert rows(picture, "x") == {"input": "x", "shape": "2×2 float64"}
    assert rows(picture, "output") == {"output": "output", "shape": "2×2 float64"}


def test_functions_of_many_arrays() -> None:
    parts = [leaf(2) for _ in range(12)]
    told = rows(draw(np.stack(parts)), "stack")
    assert told["input xs[7]"] == "2 float64, from parts[7]"
    assert "input xs[8]" not in told, "more would not be read"
    assert "rule for each input" in told


def test_a_value_without_a_gradient_on_its_way() -> None:
    def f(x: Any) -> Any:
        return x * np.exp(x).detach()

    picture = draw(f, X)
    assert rows(picture, "multiply")["input b"] == "2×2 float64, from exp, no gradient flows back, kept"


def test_calls_through_which_no_gradient_flows() -> None:
    model = linear(4, 2)

    def f(x: Any) -> Any:
        return model((np.asarray(x) > 0).astype(float).reshape(1, 4) if type(x) is np.ndarray else model(x))

    class Flat(nn.Module):
        def __init__(self) -> None:
            self.layer = model

        def forward(self, x: Any) -> Any:
            return self.layer(x.reshape(1, 4) / 255)

    picture = draw(Flat(), X)
    assert titles(picture)[:4] == ["x", "reshape", "255", "divide"]
    assert rows(picture, "reshape")["function"].endswith("reshape")
    assert boxes(picture)[0] == "Flat   10 parameters"


def test_statistics_of_values_and_gradients() -> None:
    picture = draw(lambda x: np.sum(x * 2), X, values=True)
    assert drawn(picture)[called(picture, "multiply")] == [
        "multiply", "2.5 ± 3", "-2 to 6", "gradient all 1",
    ]  # fmt: skip
    told = rows(picture, "multiply")
    assert told["value"] == "2.5 ± 2.96, -2 to 6"
    assert told["gradient"] == "all 1; norm 2"
    assert drawn(picture)[called(picture, "loss")] == ["loss", "10"]


def test_units_that_are_zero_for_the_whole_batch() -> None:
    x = np.ones((8, 4)) * [1, 2, 3, -1]
    assert rows(draw(lambda x: nn.relu(x), x, values=True), "relu")["zero for the whole batch"] == "1 of 4 units"


def test_what_repeats_says_how_often_and_what_it_is() -> None:
    def f(x: Any) -> Any:
        for _ in range(20):
            x = np.tanh(x)
        return x

    picture = draw(f, X, fold=True)
    assert drawn(picture)["n1"] == ["tanh", "×20"]
    assert rows(picture, "tanh")["drawn once"] == "the first of 20 equal ones"
    assert rows(picture, "tanh")["function"] == "np.tanh"


def test_what_is_folded_says_what_is_in_it() -> None:
    model = nn.Sequential(linear(2, 2), nn.Tanh(), linear(2, 2))
    told = rows(draw(model, X, depth=0), "Sequential")
    assert told == {
        "folded": "Sequential",
        "calls": "3: 2 linear, 1 tanh",
        "leaves": "4 parameter",
        "parameters": "0.weight, 0.bias, 2.weight, 2.bias",
    }


def test_a_checkpoint_keeps_what_it_is_given() -> None:
    w = leaf(2)
    block = ag.checkpoint(lambda x: np.tanh(x * w))
    told = rows(draw(block(leaf(2))), "<lambda>")
    assert told["kept for the backward pass"] == "xs: 16 B"


# -- costs and lines ---------------------------------------------------------------------------------------------------


def items_of(y: ag.Tensor, profile: Profile | None = None) -> dict[str, Item]:
    watcher = Watcher()
    builder = Builder(LeafNames({}, {}, [], []), watcher, profile)
    builder.add(ancestors([y], watcher))
    return {item.name: item for item in builder.sketch.items}


def test_the_cost_of_what_is_folded_is_the_sum() -> None:
    with ag.profile() as p:
        y = np.exp(np.sin(leaf(100)))
        np.sum(y).backward(retain_graph=True)
    items = items_of(y, p)
    both = Item(Role.CALL, "both", members=[items["sin"], items["exp"]], times=0)
    found, sin, exp = (cost_of(item, p) for item in (both, items["sin"], items["exp"]))
    assert found is not None
    assert sin is not None
    assert exp is not None
    assert found.forward == sin.forward + exp.forward > 0
    assert found.backward == sin.backward + exp.backward > 0
    assert (found.made, found.kept) == (1600, sin.kept + exp.kept)
    assert cost_of(items["leaf 1"], p) is None


def test_without_a_profile_nothing_costs() -> None:
    items = items_of(np.exp(leaf(2)))
    assert cost_of(items["exp"], None) is None
    assert items["exp"].location is None


def test_a_profile_knows_the_lines_of_its_calls() -> None:
    with ag.profile() as p:
        y = example("def f(x):\n    return np.exp(x)")(leaf(2))
    assert str(items_of(y, p)["exp"].location) == "<example>:2"


# -- rules -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fn", "name", "text"),
    [
        (np.multiply, "a", "lambda g, b: g * b"),
        (np.multiply, "b", "lambda g, a: g * a"),
        (np.exp, "x", "lambda g, y: g * y"),
        (relu, "x", "lambda g, y, out: np.multiply(g, y != 0, out=out)"),
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
