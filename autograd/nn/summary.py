"""What a call of a module goes through, as a table."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd._util.tables import Table, aligned, in_bytes
from autograd.engine import random
from autograd.engine.graph import Node, next_order
from autograd.engine.modes import enable_grad
from autograd.engine.tensor import Tensor
from autograd.engine.versions import owner_of
from autograd.nn.members import is_state

COLUMNS = ("module", "class", "output shape", "parameters", "calls", "kept")


@dataclass(eq=False)
class Part:
    """A module of the model, under the path that leads to it first.

    parameters  elements of those that are directly in it, and in no part before.
    outputs     the shapes of what it returned, each once.
    kept        bytes that the calls directly in it save for the backward pass, and none before did. Neither parameters
                nor arguments are among them: they would be there anyway.
    """

    path: str
    module: Any
    parameters: int
    outputs: dict[str, None] = field(default_factory=dict)
    calls: int = 0
    kept: int = 0

    def row(self) -> tuple[str, ...]:
        shapes = "; ".join(self.outputs) or "-"
        kind = type(self.module).__name__
        return self.path, kind, shapes, f"{self.parameters:,}", str(self.calls), in_bytes(self.kept)


def summary(module: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Table:
    """See `Module.summary`."""
    name = type(module).__name__
    if args and isinstance(args[0], tuple) and args[0] and all(isinstance(n, int) for n in args[0]):
        raise TypeError(
            f"summary of {name} was given {args[0]}, and expects the arguments of a call; of an input of that "
            f"shape: summary(np.zeros({args[0]}, np.float32))"
        )
    twin = _copied(module)
    parts = list(_parts(twin, name))
    for part in parts:
        part.module.register_forward_hook(_noting(part))
    bits = random.generator().bit_generator
    before = bits.state
    since = next_order()
    try:
        with enable_grad():
            output = twin(*args, **kwargs)
    finally:
        bits.state = before
    _count_kept(parts, _nodes(output, since), (args, kwargs))
    rows = [part.row() for part in parts]
    totals = (f"{sum(p.parameters for p in parts):,}", str(sum(p.calls for p in parts)))
    lines = aligned([COLUMNS, *rows, ("total", "", "", *totals, in_bytes(sum(p.kept for p in parts)))], to_the_left=3)
    rule = "-" * len(lines[0])
    return Table("\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1], "", _remark(twin)]))


def _copied(module: Any) -> Any:
    """The module with state and random generators of its own; what was computed is left as it is."""
    computed = [value for part in module.modules() for _, value in part._members() if isinstance(value, Tensor)]
    memo = {id(value): value for value in computed if not is_state(value)}
    try:
        return copy.deepcopy(module, memo)
    except Exception as error:
        raise TypeError(
            f"summary calls a copy of {type(module).__name__}, so that nothing of it changes, and it cannot be copied: "
            f"{error}; keep what cannot out of its attributes, or give it a __deepcopy__"
        ) from error


def _parts(module: Any, name: str) -> Iterator[Part]:
    """The modules, each once, under the path that leads to it first."""
    seen: set[Any] = set()
    counted: set[Tensor] = set()
    for path, part in module.named_modules():
        if part not in seen:
            seen.add(part)
            own = {t for _, t in part._members() if isinstance(t, Tensor) and t.requires_grad and is_state(t)} - counted
            counted |= own
            yield Part(f"{name}.{path}" if path else name, part, sum(tensor.size for tensor in own))


def _noting(part: Part) -> Any:
    def note(module: Any, args: Any, output: Any) -> None:
        part.calls += 1
        part.outputs[_shape_of(output)] = None

    return note


def _shape_of(output: Any) -> str:
    """(2, 3), or for several [(2, 3), (2,)], {"a": (2, 3)}."""
    if isinstance(output, list | tuple):
        return f"[{', '.join(map(_shape_of, output))}]"
    if isinstance(output, Mapping):
        return f"{{{', '.join(f'{key}: {_shape_of(value)}' for key, value in output.items())}}}"
    return str(output.shape) if isinstance(output, Tensor | np.ndarray) else type(output).__name__


def _remark(module: Any) -> str:
    frozen = {t for _, t in module._named_tensors() if not t.requires_grad} - set(module.buffers())
    parameters, buffers = list(module.parameters()), list(module.buffers())
    texts = [f"parameters: {in_bytes(sum(p.data.nbytes for p in parameters))}"]
    if frozen:
        texts.append(f"{sum(t.size for t in frozen):,} other numbers that require no gradient")
    if buffers:
        texts.append(f"buffers: {in_bytes(sum(b.data.nbytes for b in buffers))}")
    return f"{', '.join(texts)}; called in {'training' if module.training else 'evaluation'}"


# -- memory ------------------------------------------------------------------------------------------------------------


def _count_kept(parts: list[Part], nodes: Iterable[Node], given: Any) -> None:
    """Add what the nodes of the graph save to the parts in which they were called."""
    by_module = {id(part.module): part for part in parts}
    state = [tensor for part in parts for _, tensor in part.module._members() if isinstance(tensor, Tensor)]
    known = {id(owner_of(array)) for array in _arrays([state, given])}
    for node in nodes:
        scope, part = node.scope, parts[0]
        while scope is not None:
            module = scope[0]()
            if id(module) in by_module:
                part = by_module[id(module)]
                break
            scope = scope[1]
        for array in _arrays(node.saved or ()):
            owner = owner_of(array)
            if id(owner) not in known:
                known.add(id(owner))
                part.kept += getattr(owner, "nbytes", 0)


def _nodes(output: Any, since: int) -> list[Node]:
    """The nodes that a call has left behind, in the order of the calls; those with a lower number were there before."""
    waiting = [leaf.node for leaf in _leaves(output) if isinstance(leaf, Tensor) and leaf.node is not None]
    seen: set[Any] = set(waiting)
    while waiting:
        new = {parent for parent in getattr(waiting.pop(), "parents", ()) if parent and parent.order > since} - seen
        seen |= new
        waiting += new
    return sorted((node for node in seen if isinstance(node, Node) and node.order > since), key=lambda node: node.order)


def _arrays(values: Any) -> Iterator[Any]:
    for leaf in _leaves(values):
        array = leaf.data if isinstance(leaf, Tensor) else leaf
        if isinstance(array, np.ndarray):
            yield array


def _leaves(values: Any) -> Iterator[Any]:
    if isinstance(values, list | tuple | Mapping):
        items: Iterable[Any] = values.values() if isinstance(values, Mapping) else values
        for item in items:
            yield from _leaves(item)
    else:
        yield values
