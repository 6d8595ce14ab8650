"""Guards: what must hold for a program to fit a call, as lines of Python.

Shapes, dtypes and strides of the arguments, plain values, whether a `.grad` is None: all of it is asked in every call,
so it is printed as comparisons that take some ten nanoseconds each. Where one fails, the lines return MISS.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.compiler.ir import Value
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.signature import ArraySpec, Signature
from autograd.compiler.tracing.sources import GRAD, PLAIN_TYPES, Source
from autograd.engine.tensor import Tensor
from autograd.engine.versions import owner_of


class Code:
    """Lines of a function, and the objects that they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.objects: dict[str, Any] = {}
        self._variables: dict[Any, str] = {}  # by the id of an object, and by the text of the way to a source

    def miss_if(self, condition: str) -> None:
        self.lines.append(f"if {condition}: return MISS")

    def miss_unless_same(self, now: str, expected: Any) -> None:
        """An object is the same, a plain value of the same type and equal."""
        other = f" and not is_same({now}, {self.name(expected)})" if isinstance(expected, PLAIN_TYPES) else ""
        self.miss_if(f"{now} is not {self.name(expected)}{other}")

    def name(self, value: Any) -> str:
        if id(value) not in self._variables:
            self.objects[self._new(id(value))] = value
        return self._variables[id(value)]

    def source(self, source: Source) -> str:
        """The text of the value that lives there."""
        return self._variables.get(text := self.target(source), text)

    def target(self, source: Source) -> str:
        """The text of a source, to be assigned to. Each object on the way to it is looked up once."""
        text = self.name(source.root)
        for n, (kind, key) in enumerate(source.steps):
            if n and text not in self._variables:
                self.lines.append(f"{self._new(text)} = {text}")
            item = repr(key) if type(key) in (int, str) else self.name(key)
            text = self._variables.get(text, text) + (f".{key}" if kind == "attribute" else f"[{item}]")
        return text

    def _new(self, key: Any) -> str:
        return self._variables.setdefault(key, f"v{len(self._variables)}")


class KnownArrays:
    """The arrays that a program reads or writes where they live.

    is_written  of each, whether the program changes it.
    memory      of the program itself, or None.
    known       those that were found to fit in the last call.
    updated     the identities of what owns the memory that the program changes: theirs, and its own.
    """

    def __init__(self, values: Sequence[Value], written: Collection[Value], memory: Any) -> None:
        self.layouts = [value.layout() for value in values]
        self.is_written = [value in written for value in values]
        self.memory = memory
        self.known: tuple[Any, ...] = (None,) * len(values)
        self.updated: tuple[int, ...] = () if memory is None else (id(memory),)

    def fit(self, *found: Any) -> bool:
        """Whether the program can take these in place of those that it knows."""
        for k, array in enumerate(found):
            if array is self.known[k]:
                continue
            if type(array) is not np.ndarray or (array.shape, array.dtype, array.strides) != self.layouts[k]:
                return False
            if array.base is self.memory is not None:  # which it would overwrite before it reads them
                return False
            for j, other in enumerate(found):  # what stood for them in the trace did not share memory
                is_written = self.is_written[k] or self.is_written[j]
                if j != k and (other is array or (is_written and np.may_share_memory(array, other))):
                    return False
        owners = [owner_of(array) for array, is_written in zip(found, self.is_written, strict=True) if is_written]
        self.known = found
        self.updated = tuple(id(owner) for owner in (*owners, self.memory) if owner is not None)
        return True


def add_guards(
    code: Code, captured: Capture, signature: Signature, used: Collection[Value], memory: Any
) -> tuple[KnownArrays, dict[Value, str]]:
    """Ask for all of it. Returns the state's arrays, and the variables of inputs and state.

    used  the arguments of the program, and `memory` its own.
    """
    # But for gradients that are forgotten unread, a program may depend on the shape of what it does not use.
    reads = {
        source: value
        for source, value in captured.reads.items()
        if source.steps[:1] != GRAD or source.root in captured.grads_read or value in used
    }
    texts = dict(zip(captured.inputs.values(), _argument_guards(code, signature), strict=True))
    _state_guards(code, captured, reads)
    for source, value in reads.items():
        x = texts[value] = f"s{len(texts)}"
        code.lines.append(f"{x} = {code.source(source)}")
        if not value.is_array and source.steps:
            code.miss_if(f"type({x}) is not {code.name(type(value.array))}")
        if (held := captured.tracer.held.get(value)) is not None:
            code.miss_if(f"bool({x}) is not {held}" if type(held) is bool else f"{x}.tobytes() != {code.name(held)}")
    values = [value for value in reads.values() if value.is_array]
    if values:
        now = [texts[value] for value in values]
        code.lines.append(f"{', '.join(f'known_{x}' for x in now)}, = arrays.known")
        changed = " or ".join(f"{x} is not known_{x}" for x in now)
        code.miss_if(f"({changed}) and not arrays.fit({', '.join(now)})")
    return KnownArrays(values, {captured.reads[source] for source in captured.written()}, memory), texts


def _argument_guards(code: Code, signature: Signature) -> list[str]:
    """Take the arguments apart, and ask whether they are such ones. Returns the variables of their arrays, in order."""
    arrays: list[str] = []
    numbers = itertools.count()

    def visit(x: str, tree: Any) -> None:
        if isinstance(tree, ArraySpec):
            arrays.append(_array_guards(code, x, tree))
        elif not isinstance(tree, Mapping | list | tuple):
            code.miss_unless_same(x, tree)
        else:
            if x not in ("args", "kwargs"):
                code.miss_if(f"type({x}) is not {code.name(type(tree))}")
            if not tree:
                code.miss_if(x)
            elif isinstance(tree, Mapping):
                code.miss_if(f"tuple({x}) != {code.name(tuple(tree))}")
                visit_items(f"{x}.values()", tree.values())
            else:
                visit_items(x, tree)

    def visit_items(x: str, items: Iterable[Any]) -> None:
        parts = {f"a{next(numbers)}": item for item in items}
        code.lines.append(f"{', '.join(parts)}, = {x}")  # raises ValueError, one of GONE, for more or fewer
        for part, item in parts.items():
            visit(part, item)

    visit("args", signature.args)
    visit("kwargs", signature.kwargs)
    return arrays


def _array_guards(code: Code, x: str, spec: ArraySpec) -> str:
    """The same of one array. Returns its variable: `x`, or that of its data if it is a Tensor."""
    data, kind = x, spec.kind
    if kind is Tensor:
        code.miss_if(f"type({x}) is not Tensor or {x}.node is not None")
        data, kind = f"{x}_data", np.ndarray
        code.lines.append(f"{data} = {x}.data")
    code.miss_if(f"type({data}) is not {code.name(kind)}")
    if not issubclass(kind, np.generic):
        dtype = code.name(spec.dtype)
        code.miss_if(f"{data}.shape != {spec.shape} or {data}.strides != {spec.strides}")
        code.miss_if(f"{data}.dtype is not {dtype} and {data}.dtype != {dtype}")
        code.miss_if(f"{data}.base is memory is not None")  # the program would overwrite it before it reads it
    return data


def _state_guards(code: Code, captured: Capture, reads: Mapping[Source, Value]) -> None:
    """Ask whether what the function reaches is as it was in the trace, but for what the program reads."""
    for source in (*reads, *(guard.source for guard in captured.outside.guards)):
        code.target(source)  # so that what is on the way to several has a variable, from here on
    code.miss_if(f"recording() is not {captured.is_recording}")
    for leaf, is_none in captured.grads_read.items():
        code.miss_if(f"{code.name(leaf)}.grad is {'not ' if is_none else ''}None")
    for guard in captured.outside.guards:
        now = code.source(guard.source)
        if guard.read is not None:
            code.miss_if(f"{code.name(guard.read)}({now}) != {code.name(guard.expected)}")
        else:
            code.miss_unless_same(now, guard.expected)
    for source, first in captured.aliases:
        now, other = code.source(source), code.source(first)
        is_array = captured.reads[first].is_array
        code.miss_if(f"{now} is not {other}" + ("" if is_array else f" and not is_same({now}, {other})"))
