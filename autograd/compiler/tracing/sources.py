"""Where the values live that a function reaches (sources), and what a program asks of them before it runs (guards).

What changes from call to call (parameters, moments, learning rates, counts, arrays) is state: it is read and written
where it lives. What decides how a function goes (train or eval, a dropout rate, which layers there are) is guarded: a
program holds as long as it stays as it was. (Source and guard are the words of torch.compile.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from autograd._util.pytree import alike
from autograd.engine.graph import Leaf
from autograd.engine.tensor import Tensor
from autograd.nn.module import Module
from autograd.optim import Optimizer, Schedule

PLAIN_TYPES = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype)
FLAG = bool | str | None  # of hyperparameters what a program is for; the others it reads anew
GONE = (AttributeError, IndexError, KeyError, TypeError, ValueError)  # raised where a source leads nowhere any more
MISSING = object()
Read = Callable[[Any], Any] | None
GRAD = (("attribute", "grad"),)


def is_same(a: Any, b: Any) -> bool:
    """Whether two plain values are of one type and equal; 0.0 and -0.0 are not, and NaN is equal to NaN."""
    if a is b or type(a) is not type(b):
        return a is b
    return repr(a) == repr(b) if isinstance(a, float | complex | np.inexact | tuple) else bool(a == b)


def is_state(value: Any) -> bool:
    """Whether a value is an array of numbers, which a program reads anew in each call where it lives."""
    return type(value) is np.ndarray and value.dtype.kind in "biufc"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where a value lives: steps from an object, each an attribute or an item.

    via  the attribute through which it was found, None if there is none.

    >>> Source([1, 2], (("item", 1),), "pair[1]").get()
    2
    """

    root: Any
    steps: tuple[tuple[str, Any], ...] = ()
    name: str = ""
    via: str | None = None

    def get(self) -> Any:
        value = self.root
        for kind, key in self.steps:
            value = getattr(value, key) if kind == "attribute" else value[key]
        return value

    def now(self) -> Any:
        """The value; MISSING if there is none any more."""
        try:
            return self.get()
        except GONE:
            return MISSING

    def set(self, value: Any) -> None:
        """Put a value there. If that is in a tuple, which can't change, another tuple takes its place."""
        holder = Source(self.root, self.steps[:-1])
        container = holder.get()
        kind, key = self.steps[-1]
        if self.steps[-2:-1] == (("attribute", "__dict__"),):  # that of a class can only be read
            setattr(Source(self.root, self.steps[:-2]).get(), key, value)
        elif kind == "attribute":
            try:
                setattr(container, key, value)
            except AttributeError:  # of a frozen dataclass
                object.__setattr__(container, key, value)
        elif isinstance(container, tuple):
            holder.set(alike(container, (*container[:key], value, *container[key + 1 :])))
        else:
            container[key] = value

    def attribute(self, key: str, name: str = "") -> Source:
        return Source(self.root, (*self.steps, ("attribute", key)), name)

    def item(self, key: Any, name: str = "") -> Source:
        return Source(self.root, (*self.steps, ("item", key)), name)

    def at(self, key: Any, root: Any, *steps: tuple[str, Any], via: str | None = None) -> Source:
        """Of what is found in the value, where it lives; in a path it is called `key`."""
        return Source(root, steps, f"{self.name}.{key}" if self.name else str(key), via)

    def outermost(self) -> Source:
        """Of what is in a tuple, the source of that tuple: what `set` really changes."""
        holder = Source(self.root, self.steps[:-1])
        return holder.outermost() if self.steps and isinstance(holder.get(), tuple) else self

    @property
    def path(self) -> tuple[Any, ...]:
        return (self.root, *self.steps)

    def _key(self) -> tuple[Any, ...]:
        """Steps are compared by identity where they are Tensors, whose == is elementwise."""
        steps = ((kind, type(key), key if isinstance(key, str | int) else id(key)) for kind, key in self.steps)
        return id(self.root), *steps

    def __hash__(self) -> int:
        return hash(self._key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and self._key() == other._key()


def typed_items(items: AbstractSet[Any]) -> frozenset[Any]:
    return frozenset((type(item), item) for item in items)


@dataclass(slots=True)
class Guard:
    """What must stay as it is: what `read` tells of the value at a source; without it a plain value, or an object."""

    source: Source
    expected: Any
    read: Read = None

    def now(self) -> Any:
        value = self.source.now()
        return value if self.read is None or value is MISSING else self.read(value)

    def holds(self) -> bool:
        now = self.now()
        is_compared = self.read is not None or isinstance(self.expected, PLAIN_TYPES)
        return now is self.expected or (is_compared and is_same(now, self.expected))


@dataclass(slots=True)
class State:
    """What a function reaches.

    tensors     with the path that leads to each: "model.layers.0.weight".
    arrays      NumPy arrays that belong to no Tensor, and where they live.
    names       of all variables and attributes that its code names.
    objects     those that have attributes of their own, and the path that leads to each; `containers` likewise.
    unset       globals that its code names and that have no value: those of the module, and the name.
    codes       what may run of it, but for code of libraries, by identity.
    """

    tensors: list[tuple[str, Tensor]] = field(default_factory=list)
    arrays: list[tuple[Source, Any]] = field(default_factory=list)
    optimizers: list[tuple[str, Optimizer]] = field(default_factory=list)
    schedules: list[tuple[str, Schedule]] = field(default_factory=list)
    generators: list[tuple[Source, np.random.Generator]] = field(default_factory=list)
    modules: list[tuple[str, Module]] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    objects: list[tuple[str, Any]] = field(default_factory=list)
    containers: list[tuple[str, Any]] = field(default_factory=list)
    unset: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    codes: dict[int, CodeType] = field(default_factory=dict)

    def leaves(self) -> dict[Leaf, str]:
        """The leaves of its Tensors, each with the path that leads to it first."""
        found: dict[Leaf, str] = {}
        for name, tensor in self.tensors:
            if isinstance(tensor.node, Leaf):
                found.setdefault(tensor.node, name)
        return found

    def sources(self) -> Iterator[tuple[str, Source]]:
        """Where what it changes lives, but for gradients and arrays that no Tensor holds; and what errors call it."""
        names = {tensor: name for name, tensor in self.tensors}
        yield from ((name, Source(tensor).attribute("data", name)) for name, tensor in self.tensors)
        for path, optimizer in self.optimizers:
            for k, group in enumerate(optimizer.param_groups):
                numbers = [key for key, item in group.items() if key != "params" and not isinstance(item, FLAG)]
                at = Source(optimizer).attribute("param_groups").item(k)
                yield from ((f"{path}.{key}", at.item(key, key)) for key in numbers)
            for p, moments in optimizer.state.items():
                for key in moments:
                    at = Source(optimizer).attribute("state").item(p).item(key, f"{key}_{names.get(p, '')}")
                    yield f"{key} of {names.get(p, path)}", at
        yield from ((f"{path}.count", Source(each).attribute("count", "count")) for path, each in self.schedules)
