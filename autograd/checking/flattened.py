"""Functions whose arguments are pytrees of arrays, seen as functions of the arrays."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd._util.pytree import tree_leaves, tree_leaves_with_path, tree_unflatten
from autograd.checking.arrays import ARRAY_TYPES, NUMBER_TYPES, is_inexact


class Flattened:
    """A function whose arguments are pytrees of arrays, as a function of the arrays."""

    def __init__(self, f: Callable[..., Any], arguments: Sequence[Any]) -> None:
        self.f = f
        self.arguments = list(arguments)
        names = positional_names(f)
        names += [f"argument {k}" for k in range(len(names), len(arguments))]
        parts = [tree_leaves_with_path(argument, name) for argument, name in zip(arguments, names, strict=False)]
        self.names = [path for part in parts for path, _ in part]
        self.inputs = [x for part in parts for _, x in part]

    def __call__(self, *parts: Any) -> Any:
        return self.f(*tree_unflatten(self.arguments, list(parts)))


def is_nested(x: Any) -> bool:
    """Whether it is a pytree with something in it that can be moved; a list of numbers is as good as an array."""
    kinds = (*ARRAY_TYPES, *NUMBER_TYPES) if isinstance(x, Mapping) else ARRAY_TYPES
    return isinstance(x, Mapping | list | tuple) and any(is_inexact(part, kinds) for part in tree_leaves(x))


def positional_names(f: Callable[..., Any]) -> list[str]:
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
