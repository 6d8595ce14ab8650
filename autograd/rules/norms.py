"""Norms of vectors and of matrices, and the condition number.

Every norm is made of absolute values, or of singular values: of their sum or power sum, their largest or smallest.
Where it has no derivative: it has gradient 0 at 0, and the largest share equally, if several are equal; the smallest too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.decompositions import explain_singular
from autograd.rules.elementwise import absolute_gx, is_selected
from autograd.rules.linalg import inv_gx
from autograd.rules.products import conj
from autograd.rules.reductions import axes_of
from autograd.rules.registry import rule
from autograd.rules.smooth import smooth

Axes = tuple[int, ...]


def euclidean_gx(g: Any, x: Any, y: Any, axes: Axes) -> Any:
    """conj(x) / y, of the root of the sum of |x|^2 over the axes; () if it has them still."""

    def term(q: Any, x: Any) -> Any:
        return (np.expand_dims(q, axes) if axes else q) * conj(x)

    return smooth(term(np.where(y == 0, 0, g / np.where(y == 0, 1, y)), x), g, y, term, x)


def power_gx(g: Any, x: Any, y: Any, p: float) -> Any:
    """dy = sum((|x| / y)^(p - 1) d|x|), of the p-th root of the sum of |x|^p. Where x = 0 it is 0, for p < 1 too."""
    size = np.absolute(x)
    regular = y != 0 if p >= 2 else (size != 0) & (y != 0)
    ratio = np.where(regular, size, 1) / np.where(regular, y, 1)
    return absolute_gx(np.where(regular, g * np.power(ratio, p - 1), 0), x, getattr(size, "node", None))


def infinity_norm_gx(g: Any, x: Any, ord: float, axes: Axes) -> Any:
    """Of the largest over the axes, or of the smallest if ord < 0: in equal parts to all that are equal to it."""
    chosen = is_selected(x, (np.max if ord > 0 else np.min)(x, axis=axes, keepdims=True))
    ties = np.sum(chosen, axis=axes, keepdims=True)
    return np.where(chosen, g / ties.astype(g.dtype), 0)


def vector_gx(g: Any, x: Any, y: Any, ord: Any, axes: Axes) -> Any:
    """Of the norm over all the axes together, but for the Euclidean. g and y have length 1 along them."""
    if ord == 0:  # the number of elements that are not 0
        return np.zeros_like(x)
    if ord == 1:
        return absolute_gx(g, x)
    if abs(ord) == np.inf:
        return absolute_gx(infinity_norm_gx(g, np.absolute(x), ord, axes), x)
    return power_gx(g, x, y, float(ord))


def matrix_gx(g: Any, x: Any, y: Any, ord: Any, axes: Axes) -> Any:
    """Of the norm of matrices along two axes, (rows, columns). g and y have length 1 along them."""
    if ord == "fro":
        return euclidean_gx(g, x, y, ())
    if ord in (2, -2, "nuc"):
        g, x = (np.moveaxis(z, axes, (-2, -1)) for z in (g, x))
        return np.moveaxis(spectral_gx(g[..., 0], x, ord), (-2, -1), axes)
    summed, left = axes if abs(ord) == 1 else axes[::-1]  # 1: the largest column, inf: the largest row
    sums = np.sum(np.absolute(x), axis=summed, keepdims=True)
    return absolute_gx(infinity_norm_gx(g, sums, ord, (left,)), x)


def spectral_gx(g: Any, x: Any, ord: Any) -> Any:
    """Of the largest singular value, the smallest, or their sum. Giles, "Collected matrix derivative results" (2008)."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    g = np.where(s == 0, 0, g if ord == "nuc" else infinity_norm_gx(g, s, ord, (-1,)))
    return (conj(u) * g[..., None, :]) @ conj(vh)


def norm_gx(g: Any, x: Any, y: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    """np.linalg.norm takes two axes for matrices, unless it is told nothing at all: then any array is one vector."""
    is_matrix = len(axes_of(x.shape, axis)) == 2 and (axis, ord) != (None, None)
    return over_axes(is_matrix, g, x, y, ord, axis, keepdims)


def vector_norm_gx(g: Any, x: Any, y: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    return over_axes(False, g, x, y, ord, axis, keepdims)


def over_axes(is_matrix: bool, g: Any, x: Any, y: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    axes = axes_of(x.shape, axis)
    if not x.size:
        return np.zeros_like(x)
    if ord is None or (ord in ("fro", "f") if is_matrix else ord == 2):
        return euclidean_gx(g, x, y, () if keepdims else axes)
    if axes and not keepdims:
        g, y = np.expand_dims(g, axes), np.expand_dims(y, axes)
    return (matrix_gx if is_matrix else vector_gx)(g, x, y, ord, axes)


def matrix_norm_gx(g: Any, x: Any, y: Any, ord: Any, keepdims: bool) -> Any:
    return over_axes(True, g, x, y, ord, (-2, -1), keepdims)


def cond_gx(g: Any, x: Any, p: Any) -> Any:
    """Of the largest singular value by the smallest (-2: the smallest by the largest), or of |x| |inv(x)|."""
    g, axes = np.real(g)[..., None, None], (-2, -1)  # NumPy 2.2 makes it complex for complex matrices
    if p in (None, 2, -2):
        p = p or 2
        a, b = np.linalg.norm(x, p, axes, True), np.linalg.norm(x, -p, axes, True)
        return matrix_gx(g / b, x, a, p, axes) - matrix_gx(g * a / (b * b), x, b, -p, axes)
    with explain_singular(
        f"cond was given a singular matrix, and backward() with p={p!r} needs an invertible one; "
        f"use the default p=None, or add a multiple of the identity"
    ):
        inv = np.linalg.inv(x)
    a, b = np.linalg.norm(x, p, axes, True), np.linalg.norm(inv, p, axes, True)
    return matrix_gx(g * b, x, a, p, axes) + inv_gx(matrix_gx(g * a, inv, b, p, axes), inv)


# fmt: off
CONVENTION = "0 at 0; equally to those that are largest (or smallest)"
rule(np.linalg.norm,         x=norm_gx, convention=CONVENTION)
rule(np.linalg.vector_norm,  x=vector_norm_gx, convention=CONVENTION)
rule(np.linalg.matrix_norm,  x=matrix_norm_gx, convention=CONVENTION)
rule(np.linalg.cond,         x=cond_gx, convention="as norm")
