"""RMSprop: steps of about the learning rate, whatever the size of the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.engine.graph import Array
from autograd.optim.optimizer import Optimizer, Params, blocks, squared
from autograd.optim.states import ParamGroup


class RMSprop(Optimizer):
    """p -= lr * g / (sqrt(s) + eps), with s = alpha * s + (1 - alpha) * g**2 (Tieleman and Hinton 2012, lecture 6e).

    centered      subtract the square of the running mean of g from s (Graves 2013, eq. 38 to 41).
    momentum      v = momentum * v + g / (sqrt(s) + eps), and p -= lr * v.
    weight_decay  adds weight_decay * p to the gradient.
    """

    state_names = ("square", "mean", "velocity")

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
    ) -> None:
        super().__init__(
            params, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum, centered=centered
        )

    def _check(self, group: ParamGroup) -> None:
        super()._check(group)
        if group["alpha"] > 1:
            raise ValueError(f"RMSprop was given alpha={group['alpha']!r}; it must lie in [0, 1]")

    def _keeps(self, group: ParamGroup) -> tuple[str, ...]:
        return ("square", *("mean",) * bool(group["centered"]), *("velocity",) * bool(group["momentum"]))

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: ParamGroup) -> None:
        alpha, names = group["alpha"], self._keeps(group)
        for x, gx, *kept in blocks(p, g, *(state[name] for name in names)):
            of = dict(zip(names, kept, strict=True))
            if group["weight_decay"]:
                gx = gx + group["weight_decay"] * x
            square = of["square"]
            square *= alpha
            square += (1 - alpha) * squared(gx)
            if group["centered"]:
                mean = of["mean"]
                mean *= alpha
                mean += (1 - alpha) * gx
                square = np.maximum(square - squared(mean), 0)  # which rounding may make negative
            spread = np.sqrt(square)
            spread += group["eps"]
            step = gx / spread
            if group["momentum"]:
                velocity = of["velocity"]
                velocity *= group["momentum"]
                velocity += step
                step = velocity
            x -= group["lr"] * step
