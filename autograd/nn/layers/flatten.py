"""What computes nothing: Flatten, Identity."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd._util.functions import arguments_of
from autograd.nn.functional.activations import AnyArray
from autograd.nn.module import Module


class Flatten(Module):
    """x with the axes from `start_dim` to `end_dim` as one: (N, C, H, W) to (N, C * H * W)."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: AnyArray) -> AnyArray:
        ndim = len(x.shape)
        first: int = self.start_dim + (ndim if self.start_dim < 0 else 0)
        last: int = self.end_dim + (ndim if self.end_dim < 0 else 0)
        if not 0 <= first <= last < ndim:
            raise ValueError(
                f"Flatten({self.extra_repr()}) was given an input of shape {x.shape}, in which it finds no such axes; "
                f"give it more axes, x[None], or other dims"
            )
        shape = (*x.shape[:first], math.prod(x.shape[first : last + 1]), *x.shape[last + 1 :])
        return np.reshape(x, shape)  # type: ignore[return-value]  # of a Tensor it is a Tensor

    def extra_repr(self) -> str:
        return arguments_of(self)


class Identity(Module):
    """x as it is."""

    def forward(self, x: Any) -> Any:
        return x
