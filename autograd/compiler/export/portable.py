"""Functions as text that needs nothing but NumPy, or SciPy, so that a saved program can bring them along."""

from __future__ import annotations

import ast
import inspect
import math
import re
from dataclasses import dataclass, field
from textwrap import dedent
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd.compiler.printing.constants import import_line, is_importable
from autograd.compiler.tracing.code_analysis import names_of
from autograd.compiler.tracing.opaque_steps import GuardedStep, OpaqueStep, PullbackStep
from autograd.compiler.tracing.sources import is_same
from autograd.optim import Schedule

MODULES = ("numpy", "math", "operator", "itertools", "functools", "string", "scipy")  # that a copy may import
LITERALS = (bool, int, float, complex, str, bytes, type(None))
GUARDED_FUNCTION = '''\
def {name}(*args, **options):
    """{fn}. Raises ValueError for another dtype or length, which follow values."""
    found = {fn}(*args, **options)
    parts = found if isinstance(found, tuple) else (found,)
    if [(part.shape, str(part.dtype)) for part in parts] != {forms}:
        raise ValueError("{fn} returned arrays of another dtype or length than this program is for")
    return found'''
TABULATED = '''\
def {name}(count):
    """The factor of {kind} after so many steps."""
    return float({name}_table[min(count, {last})])'''


@dataclass
class Portable:
    """What a program refers to, as Python that runs without the library.

    text     definitions, each after those that it needs.
    imports  what they import besides NumPy.
    arrays   what they read from the file of arrays.
    told     how each came along, for the reader.
    taken    names that it may not define.
    """

    taken: set[str]
    text: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    arrays: dict[str, Any] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    _made: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: Any) -> None:
        """Define a name. Raises ValueError, which says what to do, if that can't be done."""
        fn = value.fn if isinstance(value, OpaqueStep) else value
        if isinstance(value, np.ndarray | np.generic):
            self.arrays[name] = value
        elif isinstance(value, PullbackStep):
            raise ValueError(
                f"{name} can't be saved: it is a rule whose code looks at values, which needs the library; go on with "
                f"the compiled function, or write what it is for with other functions of NumPy"
            )
        elif isinstance(value, GuardedStep):
            path = name_of(value.fn, qualified=True)
            self.text.append(GUARDED_FUNCTION.format(name=name, fn=path, forms=value.forms()))
            self.told[name] = f"{path}, with a check of what it returns"
        elif isinstance(fn, MethodType) and isinstance(schedule := fn.__self__, Schedule):
            kind, steps = type(schedule).__name__, schedule.total_steps
            if steps is None:
                raise ValueError(
                    f"{name} can't be saved: a {kind} has no last step, with which a table of it could end; call its "
                    f"step() outside of the compiled function"
                )
            self.arrays[f"{name}_table"] = np.array([schedule.factor(count) for count in range(steps)], float)
            self.text.append(TABULATED.format(name=name, kind=kind, last=steps - 1))
            self.told[name] = f"a table of {kind} over {steps:,} steps"
        elif isinstance(value, ModuleType):
            self._define(name, value)
            self.told[name] = f"the module {value.__name__}"
        elif self._define(name, fn):
            self.told[name] = f"a copy of {_origin(fn)}"
        elif is_importable(fn):
            line = f"from {fn.__module__} import {fn.__name__}" + (f" as {name}" if fn.__name__ != name else "")
            self.told[name] = f"imported: {line}"
            self.imports.add(line)
        else:
            raise ValueError(
                f"{name} ({_origin(fn)}) can't be saved: it is no function of a module, and needs more than NumPy; "
                f"define it at the top of a file, and import it from there"
            )

    def _define(self, name: str, value: Any) -> bool:
        """Import a module, write out a plain value, or copy a function and what it needs, if that is such, too."""
        value = inspect.unwrap(getattr(value, "_primitive", value))
        if isinstance(value, ModuleType):
            if value is not np or name != "np":
                self.imports.add(import_line(value.__name__, name))
            return value.__name__.partition(".")[0] in MODULES
        if name in self._made:
            return is_same(self._made[name], value)
        if name in self.taken or (text := _text_of(value, name)) is None:
            return False
        before = self.text.copy(), self.imports.copy(), self._made.copy()
        self._made[name] = value
        names = names_of(value.__code__).variables if isinstance(value, FunctionType) else ()
        if all(self._define(other, value.__globals__[other]) for other in sorted(names) if other in value.__globals__):
            self.text.append(text)
            return True
        self.text, self.imports, self._made = before
        return False


def _text_of(value: Any, name: str) -> str | None:
    """Plain values as a line, or the definition of a function without its decorators; None if it is neither."""
    parts = value if type(value) is tuple else (value,)
    if all(isinstance(part, LITERALS) for part in parts):
        is_finite = all(math.isfinite(part) for part in parts if isinstance(part, float))
        return f"{name} = {value!r}" if is_finite else None
    try:
        text = dedent(inspect.getsource(value))
        (node,) = ast.parse(text).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    if not isinstance(value, FunctionType) or value.__closure__ or not isinstance(node, ast.FunctionDef):
        return None
    if not all(isinstance(x, ast.Constant | None) for x in (*node.args.defaults, *node.args.kw_defaults)):
        return None
    body = "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
    return re.sub(rf"^def {value.__name__}\b", f"def {name}", body, count=1)


def _origin(fn: Any) -> str:
    module, name = getattr(fn, "__module__", None), getattr(fn, "__qualname__", type(fn).__name__)
    return f"{module}.{name}" if module else name
