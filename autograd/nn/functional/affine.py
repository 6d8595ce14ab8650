"""Affine maps: a product with a weight, and a bias."""

from __future__ import annotations

from typing import Any

from autograd.rules import primitive, rule
from autograd.rules.products import as_matrix, matmul_ga, matmul_gb


@primitive
def linear(a: Any, b: Any, bias: Any) -> Any:
    """a @ b + bias, the bias added in place; of more than two axes of `a` as one product, as in the gradients."""
    if a.ndim < 3:
        y = a @ b
        y += bias
        return y
    y = as_matrix(a) @ b
    y += bias
    return y.reshape(*a.shape[:-1], b.shape[1])


rule(linear, a=matmul_ga, b=matmul_gb, bias=lambda g: g, broadcasts=True)


@primitive
def project(x: Any, weight: Any, bias: Any) -> Any:
    """x (rows, inputs) @ weight.T + bias, for a weight (outputs, inputs) and a bias (outputs,) or None."""
    y = x @ weight.T
    if bias is not None:
        y += bias
    return y


rule(
    project,
    x=lambda g, weight: g @ weight,
    weight=lambda g, x: g.T @ x,  # not (x.T @ g).T, whose memory would lie in another order than the weight's
    bias=lambda g: g,
    broadcasts=True,
)
