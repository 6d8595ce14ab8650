"""checkpoint: save the inputs of a function in place of all that it computes, and compute it again when needed.

A chain of n equal parts then needs the memory of its n inputs and of one part, and one more forward pass (Griewank and
Walther 2000; Chen et al. 2016, arXiv:1604.06174).
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, ParamSpec, TypeVar

import numpy as np

from autograd._util.pytree import tree_leaves, tree_leaves_with_path, tree_map, tree_unflatten
from autograd.engine import versions
from autograd.engine.graph import NO_OPTIONS, Leaf, Node, OutputEdge, Parent, next_order
from autograd.engine.modes import SCOPE, current, enable_grad, is_grad_enabled, within
from autograd.engine.observer import observed, observer
from autograd.engine.random import generator
from autograd.engine.recomputation import States, noting, recomputing
from autograd.engine.tensor import Tensor, make, unary
from autograd.functional.linearize import ENTRY, called, propagate
from autograd.rules.operation import Operation, Plan

MANY_NESTED = 20  # checkpoints within each other: of fewer, a recursion without end is the user's own
LEAF_TYPES = (Tensor, np.ndarray, np.generic, int, float, complex, str)


P = ParamSpec("P")
R = TypeVar("R")
nesting: ContextVar[int] = ContextVar("nesting", default=0)


class Checkpoint(Operation):
    """A call of a function as one node. Observers see the calls in it, too: when first made, and when made again."""


def checkpoint(f: Callable[P, R]) -> Callable[P, R]:
    """The same function, of which a graph saves the inputs alone; the backward pass calls it again.

        block = ag.checkpoint(block)        # y = block(x), where block may use parameters, too

    It takes and returns Tensors, arrays, and nested lists, tuples and dicts of them. The second call must compute what
    the first did, or the backward pass raises an error. The random numbers of `nn` (dropout) are drawn again from the
    same state, and BatchNorm takes a batch into its running statistics once.
    """
    # One node for a call, of one output or of several.
    named = f if hasattr(f, "__name__") else type(f)
    one, several = (Checkpoint(named, xs=lambda g: g, several=flag, signature="(xs)") for flag in (False, True))

    @functools.wraps(f, updated=())
    def call(*args: P.args, **kwargs: P.kwargs) -> Any:
        if not is_grad_enabled():
            return f(*args, **kwargs)
        given = tree_leaves([args, kwargs])
        structure = tree_map([args, kwargs], lambda _: ...)
        is_tensor = [isinstance(x, Tensor) for x in given]
        parents = [x.node if isinstance(x, Tensor) else None for x in given]
        values = tuple(x.data if isinstance(x, Tensor) else x for x in given)
        random, states = generator().bit_generator.state, States()
        since = next_order()
        y: Any = None

        def compute() -> tuple[Any, Node | None]:
            nonlocal y
            with _within_others(f), noting() as noted:
                y = _call_recorded(f, structure, _fresh_inputs(values, parents, is_tensor))
            states.update(noted)
            _check_leaves(f, y)
            if not (outputs := _outputs(y)):
                return None, None
            saved_outputs = [t.data for t in outputs]
            # What f reads from outside, its parameters, is an input like the others; only recording shows it.
            outside = _read_from_outside(outputs, since)
            node = Node.__new__(Node)
            node.operation = one if isinstance(y, Tensor) else several
            node.plan = Plan(True, _save_nothing, (0,), partial(again, saved_outputs))
            node.parents = (*parents, *outside)
            node.saved = (values,)
            node.shapes = (*(getattr(x, "shape", None) for x in values), *(shape for shape, _ in outside.values()))
            node.dtypes = (*(getattr(x, "dtype", None) for x in values), *(dtype for _, dtype in outside.values()))
            node.options, node.order, node.version, node.retained = NO_OPTIONS, next_order(), versions.now, None
            node.scope = current()[SCOPE]
            if isinstance(y, Tensor):
                y = make(y.data, node)
                return y.data, node
            edges = {id(t): OutputEdge(node, k, len(outputs)) for k, t in enumerate(outputs)}
            y = tree_map(y, lambda t: make(t.data, edges[id(t)]) if id(t) in edges else t)
            return saved_outputs, node

        def again(before: Sequence[Any], g: Any, saved: Sequence[Any], node: Node) -> Iterator[tuple[int, Any]]:
            """The pullback: compute f again, and go back through it."""
            gs = [g] if node.operation is one else g
            (values,) = saved
            with _within_others(f):
                inputs = _fresh_inputs(values, node.parents, is_tensor)
                since = next_order()
                with _random_state(random), recomputing(states), within(node.scope):
                    outputs = _outputs(_call_recorded(f, structure, inputs))
                _check_same(f, [t.data for t in outputs], before)
                is_recorded = any(isinstance(value, Tensor) for value in (*gs, *values))
                wanted = [*(t.node for t in inputs if isinstance(t, Tensor) and t.node), *node.parents[len(inputs) :]]
                roots = [(t, part) for t, part in zip(outputs, gs, strict=True) if part is not None]
                found = propagate(roots, wanted, since, record=is_recorded, retain_graph=False)
            differentiable = [i for i, parent in enumerate(node.parents) if parent is not None]
            for i, gx in zip(differentiable, found, strict=True):
                yield i, gx if is_recorded or gx is None else gx.data

        if (watch := observer()) is None:
            compute()
        else:
            observed(watch, one.fn, values, NO_OPTIONS, compute)
        return y

    return call


def _call_recorded(f: Callable[..., Any], structure: Any, inputs: Sequence[Any]) -> Any:
    args, kwargs = tree_unflatten(structure, list(inputs))
    with enable_grad():
        return f(*args, **kwargs)


def _fresh_inputs(values: Sequence[Any], parents: Sequence[Parent | None], is_tensor: Sequence[bool]) -> list[Any]:
    """Fresh Tensors in place of those that were given; they continue the graph of values that have one."""
    return [
        unary(ENTRY, x) if isinstance(x, Tensor) else Tensor(x, requires_grad=parent is not None) if wrap else x
        for x, parent, wrap in zip(values, parents, is_tensor, strict=False)
    ]


def _outputs(y: Any) -> list[Tensor]:
    return [t for t in tree_leaves(y) if isinstance(t, Tensor) and t.node is not None]


def _read_from_outside(outputs: Sequence[Tensor], since: int) -> dict[Parent, tuple[Any, Any]]:
    """The parents older than `since` that the outputs depend on, with the shape and dtype of each."""
    found: dict[Parent, tuple[Any, Any]] = {}
    waiting: list[tuple[Any, Any, Any]] = [(t.node, t.shape, t.dtype) for t in outputs]
    seen = set()
    while waiting:
        parent, shape, dtype = waiting.pop()
        if parent is None or parent in seen or shape is None:  # no shape: an input that has no rule
            continue
        seen.add(parent)
        if parent.order < since:
            found[parent] = (shape, dtype)
        elif isinstance(parent, OutputEdge):
            waiting.append((parent.parents[0], (), None))
        elif not isinstance(parent, Leaf):
            waiting += zip(parent.parents, parent.shapes, parent.dtypes, strict=False)
    return found


def _check_leaves(f: Callable[..., Any], y: Any) -> None:
    for path, t in tree_leaves_with_path(y):
        if not (isinstance(t, LEAF_TYPES) or hasattr(t, "__opaque__")):
            raise TypeError(
                f"ag.checkpoint({called(f)}) was to return a {type(t).__name__} at y{path}, in which a gradient could "
                f"be lost; return Tensors and arrays, in lists, tuples or dicts"
            )


def _save_nothing(y: Any, xs: Any) -> Any:
    raise AssertionError("the plan of a checkpoint is made for one call, which has been recorded")


@contextmanager
def _within_others(f: Callable[..., Any]) -> Iterator[None]:
    """Counts the checkpoints that are being computed within each other, which call each other in Python."""
    token = nesting.set(nesting.get() + 1)
    try:
        yield
    except RecursionError as error:
        if nesting.get() < MANY_NESTED:
            raise
        raise RuntimeError(
            f"ag.checkpoint({called(f)}) was called within {nesting.get() - 1} others, and they took the "
            f"{sys.getrecursionlimit():,} calls within calls that Python allows; call them one after another, "
            f"y = second(first(x)), or raise the limit: sys.setrecursionlimit(10_000)"
        ) from error
    finally:
        nesting.reset(token)


@contextmanager
def _random_state(state: Any) -> Iterator[None]:
    """The Generator of `nn` in an earlier state."""
    bits = generator().bit_generator
    before, bits.state = bits.state, state
    try:
        yield
    finally:
        bits.state = before


def _check_same(f: Callable[..., Any], found: Sequence[Any], before: Sequence[Any]) -> None:
    if any(hasattr(a, "__opaque__") for a in found):  # compiled: the program of both is the same calls
        return
    if len(found) != len(before) or not all(
        a.shape == b.shape and np.array_equal(a, b, equal_nan=True) for a, b in zip(found, before, strict=True)
    ):
        raise RuntimeError(
            f"ag.checkpoint({called(f)}) computed other values in the backward pass than before, so its gradient "
            f"would be wrong; pass it what it draws at random or reads from outside, and update in place only after "
            f"backward()"
        )
