"""Calls of Python's standard library while a function is traced: those that are not known to be pure are refused.

What an Event, a queue, a context variable or the clock keeps to itself no guard can look at, and a program would repeat
what it was for ever. So calls are watched, by a profile function of the thread that traces: those in code that the
function reaches, and not those of garbage collectors and signal handlers, which may come at any time. Where another
profiler is at work already, it is left alone, and nothing is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Container
from pathlib import PurePath
from types import FrameType, ModuleType
from typing import Any

from autograd._util.locations import Location
from autograd.compiler.tracing.libraries import LIBRARIES, OURS
from autograd.compiler.tracing.refusing import TraceError, of_call, of_draws

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


DRAWS = {"random", "secrets"}
LOOKED_AT = {name.lstrip("_") for name in LIBRARIES}


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
        if event == "call":
            caller, code = frame.f_back, frame.f_code
            if caller is not None and id(caller.f_code) in self.codes:
                module = str(frame.f_globals.get("__name__"))
                self._ask(caller, module, code.co_name, code.co_qualname)
                # os.environ.get is a method of collections.abc.Mapping. Our own operators are not asked: `f_locals`
                # would go on to refer to operands, whose references are counted (see elision.py).
                if _home(module) not in OURS and _home(module) in LOOKED_AT and code.co_varnames[:1] == ("self",):
                    kind = type(frame.f_locals["self"])
                    self._ask(caller, str(kind.__module__), code.co_name, f"{kind.__name__}.{code.co_name}")
        elif event == "c_call" and id(frame.f_code) in self.codes:
            self._ask(frame, _module_of(arg), arg.__name__, arg.__qualname__)

    def _ask(self, frame: FrameType, module: str, name: str, qualified: str) -> None:
        """Refuse a call that was made in a frame, unless it is known to be pure."""
        home = _home(module)
        if home in LOOKED_AT and not is_pure(home, name):
            where = str(Location(frame.f_code.co_filename, frame.f_lineno))
            error = of_draws(where) if home in DRAWS else of_call(where, f"{module}.{qualified}")
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
