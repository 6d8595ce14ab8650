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
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from decimal import Context, Decimal, getcontext
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
)
from autograd.compiler.tracing.refusing import TraceError, line_of
from autograd.compiler.tracing.sources import FLAG, MISSING, PLAIN_TYPES, Guard, Read, Source, State, is_state
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
    walker.waiting += (Source(value, (), name) for name, value in (("", fn), *arguments))
    walker.run(line_of(fn))
    return walker.state


class Walker:
    """Visits all objects, the nearest first.

    last     what is visited last: parameters of optimisers, which are called after where they are used.
    unnamed  what is visited once code names it, by that name: methods, and variables of modules.
    seen     what was visited, and what it is called, by identity; which keeps it alive, so that no id is given twice.
    """

    def __init__(self) -> None:
        self.state = state = State()
        self.found: list[tuple[Any, list[tuple[str, Any]]]] = [
            (Tensor, state.tensors), (Optimizer, state.optimizers), (Schedule, state.schedules),
            (Module, state.modules), ((list, deque, dict, set), state.containers),
        ]  # fmt: skip
        self.waiting: deque[Source] = deque()
        self.last: list[Source] = []
        self.unnamed: defaultdict[str, list[Source]] = defaultdict(list)
        self.seen: dict[int, tuple[str, Any]] = {}
        self.classes: set[type] = set()
        self.variables: set[tuple[int, str]] = set()

    def run(self, where: str) -> None:
        """Visit what is waiting, and all that it leads to."""
        while self.waiting or self._go_on():
            if len(self.seen) >= MOST_OBJECTS:
                variables = Counter(name.partition(".")[0] for name, _ in self.seen.values())
                variable, count = variables.most_common(1)[0]
                raise TraceError(
                    f"{where}: it reaches more than {MOST_OBJECTS:,} objects, {count:,} of them through {variable}, "
                    f"and a program depends on all of them; let it use less of that, or pass it what it needs"
                )
            self._visit(self.waiting.popleft())
        if ANY_NAME not in (known := self.state.names | {None}):
            guards, self.state.guards = self.state.guards, []
            self.state.guards += (x for x in guards if x.source.via in known or isinstance(x.expected, STATEFUL))

    def _go_on(self) -> bool:
        """Let wait what is named by now; then, what comes last."""
        for name in sorted((self.state.names | CALLED) & self.unnamed.keys()):
            self.waiting += self.unnamed.pop(name)
        if not self.waiting:
            self.waiting, self.last = deque(self.last), []
        return bool(self.waiting)

    def _visit(self, source: Source) -> None:
        value = source.now()
        if is_state(value):
            self.state.arrays.append((source, value))
            return
        if value is MISSING:  # a variable that has no value yet
            return
        if source.steps and not is_library(value):
            self._guard(source)
        if isinstance(value, np.random.Generator):
            self.state.generators.append((source, value))
        elif not isinstance(value, PLAIN_TYPES) and id(value) not in self.seen:
            self.seen[id(value)] = source.name, value
            for kinds, found in self.found:
                if isinstance(value, kinds):
                    found.append((source.name, value))
            visit = next(visit for kinds, visit in VISITS if isinstance(value, kinds))
            self.waiting += visit(self, source, value)

    def _guard(self, source: Source, read: Read = None) -> None:
        value = source.get()
        self.state.guards.append(Guard(source, value if read is None else read(value), read))

    # -- what is ours --------------------------------------------------------------------------------------------------

    def _tensor(self, source: Source, tensor: Tensor) -> Iterable[Source]:
        self._guard(Source(tensor).attribute("node", f"{source.name}.node"))
        return ()

    def _optimizer(self, source: Source, optimizer: Optimizer) -> Iterator[Source]:
        groups = Source(optimizer).attribute("param_groups", f"{source.name}.param_groups")
        self._guard(groups, len)
        for k, group in enumerate(optimizer.param_groups):
            params = groups.item(k).item("params", f"{source.name}.params")
            self._guard(params, len)
            self.last += (source.at(f"params.{j}", *params.item(j).path) for j in range(len(group["params"])))
            flags = [key for key, item in group.items() if isinstance(item, FLAG)]
            yield from (source.at(key, *groups.item(k).item(key).path) for key in flags)
        states = Source(optimizer).attribute("state")
        self._guard(states, lambda moments: sum(map(bool, moments.values())))
        for p, moments in optimizer.state.items():
            if moments:
                self._guard(states.item(p), len)
        yield from self._object(source, optimizer)

    # -- containers and memory -----------------------------------------------------------------------------------------

    def _container(self, source: Source, value: Any) -> Iterator[Source]:
        is_mapping, is_set = isinstance(value, dict | MappingProxyType), isinstance(value, set | frozenset)
        if not isinstance(value, tuple | frozenset):
            has_state = any(isinstance(item, STATEFUL) for item in (value.values() if is_mapping else value))
            read = tuple if is_mapping else sources.typed_items if is_set else len
            self._guard(Source(value, (), source.name, None if has_state else source.via), read)
        if is_set:
            yield from (Source(item, (), f"{source.name}.{k}", source.via) for k, item in enumerate(value))
        else:
            path = source.path if isinstance(value, tuple) else (value,)
            for key in value if is_mapping else range(len(value)):
                yield source.at(key, *path, ("item", key), via=source.via)
        if not is_library(type(value)):
            yield from self._object(source, value)

    def _memory(self, source: Source, value: Any) -> Iterable[Source]:
        """Memory that is no state: of bytes, of arrays of structures or of a class of their own; or of objects."""
        if isinstance(value, np.ndarray) and value.dtype.hasobject:
            return (source.at(k, value, ("item", k), via=source.via) for k in np.ndindex(value.shape))
        if (value.nbytes if hasattr(value, "nbytes") else value.__sizeof__()) <= MOST_COMPARED:
            read: Any = methodcaller("tobytes") if isinstance(value, np.ndarray) else bytes
            self._guard(Source(value, (), source.name, source.via), repr if isinstance(value, Context) else read)
        return ()

    # -- code ----------------------------------------------------------------------------------------------------------

    def _function(self, source: Source, fn: Any) -> Iterator[Source]:
        """The variables of a function: those around it, its defaults, its attributes, and globals that it names."""
        code = fn.__code__
        variables, names, modules = names_of(code)
        self.state.names |= names - {ANY_NAME}
        for variable, cell in zip(code.co_freevars, fn.__closure__ or (), strict=True):
            yield source.at(variable, cell, ("attribute", "cell_contents"))
        if is_library(fn):  # whose defaults and globals nobody changes
            return
        self.state.names |= names
        self.state.codes |= {id(inner): inner for inner in nested(code)}
        self._guard(Source(fn).attribute("__code__", source.name or fn.__name__))  # which reloading replaces
        if "Decimal" in names:
            yield from self._class(source, Decimal)
        if (operation := OPERATIONS.get(fn)) is not None:
            for key in operation.rules:
                yield source.at(f"rules.{key}", operation, ("attribute", "rules"), ("item", key))
        defaults = fn.__defaults__ or ()
        for k, parameter in enumerate(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]):
            yield source.at(parameter, fn, ("attribute", "__defaults__"), ("item", k))
        for parameter in fn.__kwdefaults__ or ():
            yield source.at(parameter, fn, ("attribute", "__kwdefaults__"), ("item", parameter))
        yield from (source.at(key, fn, ("attribute", key), via=key) for key in vars(fn))
        if not variables.isdisjoint({"globals", "eval", "exec"}):
            variables |= names
            self.state.names.add(ANY_NAME)
        for name in filter(
            str.isidentifier, sorted(variables & fn.__globals__.keys())
        ):  # pytest has others, for `assert`
            if (id(fn.__globals__), name) not in self.variables:
                self.variables.add((id(fn.__globals__), name))
                yield source.at(name, fn.__globals__, ("item", name))
        modules |= {fn.__module__} if "modules" in names else set()  # sys.modules[__name__]
        yield from (Source(sys.modules[module], (), module) for module in modules & sys.modules.keys())
        unset = variables - fn.__globals__.keys() - fn.__builtins__.keys()
        self.state.unset += ((fn.__globals__, name) for name in unset)

    def _python_module(self, source: Source, module: ModuleType) -> Iterable[Source]:
        """Its variables; not of another library that the function imports when it runs."""
        is_outside = not source.steps and "site-packages" in (getattr(module, "__file__", None) or "")
        if not is_library(module) and not is_outside:
            for name in filter(str.isidentifier, vars(module)):
                self.unnamed[name].append(source.at(name, vars(module), ("item", name)))
        return ()

    def _named(self, source: Source, value: Any) -> Iterable[Source]:
        """Code; or an attrgetter or methodcaller, which looks for the names that it was made with."""
        if isinstance(value, CodeType):
            self.state.names |= names_of(value).names
        else:
            self.state.names.update(*(str(text).split(".") for text in value.__reduce__()[1]))
        return ()

    # -- objects and classes -------------------------------------------------------------------------------------------

    def _object(self, source: Source, value: Any) -> Iterator[Source]:
        name = source.name
        if isinstance(getattr(value, "__dict__", None), dict) and not keeps_to_itself(value):
            self.state.objects.append((name, value))
            if not is_library(type(value)) or isinstance(value, NAMESPACES):  # a new attribute may hide another
                self._guard(Source(value).attribute("__dict__", name), len)
                self._guard(Source(value).attribute("__class__", f"{name}.__class__".lstrip(".")))
        yield from (source.at(key, value, ("attribute", key), via=via) for key, via in attributes_of(value).items())
        yield from self._class(source, type(value))

    def _type(self, source: Source, kind: type) -> Iterator[Source]:
        """A class that may be called."""
        yield from self._class(source, kind)
        yield from self._class(source, type(kind))
        if not source.name.endswith("__class__"):
            makers = [getattr(kind, key) for key in ("__init__", "__new__")]
            yield from _parts(source, *(maker for maker in makers if not is_library(maker)))

    def _class(self, source: Source, kind: type) -> Iterator[Source]:
        """The methods of a class, and of its own attributes what no instance has."""
        name = source.name
        for base in [base for base in kind.__mro__ if base not in self.classes]:
            self.classes.add(base)
            if base is Decimal:  # numbers are rounded as the context says
                self._guard(Source(base, (), "Decimal"), lambda _: repr(getcontext()))
            is_changeable = not is_library(base)
            if is_changeable:  # a new attribute may hide one of its base
                self._guard(Source(base).attribute("__dict__", name), len)
            elif not issubclass(base, STATEFUL):
                continue
            for key, item in vars(base).items():
                inner = Source(item, (), name)
                if is_changeable and (key in CALLED or not key.startswith("__")):
                    via = None if key in CALLED else key
                    inner = source.at(key, base, ("attribute", "__dict__"), ("item", key), via=via)
                if isinstance(item, FunctionType | property | staticmethod | classmethod):
                    if inner.steps:
                        self._guard(inner)
                    if key not in NOT_CALLED and not (issubclass(kind, Schedule) and key in AS_IT_IS):
                        self.unnamed["__call__" if key.startswith("__") else key].append(Source(item, (), name))
                elif inner.steps or not is_library(type(item)):
                    yield inner


def _parts(source: Source, *values: Any) -> Iterator[Source]:
    """What it is made of, which can't be replaced."""
    return (Source(value, (), source.name) for value in values)


# What is done with a value, and where it leads: by the first of these that it is an instance of.
VISITS: tuple[tuple[Any, Callable[[Walker, Source, Any], Iterable[Source]]], ...] = (
    (Tensor, Walker._tensor),
    (Optimizer, Walker._optimizer),
    ((list, deque, dict, set, tuple, frozenset, MappingProxyType), Walker._container),
    ((np.ndarray, bytearray, array, memoryview, Context), Walker._memory),
    (FunctionType, Walker._function),
    ((CodeType, attrgetter, methodcaller), Walker._named),
    (MethodType, lambda walker, source, method: _parts(source, method.__self__, method.__func__)),
    ((staticmethod, classmethod), lambda walker, source, method: _parts(source, method.__func__)),
    (property, lambda walker, source, made: _parts(source, made.fget)),
    (type, Walker._type),
    (ref, lambda walker, source, reference: _parts(source, reference())),
    (ModuleType, Walker._python_module),
    (object, Walker._object),
)
