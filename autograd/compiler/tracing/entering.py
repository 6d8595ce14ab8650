"""What lives outside of a function, replaced by what stands for it while the function is traced.

Arrays that an update may change are copied, so whatever happens in the trace, nothing outside has changed after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd._util.atomic import atomic
from autograd.compiler.ir import Kind, Value
from autograd.compiler.tracing.sources import Source, State, count_of, data_of, grad_of, hyperparameters, moment
from autograd.compiler.tracing.traced import Traced, TracedArray
from autograd.compiler.tracing.tracer import Tracer
from autograd.engine import random
from autograd.engine.graph import Leaf, traced_leaves
from autograd.engine.tensor import Tensor
from autograd.optim import Optimizer

DEFAULT_GENERATOR = Source(random, (("attribute", "_default"),), "rng")


class Swap:
    """Puts values into places and context variables, and what was there back in the end."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def put(self, source: Source, value: Any) -> None:
        holder = source.outermost()
        before = holder.get()
        with atomic():
            source.set(value)
            self._undo.append(lambda: holder.set(before))

    def set(self, variable: ContextVar[Any], value: Any) -> None:
        token = variable.set(value)
        self._undo.append(lambda: variable.reset(token))

    def undo(self) -> None:
        for put_back in reversed(self._undo):
            put_back()
        self._undo.clear()


@contextmanager
def swapping() -> Iterator[Swap]:
    swap = Swap()
    try:
        yield swap
    finally:
        with atomic():
            swap.undo()


class TracedLeaf:
    """Stands for a leaf: what `.grad` is set to stays here.

    before        what it was; what stands for that, if it is of an array outside.
    is_looked_at  whether it was read before it was set: a program then depends on whether it is None.
    """

    def __init__(self, tracer: Tracer, grad: Tensor | None) -> None:
        self.tracer, self.before, self.now = tracer, grad, grad
        self.is_looked_at = self.is_written = False

    @property
    def grad(self) -> Tensor | None:
        self.is_looked_at |= not self.is_written
        return self.now

    @grad.setter
    def grad(self, grad: Tensor | None) -> None:
        """One that is a constant is made an array of the program's, which can be scaled or added to."""
        self.is_written = True
        if grad is not None and type(grad.data) is np.ndarray:
            grad.data = self.tracer.constant(grad.data)
        self.now = grad


class Leaves(dict[Leaf, TracedLeaf]):
    """What stands for leaves; for one that is made in the trace, too."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer

    def __missing__(self, leaf: Leaf) -> TracedLeaf:
        self[leaf] = TracedLeaf(self.tracer, leaf.grad)
        return self[leaf]


class Entering:
    """Lets what stands for the state of a function take its place.

    standing  what stands for what lives in each place; one array that lives in several is one value.
    first     of each value the first source in which it lives.
    """

    def __init__(self, tracer: Tracer, swap: Swap) -> None:
        self.tracer, self.swap = tracer, swap
        self.standing: dict[Source, Traced] = {}
        self.first: dict[Value, Source] = {}
        self.leaves = Leaves(tracer)
        self._by_id: dict[int, tuple[Any, Traced]] = {}
        self._numbers: dict[Any, Traced] = {}

    def enter(self, state: State) -> None:
        for name, tensor in state.tensors:
            if isinstance(leaf := tensor.node, Leaf) and leaf not in self.leaves:
                grad = leaf.grad
                if grad is not None:
                    grad = Tensor._make(self._stand(grad_of(leaf, name), grad.data), grad.node)
                self.leaves[leaf] = TracedLeaf(self.tracer, grad)
            self._put(data_of(tensor, name), tensor.data)
        names = {tensor: name for name, tensor in state.tensors}
        for _, optimizer in state.optimizers:
            self._enter_optimizer(optimizer, names)
        for _, schedule in state.schedules:
            self._put(count_of(schedule), schedule.count)
        for source, array in state.arrays:
            self._enter_array(source, array)
        for source, generator in state.generators:
            if source is not None:
                self._put(source, generator)
        self.swap.set(random._traced, self._stand(DEFAULT_GENERATOR, DEFAULT_GENERATOR.get()))
        self.swap.set(traced_leaves, self.leaves)

    def _enter_optimizer(self, optimizer: Optimizer, names: dict[Tensor, str]) -> None:
        for source in hyperparameters(optimizer):
            self._put(source, source.get())
        entered: dict[Tensor, dict[str, Any]] = {}
        for p, values in optimizer.state.items():
            entered[p] = {}
            for key, item in values.items():
                source = moment(optimizer, p, key, names.get(p, ""))
                entered[p][key] = self._stand(source, item, shared=(id(optimizer), key))
        self.swap.put(Source(optimizer, (("attribute", "state"),)), entered)

    def _enter_array(self, source: Source | None, array: Any) -> None:
        """An array that no Tensor holds. It is not copied, so it must not be written to."""
        value = Value(array, Kind.STATE, name=source.name if source is not None else "")
        _, traced = self._by_id.setdefault(id(array), (array, TracedArray(self.tracer, value, array)))
        self.tracer.known[id(array)] = traced._value
        if traced._value.array is array:
            self.tracer.fixed[traced._value] = frozenset({traced._value})
        if source is None:
            self.first.setdefault(traced._value, Source(array, (), "array"))
            return
        self.first.setdefault(traced._value, source)
        try:
            self.swap.put(source, traced)
            self.standing[source] = traced
        except (AttributeError, TypeError):  # it can't be replaced there, but is known when it comes to a call
            return

    def _put(self, source: Source, value: Any) -> None:
        self.swap.put(source, self._stand(source, value))

    def _stand(self, source: Source, value: Any, shared: Any = None) -> Any:
        """What stands for a value that lives in a place; what can't change in a program is left as it is.

        shared  numbers with this key that are equal are one value: the counts of steps of all parameters.
        """
        if isinstance(value, np.ndarray | np.random.Generator):
            if id(value) not in self._by_id:
                self._by_id[id(value)] = value, self.tracer.stand_for(value, source.name)
            traced = self._by_id[id(value)][1]
        elif is_number(value):
            traced = self.tracer.stand_for(value, source.name)
            if shared is not None:
                traced = self._numbers.setdefault((shared, type(value), value), traced)
        elif type(value) in (tuple, list):
            stem = source.name.rstrip("s")
            parts = [self._stand(source.item(k, f"{stem}{k + 1}"), part) for k, part in enumerate(value)]
            return type(value)(parts)
        else:
            return value
        self.standing[source] = traced
        self.first.setdefault(traced._value, source)
        return traced


def is_number(value: Any) -> bool:
    return type(value) in (int, float) or (isinstance(value, np.number) and value.dtype.kind in "iuf")
