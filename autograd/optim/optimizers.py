"""Optimisers, after PyTorch.

An update is written in NumPy, on the arrays of a parameter, its gradient and the optimiser's own state.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from autograd.graph import NO_OPTIONS, Array, Leaf, note_update, observer
from autograd.opaque import opaque
from autograd.tensor import Tensor

Group = dict[str, Any]


class Optimizer(ABC):
    """What all optimisers share: parameter groups, each with its own hyperparameters, and state for each parameter.

    params    Tensors, or groups: [{"params": [...], "lr": 0.1}, ...]; what a group leaves out is the default.
    """

    def __init__(self, params: Iterable[Any], **defaults: Any) -> None:
        params = self._listed(params)
        groups = params if params and isinstance(params[0], dict) else [{"params": params}]
        self.param_groups: list[Group] = [
            {**defaults, **group, "params": self._listed(group["params"])} for group in groups
        ]
        self.state: dict[Tensor, dict[str, Any]] = {}
        seen: set[Tensor] = set()
        for group in self.param_groups:
            for name in group.keys() - defaults.keys() - {"params"}:
                raise TypeError(
                    f"{type(self).__name__} was given a group with {name!r}, which it does not have; "
                    f"it has {', '.join(defaults)}"
                )
            self._check(group)
            for p in group["params"]:
                is_leaf = isinstance(p, Tensor) and isinstance(p.node, Leaf)
                if not is_leaf or p in seen:
                    raise TypeError(
                        f"{type(self).__name__} was given {'a parameter twice' if is_leaf else repr(p)}; "
                        f"it takes each Tensor with requires_grad=True once, as model.parameters() gives them"
                    )
                seen.add(p)
        if not seen:
            raise ValueError(f"{type(self).__name__} was given no parameters; pass model.parameters(), not yet used up")

    def _listed(self, params: Any) -> list[Any]:
        if isinstance(params, Tensor | np.ndarray):
            raise TypeError(
                f"{type(self).__name__} was given one {type(params).__name__}; "
                f"it takes a list of Tensors with requires_grad=True: [t]"
            )
        return list(params)

    def _check(self, group: Group) -> None:
        for name in ("lr", "weight_decay", "momentum", "eps"):
            if not group.get(name, 0) >= 0:
                raise ValueError(f"{type(self).__name__} was given {name}={group[name]}; it must not be negative")

    @property
    def lr(self) -> float:
        """The learning rate, of the first group; setting it sets that of all groups."""
        lr: float = self.param_groups[0]["lr"]
        return lr

    @lr.setter
    def lr(self, value: float) -> None:
        for group in self.param_groups:
            group["lr"] = value

    def zero_grad(self) -> None:
        """Forget the gradients: `.grad` of each parameter is None again."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None

    def step(self) -> None:
        """Update every parameter that has a gradient."""
        if (watch := observer()) is not None:
            start = perf_counter()
        name = f"{type(self).__name__}.step"
        for group in self.param_groups:
            for p in group["params"]:
                if (g := p.grad) is not None:
                    self._update(p.data, g.data, self.state.setdefault(p, {}), group)
                    note_update(p.data, name)
        if watch is not None:
            seconds = perf_counter() - start
            updated = [p.data for group in self.param_groups for p in group["params"] if p.grad is not None]
            watch.recorded(self.step, updated, NO_OPTIONS, updated, None, seconds)

    @abstractmethod
    def _update(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        """Update one parameter, in place, by its gradient. `state` is what it keeps from step to step."""

    def state_dict(self) -> dict[str, Any]:
        """Copies of all hyperparameters and of the state, with parameters by their number in the groups."""
        number = {p: k for k, p in enumerate(p for group in self.param_groups for p in group["params"])}
        state = {
            number[p]: {name: v.copy() if isinstance(v, np.ndarray) else v for name, v in values.items()}
            for p, values in self.state.items()
        }
        groups = [{**group, "params": [number[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over hyperparameters and state; the groups must be as large as those that were saved."""
        sizes = [len(group["params"]) for group in self.param_groups]
        saved = [len(group["params"]) for group in state["param_groups"]]
        if sizes != saved:
            raise ValueError(
                f"the state is of groups of {saved} parameters, and this {type(self).__name__} has groups of {sizes}; "
                f"make it with the parameters of the model that was saved"
            )
        params = [p for group in self.param_groups for p in group["params"]]
        for k, values in state["state"].items():
            for name, value in values.items():
                if isinstance(value, np.ndarray) and value.shape != params[k].shape:
                    raise ValueError(
                        f"the state {name!r} of parameter {k} has shape {value.shape}, and the parameter "
                        f"{params[k].shape}; make it with the parameters of the model that was saved"
                    )
        for group, values in zip(self.param_groups, state["param_groups"], strict=True):
            group.update({name: value for name, value in values.items() if name != "params"})
        self.state = {
            params[k]: {name: v.copy() if isinstance(v, np.ndarray) else v for name, v in values.items()}
            for k, values in state["state"].items()
        }


BLOCK = 2**18  # bytes


def blocks(*arrays: Array) -> Iterator[Sequence[Array]]:
    """Arrays of one shape, in pieces that stay in the cache from one line of an update to the next.

    A weight of 784 x 1024 took Adam 1.6 ms in place of 2.7. Arrays up to twice as large as a piece come whole: they
    stay there anyway.
    """
    whole = arrays[0]
    is_small = type(whole) is not np.ndarray or whole.nbytes <= 2 * BLOCK  # the compiler cuts into pieces itself
    if is_small or not all(array.flags.c_contiguous for array in arrays):
        yield arrays
        return
    flat, size = [array.reshape(-1) for array in arrays], BLOCK // whole.itemsize
    for k in range(0, whole.size, size):
        yield [array[k : k + size] for array in flat]


class SGD(Optimizer):
    """Gradient descent: p -= lr * g.

    With momentum (Polyak 1964) v = momentum * v + g and p -= lr * v; with nesterov (Sutskever et al. 2013)
    p -= lr * (g + momentum * v). weight_decay adds weight_decay * p to the gradient.
    """

    def __init__(
        self, params: Iterable[Any], lr: float, momentum: float = 0, *, nesterov: bool = False, weight_decay: float = 0
    ) -> None:
        super().__init__(params, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)

    def _check(self, group: Group) -> None:
        super()._check(group)
        if group["nesterov"] and not group["momentum"]:
            raise ValueError("SGD was given nesterov=True without momentum; give it one: momentum=0.9")

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        if not (momentum := group["momentum"]):
            for x, gx in blocks(p, g):
                x -= group["lr"] * gx
            return
        if not state:
            state["velocity"] = np.zeros_like(p)
        for x, gx, velocity in blocks(p, g, state["velocity"]):
            velocity *= momentum
            velocity += gx
            x -= group["lr"] * (gx + momentum * velocity if group["nesterov"] else velocity)


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, algorithm 1). weight_decay adds weight_decay * p to the gradient."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def _check(self, group: Group) -> None:
        super()._check(group)
        if not all(0 <= beta < 1 for beta in group["betas"]):
            raise ValueError(f"{type(self).__name__} was given betas={group['betas']}; both must lie in [0, 1)")

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        self._adam(p, g, state, group)

    def _adam(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        if not state:
            state.update(step=0, mean=np.zeros_like(p), square=np.zeros_like(p.real))
        state["step"] += 1
        beta1, beta2 = group["betas"]
        # The bias corrections are scalars: they go into lr and eps, not into arrays (the end of the paper's section 2).
        correction = opaque(math.sqrt, 1 - beta2 ** state["step"])
        lr = group["lr"] * correction / (1 - beta1 ** state["step"])
        eps = group["eps"] * correction
        for x, gx, mean, square in blocks(p, g, state["mean"], state["square"]):
            mean *= beta1
            mean += (1 - beta1) * gx
            square *= beta2
            square += (1 - beta2) * np.square(np.abs(gx) if gx.dtype.kind == "c" else gx)
            spread = np.sqrt(square)
            spread += eps
            step = mean / spread
            step *= lr
            x -= step


class AdamW(Adam):
    """Adam with decoupled weight decay: p -= lr * weight_decay * p (Loshchilov and Hutter 2019, algorithm 2)."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        p *= 1 - group["lr"] * group["weight_decay"]
        self._adam(p, g, state, group)
