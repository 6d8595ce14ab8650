"""The backward pass of what is drawn: run for its gradients, or recorded for its own calls.

Either way the graph stays as it was: what it saved is kept, and no `.grad` is touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.drawing.collecting import Collector, origin_of, reached
from autograd.drawing.sketch import BACKWARD, Edge, Flow, Group, Item, Role
from autograd.engine import backward as engine
from autograd.engine.graph import Leaf, Node
from autograd.engine.modes import enable_grad, observe
from autograd.engine.tensor import Tensor


def check_saved(nodes: Sequence[Any]) -> None:
    """Raise RuntimeError if an earlier backward pass has freed what this one needs."""
    for node in nodes:
        if isinstance(node, Node) and node.saved is None:
            raise RuntimeError(
                f"draw was to run a graph backward, and an earlier backward() has freed what {node.operation.name} "
                f"saved; draw it before backward(), or keep what is saved: backward(retain_graph=True)"
            )


def run(outputs: Sequence[Tensor]) -> dict[Any, Any]:
    """The gradient of the sum of the outputs at each leaf."""
    roots: dict[Any, Any] = {tensor.node: np.ones(tensor.shape, tensor.dtype) for tensor in outputs}
    return engine.backward(roots, keep_saved=True)


def record(outputs: Sequence[tuple[Item, Tensor]], collector: Collector) -> dict[Any, Any]:
    """Add the calls of the backward pass to a sketch, and return the gradient of the outputs' sum at each leaf.

    The gradient that comes in is a leaf itself, so that every call which it passes through is recorded.
    """
    seeds: dict[Any, Tensor] = {t.node: Tensor(np.ones(t.shape, t.dtype), requires_grad=True) for _, t in outputs}
    items, sketch, watcher = collector.items, collector.sketch, collector.watcher
    forward = list(items)
    for item, tensor in outputs:
        seed = seeds[tensor.node]
        if seed.node not in items:
            name = f"gradient of {item.name}" + (" = 1" if tensor.size == 1 else " = ones")
            items[seed.node] = Item(Role.SEED, name, seed.node, seed.shape, seed.dtype, seed.data, of=item)
            sketch.items.append(items[seed.node])
            sketch.edges.append(Edge(item, items[seed.node], seed.shape, seed.dtype, flow=Flow.SAVED))
        watcher.note(seed.data, seed.node)
    for item in sketch.items:  # in a graph that was recorded before, what was saved
        if item.source is not None and isinstance(item.value, np.ndarray):
            watcher.note(item.value, item.source)
    try:
        with enable_grad(), observe(watcher):
            made = engine.backward(dict(seeds), lift=Tensor._make, keep_saved=True)
    except Exception as error:
        error.add_note("draw(..., backward=True) records the rules, so they must be differentiable themselves")
        raise
    found = {leaf: gx if isinstance(gx, Tensor) else Tensor(gx) for leaf, gx in made.items()}
    collector.add(reached([origin_of(gx.node) for gx in found.values()], watcher))
    for leaf in forward:
        if isinstance(leaf, Leaf) and leaf in found:
            gx = found[leaf]
            collector.add_output(Role.GRADIENT, f"gradient of {items[leaf].name}", gx, of=items[leaf])
    _box(sketch.items)
    return found


def _box(items: Sequence[Item]) -> None:
    """Put the calls of a backward pass into boxes, one for each forward call whose rules they are."""
    boxes: dict[Item, Group] = {}
    for item in items:
        if item.role is Role.GRADIENT_CALL and item.of is not None and item.of.role not in BACKWARD:
            if item.of not in boxes:
                boxes[item.of] = Group(f"gradient of {item.of.name}{_place(item.of)}", "rule")
            item.group = boxes[item.of]


def _place(item: Item) -> str:
    return f", {item.group.name.partition(':')[0]}" if item.group is not None else ""
