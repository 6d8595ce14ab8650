"""From Tensors to a sketch: all that was used, in order, each once."""

from typing import Any

import numpy as np
from graphs import leaf, linear

import autograd as ag
from autograd import nn
from autograd.drawing.collecting import Collector, reached, uses
from autograd.drawing.naming import Names
from autograd.drawing.sketch import Flow, Item, Role, Sketch
from autograd.drawing.watching import Watcher


def sketch_of(y: ag.Tensor, watcher: Watcher | None = None, modules: Any = (), **variables: Any) -> Sketch:
    watcher = watcher or Watcher()
    collector = Collector(Names({}, {}, modules, list(variables.items())), watcher)
    collector.add(reached([y.node], watcher))
    return collector.finish()


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
    groups = [item.group for item in sketch_of(y, modules=[layer]).items if item.role is Role.CALL]
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
    groups = {item.name: item.group and item.group.name for item in sketch.items if item.role is Role.PARAMETER}
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
