"""From Tensors to a sketch: all that was used, in order, each once; and the calls of the backward pass."""

from typing import Any

import numpy as np
import pytest
from graphs import boxes, called, drawn, edges, leaf, legend, linear, rows, titles

import autograd as ag
from autograd import nn
from autograd.drawing.api import draw
from autograd.drawing.build import Builder, ancestors, uses
from autograd.drawing.sketch import Flow, Item, Role, Sketch
from autograd.drawing.watcher import LeafNames, Watcher
from models.mlp import MLP


def sketch_of(y: ag.Tensor, watcher: Watcher | None = None, modules: Any = (), **variables: Any) -> Sketch:
    watcher = watcher or Watcher()
    builder = Builder(LeafNames({}, {}, modules, list(variables.items())), watcher)
    builder.add(ancestors([y], watcher))
    return builder.finish()


def inputs(sketch: Sketch, item: Item) -> list[Any]:
    return [(edge.tail.name, edge.shape, edge.kept) for edge in sketch.edges if edge.head is item]


def test_leaves_come_just_before_the_first_call_that_uses_them() -> None:
    late, early = leaf(2), leaf(2)
    y = np.exp(early) * late
    assert [item.name for item in sketch_of(y, late=late, early=early).items] == ["early", "exp", "late", "multiply"]


def test_what_is_used_twice_is_there_once() -> None:
    w = leaf(2)
    h = np.exp(w)
    sketch = sketch_of(h * h + w)
    assert [item.name for item in sketch.items] == ["leaf 1", "exp", "multiply", "add"]
    assert len(sketch.edges) == 5


def test_a_deep_graph_is_walked_without_recursion() -> None:
    y = leaf(1)
    for _ in range(5000):
        y = np.tanh(y) * y
    assert len(sketch_of(y).items) == 10001


def test_constants_are_known_as_far_as_they_are_kept() -> None:
    w, c = leaf(2), np.array([1.0, 2.0])
    sketch = sketch_of((w * c) / c + 5)
    constants = [item for item in sketch.items if item.role is Role.CONSTANT]
    assert [item.name for item in constants] == ["2 float64", "constant"], "the same array is one constant"
    assert inputs(sketch, sketch.items[-1]) == [("divide", (2,), False), ("constant", None, False)]


def test_constants_of_a_call_that_was_watched_are_all_known() -> None:
    w, watcher = leaf(2), Watcher()
    with ag.observe(watcher):
        y = np.clip(w + 5, None, 3.0)
    sketch = sketch_of(y, watcher)
    assert [item.name for item in sketch.items if item.role is Role.CONSTANT] == ["5", "3"], "None is nothing"


def test_values_are_kept_that_some_rule_reads() -> None:
    w = leaf(2)
    h = np.exp(w)
    sketch = sketch_of(np.sum(h) + np.sum(w * 2.0))
    kept = {(edge.tail.name, edge.head.name) for edge in sketch.edges if edge.kept}
    assert kept == {("exp", "sum"), ("2", "multiply")}, "exp keeps its own output"


def test_a_value_that_is_detached_says_so() -> None:
    w, watcher = leaf(2), Watcher()
    with ag.observe(watcher):
        h = np.exp(w)
        y = w.detach() * h.detach() * h
    sketch = sketch_of(y, watcher)
    flows = [(edge.tail.name, edge.head.name, edge.flow) for edge in sketch.edges]
    assert flows == [
        ("leaf 1", "exp", Flow.VALUE), ("leaf 1", "multiply", Flow.DETACHED), ("exp", "multiply", Flow.DETACHED),
        ("multiply", "multiply", Flow.DETACHED), ("exp", "multiply", Flow.VALUE),
    ]  # fmt: skip


def test_several_outputs_are_told_apart() -> None:
    q, r = np.linalg.qr(ag.Tensor(np.eye(2), requires_grad=True))
    sketch = sketch_of(q @ r)
    labels = [edge.label for edge in sketch.edges if edge.tail.name == "linalg.qr"]
    assert labels == ["a, output 0 of linalg.qr", "b, output 1 of linalg.qr"]


def test_each_call_of_a_module_has_a_group_of_its_own() -> None:
    layer = linear()
    y = layer(layer(np.ones((1, 3))))
    groups = [item.box for item in sketch_of(y, modules=[layer]).items if item.role is Role.CALL]
    assert [group and group.name for group in groups] == ["Linear", "Linear"]
    assert groups[0] is not groups[1]


def test_a_parameter_is_where_all_that_use_it_are() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            self.layer, self.own = linear(), linear()

        def forward(self, x: Any) -> Any:
            return self.own(self.layer(self.layer(x)))

    model = Tied()
    sketch = sketch_of(model(np.ones((1, 3))), modules=[model])
    groups = {item.name: item.box and item.box.name for item in sketch.items if item.role is Role.PARAMETER}
    assert groups == {
        "layer.weight": "Tied",
        "layer.bias": "Tied",
        "own.weight": "own: Linear",
        "own.bias": "own: Linear",
    }


def test_inputs_of_a_call_in_order() -> None:
    w = leaf(2)
    y = np.where([True, False], w, 2.0)
    assert [(use.label, use.flows) for use in uses(y.node, Watcher())] == [
        ("condition", False), ("a", True), ("b", False),
    ]  # fmt: skip
    assert list(uses(w.node, Watcher())) == []


# -- the backward pass -------------------------------------------------------------------------------------------------


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
