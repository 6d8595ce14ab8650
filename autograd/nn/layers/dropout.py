"""Dropout as layers, which drop in training alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.nn import init
from autograd.nn.functional import dropouts
from autograd.nn.functional.activations import AnyArray
from autograd.nn.module import Module


class _Dropout(Module):
    def __init__(self, rate: float = 0.5, rng: np.random.Generator | None = None) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"{type(self).__name__} was given rate={rate}; it must lie in [0, 1)")
        self.rate = float(rate)  # a float64 of NumPy's would make float32 activations float64
        self.rng = rng

    def extra_repr(self) -> str:
        return str(self.rate)


class Dropout(_Dropout):
    """In training, zero each element with probability `rate` and scale the others by 1 / (1 - rate)."""

    def forward(self, x: AnyArray) -> AnyArray:
        if not (self.training and self.rate):
            return x
        return dropouts.dropout(x, self.rate, init.generator(self.rng))


class Dropout2d(_Dropout):
    """In training, zero each channel of x (batch, channels, ...) as a whole with probability `rate`, as Dropout does.

    Neighbouring elements of a feature map say much the same (Tompson et al. 2015, section 3.2).
    """

    def forward(self, x: Any) -> Any:
        if x.ndim < 3:
            raise ValueError(
                f"Dropout2d was given an input of shape {x.shape}; it must be (batch, channels, ...): reshape it, or "
                f"use Dropout"
            )
        if not (self.training and self.rate):
            return x
        return dropouts.dropout2d(x, self.rate, init.generator(self.rng))
