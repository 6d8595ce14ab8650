"""Activation functions: of Tensors, of arrays, and as primitives with rules."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from autograd.engine.graph import Array
from autograd.engine.tensor import Tensor
from autograd.rules import primitive, rule

Activation = TypeVar("Activation", bound=Callable[..., Any])
AnyArray = TypeVar("AnyArray", Tensor, Array)


def in_single(fn: Activation) -> Activation:
    """fn(x, ...), for x of float16 computed in float32, in which exponentials and their sums do not overflow.

    Its output is float16 again; hidden ones, which the rules read, stay float32.
    """

    @functools.wraps(fn)
    def compute(x: Any, *args: Any, **options: Any) -> Any:
        if getattr(x, "dtype", None) != np.float16:
            return fn(x, *args, **options)
        y = fn(x.astype(np.float32), *args, **options)
        return (y[0].astype(np.float16), *y[1:]) if isinstance(y, tuple) else y.astype(np.float16)

    return cast(Activation, compute)


@primitive
def relu(x: AnyArray) -> AnyArray:
    """max(x, 0); its gradient at 0 is 0."""
    return np.maximum(x, 0)  # type: ignore[return-value]  # of a Tensor it is a Tensor


@primitive
@in_single
def sigmoid(x: AnyArray) -> AnyArray:
    """1 / (1 + exp(-x)), without a warning where exp(-x) is too large: there it is 0."""
    with np.errstate(over="ignore"):
        return cast(AnyArray, 1 / (1 + np.exp(-x)))


@primitive
@in_single
def softmax(x: AnyArray, axis: int = -1) -> AnyArray:
    """exp(x) / sum(exp(x)) along `axis`, for x of any size."""
    y = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return y / np.sum(y, axis=axis, keepdims=True)


@primitive
@in_single
def log_softmax(x: AnyArray, axis: int = -1) -> AnyArray:
    """log(softmax(x)), also where softmax(x) is too small for a number."""
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


@primitive
def dropout(x: Any, rate: float, rng: np.random.Generator) -> Any:
    """x with each element zeroed with probability `rate`, the others scaled to keep the mean."""
    mask = rng.random(x.shape, dtype=np.float32) >= rate
    return np.where(mask, x * (1 / (1 - rate)), 0), mask


def softmax_gx(g: Any, y: Any, axis: int) -> Any:
    return y * (g - np.sum(g * y, axis=axis, keepdims=True))


# fmt: off
rule(relu,         x=lambda g, y: g * (y != 0))  # where it is NaN, too
rule(sigmoid,      x=lambda g, y: g * (y * (1 - y)))
rule(softmax,      x=softmax_gx)
rule(log_softmax,  x=lambda g, y, axis: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True))
rule(dropout,      x=lambda g, mask, rate: np.where(mask, g * (1 / (1 - rate)), 0), hidden=("mask",), accepts=("rng",))
