"""Systems of linear equations, inverses and determinants.

SciPy reads what it is told of a matrix to be: one triangle, one diagonal, all. Of the rest the gradient is 0.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from scipy import linalg

from autograd.engine.tensor import Tensor
from autograd.rules.decompositions import triangle
from autograd.rules.linalg import cofactors, columns, inv_gx, lstsq_ga, lstsq_gb
from autograd.rules.products import conj
from autograd.rules.registry import rule
from autograd.scipy._bands import solve_bands
from autograd.scipy._primitives import primitive_of

Shape = tuple[int, ...]

solve, solve_triangular = primitive_of(linalg.solve), primitive_of(linalg.solve_triangular)
inv, det, lstsq = primitive_of(linalg.inv), primitive_of(linalg.det), primitive_of(linalg.lstsq)


@functools.wraps(linalg.solve_banded)
def solve_banded(l_and_u: tuple[int, int], ab: Any, b: Any, *options: Any, **named: Any) -> Any:
    if not (isinstance(ab, Tensor) or isinstance(b, Tensor)):
        return linalg.solve_banded(l_and_u, ab, b, *options, **named)
    if len(ab) != sum(l_and_u) + 1:
        raise ValueError(f"solve_banded was given {len(ab)} diagonals for {l_and_u}; give {sum(l_and_u) + 1}")
    return solve_bands(ab, b, l_and_u[0])


OPTIONS = ("overwrite_a", "check_finite")  # of whatever there is one matrix
HERMITIAN = ("her", "hermitian", "pos", "positive definite")
SYMMETRIC = ("sym", "symmetric")
# The other triangles and diagonals; the first lies so many above the main one, the last so many below.
BANDS = {"diagonal": (0, 0), "tridiagonal": (1, 1), "upper triangular": (np.inf, 0), "lower triangular": (0, np.inf)}


def within(x: Any, above: float, below: float) -> Any:
    """(..., n, n): what lies at most so far from the main diagonal, and 0 elsewhere."""
    n = x.shape[-1]
    distance = np.arange(n) - np.arange(n)[:, None]
    return np.where((distance <= above) & (-distance <= below), x, 0)


def matrix_read(a: Any, assume_a: str | None, lower: bool) -> Any:
    """(..., n, n): the matrix of the equations, of what SciPy reads of a."""
    if assume_a in BANDS:
        return within(a, *BANDS[assume_a])
    if assume_a not in HERMITIAN + SYMMETRIC:
        return a
    off = within(a, -1, np.inf) if lower else within(a, np.inf, -1)
    if assume_a in SYMMETRIC:
        return within(a, 0, 0) + off + off.mT
    diagonal = within(a, 0, 0)
    return (diagonal + conj(diagonal)) / 2 + off + conj(off).mT


def read_gx(g: Any, assume_a: str | None, lower: bool) -> Any:
    """The gradient of a, from that of the matrix that is read of it."""
    if assume_a in BANDS:
        return within(g, *BANDS[assume_a])
    if assume_a in HERMITIAN:
        return triangle(g, upper=not lower)
    if assume_a not in SYMMETRIC:
        return g
    both = g + g.mT
    return within(g, 0, 0) + (within(both, -1, np.inf) if lower else within(both, np.inf, -1))


def solve_gb(g: Any, a: Any, b_shape: Shape, lower: bool, assume_a: str | None, transposed: bool) -> Any:
    matrix = matrix_read(a, assume_a, lower)
    gb = np.linalg.solve(matrix if transposed else matrix.mT, columns(g, b_shape))
    return gb[..., 0] if len(b_shape) == 1 else gb


def solve_ga(g: Any, a: Any, b_shape: Shape, y: Any, lower: bool, assume_a: str | None, transposed: bool) -> Any:
    gb = solve_gb(g, a, b_shape, lower, assume_a, transposed)
    gmatrix = -columns(gb, b_shape) @ columns(y, b_shape).mT
    return read_gx(gmatrix.mT if transposed else gmatrix, assume_a, lower)


# -- triangular ones -------------------------------------------------------------------------------------------------

TRANS = {"N": 0, "T": 1, "C": 2}


def triangular_gb(g: Any, a: Any, trans: Any, lower: bool, unit_diagonal: bool) -> Any:
    trans = TRANS.get(trans, trans)
    if trans == 2:
        return conj(solve_triangular(a, conj(g), 0, lower, unit_diagonal))
    return solve_triangular(a, g, 1 - trans, lower, unit_diagonal)


def triangular_ga(g: Any, a: Any, b_shape: Shape, y: Any, trans: Any, lower: bool, unit_diagonal: bool) -> Any:
    gb = triangular_gb(g, a, trans, lower, unit_diagonal)
    ga = -columns(gb, b_shape) @ columns(y, b_shape).mT
    trans = TRANS.get(trans, trans)
    if trans:
        ga = ga.mT if trans == 1 else conj(ga).mT
    first = -1 if unit_diagonal else 0
    return within(ga, first, np.inf) if lower else within(ga, np.inf, first)


# -- inverses and determinants ---------------------------------------------------------------------------------------


def read_inv_gx(g: Any, y: Any, assume_a: str | None, lower: bool) -> Any:
    return read_gx(inv_gx(g, y), assume_a, lower)


def det_gx(g: Any, a: Any) -> Any:
    return g[..., None, None] * cofactors(a)


# fmt: off
rule(solve,            a=solve_ga,      b=solve_gb, broadcasts=True, accepts=(*OPTIONS, "overwrite_b"))
rule(solve_triangular, a=triangular_ga, b=triangular_gb, broadcasts=True, accepts=("overwrite_b", "check_finite"))
rule(inv,              a=read_inv_gx, accepts=OPTIONS)
rule(det,              a=det_gx, accepts=OPTIONS)
rule(lstsq,            a=lambda g, a, b, y, cond: lstsq_ga(g, a, b, y, cond),
                       b=lambda g, a, b, y, cond: lstsq_gb(g, a, b, y, cond),
     several=True, accepts=(*OPTIONS, "overwrite_b", "lapack_driver"), convention="at constant rank")
