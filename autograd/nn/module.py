"""Module: something with parameters that can be called; and Sequential, a chain of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from textwrap import indent
from typing import Any, Self
from weakref import ref

from autograd._util.atomic import atomic
from autograd.engine.graph import Array, Leaf, Node, OutputEdge
from autograd.engine.modes import context, current, no_grad
from autograd.engine.tensor import Tensor
from autograd.nn.loading import arrays_for


class Module:
    """A part of a model. Assign Tensors and Modules as attributes, also in lists and dicts, and define `forward`.

    Its state is every Tensor so found; its parameters are those that require a gradient. What `forward` computes may be
    kept in an attribute, too, and is no state; to change state there, assign t.detach(), or update it in no_grad().
    """

    training = True  # whether the module is being trained: `train()` and `eval()` set it on the instance
    transposed_in_torch: tuple[str, ...] = ()  # the attributes whose axes PyTorch has the other way round

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, value in vars(cls).items():
            if (isinstance(value, Tensor) and value.requires_grad) or (
                isinstance(value, Module) and [*value.parameters()]
            ):
                raise TypeError(
                    f"{name} is an attribute of the class {cls.__name__}, so that all its instances would share it, "
                    f"and none has it as a parameter; assign it in __init__: self.{name} = ..."
                )

    def __setattr__(self, name: str, value: Any) -> None:
        """State gives way to other state, to a Module, to None; what is no state would be missing in `state_dict()`."""
        if isinstance(before := vars(self).get(name), Tensor | list | tuple | dict):
            state = {path for path, leaf in _leaves(name, before) if _is_state(leaf)}
            for path, leaf in _leaves(name, value):
                if path in state and not (leaf is None or isinstance(leaf, Module) or _is_state(leaf)):
                    what = f"the output of {leaf.node!r}" if isinstance(leaf, Tensor) else f"a {type(leaf).__name__}"
                    raise TypeError(
                        f"{path} of {type(self).__name__} is state, and was assigned {what}, which is none, and would "
                        f"be missing in state_dict(); assign t.detach() or Tensor(array), or let it begin as None"
                    )
        super().__setattr__(name, value)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{type(self).__name__} has no forward(); define it: def forward(self, x): ...")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        watch, scope, is_recording, mode = current()
        token = context.set((watch, (ref(self), scope), is_recording, mode))  # weak: a module may keep what it computed
        try:
            return self.forward(*args, **kwargs)
        finally:
            context.reset(token)

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        """The attributes in which Tensors and Modules are looked for."""
        yield from vars(self).items()

    def _members(self) -> Iterator[tuple[str, Any]]:
        """The Tensors and Modules directly in this one, by name: `weight`, `layers.0`."""
        for attribute, value in self._attributes():
            for name, leaf in _leaves(attribute, value):
                if isinstance(leaf, Module | Tensor):
                    yield name, leaf

    def named_modules(self, prefix: str = "", within: tuple[Module, ...] = ()) -> Iterator[tuple[str, Module]]:
        """This module and all in it, by path; one that is in it twice comes twice.

        within  the modules that this one is in, which are passed over if it refers to them.
        """
        yield prefix, self
        within = (*within, self)
        for name, value in self._members():
            if isinstance(value, Module) and all(value is not module for module in within):
                yield from value.named_modules(f"{prefix}.{name}" if prefix else name, within)

    def modules(self) -> Iterator[Module]:
        return (module for _, module in self.named_modules())

    def _named_tensors(self) -> list[tuple[str, Tensor]]:
        """Its state, by path; without Tensors that were computed."""
        found = [
            (f"{path}.{name}" if path else name, value)
            for path, module in self.named_modules()
            for name, value in module._members()
            if isinstance(value, Tensor)
        ]
        state = [(name, tensor) for name, tensor in found if _is_state(tensor)]
        if len(state) < len(found):
            self._check_computed(found, {tensor.node for _, tensor in state})
        return state

    def _check_computed(self, found: Sequence[tuple[str, Tensor]], leaves: set[Any]) -> None:
        """Raise TypeError for what was to be a parameter: computed in no call of a module, and from no parameter."""
        for name, tensor in found:
            node = tensor.node.parents[0] if isinstance(tensor.node, OutputEdge) else tensor.node
            if isinstance(node, Node) and node.scope is None and leaves.isdisjoint(leaves_of(node)):
                raise TypeError(
                    f"{name} of {type(self).__name__} was computed ({node!r}) from none of its parameters, and is no "
                    f"parameter itself; make it of an array: Tensor(0.02 * array, requires_grad=True)"
                )

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """The Tensors that require a gradient, by path ("layers.0.weight"); a shared one comes once."""
        seen: set[Tensor] = set()
        for name, tensor in self._named_tensors():
            if tensor.requires_grad and tensor not in seen:
                seen.add(tensor)
                yield name, tensor

    def parameters(self) -> Iterator[Tensor]:
        return (tensor for _, tensor in self.named_parameters())

    def zero_grad(self) -> None:
        """Forget the gradients: `.grad` of each parameter is None again."""
        for tensor in self.parameters():
            tensor.grad = None

    def train(self, mode: bool = True) -> Self:
        """Switch this module and all in it to training (dropout drops) or, with False, to evaluation."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        return self.train(False)

    def state_dict(self) -> dict[str, Array]:
        """A copy of every Tensor's array, by path. Training on does not change it."""
        return {name: tensor.data.copy() for name, tensor in self._named_tensors()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Copy arrays into the Tensors of the same paths. If one is missing, unknown or of another shape, none is.

        A state of PyTorch is refused, as far as it can be told: the weights of its Linear are transposed.
        """
        own = dict(self._named_tensors())
        matrices = [
            f"{path}.{name}" if path else name
            for path, module in self.named_modules()
            for name in module.transposed_in_torch
        ]
        arrays = arrays_for(type(self).__name__, own, matrices, state)
        with atomic(), no_grad():
            for tensor, array in zip(own.values(), arrays, strict=True):
                tensor[...] = array

    def __repr__(self) -> str:
        inside = "\n".join(f"({name}): {value!r}" for name, value in self._members() if isinstance(value, Module))
        content = "\n" + indent(inside, "  ") + "\n" if inside else self.extra_repr()
        return f"{type(self).__name__}({content})"

    def extra_repr(self) -> str:
        """What `repr` shows between the brackets: the arguments that the module was made with."""
        return ""


def _is_state(value: Any) -> bool:
    """Whether it is a Tensor that was not computed from others."""
    return isinstance(value, Tensor) and isinstance(value.node, Leaf | None)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What is in nested lists, tuples and dicts, by path."""
    stack = [(name, value)]
    while stack:
        name, value = stack.pop()
        if isinstance(value, list | tuple | dict):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            stack += [(f"{name}.{key}", item) for key, item in items][::-1]
        elif isinstance(value, set | frozenset | deque) and any(isinstance(item, Tensor | Module) for item in value):
            raise TypeError(
                f"{name} is a {type(value).__name__} with Tensors or Modules in it, which have no names there; "
                f"let it be a list or a dict"
            )
        else:
            yield name, value


def leaves_of(node: Any) -> set[Leaf]:
    """The leaves that a node was computed from."""
    seen, waiting = {node}, [node]
    while waiting:
        new = {parent for parent in getattr(waiting.pop(), "parents", ()) if parent is not None} - seen
        seen |= new
        waiting += new
    return {node for node in seen if isinstance(node, Leaf)}


class Sequential(Module):
    """Modules (or functions) in a chain: the output of each is the input of the next."""

    def __init__(self, *layers: Any) -> None:
        self.layers = list(layers)

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        yield from ((str(k), layer) for k, layer in enumerate(self.layers))
        yield from ((name, value) for name, value in super()._attributes() if name != "layers")

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def __getitem__(self, index: int) -> Any:
        return self.layers[index]
