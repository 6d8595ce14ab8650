"""Linear, dropout, and what changes nothing but the shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.engine.tensor import Tensor, binary, call
from autograd.nn import init
from autograd.nn.functional import activations
from autograd.nn.functional.activations import AnyArray
from autograd.nn.inputs import of_dtype
from autograd.nn.module import Module
from autograd.rules import OPERATIONS, primitive, rule
from autograd.rules.products import matmul_ga, matmul_gb


@primitive
def linear(a: Any, b: Any, bias: Any) -> Any:
    """a @ b + bias, the bias added in place."""
    y = a @ b
    y += bias
    return y


rule(linear, a=matmul_ga, b=matmul_gb, bias=lambda g: g, broadcasts=True)
LINEAR, MATMUL = OPERATIONS[linear], OPERATIONS[np.matmul]


class Linear(Module):
    """x (..., in_features) to x @ weight + bias (..., out_features).

    weight (in_features, out_features), drawn by `initialiser` (see `nn.init`); bias (out_features,), zero, or None
    with bias=False.
    """

    transposed_in_torch = ("weight",)
    bias: Any  # a Tensor; None where there is none, of which those who know that they have one need not think

    def __init__(
        self,
        in_features: int,
        out_features: int,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | None = None,
        initialiser: init.Initialiser = init.he,
        *,
        bias: bool = True,
    ) -> None:
        if isinstance(dtype, bool):  # PyTorch's third argument
            raise TypeError(
                f"Linear was given dtype={dtype}, and expects one such as np.float32; if it is about the bias, write "
                f"Linear({in_features}, {out_features}, bias={dtype})"
            )
        self.weight = Tensor(initialiser((in_features, out_features), dtype, init.generator(rng)), requires_grad=True)
        self.bias = Tensor(init.aligned(np.zeros(out_features), dtype), requires_grad=True) if bias else None

    def forward(self, x: Any) -> Tensor:
        if type(x) is list:
            x = np.asarray(x)
        try:
            is_mine = x.dtype is self.weight.data.dtype or x.dtype == self.weight.dtype
        except AttributeError:  # it is no array
            is_mine = False
        if not is_mine:
            raise self._misfit(x)
        try:
            if self.bias is None:
                return binary(MATMUL, x, self.weight)
            return call(LINEAR, (x, self.weight, self.bias))
        except ValueError:  # which would name shapes but no layer
            if x.shape[-1:] == self.weight.shape[:1]:
                raise
            raise self._misfit(x) from None

    def _misfit(self, x: Any) -> Exception:
        inputs, outputs = self.weight.shape
        if isinstance(x, Tensor | np.ndarray) and (not x.ndim or x.shape[-1] != inputs):
            return ValueError(
                f"Linear({inputs}, {outputs}) was given an input of shape {x.shape}; "
                f"its last axis must have {inputs} elements: reshape it"
            )
        return of_dtype(f"Linear({inputs}, {outputs})", self.weight.dtype, x)

    def extra_repr(self) -> str:
        return ", ".join(map(str, self.weight.shape)) + (", bias=False" if self.bias is None else "")


class Dropout(Module):
    """In training, zero each element with probability `rate` and scale the others by 1 / (1 - rate)."""

    def __init__(self, rate: float = 0.5, rng: np.random.Generator | None = None) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"{type(self).__name__} was given rate={rate}; it must lie in [0, 1)")
        self.rate = float(rate)  # a float64 of NumPy's would make float32 activations float64
        self.rng = rng

    def forward(self, x: AnyArray) -> AnyArray:
        if not (self.training and self.rate):
            return x
        return activations.dropout(x, self.rate, init.generator(self.rng))

    def extra_repr(self) -> str:
        return str(self.rate)


class Dropout2d(Dropout):
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
        return activations.dropout2d(x, self.rate, init.generator(self.rng))


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
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Identity(Module):
    """x as it is."""

    def forward(self, x: Any) -> Any:
        return x
