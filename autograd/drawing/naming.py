"""What leaves and outputs are called: by the user's own words for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograd.engine.graph import Leaf
from autograd.engine.tensor import Tensor
from autograd.functional.linearize import called
from autograd.nn.module import Module
from autograd.nn.paths import parameter_names


def argument_names(f: Callable[..., Any], inputs: Sequence[Any]) -> list[str]:
    """What f calls its arguments: "x", and of `*xs` "xs[0]"; those of a Module are those of its `forward`."""
    try:
        parameters = inspect.signature(f.forward if isinstance(f, Module) else f).parameters.values()
    except ValueError:  # a function written in C may not tell
        return [f"input {k}" for k in range(len(inputs))]
    names: list[str] = []
    rest = len(inputs)
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{k}]" for k in range(rest)]
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD) and rest:
            names.append(parameter.name)
        else:
            continue
        rest = len(inputs) - len(names)
    missing = [
        p.name
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.name not in names
    ]
    if rest or missing:
        example = ", ".join([called(f), *names, *missing])
        raise TypeError(
            f"draw was given {len(inputs)} inputs for {called(f)}, which takes "
            f"{', '.join([*names, *missing]) or 'none'}; pass it an example of each: draw({example})"
        )
    return names


MOST = 10_000  # items of a container in which names are looked for
Variables = Sequence[tuple[str, Any]]


def variables_of(f: Any) -> Variables:
    """The variables that a function sees: those of the functions around it, and those of its module."""
    code, cells = getattr(f, "__code__", None), getattr(f, "__closure__", None) or ()
    names = code.co_freevars if code is not None else ()
    around = [(name, cell.cell_contents) for name, cell in zip(names, cells, strict=True) if not _is_empty(cell)]
    return [*around, *getattr(f, "__globals__", {}).items()]


def _is_empty(cell: Any) -> bool:
    try:
        return cell.cell_contents is None
    except ValueError:
        return True


def tensors_of(variables: Variables) -> Iterator[tuple[str, Tensor]]:
    """The Tensors that variables hold: themselves, in a list, tuple or dict, or in a Module."""
    for name, value in variables:
        if name.startswith("_") or not name.isidentifier():  # as those in which notebooks keep what they have shown
            continue
        if isinstance(value, Tensor):
            yield name, value
        elif type(value) in (list, tuple, dict) and len(value) > MOST:  # data, more likely than parameters
            continue
        elif type(value) in (list, tuple):
            yield from ((f"{name}[{k}]", item) for k, item in enumerate(value) if isinstance(item, Tensor))
        elif type(value) is dict:
            yield from ((f"{name}[{key!r}]", item) for key, item in value.items() if isinstance(item, Tensor))
        elif isinstance(value, Module):
            yield from ((f"{name}.{path}", tensor) for path, tensor in value.named_parameters())


def given_names(names: Any) -> dict[Tensor, str]:
    """What the argument `names` says: {"w": tensor}, or {tensor: "w"}."""
    found: dict[Tensor, str] = {}
    for pair in names.items() if isinstance(names, Mapping) else [(names, None)]:
        tensors = [part for part in pair if isinstance(part, Tensor)]
        texts = [part for part in pair if isinstance(part, str)]
        if len(tensors) != 1 or len(texts) != 1:
            raise TypeError(
                f"draw was given names={names!r:.80}; it takes a dict of Tensors and what they are called: "
                f'names={{"w": w, "b": b}}'
            )
        found[tensors[0]] = texts[0]
    return found


class Names:
    """What is known of each leaf: its name, whether it is a parameter of a module, and its Tensor.

    The first of these to name a leaf is believed: what the user said, the arguments of the function, the modules in
    which calls were made, the variables of the caller.
    """

    def __init__(
        self, given: Mapping[Tensor, str], arguments: Mapping[Tensor, str], modules: Sequence[Module], around: Variables
    ) -> None:
        in_modules = parameter_names(modules)
        parameters = [tensor for module in modules for tensor in module.parameters()]
        self.parameters = {tensor.node for tensor in parameters}
        self.inputs = {tensor.node for tensor in arguments}
        self.tensors: dict[Any, Tensor] = {}
        self._leaves: dict[Any, str] = {}
        self._tensors: dict[Tensor, str] = {}
        of_modules = [(in_modules[tensor.node], tensor) for tensor in parameters if isinstance(tensor.node, Leaf)]
        for pairs in (
            ((name, tensor) for tensor, name in given.items()),
            ((name, tensor) for tensor, name in arguments.items()),
            of_modules,
            tensors_of(around),
        ):
            for name, tensor in pairs:
                self._tensors.setdefault(tensor, name)
                if tensor.node is not None:
                    self._leaves.setdefault(tensor.node, name)
                    self.tensors.setdefault(tensor.node, tensor)

    def of_leaf(self, leaf: Leaf) -> str | None:
        return self._leaves.get(leaf)

    def of_tensor(self, tensor: Tensor) -> str | None:
        return self._tensors.get(tensor)
