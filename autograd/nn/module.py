"""Module: something with parameters that can be called; and Sequential, a chain of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import Any, Self
from weakref import ref

import numpy as np

from autograd.graph import Array, Leaf, no_grad
from autograd.modes import context, current
from autograd.tensor import Tensor


class Module:
    """A part of a model. Assign Tensors and Modules as attributes, also in lists and dicts, and define `forward`.

    Its state is every Tensor so found; its parameters are those that require a gradient.
    """

    training = True  # whether the module is being trained: `train()` and `eval()` set it on the instance

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
        stack = list(self._attributes())[::-1]
        while stack:
            name, value = stack.pop()
            if isinstance(value, Module) or (isinstance(value, Tensor) and isinstance(value.node, Leaf | None)):
                yield name, value  # but not a Tensor that was computed
            elif isinstance(value, list | tuple | dict):
                items = value.items() if isinstance(value, dict) else enumerate(value)
                stack += [(f"{name}.{key}", item) for key, item in items][::-1]

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

    def _named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        for path, module in self.named_modules():
            for name, value in module._members():
                if isinstance(value, Tensor):
                    yield f"{path}.{name}" if path else name, value

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
        """Copy arrays into the Tensors of the same paths. If one is missing, unknown or of another shape, none is."""
        own = dict(self._named_tensors())
        problems = [f"{name} is missing" for name in own.keys() - state.keys()]
        problems += [f"{name} is not in the module" for name in state.keys() - own.keys()]
        problems += [
            f"{name} has shape {np.shape(state[name])}, and {own[name].shape} is expected"
            for name in own.keys() & state.keys()
            if np.shape(state[name]) != own[name].shape
        ]
        arrays = {name: np.asarray(state[name]) for name in own.keys() & state.keys()}
        problems += [
            f"{name} holds {array.dtype}, and {own[name].dtype} is expected"
            for name, array in arrays.items()
            if array.dtype.kind not in "biufc" or not np.can_cast(array.dtype, own[name].dtype, "same_kind")
        ]
        if problems:
            raise ValueError(
                f"the state does not fit {type(self).__name__}: {'; '.join(sorted(problems))}; "
                f"load it into a module made with the same arguments as the one that was saved"
            )
        with no_grad():
            for name, tensor in own.items():
                tensor[...] = arrays[name]

    def __repr__(self) -> str:
        inside = "\n".join(f"({name}): {value!r}" for name, value in self._members() if isinstance(value, Module))
        content = "\n" + indent(inside, "  ") + "\n" if inside else self.extra_repr()
        return f"{type(self).__name__}({content})"

    def extra_repr(self) -> str:
        """What `repr` shows between the brackets: the arguments that the module was made with."""
        return ""


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
