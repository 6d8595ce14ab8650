"""What a module finds in its attributes, and which of that is state."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.engine.graph import Leaf, Node, OutputEdge
from autograd.engine.tensor import Tensor


def is_state(value: Any) -> bool:
    """Whether it is a Tensor that was not computed from others."""
    return isinstance(value, Tensor) and isinstance(value.node, Leaf | None)


def leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What is in nested lists, tuples and dicts, by path."""
    stack = [(name, value)]
    while stack:
        name, value = stack.pop()
        if isinstance(value, list | tuple | dict):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            stack += [(f"{name}.{key}", item) for key, item in items][::-1]
        elif isinstance(value, set | frozenset | deque) and any(map(_has_name, value)):
            raise TypeError(
                f"{name} is a {type(value).__name__} with Tensors or Modules in it, which have no names there; "
                f"let it be a list or a dict"
            )
        else:
            yield name, value


def _has_name(value: Any) -> bool:
    return isinstance(value, Tensor) or (hasattr(value, "named_modules") and not isinstance(value, type))


def check_assigned(kind: str, name: str, before: Any, value: Any, buffers: Mapping[str, bool]) -> None:
    """Raise TypeError for what would be missing in `state_dict()`, of a module of this kind.

    State gives way to other state, to a Module, to None; an array may become anything but a Tensor that was computed.
    """
    if name in buffers:
        if value is not None and not (is_state(value) and value.node is None):
            raise TypeError(
                f"{name} of {kind} is a buffer, and was assigned {_described(value)}; assign a Tensor that requires no "
                f"gradient, t.detach() or Tensor(array), or None"
            )
    elif isinstance(before, Tensor | list | tuple | dict):
        state = {path for path, leaf in leaves(name, before) if is_state(leaf)}
        for path, leaf in leaves(name, value):
            if path in state and not (leaf is None or hasattr(leaf, "named_modules") or is_state(leaf)):
                raise TypeError(
                    f"{path} of {kind} is state, and was assigned {_described(leaf)}, which is none, and would "
                    f"be missing in state_dict(); assign t.detach() or Tensor(array), or let it begin as None"
                )
    elif isinstance(before, np.ndarray) and isinstance(value, Tensor) and not is_state(value):
        raise TypeError(
            f"{name} of {kind} was an array, and was assigned {_described(value)}, which would be missing in "
            f"state_dict(); if it is state, let it be a buffer, self.register_buffer({name!r}, array), and assign "
            f"t.detach(); if it is none, let it begin as None"
        )


def _described(value: Any) -> str:
    if not isinstance(value, Tensor):
        return f"a {type(value).__name__}"
    return "a Tensor that requires a gradient" if is_state(value) else f"the output of {value.node!r}"


def check_computed(kind: str, found: Sequence[tuple[str, Tensor]], parameters: set[Any]) -> None:
    """Raise TypeError for what was to be a parameter: computed in no call of a module, and from no parameter."""
    for name, tensor in found:
        node = tensor.node.parents[0] if isinstance(tensor.node, OutputEdge) else tensor.node
        if isinstance(node, Node) and node.scope is None and parameters.isdisjoint(leaves_of(node)):
            raise TypeError(
                f"{name} of {kind} was computed ({node!r}) from none of its parameters, and is no "
                f"parameter itself; make it of an array: nn.Parameter(0.02 * array)"
            )


def leaves_of(node: Any) -> set[Leaf]:
    """The leaves that a node was computed from."""
    seen, waiting = {node}, [node]
    while waiting:
        new = {parent for parent in getattr(waiting.pop(), "parents", ()) if parent is not None} - seen
        seen |= new
        waiting += new
    return {node for node in seen if isinstance(node, Leaf)}
