"""A program bound to what it reads and writes: whether it fits a call, and the call itself.

What must hold for a program to fit (shapes, dtypes and strides, settings, whether a `.grad` is None) is asked in every
call, so it is printed and compiled, too: a step of a small network takes as long as a thousand look-ups.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.compiler.capture import Capture, is_input
from autograd.compiler.program import Program
from autograd.compiler.state import GONE, PLAIN, Place, is_same
from autograd.containers import flatten
from autograd.graph import note_update, recording
from autograd.tensor import Tensor

MISS = object()  # what a program that does not fit returns


class Names:
    """Short names for objects, in the order in which they are asked for."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self._by_id: dict[int, str] = {}

    def __call__(self, value: Any) -> str:
        if id(value) not in self._by_id:
            name = f"o{len(self.objects)}"
            self._by_id[id(value)] = name
            self.objects[name] = value
        return self._by_id[id(value)]

    def place(self, place: Place) -> str:
        text = self(place.root)
        for kind, key in place.steps:
            if kind == "attribute":
                text += f".{key}"
            else:
                text += f"[{key!r}]" if isinstance(key, int | str) else f"[{self(key)}]"
        return text


def bound(program: Program, step: Callable[..., Any], captured: Capture, given: list[Any]) -> Callable[..., Any]:
    """A function of the leaves of the arguments, which returns the parts of the output, or MISS.

    given  the leaves as they were in the trace.
    """
    names = Names()
    lines = ["try:"]

    def unless(condition: str) -> None:
        lines.append(f"    if not ({condition}): return MISS")

    for k, leaf in enumerate(given):
        _check_leaf(unless, names, k, leaf)
    unless(f"recording() is {captured.is_recording}")
    for optimizer, moments in captured.moments:
        for p, keys in moments.items():
            known = f"{names(optimizer)}.state.get({names(p)})"
            unless(f"{known}.keys() == {names(dict.fromkeys(keys).keys())}" if keys else f"not {known}")
    for leaf, is_none in captured.grads_read.items():
        unless(f"{names(leaf)}.grad is {'' if is_none else 'not '}None")
    for setting in captured.outside.settings:
        now, expected = names.place(setting.place), setting.expected
        if setting.how == "length":
            unless(f"len({now}) == {expected}")
        elif setting.how == "same" or expected is None or isinstance(expected, bool):
            unless(f"{now} is {names(expected) if setting.how == 'same' else expected}")
        else:
            lines.append(f"    x = {now}")
            unless(f"x is {names(expected)} or is_same(x, {names(expected)})")
    for place, first in captured.aliases:
        unless(f"{names.place(place)} is {names.place(first)}")
    arguments = [f"a{k}.data" if isinstance(given[k], Tensor) else f"a{k}" for k in captured.inputs]
    for k, (place, value) in enumerate(captured.reads.items()):
        lines.append(f"    v{k} = {names.place(place)}")
        arguments.append(f"v{k}")
        if value.is_array:
            lines.append(f"    if v{k} is not known[{k}]:")
            lines.append(f"        if type(v{k}) is not ndarray: return MISS")
            lines.append(f"        if (v{k}.shape, v{k}.dtype, v{k}.strides) != {names(value.layout())}: return MISS")
            lines.append(f"        known[{k}] = v{k}")
        else:
            unless(f"type(v{k}) is {names(type(value.array))}")
        if value in captured.tracer.held:
            unless(f"v{k}.tobytes() == {names(captured.tracer.held[value])}")
        if value in captured.tracer.truths:
            unless(f"bool(v{k}) is {captured.tracer.truths[value]}")
    lines += ["except GONE: return MISS"]
    drawn = [k for k, value in enumerate(captured.reads.values()) if isinstance(value.array, np.random.Generator)]
    if drawn:
        lines += [*(f"bits{k} = v{k}.bit_generator.state" for k in drawn), "try:"]
        lines.append(f"    found = step({', '.join(arguments)})")
        lines += ["except Exception:", *(f"    v{k}.bit_generator.state = bits{k}" for k in drawn), "    raise"]
    else:
        lines.append(f"found = step({', '.join(arguments)})")
    _print_stores(lines, names, program, captured)
    body = "\n".join("    " + line for line in lines)
    source = f"def run({', '.join(f'a{k}' for k in range(len(given)))}):\n{body}\n"
    namespace = names.objects | {
        "MISS": MISS, "GONE": GONE, "is_same": is_same, "step": step, "known": [None] * len(captured.reads),
        "ndarray": np.ndarray, "Tensor": Tensor,
        "recording": recording.get, "note_update": note_update, "make": Tensor._make,
    }  # fmt: skip
    exec(source, namespace)
    run: Callable[..., Any] = namespace["run"]
    return run


def _check_leaf(unless: Callable[[str], None], names: Names, k: int, leaf: Any) -> None:
    if is_input(leaf) and isinstance(leaf, np.generic):
        unless(f"type(a{k}) is {names(type(leaf))}")
    elif is_input(leaf):
        data = leaf.data if isinstance(leaf, Tensor) else leaf
        if isinstance(leaf, Tensor):
            unless(f"type(a{k}) is Tensor and a{k}.node is None")
        else:
            unless(f"type(a{k}) is ndarray")
        x = f"a{k}.data" if isinstance(leaf, Tensor) else f"a{k}"
        dtype = f"({x}.dtype is {names(data.dtype)} or {x}.dtype == {names(data.dtype)})"
        unless(f"{x}.shape == {data.shape} and {dtype} and {x}.strides == {data.strides}")
    elif isinstance(leaf, PLAIN) and not isinstance(leaf, bool):
        unless(f"a{k} is {names(leaf)} or is_same(a{k}, {names(leaf)})")
    else:
        unless(f"a{k} is {names(leaf)}")


def _print_stores(lines: list[str], names: Names, program: Program, captured: Capture) -> None:
    """Write outside what the program returned, and return the rest."""
    n = count = len(captured.results()[0])
    for leaf, value in captured.grads.items():
        if value is None:
            lines.append(f"{names(leaf)}.grad = None")
            continue
        lines.append(f"{names(leaf)}.grad = make(found[{n}], None)")
        n += 1
    for place, _ in captured.stores:
        if place.steps[0] == ("attribute", "state") and place not in captured.reads:
            lines.append(f"{names(place.root)}.state.setdefault({names(place.steps[1][1])}, {{}})")
        lines.append(f"{names.place(place)} = found[{n}]")
        n += 1
    written = set(captured.written())
    for k, (place, value) in enumerate(captured.reads.items()):
        if value.is_array and place in written:
            lines.append(f"note_update(v{k}, {program.name!r})")
    lines.append(f"return found[:{count}]")


def leaves_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[str], list[Any]]:
    found = flatten([list(args), kwargs])
    return [path for path, _ in found], [leaf for _, leaf in found]
