"""Guards: what must hold for a program to fit a call, as lines of Python.

Shapes, dtypes and strides of the arguments, plain values, whether a `.grad` is None: all of it is asked in every call,
so it is printed as comparisons that take some ten nanoseconds each. Where one fails, the lines return MISS.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.signature import ArraySpec, Signature
from autograd.compiler.tracing.sources import PLAIN, Source
from autograd.engine.tensor import Tensor


class Code:
    """The lines of a function, and the objects that they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.objects: dict[str, Any] = {}
        self._indent = ""
        self._variables: dict[Any, str] = {}  # by the id of an object, and by the text of the way to a source

    def add(self, line: str) -> None:
        self.lines.append(self._indent + line)

    def miss_if(self, condition: str) -> None:
        self.add(f"if {condition}: return MISS")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.add(head)
        self._indent += "    "
        yield
        self._indent = self._indent[4:]

    def name(self, value: Any) -> str:
        if id(value) not in self._variables:
            self.objects[self._new(id(value))] = value
        return self._variables[id(value)]

    def source(self, source: Source) -> str:
        """The text of the value that lives there."""
        text = self.target(source)
        return self._variables.get(text, text)

    def target(self, source: Source) -> str:
        """The text of a source, to be assigned to. Each object on the way to it is looked up once."""
        text = self.name(source.root)
        for n, (kind, key) in enumerate(source.steps):
            if n and text not in self._variables:
                self.add(f"{self._new(text)} = {text}")
            item = repr(key) if type(key) in (int, str) else self.name(key)
            text = self._variables.get(text, text) + (f".{key}" if kind == "attribute" else f"[{item}]")
        return text

    def _new(self, key: Any) -> str:
        return self._variables.setdefault(key, f"v{len(self._variables)}")


def argument_guards(code: Code, signature: Signature) -> list[str]:
    """Take the arguments apart, and ask whether they are such ones. Returns the variables of their arrays, in order."""
    arrays: list[str] = []
    numbers = itertools.count()

    def visit(x: str, tree: Any) -> None:
        if isinstance(tree, Mapping | list | tuple):
            if x not in ("args", "kwargs"):
                code.miss_if(f"type({x}) is not {code.name(type(tree))}")
            if isinstance(tree, Mapping):
                code.miss_if(f"tuple({x}) != {code.name(tuple(tree))}" if tree else x)
                x, tree = f"{x}.values()", tuple(tree.values())
            else:
                code.miss_if(f"len({x}) != {len(tree)}")
            parts = [f"a{next(numbers)}" for _ in tree]
            if parts:
                code.add(f"{', '.join(parts)}, = {x}")
            for part, item in zip(parts, tree, strict=True):
                visit(part, item)
        elif isinstance(tree, ArraySpec):
            arrays.append(_array_guards(code, x, tree))
        else:
            _same_guard(code, x, code.name(tree), not isinstance(tree, PLAIN))

    visit("args", signature.args)
    visit("kwargs", signature.kwargs)
    return arrays


def _array_guards(code: Code, x: str, spec: ArraySpec) -> str:
    """The same of one array. Returns its variable: `x`, or that of its data if it is a Tensor."""
    data = x
    if spec.kind is Tensor:
        code.miss_if(f"type({x}) is not Tensor or {x}.node is not None")
        data = f"{x}_data"
        code.add(f"{data} = {x}.data")
    if issubclass(spec.kind, np.generic):
        code.miss_if(f"type({data}) is not {code.name(spec.kind)}")
        return data
    kind = "ndarray" if spec.kind in (Tensor, np.ndarray) else code.name(spec.kind)
    dtype = code.name(spec.dtype)
    code.miss_if(f"type({data}) is not {kind} or {data}.shape != {spec.shape}")
    code.miss_if(f"{data}.dtype is not {dtype} and {data}.dtype != {dtype} or {data}.strides != {spec.strides}")
    code.miss_if(f"{data}.base is memory is not None")  # the program would overwrite it before it reads it
    return data


def state_guards(code: Code, captured: Capture, reads: Iterable[Source]) -> None:
    """Ask whether what the function reaches is as it was in the trace, but for what the program reads."""
    for source in (*reads, *(guard.source for guard in captured.outside.guards)):
        code.target(source)  # so that what is on the way to several has a variable, from here on
    code.miss_if(f"recording() is not {captured.is_recording}")
    for leaf, is_none in captured.grads_read.items():
        code.miss_if(f"{code.name(leaf)}.grad is {'not ' if is_none else ''}None")
    for optimizer, moments in captured.moments:
        for p, keys in moments.items():
            known = Source(optimizer).attribute("state").item(p)
            unknown = f"{code.name(optimizer)}.state.get({code.name(p)})"
            code.miss_if(f"len({code.source(known)}) != {len(keys)}" if keys else unknown)
    for guard in captured.outside.guards:
        now = code.source(guard.source)
        if guard.read is not None:
            code.miss_if(f"{code.name(guard.read)}({now}) != {code.name(guard.expected)}")
        else:
            _same_guard(code, now, code.name(guard.expected), not isinstance(guard.expected, PLAIN))
    for source, first in captured.aliases:
        _same_guard(code, code.source(source), code.source(first), captured.reads[first].is_array)


def _same_guard(code: Code, now: str, expected: str, is_object: bool) -> None:
    """An object is the same, a plain value of the same type and equal."""
    code.miss_if(f"{now} is not {expected}" + ("" if is_object else f" and not is_same({now}, {expected})"))
