"""Functions as text that needs nothing but NumPy, so that a saved program can bring them along."""

from __future__ import annotations

import ast
import inspect
import math
import re
from textwrap import dedent
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd.compiler.printing.constants import is_importable
from autograd.compiler.tracing.names_in_code import names_of
from autograd.compiler.tracing.opaque_steps import GuardedStep, OpaqueStep, PullbackStep
from autograd.optim import Schedule

MODULES = ("numpy", "math", "operator", "itertools", "functools", "string")  # that a copy may import
LITERALS = (bool, int, float, complex, str, bytes, type(None))


class Portable:
    """What a program refers to, as Python that runs without the library.

    text     definitions, each after those that it needs.
    imports  what they import besides NumPy.
    arrays   what they read from the file of arrays.
    told     how each came along, for the reader.
    """

    def __init__(self, taken: set[str]) -> None:
        self.text: list[str] = []
        self.imports: set[str] = set()
        self.arrays: dict[str, Any] = {}
        self.told: dict[str, str] = {}
        self._made: dict[str, Any] = {}
        self._taken = taken

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
            self._guard(name, value)
        elif isinstance(fn, MethodType) and isinstance(fn.__self__, Schedule):
            self._tabulate(name, fn.__self__)
        elif self._copy(name, fn):
            self.told[name] = f"a copy of {_origin(fn)}"
        elif is_importable(fn):
            line = f"from {fn.__module__} import {fn.__name__}" + (f" as {name}" if fn.__name__ != name else "")
            self.imports.add(line)
            self.told[name] = f"imported: {line}"
        else:
            raise ValueError(
                f"{name} ({_origin(fn)}) can't be saved: it is no function of a module, and needs more than NumPy; "
                f"define it at the top of a file, and import it from there"
            )

    def _guard(self, name: str, step: GuardedStep) -> None:
        """A function of NumPy's, and the question whether what it returns is what the program is for."""
        fn, forms = name_of(step.fn, qualified=True), step.forms()
        self.text.append(
            f"def {name}(*args, **options):\n"
            f'    """{fn}. Raises ValueError for another dtype or length, which follow values."""\n'
            f"    found = {fn}(*args, **options)\n"
            f"    parts = found if isinstance(found, tuple) else (found,)\n"
            f"    if [(part.shape, str(part.dtype)) for part in parts] != {forms}:\n"
            f'        raise ValueError("{fn} returned arrays of another dtype or length than this program is for")\n'
            f"    return found"
        )
        self.told[name] = f"{fn}, with a check of what it returns"

    def _tabulate(self, name: str, schedule: Schedule) -> None:
        """A schedule: its factor after each step, which is the last one's after the last."""
        table = f"{name}_table"
        self.arrays[table] = np.array([schedule.factor(count) for count in range(schedule.total_steps)], float)
        self.text.append(
            f"def {name}(count):\n"
            f'    """The factor of {type(schedule).__name__} after so many steps."""\n'
            f"    return float({table}[min(count, {schedule.total_steps - 1})])"
        )
        self.told[name] = f"a table of {type(schedule).__name__} over {schedule.total_steps:,} steps"

    def _copy(self, name: str, fn: Any) -> bool:
        """Copy a function, and what it needs, if that is NumPy, plain values, and functions like it."""
        fn = inspect.unwrap(getattr(fn, "_primitive", fn))
        if self._made.get(name) is fn:
            return True
        if not isinstance(fn, FunctionType) or fn.__closure__ or name in self._made or not (text := _text_of(fn, name)):
            return False
        before = self.text.copy(), self.imports.copy(), self._made.copy()
        self._made[name] = fn
        needed = sorted(names_of(fn.__code__).variables & fn.__globals__.keys())
        if all(self._provide(other, fn.__globals__[other]) for other in needed):
            self.text.append(text)
            return True
        self.text, self.imports, self._made = before
        return False

    def _provide(self, name: str, value: Any) -> bool:
        """Whether a global of a copied function is there: as an import, a line, or a copy."""
        if isinstance(value, ModuleType):
            if value is not np or name != "np":
                self.imports.add(f"import {value.__name__}" + (f" as {name}" if value.__name__ != name else ""))
            return value.__name__.partition(".")[0] in MODULES
        if name in self._taken:
            return False
        if not isinstance(value, LITERALS) or (isinstance(value, float) and not math.isfinite(value)):
            return self._copy(name, value)
        if name not in self._made:
            self._made[name] = value
            self.text.append(f"{name} = {value!r}")
        return bool(self._made[name] == value)


def _text_of(fn: FunctionType, name: str) -> str | None:
    """The definition of a function, without its decorators; None if it can't be read or is no `def`."""
    try:
        text = dedent(inspect.getsource(fn))
        (node,) = ast.parse(text).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    if not isinstance(node, ast.FunctionDef):
        return None
    defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]
    if not all(isinstance(default, ast.Constant) for default in defaults):
        return None
    body = "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
    return re.sub(rf"^def {fn.__name__}\b", f"def {name}", body, count=1)


def _origin(fn: Any) -> str:
    module, name = getattr(fn, "__module__", None), getattr(fn, "__qualname__", type(fn).__name__)
    return f"{module}.{name}" if module else name
