"""The state of a function: where values outside of it live, and what must stay as it is for its program to hold.

What changes from call to call (parameters, moments, learning rates, counts, arrays) is read and written where it lives;
plain settings (train or eval, a dropout rate, which layers there are) are expected to stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import getcontext
from itertools import chain
from types import CodeType
from typing import Any

import numpy as np

from autograd.engine.graph import Leaf
from autograd.engine.tensor import Tensor
from autograd.nn.module import Module
from autograd.optim import Optimizer, Schedule

PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype)
GONE = (AttributeError, IndexError, KeyError, TypeError, ValueError)  # where there is no longer anything in a place
MISSING = object()
DATA = (("attribute", "data"),)
GRAD = (("attribute", "grad"),)
# What of a container, or of other memory, must stay as it is.
READ: dict[str, Callable[[Any], Any]] = {
    "length": len, "keys": tuple, "items": lambda items: frozenset((type(item), item) for item in items),
    "bytes": lambda memory: memory.tobytes() if hasattr(memory, "tobytes") else bytes(memory),
    "text": repr, "context": lambda _: repr(getcontext()),
}  # fmt: skip


def is_same(a: Any, b: Any) -> bool:
    """Whether two plain values are of one type and equal; 0.0 and -0.0 are not, and NaN is equal to NaN."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    return repr(a) == repr(b) if isinstance(a, float | complex | np.inexact) else bool(a == b)


def is_state(value: Any) -> bool:
    """Whether a value is an array of numbers, which a program reads anew in each call where it lives."""
    return type(value) is np.ndarray and value.dtype.kind in "biufc"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value lives: steps from an object, each an attribute or an item.

    >>> Source([1, 2], (("item", 1),), "pair[1]").get()
    2
    """

    root: Any
    steps: tuple[tuple[str, Any], ...]
    name: str = ""

    def get(self) -> Any:
        value = self.root
        for kind, key in self.steps:
            value = getattr(value, key) if kind == "attribute" else value[key]
        return value

    def set(self, value: Any) -> None:
        """Put a value there. If that is in a tuple, which can't change, another tuple takes its place."""
        holder = Source(self.root, self.steps[:-1])
        container = holder.get()
        kind, key = self.steps[-1]
        if kind == "attribute":
            try:
                setattr(container, key, value)
            except AttributeError:  # of a frozen dataclass
                object.__setattr__(container, key, value)
        elif isinstance(container, tuple):
            items = (*container[:key], value, *container[key + 1 :])
            holder.set(type(container)(*items) if hasattr(container, "_fields") else items)
        else:
            container[key] = value

    def item(self, key: Any, name: str = "") -> Source:
        """The place of an item of what lives here."""
        return Source(self.root, (*self.steps, ("item", key)), name)

    def outermost(self) -> Source:
        """Of what is in a tuple, the place of that tuple: what `set` really changes."""
        holder = Source(self.root, self.steps[:-1])
        return holder.outermost() if self.steps and isinstance(holder.get(), tuple) else self

    def __hash__(self) -> int:
        return hash((id(self.root), self.steps))

    def __eq__(self, other: object) -> bool:
        """Steps are compared by identity where they are Tensors, whose == is elementwise."""
        if not (isinstance(other, Source) and self.root is other.root and len(self.steps) == len(other.steps)):
            return False
        pairs = zip(chain(*self.steps), chain(*other.steps), strict=True)
        return all(a is b or (type(a) is type(b) in (str, int) and a == b) for a, b in pairs)


def data_of(tensor: Tensor, name: str = "") -> Source:
    return Source(tensor, DATA, name)


def grad_of(leaf: Leaf, name: str = "") -> Source:
    """Where the gradient of a leaf lives, whichever Tensor holds it."""
    return Source(leaf, (*GRAD, *DATA), f"grad_{name}")


def count_of(schedule: Schedule) -> Source:
    return Source(schedule, (("attribute", "count"),), "count")


def moment(optimizer: Optimizer, p: Tensor, key: str, name: str = "") -> Source:
    """Where an optimiser keeps what it knows of a parameter."""
    return Source(optimizer, (("attribute", "state"), ("item", p), ("item", key)), f"{key}_{name}")


def params_of(optimizer: Optimizer) -> list[Tensor]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def hyperparameters(optimizer: Optimizer) -> Iterator[Source]:
    """Where the numbers of an optimiser live, and tuples of them; flags are settings."""
    for k, group in enumerate(optimizer.param_groups):
        for key, item in group.items():
            if key != "params" and not isinstance(item, bool | str | None):
                yield Source(optimizer, (("attribute", "param_groups"), ("item", k), ("item", key)), key)


@dataclass(slots=True)
class Guard:
    """What must stay as it is: a plain value equal, an object the same, a list as long, a dict's keys, a set's items.

    how  "equal", "same", or one of READ.
    via  the attribute through which it was reached, None if there is none.
    """

    source: Source
    expected: Any
    how: str
    via: str | None = None

    def now(self) -> Any:
        try:
            value = self.source.get()
            return READ[self.how](value) if self.how in READ else value
        except GONE:
            return MISSING

    def holds(self) -> bool:
        now = self.now()
        return now is self.expected or (self.how != "same" and is_same(now, self.expected))


@dataclass(slots=True)
class State:
    """What a function reaches.

    tensors     with the path that leads to each: "model.layers.0.weight".
    arrays      NumPy arrays that belong to no Tensor, and where they live; None where they can't be replaced.
    names       of all variables and attributes that its code names.
    attributes  of each object, by its path: the names of those that it has.
    containers  lists, dicts and sets, and what was in them.
    unset       globals that its code names and that have no value.
    codes       what may run of it, but for code of libraries, by identity.
    """

    tensors: list[tuple[str, Tensor]] = field(default_factory=list)
    arrays: list[tuple[Source | None, Any]] = field(default_factory=list)
    optimizers: list[tuple[str, Optimizer]] = field(default_factory=list)
    schedules: list[tuple[str, Schedule]] = field(default_factory=list)
    generators: list[tuple[Source | None, np.random.Generator]] = field(default_factory=list)
    modules: list[tuple[str, Module]] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    attributes: list[tuple[str, Any, frozenset[str]]] = field(default_factory=list)
    containers: list[tuple[str, Any, Any]] = field(default_factory=list)
    unset: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    codes: dict[int, CodeType] = field(default_factory=dict)

    def restored(self) -> list[str]:
        """Put back what a run has changed of settings, attributes and containers. Returns what that was, in words."""
        return list(self._restoring())

    def _restoring(self) -> Iterator[str]:
        for guard in self.guards:
            if guard.how not in READ and not guard.holds():
                before, after = _shown(guard.expected), _shown(guard.now())
                yield f"{guard.source.name} was {before} before the call and {after} after it"
                guard.source.set(guard.expected)
        for name, container, before in self.containers:
            if not _is_alike(container, before):
                what = f"items of {name}, a {type(container).__name__}, were changed"
                yield f"{what}: {len(before)} before the call, {len(container)} after it"
                container.clear()
                (container.extend if hasattr(container, "extend") else container.update)(before)
        for name, value, keys in self.attributes:
            for key in vars(value).keys() - keys:
                yield f"{name}.{key} was made in the call"
                delattr(value, key)
        for variables, name in self.unset:
            if name in variables:
                yield f"the global {name} was made in the call"
                del variables[name]


def _is_alike(container: Any, before: Any) -> bool:
    """Whether a container holds the same. An array in it is state, and has a place of its own."""
    if len(container) != len(before):
        return False
    if isinstance(container, dict):
        return all(key in container and _is_kept(container[key], value) for key, value in before.items())
    return isinstance(container, set) or all(map(_is_kept, container, before))


def _is_kept(now: Any, before: Any) -> bool:
    """Whether an item is still there: another array in the place of one is state, which a program stores."""
    return now is before or (is_state(now) and is_state(before))


def _shown(value: Any) -> str:
    if value is MISSING:
        return "missing"
    if hasattr(value, "__opaque__"):  # what stands for an array
        return "an array"
    return repr(value) if isinstance(value, PLAIN) else f"a {type(value).__name__}"
