"""Module: something with parameters that can be called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from textwrap import indent
from typing import Any, Self
from weakref import ref

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd._util.atomic import atomic
from autograd.engine.graph import Array
from autograd.engine.modes import context, current, no_grad
from autograd.engine.tensor import Tensor
from autograd.nn.hooks import Hookable, call_with_hooks
from autograd.nn.init import aligned
from autograd.nn.loading import IncompatibleKeys, arrays_for, arrays_of_torch
from autograd.nn.members import check_assigned, check_computed, is_state, leaves

OWN = frozenset({"_buffers", "_hooks"})  # attributes in which a module keeps what it knows of itself


def Parameter(data: ArrayLike | Tensor, requires_grad: bool = True) -> Tensor:  # noqa: N802  # a class of PyTorch's
    """A Tensor that requires a gradient, of a dtype and in the memory of `data`; of a Tensor, without its graph.

    >>> Parameter(np.zeros(3))
    Tensor([0., 0., 0.], requires_grad=True)
    """
    return Tensor(data.data if isinstance(data, Tensor) else data, requires_grad)


class Module(Hookable):
    """A part of a model. Assign Tensors and Modules as attributes, also in lists and dicts, and define `forward`.

    Its state is every Tensor so found; its parameters are those that require a gradient, its buffers those that
    `register_buffer` made. What `forward` computes may be kept in an attribute, too, and is no state; to change state
    there, assign t.detach(), or update it in no_grad().
    """

    training = True  # whether the module is being trained: `train()` and `eval()` set it on the instance
    transposed_in_torch: tuple[str, ...] = ()  # the attributes whose axes PyTorch has the other way round
    _buffers: Mapping[str, bool] = {}  # of each whether it is persistent; another mapping takes the place of this one

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
        before = vars(self).get(name)
        if before is not None or name in self._buffers:
            check_assigned(type(self).__name__, name, before, value, self._buffers)
        super().__setattr__(name, value)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{type(self).__name__} has no forward(); define it: def forward(self, x): ...")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        watch, scope, is_recording, mode = current()
        token = context.set((watch, (ref(self), scope), is_recording, mode))  # weak: a module may keep what it computed
        try:
            if self._hooks:
                return call_with_hooks(self, args, kwargs)
            return self.forward(*args, **kwargs)
        finally:
            context.reset(token)

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        """The attributes in which Tensors and Modules are looked for."""
        yield from ((name, value) for name, value in vars(self).items() if name not in OWN)

    def _members(self) -> Iterator[tuple[str, Any]]:
        """The Tensors and Modules directly in this one, by name: `weight`, `layers.0`."""
        for attribute, value in self._attributes():
            for name, leaf in leaves(attribute, value):
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

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly in this one, by name: "layers", "blocks.0"; a shared one comes once."""
        seen: set[Module] = set()
        for name, value in self._members():
            if isinstance(value, Module) and value not in seen:
                seen.add(value)
                yield name, value

    def children(self) -> Iterator[Module]:
        return (module for _, module in self.named_children())

    def get_submodule(self, target: str) -> Module:
        """The module at a path: "layers.0"; "" is this one."""
        found = dict(self.named_modules())
        if target not in found:
            raise AttributeError(
                f"{type(self).__name__} has no module {target!r}; take one of those that it has: "
                f"{', '.join(map(repr, found))}"
            )
        return found[target]

    def apply(self, fn: Callable[[Module], object]) -> Self:
        """Call fn on each module in this one, the inner ones first, and last on this one: to draw weights anew, say."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # -- Tensors -----------------------------------------------------------------------------------------------------

    def register_buffer(self, name: str, tensor: ArrayLike | Tensor | None, persistent: bool = True) -> None:
        """Let self.NAME be a Tensor that is state and no parameter: running statistics, a mask.

        tensor      an array, a Tensor that requires no gradient, or None if it is still to come.
        persistent  whether it is part of `state_dict()`.
        """
        if not isinstance(name, str) or not name.isidentifier() or (hasattr(self, name) and name not in self._buffers):
            what = "is an attribute already" if hasattr(self, str(name)) else "is no name of an attribute"
            raise ValueError(
                f"register_buffer of {type(self).__name__} was given the name {name!r}, which {what}; choose another"
            )
        value = tensor if tensor is None or isinstance(tensor, Tensor) else Tensor(tensor)
        check_assigned(type(self).__name__, name, None, value, {name: persistent})
        self._buffers = {**self._buffers, name: persistent}
        setattr(self, name, value)

    def register_parameter(self, name: str, param: Tensor | None) -> None:
        """self.NAME = param, for a Tensor that requires a gradient, or None."""
        if param is not None and not (is_state(param) and param.requires_grad):
            raise TypeError(
                f"register_parameter of {type(self).__name__} was given a {type(param).__name__} as {name!r}, and "
                f"expects a Tensor that requires a gradient and was not computed: nn.Parameter(array)"
            )
        setattr(self, name, param)

    def _named_tensors(self) -> list[tuple[str, Tensor]]:
        """Its state, by path, with buffers that are not persistent; without Tensors that were computed."""
        found = [
            (f"{path}.{name}" if path else name, value)
            for path, module in self.named_modules()
            for name, value in module._members()
            if isinstance(value, Tensor)
        ]
        state = [(name, tensor) for name, tensor in found if is_state(tensor)]
        if len(state) < len(found):
            check_computed(type(self).__name__, found, {tensor.node for _, tensor in state})
        return state

    def _named_state(self) -> dict[str, Tensor]:
        """What `state_dict()` holds, by path."""
        passing = {
            f"{path}.{name}" if path else name
            for path, module in self.named_modules()
            for name, persistent in module._buffers.items()
            if not persistent
        }
        return {name: tensor for name, tensor in self._named_tensors() if name not in passing}

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """The Tensors that require a gradient, by path ("layers.0.weight"); a shared one comes once."""
        seen: set[Tensor] = set()
        for name, tensor in self._named_tensors():
            if tensor.requires_grad and tensor not in seen:
                seen.add(tensor)
                yield name, tensor

    def parameters(self) -> Iterator[Tensor]:
        return (tensor for _, tensor in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """What `register_buffer` made, by path ("norm.running_mean"); a shared one comes once."""
        seen: set[Tensor] = set()
        for path, module in self.named_modules():
            for name in module._buffers:
                tensor = vars(module).get(name)
                if tensor is not None and tensor not in seen:
                    seen.add(tensor)
                    yield f"{path}.{name}" if path else name, tensor

    def buffers(self) -> Iterator[Tensor]:
        return (tensor for _, tensor in self.named_buffers())

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Let all its Tensors of floats be parameters, but for buffers; or, with False, none: freeze them."""
        buffers = set(self.buffers())
        for _, tensor in self._named_tensors():
            if tensor not in buffers and tensor.dtype.kind in "fc":
                tensor.requires_grad = requires_grad
        return self

    def to(self, dtype: DTypeLike) -> Self:
        """Let all its Tensors of floats, buffers and gradients too, be of another dtype. (An optimiser is made after.)

        Layers that were given a `dtype` go on to compute with that of their Tensors.
        """
        try:
            wanted = np.dtype(dtype)
        except TypeError:
            wanted = np.dtype(object)
        if wanted.kind != "f":
            raise TypeError(
                f"{type(self).__name__}.to() was given {dtype!r}, and expects a dtype of floats: to(np.float64); there "
                f"are no devices, arrays lie in the CPU's memory"
            )
        for _, tensor in self._named_tensors():
            if tensor.dtype.kind == "f" and tensor.dtype != wanted:
                grad = tensor.grad
                tensor.grad = None
                tensor.data = aligned(tensor.data, wanted)
                if grad is not None:
                    tensor.grad = grad.astype(wanted)
        return self

    def float(self) -> Self:
        """Its Tensors of floats in float32."""
        return self.to(np.float32)

    def double(self) -> Self:
        """Its Tensors of floats in float64."""
        return self.to(np.float64)

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
        """A copy of every Tensor's array, by path, but for buffers that are not persistent.

        Training on does not change it.
        """
        return {name: tensor.data.copy() for name, tensor in self._named_state().items()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copy arrays into the Tensors of the same paths. If one is missing, unknown or of another shape, none is.

        strict  with False what is missing or unknown is left out, and returned: (missing_keys, unexpected_keys).

        A state of PyTorch is refused, as far as it can be told: the weights of its Linear are transposed. See
        `ag.load_torch`.
        """
        return self._load(state, strict)

    def _load(self, state: Any, strict: bool, is_of_torch: bool = False) -> IncompatibleKeys:
        own = self._named_state()
        matrices = [name for name in self._transposed_in_torch() if name in own]
        if is_of_torch:
            state = arrays_of_torch(state, own)
        keys, arrays = arrays_for(type(self).__name__, own, matrices, state, strict, is_of_torch)
        with atomic(), no_grad():
            for name, array in arrays.items():
                own[name][...] = array
        return keys

    def _transposed_in_torch(self) -> list[str]:
        """The paths of what PyTorch has the other way round."""
        return [
            f"{path}.{name}" if path else name
            for path, module in self.named_modules()
            for name in module.transposed_in_torch
        ]

    def __repr__(self) -> str:
        inside = "\n".join(f"({name}): {value!r}" for name, value in self._members() if isinstance(value, Module))
        content = "\n" + indent(inside, "  ") + "\n" if inside else self.extra_repr()
        return f"{type(self).__name__}({content})"

    def extra_repr(self) -> str:
        """What `repr` shows between the brackets: the arguments that the module was made with."""
        return ""
