"""One run of a function, traced: what it read, what it computed, what it left behind."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.compiler.entering import (
    DEFAULT_GENERATOR,
    GRAD,
    Entering,
    count_of,
    data_of,
    hyperparameters,
    moment,
    params_of,
    swapping,
)
from autograd.compiler.program import Call, Kind, Value, values_in
from autograd.compiler.random_numbers import Chance, is_generator, seeded
from autograd.compiler.reaching import reached
from autograd.compiler.refusing import TraceError, line_of
from autograd.compiler.state import PLAIN, Place, State
from autograd.compiler.traced import Traced, TracedArray, TracedNumber
from autograd.compiler.tracing import Tracer
from autograd.containers import flatten, rebuild
from autograd.graph import Leaf, Node, Slot, note_update, observe, recording
from autograd.optim import Optimizer
from autograd.tensor import Tensor

TRACING = threading.RLock()  # while a function is traced, others would find what stands for its parameters


@dataclass(eq=False)
class Capture:
    """What a traced run showed.

    given       leaves that are arguments.
    inputs      by its number among the leaves of the arguments: the path that leads to an array, and its value.
    reads       the state that the function could read: where it lives, and its value.
    aliases     pairs of places in which the same array lives, or equal numbers that are one value.
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
    reads: dict[Place, Value] = field(default_factory=dict)
    aliases: list[tuple[Place, Place]] = field(default_factory=list)
    grads: dict[Leaf, Value | None] = field(default_factory=dict)
    stores: list[tuple[Place, Value]] = field(default_factory=list)
    output: Any = None
    parts: list[tuple[str, Any]] = field(default_factory=list)
    grads_read: dict[Leaf, bool] = field(default_factory=dict)
    moments: list[tuple[Optimizer, dict[Tensor, tuple[str, ...]]]] = field(default_factory=list)
    kept: list[tuple[Optimizer, Tensor]] = field(default_factory=list)
    is_recording: bool = True

    @property
    def calls(self) -> list[Call]:
        return self.tracer.calls

    def arguments(self) -> list[Value]:
        return [value for _, value in self.inputs.values()] + list(self.reads.values())

    def results(self) -> tuple[list[Value], list[Value], list[Value]]:
        """The values that the program returns: outputs, gradients, and what else is stored."""
        outputs = [part for _, part in self.parts if isinstance(part, Value)]
        grads = [value for value in self.grads.values() if value is not None]
        return outputs, grads, [value for _, value in self.stores]

    def written(self) -> list[Place]:
        """Where arrays were changed in place."""
        roots = {call.writes.root for call in self.calls if call.writes is not None}
        return [place for place, value in self.reads.items() if value in roots]

    def reads_gradients(self) -> bool:
        """Whether it computes with the gradients that it finds."""
        read = {value.root for call in self.calls for value in call.reads()}
        return any(place.steps[:1] == GRAD and value in read for place, value in self.reads.items())

    def is_repeatable(self) -> bool:
        """Whether nothing can fail after the first update of state: the function can then be called in its place."""
        places = [
            k for k, call in enumerate(self.calls) if call.writes is not None and call.writes.root.kind is Kind.STATE
        ]
        return not any(map(may_fail, self.calls[places[0] :])) if places else True


def may_fail(call: Call) -> bool:
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
    given = flatten([list(args), dict(kwargs)])
    objects = [(path, leaf) for path, leaf in given if not is_input(leaf)]
    leaves_given = frozenset(t.node for _, t in given if isinstance(t, Tensor) and isinstance(t.node, Leaf))
    this = Capture(Tracer(), reached(fn, objects), leaves_given, is_recording=recording.get())
    this.moments = [(o, {p: tuple(o.state.get(p, ())) for p in params_of(o)}) for _, o in this.outside.optimizers]
    chance = Chance(generator for _, generator in this.outside.generators)
    try:
        with swapping() as swap:
            entering = Entering(this.tracer, swap)
            entering.enter(this.outside)
            leaves = [_argument(this, k, path, leaf, fn) for k, (path, leaf) in enumerate(given)]
            new_args, new_kwargs = rebuild([list(args), dict(kwargs)], leaves)
            entering.watch_grads()
            with observe(this.tracer):
                output = fn(*new_args, **new_kwargs)
                if this.tracer.refused:  # the function has caught the error, and has gone on in another way
                    raise this.tracer.refused[0]
                _collect(this, output, entering, fn)
        chance.check(fn, this.calls)
        if changes := this.outside.restored():
            raise TraceError(
                f"{line_of(fn)}: {changes[0]}, and a program would not change it again; change it outside of the "
                f"function, return it, or let it be a Tensor and update it: with ag.no_grad(): t[...] = new"
            )
        _check_overlaps(this, fn)
    except BaseException as error:
        chance.restore()
        this.outside.restored()
        if isinstance(error, Exception) and this.tracer.refused and error is not this.tracer.refused[0]:
            raise this.tracer.refused[0] from error  # NumPy, say, has caught it, and has raised another
        raise
    finally:
        this.tracer.is_open = False
    _commit(this)
    return handed_out(this, [part.array for _, part in this.parts if isinstance(part, Value)]), this


def _argument(this: Capture, k: int, path: str, leaf: Any, fn: Callable[..., Any]) -> Any:
    """What stands for a leaf of the arguments; a number stays itself, and the program is for that number."""
    if isinstance(leaf, Tensor) and isinstance(leaf.node, Node | Slot):
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


def is_input(leaf: Any) -> bool:
    """Whether a leaf of the arguments is an array, whose values may differ from call to call.

    Numbers are part of what a program is for, and a Tensor that requires a gradient is state like other parameters.
    """
    if isinstance(leaf, Tensor):
        return leaf.node is None
    return isinstance(leaf, np.ndarray | np.number | np.bool_)


# -- what the run left behind ------------------------------------------------------------------------------------------


def _collect(this: Capture, output: Any, entering: Entering, fn: Callable[..., Any]) -> None:
    """While what stands for the outside is still in place."""
    standing = entering.standing
    if DEFAULT_GENERATOR.get() is not standing[DEFAULT_GENERATOR]:
        raise seeded(fn)
    this.grads_read = {leaf: entering.grads[leaf] is None for leaf in entering.looked_at & entering.grads.keys()}
    for leaf, before in entering.grads.items():
        if leaf.grad is not before:
            this.grads[leaf] = None if leaf.grad is None else _owned(this, leaf.grad.data)
    for _, tensor in this.outside.tensors:
        _note_store(this, data_of(tensor), standing, fn)
    for name, optimizer in this.outside.optimizers:
        known = next(moments for other, moments in this.moments if other is optimizer)
        if any(key not in optimizer.state.get(p, ()) for p, keys in known.items() for key in keys):
            raise TraceError(
                f"{line_of(fn)}: {name}.state was cleared, and a program would not clear it again; clear it outside"
            )
        for place in hyperparameters(optimizer):
            _note_store(this, place, standing, fn)
        for p, values in optimizer.state.items():
            this.kept.append((optimizer, p))
            for key in values:
                _note_store(this, moment(optimizer, p, key), standing, fn)
    for _, schedule in this.outside.schedules:
        _note_store(this, count_of(schedule), standing, fn)
    for array_place, _ in this.outside.arrays:
        if array_place in standing:
            _note_store(this, array_place, standing, fn)
    this.output = output
    this.parts = [_part(this, path, leaf, fn) for path, leaf in flatten(output)]
    drawn = {value for call in this.calls for value in call.reads() if is_generator(value)}
    this.reads = {place: value for value, place in entering.first.items() if value in drawn or not is_generator(value)}
    this.aliases = [
        (place, entering.first[traced._value]) for place, traced in standing.items()
        if entering.first[traced._value] is not place and not is_generator(traced._value)
    ]  # fmt: skip
    this.reads |= {Place(value.array, (), "rng"): value for value in drawn if value not in entering.first}


def _note_store(this: Capture, place: Place, standing: Mapping[Place, Any], fn: Callable[..., Any]) -> None:
    item = place.get()
    if item is standing.get(place):
        return
    if isinstance(item, tuple | list):
        if any(part is not standing.get(place.item(k)) for k, part in enumerate(item)):
            raise TraceError(f"{line_of(fn)}: {place.name} was changed, and holds several numbers; change it outside")
    elif isinstance(item, TracedArray | np.ndarray):
        this.stores.append((place, _owned(this, item)))
    elif isinstance(item, TracedNumber | int | float | np.generic):
        this.stores.append((place, item._value if isinstance(item, Traced) else Value(item, Kind.CONSTANT)))
    else:
        raise TraceError(
            f"{line_of(fn)}: {place.name or 'an array'} was replaced by a {type(item).__name__}, and a program would "
            f"not do so again; return it instead"
        )


def _owned(this: Capture, array: Any) -> Value:
    """A value in memory of its own, which may be left outside."""
    taken = {value.root for values in this.results() for value in values}
    if not isinstance(array, TracedArray):
        array = this.tracer.constant(array)
    value: Value = array._value
    if value.kind is Kind.MADE and not value.is_view and value not in taken:
        return value
    copied: Value = this.tracer.call(np.copy, (array,), {})._value
    return copied


def _part(this: Capture, path: str, leaf: Any, fn: Callable[..., Any]) -> tuple[str, Any]:
    """How a leaf of the output is handed out, and its value; what it is, if the program does not compute it."""
    if isinstance(leaf, Tensor) and isinstance(leaf.node, Leaf) and leaf.node.order < this.tracer.since:
        return "constant", leaf  # a parameter itself
    data = leaf.data if isinstance(leaf, Tensor) else leaf
    if isinstance(leaf, Tensor) and leaf.node is not None and not this.given.isdisjoint(open_to(leaf.node)):
        raise TraceError(
            f"{line_of(fn)}: a gradient could flow from output{path} to an argument, and does not through a program; "
            f"compile what computes the gradient, ag.compile(ag.grad(f)), or return t.detach()"
        )
    if isinstance(data, TracedNumber):
        return "number", data._value
    if isinstance(data, TracedArray | np.ndarray):
        how = "tensor" if isinstance(leaf, Tensor) else "array"
        if isinstance(data, TracedArray) and data._value.kind is Kind.INPUT:
            return how, data._value
        return how, _owned(this, data)
    if not isinstance(leaf, PLAIN):
        raise TraceError(
            f"{line_of(fn)}: output{path} is a {type(leaf).__name__}, which no program can make; return arrays, "
            f"Tensors and numbers, in lists, tuples and dicts"
        )
    return "constant", leaf


def open_to(node: Any) -> set[Any]:
    """The nodes and leaves to which a gradient could flow from a node: not through any whose saved values are freed."""
    seen, waiting = {node}, [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Leaf) or (isinstance(node, Node) and node.saved is None):
            continue
        new = {parent for parent in node.parents if parent is not None} - seen
        seen |= new
        waiting += new
    return seen


def _check_overlaps(this: Capture, fn: Callable[..., Any]) -> None:
    """Raise TraceError if an array that is written shares memory with another: what stood for them did not."""
    arrays = [(place.name, place.get(), value) for place, value in this.reads.items() if value.is_array]
    arrays += [(f"the argument {path}", value.array, value) for path, value in this.inputs.values() if value.is_array]
    written = {call.writes.root for call in this.calls if call.writes is not None}
    for name, array, value in arrays:
        for other_name, other, other_value in arrays if value in written else ():
            if other_value is not value and np.may_share_memory(array, other):
                raise TraceError(
                    f"{line_of(fn)} changes {name}, which shares memory with {other_name}; let one of them be a copy"
                )


# -- handing out -------------------------------------------------------------------------------------------------------


def handed_out(this: Capture, values: Sequence[Any]) -> Any:
    """What the function returns: the values of the program in the containers in which it returned them."""
    rest = iter(values)
    leaves = []
    for how, part in this.parts:
        value = next(rest) if isinstance(part, Value) else part
        leaves.append(Tensor._make(np.asarray(value), None) if how == "tensor" else value)
    return rebuild(this.output, leaves)


def _commit(this: Capture) -> None:
    """Change outside what the traced run has changed."""
    for place in this.written():
        array = place.get()
        array[...] = this.reads[place].array
        note_update(array, "a compiled function")
    for leaf, value in this.grads.items():
        leaf.grad = None if value is None else Tensor._make(np.copy(value.array), None)
    for optimizer, p in this.kept:
        optimizer.state.setdefault(p, {})
    for place, value in this.stores:
        place.set(np.copy(value.array) if value.is_array else value.array)
