"""The backward pass: walk the graph from an output to its leaves, and apply each node's rules.

The gradient of a node is complete once every node that used it has been walked. Nodes are numbered in the order in
which they were recorded, so of those that wait, the one with the highest number is always complete.

What concerns every rule is done once: adding up what comes in by several ways (here), undoing broadcasting and casting
to the dtype of the input (unbroadcast.py), checking that saved values are what they were (saved.py).

Complex gradients: inside, dL = Re(sum(g * dx)), so that the rule of an analytic function is its derivative, without a
conjugate. What users see is the conjugate of that, PyTorch's convention: `z -= lr * z.grad` descends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from heapq import heapify, heappop, heappush
from sys import getrefcount
from typing import Any

import numpy as np

from autograd.engine import versions
from autograd.engine.graph import Leaf, Node, OutputEdge, Parent, ndarray
from autograd.engine.observer import NO_STAGE, Observer, observed_pullback, observer
from autograd.engine.saved import Lift, as_rules_see
from autograd.engine.unbroadcast import HALF, SINGLE, like_input


def backward(
    roots: Mapping[Parent, Any],
    *,
    lift: Lift | None = None,
    keep_saved: bool = False,
    wanted: Collection[Parent] | None = None,
    since: int = 0,
) -> dict[Parent, Any]:
    """Propagate the gradients of `roots`, and return the gradient of each leaf that they reach.

    lift        for create_graph: lift(array, parent) makes a Tensor. With it the rules run on Tensors (g, and the saved
                values), and are recorded; without it they run on arrays, and nothing is.
    keep_saved  leaves the saved values in place for another pass.
    wanted      return the gradients of these instead, leaves or not.
    since       do not walk nodes with a lower number: those that were recorded before what is wanted.

    The arrays returned are the caller's own: none is shared with another, with a saved value or with those of `roots`.
    """
    # What has come in so far, for each parent that was not walked yet. Gradients of float16 are float32 until the end.
    total: dict[Any, Any] = dict(roots)
    halves = {root for root in roots if roots[root].dtype == HALF}
    for root in halves:
        total[root] = total[root].astype(SINGLE)
    outputs: dict[Any, list[Any]] = {}  # the same for nodes with several outputs, by output
    ours: set[Any] = set()  # the parents whose total is an array that this pass made, and may add to in place
    result: dict[Parent, Any] = {}
    # The nodes in `total` and `outputs`, the one with the highest number first.
    waiting: list[tuple[int, Any]] = [(-root.order, root) for root in roots if type(root) is not Leaf]
    heapify(waiting)
    now, watch, last = versions.now, observer(), -since
    g = saved = gx = before = pairs = None  # for the `del` below, if there is nothing to walk

    with NO_STAGE if watch is None else watch.stage("backward"):
        while waiting and waiting[0][0] <= last:
            _, node = heappop(waiting)
            g = total.pop(node, None)
            if wanted is not None or node.retained is not None:
                _hand_out(result, node, g, wanted, node in halves, lift)
            if type(node) is OutputEdge:
                _fill(outputs, node, g, total, waiting)
                continue
            if node.operation.has_output_edges:
                g = _gather(outputs.pop(node, None), node, g)
            saved, parents, shapes, dtypes = node.saved, node.parents, node.shapes, node.dtypes
            # Most often there is nothing to see to: freed or updated values, a recorded pass, float16 (of an input, as
            # in np.sum(x, dtype="float32"), or of the output).
            if saved is None or node.version != now or lift or halves or dtypes[0] is HALF:
                saved = as_rules_see(node, lift, halves)
            if saved and not keep_saved:
                node.saved = None
            over_g, pullback = node.plan.over_g, node.plan.pullback
            pullback = over_g if over_g is not None and getrefcount(g) == SOLE and _has_memory(g) else pullback
            pairs = pullback(g, saved, node) if watch is None else _observed(watch, g, saved, node, halves)
            for i, gx in pairs:
                if type(gx) is not ndarray or gx.shape != shapes[i] or gx.dtype is not dtypes[i]:
                    gx = like_input(gx, node, i, halves)  # which also adds to `halves`
                    if gx is None:
                        continue
                parent = parents[i]
                before = total.get(parent)
                if before is None:
                    total[parent] = gx
                    if type(parent) is not Leaf and parent not in outputs:
                        heappush(waiting, (-parent.order, parent))
                elif parent in ours:
                    np.add(before, gx, out=before)
                else:
                    total[parent] = gx = before + gx
                    if lift is None and gx.ndim:  # NumPy's scalars can't be added to
                        ours.add(parent)
            gx = before = pairs = None  # which may refer to the next g

        del g, saved, gx, before, pairs  # a gradient that something refers to would be copied
        return result | _of_the_rest(total, wanted, halves, lift)


def _observed(watch: Observer, g: Any, saved: Any, node: Node, halves: set[Any]) -> Iterator[tuple[int, Any]]:
    """What the pullback returns, of the shapes and dtypes of the inputs; the observer is told when it has been used."""

    def pullback() -> Iterator[tuple[int, Any]]:
        for i, found in watch.wrap_pullback(node.plan.pullback)(g, saved, node):
            if (gx := like_input(found, node, i, halves)) is not None:
                yield i, gx

    return observed_pullback(watch, node, g, pullback())


def _hand_out(
    result: dict[Parent, Any], node: Any, g: Any, wanted: Collection[Parent] | None, is_half: bool, lift: Lift | None
) -> None:
    """Add the gradient of a node to the result, if it is wanted or the node retains it."""
    if g is not None and (wanted is None or node in wanted):
        result[node.retained if wanted is None else node] = _owned(g, is_half, lift)


def _fill(outputs: dict[Any, list[Any]], edge: OutputEdge, g: Any, total: dict[Any, Any], waiting: list[Any]) -> None:
    """Put the gradient of one output into its place among those of its node, and let the node wait."""
    (node,) = edge.parents
    if node not in outputs and node not in total:
        heappush(waiting, (-node.order, node))
    parts = outputs.setdefault(node, [None] * edge.of)
    # In a recorded pass several edges lead to one output: see saved.py, which makes them.
    parts[edge.index] = g if parts[edge.index] is None else parts[edge.index] + g


def _gather(parts: list[Any] | None, node: Node, g: Any) -> tuple[Any, ...] | None:
    """What the rules of a node with output edges see as `g`: a tuple; `y` comes first if the others are hidden."""
    if node.operation.several:
        return g if parts is None else tuple(parts)  # one array, if that is what the call returned
    return (g, *(parts or (None,) * len(node.operation.hidden)))


def _of_the_rest(
    total: Mapping[Any, Any], wanted: Collection[Parent] | None, halves: set[Any], lift: Lift | None
) -> dict[Parent, Any]:
    """The gradients of what was not walked: the leaves, and those of `wanted` that came before `since`."""
    result: dict[Parent, Any] = {}
    for parent in total:
        if parent in wanted if wanted is not None else type(parent) is Leaf:
            g, is_half = total[parent], parent in halves
            # The gradient of a weight is as large as the weight, so it is copied only if someone else may hold it.
            is_ours = type(g) is ndarray and g.base is None and getrefcount(g) == SOLE + 1 and not is_half
            result[parent] = g if is_ours else _owned(g, is_half, lift)
    return result


def _owned(g: Any, is_half: bool, lift: Lift | None) -> Any:
    """A gradient as the caller's own: an array in memory of its own, or a Tensor, which is a value."""
    if is_half:
        return g.astype(HALF)
    return g if lift else np.copy(g)


def _has_memory(g: Any) -> bool:
    """Whether g is an array in memory that no other refers to, most often a new one, or a new one that was reshaped."""
    if type(g) is not ndarray or (base := g.base) is None:
        return type(g) is ndarray
    is_reshaped = type(base) is ndarray and base.base is None and base.size == g.size and g.flags.writeable
    return is_reshaped and getrefcount(base) == SOLE + 1


def _sole_reference() -> int:
    value = object()
    return getrefcount(value)


# What getrefcount says of an object that one variable refers to: it differs between versions of Python.
SOLE = _sole_reference()
