"""What belongs to libraries, whose functions and classes nobody changes; and what is an object's own."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections import ChainMap, UserDict, UserList
from functools import partial
from threading import local
from types import BuiltinFunctionType, FunctionType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from autograd._util.functions import home_of
from autograd.compiler.tracing.sources import PLAIN
from autograd.engine.tensor import Tensor
from autograd.nn.module import Module
from autograd.optim import Optimizer, Schedule

OURS = ("autograd", "numpy")
LIBRARIES = frozenset({*OURS, *sys.stdlib_module_names} - {"__main__"})
NAMESPACES = (SimpleNamespace, Namespace, local)  # objects that are there to hold what others give them
STATEFUL = (Tensor, np.ndarray, np.random.Generator, Module, Optimizer, Schedule)
# What a library's objects are made of, under names that no code names.
PARTS: dict[type, tuple[str, ...]] = {
    partial: ("func", "args", "keywords"), UserDict: ("data",), UserList: ("data",), ChainMap: ("maps",)
}  # fmt: skip


def is_library(value: Any) -> bool:
    """Whether a value is a function or class of a library, which nobody replaces."""
    if not isinstance(value, FunctionType | BuiltinFunctionType | type | np.ufunc | ModuleType):
        return False
    home = value.__name__.partition(".")[0] if isinstance(value, ModuleType) else home_of(value)
    return home in LIBRARIES or (isinstance(value, BuiltinFunctionType) and not home)


def keeps_to_itself(value: Any) -> bool:
    """Whether an object is of a library's class that has its own use for its attributes."""
    return home_of(type(value)) in LIBRARIES and not isinstance(value, (*STATEFUL, *NAMESPACES))


def parts_of(value: Any) -> tuple[str, ...]:
    return next((names for kind, names in PARTS.items() if isinstance(value, kind)), ())


def attributes_of(value: Any) -> dict[str, Any]:
    """An object's own attributes, those in slots too; of a library's object what it is set to, a Logger's level say."""
    found = {key: getattr(value, key) for key in parts_of(value)} | getattr(value, "__dict__", {})
    if keeps_to_itself(value):
        kept = (*parts_of(value), "__wrapped__")
        return {key: item for key, item in found.items() if key in kept or isinstance(item, PLAIN)}
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else slots:
            if slot not in ("__weakref__", "__dict__") and hasattr(value, slot):
                found[slot] = getattr(value, slot)
    return found
