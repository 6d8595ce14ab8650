"""Gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

from autograd.engine.graph import Array
from autograd.optim.optimizer import Optimizer, Params, blocks
from autograd.optim.states import ParamGroup


class SGD(Optimizer):
    """Gradient descent: p -= lr * g.

    With momentum (Polyak 1964) v = momentum * v + g and p -= lr * v; with nesterov (Sutskever et al. 2013)
    p -= lr * (g + momentum * v). weight_decay adds weight_decay * p to the gradient.
    """

    state_names = ("velocity",)

    def __init__(
        self, params: Params, lr: float, momentum: float = 0, *, nesterov: bool = False, weight_decay: float = 0
    ) -> None:
        super().__init__(params, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)

    def _check(self, group: ParamGroup) -> None:
        super()._check(group)
        if group["nesterov"] and not group["momentum"]:
            raise ValueError("SGD was given nesterov=True without momentum; give it one: momentum=0.9")

    def _keeps(self, group: ParamGroup) -> tuple[str, ...]:
        return self.state_names if group["momentum"] else ()

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: ParamGroup) -> None:
        decay, momentum = group["weight_decay"], group["momentum"]
        arrays = (p, g, state["velocity"]) if momentum else (p, g)
        for x, gx, *kept in blocks(*arrays):
            if decay:
                gx = gx + decay * x
            if momentum:
                (velocity,) = kept
                velocity *= momentum
                velocity += gx
                gx = gx + momentum * velocity if group["nesterov"] else velocity
            x -= group["lr"] * gx
