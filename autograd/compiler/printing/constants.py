"""What a program refers to by name: modules, functions, and arrays that never change.

Small constants are written out, with their values; large ones are referred to.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import BuiltinFunctionType, ModuleType
from typing import Any

import numpy as np

from autograd._util.functions import module_of
from autograd._util.identifiers import Identifiers
from autograd.compiler.tracing.opaque_steps import OpaqueStep

LONGEST_LITERAL = 12  # elements of an array whose values are written out


class Constants:
    """The objects that a program names.

    imports  lines at its top.
    lines    "rows = np.arange(32)", for each constant that is written out.
    objects  others, by name; `given` are those that must be handed to it, of which `told` says what they are.
    """

    def __init__(self, taken: set[str]) -> None:
        self.imports: set[str] = set()
        self.lines: list[str] = []
        self.given: dict[str, Any] = {}
        self.objects: dict[str, Any] = {}
        self._identifiers = Identifiers(taken)
        self._names: dict[Any, str] = {}  # by the text of what is written out, and the id of other objects

    def text(self, value: Any, hint: str = "") -> str:
        """How a program writes a constant. `hint` is what an array may be called."""
        if value is Ellipsis:
            return "..."
        if type(value) is float:
            return repr(value).replace("nan", "np.nan").replace("inf", "np.inf")
        if type(value) in (bool, int, str, bytes, type(None)):
            return repr(value)
        if type(value) is complex:
            return f"complex({self.text(value.real)}, {self.text(value.imag)})"
        if isinstance(value, type | np.dtype) and (text := type_text(value)):
            return text
        if isinstance(value, np.ndarray | np.generic):
            literal, word = literal_of(value)
            return self._named(literal or id(value), value, word or hint or "constant", literal)
        if callable(value) or isinstance(value, ModuleType):
            return self.function(value)
        return self._named(id(value), value, hint or type(value).__name__.lower())

    def function(self, fn: Any) -> str:
        owner, name = getattr(fn, "__self__", None), getattr(fn, "__name__", "")
        if isinstance(owner, np.ufunc):
            return f"{self.function(owner)}.{name}"
        module = "numpy" if isinstance(fn, np.ufunc) else (getattr(fn, "__module__", None) or "").lstrip("_")
        is_there = getattr(sys.modules.get(module), name, None) is fn
        is_numpy = module.split(".")[0] == "numpy"
        if is_numpy and getattr(np, name, None) is fn:
            return f"np.{name}"
        if is_numpy and is_there and "._" not in module:
            return f"np{module.removeprefix('numpy')}.{name}"
        if isinstance(fn, np.ufunc) and (home := module_of(fn, private=True)) not in ("", "__main__"):
            return f"{self._module(home)}.{name}"
        if is_there and isinstance(fn, BuiltinFunctionType):
            if module == "builtins":
                return name
            self.imports.add(f"import {module}")
            return f"{module}.{name}"
        if is_importable(fn) and name not in self._identifiers.taken and id(fn) not in self._names:
            self.imports.add(f"from {fn.__module__} import {name}")
            self.objects[name] = fn
            self._names[id(fn)] = self._identifiers.new(name)
        stem = "function" if name == "<lambda>" else name.strip("_") or type(fn).__name__.lower()
        return self._named(id(fn), fn, stem)

    def _module(self, module: str) -> str:
        """The name of a module, which is imported."""
        key, name = id(sys.modules[module]), module.rpartition(".")[-1]
        if key not in self._names:
            found = self._names[key] = self._identifiers.new(name.strip("_"))
            self.imports.add(import_line(module, found))
            self.objects[found] = sys.modules[module]
        return self._names[key]

    def _named(self, key: Any, value: Any, stem: str, literal: str | None = None) -> str:
        """The name of an object, which is written out as `literal`, or given to the program."""
        if key not in self._names:
            name = self._names[key] = self._identifiers.new(stem)
            if literal:
                self.lines.append(f"{name} = {literal}")
            else:
                self.objects[name] = self.given[name] = value
        return self._names[key]

    def told(self) -> list[str]:
        """A comment on each object that is handed to the program: what it is."""
        return [f"# from outside: {name}, {described(value)}" for name, value in self.given.items()]


def described(value: Any) -> str:
    """What an object is, and why a program has to refer to it."""
    if isinstance(value, np.ndarray | np.generic):
        return f"{value.dtype} of shape {value.shape}, too long to be written out"
    if isinstance(value, OpaqueStep):
        return value.kind
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}: its code looks at values"
    return f"a {type(value).__name__}"


# -- functions and types -----------------------------------------------------------------------------------------------


def import_line(module: str, name: str) -> str:
    """What imports a module under a name: "from scipy import special"."""
    package, _, own = module.rpartition(".")
    line = f"from {package} import {own}" if package else f"import {own}"
    return line if own == name else f"{line} as {name}"


def is_importable(fn: Any) -> bool:
    """Whether `from module import name` gives this very object."""
    module, name = getattr(fn, "__module__", ""), getattr(fn, "__name__", "")
    return module not in ("__main__", "builtins") and getattr(sys.modules.get(module), name, None) is fn


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


# -- arrays that are written out ---------------------------------------------------------------------------------------


def literal_of(value: Any) -> tuple[str | None, str]:
    """An expression that makes the same array: bits, dtype and strides; None if there is no short one. And its name."""
    if value.dtype.kind in "biufc" and value.dtype.isnative and np.isfinite(value).all():
        for text, word in _literals(value):
            if _has_same_bits(eval(text, {"np": np}), value):
                return text, word
    return None, ""


def _literals(value: Any) -> Iterator[tuple[str, str]]:
    """Expressions that may make an array, and what it is called then."""
    dtype, shape = f"np.{value.dtype}", value.shape
    first = value.flat[0].item() if value.size else 0
    if not shape:
        make = f"{dtype}({{}})" if isinstance(value, np.generic) else f"np.array({{}}, {dtype})"
        numbers = dict.fromkeys((str(value), repr(first)), {0: "zero", 1: "one"}.get(first, ""))
        if isinstance(first, float) and 1e-9 < abs(first) < 1:  # 1 / 5e-324 is infinite
            sign, n = ("-" if first < 0 else ""), round(1 / abs(first))
            numbers[f"{sign}1 / {n}"] = f"{'minus_' if sign else ''}one_over_{n}"
        yield from ((make.format(text), numbers[text]) for text in sorted(numbers, key=len))
        return
    if value.size and not any(value.strides):
        yield from ((f"np.broadcast_to({text}, {shape})", word) for text, word in _literals(np.asarray(value.flat[0])))
    if value.ndim == 1 and value.dtype.kind in "iu" and not first:
        yield f"np.arange({shape[0]})" if value.dtype == int else f"np.arange({shape[0]}, dtype={dtype})", "rows"
    if first in (0, 1):
        word = "ones" if first else "zeros"
        yield f"np.{word}({shape[0] if len(shape) == 1 else shape}, {dtype})", word
    if value.size > LONGEST_LITERAL or value.ndim > 1:
        yield f"np.full({shape}, {first!r}, {dtype})", ""
    if value.size <= LONGEST_LITERAL:
        yield f"np.array({value.tolist()!r}, {dtype})", ""


def _has_same_bits(a: Any, b: Any) -> bool:
    same = type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and a.strides == b.strides
    return bool(same and a.tobytes() == b.tobytes())
