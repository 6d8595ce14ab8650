"""What a traced run works on, and what it showed: what it read, what it computed, what it left behind.

The state of the function is lifted: what lives outside becomes arguments of the program, for which traced values stand.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd._util.pytree import tree_leaves_with_path
from autograd.compiler.ir import Kind, Op, Value, values_in
from autograd.compiler.tracing.refusing import TraceError
from autograd.compiler.tracing.sources import GONE, GRAD, MISSING, PLAIN_TYPES, Source, State
from autograd.compiler.tracing.traced import Traced, TracedArray, TracedNumber
from autograd.compiler.tracing.tracer import Tracer
from autograd.engine import random
from autograd.engine.graph import Leaf, Node
from autograd.engine.tensor import Tensor
from autograd.optim import Optimizer

DEFAULT_GENERATOR = Source(random, (("attribute", "_default"),), "rng")


@dataclass(eq=False)
class Capture:
    """What a traced run showed.

    where       the function is, for errors.
    inputs      the arrays among the arguments, by parameter and path: "params['w']".
    reads       the state that the function could read: where it lives, and its value.
    aliases     pairs of sources in which the same array lives, or equal numbers that are one value.
    grads       what `.grad` was set to, None if it was cleared; of leaves whose `.grad` was touched.
    cleared     leaves whose `.grad` is cleared before anything can fail.
    stores      what else was left outside: where, and the value.
    output      what the function returned; for each leaf of it, what it is ("tensor", "array", "number", "constant"),
                and the value, or the constant.
    grads_read  leaves whose `.grad` mattered, and whether it was None.
    kept        of optimisers that made state for more parameters, all of which they have some.
    """

    tracer: Tracer
    outside: State
    where: str
    inputs: dict[str, Value] = field(default_factory=dict)
    reads: dict[Source, Value] = field(default_factory=dict)
    aliases: list[tuple[Source, Source]] = field(default_factory=list)
    grads: dict[Leaf, Value | None] = field(default_factory=dict)
    cleared: set[Leaf] = field(default_factory=set)
    stores: list[tuple[Source, Value]] = field(default_factory=list)
    output: Any = None
    parts: list[tuple[str, Any]] = field(default_factory=list)
    grads_read: dict[Leaf, bool] = field(default_factory=dict)
    kept: dict[Optimizer, list[Tensor]] = field(default_factory=dict)
    is_recording: bool = True

    @property
    def ops(self) -> list[Op]:
        return self.tracer.ops

    def arguments(self) -> list[Value]:
        return [*self.inputs.values(), *self.reads.values()]

    def results(self) -> tuple[list[Value], list[Value], list[Value]]:
        """The values that the program returns: outputs, gradients, and what else is stored."""
        outputs = [part for _, part in self.parts if isinstance(part, Value)]
        grads = [value for value in self.grads.values() if value is not None]
        return outputs, grads, [value for _, value in self.stores]

    def written(self) -> list[Source]:
        """Where arrays were changed in place."""
        roots = {op.writes.root for op in self.ops if op.writes is not None}
        return [source for source, value in self.reads.items() if value in roots]

    def reads_gradients(self) -> bool:
        """Whether it computes with the gradients that it finds."""
        read = {value.root for op in self.ops for value in op.reads()}
        return any(source.steps[:1] == GRAD and value in read for source, value in self.reads.items())

    def is_repeatable(self) -> bool:
        """Whether nothing can fail after the first update of state: the function can then be called in its place."""
        updates = [k for k, op in enumerate(self.ops) if op.writes is not None and op.writes.root.kind is Kind.STATE]
        return not updates or not any(map(may_fail, self.ops[updates[0] :]))

    # -- what a run has left behind -------------------------------------------------------------------------------

    def collect(self, output: Any, lifted: Lifted, given: frozenset[Leaf]) -> None:
        """Note what there is while traced values are still in place.

        given  leaves that are arguments.
        """
        state, traced = self.outside, lifted.traced
        for leaf in state.leaves():
            after = lifted[leaf]
            if after.is_looked_at:
                self.grads_read[leaf] = after.before is None
            if after.now is not after.before or (after.now is None and after.is_written):  # next time it may be there
                self.grads[leaf] = None if after.now is None else self._owned(after.now.data)
            if after.is_cleared:
                self.cleared.add(leaf)
        for name, optimizer in state.optimizers:
            moments = [x for x in traced if x.root is optimizer and x.steps[0] == ("attribute", "state")]
            if any(source.now() is MISSING for source in moments):
                raise TraceError(
                    f"{self.where}: {name}.state was cleared, and a program would not clear it again; clear it outside"
                )
            if optimizer.state.keys() - {source.steps[1][1] for source in moments}:
                self.kept[optimizer] = list(optimizer.state)
        arrays = [source for source, array in state.arrays if source.now() is not array]  # some can't be replaced
        for source in (*(source for _, source in state.sources()), *arrays):
            self._note_store(source, traced)
        self.output = output
        self.parts = [self._part(path, leaf, given) for path, leaf in tree_leaves_with_path(output)]
        first: dict[Value, Source] = {}
        for source, each in traced.items():
            if first.setdefault(each._value, source) is not source:
                self.aliases.append((source, first[each._value]))
        drawn = {value: None for op in self.ops for value in op.reads() if is_generator(value)}
        # There is another default one after ag.seed; the others are guarded.
        first |= {v: DEFAULT_GENERATOR if v.array is random._default else Source(v.array, (), v.name) for v in drawn}
        self.reads = {source: value for value, source in first.items()}

    def _note_store(self, source: Source, traced: Mapping[Source, Any]) -> None:
        item = source.now()
        if item is traced.get(source) or item is MISSING:  # from a container that was changed, which is refused
            return
        if isinstance(item, tuple | list):
            if any(part is not traced.get(source.item(k)) for k, part in enumerate(item)):
                raise TraceError(
                    f"{self.where}: {source.name} was changed, and holds several numbers; change it outside"
                )
        elif isinstance(item, TracedArray | np.ndarray):
            self.stores.append((source, self._owned(item)))
        elif isinstance(item, TracedNumber | int | float | np.generic):
            self.stores.append((source, item._value if isinstance(item, Traced) else Value(item, Kind.CONSTANT)))
        else:
            raise TraceError(
                f"{self.where}: {source.name or 'an array'} was replaced by a {type(item).__name__}, and a program "
                f"would not do so again; return it instead"
            )

    def _owned(self, array: Any) -> Value:
        """A value in memory of its own, which may be left outside."""
        taken = {value.root for values in self.results() for value in values}
        if not isinstance(array, TracedArray):
            array = self.tracer.constant(array)
        value: Value = array._value
        is_own = value.kind is Kind.MADE and not value.is_view and value not in taken
        if value.is_array and not is_own:  # nobody can write to one of NumPy's scalars
            value = self.tracer.call(np.copy, (array,), {})._value
        return value

    def _part(self, path: str, leaf: Any, given: frozenset[Leaf]) -> tuple[str, Any]:
        """What a leaf of the output is, and its value; itself, if the program does not compute it."""
        is_tensor = isinstance(leaf, Tensor)
        if is_tensor and isinstance(leaf.node, Leaf) and leaf.node.order < self.tracer.since:
            return "constant", leaf  # a parameter itself
        data = leaf.data if is_tensor else leaf
        if is_tensor and leaf.node is not None and not given.isdisjoint(_open_to(leaf.node)):
            raise TraceError(
                f"{self.where}: a gradient could flow from output{path} to an argument, and does not through a "
                f"program; compile what computes the gradient, ag.compile(ag.grad(f)), or return t.detach()"
            )
        if isinstance(data, TracedNumber):
            return "number", data._value
        if isinstance(data, TracedArray | np.ndarray):
            how = "tensor" if is_tensor else "array"
            if isinstance(data, TracedArray) and data._value.kind is Kind.INPUT:
                return how, data._value
            return how, self._owned(data)
        if not isinstance(leaf, PLAIN_TYPES):
            raise TraceError(
                f"{self.where}: output{path} is a {type(leaf).__name__}, which no program can make; return arrays, "
                f"Tensors and numbers, in lists, tuples and dicts"
            )
        return "constant", leaf


def may_fail(op: Op) -> bool:
    """Whether a call can raise an error for other values of the same shapes and dtypes."""
    fn = op.fn
    if fn is operator.getitem or fn is operator.setitem:
        return any(True for _ in values_in(op.args[1]))
    name = fn if isinstance(fn, str) else getattr(fn, "__name__", "")
    is_ufunc = isinstance(fn, np.ufunc) or isinstance(getattr(fn, "__self__", None), np.ufunc)
    is_plain = isinstance(fn, str) or getattr(fn, "__module__", "") in ("numpy", "_operator", "math")
    return not (is_ufunc or is_plain) or name in ("take", "take_along_axis", "choose")


def is_generator(value: Value) -> bool:
    return isinstance(value.array, np.random.Generator)


def _open_to(node: Any) -> set[Any]:
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


# -- standing for the outside ------------------------------------------------------------------------------------------


class TracedLeaf:
    """Stands for a leaf: what `.grad` is set to stays here.

    before        what it was; what stands for that, if it is of an array outside.
    is_looked_at  whether it was read before it was set: a program then depends on whether it is None.
    is_cleared    whether it was set to None before anything could fail.
    """

    def __init__(self, tracer: Tracer, grad: Tensor | None) -> None:
        self.tracer, self.before, self.now = tracer, grad, grad
        self.is_looked_at = self.is_written = self.is_cleared = False

    @property
    def grad(self) -> Tensor | None:
        self.is_looked_at |= not self.is_written
        return self.now

    @grad.setter
    def grad(self, grad: Tensor | None) -> None:
        """One that is a constant is made an array of the program's, which can be scaled or added to."""
        if not self.is_written:
            self.is_cleared = grad is None and not any(map(may_fail, self.tracer.ops))
        self.is_written = True
        if grad is not None and type(grad.data) is np.ndarray:
            grad.data = self.tracer.constant(grad.data)
        self.now = grad


class Lifted(dict[Any, Any]):
    """What stands for leaves, also for those that are made in the trace, and for the default random generator.

    traced  what stands for the rest of the state, by its source; one array that lives at several is one value.
    """

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.traced: dict[Source, Traced] = {}

    def __missing__(self, leaf: Leaf) -> TracedLeaf:
        self[leaf] = TracedLeaf(self.tracer, leaf.grad)
        return self[leaf]

    def lift(self, state: State) -> None:
        """Let traced values take the place of the state. (A snapshot puts it back.)"""
        for _, source in state.sources():
            if isinstance(leaf := getattr(source.root, "node", None), Leaf) and leaf not in self:
                grad = leaf.grad
                if grad is not None:
                    at = Source(leaf, GRAD).attribute("data", f"grad_{source.name}")
                    grad = Tensor._make(self._lifted(at, grad.data), grad.node)
                self[leaf] = TracedLeaf(self.tracer, grad)
            source.set(self._lifted(source, source.get()))
        for source, array in state.arrays:
            is_new = id(array) not in self.tracer.known
            traced = self._lifted(source, array)
            if is_new:  # no Tensor holds it
                self.tracer.fixed[traced._value] = frozenset({traced._value})
            with suppress(*GONE):  # where it can't be replaced it is known when it comes to a call
                source.set(traced)
        for source, generator in state.generators:
            if source.steps:
                source.set(self.tracer.stand_for(generator, source.name))
        self[random._default] = self.tracer.stand_for(random._default, "rng")

    def _lifted(self, source: Source, value: Any) -> Any:
        """What stands for a value that lives at a source; what can't change in a program is left as it is.

        Equal numbers that an optimiser keeps of all parameters are one value: the counts of steps.
        """
        key: Any = source
        if isinstance(value, np.ndarray):
            key = None
        elif type(value) in (tuple, list):
            stem = source.name.rstrip("s")
            return type(value)(self._lifted(source.item(k, f"{stem}{k + 1}"), part) for k, part in enumerate(value))
        elif not is_number(value):
            return value
        elif source.steps[0] == ("attribute", "state"):
            key = id(source.root), source.steps[-1], type(value), value
        self.traced[source] = self.tracer.stand_for(value, source.name, key)
        return self.traced[source]


def is_number(value: Any) -> bool:
    return type(value) in (int, float) or (isinstance(value, np.number) and value.dtype.kind in "iuf")
