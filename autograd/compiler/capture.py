"""One run of a function, traced: what it read, what it computed, what it left behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from autograd.compiler.entering import Entering, count_of, data_of, hyperparameters, moment, swapping
from autograd.compiler.program import Call, Kind, Value
from autograd.compiler.state import Place, State, reached
from autograd.compiler.traced import TracedArray, TracedNumber
from autograd.compiler.tracing import TraceError, Tracer
from autograd.containers import flatten, rebuild
from autograd.graph import Leaf, observe, recording
from autograd.nn import init
from autograd.operation import name_of
from autograd.tensor import Tensor


@dataclass(eq=False)
class Capture:
    """What a traced run showed.

    inputs      by its number among the leaves of the arguments: the path that leads to an array, and its value.
    reads       the state that the function could read: where it lives, and its value.
    grads       what `.grad` was set to, None if it was cleared; of leaves whose `.grad` was touched.
    stores      what else was left outside: where, and the value.
    output      what the function returned; for each leaf of it, how it is handed out, and the value (or what it is).
    grads_read  leaves whose `.grad` mattered, and whether it was None.
    moments     of each optimiser, what it knew of which parameter.
    """

    tracer: Tracer
    outside: State
    inputs: dict[int, tuple[str, Value]] = field(default_factory=dict)
    reads: dict[Place, Value] = field(default_factory=dict)
    grads: dict[Leaf, Value | None] = field(default_factory=dict)
    stores: list[tuple[Place, Value]] = field(default_factory=list)
    output: Any = None
    parts: list[tuple[str, Any]] = field(default_factory=list)
    grads_read: dict[Leaf, bool] = field(default_factory=dict)
    moments: list[tuple[Any, dict[Tensor, tuple[str, ...]]]] = field(default_factory=list)
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


def capture(fn: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Capture]:
    """Run the function once, traced. Returns what it returned; what it changes outside is changed."""
    tracer = Tracer()
    this = Capture(tracer, reached(fn), is_recording=recording.get())
    this.moments = [(o, {p: tuple(values) for p, values in o.state.items()}) for _, o in this.outside.optimizers]
    given = flatten([list(args), dict(kwargs)])
    random = {id(g): (g, g.bit_generator.state) for g in (init.generator(), *(g for _, g in this.outside.generators))}
    with swapping() as swap:
        entering = Entering(tracer, swap)
        entering.enter(this.outside)
        leaves = [_argument(this, k, path, leaf, fn) for k, (path, leaf) in enumerate(given)]
        new_args, new_kwargs = rebuild([list(args), dict(kwargs)], leaves)
        try:
            with observe(tracer):
                output = fn(*new_args, **new_kwargs)
                _collect(this, output, entering)
        except BaseException:
            for generator, bits in random.values():
                generator.bit_generator.state = bits
            raise
        finally:
            tracer.is_open = False
        drawn = {id(place.root) for place in this.reads if isinstance(place.root, np.random.Generator)}
        for key, (generator, bits) in random.items():
            if key not in drawn and generator.bit_generator.state != bits:
                generator.bit_generator.state = bits
                raise TraceError(
                    f"compile({name_of(fn)}): random numbers were drawn that a program would repeat for ever; let nn "
                    f"draw them (nn.Dropout), or draw them outside and pass them in as an argument"
                )
    _check_settings(this.outside, fn)
    _commit(this)
    return handed_out(this, [part.array if isinstance(part, Value) else part for _, part in this.parts]), this


def _argument(this: Capture, k: int, path: str, leaf: Any, fn: Callable[..., Any]) -> Any:
    """What stands for a leaf of the arguments; a number stays itself, and the program is for that number."""
    if isinstance(leaf, Tensor) and leaf.node is not None:
        raise TraceError(
            f"compile({name_of(fn)}) was given a Tensor that requires a gradient as an argument; let the function "
            f"reach it as a variable or as a parameter of a Module, or pass t.detach()"
        )
    if not isinstance(leaf, Tensor | np.ndarray):
        return leaf
    data = leaf.data if isinstance(leaf, Tensor) else leaf
    this.inputs[k] = path, Value(data, Kind.INPUT)
    traced = TracedArray(this.tracer, this.inputs[k][1])
    return Tensor._make(traced, None) if isinstance(leaf, Tensor) else traced


# -- what the run left behind ------------------------------------------------------------------------------------------


def _collect(this: Capture, output: Any, entering: Entering) -> None:
    """While what stands for the outside is still in place."""
    standing = entering.standing
    for name, tensor in this.outside.tensors:
        before, now = standing.get(data_of(tensor, name)), cast(Any, tensor.data)
        if before is not None and before is not now:  # it was given another array
            _written_back(before, now, name)
    for leaf, before_grad in entering.grads.items():
        if leaf not in this.tracer.cleared:
            this.grads_read[leaf] = before_grad is None
        if leaf.grad is not before_grad:
            this.grads[leaf] = None if leaf.grad is None else _owned(this, leaf.grad.data)
    for _, optimizer in this.outside.optimizers:
        for place in hyperparameters_now(optimizer):
            _note_store(this, place, standing)
        for p, values in optimizer.state.items():
            for key in values:
                _note_store(this, moment(optimizer, p, key), standing)
    for _, schedule in this.outside.schedules:
        _note_store(this, count_of(schedule), standing)
    this.output = output
    this.parts = [_part(this, leaf) for _, leaf in flatten(output)]
    this.reads = {place: traced._value for place, traced in standing.items()}
    for generator in this.tracer.generators.values():
        this.reads[Place(generator._value.array, (), "rng")] = generator._value


def hyperparameters_now(optimizer: Any) -> list[Place]:
    """Where the numbers of an optimiser live that a schedule may have set."""
    return [
        Place(optimizer, (("attribute", "param_groups"), ("item", k), ("item", key)), key)
        for k, group in enumerate(optimizer.param_groups)
        for key, item in group.items()
        if isinstance(item, TracedNumber)
    ] + [place for place in hyperparameters(optimizer) if not isinstance(place.get(), tuple)]


def _written_back(before: Any, now: Any, name: str) -> None:
    if not isinstance(now, TracedArray) or now.shape != before.shape or now.dtype != before.dtype:
        raise TraceError(
            f"the array of {name} was replaced by another; write into it instead: with ag.no_grad(): t[...] = new"
        )
    before[...] = now


def _note_store(this: Capture, place: Place, standing: Mapping[Place, Any]) -> None:
    item = place.get()
    if item is standing.get(place):
        return
    if isinstance(item, TracedArray):
        this.stores.append((place, _owned(this, item)))
    else:
        this.stores.append((place, item._value if isinstance(item, TracedNumber) else Value(item, Kind.CONSTANT)))


def _owned(this: Capture, array: Any) -> Value:
    """A value in memory of its own, which may be left outside."""
    taken = [value for values in this.results() for value in values]
    if not isinstance(array, TracedArray):
        array = TracedArray(this.tracer, Value(array, Kind.CONSTANT))
    value: Value = array._value
    if value.kind is Kind.MADE and not value.is_view and all(value is not other.root for other in taken):
        return value
    copied: Value = this.tracer.call(np.copy, (array,), {})._value
    return copied


def _part(this: Capture, leaf: Any) -> tuple[str, Any]:
    """How a leaf of the output is handed out, and its value; what it is, if the program does not compute it."""
    data = leaf.data if isinstance(leaf, Tensor) else leaf
    if isinstance(data, TracedNumber):
        return "number", data._value
    if not isinstance(data, TracedArray):
        return "constant", Tensor._make(data, None) if isinstance(leaf, Tensor) else leaf
    value = data._value
    how = "tensor" if isinstance(leaf, Tensor) else "array"
    if value.is_view or value.kind is Kind.CONSTANT or value.kind is Kind.MADE:
        return how, _owned(this, data)
    if value.kind is Kind.STATE and isinstance(leaf, Tensor) and isinstance(leaf.node, Leaf):
        return "constant", leaf  # a parameter itself
    return how, value if value.kind is Kind.INPUT else _owned(this, data)


# -- handing out -------------------------------------------------------------------------------------------------------


def handed_out(this: Capture, parts: Sequence[Any]) -> Any:
    """What the function returns: `parts` in the containers in which it returned them."""
    return rebuild(
        this.output,
        [
            Tensor._make(np.asarray(part), None) if how == "tensor" else part
            for (how, _), part in zip(this.parts, parts, strict=True)
        ],
    )


def _commit(this: Capture) -> None:
    """Change outside what the traced run has changed."""
    for place in this.written():
        place.get()[...] = this.reads[place].array
    for leaf, value in this.grads.items():
        leaf.grad = None if value is None else Tensor._make(np.array(value.array), None)
    store(this, [np.array(v.array) if v.is_array else v.array for _, v in this.stores])


def store(this: Capture, values: Sequence[Any]) -> None:
    for (place, _), value in zip(this.stores, values, strict=True):
        if place.steps[0] == ("attribute", "state"):
            place.root.state.setdefault(place.steps[1][1], {})
        place.set(value)


def _check_settings(outside: State, fn: Callable[..., Any]) -> None:
    """A program computes arrays; what else the function changes, it would change once and never again."""
    for setting in outside.settings:
        if not setting.holds():
            now = setting.now()
            setting.restore()
            raise TraceError(
                f"compile({name_of(fn)}): {setting.place.name} was {setting.expected!r} before the call and {now!r} "
                f"after it, and a program would not change it again; change it outside of the function"
            )
