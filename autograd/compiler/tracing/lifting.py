"""The state of a function, lifted: what lives outside becomes arguments of the program, for which traced values stand.

Arrays that an update may change are copied, so whatever happens in the trace, nothing outside has changed after it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from autograd.compiler.ir import Kind, Value
from autograd.compiler.tracing.sources import GONE, GRAD, Source, State
from autograd.compiler.tracing.traced import Traced, TracedArray
from autograd.compiler.tracing.tracer import Tracer
from autograd.engine import random
from autograd.engine.graph import Leaf
from autograd.engine.tensor import Tensor

DEFAULT_GENERATOR = Source(random, (("attribute", "_default"),), "rng")


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


class Lifted(dict[Any, Any]):
    """What stands for leaves, also for those that are made in the trace, and for the default random generator.

    traced  what stands for the rest of the state, by its source; one array that lives at several is one value.
    """

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.traced: dict[Source, Traced] = {}
        self._shared: dict[Any, Traced] = {}  # which keeps what has an id alive

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
            self._lift_array(source, array)
        for source, generator in state.generators:
            if source.steps:
                source.set(self._lifted(source, generator))
        self[random._default] = self._lifted(DEFAULT_GENERATOR, random._default)

    def _lift_array(self, source: Source, array: Any) -> None:
        """An array that no Tensor holds. It is not copied, so it must not be written to."""
        traced = TracedArray(self.tracer, Value(array, Kind.STATE, name=source.name), array)
        self.traced[source] = traced = self._shared.setdefault(id(array), traced)
        self.tracer.known[id(array)] = traced._value
        if traced._value.array is array:
            self.tracer.fixed[traced._value] = frozenset({traced._value})
        with suppress(*GONE):  # where it can't be replaced it is known when it comes to a call
            source.set(traced)

    def _lifted(self, source: Source, value: Any) -> Any:
        """What stands for a value that lives at a source; what can't change in a program is left as it is.

        Equal numbers that an optimiser keeps of all parameters are one value: the counts of steps.
        """
        key: Any = source
        if isinstance(value, np.ndarray | np.random.Generator):
            key = id(value)
        elif type(value) in (tuple, list):
            stem = source.name.rstrip("s")
            return type(value)(self._lifted(source.item(k, f"{stem}{k + 1}"), part) for k, part in enumerate(value))
        elif not is_number(value):
            return value
        elif source.steps[0] == ("attribute", "state"):
            key = id(source.root), source.steps[-1], type(value), value
        if key not in self._shared:
            self._shared[key] = self.tracer.stand_for(value, source.name)
        self.traced[source] = self._shared[key]
        return self._shared[key]


def is_number(value: Any) -> bool:
    return type(value) in (int, float) or (isinstance(value, np.number) and value.dtype.kind in "iuf")
