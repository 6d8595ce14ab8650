"""Values in numbers; and warnings about wrong networks alone."""

import math
from typing import Any

import numpy as np
import pytest
from graphs import attribute, called, example, leaf, legend, linear, rows
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import autograd as ag
from autograd import nn
from autograd.drawing.api import draw
from autograd.drawing.dot import AFFECTED, CAUSE
from autograd.drawing.picture import Picture
from autograd.drawing.sketch import Box, Item, Role
from autograd.drawing.values import Statistics, all_finite, told
from autograd.drawing.watcher import Watcher
from models.mlp import MLP, cross_entropy


def test_what_is_finite() -> None:
    assert all_finite([1, (2.0, None), "text", ag.Tensor([1.0])])
    assert not all_finite((1.0, [np.array([np.inf])]))


FLOATS = st.floats(-1e6, 1e6) | st.sampled_from([0.0, math.nan, math.inf, -math.inf])


@given(arrays(np.float64, array_shapes(min_side=0, max_side=4), elements=FLOATS))
def test_they_are_those_of_the_finite_elements(x: Any) -> None:
    found, finite = Statistics.of(x), x[np.isfinite(x)]
    assert (found.size, found.nans, found.infinities) == (x.size, np.isnan(x).sum(), np.isinf(x).sum())
    assert found.zeros == (finite == 0).sum()
    assert found.is_finite == (finite.size == x.size)
    if finite.size:
        assert (found.low, found.high) == (finite.min(), finite.max())
        np.testing.assert_allclose((found.mean, found.std), (finite.mean(), finite.std()), atol=1e-9)
        np.testing.assert_allclose(found.norm, np.sqrt((finite**2).sum()))
    else:
        assert math.isnan(found.mean)


@pytest.mark.parametrize("kind", [np.float16, np.float32, int, bool, np.uint8])
def test_of_any_kind_of_number(kind: Any) -> None:
    found = Statistics.of(np.array([[0, 1], [1, 1]], kind))
    assert (found.mean, found.low, found.high, found.zeros) == (0.75, 0, 1, 1)


def test_of_complex_numbers_it_is_their_size() -> None:
    assert Statistics.of(np.array([3 + 4j, 0])).high == 5


def test_of_several_arrays_it_is_that_of_all() -> None:
    found = Statistics.of((np.zeros(3), None, ag.Tensor([2.0]), "no number"))
    assert (found.size, found.mean, found.zeros) == (4, 0.5, 3)


@pytest.mark.parametrize("value", [None, [], "text", np.array(["a"])])
def test_of_no_numbers(value: Any) -> None:
    assert (Statistics.of(value).size, str(Statistics.of(value))) == (0, "empty")


def test_numbers_too_large_to_be_added_give_no_warning() -> None:
    found = Statistics.of(np.array([1e308, 1e308, -1e308]))
    assert (found.high, found.is_finite) == (1e308, True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.5, "2.5"),
        (np.array([3]), "3"),
        ([math.nan], "1 NaN"),
        ([math.nan, math.inf], "1 NaN, 1 inf"),
        ([0.0, 0.0], "all 0"),
        ([2.5, 2.5, 2.5], "all 2.5"),
        ([2.5, math.inf], "2.5 ± 0, 2.5 to 2.5, 1 inf"),
        ([1.0, 2.0, 3.0], "2 ± 0.816, 1 to 3"),
        ([0.0, 0.0, 0.0, 4.0], "1 ± 1.73, 0 to 4, 75% zeros"),
        ([1.0, 3.0, math.inf], "2 ± 1, 1 to 3, 1 inf"),
        ([-1.0, 1.0 + 1e-9], "0 ± 1, -1 to 1"),
        ([100.0, 300.0], "200 ± 100, 100 to 300"),
    ],
)
def test_in_words(value: Any, text: str) -> None:
    assert str(Statistics.of(np.array(value))) == text


def test_a_label_has_two_digits_and_several_lines() -> None:
    assert Statistics.of(np.array([0.0, 1.234, 2.0])).lines() == ["1.1 ± 0.82", "0 to 2, 33% zeros"]


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


def test_an_item_in_a_sentence() -> None:
    watcher = Watcher()
    with ag.observe(watcher):
        y = example("def f(x):\n    return np.exp(x)")(leaf(2))
    exp = Item(Role.CALL, "exp", box=Box("layers.1: Exp"), location=watcher.calls[y.node].location)
    assert told(exp) == "exp in layers.1 (<example>:2)"
    assert told(Item(Role.PARAMETER, "leaf 1")) == "leaf 1"
    assert told(Item(Role.CONSTANT, "3 float64")) == "the constant 3 float64"


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
