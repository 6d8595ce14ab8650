"""Linear: a product with a weight, and a bias."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.engine.tensor import Tensor, binary, ternary
from autograd.nn import init
from autograd.nn.functional.affine import linear
from autograd.nn.inputs import of_dtype
from autograd.nn.module import Module
from autograd.rules import OPERATIONS

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
        weight, bias = self.weight, self.bias
        try:
            is_mine = (x.data if type(x) is Tensor else x).dtype == weight.data.dtype
        except AttributeError:  # it is no array
            is_mine = False
        if not is_mine:
            raise self._misfit(x)
        try:
            return binary(MATMUL, x, weight) if bias is None else ternary(LINEAR, x, weight, bias)
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
