"""What a program refers to by name: modules, functions, and arrays that never change.

Small constants are written out, with their values; large ones are referred to.
"""

from __future__ import annotations

import math
import re
import sys
from types import BuiltinFunctionType, ModuleType
from typing import Any

import numpy as np

from autograd._util.functions import home_of
from autograd.compiler.tracing.opaque_steps import OpaqueStep
from autograd.compiler.wording import identifier

SMALL = 12  # elements of an array whose values are written out
WORDS: dict[Any, str] = {0: "zero", 1: "one", 2: "two", 0.5: "half", -1: "minus_one"}


class Constants:
    """The objects that a program names.

    imports  lines at its top.
    lines    "rows = np.arange(32)", for each constant that is written out.
    values   all of them, by name; `given` are those that must be handed to it, of which `told` says what they are.
    """

    def __init__(self, taken: set[str]) -> None:
        self.imports: set[str] = set()
        self.lines: list[str] = []
        self.given: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self._taken = taken
        self._numbers: dict[str, int] = {}  # by name, the number that was given last
        self._names: dict[Any, str] = {}
        self._kept: list[Any] = []  # so that no id is given to another object

    def text(self, value: Any, hint: str = "") -> str:
        """How a program writes a constant. `hint` is what an array may be called."""
        if type(value) in (bool, int, bytes, type(None)):
            return repr(value)
        if type(value) is str:
            return quoted(value)
        if value is Ellipsis:
            return "..."
        if isinstance(value, float) and type(value) is float:
            return repr(value) if math.isfinite(value) else _not_finite(value)
        if type(value) is complex:
            return f"complex({self.text(value.real)}, {self.text(value.imag)})"
        if isinstance(value, type | np.dtype) and (text := type_text(value)):
            return text
        if isinstance(value, np.ndarray | np.generic):
            return self._array(value, hint)
        if callable(value) or isinstance(value, ModuleType):
            return self.function(value)
        return self._refer(value, hint or type(value).__name__.lower())

    def number(self, value: Any) -> str | None:
        """A scalar as a number of Python's, to which NumPy gives the dtype of the other operand; or None."""
        if value.dtype.kind != "f" or not np.isfinite(value):
            return None
        texts = [text[text.index("(") + 1 :].split(",")[0].rstrip(")") for text in _candidates(np.asarray(value))]
        return next((text for text in texts if _is_same(value.dtype.type(eval(text)), value[()])), None)

    # -- functions -----------------------------------------------------------------------------------------------------

    def function(self, fn: Any) -> str:
        owner, name = getattr(fn, "__self__", None), getattr(fn, "__name__", "")
        if isinstance(owner, np.ufunc):
            return f"{self.function(owner)}.{name}"
        module = "numpy" if isinstance(fn, np.ufunc) else (getattr(fn, "__module__", None) or "").lstrip("_")
        if module.split(".")[0] == "numpy" and (path := _in_numpy(module, name, fn)):
            return path
        if isinstance(fn, BuiltinFunctionType) and getattr(sys.modules.get(module), name, None) is fn:
            if module != "builtins":
                self.imports.add(f"import {module}")
            return name if module == "builtins" else f"{module}.{name}"
        if is_importable(fn) and name not in self._taken and id(fn) not in self._names:
            self._names[id(fn)] = name
            self._taken.add(name)
            self._kept.append(fn)
            self.imports.add(f"from {fn.__module__} import {name}")
            self.values[name] = fn
        return self._refer(fn, "function" if name == "<lambda>" else name.strip("_") or type(fn).__name__.lower())

    # -- arrays --------------------------------------------------------------------------------------------------------

    def _array(self, value: Any, hint: str) -> str:
        if (literal := literal_of(value)) is None:
            return self._refer(value, hint or "constant")
        key = type(value), value.dtype, value.shape, value.strides, value.tobytes()
        if key not in self._names:
            name = self._names[key] = self._unused(_word(value, literal) or hint or "constant")
            self.lines.append(f"{name} = {literal}")
            self.values[name] = value
        return self._names[key]

    def _refer(self, value: Any, hint: str) -> str:
        if id(value) not in self._names:
            name = self._names[id(value)] = self._unused(hint)
            self._kept.append(value)
            self.given[name] = self.values[name] = value
        return self._names[id(value)]

    def _unused(self, stem: str) -> str:
        stem = name = identifier(stem, "constant")
        k = self._numbers.get(stem, 1)
        while name in self._taken:
            k += 1
            name = f"{stem}{'_' if stem[-1].isdigit() else ''}{k}"
        self._taken.add(name)
        self._numbers[stem] = k
        return name

    def told(self) -> list[str]:
        """What each object is that is handed to the program, a line each."""
        return [f"{name}, {_described(value)}" for name, value in self.given.items()]


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic):
        return f"{value.dtype} of shape {value.shape}, too long to be written out"
    if isinstance(value, OpaqueStep):
        return value.kind
    home = home_of(type(value))
    kind = f"{home}'s" if home not in ("builtins", "") else "a"
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return f"{kind} {type(value).__name__}"


# -- text --------------------------------------------------------------------------------------------------------------


def quoted(value: str) -> str:
    """A string between double quotes, if it holds none."""
    text = repr(value)
    return text if '"' in text or "\\'" in text else f'"{text[1:-1]}"'


def is_foreign(fn: Any) -> bool:
    """Whether a function is neither NumPy's nor Python's, so that a program calls it by its own name."""
    if isinstance(fn, str | np.ufunc) or isinstance(getattr(fn, "__self__", None), np.ufunc):
        return False
    return hasattr(fn, "__name__") and home_of(fn).lstrip("_") not in ("numpy", "operator", "math", "builtins")


def is_importable(fn: Any) -> bool:
    """Whether `from module import name` gives this very object."""
    module, name = getattr(fn, "__module__", None), getattr(fn, "__name__", None)
    if module in (None, "__main__", "builtins") or name is None:
        return False
    return getattr(sys.modules.get(module), name, None) is fn


def _in_numpy(module: str, name: str, fn: Any) -> str | None:
    """The path of a function of NumPy's, as one writes it."""
    if getattr(np, name, None) is fn:
        return f"np.{name}"
    owner: Any = sys.modules.get(module)
    is_private = any(part.startswith("_") for part in module.split("."))
    return f"np{module.removeprefix('numpy')}.{name}" if getattr(owner, name, None) is fn and not is_private else None


def _not_finite(value: float) -> str:
    return "np.nan" if value != value else "np.inf" if value > 0 else "-np.inf"


def type_text(value: Any) -> str | None:
    """A type or dtype as one writes it: "np.float32"."""
    if isinstance(value, type) and value in (bool, int, float, complex):
        return value.__name__
    try:
        dtype = np.dtype(value)
    except TypeError:
        return None
    if dtype.isnative and dtype.kind in "biufc" and getattr(np, dtype.name, None) is dtype.type:
        return f"np.{dtype.name}"
    return f"np.dtype({dtype.str!r})" if dtype.kind in "biufcSUMm" else None


def literal_of(value: Any) -> str | None:
    """An expression that makes the same array: bits, dtype and strides; None if there is no short one."""
    if value.dtype.kind not in "biufc" or not value.dtype.isnative:
        return None
    return next((text for text in _candidates(value) if _is_same(eval(text, {"np": np}), value)), None)


def _candidates(value: Any) -> list[str]:
    dtype, shape = f"np.{value.dtype}", value.shape
    found = []
    if len(shape) > 1 and value.flags.f_contiguous and not value.flags.c_contiguous:
        return [f"{text}.T" for text in _candidates(value.T)]
    if shape and not any(value.strides) and value.size:
        return [f"np.broadcast_to({text}, {shape})" for text in _candidates(np.asarray(value.flat[0]))]
    if isinstance(value, np.generic) or not shape:
        make = f"{dtype}({{}})" if isinstance(value, np.generic) else f"np.array({{}}, {dtype})"
        number = value.item()
        if isinstance(number, float) and 1e-9 < abs(number) < 1:  # 1 / 5e-324 is infinite
            n = round(1 / number)
            found.append(make.format(f"{'-' if n < 0 else ''}1 / {abs(n)}"))
        found += [make.format(text) for text in (str(value), repr(number)) if "n" not in text]
        return sorted(dict.fromkeys(found), key=len)
    if len(shape) == 1 and value.dtype.kind in "iu" and value.size and value[0] == 0:
        found.append(f"np.arange({shape[0]})" if value.dtype == int else f"np.arange({shape[0]}, dtype={dtype})")
    if len(shape) == 2 and value.size:
        sizes = str(shape[0]) if shape[0] == shape[1] else f"{shape[0]}, {shape[1]}"
        found.append(f"np.eye({sizes}, dtype={dtype})")
    first = value.flat[0].item() if value.size else 0
    if first in (0, 1):
        found.append(f"np.{'ones' if first else 'zeros'}({shape[0] if len(shape) == 1 else shape}, {dtype})")
    if (value.size > SMALL or not value.size or len(shape) > 1) and "n" not in repr(first):
        found.append(f"np.full({shape}, {first!r}, {dtype})")
    if value.size <= SMALL and "n" not in (text := repr(value.tolist())):
        found.append(f"np.array({text}, {dtype})")
    return found


def _is_same(a: Any, b: Any) -> bool:
    same = type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and a.strides == b.strides
    return bool(same and a.tobytes() == b.tobytes())


def _word(value: Any, literal: str) -> str:
    """What a constant is called by what it holds."""
    if not value.shape:
        if (match := re.search(r"\((-?)1 / (\d+)", literal)) is not None:
            return f"{'minus_' if match[1] else ''}one_over_{match[2]}"
        return WORDS.get(value.item(), "")
    function = literal.removeprefix("np.").partition("(")[0]
    return {"arange": "rows", "eye": "identity", "ones": "ones", "zeros": "zeros"}.get(function, "")
