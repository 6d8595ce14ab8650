"""Trace a function: run it once, with every call observed, on traced values in place of its arguments and its state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd._util.atomic import atomic
from autograd._util.pytree import tree_leaves_with_path, tree_unflatten
from autograd.compiler.ir import Kind, Value
from autograd.compiler.tracing.capture import Capture, Lifted
from autograd.compiler.tracing.refusing import TraceError, line_of, of_draws
from autograd.compiler.tracing.signature import Argument, arguments_of, is_array
from autograd.compiler.tracing.snapshot import Snapshot
from autograd.compiler.tracing.traced import TracedArray
from autograd.compiler.tracing.tracer import Tracer
from autograd.compiler.tracing.walker import state_of
from autograd.engine import random
from autograd.engine.graph import Leaf, Node, OutputEdge
from autograd.engine.modes import is_grad_enabled, observe
from autograd.engine.proxies import proxies
from autograd.engine.tensor import Tensor

TRACING = threading.RLock()  # while a function is traced, others would find what stands for its parameters


def trace(fn: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Capture]:
    """Run the function once, traced. Returns what it returned; what it changes outside is changed."""
    given = arguments_of(fn, args, kwargs)
    state = state_of(fn, [(argument.name, argument.value) for argument in given if not is_array(argument.value)])
    this = Capture(Tracer(state.codes), state, line_of(fn), is_recording=is_grad_enabled())
    with Snapshot(state) as before:
        try:
            _run(this, fn, [list(args), dict(kwargs)], given)
            before.put_back()
            _check_effects(this, before)
        except Exception as error:
            if this.tracer.refused and error is not this.tracer.refused[0]:
                raise this.tracer.refused[0] from error  # the function, or NumPy, has caught it
            raise
        finally:
            this.tracer.is_open = False
    with atomic():
        _commit(this)
    return _output(this), this


def _run(this: Capture, fn: Callable[..., Any], tree: Any, given: Sequence[Argument]) -> None:
    lifted, tracer = Lifted(this.tracer), this.tracer
    lifted.lift(this.outside)
    generator, token = random._default, proxies.set(lifted)
    stand_in = lifted[generator]
    try:
        leaves = [_traced_argument(this, argument) for argument in given]
        args, kwargs = tree_unflatten(tree, leaves)
        with observe(tracer):
            with tracer.watch:
                output = fn(*args, **kwargs)
            if tracer.refused:  # the function has caught the error, and has gone on in another way
                raise tracer.refused[0]
            _check_arguments(this, [args, kwargs], tree, leaves)
            if lifted[generator] is not stand_in:  # it was seeded
                raise of_draws(this.where)
            nodes = (x.value.node for x in given if isinstance(x.value, Tensor))
            this.collect(output, lifted, frozenset(node for node in nodes if isinstance(node, Leaf)))
    finally:
        proxies.reset(token)


def _traced_argument(this: Capture, argument: Argument) -> Any:
    """What stands for a leaf of the arguments; a number stays itself, and the program is for that number."""
    leaf = argument.value
    if isinstance(leaf, Tensor) and isinstance(leaf.node, Node | OutputEdge):
        raise TraceError(
            f"{this.where} was given a Tensor that {leaf.node!r} computed as an argument, to which no gradient can "
            f"flow from a program; pass t.detach(), or compile the function that computes it, too"
        )
    if isinstance(leaf, np.ndarray) and type(leaf) not in (np.ndarray, np.memmap):
        raise TraceError(f"{this.where} was given a {type(leaf).__name__}, not an array; pass np.asarray(x)")
    if isinstance(leaf, np.random.Generator):
        return this.tracer.stand_for(leaf, "rng")
    if not is_array(leaf):
        return leaf
    data = leaf.data if isinstance(leaf, Tensor) else leaf
    value = this.inputs[argument.parameter + argument.path] = Value(data, Kind.INPUT)
    traced = TracedArray(this.tracer, value)
    return Tensor._make(traced, None) if isinstance(leaf, Tensor) else traced


def _check_arguments(this: Capture, now: Any, given: Any, leaves: Sequence[Any]) -> None:
    """Raise TraceError if a list or dict among the arguments was changed: what the function had was a copy of it."""
    after = dict(tree_leaves_with_path(now))
    before = dict(zip((path for path, _ in tree_leaves_with_path(given)), leaves, strict=True))
    for path in [*before, *after]:
        if after.get(path) is not before.get(path):
            raise TraceError(
                f"{this.where}: the argument {path} was changed in its list or dict, and a program would not change "
                f"it again; return it instead, or change a copy: dict(d), list(items)"
            )


def _check_effects(this: Capture, before: Snapshot) -> None:
    """Raise TraceError for what the run has done outside that a program would not do again."""
    drawn = {id(value.array) for op in this.ops for value in op.reads()}
    if before.was_drawn(drawn):
        raise of_draws(this.where)
    if (change := next(before.changes(), None)) is not None:
        raise TraceError(
            f"{this.where}: {change}, and a program would not change it again; change it outside of the "
            f"function, return it, or let it be a Tensor and update it: with ag.no_grad(): t[...] = new"
        )
    arrays = {value: source.name for source, value in this.reads.items() if value.is_array}
    arrays |= {value: f"the argument {path}" for path, value in this.inputs.items() if value.is_array}
    for source in this.written():
        value = this.reads[source]
        for other, name in arrays.items():
            if other is not value and np.may_share_memory(value.array, other.array):
                raise TraceError(
                    f"{this.where} changes {source.name}, which shares memory with {name}; let one of them be a copy"
                )


def _commit(this: Capture) -> None:
    """Change outside what the traced run has changed."""
    for leaf, value in this.grads.items():
        leaf.grad = None if value is None else Tensor._make(np.asarray(value.array), None)
    for optimizer, params in this.kept.items():
        optimizer.state |= {p: {} for p in params if p not in optimizer.state}
    for source, value in this.stores:
        source.set(value.array)


def _output(this: Capture) -> Any:
    """What the function returned: arrays in place of what stood for them, in the same containers."""
    leaves = []
    for kind, part in this.parts:
        value = part.array if isinstance(part, Value) else part
        leaves.append(Tensor._make(np.asarray(value), None) if kind == "tensor" else value)
    return tree_unflatten(this.output, leaves)
