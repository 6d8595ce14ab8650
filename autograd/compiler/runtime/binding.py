"""A program bound to what it reads and writes: whether it fits a call, and the call itself.

All of it is printed and compiled, too: a step of a small network takes as long as a thousand look-ups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd._util.atomic import atomic
from autograd.compiler.ir import Program, Value
from autograd.compiler.passes.rewriting import final
from autograd.compiler.runtime.guards import Arguments, Names, guards, unless
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.sources import GONE, GRAD, is_same
from autograd.engine.modes import is_grad_enabled
from autograd.engine.tensor import Tensor
from autograd.engine.versions import bump_versions, owner_of

MISS = object()  # what a program that does not fit returns

Run = Callable[[tuple[Any, ...], dict[str, Any]], Any]


def bound(
    program: Program, step: Callable[..., Any], captured: Capture, forms: tuple[Any, Any], snapshot: Any = None
) -> Run:
    """A function of args and kwargs that returns what the captured function would, or MISS.

    forms     the arguments as they were in the trace.
    snapshot  see `atomic`. A program that changes state can't be interrupted: its updates may be anywhere in it.
    """
    memory = owner_of(step.__globals__["memory"]) if program.buffers else None
    asking = _Asking(captured, forms, set(program.arguments), memory)
    lines = [*_calling(program, asking), *_storing(program, captured, asking), *_noting(program, asking)]
    if captured.written() or captured.stores or captured.grads:
        lines = ["with atomic(snapshot):", *_indented(lines)]
    returned = f"{_output(captured, asking.names)}"
    return asking.function(lines, returned, {"step": step, "atomic": atomic, "snapshot": snapshot})


def fitting(captured: Capture, forms: tuple[Any, Any]) -> Run:
    """A function of args and kwargs that returns MISS if a program of what was captured would not fit."""
    return _Asking(captured, forms, set(), None).function([], "True", {})


class _Asking:
    """The lines that ask whether a program fits.

    used   the arguments of the program.
    reads  the state that it depends on: where it lives, and its value.
    texts  the variables that hold inputs and state.
    """

    def __init__(self, captured: Capture, forms: tuple[Any, Any], used: set[Value], memory: Any) -> None:
        self.names = Names()
        # But for gradients that are forgotten unread, a program may depend on the shape of what it does not use.
        self.reads = {
            source: value
            for source, value in captured.reads.items()
            if source.steps[:1] != GRAD or source.root in captured.grads_read or value in used
        }
        written = {captured.reads[source] for source in captured.written()}
        self.arrays = _Arrays([value for value in self.reads.values() if value.is_array], written, memory)
        arguments = Arguments(self.names, forms)
        inputs = (value for _, value in captured.inputs.values())
        self.texts = dict(zip(inputs, arguments.arrays.values(), strict=True))
        sources = [*self.reads, *(guard.source for guard in captured.outside.guards)]
        self.lines = [
            *arguments.lines,
            *self.names.ways(sources),
            *guards(self.names, captured),
            *_reading(captured, self),
        ]

    def function(self, lines: list[str], returned: str, objects: dict[str, Any]) -> Run:
        lines = ["try:", *_indented(self.lines), "except GONE: return MISS", *lines, f"return {returned}"]
        source = "def run(args, kwargs):\n" + "\n".join(_indented(lines))
        namespace = self.names.objects | objects | {
            "MISS": MISS, "GONE": GONE, "arrays": self.arrays, "memory": self.arrays.memory, "ndarray": np.ndarray,
            "asarray": np.asarray, "Tensor": Tensor, "new": object.__new__, "make": Tensor._make, "is_same": is_same,
            "recording": is_grad_enabled, "bump_versions": bump_versions, "defaultdict": defaultdict,
        }  # fmt: skip
        exec(source, namespace)
        run: Run = namespace["run"]
        return run


def _indented(lines: Iterator[str] | list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


class _Arrays:
    """The arrays that a program reads or writes where they live.

    written whether the program changes each.
    known   those that were found to fit in the last call.
    updated the identities of what owns the memory of those that the program changes, and its own memory's.
    """

    def __init__(self, values: list[Value], written: set[Value], memory: Any) -> None:
        self.layouts = [value.layout() for value in values]
        self.written = [value in written for value in values]
        self.memory = memory
        self.known: tuple[Any, ...] = (None,) * len(values)
        self.updated: tuple[int, ...] = ()

    def fit(self, *found: Any) -> bool:
        """Whether the program can take these in place of those that it knows."""
        changed = [k for k, (array, before) in enumerate(zip(found, self.known, strict=True)) if array is not before]
        for k in changed:
            array = found[k]
            if type(array) is not np.ndarray or (array.shape, array.dtype, array.strides) != self.layouts[k]:
                return False
            if array.base is self.memory is not None:  # which it would overwrite before it reads them
                return False
            for j, other in enumerate(found):  # what stood for them in the trace did not share memory
                if j != k and (other is array or ((self.written[k] or self.written[j]) and _may_overlap(array, other))):
                    return False
        self.known = found
        owners = [id(owner_of(array)) for array, is_written in zip(found, self.written, strict=True) if is_written]
        self.updated = (*owners, *([] if self.memory is None else [id(self.memory)]))
        return True


def _may_overlap(a: Any, b: Any) -> bool:
    return type(b) is not np.ndarray or np.may_share_memory(a, b)


def _reading(captured: Capture, asking: _Asking) -> Iterator[str]:
    """Take the state from where it lives."""
    arrays, names = [], asking.names
    for k, (source, value) in enumerate(asking.reads.items()):
        variable = asking.texts[value] = f"v{k}"
        yield f"{variable} = {names.source(source)}"
        if value.is_array:
            arrays.append(variable)
        elif source.steps:
            yield unless(f"type({variable}) is not {names(type(value.array))}")
        if value in captured.tracer.truths:
            yield unless(f"bool({variable}) is not {captured.tracer.truths[value]}")
        if value in captured.tracer.held:
            yield unless(f"{variable}.tobytes() != {names(captured.tracer.held[value])}")
    if arrays:
        yield f"{', '.join(f'k{variable}' for variable in arrays)}, = arrays.known"
        changed = " or ".join(f"{variable} is not k{variable}" for variable in arrays)
        yield unless(f"({changed}) and not arrays.fit({', '.join(arrays)})")


def _calling(program: Program, asking: _Asking) -> Iterator[str]:
    """Call the program; if it fails, random generators are as they were."""
    found = "".join(f"f{k}, " for k in range(len(program.results))) + "= " * bool(program.results)
    call = f"{found}step({', '.join(asking.texts[value] for value in program.arguments)})"
    drawn = [asking.texts[value] for value in program.arguments if isinstance(value.array, np.random.Generator)]
    if not drawn:
        yield call
        return
    yield from (f"bits_{text} = {text}.bit_generator.state" for text in drawn)
    yield f"try: {call}"
    yield "except Exception:"
    yield from (f"    {text}.bit_generator.state = bits_{text}" for text in drawn)
    yield "    raise"


def _storing(program: Program, captured: Capture, asking: _Asking) -> Iterator[str]:
    """Write outside what the program returned: gradients, and then the rest."""
    names, n = asking.names, len(captured.results()[0])
    for leaf, value in captured.grads.items():
        if value is None:
            yield f"{names(leaf)}.grad = None"
            continue
        yield f"{names(leaf)}.grad = t = new(Tensor); t.data = f{n}; t.node = None"
        n += 1
    known = {(optimizer, p) for optimizer, moments in captured.moments for p, keys in moments.items() if keys}
    for optimizer in dict.fromkeys(optimizer for optimizer, p in captured.kept if (optimizer, p) not in known):
        those = [p for other, p in captured.kept if other is optimizer]
        yield f"if len({names(optimizer)}.state) < {len(those)}:"
        yield from (f"    {names(optimizer)}.state.setdefault({names(p)}, {{}})" for p in those)
    stored = [final(value, program.instead) for _, value in captured.stores]
    numbers = {value: n + k for k, value in enumerate(dict.fromkeys(stored))}  # one value may live in several places
    for (source, _), value in zip(captured.stores, stored, strict=True):
        yield f"{names.source(source)} = f{numbers[value]}"


def _noting(program: Program, asking: _Asking) -> Iterator[str]:
    """Tell the clock of updates what was written: state, and the gradients in the program's own memory."""
    if any(asking.arrays.written):
        yield f"bump_versions(arrays.updated, {program.name!r})"
    elif asking.arrays.memory is not None:
        yield f"bump_versions(({id(asking.arrays.memory)},), {program.name!r})"


def _output(captured: Capture, names: Names) -> str:
    """An expression for what the function returned, in the containers in which it did."""
    parts = iter(captured.parts)
    count = iter(range(len(captured.parts)))

    def leaf() -> str:
        how, part = next(parts)
        if not isinstance(part, Value):
            return names(part)
        text = f"f{next(count)}"
        if how != "tensor":
            return text
        return f"make({text if part.is_array else f'asarray({text})'}, None)"

    def text(tree: Any) -> str:
        if isinstance(tree, Mapping):
            items = "{" + ", ".join(f"{names(key)}: {text(item)}" for key, item in tree.items()) + "}"
            if isinstance(tree, defaultdict):
                return f"defaultdict({names(tree.default_factory)}, {items})"
            return items if type(tree) is dict else f"{names(type(tree))}({items})"
        if isinstance(tree, list | tuple):
            items = "".join(f"{text(item)}, " for item in tree)
            if hasattr(tree, "_fields"):
                return f"{names(type(tree))}({items})"
            items = f"[{items}]" if isinstance(tree, list) else f"({items})"
            return items if type(tree) in (list, tuple) else f"{names(type(tree))}({items})"
        return "None" if tree is None else leaf()

    return text(captured.output)
