"""What a function reaches from its variables: Tensors, arrays, optimisers, schedules, generators, and settings.

All of it is found by looking: through closures, the globals that its code names, attributes, lists and dicts. Not seen:
what iterators and functools.lru_cache hold, and what objects of libraries keep to themselves. (Calls of those of the
standard library are refused: see code_analysis.py.)

State is looked for everywhere. Of plain values, those count whose names occur in the code that may run: a trainer's
history, which no code of a step names, may grow from step to step. Where that code computes names (getattr, vars), all
count.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from decimal import Context, Decimal
from operator import attrgetter, methodcaller
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any
from weakref import ref

import numpy as np

from autograd.compiler.tracing import sources
from autograd.compiler.tracing.code_analysis import (
    ANY_NAME,
    NAMESPACES,
    STATEFUL,
    attributes_of,
    is_library,
    keeps_to_itself,
    names_of,
    nested,
    parts_of,
)
from autograd.compiler.tracing.refusing import TraceError, line_of
from autograd.compiler.tracing.sources import FLAG, PLAIN_TYPES, Found, Guard, Read, Source, State, is_state
from autograd.engine.tensor import Tensor
from autograd.nn.module import Module
from autograd.optim import Optimizer, Schedule
from autograd.rules import OPERATIONS

MOST_OBJECTS = 50_000  # that are looked at
MOST_COMPARED = 2**16  # bytes of memory that is compared in each call
# Methods that run without being named; others that do not matter to what a call computes.
CALLED = {"forward", "__call__"}
NOT_CALLED = {"__init__", "__new__", "__repr__", "__str__", "__init_subclass__", "__class_getitem__", "__del__"}
# Of a schedule, what is a step of the program as it is, and reads what it needs in each call.
AS_IT_IS = {"factor", "_factor_after"}


def state_of(fn: Callable[..., Any], arguments: Iterable[tuple[str, Any]] = ()) -> State:
    """Everything that the function reaches from its variables, and from arguments that are no arrays or numbers.

    Raises TraceError if that is too much.
    """
    walker = Walker()
    walker.waiting += (
        Found(name, value) for name, value in (("", fn), *arguments) if not isinstance(value, PLAIN_TYPES)
    )
    walker.run(line_of(fn))
    return walker.state


class Walker:
    """Visits all objects, the nearest first.

    last     what is visited last: parameters of optimisers, which are called after where they are used.
    classes  those that were visited.
    methods  those that nothing has named so far; and `modules`, with what was named of their variables.
    """

    def __init__(self) -> None:
        self.state = State()
        self.waiting: deque[Found] = deque()
        self.last: list[Found] = []
        self.seen: dict[int, Found] = {}  # which keeps them alive: an id is not given twice
        self.classes: set[type] = set()
        self.methods: list[tuple[str, Found]] = []
        self.modules: list[tuple[Found, set[str]]] = []
        self._variables: set[tuple[int, str]] = set()

    def run(self, where: str) -> None:
        """Visit what is waiting, and all that it leads to."""
        while self.waiting or self._go_on():
            if len(self.seen) >= MOST_OBJECTS:
                variables = Counter(found.name.partition(".")[0] for found in self.seen.values())
                variable, count = variables.most_common(1)[0]
                raise TraceError(
                    f"{where}: it reaches more than {MOST_OBJECTS:,} objects, {count:,} of them through {variable}, "
                    f"and a program depends on all of them; let it use less of that, or pass what it needs as an "
                    f"argument"
                )
            self._visit(self.waiting.popleft())
        known = self.state.names | {None}
        if ANY_NAME not in known:
            self.state.guards = [
                guard for guard in self.state.guards if guard.via in known or isinstance(guard.expected, STATEFUL)
            ]

    def _go_on(self) -> bool:
        """Let methods, and variables of modules, wait that what was seen names; then, what comes last."""
        names, methods, self.methods = self.state.names | CALLED, self.methods, []
        for key, found in methods:
            is_called = key not in NOT_CALLED and (key in names or key.startswith("__"))
            self.waiting.append(found) if is_called else self.methods.append((key, found))
        for found, known in self.modules:
            new = (names & vars(found.value).keys()) - known
            known |= new
            self.waiting += self._namespace(found, vars(found.value), new, names)
        if not self.waiting:
            self.waiting, self.last = deque(self.last), []
        return bool(self.waiting)

    def _visit(self, found: Found) -> None:
        _, value, source, via = found
        if is_state(value):
            self.state.arrays.append((source or Source(value, (), "array"), value))
            return
        if source is not None and not is_library(value):
            self._guard(source, value, via=via)
        if isinstance(value, np.random.Generator):
            self.state.generators.append((source or Source(value, (), "rng"), value))
        elif not isinstance(value, PLAIN_TYPES) and id(value) not in self.seen:
            self.seen[id(value)] = found
            visit = next(visit for kinds, visit in VISITS if isinstance(value, kinds))
            self.waiting += visit(self, found)

    def _guard(self, source: Source, value: Any, read: Read = None, via: str | None = None) -> None:
        self.state.guards.append(Guard(source, value if read is None else read(value), read, via))

    # -- what is ours --------------------------------------------------------------------------------------------------

    def _tensor(self, found: Found) -> Iterable[Found]:
        self.state.tensors.append((found.name, found.value))
        self._guard(Source(found.value).attribute("node", f"{found.name}.node"), found.value.node)
        return ()

    def _module(self, found: Found) -> Iterable[Found]:
        self.state.modules.append((found.name, found.value))
        return self._attributes(found, ("training", *attributes_of(found.value)))

    def _schedule(self, found: Found) -> Iterable[Found]:
        self.state.schedules.append((found.name, found.value))
        return self._attributes(found, [key for key in vars(found.value) if key != "count"])

    def _optimizer(self, found: Found) -> Iterator[Found]:
        optimizer = found.value
        self.state.optimizers.append((found.name, optimizer))
        groups = Source(optimizer).attribute("param_groups", f"{found.name}.param_groups")
        self._guard(groups, optimizer.param_groups, len)
        for k, group in enumerate(optimizer.param_groups):
            params = groups.item(k).item("params", f"{found.name}.params")
            self._guard(params, group["params"], len)
            self.last += (found.at(f"params.{j}", *params.item(j).path) for j in range(len(group["params"])))
            flags = [key for key, item in group.items() if isinstance(item, FLAG)]
            yield from (found.at(key, *groups.item(k).item(key).path) for key in flags)
        states = Source(optimizer).attribute("state")
        self._guard(states, optimizer.state, sources.count_filled)
        for p, moments in optimizer.state.items():
            if moments:
                self._guard(states.item(p), moments, len)
        yield from self._attributes(found, [key for key in vars(optimizer) if key not in ("param_groups", "state")])

    # -- containers and memory -----------------------------------------------------------------------------------------

    def _container(self, found: Found) -> Iterator[Found]:
        name, value, source, via = found
        is_mapping, is_set = isinstance(value, dict | MappingProxyType), isinstance(value, set | frozenset)
        if isinstance(value, list | deque | dict | set):
            self.state.containers.append((name, value))
        if not isinstance(value, tuple | frozenset):
            has_state = any(isinstance(item, STATEFUL) for item in (value.values() if is_mapping else value))
            read = tuple if is_mapping else sources.typed_items if is_set else len
            self._guard(Source(value, (), name), value, read, None if has_state else via)
        if is_set or (isinstance(value, tuple) and source is None):
            yield from (Found(f"{name}.{k}", item, None, via) for k, item in enumerate(value))
        else:
            path = source.path if source is not None and isinstance(value, tuple) else (value,)
            for key in value if is_mapping else range(len(value)):
                yield found.at(key, *path, ("item", key), via=via)
        if not is_library(type(value)):
            yield from self._object(found)

    def _memory(self, found: Found) -> Iterable[Found]:
        """Memory that is no state: of bytes, of arrays of structures or of a class of their own; or of objects."""
        _, value, _, via = found
        if isinstance(value, np.ndarray) and value.dtype.hasobject:
            return (found.at(k, value, ("item", k), via=via) for k in np.ndindex(value.shape))
        if (value.nbytes if hasattr(value, "nbytes") else value.__sizeof__()) <= MOST_COMPARED:
            read = repr if isinstance(value, Context) else sources.bytes_of
            self._guard(Source(value, (), found.name), value, read, via)
        return ()

    # -- code ----------------------------------------------------------------------------------------------------------

    def _function(self, found: Found) -> Iterator[Found]:
        """The variables of a function: those around it, its defaults, its attributes, and globals that it names."""
        fn, code = found.value, found.value.__code__
        variables, names, modules = names_of(code)
        self.state.names |= names - {ANY_NAME}
        for variable, cell in zip(code.co_freevars, fn.__closure__ or (), strict=True):
            with suppress(ValueError):  # it has no value yet
                yield found.at(variable, cell, ("attribute", "cell_contents"))
        if is_library(fn):  # whose defaults and globals nobody changes
            return
        self.state.names |= names
        self.state.codes |= {id(inner): inner for inner in nested(code)}
        self._guard(Source(fn).attribute("__code__", found.name or fn.__name__), code)  # which reloading replaces
        if "Decimal" in names:
            yield from self._class(found, Decimal)
        if (operation := OPERATIONS.get(fn)) is not None:
            for key in operation.rules:
                yield found.at(f"rules.{key}", operation, ("attribute", "rules"), ("item", key))
        defaults = fn.__defaults__ or ()
        for k, parameter in enumerate(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]):
            yield found.at(parameter, fn, ("attribute", "__defaults__"), ("item", k))
        for parameter in fn.__kwdefaults__ or ():
            yield found.at(parameter, fn, ("attribute", "__kwdefaults__"), ("item", parameter))
        yield from (found.at(key, fn, ("attribute", key), via=key) for key in vars(fn))
        if not variables.isdisjoint({"globals", "eval", "exec"}):
            variables |= names
            self.state.names.add(ANY_NAME)
        yield from self._namespace(found, fn.__globals__, variables, names)
        modules |= {fn.__module__} if "modules" in names else set()  # sys.modules[__name__]
        yield from (Found(module, sys.modules[module]) for module in modules & sys.modules.keys())
        unset = variables - fn.__globals__.keys() - fn.__builtins__.keys()
        self.state.unset += ((fn.__globals__, name) for name in unset)

    def _namespace(
        self, found: Found, namespace: dict[str, Any], wanted: AbstractSet[str], names: AbstractSet[str]
    ) -> Iterator[Found]:
        """Variables of a module; of a module among them, those that are named as its attributes."""
        spaces = [(found, namespace, wanted)]
        for found, space, wanted in spaces:  # to which others are added
            for name in filter(str.isidentifier, sorted(wanted & space.keys())):  # pytest has others, for `assert`
                inner = found.at(name, space, ("item", name))
                if isinstance(inner.value, ModuleType):
                    others = vars(inner.value)
                    if not is_library(inner.value) and all(others is not known for _, known, _ in spaces):
                        spaces.append((inner, others, names))
                elif (id(space), name) not in self._variables:
                    self._variables.add((id(space), name))
                    yield inner

    def _python_module(self, found: Found) -> Iterable[Found]:
        """One that is no global: as the function imports it, or as another variable holds it."""
        if not is_library(found.value) and "site-packages" not in (getattr(found.value, "__file__", None) or ""):
            self.modules.append((found, set()))
        return ()

    def _code(self, found: Found) -> Iterable[Found]:
        self.state.names |= names_of(found.value).names
        return ()

    def _getter(self, found: Found) -> Iterable[Found]:
        """An attrgetter or methodcaller, which looks for the names that it was made with."""
        self.state.names.update(*(str(text).split(".") for text in found.value.__reduce__()[1]))
        return ()

    # -- objects and classes -------------------------------------------------------------------------------------------

    def _object(self, found: Found) -> Iterator[Found]:
        return self._attributes(found, attributes_of(found.value))

    def _attributes(self, found: Found, keys: Iterable[str]) -> Iterator[Found]:
        name, value, _, _ = found
        if isinstance(getattr(value, "__dict__", None), dict) and not keeps_to_itself(value):
            self.state.objects.append((name, value))
            if not is_library(type(value)) or isinstance(value, NAMESPACES):  # a new attribute may hide another
                self._guard(Source(value).attribute("__dict__", name), vars(value), len)
                self._guard(Source(value).attribute("__class__", f"{name}.__class__".lstrip(".")), type(value))
        parts = parts_of(value)
        yield from (found.at(key, value, ("attribute", key), via=None if key in parts else key) for key in keys)
        yield from self._class(found, type(value))

    def _type(self, found: Found) -> Iterator[Found]:
        """A class that may be called."""
        yield from self._class(found, found.value)
        yield from self._class(found, type(found.value))
        if not found.name.endswith("__class__"):
            yield from (made_by for made_by in found.parts("__init__", "__new__") if not is_library(made_by.value))

    def _class(self, found: Found, kind: type) -> Iterator[Found]:
        """The methods of a class, and of its own attributes what no instance has."""
        for base in [base for base in kind.__mro__ if base not in self.classes]:
            self.classes.add(base)
            if base is Decimal:  # numbers are rounded as the context says
                self._guard(Source(base, (), "Decimal"), base, sources.decimal_context)
            is_changeable = not is_library(base)
            if is_changeable:  # a new attribute may hide one of its base
                self._guard(Source(base).attribute("__dict__", found.name), vars(base), len)
            elif not issubclass(base, STATEFUL):
                continue
            for key, item in vars(base).items():
                inner = Found(found.name, item)
                if is_changeable and (key in CALLED or not key.startswith("__")):
                    via = None if key in CALLED else key
                    inner = found.at(key, base, ("attribute", "__dict__"), ("item", key), via=via)
                if isinstance(item, FunctionType | property | staticmethod | classmethod):
                    if inner.source is not None:
                        self._guard(inner.source, item, via=inner.via)
                    if not (issubclass(kind, Schedule) and key in AS_IT_IS):
                        self.methods.append((key, Found(found.name, item)))
                elif inner.source is not None or not is_library(type(item)):
                    yield inner


# What is done with a value, and where it leads: by the first of these that it is an instance of.
VISITS: tuple[tuple[Any, Callable[[Walker, Found], Iterable[Found]]], ...] = (
    (Tensor, Walker._tensor),
    (Optimizer, Walker._optimizer),
    (Schedule, Walker._schedule),
    (Module, Walker._module),
    ((list, deque, dict, set, tuple, frozenset, MappingProxyType), Walker._container),
    ((np.ndarray, bytearray, array, memoryview, Context), Walker._memory),
    (FunctionType, Walker._function),
    (CodeType, Walker._code),
    ((attrgetter, methodcaller), Walker._getter),
    (MethodType, lambda walker, found: found.parts("__self__", "__func__")),
    ((staticmethod, classmethod), lambda walker, found: found.parts("__func__")),
    (property, lambda walker, found: found.parts("fget")),
    (type, Walker._type),
    (ref, lambda walker, found: (Found(found.name, found.value()),)),
    (ModuleType, Walker._python_module),
    (object, Walker._object),
)
