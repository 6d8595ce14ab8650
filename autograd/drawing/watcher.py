"""A run that is drawn: its arguments, the watcher that sees its calls, its outputs, and what its Tensors are called.

The watcher notes what a graph does not keep: which line made a call, what its constants were, which calls no gradient
flows through, which belong to the backward pass, and, if asked, what the values were like. It keeps the arrays that it
sees until it is dropped.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd._util.locations import Location, location
from autograd._util.pytree import tree_leaves_with_path, tree_unflatten
from autograd.drawing.values import Statistics, all_finite
from autograd.engine.graph import Leaf, Node, Options, Scope, next_order
from autograd.engine.modes import SCOPE, current
from autograd.engine.observer import Observer
from autograd.engine.tensor import Tensor
from autograd.functional.linearize import called
from autograd.nn.module import Module
from autograd.nn.paths import parameter_paths

MOST_VALUES = 10_000  # of a list, tuple or dict in which Tensors are looked for
Variables = Sequence[tuple[str, Any]]


@dataclass(eq=False, slots=True)
class Input:
    """An array that a function was given, to which no gradient flows."""

    name: str
    value: Any
    order: int


@dataclass(eq=False, slots=True)
class WatchedCall:
    """A call that was watched.

    order    places it among the nodes and leaves of the graph.
    is_rule  it was made in a backward pass, by a rule of the call `of`.
    """

    fn: Any
    args: Sequence[Any]
    options: Options
    output: Any
    order: int
    scope: Scope
    location: Location | None
    is_rule: bool
    of: Node | None = None


class Watcher(Observer):
    """An observer of one run.

    calls           by node.
    made_by         by the id of an array: the Node, Leaf, Input or watched call that it came from.
    values          if they are measured, the statistics of the output of each node or watched call.
    gradients       likewise, of the gradient that came into each node.
    spoilers        the nodes and watched calls whose output is not finite, although their inputs are.
    spoiling_rules  the nodes whose rules made a gradient that is not finite of one that is.
    """

    def __init__(self, measure: bool = False) -> None:
        self.measure = measure
        self.calls: dict[Node, WatchedCall] = {}
        self.made_by: dict[int, Any] = {}
        self.values: dict[Any, Statistics] = {}
        self.gradients: dict[Any, Statistics] = {}
        self.spoilers: set[Any] = set()
        self.spoiling_rules: set[Node] = set()
        self._is_in_backward = False
        self._of_rules: list[WatchedCall] = []  # of the node whose rules are running
        self._kept: list[Any] = []  # so that no other array gets the id of one that is gone

    def note(self, array: Any, source: Any) -> None:
        """Remember where an array comes from."""
        if isinstance(array, np.ndarray):
            self._kept.append(array)
            self.made_by[id(array)] = source

    def source_of(self, value: Any) -> Any:
        """Where an array, or the one that it is a view of, comes from; None if that was not seen."""
        while isinstance(value, np.ndarray):
            if (source := self.made_by.get(id(value))) is not None:
                return source
            value = value.base
        return None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        before, self._is_in_backward = self._is_in_backward, self._is_in_backward or name == "backward"
        try:
            yield
        finally:
            self._is_in_backward = before

    def on_call(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        for arg, parent in zip(args, node.parents if node is not None else (), strict=False):
            if isinstance(parent, Leaf):
                self.note(arg, parent)
        order = next_order() if node is None else node.order
        call = WatchedCall(fn, args, options, output, order, current()[SCOPE], location(), self._is_in_backward)
        source = call if node is None else node
        if node is not None:
            self.calls[node] = call
        if node is not None or any(self.source_of(arg) is not None for arg in args):
            for part in output if isinstance(output, list | tuple) else (output,):
                self.note(part, source)
        if call.is_rule:
            self._of_rules.append(call)
        if self.measure:
            self.values[source] = found = Statistics.of(output)
            if not found.is_finite and all(map(all_finite, args)):
                self.spoilers.add(source)

    def on_backward(self, node: Node, g: Any, gx: Mapping[int, Any], seconds: float) -> None:
        for call in self._of_rules:
            call.of = node
        self._of_rules = []
        if self.measure:
            self.gradients[node] = found = Statistics.of(g)
            if found.is_finite and not all(map(all_finite, gx.values())):
                self.spoiling_rules.add(node)


# -- arguments and outputs ---------------------------------------------------------------------------------------------


def call_arguments(
    f: Callable[..., Any], inputs: Sequence[Any], watcher: Watcher
) -> tuple[list[Any], dict[Tensor, str]]:
    """The arguments with which draw calls a function; and the names of the Tensors among them that have a gradient."""
    names: dict[Tensor, str] = {}
    # A model is drawn as it is trained: with gradients of its parameters, not of its inputs.
    are_leaves = not (isinstance(f, Module) and any(True for _ in f.parameters()))

    def argument(path: str, value: Any) -> Any:
        is_float = isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fc"
        if is_float or (are_leaves and isinstance(value, float | complex)):
            value = Tensor(value, requires_grad=are_leaves)
        array = value.data if isinstance(value, Tensor) else value
        if isinstance(value, Tensor) and value.node is not None:
            names[value] = path
            watcher.note(array, value.node)
        elif id(array) not in watcher.made_by:
            watcher.note(array, Input(path, array, next_order()))
        return value

    args = []
    for path, tree in zip(argument_names(f, inputs), inputs, strict=True):
        args.append(tree_unflatten(tree, [argument(*leaf) for leaf in tree_leaves_with_path(tree, path)]))
    return args, names


def argument_names(f: Callable[..., Any], inputs: Sequence[Any]) -> list[str]:
    """What f calls its arguments: "x", and of `*xs` "xs[0]"; those of a Module are those of its `forward`."""
    try:
        parameters = inspect.signature(f.forward if isinstance(f, Module) else f).parameters.values()
    except ValueError:  # a function written in C may not tell
        return [f"input {k}" for k in range(len(inputs))]
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = [p.name for p in positional[: len(inputs)]]
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            names += [f"{p.name}[{k}]" for k in range(len(inputs) - len(names))]
    missing = [p.name for p in positional[len(inputs) :] if p.default is p.empty]
    if missing or len(names) < len(inputs):
        example = ", ".join([called(f), *names, *missing])
        raise TypeError(
            f"draw was given {len(inputs)} inputs for {called(f)}, which takes "
            f"{', '.join([*names, *missing]) or 'none'}; pass it an example of each: draw({example})"
        )
    return names


def outputs_of(what: Any, result: Any) -> list[tuple[str, Tensor]]:
    """The Tensors to draw, and where they are in a pytree: "" or "['loss']"."""
    leaves = tree_leaves_with_path(result)
    found = [(path, leaf) for path, leaf in leaves if isinstance(leaf, Tensor) and leaf.node is not None]
    if callable(what):
        if not found:
            kinds = (f"a Tensor of shape {x.shape}" if isinstance(x, Tensor) else type(x).__name__ for _, x in leaves)
            raise TypeError(
                f"draw called {called(what)}, which returned {', '.join(dict.fromkeys(kinds)) or 'nothing'}, without a "
                f"graph; pass it floats or Tensors with requires_grad=True, and keep no_grad() and detach() out of it"
            )
        return found
    if not leaves:
        raise TypeError(
            "draw was given nothing to draw; it takes a Tensor, several in a list, tuple or dict, or a function and "
            "examples of its arguments: draw(model, x)"
        )
    for path, leaf in leaves:
        where = f" at {path}" if path else ""
        if not isinstance(leaf, Tensor):
            raise TypeError(
                f"draw was given a {type(leaf).__name__}{where}; it takes a Tensor, several in a list, tuple or dict, "
                f"or a function and examples of its arguments: draw(model, x)"
            )
        if leaf.node is None:
            raise ValueError(
                f"draw was given a Tensor of shape {leaf.shape}{where} without a graph; draw one that was computed "
                f"from a Tensor with requires_grad=True, outside no_grad()"
            )
    return found


# -- names -------------------------------------------------------------------------------------------------------------


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


def named_tensors(variables: Variables) -> Iterator[tuple[str, Tensor]]:
    """The Tensors that variables hold: themselves, in a list, tuple or dict, or in a Module."""
    for name, value in variables:
        if name.startswith("_") or not name.isidentifier():  # as those in which notebooks keep what they have shown
            continue
        if isinstance(value, Tensor):
            yield name, value
        elif isinstance(value, Module):
            yield from ((f"{name}.{path}", tensor) for path, tensor in value.named_parameters())
        elif type(value) in (list, tuple, dict) and len(value) <= MOST_VALUES:  # more are data, and no parameters
            items = value.items() if type(value) is dict else enumerate(value)
            yield from ((f"{name}[{key!r}]", item) for key, item in items if isinstance(item, Tensor))


class LeafNames:
    """What is known of each leaf: its name, whether it is a parameter of a module, and its Tensor.

    The first of these to name a leaf is believed: what the user said, the arguments of the function, the modules in
    which calls were made, the variables of the caller.
    """

    def __init__(
        self, given: Mapping[Tensor, str], arguments: Mapping[Tensor, str], modules: Sequence[Module], around: Variables
    ) -> None:
        in_modules = parameter_paths(modules)
        parameters = [tensor for module in modules for tensor in module.parameters()]
        self.parameters = {tensor.node for tensor in parameters}
        self.inputs = {tensor.node for tensor in arguments}
        self.tensors: dict[Any, Tensor] = {}
        self.of_leaf: dict[Any, str] = {}
        self.of_tensor: dict[Tensor, str] = {}
        of_modules = [(in_modules[tensor.node], tensor) for tensor in parameters if isinstance(tensor.node, Leaf)]
        said = [(name, tensor) for names in (given, arguments) for tensor, name in names.items()]
        for name, tensor in (*said, *of_modules, *named_tensors(around)):
            self.of_tensor.setdefault(tensor, name)
            if tensor.node is not None:
                self.of_leaf.setdefault(tensor.node, name)
                self.tensors.setdefault(tensor.node, tensor)
