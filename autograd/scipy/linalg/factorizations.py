"""Cholesky's factor, and L and U; and equations solved by them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from autograd.rules.decompositions import cholesky_gx
from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import primitive_of
from autograd.scipy.linalg.solving import OPTIONS, solve_triangular, within

Shape = tuple[int, ...]

cholesky, lu_factor = primitive_of(linalg.cholesky), primitive_of(linalg.lu_factor)


# -- Cholesky's ------------------------------------------------------------------------------------------------------


def cho_factor(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> tuple[Any, bool]:
    """scipy.linalg.cho_factor; the other triangle, in which SciPy leaves anything, is 0."""
    return cholesky(a, lower=lower, check_finite=check_finite), lower


def cho_solve(c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True) -> Any:
    """scipy.linalg.cho_solve: by two triangles."""
    c, lower = c_and_lower
    first, then = ("N", "C") if lower else ("C", "N")
    x = solve_triangular(c, b, first, lower=lower, check_finite=check_finite)
    return solve_triangular(c, x, then, lower=lower, check_finite=check_finite)


# -- L and U ---------------------------------------------------------------------------------------------------------


@primitive
def row_order(piv: Any, rows: int) -> Any:
    """(..., k) to (..., rows): from the rows that were exchanged one by one, which row stands where; a constant."""
    order = np.broadcast_to(np.arange(rows), (*piv.shape[:-1], rows)).copy()
    for k in range(piv.shape[-1]):
        other = piv[..., k, None].astype(np.intp)
        found = np.take_along_axis(order, other, -1)
        np.put_along_axis(order, other, order[..., k, None], -1)
        order[..., k, None] = found
    return order


def reordered(x: Any, order: Any) -> Any:
    """The rows of (..., m, n) in another order."""
    return np.take_along_axis(x, order[..., None], -2)


def lu_factor_gx(g: Any, y: Any) -> Any:
    """L^-T (tril(L^T gL, -1) + triu(gU U^T)) U^-T, rows back in their places.

    Walter, Lehmann, "Algorithmic differentiation of linear algebra functions" (2018).
    """
    (g, _), (lu, piv) = g, y
    m, n = lu.shape[-2:]
    if m != n:
        raise ValueError(
            f"the gradient of LU was asked of a matrix of shape {lu.shape}, and is known of square ones; take the "
            f"square part of it, or np.linalg.qr"
        )
    below, above = (np.inf, 0), (-1, np.inf)
    lower, upper = within(lu, *above) + np.eye(n, dtype=lu.dtype), within(lu, *below)
    middle = within(lower.mT @ within(g, *above), *above) + within(within(g, *below) @ upper.mT, *below)
    right = solve_triangular(upper, middle.mT).mT
    gx = solve_triangular(lower, right, 1, lower=True, unit_diagonal=True)
    return reordered(gx, np.argsort(row_order(piv, m), -1))


def lu(
    a: Any, permute_l: bool = False, overwrite_a: bool = False, check_finite: bool = True, p_indices: bool = False
) -> Any:
    """scipy.linalg.lu: P, L and U, where a = P L U; or P L and U."""
    packed, piv = lu_factor(a, check_finite=check_finite)
    m, n = np.shape(packed)[-2:]
    k = min(m, n)
    order = np.argsort(row_order(piv, m), -1)
    lower = np.tril(packed[..., :k], -1) + np.eye(m, k, dtype=packed.dtype)
    upper = np.triu(packed[..., :k, :])
    if permute_l:
        return reordered(lower, order), upper
    if p_indices:
        return order, lower, upper
    unit = np.broadcast_to(np.eye(m, dtype=packed.real.dtype), (*np.shape(order), m))
    return reordered(unit, order), lower, upper


def lu_solve(lu_and_piv: Any, b: Any, trans: int = 0, overwrite_b: bool = False, check_finite: bool = True) -> Any:
    """scipy.linalg.lu_solve: by two triangles."""
    packed, piv = lu_and_piv
    order = row_order(piv, np.shape(packed)[-1])
    x = b[..., None] if np.ndim(b) == 1 else b
    below = {"lower": True, "unit_diagonal": True, "check_finite": check_finite}
    if trans == 0:
        x = solve_triangular(packed, reordered(x, order), 0, **below)
        x = solve_triangular(packed, x, 0, check_finite=check_finite)
    else:
        x = solve_triangular(packed, x, trans, check_finite=check_finite)
        x = reordered(solve_triangular(packed, x, trans, **below), np.argsort(order, -1))
    return x[..., 0] if np.ndim(b) == 1 else x


# fmt: off
rule(cholesky,  a=lambda g, y, lower: cholesky_gx(g, y, not lower), accepts=OPTIONS,
     convention="to the triangle that is read, the diagonal's real")
rule(lu_factor, a=lu_factor_gx, several=True, accepts=OPTIONS, convention="of square matrices")
rule(row_order, piv=None, accepts=("rows",))
