"""Adagrad: smaller steps where gradients have been large."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.engine.graph import Array
from autograd.optim.optimizer import Optimizer, Params, blocks, squared
from autograd.optim.states import ParamGroup


class Adagrad(Optimizer):
    """p -= lr * g / (sqrt(s) + eps), where s is the sum of all g**2 (Duchi et al. 2011, figure 1).

    lr_decay                   step t takes lr / (1 + (t - 1) * lr_decay).
    weight_decay               adds weight_decay * p to the gradient.
    initial_accumulator_value  what s begins with.
    """

    state_names = ("step", "square")

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
    ) -> None:
        super().__init__(
            params, lr=lr, lr_decay=lr_decay, weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value, eps=eps,
        )  # fmt: skip

    def _start(self, name: str, p: Array, group: ParamGroup) -> Any:
        start = super()._start(name, p, group)
        return start + group["initial_accumulator_value"] if name == "square" else start

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: ParamGroup) -> None:
        state["step"] += 1
        lr = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        for x, gx, square in blocks(p, g, state["square"]):
            if group["weight_decay"]:
                gx = gx + group["weight_decay"] * x
            square += squared(gx)
            spread = np.sqrt(square)
            spread += group["eps"]
            x -= lr * gx / spread
