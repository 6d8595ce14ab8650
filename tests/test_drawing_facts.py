"""Facts: costs and lines of items, also of those that stand for several; and warnings about wrong networks alone."""

from typing import Any

import numpy as np
import pytest
from graphs import attribute, called, example, leaf, legend, linear, rows

import autograd as ag
from autograd import nn
from autograd.drawing.api import draw
from autograd.drawing.arguments import LeafNames
from autograd.drawing.build import Builder, ancestors
from autograd.drawing.facts import Facts
from autograd.drawing.picture import Picture
from autograd.drawing.sketch import Box, Item, Role
from autograd.drawing.style import AFFECTED, CAUSE
from autograd.drawing.watcher import Watcher
from models.mlp import MLP, cross_entropy


def facts_of(y: ag.Tensor, **known: Any) -> tuple[Facts, dict[str, Item]]:
    watcher = known.pop("watcher", Watcher())
    builder = Builder(LeafNames({}, {}, [], []), watcher)
    builder.add(ancestors([y], watcher))
    return Facts(watcher, builder.items, **known), {item.name: item for item in builder.sketch.items}


def test_the_cost_of_what_is_folded_is_the_sum() -> None:
    with ag.profile() as p:
        y = np.exp(np.sin(leaf(100)))
        np.sum(y).backward(retain_graph=True)
    facts, items = facts_of(y, profile=p)
    both = Item(Role.CALL, "both", members=[items["sin"], items["exp"]], times=0)
    found, sin, exp = (facts.cost(item) for item in (both, items["sin"], items["exp"]))
    assert found is not None
    assert sin is not None
    assert exp is not None
    assert found.forward == sin.forward + exp.forward > 0
    assert found.backward == sin.backward + exp.backward > 0
    assert (found.made, found.kept) == (1600, sin.kept + exp.kept)
    assert facts.cost(items["leaf 1"]) is None


def test_without_a_profile_nothing_costs() -> None:
    facts, items = facts_of(np.exp(leaf(2)))
    assert facts.cost(items["exp"]) is None
    assert facts.location(items["exp"]) is None


def test_the_line_of_a_rule_is_that_of_its_call() -> None:
    watcher = Watcher()
    with ag.observe(watcher):
        y = example("def f(x):\n    return np.exp(x)")(leaf(2))
    facts, items = facts_of(y, watcher=watcher)
    rule = Item(Role.GRADIENT_CALL, "multiply", of=items["exp"])
    assert [str(facts.location(item)) for item in (items["exp"], rule)] == ["<example>:2"] * 2


def test_an_item_in_a_sentence() -> None:
    watcher = Watcher()
    with ag.observe(watcher):
        y = example("def f(x):\n    return np.exp(x)")(leaf(2))
    facts, items = facts_of(y, watcher=watcher)
    items["exp"].box = Box("layers.1: Exp")
    assert facts.told(items["exp"]) == "exp in layers.1 (<example>:2)"
    assert facts.told(items["leaf 1"]) == "leaf 1"
    assert facts.told(Item(Role.CONSTANT, "3 float64")) == "the constant 3 float64"


# -- alarms ------------------------------------------------------------------------------------------------------------


RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 6))
LABELS = RNG.integers(0, 3, 32)


def watched(f: Any, *inputs: Any) -> Picture:
    with np.errstate(all="ignore"):
        return draw(f, *inputs, values=True)


def colour(picture: Picture, title: str) -> str:
    return attribute(picture, called(picture, title), "color")


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_a_sound_network_gives_no_warning(activation: str) -> None:
    model = MLP((6, 16, 16, 3), activation, np.float64, np.random.default_rng(1))
    picture = watched(lambda x: cross_entropy(model(x), LABELS), X)
    assert picture.warnings == []
    assert CAUSE["color"] not in picture.source


def test_without_values_there_are_no_warnings() -> None:
    with np.errstate(all="ignore"):
        assert draw(np.log, np.array([-1.0])).warnings == []


# -- values that are not finite ----------------------------------------------------------------------------------------


def test_the_first_call_that_makes_nan_is_named_with_its_line() -> None:
    f = example("def f(x):\n    h = np.log(x)\n    return np.sum(np.exp(h) + np.sqrt(x - 1))")
    picture = watched(f, np.array([-1.0, 0.0, 2.0]))
    assert picture.warnings[:2] == [
        "log (<example>:2) makes 1 NaN and 1 inf (of 3 elements) of finite inputs, the first call to do so.",
        "sqrt (<example>:3) makes 2 NaN (of 3 elements) of finite inputs.",
    ]
    assert attribute(picture, called(picture, "log"), "fillcolor") == CAUSE["fillcolor"]
    assert colour(picture, "exp") == AFFECTED["color"]
    assert attribute(picture, called(picture, "exp"), "fillcolor") != CAUSE["fillcolor"]
    assert rows(picture, "log")["warning"] == picture.warnings[0]
    assert "something goes wrong here" in legend(picture)


def test_the_module_of_a_call_is_named() -> None:
    model = nn.Sequential(linear(6, 3), nn.ReLU())
    model.layers[0].weight.data[...] = 1e308
    picture = watched(model, np.full((2, 6), 1e308))
    assert picture.warnings[0].startswith("linear in 0 (")
    assert "makes 6 inf (of 6 elements)" in picture.warnings[0]


def test_a_leaf_that_has_nan_is_named() -> None:
    w = ag.Tensor([1.0, np.nan], requires_grad=True)
    assert watched(lambda x: np.sum(x * w), np.ones(2)).warnings[0] == "w has 1 NaN (of 2 elements)."
    assert watched(lambda x: np.sum(x + np.array([np.inf, 1.0])), 1.0).warnings[0].startswith("the constant 2 float64")


def test_the_first_gradient_that_is_not_finite() -> None:
    picture = watched(example("def f(x):\n    return np.sum(np.sqrt(x) * 2)"), np.array([0.0, 1.0]))
    assert picture.warnings == [
        "The rules of sqrt (<example>:2) make a gradient that is not finite of one that is, "
        "the first of the backward pass to do so."
    ]
    assert colour(picture, "x") == AFFECTED["color"]
    assert colour(picture, "multiply") != AFFECTED["color"]


def test_of_many_warnings_of_a_kind_some_are_given() -> None:
    def f(x: Any) -> Any:
        return sum(np.log(x - k) for k in range(1, 9))

    warnings = watched(f, np.zeros(2)).warnings
    assert [text for text in warnings if "more" in text] == ["There are 3 more warnings of the kind of the last."]


# -- units that do not learn -------------------------------------------------------------------------------------------


def test_a_dead_relu() -> None:
    model = MLP((6, 4, 3), dtype=np.float64, rng=np.random.default_rng(0))
    model.layers[0].bias.data[...] = -100
    picture = watched(lambda x: cross_entropy(model(x), LABELS), X)
    assert picture.warnings[0].startswith("relu in layers.1 (")
    assert picture.warnings[0].endswith("is dead: all its outputs are zero, and no gradient passes.")
    assert (
        picture.warnings[1] == "The gradient of x, layers.0.weight, layers.0.bias, layers.2.weight is zero everywhere."
    )
    assert attribute(picture, called(picture, "relu"), "fillcolor") == CAUSE["fillcolor"]
    assert attribute(picture, called(picture, "layers.0.weight"), "fillcolor") != CAUSE["fillcolor"]
    assert colour(picture, "layers.0.weight") == AFFECTED["color"]


def test_a_relu_of_which_most_units_are_dead() -> None:
    x = RNG.normal(size=(20, 8)) - np.array([50.0] * 6 + [0.0] * 2)
    (warning,) = watched(lambda x: np.sum(nn.relu(x)), x).warnings
    assert "is mostly dead: 6 of 8 units are zero for the whole batch" in warning
    few = RNG.normal(size=(20, 8)) - np.array([50.0] * 2 + [0.0] * 6)
    assert watched(lambda x: np.sum(nn.relu(x)), few).warnings == []
    alone = watched(lambda x: np.sum(nn.relu(x)), x[:1])
    assert not any("mostly dead" in text for text in alone.warnings), "one example tells nothing"


@pytest.mark.parametrize("f", [nn.sigmoid, np.tanh])
def test_a_saturated_activation(f: Any) -> None:
    (warning,) = watched(lambda x: np.sum(f(x)), np.array([9.0, -9.0, 8.0, 0.0])).warnings
    assert f"{f.__name__} (" in warning
    assert warning.endswith("is saturated: 75% of its outputs lie where it is flat.")
    assert watched(lambda x: np.sum(f(x)), np.array([9.0, 0.1, 0.2, 0.0])).warnings == []


# -- gradients too small and too large ---------------------------------------------------------------------------------


def test_a_vanished_gradient() -> None:
    w, v = leaf(2), leaf(2)
    picture = watched(lambda x: np.sum(x * w * 1e-9 + v), np.ones(2))
    assert picture.warnings == [
        "The gradient of x, w has vanished: its norm is less than a millionth of the largest of a leaf, 1.4e+00."
    ]
    assert colour(picture, "w") == AFFECTED["color"]
    assert colour(picture, "v") != AFFECTED["color"]


def test_an_exploded_gradient_is_told_rather_than_that_others_are_small() -> None:
    w = leaf(2)
    (warning,) = watched(lambda x: np.sum(x * 1e9 + w), np.ones(2)).warnings
    assert warning.startswith("The gradient of x has exploded: its norm, up to 1.4e+09, is over 1,000,000 times")


def test_a_gradient_that_is_zero() -> None:
    (warning,) = watched(lambda x, y: np.sum(x * 0 + y), np.ones(2), np.ones(2)).warnings
    assert warning == "The gradient of x is zero everywhere."


def test_of_many_leaves_some_are_named() -> None:
    ws = [leaf(2) for _ in range(9)]
    (warning,) = watched(lambda: np.sum(sum(ws) * 0)).warnings
    assert warning == "The gradient of ws[0], ws[1], ws[2], ws[3], ws[4] and 4 more is zero everywhere."


# -- graphs that were recorded before ----------------------------------------------------------------------------------


def test_what_no_rule_keeps_is_not_known() -> None:
    w = leaf(3)
    loss = np.sum(np.exp(w + 1) * 2)
    picture = draw(loss, values=True)
    assert picture.warnings == [
        "The values of 2 calls are not known, because no rule keeps them; to see all, draw the function that computes "
        "them: draw(f, x, values=True)."
    ]
    assert rows(picture, "exp")["value"] == "all 7.39"
    assert rows(picture, "w")["value"] == "all 1", "which the variable tells"
    assert "value" not in rows(picture, "add")
    assert rows(picture, "add")["gradient"].startswith("all 14.8")


def test_the_first_call_known_to_give_nan() -> None:
    w = leaf(2, value=-1.0)
    with np.errstate(all="ignore"):
        loss = np.sum(np.exp(np.log(w)))
    assert draw(loss, values=True).warnings[0] == "exp is the first call known to give 2 NaN (of 2 elements)."
