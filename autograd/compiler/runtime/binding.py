"""A program bound to what it reads and writes: whether it fits a call, and the call itself.

All of it is printed and compiled, too: a step of a small network takes as long as a thousand look-ups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from autograd._util.atomic import atomic
from autograd.compiler.ir import Program, Value
from autograd.compiler.passes.rewrites import final
from autograd.compiler.runtime.guards import Code, argument_guards, state_guards
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.signature import Signature
from autograd.compiler.tracing.sources import GONE, GRAD, Source, is_same
from autograd.engine.graph import Leaf
from autograd.engine.modes import is_grad_enabled
from autograd.engine.tensor import Tensor
from autograd.engine.versions import bump_versions, owner_of

MISS = object()  # what a program that does not fit returns

BoundProgram = Callable[[tuple[Any, ...], dict[str, Any]], Any]


def bound(
    captured: Capture, signature: Signature, program: Program | None = None, step: Any = None, snapshot: Any = None
) -> BoundProgram:
    """A function of args and kwargs that returns what the captured function would, or MISS.

    program   and `step`, the function that it is printed as; without, it is told alone whether a program would fit.
    snapshot  see `atomic`. A program that changes state can't be interrupted: its updates may be anywhere in it.
    """
    code = Code()
    memory = owner_of(step.__globals__["memory"]) if program is not None and program.buffers else None
    with code.block("def run(args, kwargs):"):
        arrays, texts = _guards(code, captured, signature, set(program.arguments) if program else set(), memory)
        if program is not None:
            _call(code, captured, program, texts, arrays)
    namespace = code.objects | {
        "MISS": MISS, "GONE": GONE, "arrays": arrays, "memory": memory, "ndarray": np.ndarray, "asarray": np.asarray,
        "Tensor": Tensor, "new": object.__new__, "make": Tensor._make, "is_same": is_same,
        "recording": is_grad_enabled, "bump_versions": bump_versions, "step": step, "atomic": atomic,
        "snapshot": snapshot,
    }  # fmt: skip
    exec("\n".join(code.lines), namespace)
    run: BoundProgram = namespace["run"]
    return run


# -- whether it fits ---------------------------------------------------------------------------------------------------


class KnownArrays:
    """The arrays that a program reads or writes where they live.

    is_written  of each, whether the program changes it.
    known       those that were found to fit in the last call.
    updated     the identities of what owns the memory that the program changes: theirs, and its own.
    """

    def __init__(self, values: list[Value], written: set[Value], memory: Any) -> None:
        self.layouts = [value.layout() for value in values]
        self.is_written = [value in written for value in values]
        self.memory = memory
        self.known: tuple[Any, ...] = (None,) * len(values)
        self.updated: tuple[int, ...] = () if memory is None else (id(memory),)

    def fit(self, *found: Any) -> bool:
        """Whether the program can take these in place of those that it knows."""
        if any(type(array) is not np.ndarray for array in found):
            return False
        for k, array in enumerate(found):
            if array is self.known[k]:
                continue
            if (array.shape, array.dtype, array.strides) != self.layouts[k]:
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


def _guards(
    code: Code, captured: Capture, signature: Signature, used: set[Value], memory: Any
) -> tuple[KnownArrays, dict[Value, str]]:
    """Return MISS where the program does not fit. The state's arrays, and the variables of inputs and state.

    used  the arguments of the program.
    """
    # But for gradients that are forgotten unread, a program may depend on the shape of what it does not use.
    reads = {
        source: value
        for source, value in captured.reads.items()
        if source.steps[:1] != GRAD or source.root in captured.grads_read or value in used
    }
    texts: dict[Value, str] = {}
    with code.block("try:"):
        texts |= zip(captured.inputs.values(), argument_guards(code, signature), strict=True)
        state_guards(code, captured, reads)
        for source, value in reads.items():
            texts[value] = f"s{len(texts)}"
            code.add(f"{texts[value]} = {code.source(source)}")
            if not value.is_array and source.steps:
                code.miss_if(f"type({texts[value]}) is not {code.name(type(value.array))}")
            if value in captured.tracer.truths:
                code.miss_if(f"bool({texts[value]}) is not {captured.tracer.truths[value]}")
            if value in captured.tracer.held:
                code.miss_if(f"{texts[value]}.tobytes() != {code.name(captured.tracer.held[value])}")
        values = [value for value in reads.values() if value.is_array]
        if values:
            now = [texts[value] for value in values]
            code.add(f"{', '.join(f'known_{x}' for x in now)}, = arrays.known")
            changed = " or ".join(f"{x} is not known_{x}" for x in now)
            code.miss_if(f"({changed}) and not arrays.fit({', '.join(now)})")
    code.add("except GONE: return MISS")
    return KnownArrays(values, {captured.reads[source] for source in captured.written()}, memory), texts


# -- the call ----------------------------------------------------------------------------------------------------------


def _call(code: Code, captured: Capture, program: Program, texts: Mapping[Value, str], arrays: KnownArrays) -> None:
    """Call the program, write outside what it returned for that, and return the rest."""
    found = [f"f{k}" for k in range(len(program.results))]
    outputs, grads, stores = destinations(program, captured, found)
    call = f"step({', '.join(texts[value] for value in program.arguments)})"
    if found:
        call = f"{', '.join(found)}, = {call}"
    generators = [texts[value] for value in program.arguments if isinstance(value.array, np.random.Generator)]
    is_update = captured.written() or captured.stores or captured.grads
    with code.block("with atomic(snapshot):") if is_update else nullcontext():
        if generators:  # if it fails, they are as they were
            code.add("; ".join(f"before_{x} = {x}.bit_generator.state" for x in generators))
            code.add(f"try: {call}")
            undo = "; ".join(f"{x}.bit_generator.state = before_{x}" for x in generators)
            code.add(f"except Exception: {undo}; raise")
        else:
            code.add(call)
        for leaf, text in grads.items():
            new = "None" if text is None else f"t = new(Tensor); t.data = {text}; t.node = None"
            code.add(f"{code.name(leaf)}.grad = {new}")
        _make_moments(code, captured)
        for source, text in stores:
            code.add(f"{code.target(source)} = {text}")
        if any(arrays.is_written) or arrays.memory is not None:  # in which gradients are
            code.add(f"bump_versions(arrays.updated, {program.name!r})")
    code.add(f"return {_output(code, captured, outputs)}")


def _make_moments(code: Code, captured: Capture) -> None:
    """Where an optimiser knows nothing of a parameter so far, an empty dict, as its first step makes it."""
    known = {(optimizer, p) for optimizer, moments in captured.moments for p, keys in moments.items() if keys}
    for optimizer in dict.fromkeys(optimizer for optimizer, p in captured.kept if (optimizer, p) not in known):
        kept, state = [p for other, p in captured.kept if other is optimizer], f"{code.name(optimizer)}.state"
        new = f"(p, {{}}) for p in {code.name(kept)} if p not in {state}"
        code.add(f"if len({state}) < {len(kept)}: {state}.update({new})")


def _output(code: Code, captured: Capture, outputs: Iterator[str]) -> str:
    """An expression for what the function returned."""

    def leaf(how: str, part: Any) -> str:
        if not isinstance(part, Value):
            return code.name(part)
        text = next(outputs)
        return f"make({text if part.is_array else f'asarray({text})'}, None)" if how == "tensor" else text

    def container(tree: Any, text: str) -> str:
        if type(tree) in (dict, list, tuple):
            return text
        if isinstance(tree, defaultdict):
            return f"{code.name(defaultdict)}({code.name(tree.default_factory)}, {text})"
        return f"{code.name(type(tree))}({'*' if hasattr(tree, '_fields') else ''}{text})"

    return pytree_text(captured.output, (leaf(how, part) for how, part in captured.parts), code.name, container)


# -- for files, too ----------------------------------------------------------------------------------------------------


def destinations(
    program: Program, captured: Capture, texts: Sequence[str]
) -> tuple[Iterator[str], dict[Leaf, str | None], list[tuple[Source, str]]]:
    """What becomes of the results of a program, which are given as texts.

    Returns those of the values that the function returned; of each leaf whose `.grad` it sets, None if that is cleared;
    and of what else it leaves outside.
    """
    outputs, grads, _ = captured.results()
    n, m = len(outputs), len(outputs) + len(grads)
    rest, stored = iter(texts[n:m]), dict(zip(program.results[m:], texts[m:], strict=True))
    return (
        iter(texts[:n]),
        {leaf: None if value is None else next(rest) for leaf, value in captured.grads.items()},
        [(source, stored[final(value, program.instead)]) for source, value in captured.stores],
    )


def pytree_text(
    tree: Any, leaves: Iterator[str], key_text: Callable[[Any], str], container: Callable[[Any, str], str]
) -> str:
    """A pytree as an expression, of the texts of its leaves.

    container  turns the text of a dict, list or tuple into one of the class of the given container.
    """
    if isinstance(tree, Mapping):
        items = (f"{key_text(key)}: {pytree_text(item, leaves, key_text, container)}" for key, item in tree.items())
        return container(tree, "{" + ", ".join(items) + "}")
    if isinstance(tree, list | tuple):
        text = ", ".join(pytree_text(item, leaves, key_text, container) for item in tree)
        return container(tree, f"[{text}]" if isinstance(tree, list) else f"({text}{',' * (len(tree) == 1)})")
    return "None" if tree is None else next(leaves)
