"""The backward pass in a picture: its calls, whose rules they are, and what they end with."""

from typing import Any

import numpy as np
import pytest
from graphs import boxes, called, drawn, edges, leaf, legend, linear, rows, titles

import autograd as ag
from autograd import nn
from autograd.drawing.drawing import draw
from models.mlp import MLP

X = np.array([[1.0, 2.0], [3.0, -1.0]])


def test_the_calls_that_rules_make() -> None:
    w = leaf(2)
    loss = np.sum(np.exp(w))
    picture = draw(loss, backward=True)
    assert titles(picture) == [
        "w", "exp", "sum", "loss", "gradient of loss = 1", "broadcast_to", "multiply", "gradient of w",
    ]  # fmt: skip
    assert edges(picture)[3:] == [
        ("loss", "gradient of loss = 1"),
        ("gradient of loss = 1", "broadcast_to"),
        ("broadcast_to", "multiply"),
        ("exp", "multiply"),
        ("multiply", "gradient of w"),
    ]


def test_a_rule_that_hands_on_what_comes_in_makes_no_call() -> None:
    a, b = leaf(2), leaf(2)
    picture = draw(a + b, backward=True)
    assert edges(picture)[-2:] == [("gradient of output = ones", f"gradient of {name}") for name in "ab"]


def test_what_is_not_differentiable_is_there_too() -> None:
    x = leaf(2)
    picture = draw(nn.relu(x), backward=True)
    assert ("relu", "not_equal") in edges(picture)
    assert ("not_equal", "multiply") in edges(picture)
    assert rows(picture, "not_equal")["made by"] == "the rules of relu"


def test_calls_are_in_boxes_by_the_call_whose_rules_they_are() -> None:
    model = nn.Sequential(linear(2, 2), nn.ReLU())
    picture = draw(model, X, backward=True)
    assert boxes(picture)[0] == "forward pass"
    assert [box for box in boxes(picture) if "gradient" in box] == ["gradient of relu, 1", "gradient of linear, 0"]
    alone = draw(np.exp(leaf(2)), backward=True)
    assert drawn(alone)[called(alone, "multiply")] == ["multiply", "gradient of exp"]


def test_every_gradient_has_the_shape_of_its_leaf() -> None:
    model = MLP((2, 3, 2), dtype=np.float64)
    labels = drawn(draw(lambda x: np.sum(model(x)), X, backward=True)).values()
    forms = {lines[0]: lines[1] for lines in labels if len(lines) > 1}
    ends = {title: form for title, form in forms.items() if title.startswith("gradient of ") and "=" not in title}
    assert ends == {f"gradient of {name}": forms[name] for name in ["x", *(n for n, _ in model.named_parameters())]}


def test_gradients_of_several_outputs_add_up() -> None:
    w = leaf(2)
    first, second = np.exp(w), np.sin(w)
    picture = draw([first, second, first], backward=True)
    assert titles(picture).count("gradient of first = ones") == 1
    assert ("add", "gradient of w") in edges(picture)


def test_of_a_call_with_several_outputs() -> None:
    a = ag.Tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
    values, _ = np.linalg.eigh(a)
    picture = draw(values, backward=True)
    assert ("linalg.eigh", "values") in edges(picture)
    assert titles(picture)[-1] == "gradient of a"


def test_a_gradient_that_is_constant() -> None:
    @ag.primitive
    def flat(x: Any) -> Any:
        return x * 1.0

    ag.rule(flat, x=lambda g, x_shape: np.zeros(x_shape))
    x = leaf(2)
    picture = draw(flat(x), backward=True)
    assert edges(picture)[-1] == ("2 float64", "gradient of x")


def test_a_leaf_that_no_gradient_reaches_has_none() -> None:
    x = leaf(2)
    assert "gradient of x" not in titles(draw(x.detach() * leaf(2), backward=True))


def test_rules_that_cannot_be_recorded_say_so() -> None:
    @ag.primitive
    def halved(x: Any) -> Any:
        return x / 2, x * 2.0

    ag.rule(halved, x=lambda g, p: g * p, hidden=("p",))
    with pytest.raises(TypeError, match="cannot be differentiated again") as error:
        draw(halved(leaf(2)), backward=True)
    assert "must be differentiable themselves" in error.value.__notes__[0]


def test_a_recorded_backward_pass_is_told_from_the_forward_pass() -> None:
    def penalty(x: Any) -> Any:
        return np.sum(np.square(ag.grad(lambda x: np.sum(np.tanh(x)))(x)))

    picture = draw(penalty, np.ones(2))
    assert "call of the backward pass" in legend(picture)
    assert rows(picture, "subtract")["made by"] == "the rules of tanh"
    assert "forward pass" not in boxes(picture), "one goes on from the other"


def test_gradients_made_before_are_drawn_like_any_other() -> None:
    x = leaf(2)
    np.sum(np.tanh(x)).backward(create_graph=True)
    assert x.grad is not None
    picture = draw(np.sum(np.square(x.grad)))
    assert titles(picture)[0] == "x"
    assert titles(picture)[-2:] == ["sum", "loss"]
    assert ("tanh", "multiply") in edges(picture)
