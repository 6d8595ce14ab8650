"""The backward pass: walk the graph from an output to its leaves, and apply each node's rules.

The gradient of a node is complete once every node that used it has been walked. Nodes are numbered in the order in
which they were recorded, so of those that wait, the one with the highest number is always complete.

Whatever concerns every rule is done here, once: adding up what comes in by several ways, undoing broadcasting, casting
to the dtype of the input, checking shapes.

The gradient of a float16 array is float32 until it is handed out, and rules see what was saved as float32, too: in
float16 sums overflow at 65,504, and 1 / n is 0 for the n of a long mean.

Complex gradients: inside, dL = Re(sum(g * dx)), so that the rule of an analytic function is its derivative, without a
conjugate. What users see is the conjugate of that, PyTorch's convention: `z -= lr * z.grad` descends.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Mapping
from heapq import heapify, heappop, heappush
from sys import getrefcount
from time import perf_counter
from typing import Any

import numpy as np

from autograd.engine import graph
from autograd.engine.graph import Leaf, Node, OutputEdge, Parent, ndarray
from autograd.rules.operation import OUTPUT, Rule

Lift = Callable[[Any, Parent], Any]

HALF, SINGLE = np.dtype(np.float16), np.dtype(np.float32)


def backward(
    roots: Mapping[Parent, Any],
    *,
    lift: Lift | None = None,
    keep_saved: bool = False,
    wanted: Collection[Parent] | None = None,
    since: int = 0,
) -> dict[Parent, Any]:
    """Propagate the gradients of `roots`, and return the gradient of each leaf that they reach.

    lift        makes a Tensor of an array and the parent it came from. With it the rules run on Tensors, and are
                recorded; without it they run on arrays, and nothing is.
    keep_saved  leaves the saved values in place for another pass.
    wanted      return the gradients of these instead, leaves or not.
    since       do not walk nodes with a lower number: those that were recorded before what is wanted.

    The arrays returned are the caller's own: none is shared with another, with a saved value or with those of `roots`.
    """
    total: dict[Any, Any] = dict(roots)  # what has come in so far, for each parent that was not walked yet
    halves = {root for root in roots if roots[root].dtype == HALF}  # the parents that are float16
    for root in halves:
        total[root] = total[root].astype(SINGLE)
    slots: dict[Any, list[Any]] = {}  # the same for nodes with several outputs, by output
    ours: set[Any] = set()  # the parents whose total is an array that this pass made, and may add to in place
    result: dict[Parent, Any] = {}
    # The nodes in `total` and `slots`, the one with the highest number first.
    waiting: list[tuple[int, Any]] = [(-root.order, root) for root in roots if type(root) is not Leaf]
    heapify(waiting)
    now, watch = graph.now, graph.observer()
    g = saved = gx = None
    made: dict[int, Any] | None = None  # for the observer

    while waiting:
        _, node = heappop(waiting)
        if node.order < since:
            break  # those that still wait have lower numbers
        g = total.pop(node, None)
        if wanted is not None:
            if node in wanted and g is not None:
                result[node] = _handed_out(g, node in halves, lift)
        elif node.retained is not None and g is not None:
            result[node.retained] = _handed_out(g, node in halves, lift)
        if type(node) is OutputEdge:
            _fill(slots, node, g, total, waiting)
            continue
        if node.operation.has_output_edges:
            g = _gather(slots.pop(node, None), node, g)
        saved = node.saved
        if saved is None or node.clock != now:
            _check_saved(node)
        if lift:
            saved = _lifted(node, lift)
        if saved and not keep_saved:
            node.saved = None
        parents, shapes, dtypes = node.parents, node.shapes, node.dtypes
        steps = node.plan.steps
        if (halves or dtypes[0] is HALF) and steps:
            saved = _widened(saved, node in halves)
        if watch is not None:
            made, start = {}, perf_counter()
            steps = tuple((i, watch.applying(rule)) for i, rule in steps)
        for i, rule in steps or _unpacked(g, saved, node, watch):
            gx = rule(g, saved, node, i)
            if type(gx) is not ndarray:
                if gx is None:
                    continue
                gx = np.asarray(gx) if isinstance(gx, np.generic) or not hasattr(gx, "shape") else gx
            if gx.shape != shapes[i]:
                gx = _unbroadcast(gx, node, i)
            if gx.dtype is not dtypes[i] and gx.dtype != dtypes[i]:
                gx = _cast(gx, dtypes[i], parents[i], halves)
            if made is not None:
                made[i] = gx
            parent = parents[i]
            before = total.get(parent)
            if before is None:
                total[parent] = gx
                if type(parent) is not Leaf and parent not in slots:
                    heappush(waiting, (-parent.order, parent))
            elif parent in ours:
                np.add(before, gx, out=before)
            else:
                total[parent] = before + gx
                if lift is None and total[parent].ndim:  # NumPy's scalars can't be added to
                    ours.add(parent)
        if watch is not None and made is not None:
            watch.on_backward(node, g, made, perf_counter() - start)

    del g, gx, saved, made  # whose references would be counted below
    for parent in total:
        if parent in wanted if wanted is not None else type(parent) is Leaf:
            g, is_half = total[parent], parent in halves
            # The gradient of a weight is as large as the weight, so it is copied only if someone else may hold it.
            is_ours = type(g) is ndarray and g.base is None and getrefcount(g) == SOLE + 1 and not is_half
            result[parent] = g if is_ours else _handed_out(g, is_half, lift)
    return result


def _sole_reference() -> int:
    value = object()
    return getrefcount(value)


# What getrefcount says of an object that one variable refers to: it differs between versions of Python.
SOLE = _sole_reference()


def _fill(slots: dict[Any, list[Any]], slot: OutputEdge, g: Any, total: dict[Any, Any], waiting: list[Any]) -> None:
    """Put the gradient of one output into its place among those of its node, and let the node wait."""
    (node,) = slot.parents
    if node not in slots and node not in total:
        heappush(waiting, (-node.order, node))
    if (filled := slots.get(node)) is None:
        filled = slots[node] = [None] * slot.of
    before = filled[slot.index]
    filled[slot.index] = g if before is None else before + g


def _gather(filled: list[Any] | None, node: Node, g: Any) -> tuple[Any, ...] | None:
    """What the rules of a node with slots see as `g`: a tuple; `y` comes first if the other outputs are hidden."""
    if node.operation.several:
        return g if filled is None else tuple(filled)  # one array, if that is what the call returned
    return (g, *(filled or (None,) * len(node.operation.hidden)))


def _unpacked(g: Any, saved: tuple[Any, ...], node: Node, watch: graph.Observer | None) -> Iterator[tuple[int, Rule]]:
    """The steps of a node whose one rule returns the gradients of all inputs, constants too."""
    rule = node.plan.all_at_once
    assert rule
    gradients = (watch.applying(rule) if watch is not None else rule)(g, saved, node, None)
    if len(gradients) != len(node.parents):
        raise ValueError(
            f"the rule of {node.operation.name} for xs returned {len(gradients)} gradients for {len(node.parents)} "
            f"inputs; return one for each, or name i and return the i-th"
        )
    for i, gx in enumerate(gradients):
        if node.parents[i] is not None:
            yield i, lambda *_, gx=gx: gx


def _check_saved(node: Node) -> None:
    """Raise an error if the saved values are gone, or are no longer what they were."""
    if node.saved is None:
        raise RuntimeError(
            f"backward() came to a call of {node.operation.name} whose saved values an earlier backward() has freed; "
            f"compute the output again, or keep them the first time with backward(retain_graph=True)"
        )
    for value in _flat((*node.saved, *node.options.values())):
        if (by := graph.updated_since(value, node.clock)) is not None:
            raise RuntimeError(
                f"backward() needs an array of shape {np.shape(value)} as it was when {node.operation.name} was "
                f"called, and {by} has updated it in place since; update after backward(), or make a new "
                f"Tensor (t = t + u) instead"
            )


def _flat(values: Any) -> Iterator[Any]:
    """The values in nested tuples and lists."""
    for value in values:
        if isinstance(value, tuple | list):
            yield from _flat(value)
        else:
            yield value


def _lifted(node: Node, lift: Lift) -> tuple[Any, ...]:
    """The saved values as Tensors that continue the graph where they came from; constants stay arrays."""
    operation, values = node.operation, []
    for value, source in zip(node.saved or (), node.plan.sources, strict=True):
        if source >= 0 and operation.variadic:
            pairs = zip(value, node.parents, strict=False)  # a checkpoint has more parents
            values.append(tuple(x if parent is None else lift(x, parent) for x, parent in pairs))
        elif source >= 0:
            parent = node.parents[source]
            values.append(value if parent is None else lift(value, parent))
        elif operation.several and isinstance(value, (list, tuple)):
            values.append(tuple(lift(part, OutputEdge(node, k, len(value))) for k, part in enumerate(value)))
        elif source == OUTPUT:
            values.append(lift(value, node))
        elif operation.has_output_edges:
            values.append(lift(value, OutputEdge(node, OUTPUT - 1 - source, len(operation.hidden))))
        elif value.dtype.kind in "fc":
            name = operation.hidden[OUTPUT - source - 1]
            raise TypeError(
                f"the gradient of {operation.name} cannot be differentiated again: it depends on the hidden output "
                f"{name!r}, and no rule says what happens to its gradient; name g_{name} in the rules"
            )
        else:
            values.append(value)  # a mask or an index: constant
    return tuple(values)


def _unbroadcast(gx: Any, node: Node, i: int) -> Any:
    """Sum a gradient back to the shape that its input had before it was broadcast."""
    shape, wide = node.shapes[i], gx.shape
    extra = len(wide) - len(shape)
    if node.operation.broadcasts and extra == 1 and wide[1:] == shape:  # a bias: nothing is broadcast more often
        return _sum_of_rows(gx)
    stretched = extra >= 0 and all(n in (1, m) for n, m in zip(shape, wide[extra:], strict=True))
    if not (node.operation.broadcasts and stretched):
        name = "xs" if node.operation.variadic else node.operation.inputs[i]
        raise ValueError(
            f"the rule of {node.operation.name} for {name} returned a gradient of shape {wide}; its input has shape "
            f"{shape}, and the gradient must have the same: correct the rule"
            + ("" if node.operation.broadcasts else ", or give it broadcasts=True")
        )
    axes = (*range(extra), *(extra + k for k, n in enumerate(shape) if n == 1 and wide[extra + k] != 1))
    gx = np.add.reduce(gx, axis=axes)
    return gx if gx.shape == shape else gx.reshape(shape)


def _sum_of_rows(gx: Any) -> Any:
    """Of a matrix as a product, which takes a third of the time of a sum, and rounds less; of Tensors as what it is.

    Not of five rows: of them OpenBLAS also adds up what nobody wrote, and NumPy warns of invalid values, by chance (see
    findings/openblas_five_rows.sh).
    """
    if gx.ndim == 2 and len(gx) != 5 and gx.dtype.char in "fdFD" and not hasattr(gx, "node"):
        return _ones(len(gx), gx.dtype) @ gx
    return np.add.reduce(gx, axis=0)


@functools.lru_cache
def _ones(n: int, dtype: np.dtype[Any]) -> Any:
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones


def _cast(gx: Any, dtype: np.dtype[Any], parent: Any, halves: set[Any]) -> Any:
    """To the dtype of the input, or float32. A real input of a complex function gets the real part.

    See the module's docstring. `halves` takes the parents whose gradient is float16 when it is handed out.
    """
    if gx.dtype.kind == "c" and dtype.kind != "c":
        gx = gx.real
    if dtype != HALF:
        return gx.astype(dtype)
    halves.add(parent)
    return gx if gx.dtype == SINGLE else gx.astype(SINGLE)


def _handed_out(g: Any, is_half: bool, lift: Lift | None) -> Any:
    """A gradient as the caller's own: an array in memory of its own, or a Tensor, which is a value."""
    if is_half:
        return g.astype(HALF)
    return g if lift else np.copy(g)


def _widened(saved: Any, is_half: bool) -> Any:
    """Saved values, float16 as float32; and numbers as a call that `is_half` rounded them."""
    if isinstance(saved, list | tuple):
        return graph.alike(saved, [_widened(value, is_half) for value in saved])
    if type(saved) is float and is_half:
        return float(HALF.type(saved))
    return saved.astype(SINGLE) if getattr(saved, "dtype", None) == HALF else saved
