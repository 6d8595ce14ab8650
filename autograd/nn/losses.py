"""Losses: the mean over the batch, of shape ()."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from autograd.engine.dispatch import plain
from autograd.engine.graph import NO_OPTIONS, Array
from autograd.engine.tensor import Tensor, call
from autograd.nn.activations import in_single, softmax_gx
from autograd.rules import OPERATIONS, primitive, rule
from autograd.rules.duck_arrays import asarray, opaque

TensorOrArray = Tensor | Array


def mse_loss(prediction: TensorOrArray, target: TensorOrArray) -> Tensor:
    """The mean of (prediction - target)**2, over all elements of two arrays of the same shape."""
    _same_shape("mse_loss", prediction, target)
    return cast(Tensor, np.mean(np.square(prediction - target)))


def cross_entropy(logits: Tensor | ArrayLike, labels: Tensor | ArrayLike, label_smoothing: float = 0.0) -> Tensor:
    """-log(softmax(logits)[label]), for logits (..., classes) of any size and integer labels (...).

    label_smoothing s makes the target 1 - s + s / classes for the label and s / classes for each other class
    (Szegedy et al. 2016, section 7).
    """
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy was given label_smoothing={label_smoothing}; it must lie in [0, 1]")
    x: Any = logits if hasattr(logits, "shape") else np.asarray(logits)
    indices: Any = plain(labels)
    if type(indices) is not np.ndarray:
        indices = asarray(indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(
            f"cross_entropy was given labels of dtype {indices.dtype}, and expects the numbers of the classes; "
            f"for one-hot labels pass labels.argmax(axis=-1)"
        )
    if indices.shape != x.shape[:-1] or not x.ndim:
        raise ValueError(
            f"cross_entropy was given logits of shape {x.shape} and labels of shape {indices.shape}; "
            f"labels must have the shape of the logits without its last axis, the classes"
        )
    if not x.size:
        what = "an empty batch" if x.shape[-1] else "logits of no classes"
        raise ValueError(f"cross_entropy was given {what}, which has no mean; skip it")
    try:
        labels = opaque(not_negative, indices) if indices.dtype.kind == "i" else indices
        # A Python scalar, because a float64 of NumPy's would make the loss float64.
        options = {"label_smoothing": float(label_smoothing)} if label_smoothing else NO_OPTIONS
        return call(SOFTMAX_CROSS_ENTROPY, (x, labels), options)
    except IndexError:
        return opaque(refuse_labels, indices, x.shape[-1])


def not_negative(labels: Any) -> Any:
    """The labels. Raises IndexError if one is negative, which would count from the end."""
    if np.minimum.reduce(labels, axis=None) < 0:
        raise IndexError(f"a label is {labels.min()}; labels count from 0")
    return labels


def refuse_labels(labels: Any, classes: int) -> None:
    raise ValueError(
        f"cross_entropy was given labels from {labels.min()} to {labels.max()}; "
        f"with {classes} logits the classes are 0 to {classes - 1}"
    ) from None


FEW_CLASSES = 64  # classes


@primitive
@in_single
def softmax_cross_entropy(x: Any, labels: Any, label_smoothing: float = 0.0) -> Any:
    """The loss; and what its gradient is made of, the softmax of x minus the target probabilities."""
    logits = x.reshape(-1, x.shape[-1])
    n, classes = logits.shape
    columns = logits.T
    if classes < FEW_CLASSES:
        columns = columns.copy()  # whole ones, as reductions of many short rows take three times as long
    shifted = columns - np.maximum.reduce(columns, axis=0)
    p = np.exp(shifted)
    total = np.add.reduce(p, axis=0)
    p /= total
    log_total = np.add.reduce(np.log(total), axis=None)
    label = (labels.ravel(), np.arange(n))
    log_p = np.add.reduce(shifted[label]) - log_total
    p[label] -= 1 - label_smoothing
    if label_smoothing:
        log_p = (1 - label_smoothing) * log_p
        log_p += label_smoothing * (np.add.reduce(shifted, axis=None) / classes - log_total)
        p -= label_smoothing / classes
    return -log_p / n, p.T.reshape(x.shape)


def softmax_cross_entropy_gx(g: Any, g_error: Any, error: Any, labels: Any, label_smoothing: float) -> Any:
    """error * g / n; and, where this is differentiated again, what comes in through the error, a softmax's gradient."""
    gx = None if g is None else error * (g / labels.size)
    if g_error is None:
        return gx
    classes = error.shape[-1]
    one_hot = np.equal.outer(labels, np.arange(classes)).astype(error.dtype)
    target = (1 - label_smoothing) * one_hot + label_smoothing / classes
    through_error = softmax_gx(g_error, error + target, axis=-1)
    return through_error if gx is None else gx + through_error


rule(softmax_cross_entropy, x=softmax_cross_entropy_gx, labels=None, hidden=("error",))
SOFTMAX_CROSS_ENTROPY = OPERATIONS[softmax_cross_entropy]


def binary_cross_entropy(probability: TensorOrArray, target: TensorOrArray) -> Tensor:
    """-mean(t log p + (1 - t) log(1 - p)), for probabilities p and targets t in [0, 1] of one shape.

    As in PyTorch, each logarithm is at least -100, so the loss and its gradient stay finite at p = 0 and p = 1. Where
    p comes from a sigmoid, `binary_cross_entropy_with_logits` is more accurate.
    """
    _same_shape("binary_cross_entropy", probability, target)
    return np.mean(bernoulli_entropy(probability, target))


def binary_cross_entropy_with_logits(logits: TensorOrArray, target: TensorOrArray) -> Tensor:
    """binary_cross_entropy(sigmoid(logits), target), for logits of any size."""
    _same_shape("binary_cross_entropy_with_logits", logits, target)
    return np.mean(np.logaddexp(0, logits) - target * logits)


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
