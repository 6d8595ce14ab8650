"""What code may do: the names that it uses, what in it belongs to libraries, and which calls of these are pure.

What an Event, a queue, a context variable or the clock keeps to itself no guard can look at, and a program would repeat
what it was for ever. So calls of the standard library are watched while a function is traced, by a profile function of
its thread: those in code that the function reaches, and not those of garbage collectors and signal handlers, which may
come at any time. Where another profiler is at work already, it is left alone, and nothing is refused.
"""

from __future__ import annotations

import dis
import functools
import re
import sys
from argparse import Namespace
from collections import ChainMap, UserDict, UserList
from collections.abc import Container, Iterator
from pathlib import PurePath
from threading import local
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from autograd._util.functions import home_of
from autograd._util.locations import Location
from autograd.compiler.tracing.refusing import TraceError, of_draws
from autograd.compiler.tracing.sources import PLAIN_TYPES
from autograd.engine.tensor import Tensor
from autograd.nn.module import Module
from autograd.optim import Optimizer, Schedule

# -- names -------------------------------------------------------------------------------------------------------------

ANY_NAME = "*"  # among the names of code that asks for attributes by names that it computes
READERS = {"vars", "__dict__", "__slots__", "attrgetter", "asdict", "astuple", "fields", "__getattribute__"}
LOOKUPS = {"modules", "import_module", "__import__"}
SILENT = {"CACHE", "PUSH_NULL", "PRECALL", "NOP", "EXTENDED_ARG"}
# A match by class; and getattr, unless it goes on as in getattr(a.b, "name", default), of which nothing is computed.
COMPUTES = re.compile(
    r"MATCH_CLASS|\bgetattr\b"
    r"(?! LOAD_(FAST|DEREF|GLOBAL|NAME)(_(?!LOAD)[A-Z]+)?( LOAD_ATTR)* LOAD_CONST( LOAD_\w+)? CALL)"
)


class Names(NamedTuple):
    """The globals that a piece of code names; all names in it, with texts, by which getattr may ask for one; and the
    modules that it imports when it runs, or may look up in sys.modules."""

    variables: frozenset[str]
    names: frozenset[str]
    modules: frozenset[str]


@functools.cache
def names_of(code: CodeType) -> Names:
    variables, names, modules = set[str](), set[str](), set[str]()
    for inner in nested(code):
        steps = [step for step in dis.get_instructions(inner) if step.opname not in SILENT]
        texts = {constant for constant in inner.co_consts if isinstance(constant, str)}
        own = {*inner.co_names, *filter(str.isidentifier, texts)}
        variables |= {step.argval for step in steps if step.opname.endswith(("_GLOBAL", "_NAME"))}
        modules |= {step.argval for step in steps if step.opname == "IMPORT_NAME"} | (texts if LOOKUPS & own else set())
        text = " ".join("getattr" if step.argval == "getattr" else step.opname for step in steps)
        names |= own | ({ANY_NAME} if READERS & own or COMPUTES.search(text) else set())
    return Names(frozenset(variables), frozenset(names), frozenset(modules))


def nested(code: CodeType) -> Iterator[CodeType]:
    """A piece of code, and those of functions that are made in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)


# -- libraries ---------------------------------------------------------------------------------------------------------

LIBRARIES = frozenset({"autograd", "numpy", "scipy", *sys.stdlib_module_names} - {"__main__"})
NAMESPACES = (SimpleNamespace, Namespace, local)  # objects that are there to hold what others give them
STATEFUL = (Tensor, np.ndarray, np.random.Generator, Module, Optimizer, Schedule)
# What a library's objects are made of, under names that no code names.
PARTS: dict[type, tuple[str, ...]] = {
    functools.partial: ("func", "args", "keywords"), UserDict: ("data",), UserList: ("data",), ChainMap: ("maps",)
}  # fmt: skip
# What is no setting: state; and of any object what may be among its slots.
NO_SETTINGS = ((Schedule, {"count"}), (Optimizer, {"param_groups", "state"}), (object, {"__weakref__", "__dict__"}))


def is_library(value: Any) -> bool:
    """Whether a value is a function or class of a library, which nobody replaces."""
    if not isinstance(value, FunctionType | BuiltinFunctionType | type | np.ufunc | ModuleType):
        return False
    home = value.__name__.partition(".")[0] if isinstance(value, ModuleType) else home_of(value)
    return home in LIBRARIES or (isinstance(value, BuiltinFunctionType) and not home)


def keeps_to_itself(value: Any) -> bool:
    """Whether an object is of a library's class that has its own use for its attributes."""
    return home_of(type(value)) in LIBRARIES and not isinstance(value, (*STATEFUL, *NAMESPACES))


def attributes_of(value: Any) -> dict[str, str | None]:
    """An object's own attributes, those in slots too; of a library's object what it is set to, a Logger's level say.

    Returns of each the name that code has for it: its own, None for what a library's object is made of.
    """
    parts = dict.fromkeys(next((names for kind, names in PARTS.items() if isinstance(value, kind)), ()))
    own = getattr(value, "__dict__", {})
    if keeps_to_itself(value):
        return parts | {k: k for k, item in own.items() if k == "__wrapped__" or isinstance(item, PLAIN_TYPES)}
    slots = [kind.__dict__.get("__slots__", ()) for kind in type(value).__mro__]
    in_slots = (key for keys in slots for key in ((keys,) if isinstance(keys, str) else keys))
    inherited = ("training", "_hooks") if isinstance(value, Module) else ()
    others = set[str]().union(*(keys for kind, keys in NO_SETTINGS if isinstance(value, kind)))
    return parts | {key: key for key in (*inherited, *own, *in_slots) if key not in others}


# -- pure calls --------------------------------------------------------------------------------------------------------

# Modules of which functions, and methods of classes, depend on their arguments alone or on what is guarded, or are
# called for what they show.
PURE = frozenset({
    "abc", "array", "ast", "autograd", "base64", "bdb", "binascii", "bisect", "builtins", "calendar", "cmath", "codecs",
    "collections", "colorsys", "contextlib", "copy", "copyreg", "ctypes", "dataclasses", "datetime", "decimal",
    "difflib", "dis", "encodings", "enum", "fractions", "frozen_importlib", "frozen_importlib_external", "functools",
    "graphlib", "hashlib", "heapq", "html",
    "importlib", "inspect", "itertools", "json", "keyword", "linecache", "marshal", "math", "ntpath", "numbers",
    "numpy", "opcode", "operator", "pdb", "pickle", "platform", "posixpath", "pprint", "re", "reprlib", "sre",
    "sre_compile", "sre_parse", "stat", "statistics", "string", "struct", "textwrap", "token", "tokenize", "traceback",
    "types", "typing", "unicodedata", "warnings", "zlib", "zoneinfo",
})  # fmt: skip
# Of those, what is not; and of others, what is.
PATHS = {"abspath", "exists", "expanduser", "expandvars", "isdir", "isfile", "ismount", "lexists", "realpath"}
IMPURE_IN: dict[str, set[str]] = {
    "autograd": {"load"}, "builtins": {"open", "input"}, "codecs": {"open"}, "datetime": {"now", "today", "utcnow"},
    "decimal": {"getcontext", "setcontext", "localcontext"}, "json": {"load"}, "linecache": {"getline", "getlines"},
    "marshal": {"load"}, "pickle": {"load"}, "ntpath": PATHS, "posixpath": PATHS, "statistics": {"samples"},
    "numpy": {
        "geterr", "geterrcall", "getbufsize", "get_printoptions", "load", "loadtxt", "genfromtxt", "fromfile",
        "fromregex",
    },
}  # fmt: skip
LOCKS = {"__enter__", "__exit__", "acquire", "allocate_lock", "release", "RLock"}
PURE_IN: dict[str, set[str]] = {
    "argparse": {"__contains__", "__eq__"}, "csv": {"writer", "writerow", "writerows", "writeheader"},
    "gc": {"collect", "disable", "enable", "freeze"}, "genericpath": {"commonprefix"},
    "io": {"flush", "write", "writelines"},
    "logging": {
        "basicConfig", "critical", "debug", "error", "exception", "getChild", "getLogger", "info", "log", "warning",
    },
    "nt": {"fspath"}, "os": {"fsdecode", "fsencode", "fspath"}, "pathlib": {*dir(PurePath)}, "posix": {"fspath"},
    "sys": {"_getframe", "exc_info", "getrefcount", "getsizeof", "intern"}, "thread": LOCKS, "threading": LOCKS,
    "weakref": {"__call__", "remove"}, "weakrefset": {"_remove"},  # called when an object dies
}  # fmt: skip
STANDARD = {name.lstrip("_") for name in LIBRARIES - {"autograd", "numpy", "scipy"}}
LOOKED_AT = STANDARD | {"autograd", "numpy"}


class Watch:
    """The profile function of a trace.

    codes    the code whose calls are watched, by identity.
    refused  to which errors are added, as the function may catch them.
    """

    def __init__(self, codes: Container[int], refused: list[TraceError]) -> None:
        self.codes, self.refused = codes, refused
        self.is_on = False

    def __enter__(self) -> None:
        self.is_on = sys.getprofile() is None
        self.go_on()

    def __exit__(self, *_: object) -> None:
        self.pause()
        self.is_on = False

    def pause(self) -> None:
        """While the tracer is at work, whose calls are many."""
        if self.is_on:
            sys.setprofile(None)

    def go_on(self) -> None:
        if self.is_on:
            sys.setprofile(self._see)

    def _see(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call" and id(frame.f_code) in self.codes:
            self._ask(frame, _module_of(arg), arg.__qualname__)
        elif event == "call" and frame.f_back is not None and id(frame.f_back.f_code) in self.codes:
            module, code = str(frame.f_globals.get("__name__")), frame.f_code
            self._ask(frame.f_back, module, code.co_qualname)
            # os.environ.get is a method of collections.abc.Mapping. Our own operators are not asked: `f_locals` would
            # go on to refer to operands, whose references are counted (see elision.py).
            if _home(module) in STANDARD and code.co_varnames[:1] == ("self",):
                kind = type(frame.f_locals["self"])
                self._ask(frame.f_back, str(kind.__module__), f"{kind.__name__}.{code.co_name}")

    def _ask(self, frame: FrameType, module: str, name: str) -> None:
        """Refuse a call that was made in a frame, unless it is known to be pure."""
        home = _home(module)
        if home in LOOKED_AT and not is_pure(home, name.rpartition(".")[2]):
            where = str(Location(frame.f_code.co_filename, frame.f_lineno))
            error = of_draws(where)
            if home not in ("random", "secrets"):
                error = TraceError(
                    f"{where}: {module}.{name} was called, which may return something else in the next call, or do "
                    f"something, and a program would repeat what it returns today for ever, and not do it again; call "
                    f"it before, and pass what it returns as an argument, or keep it in an attribute; or call it after"
                )
            self.refused.append(error)
            raise error


def is_pure(module: str, name: str) -> bool:
    """Whether a function of a module of the standard library, or a method of a class in it, is known to be pure."""
    return name not in IMPURE_IN.get(module, ()) if module in PURE else name in PURE_IN.get(module, ())


def _home(module: str) -> str:
    return module.split(".")[0].lstrip("_")


def _module_of(fn: Any) -> str:
    """The module of a function that is written in C, or that of the class of a method."""
    owner = fn.__self__
    if owner is None or isinstance(owner, ModuleType):
        return fn.__module__ or "builtins"
    return str((owner if isinstance(owner, type) else type(owner)).__module__)
