"""Activation functions: of Tensors, of arrays, and as primitives with rules."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np

from autograd.engine.graph import Array
from autograd.engine.tensor import Tensor
from autograd.nn.functional.precision import in_float32, of_floats
from autograd.rules import primitive, rule
from autograd.rules.elementwise import INFINITE
from autograd.rules.reductions import Axis, logarithm_gx

AnyArray = TypeVar("AnyArray", Tensor, Array)


@primitive
def relu(x: AnyArray) -> AnyArray:
    """max(x, 0); its gradient at 0 is 0."""
    return np.maximum(x, 0)  # type: ignore[return-value]  # of a Tensor it is a Tensor


@primitive
@in_float32
def sigmoid(x: AnyArray) -> AnyArray:
    """1 / (1 + exp(-x)), without a warning where exp(-x) is too large: there it is 0."""
    with np.errstate(over="ignore"):
        return cast(AnyArray, 1 / (1 + np.exp(-x)))


@primitive
@of_floats
def softmax(x: AnyArray, axis: int = -1) -> AnyArray:
    """exp(x) / sum(exp(x)) along `axis`, for x of any size."""
    y: Any = below_0(x, axis)
    y = np.exp(y, out=y)
    y /= total(y, axis)
    return cast(AnyArray, y)


@primitive
@of_floats
def log_softmax(x: AnyArray, axis: int = -1) -> AnyArray:
    """log(softmax(x)), also where softmax(x) is too small for a number."""
    y: Any = below_0(x, axis)
    if y.size:
        y -= np.log(total(np.exp(y), axis))
    return cast(AnyArray, y)


@primitive
@of_floats
def logsumexp(x: AnyArray, axis: Axis = None, keepdims: bool = False) -> AnyArray:
    """log(sum(exp(x))) along `axis`, or of all elements, for x of any size; of infinities what the sum is."""
    highest: Any = np.max(x, axis=axis, keepdims=True, initial=-np.inf)  # of no elements the sum is 0
    highest = np.where(np.isinf(highest), 0, highest)
    with np.errstate(divide="ignore", over="ignore"):
        y: Any = np.log(np.sum(np.exp(x - highest), axis=axis, keepdims=keepdims))
    return cast(AnyArray, y + highest.reshape(y.shape))


def below_0(x: Any, axis: int) -> Any:
    """x less its largest element along `axis`, of which there may be none."""
    return x - np.max(x, axis=axis, keepdims=True) if x.size else x.copy()


def total(x: Any, axis: int) -> Any:
    """The sum, whose axis is kept: along the last one as a product with ones, which takes half the time."""
    if axis == -1 and x.ndim:
        return np.vecdot(x, np.ones(x.shape[-1], x.dtype))[..., None]
    return np.sum(x, axis=axis, keepdims=True)


def total_product(a: Any, b: Any, axis: int) -> Any:
    """The sum of a * b, whose axis is kept."""
    return np.vecdot(a, b)[..., None] if axis == -1 and a.ndim else np.sum(a * b, axis=axis, keepdims=True)


@primitive
@of_floats
def glu(x: Any, axis: int = -1) -> Any:
    """a * sigmoid(b), where a and b are the halves of x along `axis` (Dauphin et al. 2017, eq. 1). And the sigmoid."""
    length = x.shape[axis] if -x.ndim <= axis < x.ndim else 1
    if length % 2:
        raise ValueError(
            f"glu was given an input of shape {x.shape} and axis={axis}; along it there must be an even number of "
            f"elements, which are halved"
        )
    a, b = np.split(x, 2, axis=axis)
    s = sigmoid(b)
    return a * s, s


def glu_gx(g: Any, g_s: Any, s: Any, y: Any, axis: int) -> Any:
    """s for one half, and for the other a s (1 - s)."""
    rest = 1 - s
    through_s = None if g_s is None else g_s * (s * rest)
    if g is None:
        return np.concatenate([np.zeros_like(s), through_s], axis=axis)
    gb = g * (y * rest)
    return np.concatenate([g * s, gb if through_s is None else gb + through_s], axis=axis)


@primitive
def softmax_gx(a: Any, y: Any, axis: int) -> Any:
    """y * (a - sum(a * y)): the gradient of x from that of y, `a`."""
    gx = a - total_product(a, y, axis)
    gx *= y
    return gx


@primitive
def log_softmax_gx(a: Any, y: Any, axis: int) -> Any:
    """a - exp(y) * sum(a)"""
    gx = np.exp(y)
    gx *= total(a, axis)
    return np.subtract(a, gx, out=gx)


def softmax_gx_gy(g: Any, a: Any, y: Any, axis: int) -> Any:
    return g * (a - total_product(a, y, axis)) - a * total_product(g, y, axis)


# fmt: off
rule(relu,            x=lambda g, y, out: np.multiply(g, y != 0, out=out))  # where it is NaN, too
rule(sigmoid,         x=lambda g, y: g * (y * (1 - y)))
rule(softmax,         x=lambda g, y, axis: softmax_gx(g, y, axis))
rule(softmax_gx,      a=lambda g, y, axis: softmax_gx(g, y, axis), y=softmax_gx_gy)  # its own adjoint
rule(log_softmax,     x=lambda g, y, axis: log_softmax_gx(g, y, axis))
rule(log_softmax_gx,  a=lambda g, y, axis: g - total_product(g, np.exp(y), axis),
                      y=lambda g, a, y, axis: -g * np.exp(y) * total(a, axis))
rule(logsumexp,       x=lambda g, x, y, axis, keepdims: logarithm_gx(np.exp, g, x, y, axis, keepdims, True),
     convention=INFINITE)
rule(glu,             x=glu_gx, hidden=("s",))
