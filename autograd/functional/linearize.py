"""linearize: call a function with fresh Tensors for inputs, so that gradients come back through that call alone.

What the transforms and checkpoints are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import index
from typing import Any, NamedTuple

import numpy as np

from autograd._util.pytree import tree_leaves, tree_leaves_like, tree_leaves_with_path, tree_map, tree_unflatten
from autograd.engine import backward as engine
from autograd.engine.dispatch import plain
from autograd.engine.graph import Leaf, Parent, next_order
from autograd.engine.modes import enable_grad, is_grad_enabled, no_grad
from autograd.engine.tensor import Tensor, unary
from autograd.rules import OPERATIONS, primitive, rule

Argnums = int | Sequence[int]
GIVEN_NONE: Any = None  # where an argument is left out that must be given


@primitive
def entry(x: Any) -> Any:
    """x itself, where it enters a function that is being transformed."""
    return x


rule(entry, x=lambda g: g)
ENTRY = OPERATIONS[entry]


class Linearized(NamedTuple):
    """A call of a function whose inputs can be told from all other Tensors."""

    y: Any
    """What the function returned: a pytree of Tensors or numbers."""
    inputs: Any
    """The Tensors that it was given in place of the arguments to differentiate, in the same pytrees."""
    of_tensors: bool
    """Whether Tensors were among those arguments, so that Tensors are returned."""
    aux: Any
    since: int
    """The number from which on nodes belong to this call."""
    is_open: bool
    """Whether gradients are wanted of something outside, too, on which the result depends."""

    def pullback(self, gs: Sequence[Any], retain_graph: bool) -> list[Tensor]:
        """From the gradients of the outputs, one for each leaf of y, to those of the inputs: without conjugates."""
        roots = list(zip(tree_leaves(self.y), gs, strict=True))
        return pull_back(roots, tree_leaves(self.inputs), self.since, record=self.is_open, retain_graph=retain_graph)

    def result(self, y: Any) -> Any:
        """An output as users get it: an array where arrays were given, unless it has a graph."""
        tensor = y if isinstance(y, Tensor) else Tensor(y)
        return unwrap([tensor if self.is_open else tensor.detach()], self.of_tensors)[0]

    def gradients(self, found: Sequence[Tensor], argnums: Argnums) -> Any:
        """The gradients as users get them: conjugated, in the pytrees of the arguments."""
        with enable_grad() if self.is_open else no_grad():
            return self.like_arguments([conjugate(gx) for gx in found], argnums)

    def like_arguments(self, values: Sequence[Tensor], argnums: Argnums) -> Any:
        trees = tree_unflatten(self.inputs, unwrap(values, self.of_tensors))
        return tuple(trees) if isinstance(argnums, Sequence) else trees[0]


def linearize(
    f: Callable[..., Any], args: Sequence[Any], kwargs: Any, argnums: tuple[int, ...], has_aux: bool, what: str
) -> Linearized:
    """Call f with fresh Tensors in place of the arguments `argnums`; `what` is wanted of it, for the errors."""
    check_function(f, what.removeprefix("the "))
    name = f"{what} of {called(f)}"
    for k in argnums:
        if not -len(args) <= k < len(args):
            raise TypeError(f"{name} was to be taken for argument {k} of {len(args)}; argnums counts from 0")
    since, was_recording, args = next_order(), is_grad_enabled(), list(args)
    of_tensors = has_tensor([args[k] for k in argnums])
    with enable_grad():
        for k in argnums:
            args[k] = _fresh_tensors(args[k], f"{name}: argument {k}")
        inputs = tree_map([args[k] for k in argnums], lambda t: t)  # f may change the lists and dicts that it is given
        y = f(*args, **kwargs)
    aux = None
    if has_aux:
        if not (isinstance(y, tuple) and len(y) == 2):
            raise TypeError(
                f"{name} has has_aux=True, so f must return a pair (y, aux); it returned {type(y).__name__}"
            )
        y, aux = y
    is_open = was_recording and any(node.order < since for node in _nodes_of(y, since))
    this = Linearized(y, inputs, of_tensors, None, since, is_open)
    open_nodes = _open_nodes(aux, since) if was_recording else ()

    def aux_result(t: Any) -> Any:
        return this._replace(is_open=t.node in open_nodes).result(t) if isinstance(t, Tensor) else t

    return this._replace(aux=tree_map(aux, aux_result))


def _fresh_tensors(tree: Any, where: str) -> Any:
    """Fresh Tensors for the arrays of a pytree, connected to the graphs that they come from."""
    fresh = []
    for path, x in tree_leaves_with_path(tree):
        if isinstance(x, Tensor) and x.node is not None:
            fresh.append(unary(ENTRY, x))
            continue
        x = x.data if isinstance(x, Tensor) else x if hasattr(x, "dtype") else np.asarray(x)
        if x.dtype.kind not in "fc":
            raise TypeError(
                f"{where}{path} has dtype {x.dtype}, and only floats and complex numbers have a gradient; "
                f"give 2.0 in place of 2, convert it with np.asarray(x, float), or leave it out of argnums"
            )
        fresh.append(Tensor(x, requires_grad=True))
    return tree_unflatten(tree, fresh)


def _nodes_of(tree: Any, since: int) -> Iterator[Parent]:
    """What the Tensors of a pytree come from, back to what was there before."""
    waiting: list[Any] = [t.node for t in tree_leaves(tree) if isinstance(t, Tensor) and t.node is not None]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        yield node
        for parent in () if type(node) is Leaf or node.order < since else node.parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                waiting.append(parent)


def _open_nodes(tree: Any, since: int) -> set[Parent]:
    """Of the nodes of a pytree's Tensors those through which gradients could flow to what was there before."""
    found: set[Any] = set()
    for node in sorted(_nodes_of(tree, since), key=lambda node: node.order):  # parents first
        if node.order < since or (type(node) is not Leaf and not found.isdisjoint(node.parents)):
            found.add(node)
    return found


def pull_back(
    roots: Sequence[tuple[Any, Any]], xs: Sequence[Tensor], since: int, *, record: bool, retain_graph: bool
) -> list[Tensor]:
    """From pairs of an output and its gradient to the gradients of the Tensors xs, without conjugates."""
    found = propagate(roots, [x.node for x in xs], since, record=record, retain_graph=retain_graph)
    return [Tensor(np.zeros_like(x.data)) if gx is None else gx for x, gx in zip(xs, found, strict=True)]


def propagate(
    roots: Sequence[tuple[Any, Any]], wanted: Sequence[Any], since: int, *, record: bool, retain_graph: bool
) -> list[Any]:
    """From pairs of an output and its gradient to the gradient of each parent in `wanted`, without conjugates.

    A Tensor for each, or None where nothing arrives.
    """
    total: dict[Any, Any] = {}
    for y, g in roots:
        if isinstance(y, Tensor) and y.node is not None:
            g = g if isinstance(g, Tensor) else Tensor(g)
            g = g if record else g.data
            total[y.node] = total[y.node] + g if y.node in total else g
    parents, found = set(wanted), {}
    if total and record:
        with enable_grad():
            found = engine.backward(total, lift=Tensor._make, keep_saved=True, wanted=parents, since=since)
    elif total:
        found = engine.backward(total, keep_saved=retain_graph, wanted=parents, since=since)
    is_shared = record or len(parents) < len(wanted)
    return [_own_tensor(found.get(parent), is_shared) for parent in wanted]


def _own_tensor(gx: Any, is_shared: bool) -> Tensor | None:
    """A gradient as a Tensor. One without a graph lies in memory of its own."""
    if gx is None or (isinstance(gx, Tensor) and gx.node is not None):
        return gx
    gx = plain(gx)
    return Tensor._make(np.copy(gx) if is_shared else gx, None)


def conjugate(gx: Tensor) -> Tensor:
    return gx.conj() if gx.dtype.kind == "c" else gx


def has_tensor(tree: Any) -> bool:
    return any(isinstance(x, Tensor) for x in tree_leaves(tree))


def unwrap(values: Sequence[Tensor], of_tensors: bool) -> list[Any]:
    """Arrays where arrays were given, unless the result has a graph; otherwise Tensors."""
    return [t if of_tensors or t.node is not None else t.data for t in values]


# -- what users give and get -------------------------------------------------------------------------------------------


def check_function(f: Any, what: str) -> None:
    if not callable(f):
        raise TypeError(
            f"{what} was given {f!r}, and takes a function; give it the function, not what it returned: ag.grad(f)(x), "
            f"ag.vjp(f, x)"
        )


def called(f: Callable[..., Any]) -> str:
    """What errors call a function; a Module bears the name of its class."""
    return str(getattr(f, "__name__", type(f).__name__))


def scalar_output(y: Any, what: str) -> Tensor:
    """The one real output of a function of which a gradient is to be taken."""
    if isinstance(y, list | tuple | Mapping) or y is None:
        raise TypeError(
            f"{what} is for functions that return a scalar, and this one returned {type(y).__name__}; return the loss "
            f"alone, or a pair (loss, aux) with has_aux=True"
        )
    y = y if isinstance(y, Tensor) else Tensor(float(y) if type(y) is int else y)  # 0, say: the sum of nothing
    if y.size != 1 or y.dtype.kind != "f":
        advice = (
            "take a real part first (np.real, np.abs), or use ag.vjp or ag.jacobian(f, holomorphic=True)"
            if y.dtype.kind == "c"
            else "whole numbers and truths change in steps: return what they are made of"
            if y.dtype.kind != "f"
            else "reduce it first (.sum(), .mean()), or use ag.jacobian, ag.vjp or ag.elementwise_grad"
        )
        raise TypeError(
            f"{what} is for functions that return a real scalar, and this one returned {y.dtype} of shape {y.shape}; "
            f"{advice}"
        )
    return y


def argument_numbers(argnums: Argnums) -> tuple[int, ...]:
    try:
        return tuple(map(index, argnums if isinstance(argnums, Sequence) else (argnums,)))
    except TypeError:
        raise TypeError(
            f"argnums was given {argnums!r}; it takes the number of an argument, or of several: argnums=(0, 1)"
        ) from None


def cotangents_of(g: Any, y: Any, what: str) -> list[Tensor]:
    """The gradients of the outputs as Tensors, one for each leaf of y."""
    parts = tree_leaves_like(y, g)
    if parts is None:
        raise ValueError(
            f"{what} of another structure than the output: of shapes {outline(g)}, expected {outline(y)}; "
            f"give one array for each output, in a pytree of the same structure"
        )
    return [
        _fitting(part, like, f"{what}{path}")
        for part, (path, like) in zip(parts, tree_leaves_with_path(y), strict=True)
    ]


def _fitting(v: Any, like: Any, what: str) -> Tensor:
    """v as a Tensor of the dtype of `like`, whose shape it must have."""
    v = v if isinstance(v, Tensor) else Tensor(v)
    like = like if isinstance(like, Tensor) else Tensor(like)
    if v.shape != like.shape:
        raise ValueError(f"{what} of shape {v.shape} for an array of shape {like.shape}; give it the same shape")
    if v.dtype.kind == "c" and like.dtype.kind != "c":
        raise TypeError(f"{what} of dtype {v.dtype} for an array of {like.dtype}; give it a real one, say its .real")
    return v if v.dtype == like.dtype else v.astype(like.dtype)


def tangents_of(primals: Sequence[Any], tangents: Sequence[Any], what: str) -> list[Tensor]:
    """The tangents as Tensors, one for each leaf of the primals."""
    for name, value in (("primals", primals), ("tangents", tangents)):
        if value is GIVEN_NONE:
            raise TypeError(
                f"{what} was given no {name}; unlike grad(f), which returns a function, it takes all at once: "
                f"{what}(f, (x,), (v,))"
            )
        if not isinstance(value, list | tuple):
            raise TypeError(
                f"{what} was given {name} of type {type(value).__name__}; it takes a tuple, one for each argument: (x,)"
            )
    directions = tree_leaves_like(list(primals), list(tangents))
    if directions is None:
        raise ValueError(
            f"{what} was given tangents of another structure than the primals: of shapes {outline(tangents)}, "
            f"expected {outline(primals)}; give one for each array, in a pytree of the same structure"
        )
    return [
        _fitting(v, x, f"{what} was given tangents{path}")
        for v, (path, x) in zip(directions, tree_leaves_with_path(list(primals)), strict=True)
    ]


def outline(tree: Any) -> str:
    return str(tree_map(tree, np.shape))
