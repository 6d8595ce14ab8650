"""Losses of predictions and targets of one shape, and how alike vectors are; those of classes: classification.py.

`reduction` is "mean", over all elements, unless told; "sum"; or "none", a loss for each element.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from autograd.engine.graph import Array
from autograd.engine.tensor import Tensor
from autograd.nn.functional.precision import in_float32, of_floats
from autograd.nn.functional.reduction import REDUCTIONS, check_reduction, reduced, summed
from autograd.rules import primitive, rule
from autograd.rules.binding import takes_axis
from autograd.rules.products import added, as_array

TensorOrArray = Tensor | Array


def mse_loss(prediction: TensorOrArray, target: TensorOrArray, *, reduction: str = "mean") -> Tensor:
    """(prediction - target)**2, of two arrays of the same shape."""
    _same_shape("mse_loss", prediction, target)
    return cast(Tensor, reduced("mse_loss", np.square(prediction - target), reduction))


def l1_loss(input: TensorOrArray, target: TensorOrArray, *, reduction: str = "mean") -> Tensor:
    """|input - target|, of two arrays of the same shape; the gradient where they are equal is 0."""
    _same_shape("l1_loss", input, target)
    return cast(Tensor, reduced("l1_loss", np.absolute(input - target), reduction))


def smooth_l1_loss(
    input: TensorOrArray, target: TensorOrArray, *, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    """d**2 / (2 beta) where |d| < beta, else |d| - beta / 2, for d = input - target (Girshick 2015, eq. 3).

    It is l1_loss for beta = 0, and huber_loss(delta=beta) / beta otherwise.
    """
    _same_shape("smooth_l1_loss", input, target)
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss was given beta={beta}; it must not be negative")
    d = input - target
    losses = smooth_l1(d, float(beta)) if beta else np.absolute(d)
    return cast(Tensor, reduced("smooth_l1_loss", losses, reduction))


def huber_loss(input: TensorOrArray, target: TensorOrArray, *, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """d**2 / 2 where |d| <= delta, else delta * (|d| - delta / 2), for d = input - target (Huber 1964)."""
    _same_shape("huber_loss", input, target)
    if not delta > 0:
        raise ValueError(f"huber_loss was given delta={delta}; it must be positive")
    return cast(Tensor, reduced("huber_loss", huber(input - target, float(delta)), reduction))


@primitive
@in_float32
def huber(x: Any, delta: float) -> Any:
    """x**2 / 2 up to |x| = delta, and from there on the line that goes on from it."""
    inner = np.clip(x, -delta, delta)
    return inner * (x - inner / 2)


@primitive
@in_float32
def smooth_l1(x: Any, beta: float) -> Any:
    """huber(x, beta) / beta."""
    inner = np.clip(x, -beta, beta)
    return inner / beta * (x - inner / 2)


rule(huber, x=lambda g, x, delta: g * np.clip(x, -delta, delta))
rule(smooth_l1, x=lambda g, x, beta: g * (np.clip(x, -beta, beta) / beta))


def kl_div(input: TensorOrArray, target: TensorOrArray, *, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """t * (log t - input), for log probabilities `input` and probabilities t of one shape (Kullback and Leibler 1951).

    The divergence itself, of each sample (the first axis), is what reduction="batchmean" gives: the sum over that axis'
    length. "mean" is over all elements, as in PyTorch.

    log_target  the target is log t.
    """
    _same_shape("kl_div", input, target)
    check_reduction("kl_div", reduction, (*REDUCTIONS, "batchmean"))
    losses: Any
    if log_target:
        losses = np.exp(target) * (target - input)
    else:
        losses = target * np.log(np.where(target == 0, 1, target)) - target * input  # 0 log 0 is 0
    if reduction != "batchmean":
        return cast(Tensor, reduced("kl_div", losses, reduction))
    if not np.ndim(losses) or not len(losses):
        raise ValueError(f"kl_div was given shape {np.shape(losses)}, which has no batch to take the mean over")
    return cast(Tensor, summed(losses) / len(losses))


@takes_axis
def cosine_similarity(x1: TensorOrArray, x2: TensorOrArray, axis: int = 1, eps: float = 1e-8) -> Tensor:
    """x1 . x2 / (max(|x1|, eps) * max(|x2|, eps)), of vectors along `axis` of two arrays that broadcast.

    The result has the shape without that axis. (It is PyTorch's `dim`, and 1, too, unless told.)
    """
    dtype = np.result_type(x1.dtype, x2.dtype)
    if dtype == np.float16:
        x1, x2 = x1.astype(np.float32), x2.astype(np.float32)
    units = [x / np.maximum(np.linalg.norm(x, axis=axis, keepdims=True), float(eps)) for x in (x1, x2)]
    found = np.sum(units[0] * units[1], axis=axis)
    return cast(Tensor, found.astype(dtype) if dtype == np.float16 else found)


def binary_cross_entropy(
    probability: TensorOrArray,
    target: TensorOrArray,
    weight: TensorOrArray | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """-(t log p + (1 - t) log(1 - p)), for probabilities p and targets t in [0, 1] of one shape.

    As in PyTorch, each logarithm is at least -100, so the loss and its gradient stay finite at p = 0 and p = 1. Where
    p comes from a sigmoid, `binary_cross_entropy_with_logits` is more accurate.

    weight  the losses are multiplied by it; it broadcasts to their shape, and "mean" is over all elements still.
    """
    _same_shape("binary_cross_entropy", probability, target)
    losses = bernoulli_entropy(probability, target)
    return reduced("binary_cross_entropy", _weighted("binary_cross_entropy", losses, weight), reduction)


def binary_cross_entropy_with_logits(
    logits: TensorOrArray,
    target: TensorOrArray,
    weight: TensorOrArray | None = None,
    *,
    reduction: str = "mean",
    pos_weight: TensorOrArray | None = None,
) -> Tensor:
    """binary_cross_entropy(sigmoid(logits), target), for logits of any size.

    pos_weight  the term of the target, t log p, is multiplied by it; it broadcasts to the shape of the logits.
    """
    name = "binary_cross_entropy_with_logits"
    _same_shape(name, logits, target)
    losses: Any = logistic_loss(logits, target)
    if pos_weight is not None:
        positive = _fitting(name, "pos_weight", pos_weight, logits)
        losses = losses + (positive - 1) * target * logistic_loss(logits, 1.0)
    return reduced(name, _weighted(name, losses, weight), reduction)


@primitive
@of_floats
def logistic_loss(x: Any, t: Any) -> Any:
    """log(1 + exp(x)) - t x, elementwise; and the sigmoid of x."""
    rest = np.maximum(x, 0)  # in place from here on: to get memory for large arrays takes longer than to fill it
    y = t * x
    np.subtract(rest, y, out=y)  # before what may be small is added: the digits of log(1 + exp(-x)) stay where t is 1
    w = np.absolute(x)
    np.negative(w, out=w)
    np.exp(w, out=w)
    one_w = 1 + w
    np.log(one_w, out=rest)
    y += rest
    np.subtract(one_w, 1, out=rest)
    np.subtract(w, rest, out=rest)  # what rounding took off 1 + w: np.log1p, which knows, takes four times as long
    rest /= one_w
    y += rest
    np.greater_equal(x, 0, out=rest)
    np.maximum(w, rest, out=w)  # exp(min(x, 0))
    w /= one_w
    return y, w


def logistic_loss_gx(g: Any, g_p: Any, p: Any, t: Any) -> Any:
    return added(None if g is None else g * (p - t), None if g_p is None else g_p * (p * (1 - p)))


@primitive
def bernoulli_entropy(p: Any, t: Any) -> Any:
    """-(t log p + (1 - t) log(1 - p)), elementwise."""
    log_p, log_1_p = logarithms(p)
    return -(t * log_p + (1 - t) * log_1_p)


def logarithms(p: Any) -> tuple[Any, Any]:
    """log p and log(1 - p), each at least -100."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(p), -100), np.maximum(np.log1p(-p), -100)


def bernoulli_entropy_gt(g: Any, p: Any) -> Any:
    log_p, log_1_p = logarithms(p)
    return g * (log_1_p - log_p)


rule(logistic_loss, x=logistic_loss_gx, t=lambda g, x: None if g is None else -g * x, hidden=("p",))
rule(
    bernoulli_entropy,
    p=lambda g, p, t: g * (p - t) / np.maximum(p * (1 - p), 1e-12),
    t=bernoulli_entropy_gt,
)


def _same_shape(name: str, a: Any, b: Any) -> None:
    if np.shape(a) != np.shape(b):
        raise ValueError(
            f"{name} was given shapes {np.shape(a)} and {np.shape(b)}, which must be the same: broadcasting here is "
            f"nearly always a mistake; reshape one of them"
        )


def _weighted(name: str, losses: Any, weight: Any) -> Any:
    return losses if weight is None else losses * _fitting(name, "weight", weight, losses)


def _fitting(name: str, parameter: str, weight: Any, losses: Any) -> Any:
    """A weight in the dtype of the losses, if it broadcasts to their shape."""
    weight = as_array(weight)
    shape = weight.shape
    if len(shape) > np.ndim(losses) or any(
        n not in (1, m) for n, m in zip(shape[::-1], losses.shape[::-1], strict=False)
    ):
        raise ValueError(
            f"{name} was given {parameter} of shape {shape} for losses of shape {losses.shape}; it must broadcast to "
            f"that shape"
        )
    return weight if weight.dtype == losses.dtype else weight.astype(losses.dtype)
