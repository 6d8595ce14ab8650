"""Lion: the sign of a momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.engine.graph import Array
from autograd.optim.optimizer import Optimizer, Params, blocks
from autograd.optim.states import ParamGroup


class Lion(Optimizer):
    """p -= lr * (sign(beta1 * m + (1 - beta1) * g) + weight_decay * p), then m = beta2 * m + (1 - beta2) * g.

    Chen et al. 2023, algorithm 2; PyTorch has none. Each element moves by lr, so lr is three to ten times smaller than
    Adam's, and weight_decay as many times larger (section 5 of the paper).
    """

    state_names = ("mean",)

    def __init__(
        self, params: Params, lr: float = 1e-4, betas: tuple[float, float] = (0.9, 0.99), weight_decay: float = 0
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, weight_decay=weight_decay)

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: ParamGroup) -> None:
        beta1, beta2 = group["betas"]
        for x, gx, mean in blocks(p, g, state["mean"]):
            step = np.sign(beta1 * mean + (1 - beta1) * gx)
            if group["weight_decay"]:
                step += group["weight_decay"] * x
            x -= group["lr"] * step
            mean *= beta2
            mean += (1 - beta2) * gx
