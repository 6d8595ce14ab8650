"""What must hold of a gradient whatever its value, and of the function itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd._util.pytree import tree_leaves_with_path
from autograd.checking.arrays import inexact_arrays
from autograd.checking.subject import Subject
from autograd.checking.tolerance import of_repetition
from autograd.engine.graph import Array
from autograd.engine.modes import enable_grad
from autograd.engine.tensor import Tensor


def of_values(subject: Subject) -> str:
    """What is wrong with the values of the function, and with what it does to its inputs; "" if nothing."""
    if reason := changed(subject, "the function"):
        return f"{reason}; let it work on a copy"
    again = subject.values(subject.inputs)
    if not same(again, subject.outputs, subject.eps):
        return (
            "two calls with the same inputs return different values, so no gradient can be checked; if f draws random "
            "numbers, make the generator inside f, from a fixed seed"
        )
    y, _ = subject.traced
    for path, part in tree_leaves_with_path(y):
        if isinstance(part, Tensor) and not isinstance(part.data, np.ndarray):
            return f"output {path} is a Tensor that holds a {type(part.data).__name__}, and must hold an array"
    on_tensors = inexact_arrays(y)
    for k, (actual, expected) in enumerate(zip(on_tensors, subject.outputs, strict=False)):
        if (actual.shape, actual.dtype) != (expected.shape, expected.dtype):
            return (
                f"output {k} is {actual.dtype} of shape {actual.shape} for Tensors, and {expected.dtype} of shape "
                f"{expected.shape} for arrays; both must agree"
            )
    if not same(on_tensors, subject.outputs, subject.eps):
        return "the function returns other values for Tensors than for arrays"
    reason = changed(subject, "the function")
    return f"{reason}; let it work on a copy" if reason else ""


def of_gradients(subject: Subject, found: list[Array], order: int) -> str:
    """What is wrong with gradients, apart from their values."""
    inputs = [subject.inputs[k] for k in subject.moved]
    if reason := changed(subject, "a rule"):
        return f"{reason}; it must make a new array"
    given = found
    if order == 1:
        found, second, is_written = subject.twice()
        if is_written:
            return "a rule writes into the gradient that it is given, which others may hold; it must make a new array"
        if not same(second, found, subject.eps):
            return "a second pass over the same graph gives another gradient; a rule may write into what a node saved"
    for k, gx, x in zip(subject.moved, found, inputs, strict=True):
        which = f"the gradient of input {k}"
        if (gx.shape, gx.dtype) != (x.shape, x.dtype):
            return f"{which} is {gx.dtype} of shape {gx.shape}; it must be {x.dtype} of shape {x.shape}, like the input"
        if not gx.flags.writeable or is_broadcast(gx):
            return f"{which} is a view that cannot be written; it must have memory of its own"
        for other, array in enumerate(subject.inputs):
            if isinstance(array, np.ndarray) and np.shares_memory(gx, array):
                return f"{which} shares its memory with input {other}; it must have its own"
    for i, k in enumerate(subject.moved):
        for j in range(i):
            if np.shares_memory(found[i], found[j]):
                return f"the gradients of inputs {subject.moved[j]} and {k} share memory; each must have its own"
    again = found if order == 1 else subject.gradients(subject.inputs, order)
    if not same(again, given, subject.eps):
        return "two backward passes with the same inputs give different gradients"
    return alone(subject, found) if order == 1 else recorded(subject, order - 1)


def of_scale(subject: Subject, found: list[Array]) -> str:
    """Of a scalar, which comes in with a gradient of 1, whether the rules use the gradient that they are given."""
    if subject.is_scalar and not same(subject.doubled(), [2 * gx for gx in found], subject.eps):
        return "the gradient of twice the loss is not twice the gradient; a rule does not use g as it should"
    return ""


def recorded(subject: Subject, order: int) -> str:
    """Whether the gradient is the same where the backward pass is recorded, and rules run on Tensors."""
    with enable_grad():
        on_tensors = [gx.data for gx in subject.recorded(subject.leaves(subject.inputs), order, True)]
    if not same(on_tensors, subject.gradients(subject.inputs, order), subject.eps):
        return f"the gradient of order {order} is another one where it is recorded, and rules run on Tensors"
    return ""


def alone(subject: Subject, found: list[Array]) -> str:
    """Whether each first gradient is the same where the other inputs are constants: calls then save less."""
    if len(subject.moved) < 2:
        return ""
    for k, gx in zip(subject.moved, found, strict=True):
        if not same([subject.gradient_alone(k)], [gx], subject.eps):
            return f"the gradient of input {k} is another one where the other inputs are constants"
    return ""


def changed(subject: Subject, who: str) -> str:
    """Which input was written into; it is put back."""
    for k, (x, before) in enumerate(zip(subject.inputs, subject.before, strict=True)):
        if isinstance(x, np.ndarray) and not np.array_equal(x, before, equal_nan=x.dtype.kind in "fc"):
            if x.flags.writeable:
                x[...] = before
            return f"{who} changes input {k} in place"
    return ""


def same(actual: list[Any], expected: list[Any], eps: float) -> bool:
    """Whether arrays agree, but for rounding."""
    tolerance = of_repetition(eps)
    return len(actual) == len(expected) and all(
        a.shape == b.shape and (np.array_equal(a, b) or close(a, b, tolerance))
        for a, b in zip(actual, expected, strict=True)
    )


def close(a: Array, b: Array, tolerance: float) -> bool:
    finite = np.abs(b[np.isfinite(b)])
    return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance * float(finite.max(initial=0)), equal_nan=True))


def is_broadcast(x: Array) -> bool:
    return x.size > 1 and 0 in [stride for n, stride in zip(x.shape, x.strides, strict=True) if n > 1]
