"""What draw is given: the arguments that a function is called with, and the Tensors to draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd._util.pytree import tree_leaves_with_path, tree_map
from autograd.drawing.naming import argument_names
from autograd.drawing.watching import Input, Watcher
from autograd.engine.graph import next_order
from autograd.engine.tensor import Tensor
from autograd.functional.linearize import called
from autograd.nn.module import Module


class Arguments:
    """The arguments with which draw calls a function.

    names  what the function calls the Tensors among them to which gradients flow.
    """

    def __init__(self, f: Callable[..., Any], inputs: Sequence[Any], watcher: Watcher) -> None:
        self.names: dict[Tensor, str] = {}
        self._watcher = watcher
        # A model is drawn as it is trained: with gradients of its parameters, not of its inputs.
        self._are_leaves = not (isinstance(f, Module) and any(True for _ in f.parameters()))
        paths = argument_names(f, inputs)
        self.args = [self._entered(tree, path) for path, tree in zip(paths, inputs, strict=True)]

    def _entered(self, tree: Any, name: str) -> Any:
        paths = iter(tree_leaves_with_path(tree, name))

        def enter(value: Any) -> Any:
            path, _ = next(paths)
            is_float = isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fc"
            if is_float or (self._are_leaves and isinstance(value, float | complex)):
                value = Tensor(value, requires_grad=self._are_leaves)
            array = value.data if isinstance(value, Tensor) else value
            if isinstance(value, Tensor) and value.node is not None:
                self.names[value] = path
                self._watcher.note(array, value.node)
            elif id(array) not in self._watcher.made_by:
                self._watcher.note(array, Input(path, array, next_order()))
            return value

        return tree_map(tree, enter)


def outputs_of(what: Any, result: Any) -> list[tuple[str, Tensor]]:
    """The Tensors to draw, and where they are in a container: "" or "['loss']"."""
    leaves = tree_leaves_with_path(result)
    found = [(path, leaf) for path, leaf in leaves if isinstance(leaf, Tensor) and leaf.node is not None]
    if callable(what):
        if not found:
            raise TypeError(
                f"draw called {called(what)}, which returned {_outline(leaves)}, without a graph; pass it floats or "
                f"Tensors with requires_grad=True, and keep no_grad() and detach() out of it"
            )
        return found
    if not leaves:
        raise TypeError(
            "draw was given nothing to draw; it takes a Tensor, several in a list, tuple or dict, or a function and "
            "examples of its arguments: draw(model, x)"
        )
    for path, leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise TypeError(
                f"draw was given a {type(leaf).__name__}{f' at {path}' if path else ''}; it takes a Tensor, several in "
                f"a list, tuple or dict, or a function and examples of its arguments: draw(model, x)"
            )
        if leaf.node is None:
            raise ValueError(
                f"draw was given a Tensor of shape {leaf.shape}{f' at {path}' if path else ''} without a graph; draw "
                f"one that was computed from a Tensor with requires_grad=True, outside no_grad()"
            )
    return found


def _outline(leaves: Sequence[tuple[str, Any]]) -> str:
    kinds = [
        f"a Tensor of shape {leaf.shape}" if isinstance(leaf, Tensor) else type(leaf).__name__ for _, leaf in leaves
    ]
    return ", ".join(dict.fromkeys(kinds)) or "nothing"
