"""What lives outside of a function, replaced by what stands for copies of it while the function is traced.

So whatever happens in the trace, nothing outside has changed after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.compiler.program import Kind, Value
from autograd.compiler.state import Place, State
from autograd.compiler.traced import TracedArray, TracedNumber
from autograd.compiler.tracing import Tracer
from autograd.graph import Leaf
from autograd.optim import Optimizer, Schedule
from autograd.tensor import Tensor

NUMBERS = (int, float)


class Swap:
    """Puts values into places, and what was there back in the end."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def put(self, place: Place, value: Any) -> None:
        before = place.get()
        self._undo.append(lambda: place.set(before))
        place.set(value)

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
        swap.undo()


class Entering:
    """Lets the state of a function stand in for itself.

    standing  what stands for each place; one array that several Tensors share is one value.
    grads     what `.grad` of each leaf was.
    """

    def __init__(self, tracer: Tracer, swap: Swap) -> None:
        self.tracer, self.swap = tracer, swap
        self.standing: dict[Place, TracedArray | TracedNumber] = {}
        self.grads: dict[Leaf, Tensor | None] = {}
        self._arrays: dict[int, tuple[Any, TracedArray]] = {}
        self._numbers: dict[Any, TracedNumber] = {}

    def enter(self, state: State) -> None:
        for name, tensor in state.tensors:
            if isinstance(leaf := tensor.node, Leaf):
                self.grads[leaf] = before = leaf.grad
                self.swap.put(Place(leaf, (("attribute", "grad"),), ""), before)
                if before is not None:
                    self._put(Place(before, DATA, f"grad_{name}"), before.data)
            self._put(data_of(tensor, name), tensor.data)
        names = {tensor: name for name, tensor in state.tensors}
        for _, optimizer in state.optimizers:
            self._enter_optimizer(optimizer, names)
        for _, schedule in state.schedules:
            self._put(count_of(schedule), schedule.count)

    def _enter_optimizer(self, optimizer: Optimizer, names: dict[Tensor, str]) -> None:
        for place in hyperparameters(optimizer):
            item = place.get()
            if isinstance(item, tuple):
                stem = place.name.rstrip("s")
                self.swap.put(
                    place,
                    tuple(
                        self._standing(Place(place.root, (*place.steps, ("item", k)), f"{stem}{k + 1}"), part)
                        for k, part in enumerate(item)
                    ),
                )
            else:
                self._put(place, item)
        entered: dict[Tensor, dict[str, Any]] = {}
        for p, values in optimizer.state.items():
            entered[p] = {}
            for key, item in values.items():
                place = moment(optimizer, p, key, names.get(p, ""))
                entered[p][key] = self._standing(place, item, shared=(id(optimizer), key))
        self.swap.put(Place(optimizer, (("attribute", "state"),), ""), entered)

    def _put(self, place: Place, value: Any) -> None:
        self.swap.put(place, self._standing(place, value))

    def _standing(self, place: Place, value: Any, shared: Any = None) -> Any:
        """What stands for a value that lives in a place; what is no array or number is left as it is.

        shared  numbers with this key that are equal are one value: the counts of steps of all parameters.
        """
        if isinstance(value, np.ndarray):
            if id(value) not in self._arrays:
                traced = TracedArray(self.tracer, Value(like(value), Kind.STATE, name=place.name))
                self._arrays[id(value)] = value, traced
                self.standing[place] = traced
            return self._arrays[id(value)][1]
        if type(value) in NUMBERS:
            number = TracedNumber(self.tracer, Value(value, Kind.STATE, name=place.name))
            if shared is not None:
                number = self._numbers.setdefault((shared, type(value), value), number)
            self.standing[place] = number
            return number
        return value


DATA = (("attribute", "data"),)


def data_of(tensor: Tensor, name: str = "") -> Place:
    return Place(tensor, DATA, name)


def count_of(schedule: Schedule) -> Place:
    return Place(schedule, (("attribute", "count"),), "count")


def moment(optimizer: Optimizer, p: Tensor, key: str, name: str = "") -> Place:
    """Where an optimiser keeps what it knows of a parameter."""
    return Place(optimizer, (("attribute", "state"), ("item", p), ("item", key)), f"{key}_{name}")


def hyperparameters(optimizer: Optimizer) -> Iterator[Place]:
    """Where the numbers of an optimiser live, or the tuples of them."""
    for k, group in enumerate(optimizer.param_groups):
        for key, item in list(group.items()):
            parts = item if isinstance(item, tuple) else (item,)
            if all(type(part) in NUMBERS for part in parts):
                yield Place(optimizer, (("attribute", "param_groups"), ("item", k), ("item", key)), key)


def like(array: Any) -> Any:
    """A copy in memory of its own, with the same strides where they can be had."""
    return array.copy(order="K")
