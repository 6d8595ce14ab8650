"""Guards: what must hold for a program to fit a call, as lines of Python.

Shapes, dtypes and strides of the arguments, settings, whether a `.grad` is None: all of it is asked in every call, so
it is printed as comparisons that take some ten nanoseconds each. Where one fails, the lines return MISS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd._util.pytree import tree_map
from autograd.compiler.tracing.capture import Capture, is_input
from autograd.compiler.tracing.sources import PLAIN, Source, moment
from autograd.engine.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Form:
    """What is known of an array among the arguments: a Tensor's, or one of the class `kind`; of a number its type."""

    kind: type
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    strides: tuple[int, ...]


def form_of(leaf: Any) -> Any:
    """A leaf of the arguments, without what its array holds."""
    if not is_input(leaf):
        return leaf
    data = leaf.data if isinstance(leaf, Tensor) else leaf
    return Form(type(leaf), data.shape, data.dtype, data.strides)


def forms_of(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
    """The arguments, with a Form in place of each array."""
    return tree_map(args, form_of), tree_map(dict(kwargs), form_of)


class Names:
    """Short names for objects, in the order in which they are asked for; and for the ways that lead to places."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self._by_id: dict[int, str] = {}
        self._ways: dict[tuple[int, Any], str] = {}

    def __call__(self, value: Any) -> str:
        if id(value) not in self._by_id:
            name = f"o{len(self.objects)}"
            self._by_id[id(value)] = name
            self.objects[name] = value
        return self._by_id[id(value)]

    def source(self, source: Source) -> str:
        """The text of a place, from the last variable on the way to it."""
        text = self(source.root)
        for n, step in enumerate(source.steps):
            way = id(source.root), self._key(source.steps[: n + 1])
            text = self._ways.get(way, text + self._text(step))
        return text

    def ways(self, sources: list[Source]) -> Iterator[str]:
        """Lines that give a variable to each way that leads to several of the places."""
        for length in range(1, max((len(source.steps) for source in sources), default=0)):
            found: dict[Any, list[Source]] = {}
            for source in sources:
                if len(source.steps) > length:
                    found.setdefault((id(source.root), self._key(source.steps[:length])), []).append(source)
            for way, those in found.items():
                if len({self._key(source.steps) for source in those}) > 1:
                    text = self.source(Source(those[0].root, those[0].steps[:length], ""))
                    self._ways[way] = f"w{len(self._ways)}"
                    yield f"{self._ways[way]} = {text}"

    def _key(self, steps: tuple[tuple[str, Any], ...]) -> Any:
        return tuple((kind, key if isinstance(key, int | str) else id(key)) for kind, key in steps)

    def _text(self, step: tuple[str, Any]) -> str:
        kind, key = step
        if kind == "attribute":
            return f".{key}"
        return f"[{key!r}]" if isinstance(key, int | str) else f"[{self(key)}]"


def unless(condition: str) -> str:
    return f"if {condition}: return MISS"


# -- arguments ---------------------------------------------------------------------------------------------------------


class Arguments:
    """The lines that take arguments apart, and ask whether they are like those of the trace.

    leaves  the variables of their leaves, in the order of `flatten`.
    arrays  those that hold an array, and its text.
    """

    def __init__(self, names: Names, forms: tuple[Any, Any]) -> None:
        self.names = names
        self.leaves: list[str] = []
        self.arrays: dict[int, str] = {}
        self._count = 0
        args, kwargs = forms
        self.lines = [*self._items("args", args), *self._mapping("kwargs", kwargs)]

    def _guards(self, x: str, tree: Any) -> Iterator[str]:
        if isinstance(tree, Mapping):
            yield unless(f"type({x}) is not {self.names(type(tree))}")
            yield from self._mapping(x, tree)
        elif isinstance(tree, list | tuple):
            yield unless(f"type({x}) is not {self.names(type(tree))}")
            yield from self._items(x, tree)
        elif tree is None:
            yield unless(f"{x} is not None")
        else:
            self.leaves.append(x)
            yield from self._leaf(x, tree)

    def _items(self, x: str, tree: Any) -> Iterator[str]:
        yield unless(f"len({x}) != {len(tree)}")
        parts = [self._variable() for _ in tree]
        if parts:
            yield f"{', '.join(parts)}, = {x}"
        for part, item in zip(parts, tree, strict=True):
            yield from self._guards(part, item)

    def _mapping(self, x: str, tree: Mapping[Any, Any]) -> Iterator[str]:
        if not tree:
            yield unless(x)
            return
        yield unless(f"tuple({x}) != {self.names(tuple(tree))}")
        yield from self._items(f"{x}.values()", tree.values())

    def _leaf(self, x: str, leaf: Any) -> Iterator[str]:
        if isinstance(leaf, Form):
            data = x
            if leaf.kind is Tensor:
                data = self._variable()
                yield unless(f"type({x}) is not Tensor or {x}.node is not None")
                yield f"{data} = {x}.data"
            self.arrays[len(self.leaves) - 1] = data
            if issubclass(leaf.kind, np.generic):
                yield unless(f"type({data}) is not {self.names(leaf.kind)}")
                return
            kind = "ndarray" if leaf.kind in (Tensor, np.ndarray) else self.names(leaf.kind)
            dtype = self.names(leaf.dtype)
            yield unless(f"type({data}) is not {kind} or {data}.shape != {leaf.shape}")
            yield unless(f"{data}.dtype is not {dtype} and {data}.dtype != {dtype} or {data}.strides != {leaf.strides}")
            yield unless(f"{data}.base is memory is not None")
        elif isinstance(leaf, PLAIN) and not isinstance(leaf, bool):
            yield unless(f"{x} is not {self.names(leaf)} and not is_same({x}, {self.names(leaf)})")
        else:
            yield unless(f"{x} is not {self.names(leaf)}")

    def _variable(self) -> str:
        self._count += 1
        return f"a{self._count - 1}"


# -- settings ----------------------------------------------------------------------------------------------------------


def guards(names: Names, captured: Capture) -> Iterator[str]:
    """What must be as it was in the trace, but for arguments and arrays."""
    yield unless(f"recording() is not {captured.is_recording}")
    for leaf, is_none in captured.grads_read.items():
        yield unless(f"{names(leaf)}.grad is {'not ' if is_none else ''}None")
    for optimizer, moments in captured.moments:
        state = names.source(Source(optimizer, (("attribute", "state"),)))
        for p, keys in moments.items():
            if keys:
                values = names.source(Source(optimizer, (("attribute", "state"), ("item", p))))
                yield unless(f"len({values}) != {len(keys)}")
                yield from (f"{values}[{key!r}]" for key in keys if moment(optimizer, p, key) not in captured.reads)
            else:
                yield unless(f"{state}.get({names(p)})")
    for guard in captured.outside.guards:
        now, expected = names.source(guard.source), guard.expected
        if guard.read is not None:
            yield unless(f"{names(guard.read)}({now}) != {names(expected)}")
        elif expected is None or isinstance(expected, bool):
            yield unless(f"{now} is not {expected}")
        elif isinstance(expected, PLAIN):
            yield f"x = {now}"
            yield unless(f"x is not {names(expected)} and not is_same(x, {names(expected)})")
        else:
            yield unless(f"{now} is not {names(expected)}")
    for source, first in captured.aliases:
        now, there = names.source(source), names.source(first)
        is_array = captured.reads[first].is_array
        yield unless(f"{now} is not {there}" + ("" if is_array else f" and not is_same({now}, {there})"))
