"""Matrices built of a few numbers: Toeplitz, Hankel, companion and block matrices, and the product of Khatri and Rao.

SciPy puts each element where it belongs, and tells where: of the numbers 1, 2, ... in their place it makes the table of
positions by which the gradient finds its way back.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import linalg

from autograd.rules.products import conj
from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import rules_by

Function = Callable[..., Any]
Shape = tuple[int, ...]

toeplitz, circulant, hankel = primitive(linalg.toeplitz), primitive(linalg.circulant), primitive(linalg.hankel)
convolution_matrix, leslie = primitive(linalg.convolution_matrix), primitive(linalg.leslie)
companion, fiedler_companion = primitive(linalg.companion), primitive(linalg.fiedler_companion)
fiedler, khatri_rao = primitive(linalg.fiedler), primitive(linalg.khatri_rao)


# -- each element stands in its places ---------------------------------------------------------------------------------


def placed(fn: Function, y_shape: Shape, *xs: Any) -> Any:
    """fn(*xs), of vectors (..., n); if SciPy makes no stack of matrices, of the elements of all rows."""
    xs = tuple(np.ravel(x) if len(y_shape) == 2 else np.atleast_1d(x) for x in xs)
    ends = np.cumsum([0, *(x.shape[-1] for x in xs)])
    places = fn(*(np.arange(start, end) + 1 for start, end in pairwise(ends)))
    rows = np.broadcast_shapes(*(x.shape[:-1] for x in xs))
    values = np.concatenate([np.broadcast_to(x, (*rows, x.shape[-1])) for x in xs], -1)
    return np.where(places == 0, 0, values[..., places - 1])


def placed_toeplitz(c: Any, r: Any, y_shape: Shape) -> Any:
    return placed(linalg.toeplitz, y_shape, c, conj(c) if r is None else r)


def placed_hankel(c: Any, r: Any, y_shape: Shape) -> Any:
    return placed(linalg.hankel, y_shape, *([c] if r is None else [c, r]))


def placed_convolution(a: Any, n: int, mode: str, y_shape: Shape) -> Any:
    return placed(functools.partial(linalg.convolution_matrix, n=n, mode=mode), y_shape, a)


def placed_companion(fn: Function, a: Any) -> Any:
    """Minus the coefficients, and ones, in a table with a[0] = 1."""
    a = np.atleast_1d(a)
    table = fn(np.arange(a.shape[-1]) + 1.0)
    places = np.where(table < 0, -table - 1, 0).astype(int)
    return np.where(table < 0, (-a / a[..., :1])[..., places], table.astype(a.dtype))


# -- others ------------------------------------------------------------------------------------------------------------


def distances(a: Any, y_shape: Shape) -> Any:
    """fiedler: of fewer than two numbers SciPy makes no stacks."""
    a = np.atleast_1d(a)
    return np.reshape(np.absolute(a[..., :, None] - a[..., None, :]), y_shape)


def columns_multiplied(a: Any, b: Any) -> Any:
    """khatri_rao: (..., m, k), (..., n, k) to (..., m n, k)."""
    y = a[..., :, None, :] * b[..., None, :, :]
    return np.reshape(y, (*y.shape[:-3], y.shape[-3] * y.shape[-2], y.shape[-1]))


@primitive
def diagonal_blocks(xs: Sequence[Any]) -> Any:
    return linalg.block_diag(*xs)


@functools.wraps(linalg.block_diag)
def block_diag(*arrs: Any) -> Any:
    return diagonal_blocks(arrs)


def diagonal_blocks_gxs(g: Any, xs_shape: tuple[Shape, ...]) -> list[Any]:
    gxs, i, j = [], 0, 0
    for shape in xs_shape:
        m, n = (1, 1, *shape)[-2:]
        gxs.append(g[..., i : i + m, j : j + n])
        i, j = i + m, j + n
    return gxs


# fmt: off
rule(toeplitz,           **rules_by(placed_toeplitz, "c", "r"))
rule(hankel,             **rules_by(placed_hankel, "c", "r"))
rule(circulant,          **rules_by(lambda c, y_shape: placed(linalg.circulant, y_shape, c), "c"))
rule(convolution_matrix, **rules_by(placed_convolution, "a"))
rule(leslie,             **rules_by(lambda f, s, y_shape: placed(linalg.leslie, y_shape, f, s), "f", "s"))
rule(companion,          **rules_by(lambda a: placed_companion(linalg.companion, a), "a"))
rule(fiedler_companion,  **rules_by(lambda a: placed_companion(linalg.fiedler_companion, a), "a"))
rule(fiedler,            **rules_by(distances, "a"))
rule(khatri_rao,         **rules_by(columns_multiplied, "a", "b"))
rule(diagonal_blocks,    xs=diagonal_blocks_gxs, broadcasts=True)
