"""NAdam: Adam that looks ahead, as Nesterov's momentum does."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.engine.graph import Array
from autograd.optim.optimizer import Optimizer, Params, blocks, squared
from autograd.optim.states import ParamGroup


class NAdam(Optimizer):
    """Adam with Nesterov's momentum (Dozat 2016), in PyTorch's form.

    The momentum of step t is m_t = beta1 * (1 - 0.96**(t * momentum_decay) / 2). In place of Adam's mean of the
    gradients, corrected for its bias, is m_(t+1) * mean / (1 - m_1 ... m_(t+1)) + (1 - m_t) * g / (1 - m_1 ... m_t).

    weight_decay            adds weight_decay * p to the gradient;
    decoupled_weight_decay  or, as in AdamW, does p -= lr * weight_decay * p.
    """

    state_names = ("step", "momenta", "mean", "square")

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(
            params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
        )  # fmt: skip

    def _start(self, name: str, p: Array, group: ParamGroup) -> Any:
        return 1.0 if name == "momenta" else super()._start(name, p, group)  # the product of all of them

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: ParamGroup) -> None:
        state["step"] += 1
        beta1, beta2 = group["betas"]
        now, later = (
            beta1 * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"])) for step in (state["step"], state["step"] + 1)
        )
        state["momenta"] *= now
        of_gradient = group["lr"] * (1 - now) / (1 - state["momenta"])
        of_mean = group["lr"] * later / (1 - state["momenta"] * later)
        correction = 1 - beta2 ** state["step"]
        for x, gx, mean, square in blocks(p, g, state["mean"], state["square"]):
            if group["weight_decay"] and group["decoupled_weight_decay"]:
                x *= 1 - group["lr"] * group["weight_decay"]
            elif group["weight_decay"]:
                gx = gx + group["weight_decay"] * x
            mean *= beta1
            mean += (1 - beta1) * gx
            square *= beta2
            square += (1 - beta2) * squared(gx)
            spread = np.sqrt(square / correction)
            spread += group["eps"]
            x -= (of_gradient * gx + of_mean * mean) / spread
