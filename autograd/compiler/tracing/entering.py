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
from autograd.compiler.tracing.state import Place, State
from autograd.compiler.tracing.traced import Traced, TracedArray
from autograd.compiler.tracing.tracer import Tracer
from autograd.engine import random
from autograd.engine.graph import Leaf, traced_leaves
from autograd.engine.tensor import Tensor
from autograd.optim import Optimizer, Schedule

DATA = (("attribute", "data"),)
GRAD = (("attribute", "grad"),)
DEFAULT_GENERATOR = Place(random, (("attribute", "_default"),), "rng")


class Swap:
    """Puts values into places and context variables, and what was there back in the end."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def put(self, place: Place, value: Any) -> None:
        holder = place.outermost()
        before = holder.get()
        with atomic():
            place.set(value)
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
    first     of each value the first place in which it lives.
    """

    def __init__(self, tracer: Tracer, swap: Swap) -> None:
        self.tracer, self.swap = tracer, swap
        self.standing: dict[Place, Traced] = {}
        self.first: dict[Value, Place] = {}
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
        for place, array in state.arrays:
            self._enter_array(place, array)
        for place, generator in state.generators:
            if place is not None:
                self._put(place, generator)
        self.swap.set(random._traced, self._stand(DEFAULT_GENERATOR, DEFAULT_GENERATOR.get()))
        self.swap.set(traced_leaves, self.leaves)

    def _enter_optimizer(self, optimizer: Optimizer, names: dict[Tensor, str]) -> None:
        for place in hyperparameters(optimizer):
            self._put(place, place.get())
        entered: dict[Tensor, dict[str, Any]] = {}
        for p, values in optimizer.state.items():
            entered[p] = {}
            for key, item in values.items():
                place = moment(optimizer, p, key, names.get(p, ""))
                entered[p][key] = self._stand(place, item, shared=(id(optimizer), key))
        self.swap.put(Place(optimizer, (("attribute", "state"),)), entered)

    def _enter_array(self, place: Place | None, array: Any) -> None:
        """An array that no Tensor holds. It is not copied, so it must not be written to."""
        value = Value(array, Kind.STATE, name=place.name if place is not None else "")
        _, traced = self._by_id.setdefault(id(array), (array, TracedArray(self.tracer, value, array)))
        self.tracer.known[id(array)] = traced._value
        if traced._value.array is array:
            self.tracer.fixed[traced._value] = frozenset({traced._value})
        if place is None:
            self.first.setdefault(traced._value, Place(array, (), "array"))
            return
        self.first.setdefault(traced._value, place)
        try:
            self.swap.put(place, traced)
            self.standing[place] = traced
        except (AttributeError, TypeError):  # it can't be replaced there, but is known when it comes to a call
            return

    def _put(self, place: Place, value: Any) -> None:
        self.swap.put(place, self._stand(place, value))

    def _stand(self, place: Place, value: Any, shared: Any = None) -> Any:
        """What stands for a value that lives in a place; what can't change in a program is left as it is.

        shared  numbers with this key that are equal are one value: the counts of steps of all parameters.
        """
        if isinstance(value, np.ndarray | np.random.Generator):
            if id(value) not in self._by_id:
                self._by_id[id(value)] = value, self.tracer.stand_for(value, place.name)
            traced = self._by_id[id(value)][1]
        elif is_number(value):
            traced = self.tracer.stand_for(value, place.name)
            if shared is not None:
                traced = self._numbers.setdefault((shared, type(value), value), traced)
        elif type(value) in (tuple, list):
            stem = place.name.rstrip("s")
            parts = [self._stand(place.item(k, f"{stem}{k + 1}"), part) for k, part in enumerate(value)]
            return type(value)(parts)
        else:
            return value
        self.standing[place] = traced
        self.first.setdefault(traced._value, place)
        return traced


def is_number(value: Any) -> bool:
    return type(value) in (int, float) or (isinstance(value, np.number) and value.dtype.kind in "iuf")


def data_of(tensor: Tensor, name: str = "") -> Place:
    return Place(tensor, DATA, name)


def grad_of(leaf: Leaf, name: str = "") -> Place:
    """Where the gradient of a leaf lives, whichever Tensor holds it."""
    return Place(leaf, (*GRAD, *DATA), f"grad_{name}")


def count_of(schedule: Schedule) -> Place:
    return Place(schedule, (("attribute", "count"),), "count")


def moment(optimizer: Optimizer, p: Tensor, key: str, name: str = "") -> Place:
    """Where an optimiser keeps what it knows of a parameter."""
    return Place(optimizer, (("attribute", "state"), ("item", p), ("item", key)), f"{key}_{name}")


def params_of(optimizer: Optimizer) -> list[Tensor]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def hyperparameters(optimizer: Optimizer) -> Iterator[Place]:
    """Where the numbers of an optimiser live, and tuples of them; flags are settings."""
    for k, group in enumerate(optimizer.param_groups):
        for key, item in group.items():
            if key != "params" and not isinstance(item, bool | str | None):
                yield Place(optimizer, (("attribute", "param_groups"), ("item", k), ("item", key)), key)
