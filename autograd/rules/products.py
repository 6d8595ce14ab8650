"""Products of arrays: dot, inner, outer, matmul and their kin; einsum has a file of its own.

The gradient of one factor is g times the other factors, summed over the axes that the factor does not have.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.rules.duck_arrays import asarray
from autograd.rules.registry import composed, rule

Shape = tuple[int, ...]


def conj(x: Any) -> Any:
    """The conjugate; of a real array the array itself, no copy."""
    return np.conjugate(x) if np.iscomplexobj(x) else x


def as_array(x: Any) -> Any:
    """A Tensor or an array as it is; a list or a number as an array."""
    return x if hasattr(x, "dtype") else asarray(x)


def added(*gradients: Any) -> Any:
    """The sum of those that are not None; None if all are, through which no gradient comes."""
    parts = [gradient for gradient in gradients if gradient is not None]
    return functools.reduce(operator.add, parts) if parts else None


# -- vectors and matrices --------------------------------------------------------------------------------------------


def as_matrix(x: Any) -> Any:
    """(..., n) as (rows, n)."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def matmul_ga(g: Any, a_shape: Shape, b: Any) -> Any:
    """g @ b.mT. A 1-d operand was a row (a) or a column (b), whose axis the result does not have."""
    if b.ndim == 1:
        return g[..., None] * b
    if len(a_shape) == 1:
        return (g[..., None, :] @ b.mT)[..., 0, :]
    if b.ndim == 2 and g.ndim > 2:  # one product, where NumPy takes one for each matrix of g
        return (as_matrix(g) @ b.mT).reshape(a_shape)
    return g @ b.mT


def matmul_gb(g: Any, a: Any, b_shape: Shape) -> Any:
    """a.mT @ g. A 1-d operand was a row (a) or a column (b), whose axis the result does not have."""
    if a.ndim == 1:
        return a * g[..., None] if len(b_shape) == 1 else a[:, None] * g[..., None, :]
    if len(b_shape) == 1:
        return (a.mT @ g[..., None])[..., 0]
    if len(b_shape) == 2 and a.ndim > 2:  # one product, in place of one for each matrix of a and their sum
        return as_matrix(a).mT @ as_matrix(g)
    return a.mT @ g


def dot_ga(g: Any, a_shape: Shape, b: Any, b_shape: Shape) -> Any:
    """A number multiplies; in more dimensions, the last axis of a is summed with the last but one of b."""
    if not a_shape or not b_shape:
        return g * b
    if len(a_shape) <= 2 and len(b_shape) <= 2:
        return matmul_ga(g, a_shape, b)
    return tensordot_ga(g, a_shape, b, b_shape, (-1, max(len(b_shape) - 2, 0)))


def dot_gb(g: Any, a: Any, a_shape: Shape, b_shape: Shape) -> Any:
    if not a_shape or not b_shape:
        return g * a
    if len(a_shape) <= 2 and len(b_shape) <= 2:
        return matmul_gb(g, a, b_shape)
    return tensordot_gb(g, a, a_shape, b_shape, (-1, max(len(b_shape) - 2, 0)))


def inner_ga(g: Any, a_shape: Shape, b: Any, b_shape: Shape) -> Any:
    return tensordot_ga(g, a_shape, b, b_shape, (-1, -1)) if a_shape and b_shape else g * b


def inner_gb(g: Any, a: Any, a_shape: Shape, b_shape: Shape) -> Any:
    return tensordot_gb(g, a, a_shape, b_shape, (-1, -1)) if a_shape and b_shape else g * a


def tensordot_ga(g: Any, a_shape: Shape, b: Any, b_shape: Shape, axes: Any) -> Any:
    summed_a, summed_b = paired(axes, len(a_shape), len(b_shape))
    kept = range(len(a_shape) - len(summed_a), g.ndim)  # the axes of g that are b's
    return tensordot_gx(g, kept, len(a_shape), summed_a, b, len(b_shape), summed_b)


def tensordot_gb(g: Any, a: Any, a_shape: Shape, b_shape: Shape, axes: Any) -> Any:
    summed_a, summed_b = paired(axes, len(a_shape), len(b_shape))
    kept = range(len(a_shape) - len(summed_a))  # the axes of g that are a's
    return tensordot_gx(g, kept, len(b_shape), summed_b, a, len(a_shape), summed_a)


def tensordot_gx(
    g: Any, kept: Sequence[int], x_ndim: int, summed_x: list[int], other: Any, other_ndim: int, summed: list[int]
) -> Any:
    """g times the other factor, summed over the axes that only that one has; then each axis goes to its place in x."""
    gx = np.tensordot(g, other, (list(kept), [k for k in range(other_ndim) if k not in summed]))
    places = [k for k in range(x_ndim) if k not in summed_x] + [summed_x[summed.index(k)] for k in sorted(summed)]
    return np.transpose(gx, tuple(np.argsort(places).tolist()))


def paired(axes: Any, a_ndim: int, b_ndim: int) -> tuple[list[int], list[int]]:
    """The axes of a and of b that tensordot sums over, in pairs, counted from 0."""
    if not hasattr(axes, "__iter__"):
        return list(range(a_ndim - axes, a_ndim)), list(range(axes))
    first, second = (list(pair) if hasattr(pair, "__iter__") else [pair] for pair in axes)
    return [int(k) % a_ndim for k in first], [int(k) % b_ndim for k in second]


def kron_gx(g: Any, x_shape: Shape, other: Any, other_shape: Shape, place: int) -> Any:
    """As (a's first axis, b's first axis, a's second, ...) g is summed over the axes of the other factor.

    place  0 if the other factor is a, 1 if it is b.
    """
    ndim = max(len(x_shape), len(other_shape))
    x_wide, wide = ((1,) * (ndim - len(shape)) + shape for shape in (x_shape, other_shape))
    pairs = zip(x_wide, wide, strict=True) if place else zip(wide, x_wide, strict=True)
    blocks = np.reshape(g, [n for pair in pairs for n in pair])
    axes = list(range(place, 2 * ndim, 2)), list(range(ndim))
    return np.reshape(np.tensordot(blocks, np.reshape(other, wide), axes), x_shape)


def cross_ga(g: Any, a_shape: Shape, b: Any, axisa: int, axisb: int, axisc: int, axis: int | None) -> Any:
    """b x g."""
    return cross_gx(g, a_shape, b, *((axisa, axisb, axisc) if axis is None else (axis,) * 3))


def cross_gb(g: Any, a: Any, b_shape: Shape, axisa: int, axisb: int, axisc: int, axis: int | None) -> Any:
    """g x a."""
    return cross_gx(-g, b_shape, a, *((axisb, axisa, axisc) if axis is None else (axis,) * 3))


def cross_gx(g: Any, x_shape: Shape, other: Any, x_axis: int, other_axis: int, y_axis: int) -> Any:
    """other x g. A vector of two numbers has 0 as its third; of two such vectors, only the third of y is returned."""
    if x_shape[x_axis] == other.shape[other_axis] == 2:
        g, y_axis = np.stack([np.zeros_like(g), np.zeros_like(g), g], axis=-1), -1
    other = np.moveaxis(other, other_axis, -1)
    if other.shape[-1] == 2:
        other = np.concatenate([other, np.zeros_like(other[..., :1])], axis=-1)
    gx = np.cross(other, g, axisb=y_axis)[..., : x_shape[x_axis]]
    # Counted from the end: the engine has yet to sum over the axes that were broadcast, which come first.
    return np.moveaxis(gx, -1, x_axis if x_axis < 0 else x_axis - len(x_shape))


def trace_gx(g: Any, x_shape: Shape, offset: int, axis1: int, axis2: int) -> Any:
    """g on the diagonal, 0 elsewhere."""
    diagonal = np.eye(x_shape[axis1], x_shape[axis2], offset, dtype=bool)
    return np.moveaxis(np.where(diagonal, g[..., None, None], 0), (-2, -1), (axis1, axis2))


# -- composed of others ----------------------------------------------------------------------------------------------


@composed(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of all, multiplied in the order that takes the fewest steps (the first of those, as in NumPy)."""
    if len(arrays) < 2:
        raise ValueError(f"multi_dot was given {len(arrays)} arrays, and expects at least two; give it more")
    if len(arrays) == 2:
        return np.dot(*arrays)
    matrices = [as_array(x) for x in arrays]
    shapes = [x.shape for x in matrices]
    row, column = len(shapes[0]) == 1, len(shapes[-1]) == 1
    if row:
        matrices[0] = matrices[0][None, :]
    if column:
        matrices[-1] = matrices[-1][:, None]
    if any(x.ndim != 2 for x in matrices):
        raise np.linalg.LinAlgError(
            f"multi_dot was given arrays of shapes {shapes}; all must be matrices, but for the first and the last, "
            f"which may be vectors: reshape them, or use np.matmul for stacks of matrices"
        )
    sizes = [matrices[0].shape[0], *(x.shape[1] for x in matrices)]

    @functools.cache
    def cheapest(i: int, j: int) -> tuple[int, int]:
        """The steps that it takes to multiply matrices i to j, and after which of them to split."""
        if i == j:
            return 0, i
        return min((cheapest(i, k)[0] + cheapest(k + 1, j)[0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                   for k in range(i, j))  # fmt: skip

    def product(i: int, j: int) -> Any:
        k = cheapest(i, j)[1]
        return matrices[i] if i == j else np.dot(product(i, k), product(k + 1, j))

    y = product(0, len(matrices) - 1)
    return y[0, 0] if row and column else np.ravel(y) if row or column else y


@composed(np.linalg.matrix_power)
def matrix_power(a: Any, n: Any) -> Any:
    """By repeated squaring, multiplied in the order in which NumPy does it."""
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(
            f"matrix_power was given an array of shape {a.shape}, whose last two axes must be equally long; "
            f"give it square matrices"
        )
    n = operator.index(n)
    if n == 0:
        return np.zeros_like(a) + np.eye(a.shape[-1], dtype=a.dtype)
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 3:
        return (a @ a) @ a
    y, square = None, a
    while True:
        n, odd = divmod(n, 2)
        if odd:
            y = square if y is None else y @ square
        if not n:
            return y
        square = square @ square


@composed(np.linalg.outer)
def linalg_outer(x1: Any, x2: Any) -> Any:
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(
            f"linalg.outer was given arrays of shapes {np.shape(x1)} and {np.shape(x2)}, and expects vectors; "
            f"np.outer flattens them"
        )
    return np.outer(x1, x2)


@composed(np.linalg.vecdot)
def linalg_vecdot(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    return np.vecdot(np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1))


@composed(np.linalg.cross)
def linalg_cross(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    if np.shape(x1)[axis] != 3 or np.shape(x2)[axis] != 3:
        raise ValueError(
            f"linalg.cross was given arrays of shapes {np.shape(x1)} and {np.shape(x2)}; both must have length 3 along "
            f"axis {axis}: name the axis of the vectors, axis=..."
        )
    return np.cross(x1, x2, axis=axis)


@composed(np.linalg.trace)
def linalg_trace(x: Any, *, offset: int = 0, dtype: Any = None) -> Any:
    return np.trace(x, offset, -2, -1, dtype)


@composed(np.linalg.diagonal)
def linalg_diagonal(x: Any, *, offset: int = 0) -> Any:
    return np.diagonal(x, offset, -2, -1)


composed(np.linalg.matmul)(np.matmul)
composed(np.linalg.tensordot)(np.tensordot)
composed(np.linalg.matrix_transpose)(np.matrix_transpose)


# fmt: off
# Of vectors and matrices
rule(np.matmul,    a=matmul_ga,     b=matmul_gb,     broadcasts=True)
rule(np.dot,       a=dot_ga,        b=dot_gb,        broadcasts=True, signature="(a, b, out=None)")
rule(np.inner,     a=inner_ga,      b=inner_gb,      broadcasts=True, signature="(a, b)")
rule(np.vdot,      a=lambda g, a_shape, b: np.reshape(conj(g * b), a_shape),
                   b=lambda g, a, b_shape: np.reshape(g * conj(a), b_shape), signature="(a, b)")
rule(np.outer,     a=lambda g, a_shape, b: np.reshape(g @ np.ravel(b), a_shape),
                   b=lambda g, a, b_shape: np.reshape(np.ravel(a) @ g, b_shape))
rule(np.vecdot,    a=lambda g, b: conj(g[..., None] * b),
                   b=lambda g, a: g[..., None] * conj(a), broadcasts=True)
rule(np.matvec,    a=lambda g, b: g[..., None] * b[..., None, :],
                   b=lambda g, a: np.matvec(a.mT, g), broadcasts=True)
rule(np.vecmat,    a=lambda g, b: conj(np.matvec(b, g)),
                   b=lambda g, a: conj(a)[..., None] * g[..., None, :], broadcasts=True)
rule(np.cross,     a=cross_ga,      b=cross_gb,      broadcasts=True)
rule(np.trace,     x=trace_gx)

# Of arrays of any dimensions
rule(np.tensordot, a=tensordot_ga,  b=tensordot_gb)
rule(np.kron,      a=lambda g, a_shape, b, b_shape: kron_gx(g, a_shape, b, b_shape, 1),
                   b=lambda g, a, a_shape, b_shape: kron_gx(g, b_shape, a, a_shape, 0))
