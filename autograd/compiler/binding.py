"""A program bound to what it reads and writes: whether it fits a call, and the call itself.

All of it is printed and compiled, too: a step of a small network takes as long as a thousand look-ups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd.compiler.capture import Capture
from autograd.compiler.entering import GRAD
from autograd.compiler.guards import Arguments, Names, settings, unless
from autograd.compiler.program import Program, Value
from autograd.compiler.rewriting import final
from autograd.compiler.state import GONE, Place, is_same
from autograd.graph import note_updates, owner_of, recording
from autograd.tensor import Tensor

MISS = object()  # what a program that does not fit returns

Run = Callable[[tuple[Any, ...], dict[str, Any]], Any]


def bound(program: Program, step: Callable[..., Any], captured: Capture, forms: tuple[Any, Any]) -> Run:
    """A function of args and kwargs that returns what the captured function would, or MISS.

    forms  the arguments as they were in the trace.
    """
    names = Names()
    reads = {place: value for place, value in captured.reads.items() if _matters(place, value, program, captured)}
    arguments = Arguments(names, forms)
    memory = owner_of(step.__globals__["memory"]) if program.buffers else None
    written = {captured.reads[place] for place in captured.written()}
    arrays = _Arrays([value for value in reads.values() if value.is_array], written, memory)
    texts = dict(zip((value for _, value in captured.inputs.values()), arguments.arrays.values(), strict=True))
    lines = [
        "try:",
        *_indented(arguments.lines),
        *_indented(names.ways(_places(captured, reads))),
        *_indented(settings(names, captured)),
        *_indented(_reading(names, captured, reads, texts)),
        "except GONE: return MISS",
        *_calling(program, reads, texts),
        *_storing(names, captured, program),
        *_noting(program, captured, reads, texts, arrays),
        f"return {_output(names, captured)}",
    ]
    source = "def run(args, kwargs):\n" + "\n".join(_indented(lines))
    namespace = names.objects | {
        "MISS": MISS, "step": step, "arrays": arrays, "memory": memory, "ndarray": np.ndarray, "asarray": np.asarray,
        "Tensor": Tensor, "new": object.__new__, "make": Tensor._make, "recording": recording.get, "is_same": is_same,
        "note_updates": note_updates, "GONE": GONE, "defaultdict": defaultdict,
    }  # fmt: skip
    exec(source, namespace)
    run: Run = namespace["run"]
    return run


def _indented(lines: Iterator[str] | list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _matters(place: Place, value: Value, program: Program, captured: Capture) -> bool:
    """Whether a program depends on what lives in a place: but for gradients that are forgotten unread, it may."""
    return place.steps[:1] != GRAD or place.root in captured.grads_read or value in program.arguments


def _places(captured: Capture, reads: Mapping[Place, Value]) -> list[Place]:
    """All that are looked at in every call; some are made by the call itself."""
    settings = [setting.place for setting in captured.outside.settings]
    return [*reads, *settings, *(place for place, _ in captured.stores if place in reads)]


class _Arrays:
    """The arrays that a program reads or writes where they live.

    written whether the program changes each.
    known   those that were found to fit in the last call.
    owners  the identities of those that own their memory, in the same order.
    """

    def __init__(self, values: list[Value], written: set[Value], memory: Any) -> None:
        self.layouts = [value.layout() for value in values]
        self.written = [value in written for value in values]
        self.memory = memory
        self.known: tuple[Any, ...] = (None,) * len(values)
        self.owners = [0] * len(values)

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
        for k in changed:
            self.owners[k] = id(owner_of(found[k]))
        return True


def _may_overlap(a: Any, b: Any) -> bool:
    return type(b) is not np.ndarray or np.may_share_memory(a, b)


def _reading(names: Names, captured: Capture, reads: Mapping[Place, Value], texts: dict[Value, str]) -> Iterator[str]:
    """Take the state from where it lives, and put the variables that hold it into `texts`."""
    arrays = []
    for k, (place, value) in enumerate(reads.items()):
        variable = texts[value] = f"v{k}"
        yield f"{variable} = {names.place(place)}"
        if value.is_array:
            arrays.append(variable)
        elif place.steps:
            yield unless(f"type({variable}) is not {names(type(value.array))}")
        if value in captured.tracer.truths:
            yield unless(f"bool({variable}) is not {captured.tracer.truths[value]}")
        if value in captured.tracer.held:
            yield unless(f"{variable}.tobytes() != {names(captured.tracer.held[value])}")
    if arrays:
        yield f"{', '.join(f'k{variable}' for variable in arrays)}, = arrays.known"
        changed = " or ".join(f"{variable} is not k{variable}" for variable in arrays)
        yield unless(f"({changed}) and not arrays.fit({', '.join(arrays)})")


def _calling(program: Program, reads: Mapping[Place, Value], texts: Mapping[Value, str]) -> Iterator[str]:
    """Call the program; if it fails, random generators are as they were."""
    found = "".join(f"f{k}, " for k in range(len(program.results))) + "= " * bool(program.results)
    call = f"{found}step({', '.join(texts[value] for value in program.arguments)})"
    drawn = [texts[v] for v in reads.values() if isinstance(v.array, np.random.Generator) and v in program.arguments]
    if not drawn:
        yield call
        return
    yield from (f"bits_{text} = {text}.bit_generator.state" for text in drawn)
    yield f"try: {call}"
    yield "except Exception:"
    yield from (f"    {text}.bit_generator.state = bits_{text}" for text in drawn)
    yield "    raise"


def _storing(names: Names, captured: Capture, program: Program) -> Iterator[str]:
    """Write outside what the program returned: gradients, and then the rest."""
    n = len(captured.results()[0])
    for leaf, value in captured.grads.items():
        if value is None:
            yield f"{names(leaf)}.grad = None"
            continue
        yield f"{names(leaf)}.grad = t = new(Tensor); t.data = f{n}; t.node = None"
        n += 1
    known = {(optimizer, p) for optimizer, moments in captured.moments for p, keys in moments.items() if keys}
    for optimizer, p in captured.kept:
        if (optimizer, p) not in known:
            yield f"{names(optimizer)}.state.setdefault({names(p)}, {{}})"
    stored = [final(value, program.instead) for _, value in captured.stores]
    numbers = {value: n + k for k, value in enumerate(dict.fromkeys(stored))}  # one value may live in several places
    for (place, _), value in zip(captured.stores, stored, strict=True):
        yield f"{names.place(place)} = f{numbers[value]}"


def _noting(
    program: Program, captured: Capture, reads: Mapping[Place, Value], texts: Mapping[Value, str], arrays: _Arrays
) -> Iterator[str]:
    """Tell the clock of updates what was written: state, and the gradients in the program's own memory."""
    written = set(captured.written())
    state = [value for value in reads.values() if value.is_array]
    which = [k for k, (place, value) in enumerate((p, v) for p, v in reads.items() if v.is_array) if place in written]
    assert len(state) == len(arrays.layouts)
    owners = ", ".join(f"owners[{k}]" for k in which)
    lasting = f"{id(arrays.memory)}" if arrays.memory is not None else ""
    if owners or lasting:
        yield "owners = arrays.owners"
        yield f"note_updates(({', '.join(filter(None, (owners, lasting)))},), {program.name!r})"


def _output(names: Names, captured: Capture) -> str:
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
