"""Where in the user's code a call was made: the innermost line that is neither this library's nor NumPy's.

Finding it walks the stack, which takes longer than recording a small call: only observers ask for it.
"""

from __future__ import annotations

import inspect
import linecache
import os
import re
import sys
import sysconfig
from collections.abc import Mapping
from inspect import unwrap
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np

GENERATED = "<autograd>"  # the file that tracebacks name for code that is made by the library
OURS = str(Path(__file__).parents[1]) + os.sep
INSTALLED = (sysconfig.get_path("purelib") + os.sep, sysconfig.get_path("platlib") + os.sep)
PYTHON = re.compile(rf"{re.escape(sysconfig.get_path('stdlib') + os.sep)}(?!site-packages)|<frozen")
NOT_THEIRS = (OURS, os.path.dirname(np.__file__) + os.sep, GENERATED, "<frozen")


class Location(NamedTuple):
    """A line of source code."""

    file: str
    line: int

    @property
    def source(self) -> str:
        """The text of the line, without its indentation; empty if it cannot be read."""
        return linecache.getline(self.file, self.line).strip()

    @property
    def brief(self) -> str:
        """With the path from the current folder; of a file outside of it, the last two parts."""
        path, here = Path(self.file), Path.cwd()
        near = path.relative_to(here) if path.is_relative_to(here) else Path(*path.parts[-2:])
        return f"{near}:{self.line}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def location() -> Location | None:
    """The innermost line that is neither this library's nor NumPy's nor Python's own; None if there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(NOT_THEIRS):
            return Location(file, frame.f_lineno)
        frame = frame.f_back
    return None


def library_function() -> str:
    """The function of a library that the user's line called, and that led here: "scipy.linalg.inv", "np.full_like".

    NumPy's only if no other library is on the way; "" if it is the user's own line that led here.
    """
    frame: FrameType | None = sys._getframe(1)
    library, name = "", ""
    while frame is not None:
        code, module, variables = frame.f_code, frame.f_globals.get("__name__", ""), frame.f_locals
        frame = frame.f_back
        if code.co_filename.startswith(OURS) or PYTHON.match(code.co_filename):
            continue
        package = module.partition(".")[0]
        if not code.co_filename.startswith(INSTALLED) or library not in ("", "numpy", package):
            break
        library = package
        name = _called(module, code, variables) or name
    return name or library


def _called(module: str, code: CodeType, variables: Mapping[str, Any]) -> str:
    """What a user calls the function whose code runs; "" if it is private, or a lambda."""
    function = re.sub(r"\.__(init|new|call)__$", "", code.co_qualname)
    if re.match(r"_|.*<", function):
        return _wrapped(code, variables) or _class(code, variables)
    return _method(module, function, variables) or f"{_public(module, function.partition('.')[0])}.{function}"


def _wrapped(code: CodeType, variables: Mapping[str, Any]) -> str:
    """The name of the function that a decorator has wrapped, of whose wrapper this is the code; "" if there is none."""
    for fn in map(variables.get, code.co_freevars):
        module, name = getattr(fn, "__module__", None), getattr(fn, "__name__", "_")
        defined = getattr(sys.modules.get(module or ""), name, None)
        if callable(fn) and callable(defined) and unwrap(defined) is unwrap(fn) and not name.startswith("_"):
            return f"{_public(str(module), name)}.{name}"
    return ""


def _class(code: CodeType, variables: Mapping[str, Any]) -> str:
    """The name of the class of which an object is made, by code that it inherits; "" if it is private."""
    made = type(variables.get("self"))
    is_made = code.co_name == "__init__" and not made.__name__.startswith("_") and made.__module__ in sys.modules
    return f"{_public(made.__module__, made.__name__)}.{made.__name__}" if is_made else ""


def _method(module: str, function: str, variables: Mapping[str, Any]) -> str:
    """The name of a method by that of the object of which it is, as in scipy.stats.norm.pdf; "" if that has none."""
    owner = variables.get("self")
    for made_of in ("dist", "_dist"):  # a distribution of SciPy's whose parameters are frozen
        owner = inspect.getattr_static(owner, made_of, owner)  # an object that is being made is asked nothing yet
    for home in _homes(module) if owner is not None else ():
        alike = {name: value for name, value in list(vars(sys.modules[home]).items())
                 if type(value) is type(owner) and not name.startswith("_")}  # fmt: skip
        for name in sorted(alike, key=lambda name: alike[name] is not owner):
            method = function.partition(".")[-1]  # none if the object itself was called
            return f"{home}.{name}.{method}".removesuffix(".")
    return ""


def _homes(module: str) -> list[str]:
    """The packages that a module is in, from the outermost on, and itself."""
    parts = module.split(".")
    return [".".join(parts[: k + 1]) for k in range(len(parts))]


def _public(module: str, name: str) -> str:
    """The outermost package that has what is defined in one of its modules."""
    defined = vars(sys.modules[module]).get(name)
    found = next((home for home in _homes(module) if vars(sys.modules[home]).get(name) is defined), module)
    return ".".join(part for part in found.split(".") if not part.startswith("_")).replace("numpy", "np", 1)
