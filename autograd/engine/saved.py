"""What a node saved, as its rules see it in a backward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from autograd._util.pytree import alike
from autograd.engine import errors, versions
from autograd.engine.graph import Node, OutputEdge, Parent
from autograd.engine.unbroadcast import HALF, SINGLE
from autograd.rules.operation import OUTPUT

Lift = Callable[[Any, Parent], Any]


def as_rules_see(node: Node, lift: Lift | None, halves: set[Any]) -> Any:
    """The saved values: as Tensors where a pass is recorded, and float16 as float32.

    Raises RuntimeError if they are gone, or are no longer what they were.
    """
    if node.saved is None:
        raise errors.of_freed_values(node.operation.name)
    for value in _flat((*node.saved, *node.options.values())) if node.version != versions.now else ():
        if (by := versions.updated_since(value, node.version)) is not None:
            raise errors.of_updated_value(node.operation.name, value, by)
    saved = _lifted(node, lift) if lift else node.saved
    is_half = bool(halves) or node.dtypes[0] is HALF
    return _widened(saved, node in halves) if is_half and not node.operation.variadic else saved


def _flat(values: Any) -> Iterator[Any]:
    """The values in nested tuples and lists."""
    for value in values:
        if isinstance(value, tuple | list):
            yield from _flat(value)
        else:
            yield value


def _lifted(node: Node, lift: Lift) -> tuple[Any, ...]:
    """The saved values as Tensors that continue the graph where they came from; constants stay arrays."""
    operation, values = node.operation, []
    for value, source in zip(node.saved or (), node.plan.sources, strict=True):
        if source >= 0 and operation.variadic:
            pairs = zip(value, node.parents, strict=False)  # a checkpoint has more parents
            values.append(tuple(x if parent is None else lift(x, parent) for x, parent in pairs))
        elif source >= 0:
            parent = node.parents[source]
            values.append(value if parent is None else lift(value, parent))
        elif operation.several and isinstance(value, list | tuple):
            values.append(tuple(lift(part, OutputEdge(node, k, len(value))) for k, part in enumerate(value)))
        elif source == OUTPUT:
            values.append(lift(value, node))
        elif operation.has_output_edges:
            values.append(lift(value, OutputEdge(node, OUTPUT - 1 - source, len(operation.hidden))))
        elif value.dtype.kind in "fc":
            raise errors.of_hidden_output(operation.name, operation.hidden[OUTPUT - source - 1])
        else:
            values.append(value)  # a mask or an index: constant
    return tuple(values)


def _widened(saved: Any, is_half: bool) -> Any:
    """Saved values, float16 as float32; and numbers as a call that `is_half` rounded them."""
    if isinstance(saved, list | tuple):
        return alike(saved, [_widened(value, is_half) for value in saved])
    if type(saved) is float and is_half:
        return float(HALF.type(saved))
    return saved.astype(SINGLE) if getattr(saved, "dtype", None) == HALF else saved
