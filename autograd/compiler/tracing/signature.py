"""Signatures: the kinds of arguments that a program is for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autograd._util.functions import name_of
from autograd._util.pytree import tree_leaves_with_path, tree_map
from autograd.compiler.tracing.sources import PLAIN_TYPES
from autograd.engine.tensor import Tensor
from autograd.nn.module import Module


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """What a program knows of an array among the arguments. `kind` is Tensor, or the class of the array or scalar."""

    kind: type
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    strides: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.shape} {self.dtype}"


class Argument(NamedTuple):
    """A leaf of the arguments: the parameter that it came by, and the path that leads to it from there.

    For f(params, *xs) it may be ("params", "['w']", value) or ("*xs", "[1]", value).
    """

    parameter: str
    path: str
    value: Any

    @property
    def name(self) -> str:
        return self.parameter.lstrip("*") + self.path

    def __str__(self) -> str:
        if isinstance(self.value, ArraySpec):
            return f"{self.name} {self.value}"
        if isinstance(self.value, (*PLAIN_TYPES, type)):
            return f"{self.name}={self.value!r}"
        kind = f"a {type(self.value).__name__}"
        return f"{self.name}={name_of(self.value) if hasattr(self.value, '__name__') else kind}"


class Signature:
    """The arguments of a call, with an ArraySpec in place of each array. Its text: "x (5, 6) float32, power=2"."""

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self.args, self.kwargs = tree_map(args, _spec), tree_map(dict(kwargs), _spec)
        self.arguments = arguments_of(fn, self.args, self.kwargs)

    def __str__(self) -> str:
        return ", ".join(map(str, self.arguments)) or "no arguments"


def is_array(leaf: Any) -> bool:
    """Whether a leaf of the arguments is an array, whose values may differ from call to call.

    Numbers are part of what a program is for, and a Tensor that requires a gradient is state like other parameters.
    """
    if isinstance(leaf, Tensor):
        return leaf.node is None
    return isinstance(leaf, np.ndarray | np.number | np.bool_)


def arguments_of(fn: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Argument]:
    """The leaves of the arguments, in order."""
    try:
        bound = inspect.signature(fn.forward if isinstance(fn, Module) else fn).bind_partial(*args)
        several = [name for name, p in bound.signature.parameters.items() if p.kind is p.VAR_POSITIONAL]
        named = {"*" * (name in several) + name: value for name, value in bound.arguments.items()}
    except (ValueError, TypeError):  # some builtins tell no parameters; and what does not fit them fails in the call
        named = {"*args": args}
    return [
        Argument(parameter, path, leaf)
        for parameter, value in (*named.items(), *kwargs.items())
        for path, leaf in tree_leaves_with_path(value)
    ]


def _spec(leaf: Any) -> Any:
    if not is_array(leaf):
        return leaf
    data = leaf.data if isinstance(leaf, Tensor) else leaf
    return ArraySpec(type(leaf), data.shape, data.dtype, data.strides)
