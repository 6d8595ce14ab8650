"""What the losses of classes are given: the axis of the classes, labels, weights; and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.engine.dispatch import plain
from autograd.engine.errors import no_gradient_through
from autograd.engine.tensor import Tensor
from autograd.rules.duck_arrays import asarray


def classes_last(name: str, x: Any, axis: int) -> Any:
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"{name} was given axis={axis} and an input of shape {x.shape}; name one of its axes")
    return np.moveaxis(x, axis, -1)


def misfit(name: str, what: str, x: Any, labels: Any, axis: int) -> Exception:
    """The error for labels that are no whole numbers, or of another shape."""
    if labels.dtype.kind not in "iu":
        return TypeError(
            f"{name} was given labels of dtype {labels.dtype}, and expects the numbers of the classes; "
            f"for one-hot labels pass labels.argmax(axis={axis})"
        )
    moved, way = "" if axis == -1 else f", with axis {axis} moved to the end,", ""
    if axis == -1 and x.ndim > 2 and labels.shape == (x.shape[0], *x.shape[2:]):
        way = "; where the classes are the second axis, as in PyTorch, pass axis=1"
    elif labels.shape == x.shape and name == "cross_entropy":
        way = "; as the probabilities of the classes they must be floats: labels.astype(logits.dtype)"
    return ValueError(
        f"{name} was given {what} of shape {x.shape}{moved} and labels of shape {labels.shape}; "
        f"labels must have the shape of the {what} without its last axis, the classes{way}"
    )


def no_mean(name: str, x: Any) -> ValueError:
    what = "an empty batch" if x.shape[-1] else "logits of no classes"
    return ValueError(f"{name} was given {what}, which has no mean; skip it")


def class_weights(name: str, weight: Any, x: Any, dtype: Any) -> Any:
    """The weights of the classes as an array of that dtype: a list of them would make the loss float64."""
    if isinstance(weight, Tensor) and weight.requires_grad:
        raise no_gradient_through(name, "weight")
    weight = asarray(plain(weight))
    if weight.shape != x.shape[-1:]:
        raise ValueError(
            f"{name} was given a weight of shape {weight.shape} for {x.shape[-1]} classes; pass a number for each class"
        )
    return weight if weight.dtype == dtype else weight.astype(dtype)


def not_negative(labels: Any) -> Any:
    """The labels. Raises IndexError if one is negative, which would count from the end."""
    if np.minimum.reduce(labels, axis=None) < 0:
        raise IndexError(f"a label is {labels.min()}; labels count from 0")
    return labels


def refuse_labels(labels: Any, classes: int) -> None:
    raise no_class("cross_entropy", labels, classes) from None


def checked_labels(name: str, labels: Any, classes: int) -> Any:
    """The labels, if all are classes."""
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise no_class(name, labels, classes)
    return labels


def no_class(name: str, labels: Any, classes: int) -> ValueError:
    low = labels.min()
    way = f"; if {low} is for what does not count, pass ignore_index={low}" if low < 0 else ""
    return ValueError(
        f"{name} was given labels from {low} to {labels.max()}; with {classes} logits the classes are 0 to "
        f"{classes - 1}{way}"
    )


def counted(name: str, total: Any) -> Any:
    """What the shares of all labels in the mean add up to, if any label counts."""
    if total == 0:
        raise ValueError(
            f"{name} was given no label that counts (all are ignore_index, or of weight 0); skip the batch"
        )
    return total
