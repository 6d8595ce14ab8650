"""Adam, and AdamW, in which weight decay is no part of the gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from autograd.engine.graph import Array
from autograd.optim.optimizer import Optimizer, Params, blocks, squared
from autograd.optim.states import ParamGroup
from autograd.rules.duck_arrays import opaque


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, algorithm 1). weight_decay, by default 0, adds weight_decay * p to the gradient.

    amsgrad  divide by the root of the largest second moment so far, not of today's (Reddi et al. 2018, algorithm 2).
             As in PyTorch, it is the largest before the correction of its bias.
    """

    state_names = ("step", "mean", "square", "largest_square")
    added_hyperparameters: Mapping[str, Any] = {"amsgrad": False}
    _weight_decay: ClassVar[float] = 0  # by default

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float | None = None,
        amsgrad: bool = False,
    ) -> None:
        decay = self._weight_decay if weight_decay is None else weight_decay
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=decay, amsgrad=amsgrad)

    def _keeps(self, group: ParamGroup) -> tuple[str, ...]:
        return self.state_names if group["amsgrad"] else self.state_names[:3]

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: ParamGroup) -> None:
        state["step"] += 1
        beta1, beta2 = group["betas"]
        # The bias corrections are scalars: they go into lr and eps, not into arrays (the end of the paper's section 2).
        correction = opaque(math.sqrt, 1 - beta2 ** state["step"])
        lr = group["lr"] * correction / (1 - beta1 ** state["step"])
        eps = group["eps"] * correction
        largest = state["largest_square" if group["amsgrad"] else "square"]
        for x, gx, mean, square, most in blocks(p, g, state["mean"], state["square"], largest):
            gx = self._decayed(x, gx, group)
            mean *= beta1
            mean += (1 - beta1) * gx
            square *= beta2
            square += (1 - beta2) * squared(gx)
            if group["amsgrad"]:
                np.maximum(most, square, out=most)
            spread = np.sqrt(most)
            spread += eps
            step = mean / spread
            step *= lr
            x -= step

    def _decayed(self, x: Array, gx: Array, group: ParamGroup) -> Array:
        """The gradient, with that of the weight decay."""
        return gx + group["weight_decay"] * x if group["weight_decay"] else gx


class AdamW(Adam):
    """Adam with decoupled weight decay, by default 0.01: p -= lr * weight_decay * p (Loshchilov and Hutter 2019,
    algorithm 2).
    """

    _weight_decay = 0.01

    def _decayed(self, x: Array, gx: Array, group: ParamGroup) -> Array:
        x *= 1 - group["lr"] * group["weight_decay"]
        return gx
