"""What a function reaches from its variables: Tensors, arrays, optimisers, schedules, generators, and plain settings.

All of it is found by looking: through closures, the globals that its code names, attributes, lists and dicts. State is
looked for everywhere. Of plain values, those count whose names occur in the code that may run: a trainer's history,
which no code of a step names, may grow from step to step. Where that code computes names (getattr, vars), all count.

Not seen: what iterators and functools.lru_cache hold, and what objects of libraries keep to themselves. (Calls of those
of the standard library are refused: see purity.py.)
"""

from __future__ import annotations

import inspect
import sys
from array import array
from collections import ChainMap, Counter, UserDict, UserList, deque
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from decimal import Context, Decimal
from functools import partial
from operator import attrgetter, methodcaller
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any, NamedTuple
from weakref import ref

import numpy as np

from autograd._util.functions import home_of
from autograd.compiler.tracing.libraries import (
    LIBRARIES,
    NAMESPACES,
    STATEFUL,
    attributes_of,
    is_library,
    keeps_to_itself,
)
from autograd.compiler.tracing.names_in_code import ANY, imported, named, nested
from autograd.compiler.tracing.refusing import TraceError, line_of
from autograd.compiler.tracing.sources import PLAIN, READ, Guard, Source, State, is_state
from autograd.engine.tensor import Tensor
from autograd.nn.module import Module
from autograd.optim import Optimizer, Schedule
from autograd.rules import OPERATIONS

MOST = 50_000  # objects that are looked at
MOST_BYTES = 2**16  # of memory that is compared in each call
CONTAINERS = (list, deque, dict, set, tuple, frozenset, MappingProxyType, UserDict, UserList, ChainMap)
MEMORY = (np.ndarray, bytearray, array, memoryview)
CODE = (FunctionType, CodeType, attrgetter, methodcaller, MethodType, type, ref, ModuleType)
# Methods that run without being named; others that do not matter to what a call computes.
CALLED = {"forward"}
NOT_CALLED = {"__init__", "__new__", "__repr__", "__str__", "__init_subclass__", "__class_getitem__", "__del__"}
# Of a schedule, what is a step of the program as it is, and reads what it needs in each call.
AS_IT_IS = {"factor", "_factor_after"}


class Found(NamedTuple):
    """A value, the path that leads to it, where it lives, and through which attribute it was reached."""

    name: str
    value: Any
    source: Source | None
    via: str | None = None


def reached(fn: Callable[..., Any], arguments: Iterable[tuple[str, Any]] = ()) -> State:
    """Everything that the function reaches from its variables, and from arguments that are no arrays or numbers."""
    walk = Walk()
    walk.waiting.append(Found("", fn, None))
    walk.waiting += (Found(name, value, None) for name, value in arguments if not isinstance(value, PLAIN))
    walk.run()
    if walk.waiting:
        variables = Counter(found.name.partition(".")[0] for found in walk.seen.values())
        variable, count = variables.most_common(1)[0]
        raise TraceError(
            f"{line_of(fn)}: it reaches more than {MOST:,} objects, {count:,} of them through {variable}, and a "
            f"program depends on all of them; let it use less of that, or pass what it needs as an argument"
        )
    return walk.state


class Walk:
    """A walk through all objects, the nearest first."""

    def __init__(self) -> None:
        self.state = State()
        self.waiting: deque[Found] = deque()
        self._last: list[Found] = []  # parameters of optimisers, which are called after where they are used
        self.seen: dict[int, Found] = {}  # which keeps them alive: an id is not given twice
        self._classes: set[type] = set()
        self._entered: set[tuple[int, str]] = set()  # variables of modules
        self._methods: list[tuple[str, Found]] = []  # those that nothing has named so far
        self._modules: list[tuple[str, ModuleType, set[str]]] = []  # with what was named of their variables

    def run(self) -> None:
        while (self.waiting or self._go_on()) and len(self.seen) < MOST:
            self._visit(self.waiting.popleft())
        names = self.state.names
        self.state.guards = [
            guard for guard in self.state.guards
            if guard.via is None or guard.via in names or ANY in names or isinstance(guard.expected, STATEFUL)
        ]  # fmt: skip

    def _go_on(self) -> bool:
        """Let methods, and variables of modules, wait that what was seen names; then, what was left for the end."""
        names, rest = self.state.names | CALLED, []
        for name, method in self._methods:
            if name not in NOT_CALLED and (name in names or name.startswith("__")):
                self.waiting.append(method)
            else:
                rest.append((name, method))
        self._methods = rest
        for name, module, known in self._modules:
            new = (names & vars(module).keys()) - known
            known |= new
            self._enter_variables(f"{name}.", vars(module), new, names, {id(module)})
        if not self.waiting:
            self.waiting, self._last = deque(self._last), []
        return bool(self.waiting)

    def _visit(self, found: Found) -> None:
        name, value, source, via = found
        state = self.state
        if isinstance(value, PLAIN):
            if source is not None:
                state.guards.append(Guard(source, value, "equal", via))
            return
        if is_state(value):
            state.arrays.append((source, value))
            return
        if source is not None and not is_library(value):
            state.guards.append(Guard(source, value, "same", via))
        if isinstance(value, np.random.Generator):
            state.generators.append((source, value))
            return
        if id(value) in self.seen:
            return
        self.seen[id(value)] = found
        if isinstance(value, Tensor | Optimizer | Schedule | Module):
            self._enter_ours(name, value)
        elif isinstance(value, CONTAINERS + MEMORY):
            self._enter_items(found)
        elif isinstance(value, Decimal) or value is Decimal or isinstance(value, Context):
            how = "text" if isinstance(value, Context) else "context"
            state.guards.append(Guard(Source(value, (), name), READ[how](value), how))
        elif isinstance(value, CODE):
            self._enter_code(name, value)
        elif not isinstance(value, np.ufunc):
            self._enter_object(name, value, attributes_of(value))

    # -- what is inside ----------------------------------------------------------------------------------------------

    def _enter_ours(self, name: str, value: Any) -> None:
        state = self.state
        if isinstance(value, Tensor):
            state.tensors.append((name, value))
            state.guards.append(Guard(Source(value, (("attribute", "node"),), f"{name}.node"), value.node, "same"))
        elif isinstance(value, Optimizer):
            state.optimizers.append((name, value))
            self._enter_optimizer(name, value)
        elif isinstance(value, Schedule):
            state.schedules.append((name, value))
            self._enter_object(name, value, {key: item for key, item in vars(value).items() if key != "count"})
        else:
            state.modules.append((name, value))
            self._enter_object(name, value, {"training": value.training, **attributes_of(value)})

    def _enter_items(self, found: Found) -> None:
        name, value, _, via = found
        if isinstance(value, UserDict | UserList | ChainMap):
            key = "maps" if isinstance(value, ChainMap) else "data"
            self.waiting.append(Found(name, getattr(value, key), Source(value, (("attribute", key),), name), via))
            self._enter_object(name, value, attributes_of(value))
        elif isinstance(value, CONTAINERS):
            self._enter_container(found)
            if not is_library(type(value)):
                self._enter_object(name, value, attributes_of(value))
        elif isinstance(value, np.ndarray) and value.dtype.hasobject:
            for k in np.ndindex(value.shape):
                item = Source(value, (("item", k),), f"{name}.{k}")
                self.waiting.append(Found(item.name, value[k], item, via))
        elif (value.nbytes if hasattr(value, "nbytes") else value.__sizeof__()) <= MOST_BYTES:
            self.state.guards.append(Guard(Source(value, (), name), READ["bytes"](value), "bytes", via))

    def _enter_code(self, name: str, value: Any) -> None:
        if isinstance(value, FunctionType):
            self._enter_function(name, value)
        elif isinstance(value, CodeType):  # of eval and exec
            self.state.names |= named(value)[1]
        elif isinstance(value, attrgetter | methodcaller):
            self.state.names |= {name for text in value.__reduce__()[1] for name in str(text).split(".")}
        elif isinstance(value, MethodType):
            self.waiting += (Found(name, value.__self__, None), Found(name, value.__func__, None))
        elif isinstance(value, type):
            self._enter_class(name, value)
            self._enter_class(name, type(value))
            for key in () if name.endswith("__class__") else ("__init__", "__new__"):  # it may be called
                if not is_library(made := getattr(value, key)):
                    self.waiting.append(Found(name, made, None))
        elif isinstance(value, ref):
            self.waiting.append(Found(name, value(), None))
        elif not is_library(value) and "site-packages" not in (getattr(value, "__file__", None) or ""):
            self._modules.append((name, value, set()))

    def _enter_optimizer(self, name: str, optimizer: Optimizer) -> None:
        for k, group in enumerate(optimizer.param_groups):
            at = (("attribute", "param_groups"), ("item", k))
            params = Source(optimizer, (*at, ("item", "params")), f"{name}.params")
            self.state.guards.append(Guard(params, len(group["params"]), "length"))
            for j, p in enumerate(group["params"]):
                self._last.append(Found(f"{name}.params.{j}", p, params.item(j, f"{name}.params.{j}")))
            for key, item in group.items():
                if isinstance(item, bool | str | None):
                    source = Source(optimizer, (*at, ("item", key)), f"{name}.{key}")
                    self.waiting.append(Found(source.name, item, source))
        groups = Source(optimizer, (("attribute", "param_groups"),), f"{name}.param_groups")
        self.state.guards.append(Guard(groups, len(optimizer.param_groups), "length"))
        rest = {key: item for key, item in vars(optimizer).items() if key not in ("param_groups", "state")}
        self._enter_object(name, optimizer, rest)

    def _enter_container(self, found: Found) -> None:
        name, value, source, via = found
        prefix = f"{name}." if name else ""
        is_mapping = isinstance(value, dict | MappingProxyType)
        items: list[tuple[Any, Any]] = list(value.items() if is_mapping else enumerate(value))
        if isinstance(value, list | deque | dict | set):
            self.state.containers.append((name, value, value.copy()))
        if not isinstance(value, tuple | frozenset):
            has_state = any(isinstance(item, STATEFUL) for _, item in items)
            how = "keys" if is_mapping else "items" if isinstance(value, set) else "length"
            kept = Guard(Source(value, (), name), READ[how](value), how, None if has_state else via)
            self.state.guards.append(kept)
        for key, item in items:
            inner = None
            if isinstance(value, list | deque | dict | MappingProxyType):
                inner = Source(value, (("item", key),), f"{prefix}{key}")
            elif isinstance(value, tuple) and source is not None:
                inner = Source(source.root, (*source.steps, ("item", key)), f"{prefix}{key}")
            self.waiting.append(Found(f"{prefix}{key}", item, inner, via))

    def _enter_object(self, name: str, value: Any, own: Mapping[str, Any]) -> None:
        prefix = f"{name}." if name else ""
        known: Any = getattr(value, "__dict__", ())
        if "__wrapped__" in known:  # not by hasattr, which may run __getattr__
            self.waiting.append(Found(name, known["__wrapped__"], None))
        if isinstance(getattr(value, "__dict__", None), dict) and not keeps_to_itself(value):
            self.state.attributes.append((name, value, frozenset(vars(value))))
            if not is_library(type(value)) or isinstance(value, NAMESPACES):  # a new attribute may hide another
                source = Source(value, (("attribute", "__dict__"),), name)
                self.state.guards.append(Guard(source, len(vars(value)), "length"))
                source = Source(value, (("attribute", "__class__"),), f"{prefix}__class__")
                self.state.guards.append(Guard(source, type(value), "same"))
        for key, item in own.items():
            source = Source(value, (("attribute", key),), f"{prefix}{key}")
            via = None if isinstance(value, partial) else key  # which no code names
            self.waiting.append(Found(source.name, item, source, via))
        self._enter_class(name, type(value))

    def _enter_class(self, name: str, kind: type) -> None:
        """The methods of a class, and of its own attributes what no instance has."""
        prefix = f"{name}." if name else ""
        for base in kind.__mro__:
            home = home_of(base)
            if base in self._classes or (home in LIBRARIES and not issubclass(base, STATEFUL)):
                continue
            self._classes.add(base)
            if home not in LIBRARIES:  # a new attribute may hide one of its base
                source = Source(base, (("attribute", "__dict__"),), name)
                self.state.guards.append(Guard(source, len(vars(base)), "length"))
            for key, item in vars(base).items():
                if home not in LIBRARIES and callable(getattr(item, "__get__", None)):
                    source = Source(base, (("attribute", "__dict__"), ("item", key)), f"{prefix}{key}")
                    is_called = key in CALLED or key == "__call__"
                    if is_called or not key.startswith("__"):
                        self.state.guards.append(Guard(source, item, "same", None if is_called else key))
                fn = getattr(item, "fget", None) or getattr(item, "__func__", None) or item
                if issubclass(kind, Schedule) and key in AS_IT_IS:
                    continue
                if isinstance(fn, FunctionType):
                    self._methods.append((key, Found(name, fn, None)))
                elif not key.startswith("__") and home not in LIBRARIES and not hasattr(item, "__get__"):
                    source = Source(base, (("attribute", key),), f"{prefix}{key}")
                    self.waiting.append(Found(source.name, item, source, key))
                elif not is_library(type(item)):  # a descriptor
                    self.waiting.append(Found(f"{prefix}{key}", item, None, key))

    def _enter_function(self, name: str, fn: FunctionType) -> None:
        """The variables of a function: of those around it, its defaults, its attributes, and globals that it names."""
        prefix = f"{name}." if name else ""
        variables, names = named(fn.__code__)
        self.state.names |= names - {ANY}
        for variable, cell in zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True):
            try:
                value = cell.cell_contents
            except ValueError:  # it has no value yet
                continue
            source = Source(cell, (("attribute", "cell_contents"),), f"{prefix}{variable}")
            self.waiting.append(Found(source.name, value, source))
        if home_of(fn) in LIBRARIES:  # whose defaults and globals nobody changes
            return
        self.state.names |= names & {ANY}
        if "Decimal" in names:
            self.waiting.append(Found("Decimal", Decimal, None))
        self.state.codes |= {id(code): code for code in nested(fn.__code__)}
        if fn in OPERATIONS:
            for key, rule in OPERATIONS[fn].rules.items():
                source = Source(OPERATIONS[fn], (("attribute", "rules"), ("item", key)), f"{prefix}rules.{key}")
                self.waiting.append(Found(source.name, rule, source))
        parameters = list(inspect.signature(fn, follow_wrapped=False).parameters)
        source = Source(fn, (("attribute", "__code__"),), name or fn.__name__)
        self.state.guards.append(Guard(source, fn.__code__, "same"))  # which reloading replaces
        for k, value in enumerate(fn.__defaults__ or ()):
            parameter = parameters[fn.__code__.co_argcount - len(fn.__defaults__ or ()) + k]
            source = Source(fn, (("attribute", "__defaults__"), ("item", k)), f"{prefix}{parameter}")
            self.waiting.append(Found(source.name, value, source))
        for parameter, value in (fn.__kwdefaults__ or {}).items():
            source = Source(fn, (("attribute", "__kwdefaults__"), ("item", parameter)), f"{prefix}{parameter}")
            self.waiting.append(Found(source.name, value, source))
        for key, value in vars(fn).items():
            self.waiting.append(
                Found(f"{prefix}{key}", value, Source(fn, (("attribute", key),), f"{prefix}{key}"), key)
            )
        if not variables.isdisjoint({"globals", "eval", "exec"}):
            variables |= names
            self.state.names.add(ANY)
        self._enter_variables(prefix, fn.__globals__, variables, names, set())
        modules = imported(fn.__code__) | ({fn.__module__} if "modules" in names else set())  # sys.modules[__name__]
        for module in modules & sys.modules.keys():
            self.waiting.append(Found(module, sys.modules[module], None))
        builtins = fn.__globals__.get("__builtins__", {})
        known = builtins if isinstance(builtins, dict) else vars(builtins)
        self.state.unset += ((fn.__globals__, n) for n in variables - fn.__globals__.keys() - known.keys())

    def _enter_variables(
        self,
        prefix: str,
        namespace: dict[str, Any],
        variables: AbstractSet[str],
        names: AbstractSet[str],
        seen: set[int],
    ) -> None:
        """Variables of a module; of a module among them, those that are named as its attributes."""
        for name in filter(str.isidentifier, sorted(variables & namespace.keys())):  # pytest adds others, for `assert`
            value, path = namespace[name], f"{prefix}{name}"
            if not isinstance(value, ModuleType) and (id(namespace), name) not in self._entered:
                self._entered.add((id(namespace), name))
                self.waiting.append(Found(path, value, Source(namespace, (("item", name),), path)))
            elif isinstance(value, ModuleType) and not is_library(value) and id(value) not in seen:
                seen.add(id(value))
                self._enter_variables(f"{path}.", vars(value), names, names, seen)
