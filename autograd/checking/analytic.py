"""The complex step: the slope of an analytic function without a difference, and so without cancellation.

f(x + ih) = f(x) + ih f'(x) - ..., so imag(f(x + ih)) / h is the slope, exact to the last digits for a tiny h (Squire
and Trapp 1998, "Using complex variables to estimate derivatives of real functions"; Martins et al. 2003, "The
complex-step derivative approximation"). It holds where every call of f is analytic, and computed by NumPy for complex
numbers as for real ones: abs, maximum, conj and all that compares are not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd.checking.arrays import inexact_tensors
from autograd.checking.calls import Calls
from autograd.checking.subject import Subject
from autograd.engine.graph import Array
from autograd.engine.modes import observe
from autograd.rules.einsum import einsum
from autograd.rules.indexing import getitem

COMPLEX_STEP = 1e-100

# fmt: off
ANALYTIC = frozenset({
    # elementwise
    np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive, np.reciprocal, np.square, np.sqrt, np.power,
    np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p,
    np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh,
    np.arctanh,
    # sums and products
    np.sum, np.mean, np.prod, np.cumsum, np.cumprod, np.trace, np.diff,
    np.matmul, np.dot, np.inner, np.outer, np.tensordot, einsum, np.kron,
    np.linalg.inv, np.linalg.solve, np.linalg.det,
    # the same elements elsewhere
    getitem, np.reshape, np.transpose, np.matrix_transpose, np.swapaxes, np.moveaxis, np.rollaxis, np.expand_dims,
    np.squeeze, np.broadcast_to, np.concatenate, np.stack, np.flip, np.roll, np.rot90, np.repeat, np.tile, np.copy,
    np.take, np.diagonal, np.diag, np.triu, np.tril, np.split, np.array_split,
    # what returns no array of numbers that depend on x
    np.shape, np.ndim, np.size, np.zeros_like, np.ones_like,
})
# fmt: on


def is_analytic(subject: Subject) -> bool:
    """Whether the complex step can be had: real numbers, and calls of functions on the list alone."""
    calls = subject.calls
    real = all(subject.inputs[k].dtype.kind == "f" for k in subject.moved)
    return real and calls.functions <= ANALYTIC and all(dtype.kind == "f" for dtype in calls.dtypes)


def complex_slope(subject: Subject, moves: Sequence[Array]) -> float:
    """The slope of the first loss in the direction `moves`, one array for each moved input; nan if it can't be had.

    The function is called with Tensors, so that all calls are seen: NumPy's own may do something else for complex
    numbers, as np.linalg.norm does.
    """
    calls, inputs = Calls(), list(subject.inputs)
    for k, move in zip(subject.moved, moves, strict=True):
        inputs[k] = inputs[k] + 1j * COMPLEX_STEP * move
    try:
        with observe(calls):
            ys = inexact_tensors(subject.f(*subject.leaves(inputs)))
        ends = [(y.data, c) for y, c in zip(ys, subject.weights_of(1), strict=True)]
    except (ArithmeticError, AttributeError, TypeError, ValueError):  # from what does not take complex numbers
        return math.nan
    change = sum(float(np.sum(y.imag * c)) for y, c in ends)
    size = sum(float(np.sum(np.abs(y.real * c))) for y, c in ends)
    is_small = abs(change) <= 1e-8 * max(1.0, size)  # where f is so steep that it is not, the step was too large
    return change / COMPLEX_STEP if calls.functions <= ANALYTIC and is_small else math.nan
