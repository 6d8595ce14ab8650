"""Losses of classifiers: cross entropy, of logits, and its second half, the negative log likelihood.

The classes are the last axis here, and the second in PyTorch: of (batch, classes) they are the same.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from autograd.engine.dispatch import plain
from autograd.engine.graph import NO_OPTIONS
from autograd.engine.tensor import Tensor, call
from autograd.nn.functional.activations import log_softmax, softmax_gx
from autograd.nn.functional.labels import (
    checked_labels,
    class_weights,
    classes_last,
    counted,
    misfit,
    no_mean,
    not_negative,
    refuse_labels,
)
from autograd.nn.functional.precision import in_float32
from autograd.nn.functional.reduction import check_reduction, reduced
from autograd.rules import OPERATIONS, primitive, rule
from autograd.rules.duck_arrays import asarray, opaque
from autograd.rules.products import added, as_array


def cross_entropy(
    logits: Tensor | ArrayLike,
    labels: Tensor | ArrayLike,
    label_smoothing: float = 0.0,
    *,
    axis: int = -1,
    weight: Tensor | ArrayLike | None = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-log(softmax(logits)[label]), for logits (..., classes) of any size and integer labels (...).

    Floats of the shape of the logits, in place of labels, are the probabilities t of the classes; the loss is then
    -sum(t * log(softmax(logits))) over the classes, and t has a gradient, too.

    label_smoothing  s makes the target 1 - s + s / classes for the label and s / classes for each other class
                     (Szegedy et al. 2016, section 7).
    axis             that of the classes, the last; PyTorch's is the second: for its logits (N, C, d1, ...) and labels
                     (N, d1, ...) pass axis=1. (Where C = d1 the shapes do not tell one from the other.)
    weight           (classes,): the term of each class in the target is multiplied by its weight.
    ignore_index     labels that do not count. None do, unless it is given; in PyTorch -100 does.
    reduction        "mean", over the labels that count, each by the weight of its class (of probabilities: over all);
                     "sum", or "none": (...), a loss for each label.
    """
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy was given label_smoothing={label_smoothing}; it must lie in [0, 1]")
    x: Any = logits if type(logits) is Tensor else as_array(logits)
    indices: Any = labels if type(labels) is np.ndarray else asarray(plain(labels))
    if axis != -1:
        x = classes_last("cross_entropy", x, axis)
    if (kind := indices.dtype.kind) == "f" and indices.ndim == x.ndim > 0:
        t = labels if isinstance(labels, Tensor) else indices
        t = t if axis == -1 else classes_last("cross_entropy", t, axis)
        return _of_probabilities(x, t, weight, ignore_index, reduction, float(label_smoothing))
    if kind not in "iu" or indices.shape != x.shape[:-1] or not x.ndim:
        raise misfit("cross_entropy", "logits", x, indices, axis)
    if weight is not None or ignore_index is not None or reduction != "mean":
        return _of_labels("cross_entropy", x, indices, weight, ignore_index, reduction, float(label_smoothing))
    if not x.size:
        raise no_mean("cross_entropy", x)
    try:
        labels = opaque(not_negative, indices) if kind == "i" else indices
        # A Python scalar, because a float64 of NumPy's would make the loss float64.
        options = {"label_smoothing": float(label_smoothing)} if label_smoothing else NO_OPTIONS
        return call(SOFTMAX_CROSS_ENTROPY, (x, labels), options)
    except IndexError:
        return opaque(refuse_labels, indices, x.shape[-1])


def nll_loss(
    input: Tensor | ArrayLike,
    target: Tensor | ArrayLike,
    weight: Tensor | ArrayLike | None = None,
    *,
    axis: int = -1,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-input[target]: the negative log likelihood of integer labels (...), for log probabilities (..., classes).

    cross_entropy(x, labels), which is faster, is nll_loss(log_softmax(x), labels). `axis`, `weight`, `ignore_index` and
    `reduction` are as there: for PyTorch's shapes (N, C, d1, ...) pass axis=1.
    """
    x: Any = as_array(input)
    labels = asarray(plain(target))
    if axis != -1:
        x = classes_last("nll_loss", x, axis)
    if labels.dtype.kind not in "iu" or labels.shape != x.shape[:-1] or not x.ndim:
        raise misfit("nll_loss", "log probabilities", x, labels, axis)
    return _of_labels("nll_loss", x, labels, weight, ignore_index, reduction)


# -- cross entropy as one call: the mean over labels that all count the same, and a sum over those that do not ---------

FEW_CLASSES = 64  # classes


@primitive
@in_float32
def softmax_cross_entropy(x: Any, labels: Any, label_smoothing: float = 0.0) -> Any:
    """The loss; and what its gradient is made of, the softmax of x minus the target probabilities."""
    shifted, p, total = softmax_columns(x)
    classes, n = p.shape
    log_total = np.add.reduce(np.log(total), axis=None)
    label = (labels.ravel(), np.arange(n))
    log_p = np.add.reduce(shifted[label]) - log_total
    p[label] -= 1 - label_smoothing
    if label_smoothing:
        log_p = (1 - label_smoothing) * log_p
        log_p += label_smoothing * (np.add.reduce(shifted, axis=None) / classes - log_total)
        p -= label_smoothing / classes
    return -log_p / n, p.T.reshape(x.shape)


def softmax_columns(x: Any) -> tuple[Any, Any, Any]:
    """Of logits (..., classes) as columns (classes, ...): x - max(x); the softmax; the sum of exp(x - max(x))."""
    logits = x.reshape(-1, x.shape[-1])
    columns = logits.T
    if len(columns) < FEW_CLASSES:
        columns = columns.copy()  # whole ones, as reductions of many short rows take three times as long
    shifted = columns - np.maximum.reduce(columns, axis=0)
    p = np.exp(shifted)
    total = np.add.reduce(p, axis=0)
    p /= total
    return shifted, p, total


@primitive
@in_float32
def weighted_cross_entropy(x: Any, labels: Any, shares: Any) -> Any:
    """The sum of shares * -log(softmax(x)[label]), both (...); and the softmax of x minus the one-hot labels."""
    shifted, p, total = softmax_columns(x)
    label, shares = (labels.ravel(), np.arange(labels.size)), shares.ravel()
    log_p = np.where(shares == 0, 0, shifted[label] - np.log(total))
    p[label] -= 1
    return -np.add.reduce(shares * log_p), p.T.reshape(x.shape)


def weighted_cross_entropy_gx(g: Any, g_error: Any, error: Any, labels: Any, shares: Any) -> Any:
    gx = None if g is None else error * (g * shares)[..., None]
    return gx if g_error is None else with_error_gx(gx, g_error, error, labels)


def softmax_cross_entropy_gx(g: Any, g_error: Any, error: Any, labels: Any, label_smoothing: float) -> Any:
    gx = None if g is None else error * (g / labels.size)
    return gx if g_error is None else with_error_gx(gx, g_error, error, labels, label_smoothing)


def with_error_gx(gx: Any, g_error: Any, error: Any, labels: Any, label_smoothing: float = 0.0) -> Any:
    """gx, where it is differentiated again, with what comes in through the error, a softmax's gradient."""
    classes = error.shape[-1]
    one_hot = np.equal.outer(labels, np.arange(classes)).astype(error.dtype)
    target = (1 - label_smoothing) * one_hot + label_smoothing / classes
    return added(gx, softmax_gx(g_error, error + target, axis=-1))


rule(softmax_cross_entropy, x=softmax_cross_entropy_gx, labels=None, hidden=("error",))
rule(weighted_cross_entropy, x=weighted_cross_entropy_gx, labels=None, shares=None, hidden=("error",))
SOFTMAX_CROSS_ENTROPY = OPERATIONS[softmax_cross_entropy]
WEIGHTED_CROSS_ENTROPY = OPERATIONS[weighted_cross_entropy]


# -- all else: log probabilities, and what the target picks of them ----------------------------------------------------


def _of_labels(
    name: str, x: Any, labels: Any, weight: Any, ignore_index: int | None, reduction: str, label_smoothing: float = 0.0
) -> Tensor:
    """The loss of labels, whatever is asked for; for the logits of cross_entropy or log probabilities of nll_loss."""
    check_reduction(name, reduction)
    if reduction == "mean" and not x.size:
        raise no_mean(name, x)
    counts = None if ignore_index is None else labels != ignore_index
    labels = opaque(checked_labels, name, labels if counts is None else np.where(counts, labels, 0), x.shape[-1])
    wide = np.dtype(np.float32) if x.dtype == np.float16 else x.dtype
    weight = None if weight is None else class_weights(name, weight, x, wide)
    shares: Any = np.ones(labels.shape, wide) if weight is None else weight[labels]  # of the labels in the sum
    if counts is not None:
        shares = np.where(counts, shares, 0)
    total = opaque(counted, name, np.sum(shares)) if reduction == "mean" else 1.0
    if name == "cross_entropy" and reduction != "none" and not label_smoothing:
        return call(WEIGHTED_CROSS_ENTROPY, (x, labels, shares / total))
    log_p, dtype = _wide(x), x.dtype
    if name == "cross_entropy":
        log_p = log_softmax(log_p)
    picked: Any = np.take_along_axis(cast(Any, log_p), labels[..., None], axis=-1)[..., 0]
    losses = np.where(shares == 0, 0, -picked) * shares
    if label_smoothing:
        of_all = -np.mean(log_p if weight is None else weight * log_p, axis=-1)
        of_all = of_all if counts is None else np.where(counts, of_all, 0)
        losses = (1 - label_smoothing) * losses + label_smoothing * of_all
    return _in(dtype, losses if reduction == "none" else np.sum(losses) / total)


def _of_probabilities(
    x: Any, t: Any, weight: Any, ignore_index: int | None, reduction: str, label_smoothing: float
) -> Tensor:
    if x.shape != t.shape:
        raise ValueError(
            f"cross_entropy was given logits of shape {x.shape} and floats of shape {t.shape}; the probabilities of "
            f"the classes must have the shape of the logits, and labels be whole numbers"
        )
    if ignore_index is not None:
        raise ValueError("cross_entropy was given ignore_index with probabilities, which have no labels to ignore")
    check_reduction("cross_entropy", reduction)
    if reduction == "mean" and not x.size:
        raise no_mean("cross_entropy", x)
    x, dtype = _wide(x), x.dtype
    t = t if t.dtype == x.dtype else t.astype(x.dtype)
    if label_smoothing:
        t = (1 - label_smoothing) * t + label_smoothing / x.shape[-1]
    if weight is not None:
        t = t * class_weights("cross_entropy", weight, x, x.dtype)
    return _in(dtype, reduced("cross_entropy", -np.sum(t * log_softmax(x), axis=-1), reduction))


def _wide(x: Any) -> Tensor:
    """The input as a Tensor, of float32 in place of float16."""
    x = x if isinstance(x, Tensor) else Tensor(x)
    return x.astype(np.float32) if x.dtype == np.float16 else x


def _in(dtype: Any, loss: Any) -> Tensor:
    return loss if loss.dtype == dtype else loss.astype(dtype)
