"""A program bound to what it reads and writes: whether it fits a call, and the call itself.

All of it is printed and compiled, too: a step of a small network takes as long as a thousand look-ups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from autograd._util.atomic import atomic
from autograd.compiler.ir import Program, Value
from autograd.compiler.runtime.guards import Code, KnownArrays, add_guards
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.signature import Signature
from autograd.compiler.tracing.snapshot import Snapshot
from autograd.compiler.tracing.sources import GONE, is_same
from autograd.engine.modes import is_grad_enabled
from autograd.engine.tensor import Tensor
from autograd.engine.versions import bump_versions, owner_of

MISS = object()  # what a program that does not fit returns
FUNCTION = """
def run(args, kwargs):
    try:
        {guards}
    except GONE:
        return MISS
    {block}:
        {call}
    return {output}
"""

Text = Callable[[Any], str]
BoundProgram = Callable[[tuple[Any, ...], dict[str, Any]], Any]


def bound(captured: Capture, signature: Signature, program: Program | None = None, step: Any = None) -> BoundProgram:
    """A function of args and kwargs that returns what the captured function would, or MISS.

    program  and `step`, the function that it is printed as; without, it is told alone whether a program would fit.
    """
    code, used = Code(), set(program.arguments) if program else set()
    memory = owner_of(step.__globals__["memory"]) if program and program.buffers else None
    arrays, texts = add_guards(code, captured, signature, used, memory)
    guards, code.lines = code.lines, []
    output = "None" if program is None else _add_call(code, captured, program, texts, arrays)
    # A program that changes state can't be interrupted: its updates may be anywhere in it.
    is_update = program and (captured.written() or captured.stores or captured.grads)
    text = FUNCTION.format(
        guards="\n        ".join(guards),
        block="with atomic(snapshot)" if is_update else "if True",
        call="\n        ".join(code.lines or ["pass"]),
        output=output,
    )
    namespace = code.objects | {
        "MISS": MISS, "GONE": GONE, "arrays": arrays, "memory": memory, "asarray": np.asarray, "Tensor": Tensor,
        "new": object.__new__, "make": Tensor._make, "is_same": is_same, "recording": is_grad_enabled, "step": step,
        "bump_versions": bump_versions, "atomic": atomic, "snapshot": lambda: Snapshot(captured.outside).restore,
    }  # fmt: skip
    exec(text, namespace)
    run: BoundProgram = namespace["run"]
    return run


def _add_call(code: Code, captured: Capture, program: Program, texts: Mapping[Value, str], arrays: KnownArrays) -> str:
    """Call the program, and write outside what it returned for that. Returns an expression for the rest."""
    found = {value: f"f{k}" for k, value in enumerate(program.results)}
    call = f"step({', '.join(texts[value] for value in program.arguments)})"
    if found:
        call = f"{', '.join(found.values())}, = {call}"
    code.lines += [f"{code.name(leaf)}.grad = None" for leaf in captured.cleared]
    generators = [texts[value] for value in program.arguments if isinstance(value.array, np.random.Generator)]
    if generators:  # if it fails, they are as they were
        code.lines.append("; ".join(f"before_{x} = {x}.bit_generator.state" for x in generators))
        undo = "; ".join(f"{x}.bit_generator.state = before_{x}" for x in generators)
        code.lines += [f"try: {call}", f"except Exception: {undo}; raise"]
    else:
        code.lines.append(call)
    for leaf, value in captured.grads.items():
        new = "None" if value is None else f"t = new(Tensor); t.data = {found[program.now(value)]}; t.node = None"
        code.lines.append(f"{code.name(leaf)}.grad = {new}")
    for optimizer, kept in captured.kept.items():  # as its first step makes them
        state = f"{code.name(optimizer)}.state"
        new = f"(p, {{}}) for p in {code.name(kept)} if p not in {state}"
        code.lines.append(f"if len({state}) < {len(kept)}: {state}.update({new})")
    for source, value in captured.stores:
        target = code.target(source)  # which may need a line before
        code.lines.append(f"{target} = {found[program.now(value)]}")
    if any(arrays.is_written) or arrays.memory is not None:  # in which gradients are
        code.lines.append(f"bump_versions(arrays.updated, {program.name!r})")

    def output(how: str, part: Any) -> str:
        if not isinstance(part, Value):
            return code.name(part)
        text = found[program.now(part)]
        return f"make({text if part.is_array else f'asarray({text})'}, None)" if how == "tensor" else text

    return pytree_text(captured.output, (output(*part) for part in captured.parts), code.name, code.name)


def pytree_text(tree: Any, leaves: Iterator[str], key: Text, kind: Text | None = None) -> str:
    """A pytree as an expression, of the texts of its leaves.

    key   gives the text of a key of a dict; `kind` that of a class: without, containers become plain ones.
    """
    if isinstance(tree, Mapping):
        items = (f"{key(name)}: {pytree_text(item, leaves, key, kind)}" for name, item in tree.items())
        text = "{" + ", ".join(items) + "}"
    elif isinstance(tree, list | tuple):
        text = ", ".join(pytree_text(item, leaves, key, kind) for item in tree)
        text = f"[{text}]" if isinstance(tree, list) else f"({text}{',' * (len(tree) == 1)})"
    else:
        return "None" if tree is None else next(leaves)
    if kind is None or type(tree) in (dict, list, tuple):
        return text
    if isinstance(tree, defaultdict):
        return f"{kind(partial(defaultdict, tree.default_factory))}({text})"
    return f"{kind(getattr(tree, '_make', type(tree)))}({text})"  # which named tuples have
