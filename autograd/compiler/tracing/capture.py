"""One run of a function, traced: what it read, what it computed, what it left behind."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd._util.atomic import atomic
from autograd._util.pytree import tree_leaves_with_path, tree_unflatten
from autograd.compiler.ir import Kind, Op, Value, values_in
from autograd.compiler.tracing.arguments import split
from autograd.compiler.tracing.entering import Entering, swapping
from autograd.compiler.tracing.leaving import check_overlaps, collect
from autograd.compiler.tracing.random_numbers import Chance
from autograd.compiler.tracing.reaching import reached
from autograd.compiler.tracing.refusing import TraceError, line_of
from autograd.compiler.tracing.sources import GRAD, Source, State, params_of
from autograd.compiler.tracing.traced import TracedArray
from autograd.compiler.tracing.tracer import Tracer
from autograd.engine.graph import Leaf, Node, OutputEdge
from autograd.engine.modes import is_grad_enabled, observe
from autograd.engine.tensor import Tensor
from autograd.engine.versions import bump_version
from autograd.optim import Optimizer

TRACING = threading.RLock()  # while a function is traced, others would find what stands for its parameters


@dataclass(eq=False)
class Capture:
    """What a traced run showed.

    given       leaves that are arguments.
    inputs      by its number among the leaves of the arguments: the path that leads to an array, and its value.
    reads       the state that the function could read: where it lives, and its value.
    aliases     pairs of sources in which the same array lives, or equal numbers that are one value.
    grads       what `.grad` was set to, None if it was cleared; of leaves whose `.grad` was touched.
    stores      what else was left outside: where, and the value.
    output      what the function returned; for each leaf of it, how it is handed out, and the value (or what it is).
    grads_read  leaves whose `.grad` mattered, and whether it was None.
    moments     of each optimiser, what it knew of which parameter; `kept` of which it knows something afterwards.
    """

    tracer: Tracer
    outside: State
    given: frozenset[Leaf] = frozenset()
    inputs: dict[int, tuple[str, Value]] = field(default_factory=dict)
    reads: dict[Source, Value] = field(default_factory=dict)
    aliases: list[tuple[Source, Source]] = field(default_factory=list)
    grads: dict[Leaf, Value | None] = field(default_factory=dict)
    stores: list[tuple[Source, Value]] = field(default_factory=list)
    output: Any = None
    parts: list[tuple[str, Any]] = field(default_factory=list)
    grads_read: dict[Leaf, bool] = field(default_factory=dict)
    moments: list[tuple[Optimizer, dict[Tensor, tuple[str, ...]]]] = field(default_factory=list)
    kept: list[tuple[Optimizer, Tensor]] = field(default_factory=list)
    is_recording: bool = True

    @property
    def ops(self) -> list[Op]:
        return self.tracer.ops

    def arguments(self) -> list[Value]:
        return [value for _, value in self.inputs.values()] + list(self.reads.values())

    def results(self) -> tuple[list[Value], list[Value], list[Value]]:
        """The values that the program returns: outputs, gradients, and what else is stored."""
        outputs = [part for _, part in self.parts if isinstance(part, Value)]
        grads = [value for value in self.grads.values() if value is not None]
        return outputs, grads, [value for _, value in self.stores]

    def written(self) -> list[Source]:
        """Where arrays were changed in place."""
        roots = {call.writes.root for call in self.ops if call.writes is not None}
        return [source for source, value in self.reads.items() if value in roots]

    def reads_gradients(self) -> bool:
        """Whether it computes with the gradients that it finds."""
        read = {value.root for call in self.ops for value in call.reads()}
        return any(source.steps[:1] == GRAD and value in read for source, value in self.reads.items())

    def is_repeatable(self) -> bool:
        """Whether nothing can fail after the first update of state: the function can then be called in its place."""
        updates = [
            k for k, call in enumerate(self.ops) if call.writes is not None and call.writes.root.kind is Kind.STATE
        ]
        return not any(map(may_fail, self.ops[updates[0] :])) if updates else True


def may_fail(call: Op) -> bool:
    """Whether a call can raise an error for other values of the same shapes and dtypes."""
    fn = call.fn
    if fn is operator.getitem or fn is operator.setitem:
        return any(True for _ in values_in(call.args[1]))
    name = fn if isinstance(fn, str) else getattr(fn, "__name__", "")
    is_ufunc = isinstance(fn, np.ufunc) or isinstance(getattr(fn, "__self__", None), np.ufunc)
    is_plain = isinstance(fn, str) or getattr(fn, "__module__", "") in ("numpy", "_operator", "math")
    return not (is_ufunc or is_plain) or name in ("take", "take_along_axis", "choose")


def capture(fn: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Capture]:
    """Run the function once, traced. Returns what it returned; what it changes outside is changed."""
    given = tree_leaves_with_path([list(args), dict(kwargs)])
    objects = [("".join(split(fn, path)).lstrip("*"), leaf) for path, leaf in given if not is_input(leaf)]
    leaves_given = frozenset(t.node for _, t in given if isinstance(t, Tensor) and isinstance(t.node, Leaf))
    outside = reached(fn, objects)
    this = Capture(Tracer(outside.codes), outside, leaves_given, is_recording=is_grad_enabled())
    this.moments = [(o, {p: tuple(o.state.get(p, ())) for p in params_of(o)}) for _, o in this.outside.optimizers]
    with Chance(generator for _, generator in this.outside.generators) as chance:
        try:
            with swapping() as swap:
                entering = Entering(this.tracer, swap)
                entering.enter(this.outside)
                leaves = [_argument(this, k, path, leaf, fn) for k, (path, leaf) in enumerate(given)]
                new_args, new_kwargs = tree_unflatten([list(args), dict(kwargs)], leaves)
                with observe(this.tracer):
                    with this.tracer.watch:
                        output = fn(*new_args, **new_kwargs)
                    if this.tracer.refused:  # the function has caught the error, and has gone on in another way
                        raise this.tracer.refused[0]
                    _check_containers([new_args, new_kwargs], given, leaves, fn)
                    collect(this, output, entering, fn)
            chance.check(fn, this.ops)
            if changes := this.outside.restored():
                raise TraceError(
                    f"{line_of(fn)}: {changes[0]}, and a program would not change it again; change it outside of the "
                    f"function, return it, or let it be a Tensor and update it: with ag.no_grad(): t[...] = new"
                )
            check_overlaps(this, fn)
        except BaseException as error:
            chance.restore()
            this.outside.restored()
            if isinstance(error, Exception) and this.tracer.refused and error is not this.tracer.refused[0]:
                raise this.tracer.refused[0] from error  # NumPy, say, has caught it, and has raised another
            raise
        finally:
            this.tracer.is_open = False
    with atomic():
        _commit(this)
    return handed_out(this, [part.array for _, part in this.parts if isinstance(part, Value)]), this


def _argument(this: Capture, k: int, path: str, leaf: Any, fn: Callable[..., Any]) -> Any:
    """What stands for a leaf of the arguments; a number stays itself, and the program is for that number."""
    if isinstance(leaf, Tensor) and isinstance(leaf.node, Node | OutputEdge):
        raise TraceError(
            f"{line_of(fn)} was given a Tensor that {leaf.node!r} computed as an argument, to which no gradient can "
            f"flow from a program; pass t.detach(), or compile the function that computes it, too"
        )
    if isinstance(leaf, np.ndarray) and type(leaf) not in (np.ndarray, np.memmap):
        raise TraceError(f"{line_of(fn)} was given a {type(leaf).__name__}, not an array; pass np.asarray(x)")
    if isinstance(leaf, np.random.Generator):
        return this.tracer.stand_for(leaf, "rng")
    if not is_input(leaf):
        return leaf
    data = leaf.data if isinstance(leaf, Tensor) else leaf
    this.inputs[k] = path, Value(data, Kind.INPUT)
    traced = TracedArray(this.tracer, this.inputs[k][1])
    return Tensor._make(traced, None) if isinstance(leaf, Tensor) else traced


def _check_containers(
    now: Any, given: Sequence[tuple[str, Any]], leaves: Sequence[Any], fn: Callable[..., Any]
) -> None:
    """Raise TraceError if a list or dict among the arguments was changed: what the function had was a copy of it."""
    after = dict(tree_leaves_with_path(now))
    before = dict(zip((path for path, _ in given), leaves, strict=True))
    for path in [*before, *after]:
        if after.get(path) is not before.get(path):
            raise TraceError(
                f"{line_of(fn)}: the argument {path} was changed in its list or dict, and a program would not change "
                f"it again; return it instead, or change a copy: dict(d), list(items)"
            )


def is_input(leaf: Any) -> bool:
    """Whether a leaf of the arguments is an array, whose values may differ from call to call.

    Numbers are part of what a program is for, and a Tensor that requires a gradient is state like other parameters.
    """
    if isinstance(leaf, Tensor):
        return leaf.node is None
    return isinstance(leaf, np.ndarray | np.number | np.bool_)


# -- handing out -------------------------------------------------------------------------------------------------------


def handed_out(this: Capture, values: Sequence[Any]) -> Any:
    """What the function returns: the values of the program in the containers in which it returned them."""
    rest = iter(values)
    leaves = []
    for how, part in this.parts:
        value = next(rest) if isinstance(part, Value) else part
        leaves.append(Tensor._make(np.asarray(value), None) if how == "tensor" else value)
    return tree_unflatten(this.output, leaves)


def _commit(this: Capture) -> None:
    """Change outside what the traced run has changed."""
    for source in this.written():
        array = source.get()
        array[...] = this.reads[source].array
        bump_version(array, "a compiled function")
    for leaf, value in this.grads.items():
        leaf.grad = None if value is None else Tensor._make(np.copy(value.array), None)
    for optimizer, p in this.kept:
        optimizer.state.setdefault(p, {})
    for source, value in this.stores:
        source.set(np.copy(value.array) if value.is_array else value.array)
