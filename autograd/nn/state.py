"""State: the Tensors of a module; parameters, buffers, and what is saved of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd._util.atomic import atomic
from autograd.engine.graph import Array
from autograd.engine.modes import SCOPE, current, no_grad
from autograd.engine.tensor import Tensor
from autograd.nn.init import aligned
from autograd.nn.loading import IncompatibleKeys, arrays_for, arrays_of_torch
from autograd.nn.members import check_assigned, check_computed, is_state, leaves

OWN = frozenset({"_buffers", "_computed", "_hooks"})  # attributes in which a module keeps what it knows of itself
KEPT = (Tensor, list, tuple, dict)


def Parameter(data: ArrayLike | Tensor, requires_grad: bool = True) -> Tensor:  # noqa: N802  # a class of PyTorch's
    """A Tensor that requires a gradient, of a dtype and in the memory of `data`; of a Tensor, without its graph.

    >>> Parameter(np.zeros(3))
    Tensor([0., 0., 0.], requires_grad=True)
    """
    return Tensor(data.data if isinstance(data, Tensor) else data, requires_grad)


class State:
    """What a Module has of Tensors."""

    if TYPE_CHECKING:  # given by Module

        def modules(self) -> Iterator[Any]: ...
        def named_modules(self) -> Iterable[tuple[str, Any]]: ...

    transposed_in_torch: tuple[str, ...] = ()  # the attributes whose axes PyTorch has the other way round
    _computed: frozenset[str] = frozenset()  # attributes that `forward` assigned, whose constants are no state
    _buffers: Mapping[str, bool] = {}  # of each whether it is persistent; another mapping takes the place of this one

    def __setattr__(self, name: str, value: Any) -> None:
        """State gives way to other state, to a Module, to None; what is no state would be missing in `state_dict()`."""
        before = None if name in self._computed else vars(self).get(name)
        if before is not None or name in self._buffers:
            check_assigned(type(self).__name__, name, before, value, self._buffers)
        is_kept = isinstance(value, KEPT) and name not in self._buffers and self._is_running()
        if is_kept and name not in self._computed and not any(is_state(leaf) for _, leaf in leaves(name, before)):
            self._computed = self._computed | {name}
        elif self._computed and name in self._computed and not is_kept:
            self._computed = self._computed - {name}
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name in self._buffers:
            self._buffers = {other: persistent for other, persistent in self._buffers.items() if other != name}

    def _is_running(self) -> bool:
        """Whether this is within a call of the module."""
        scope = current()[SCOPE]
        while scope is not None and scope[0]() is not self:
            scope = scope[1]
        return scope is not None

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
        found, kept = [], set[Tensor]()
        for path, module in self.named_modules():
            tensors = [(name, value) for name, value in module._members() if isinstance(value, Tensor)]
            found += [(f"{path}.{name}" if path else name, value) for name, value in tensors]
            for name in module._computed:
                own = [leaf for _, leaf in leaves(name, vars(module).get(name)) if isinstance(leaf, Tensor)]
                kept.update(leaf for leaf in own if leaf.node is None)
        state = [(name, tensor) for name, tensor in found if is_state(tensor) and tensor not in kept]
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
