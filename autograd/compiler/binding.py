"""A program bound to what it reads and writes: whether it fits a call, and the call itself.

All of it is printed and compiled, too: a step of a small network takes as long as a thousand look-ups.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd.compiler.capture import Capture
from autograd.compiler.guards import Arguments, Names, same, settings, unless
from autograd.compiler.program import Program, Value
from autograd.compiler.state import Place
from autograd.graph import note_updates, owner_of, recording
from autograd.nn import init
from autograd.tensor import Tensor

MISS = object()  # what a program that does not fit returns

Run = Callable[[tuple[Any, ...], dict[str, Any]], Any]


def bound(program: Program, step: Callable[..., Any], captured: Capture, forms: tuple[Any, Any]) -> Run:
    """A function of args and kwargs that returns what the captured function would, or MISS.

    forms  the arguments as they were in the trace.
    """
    names = Names()
    used = set(program.arguments)
    reads = {place: value for place, value in captured.reads.items() if value in used}
    arguments = Arguments(names, forms)
    memory = owner_of(step.__globals__["memory"]) if program.buffers else None  # type: ignore[attr-defined] # a function
    arrays = _Arrays([value for value in reads.values() if value.is_array], memory)
    texts = dict(zip((value for _, value in captured.inputs.values()), arguments.arrays.values(), strict=True))
    lines = [
        "try:",
        *_indented(arguments.lines),
        *_indented(names.ways([*reads, *(place for place, _ in captured.stores)])),
        *_indented(settings(names, captured)),
        *_indented(_reading(names, captured, reads, texts)),
        "except (AttributeError, IndexError, KeyError, ValueError): return MISS",
        f"{_found(program)}step({', '.join(texts[value] for value in program.arguments)})",
        *_storing(names, captured),
        *_noting(program, captured, reads, texts, arrays),
        f"return {_output(names, captured)}",
    ]
    source = "def run(args, kwargs):\n" + "\n".join(_indented(lines))
    namespace = names.objects | {
        "MISS": MISS, "step": step, "arrays": arrays, "memory": memory, "ndarray": np.ndarray, "asarray": np.asarray,
        "Tensor": Tensor, "new": object.__new__, "make": Tensor._make, "recording": recording.get, "same": same,
        "is_": operator.is_, "note_updates": note_updates, "generator": init.generator, "defaultdict": defaultdict,
    }  # fmt: skip
    exec(source, namespace)
    run: Run = namespace["run"]
    return run


def _indented(lines: Iterator[str] | list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


class _Arrays:
    """The arrays that a program reads or writes where they live.

    known   those that were found to fit in the last call.
    owners  the identities of those that own their memory, in the same order.
    """

    def __init__(self, values: list[Value], memory: Any) -> None:
        self.layouts = [value.layout() for value in values]
        self.memory = memory
        self.known: tuple[Any, ...] = (None,) * len(values)
        self.owners: list[int] = []

    def fit(self, *found: Any) -> bool:
        """Whether the program can take these in place of those that it knows."""
        for array, layout in zip(found, self.layouts, strict=True):
            if type(array) is not np.ndarray or (array.shape, array.dtype, array.strides) != layout:
                return False
            if array.base is self.memory is not None:  # which it would overwrite before it reads them
                return False
        if len(set(map(id, found))) != len(found):  # in the trace they were different ones
            return False
        self.known, self.owners = found, [id(owner_of(array)) for array in found]
        return True


def _reading(names: Names, captured: Capture, reads: Mapping[Place, Value], texts: dict[Value, str]) -> Iterator[str]:
    """Take the state from where it lives, and put the variables that hold it into `texts`."""
    arrays = []
    own = {id(generator) for _, generator in captured.outside.generators}
    for k, (place, value) in enumerate(reads.items()):
        variable = texts[value] = f"v{k}"
        if isinstance(place.root, np.random.Generator) and not place.steps and id(place.root) not in own:
            yield f"{variable} = generator()"  # the default one, which ag.seed() replaces
            continue
        yield f"{variable} = {names.place(place)}"
        if value.is_array:
            arrays.append(variable)
        elif place.steps:
            yield unless(f"type({variable}) is not {names(type(value.array))}")
        if value in captured.tracer.truths:
            yield unless(f"bool({variable}) is not {captured.tracer.truths[value]}")
    if arrays:
        yield f"{', '.join(f'k{variable}' for variable in arrays)}, = arrays.known"
        changed = " or ".join(f"{variable} is not k{variable}" for variable in arrays)
        yield unless(f"({changed}) and not arrays.fit({', '.join(arrays)})")


def _found(program: Program) -> str:
    """The variables for what the program returns."""
    return "".join(f"f{k}, " for k in range(len(program.results))) + "= " * bool(program.results)


def _storing(names: Names, captured: Capture) -> Iterator[str]:
    """Write outside what the program returned: gradients, and then the rest."""
    n = len(captured.results()[0])
    for leaf, value in captured.grads.items():
        if value is None:
            yield f"{names(leaf)}.grad = None"
            continue
        yield f"{names(leaf)}.grad = t = new(Tensor); t.data = f{n}; t.node = None"
        n += 1
    for place, _ in captured.stores:
        if place.steps[0] == ("attribute", "state") and place not in captured.reads:
            yield f"{names(place.root)}.state.setdefault({names(place.steps[1][1])}, {{}})"
        yield f"{names.place(place)} = f{n}"
        n += 1


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
