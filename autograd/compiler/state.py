"""What a function reaches from its variables: Tensors, optimisers, schedules, random generators, and plain settings.

All of it is found by looking: through closures, the globals that its code names, attributes, lists and dicts. What
changes from call to call (parameters, moments, learning rates, counts) is the program's state, read and written where
it lives; plain settings (train or eval, a dropout rate) are expected to stay as they were.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autograd.graph import Leaf
from autograd.nn.module import Module
from autograd.optim import Optimizer, Schedule
from autograd.tensor import Tensor

PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype)
MOST = 1_000_000  # objects that are looked at


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value lives: steps from an object, each an attribute or an item.

    >>> Place([1, 2], (("item", 1),), "pair[1]").get()
    2
    """

    root: Any
    steps: tuple[tuple[str, Any], ...]
    name: str

    def get(self) -> Any:
        value = self.root
        for kind, key in self.steps:
            value = getattr(value, key) if kind == "attribute" else value[key]
        return value

    def set(self, value: Any) -> None:
        container = Place(self.root, self.steps[:-1], "").get()
        kind, key = self.steps[-1]
        if kind == "attribute":
            setattr(container, key, value)
        else:
            container[key] = value

    def __hash__(self) -> int:
        return hash((id(self.root), self.steps))

    def __eq__(self, other: object) -> bool:
        """Steps are compared by identity where they are Tensors, whose == is elementwise."""
        if not (isinstance(other, Place) and self.root is other.root and len(self.steps) == len(other.steps)):
            return False
        pairs = zip(chain(*self.steps), chain(*other.steps), strict=True)
        return all(a is b or (type(a) is type(b) in (str, int) and a == b) for a, b in pairs)


@dataclass(slots=True)
class Setting:
    """What must stay as it is: a plain value equal, an object the same, a list or dict as long.

    how  "equal", "same" or "length".
    """

    place: Place
    expected: Any
    how: str

    def now(self) -> Any:
        try:
            value = self.place.get()
        except (AttributeError, IndexError, KeyError, ValueError):
            return MISSING
        return len(value) if self.how == "length" else value

    def holds(self) -> bool:
        now = self.now()
        if now is self.expected:
            return True
        return self.how != "same" and type(now) is type(self.expected) and bool(now == self.expected)

    def restore(self) -> None:
        if self.how != "length":
            self.place.set(self.expected)
        else:
            container = self.place.get()
            while isinstance(container, list) and len(container) > self.expected:
                container.pop()


MISSING = object()


@dataclass(slots=True)
class State:
    """What a function reaches.

    tensors    with the path that leads to each: "model.layers.0.weight".
    """

    tensors: list[tuple[str, Tensor]] = field(default_factory=list)
    optimizers: list[tuple[str, Optimizer]] = field(default_factory=list)
    schedules: list[tuple[str, Schedule]] = field(default_factory=list)
    generators: list[tuple[Place, np.random.Generator]] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    modules: list[tuple[str, Module]] = field(default_factory=list)


def reached(fn: Callable[..., Any]) -> State:
    """Everything that the function reaches from its variables."""
    state = State()
    seen: set[int] = set()
    waiting: deque[tuple[str, Any, Place | None]] = deque([("", fn, None)])
    while waiting and len(seen) < MOST:
        name, value, place = waiting.popleft()
        if isinstance(value, PLAIN):
            if place is not None:
                state.settings.append(Setting(place, value, "equal"))
            continue
        if place is not None and not _is_library(value):
            state.settings.append(Setting(place, value, "same"))
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Tensor):
            if isinstance(value.node, Leaf | None):
                state.tensors.append((name, value))
            continue
        if isinstance(value, np.random.Generator):
            if place is not None:
                state.generators.append((place, value))
            continue
        if isinstance(value, Optimizer):
            state.optimizers.append((name, value))
        elif isinstance(value, Schedule):
            state.schedules.append((name, value))
        elif isinstance(value, Module):
            state.modules.append((name, value))
            if "training" not in vars(value):
                training = Place(value, (("attribute", "training"),), f"{name}.training")
                state.settings.append(Setting(training, value.training, "equal"))
        elif isinstance(value, list | dict):
            state.settings.append(Setting(Place(value, (), name), len(value), "length"))
        waiting += _inside(name, value)
    return state


LIBRARIES = ("autograd", "numpy", "builtins", "threading", "_thread", "weakref", "itertools", "functools", "math")


def _is_library(value: Any) -> bool:
    """Whether a value is a function or class of a library, which nobody replaces."""
    if not isinstance(value, FunctionType | BuiltinFunctionType | type | np.ufunc | ModuleType):
        return False
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return (name or "builtins").split(".")[0] in LIBRARIES


def _inside(name: str, value: Any) -> Iterator[tuple[str, Any, Place | None]]:
    """What an object holds, by name, and where."""
    prefix = f"{name}." if name else ""
    if isinstance(value, Optimizer):
        for k, group in enumerate(value.param_groups):
            yield from ((f"{prefix}params.{j}", p, None) for j, p in enumerate(group["params"]))
            for key, item in group.items():
                if isinstance(item, bool | str | None):
                    at = (("attribute", "param_groups"), ("item", k), ("item", key))
                    yield f"{prefix}{key}", item, Place(value, at, f"{prefix}{key}")
    elif isinstance(value, Schedule):
        for key, item in vars(value).items():
            if key != "count":
                yield f"{prefix}{key}", item, Place(value, (("attribute", key),), f"{prefix}{key}")
    elif isinstance(value, FunctionType):
        yield from _variables(prefix, value)
    elif isinstance(value, MethodType):
        yield name, value.__self__, None
        yield name, value.__func__, None
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield f"{prefix}{key}", item, Place(value, (("item", key),), f"{prefix}{key}")
    elif isinstance(value, tuple):  # which can't change
        yield from ((f"{prefix}{k}", item, None) for k, item in enumerate(value))
    elif isinstance(value, list):
        for k, item in enumerate(value):
            yield f"{prefix}{k}", item, Place(value, (("item", k),), f"{prefix}{k}")
    elif isinstance(value, set | frozenset):
        yield from ((f"{prefix}item", item, None) for item in value)
    elif isinstance(value, ModuleType | type | np.ndarray | np.ufunc | CodeType):
        return
    else:
        if hasattr(value, "__wrapped__"):
            yield name, value.__wrapped__, None
        for attribute in ("func", "args", "keywords"):  # of functools.partial
            if hasattr(value, "func") and hasattr(value, attribute):
                yield f"{prefix}{attribute}", getattr(value, attribute), None
        own = _own(value)
        for key, item in own.items():
            yield f"{prefix}{key}", item, Place(value, (("attribute", key),), f"{prefix}{key}")


def _own(value: Any) -> dict[str, Any]:
    """An object's own attributes, those in slots too."""
    module = type(value).__module__ or ""
    if module.split(".")[0] in LIBRARIES[1:] or module.startswith("autograd.compiler"):  # a compiled function
        return {}
    found = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else slots:
            if slot not in ("__weakref__", "__dict__") and hasattr(value, slot):
                found[slot] = getattr(value, slot)
    return found


def _variables(prefix: str, fn: FunctionType) -> Iterator[tuple[str, Any, Place | None]]:
    """The variables of a function: those of the functions around it, its defaults, and globals that its code names."""
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # it has no value yet
            continue
        yield f"{prefix}{name}", value, Place(cell, (("attribute", "cell_contents"),), f"{prefix}{name}")
    for name, parameter in inspect.signature(fn, follow_wrapped=False).parameters.items():
        if parameter.default is not inspect.Parameter.empty:
            yield f"{prefix}{name}", parameter.default, None
    if fn.__module__ and fn.__module__.split(".")[0] in ("autograd", "numpy"):
        return  # whose globals are the library itself
    names = set(_named(fn.__code__))
    for name in sorted(names & fn.__globals__.keys()):
        item = fn.__globals__[name]
        if isinstance(item, ModuleType):
            if item.__name__.split(".")[0] in ("autograd", "numpy"):
                continue
            for inner in sorted(names & vars(item).keys()):
                place = Place(vars(item), (("item", inner),), f"{name}.{inner}")
                yield f"{prefix}{name}.{inner}", vars(item)[inner], place
        else:
            yield f"{prefix}{name}", item, Place(fn.__globals__, (("item", name),), f"{prefix}{name}")


def _named(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _named(constant)
