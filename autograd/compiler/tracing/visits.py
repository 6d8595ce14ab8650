"""What a function reaches from its variables: Tensors, arrays, optimisers, schedules, generators, and settings.

All of it is found by looking: through closures, the globals that its code names, attributes, lists and dicts. Not seen:
what iterators and functools.lru_cache hold, and what objects of libraries keep to themselves. (Calls of those of the
standard library are refused: see code_analysis.py.)
"""

from __future__ import annotations

import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from decimal import Context, Decimal
from operator import attrgetter, methodcaller
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any
from weakref import ref

import numpy as np

from autograd.compiler.tracing import sources
from autograd.compiler.tracing.code_analysis import (
    ANY,
    NAMESPACES,
    STATEFUL,
    attributes_of,
    is_library,
    keeps_to_itself,
    names_of,
    nested,
    parts_of,
)
from autograd.compiler.tracing.refusing import line_of
from autograd.compiler.tracing.sources import FLAG, PLAIN, Source, State
from autograd.compiler.tracing.walker import CALLED, Found, Walker
from autograd.engine.tensor import Tensor
from autograd.nn.module import Module
from autograd.optim import Optimizer, Schedule
from autograd.rules import OPERATIONS

MOST_COMPARED = 2**16  # bytes of memory that is compared in each call
# Of a schedule, what is a step of the program as it is, and reads what it needs in each call.
AS_IT_IS = {"factor", "_factor_after"}


def state_of(fn: Callable[..., Any], arguments: Iterable[tuple[str, Any]] = ()) -> State:
    """Everything that the function reaches from its variables, and from arguments that are no arrays or numbers."""
    walker = Walker(VISITS)
    walker.waiting.append(Found("", fn))
    walker.waiting += (Found(name, value) for name, value in arguments if not isinstance(value, PLAIN))
    return walker.run(line_of(fn))


# -- what is ours ------------------------------------------------------------------------------------------------------


def _tensor(walker: Walker, found: Found) -> Iterable[Found]:
    walker.state.tensors.append((found.name, found.value))
    walker.guard(Source(found.value).attribute("node", f"{found.name}.node"), found.value.node)
    return ()


def _module(walker: Walker, found: Found) -> Iterable[Found]:
    walker.state.modules.append((found.name, found.value))
    return _attributes(walker, found, ("training", *attributes_of(found.value)))


def _schedule(walker: Walker, found: Found) -> Iterable[Found]:
    walker.state.schedules.append((found.name, found.value))
    return _attributes(walker, found, [key for key in vars(found.value) if key != "count"])


def _optimizer(walker: Walker, found: Found) -> Iterator[Found]:
    optimizer = found.value
    walker.state.optimizers.append((found.name, optimizer))
    groups = Source(optimizer).attribute("param_groups", f"{found.name}.param_groups")
    walker.guard(groups, optimizer.param_groups, len)
    for k, group in enumerate(optimizer.param_groups):
        params = groups.item(k).item("params", f"{found.name}.params")
        walker.guard(params, group["params"], len)
        walker.last += (found.at(f"params.{j}", *params.item(j).path) for j in range(len(group["params"])))
        flags = [key for key, item in group.items() if isinstance(item, FLAG)]
        yield from (found.at(key, *groups.item(k).item(key).path) for key in flags)
    yield from _attributes(walker, found, [key for key in vars(optimizer) if key not in ("param_groups", "state")])


# -- containers and memory ---------------------------------------------------------------------------------------------


def _container(walker: Walker, found: Found) -> Iterator[Found]:
    name, value, source, via = found
    is_mapping, is_set = isinstance(value, dict | MappingProxyType), isinstance(value, set | frozenset)
    if isinstance(value, list | deque | dict | set):
        walker.state.containers.append((name, value))
    if not isinstance(value, tuple | frozenset):
        has_state = any(isinstance(item, STATEFUL) for item in (value.values() if is_mapping else value))
        read = tuple if is_mapping else sources.typed_items if is_set else len
        walker.guard(Source(value, (), name), value, read, None if has_state else via)
    if is_set or (isinstance(value, tuple) and source is None):
        yield from (Found(f"{name}.{k}", item, None, via) for k, item in enumerate(value))
    else:
        path = source.path if source is not None and isinstance(value, tuple) else (value,)
        for key in value if is_mapping else range(len(value)):
            yield found.at(key, *path, ("item", key), via=via)
    if not is_library(type(value)):
        yield from _attributes(walker, found, attributes_of(value))


def _memory(walker: Walker, found: Found) -> Iterable[Found]:
    """Memory that is no state: of bytes, of arrays of structures or of a class of their own; or of objects."""
    _, value, _, via = found
    if isinstance(value, np.ndarray) and value.dtype.hasobject:
        return (found.at(k, value, ("item", k), via=via) for k in np.ndindex(value.shape))
    if (value.nbytes if hasattr(value, "nbytes") else value.__sizeof__()) <= MOST_COMPARED:
        read = repr if isinstance(value, Context) else sources.bytes_of
        walker.guard(Source(value, (), found.name), value, read, via)
    return ()


# -- code --------------------------------------------------------------------------------------------------------------


def _function(walker: Walker, found: Found) -> Iterator[Found]:
    """The variables of a function: of those around it, its defaults, its attributes, and globals that it names."""
    fn, code = found.value, found.value.__code__
    variables, names, modules = names_of(code)
    walker.state.names |= names - {ANY}
    for variable, cell in zip(code.co_freevars, fn.__closure__ or (), strict=True):
        with suppress(ValueError):  # it has no value yet
            yield found.at(variable, cell, ("attribute", "cell_contents"))
    if is_library(fn):  # whose defaults and globals nobody changes
        return
    walker.state.names |= names
    walker.state.codes |= {id(inner): inner for inner in nested(code)}
    walker.guard(Source(fn).attribute("__code__", found.name or fn.__name__), code)  # which reloading replaces
    if "Decimal" in names:
        yield from _class(walker, found, Decimal)
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
        walker.state.names.add(ANY)
    yield from walker.variables(found, fn.__globals__, variables, names)
    modules |= {fn.__module__} if "modules" in names else set()  # sys.modules[__name__]
    yield from (Found(module, sys.modules[module]) for module in modules & sys.modules.keys())
    builtins = fn.__globals__.get("__builtins__", {})
    known = builtins if isinstance(builtins, dict) else vars(builtins)
    walker.state.unset += ((fn.__globals__, name) for name in variables - fn.__globals__.keys() - known.keys())


def _python_module(walker: Walker, found: Found) -> Iterable[Found]:
    """One that is no global: as the function imports it, or as another variable holds it."""
    if not is_library(found.value) and "site-packages" not in (getattr(found.value, "__file__", None) or ""):
        walker.modules.append((found, set()))
    return ()


def _code(walker: Walker, found: Found) -> Iterable[Found]:
    """Of eval and exec; or of an attrgetter or methodcaller the names that it was made with."""
    code = found.value
    texts = () if isinstance(code, CodeType) else code.__reduce__()[1]
    walker.state.names |= {name for text in texts for name in str(text).split(".")} if texts else names_of(code).names
    return ()


# -- objects and classes -----------------------------------------------------------------------------------------------


def _attributes(walker: Walker, found: Found, keys: Iterable[str]) -> Iterator[Found]:
    name, value, _, _ = found
    if isinstance(getattr(value, "__dict__", None), dict) and not keeps_to_itself(value):
        walker.state.objects.append((name, value))
        if not is_library(type(value)) or isinstance(value, NAMESPACES):  # a new attribute may hide another
            walker.guard(Source(value).attribute("__dict__", name), vars(value), len)
            walker.guard(Source(value).attribute("__class__", f"{name}.__class__".lstrip(".")), type(value))
    parts = parts_of(value)
    yield from (found.at(key, value, ("attribute", key), via=None if key in parts else key) for key in keys)
    yield from _class(walker, found, type(value))


def _type(walker: Walker, found: Found) -> Iterator[Found]:
    """A class that may be called."""
    yield from _class(walker, found, found.value)
    yield from _class(walker, found, type(found.value))
    if not found.name.endswith("__class__"):
        yield from (made_by for made_by in found.parts("__init__", "__new__") if not is_library(made_by.value))


def _class(walker: Walker, found: Found, kind: type) -> Iterator[Found]:
    """The methods of a class, and of its own attributes what no instance has."""
    for base in kind.__mro__:
        is_ours = is_library(base)
        is_new = base not in walker.classes
        walker.classes.add(base)
        if is_new and base is Decimal:  # numbers are rounded as the context says
            walker.guard(Source(base, (), "Decimal"), base, sources.decimal_context)
        if not is_new or (is_ours and not issubclass(base, STATEFUL)):
            continue
        if not is_ours:  # a new attribute may hide one of its base
            walker.guard(Source(base).attribute("__dict__", found.name), vars(base), len)
        for key, item in vars(base).items():
            inner = Found(found.name, item)
            if not is_ours and (key in CALLED or not key.startswith("__")):
                via = None if key in CALLED else key
                inner = found.at(key, base, ("attribute", "__dict__"), ("item", key), via=via)
            if isinstance(item, FunctionType | property | staticmethod | classmethod):
                if inner.source is not None:
                    walker.guard(inner.source, item, via=inner.via)
                if not (issubclass(kind, Schedule) and key in AS_IT_IS):
                    walker.methods.append((key, Found(found.name, item)))
            elif inner.source is not None or not is_library(type(item)):
                yield inner


# What is done with a value, and where it leads: by the first of these that it is an instance of.
VISITS: tuple[tuple[Any, Callable[[Walker, Found], Iterable[Found]]], ...] = (
    (Tensor, _tensor),
    (Optimizer, _optimizer),
    (Schedule, _schedule),
    (Module, _module),
    (np.ufunc, lambda walker, found: ()),
    ((list, deque, dict, set, tuple, frozenset, MappingProxyType), _container),
    ((np.ndarray, bytearray, array, memoryview, Context), _memory),
    (FunctionType, _function),
    ((CodeType, attrgetter, methodcaller), _code),
    (MethodType, lambda walker, found: found.parts("__self__", "__func__")),
    ((staticmethod, classmethod), lambda walker, found: found.parts("__func__")),
    (property, lambda walker, found: found.parts("fget")),
    (type, _type),
    (ref, lambda walker, found: (Found(found.name, found.value()),)),
    (ModuleType, _python_module),
    (object, lambda walker, found: _attributes(walker, found, attributes_of(found.value))),
)
