"""Linear algebra: determinants, inverses, equations; on stacks of matrices wherever NumPy takes them.

For complex matrices see autograd/rules/decompositions.py: papers conjugate what is not conjugated here. Source: Giles,
"Collected matrix derivative results for forward and reverse mode AD" (2008).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.decompositions import explain_singular, half, svdvals_gx, triangle
from autograd.rules.duck_arrays import opaque
from autograd.rules.products import added, conj
from autograd.rules.reductions import product_of_others
from autograd.rules.registry import composed, primitive, rule

Shape = tuple[int, ...]


# -- determinants ----------------------------------------------------------------------------------------------------


@primitive
def cofactors(x: Any) -> Any:
    """(..., n, n): the derivative of the determinant, det(x) inv(x).mT. Of singular matrices, too.

    Of x = U S Vh they are det(U) det(Vh) conj(U) C conj(Vh), where the cofactors C of the diagonal matrix S are the
    products of all singular values but one.
    """
    return opaque(inverse_cofactors, x)


def inverse_cofactors(x: Any) -> Any:
    """By the inverse, where there is one: which way it goes depends on the values."""
    try:
        return np.linalg.det(x)[..., None, None] * np.linalg.inv(x).mT
    except np.linalg.LinAlgError:
        u, s, vh = np.linalg.svd(x)
        sign = np.linalg.det(u) * np.linalg.det(vh)
        return (sign[..., None, None] * np.conjugate(u) * product_of_others(s)[..., None, :]) @ np.conjugate(vh)


@primitive
def second_cofactors(v: Any, x: Any) -> Any:
    """(..., n, n): the derivative of the cofactors of x in the direction v.

    For a diagonal x it is -P_ij v_ji off the diagonal and sum_k P_ik v_kk on it, where P_ij is the product of all
    elements of the diagonal but i and j, and P_ii = 0; for others turn v by U and Vh, see `cofactors`.
    """
    u, s, vh = np.linalg.svd(x)
    cu, cvh = np.conjugate(u), np.conjugate(vh)
    diagonal = np.eye(s.shape[-1], dtype=bool)
    others = np.where(diagonal, 0, product_of_others(np.where(diagonal, 1, s[..., None, :])))
    v = cu.mT @ v @ cvh.mT
    on_diagonal = others @ np.sum(np.where(diagonal, v, 0), axis=-1)[..., None]
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return sign[..., None, None] * (cu @ np.where(diagonal, on_diagonal, -others * v.mT) @ cvh)


def second_cofactors_gx(g: Any, v: Any, x: Any) -> Any:
    """The third derivative of det(x), by inv(x); NaN for singular matrices."""
    det = np.linalg.det(x)[..., None, None]
    inv = np.where(det == 0, np.nan, cofactors(x).mT / np.where(det == 0, 1, det))
    a, b = inv @ v, inv @ g
    tr_a, tr_b, tr_ab = (np.sum(m, axis=(-2, -1), keepdims=True) for m in (inv.mT * v, inv.mT * g, a * b.mT))
    identity = np.eye(x.shape[-1], dtype=x.dtype)
    return (det * ((tr_a * tr_b - tr_ab) * identity - tr_b * a - tr_a * b + a @ b + b @ a) @ inv).mT


def slogdet_gx(g: Any, x: Any, y: Any) -> Any:
    """Of d log(det) = tr(inv(x) dx) the real part is that of logdet; the imaginary part turns the sign."""
    (g_sign, g_log), (sign, _) = g, y
    turns = g_sign is not None and x.dtype.kind == "c"
    g_det = added(np.imag(g_sign * sign) * 1j if turns else None, g_log)
    if g_det is None:
        return None
    with explain_singular(
        "slogdet was given a singular matrix, whose logarithm is -inf and has no gradient, and backward() needs an "
        "invertible one; use np.linalg.det, which has one, or add a multiple of the identity"
    ):
        return g_det[..., None, None] * np.linalg.inv(x).mT


# -- inverses and equations ------------------------------------------------------------------------------------------


def inv_gx(g: Any, y: Any) -> Any:
    return -(y.mT @ g @ y.mT)


def tensorinv_gx(g: Any, y: Any, x_shape: Shape, ind: int) -> Any:
    n = int(np.prod(x_shape[ind:]))
    return np.reshape(inv_gx(np.reshape(g, (n, n)), np.reshape(y, (n, n))), x_shape)


def columns(x: Any, shape: Shape) -> Any:
    """As matrices, where the right hand side has `shape`: one vector, if that is (n,)."""
    return x[..., None] if len(shape) == 1 else x


def solve_ga(g: Any, a: Any, b_shape: Shape, y: Any) -> Any:
    return -np.linalg.solve(a.mT, columns(g, b_shape)) @ columns(y, b_shape).mT


def solve_gb(g: Any, a: Any, b_shape: Shape) -> Any:
    gb = np.linalg.solve(a.mT, columns(g, b_shape))
    return gb[..., 0] if len(b_shape) == 1 else gb


@composed(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    if axes is not None:
        a = np.transpose(a, [k for k in range(np.ndim(a)) if k not in axes] + list(axes))
    shape = np.shape(a)[np.ndim(b) - np.ndim(a) :]
    n = int(np.prod(shape))
    if np.size(a) != n * n:
        raise np.linalg.LinAlgError(
            f"tensorsolve was given arrays of shapes {np.shape(a)} and {np.shape(b)}; the axes of the first must be "
            f"those of the second and others of the same product: reshape them"
        )
    return np.reshape(np.linalg.solve(np.reshape(a, (n, n)), np.ravel(b)), shape)


# Equations without a unique solution: the pseudo-inverse, and least squares


@primitive
def nothing_dropped(x: Any, rcond: Any) -> Any:
    """x, whose singular values below the cutoff are 0 but for rounding: pinv(x, rcond) is smooth in x only there."""
    s = np.linalg.svdvals(x)
    largest = np.max(s, axis=-1, keepdims=True, initial=0)
    dropped = (s <= np.asarray(rcond)[..., None] * largest) & (s > np.sqrt(np.finfo(s.dtype).eps) * largest)
    if np.any(dropped):
        raise ValueError(
            f"pinv or lstsq was given a cutoff of {rcond}, which drops singular values that are not 0 (up to "
            f"{np.max(s[dropped]):.3g}), and the gradient is known only where those are; use a smaller cutoff, or "
            f"build the inverse of u, s, vh = np.linalg.svd(x, full_matrices=False)"
        )
    return x


def pinv_gx(g: Any, x: Any, y: Any, rcond: Any = None, rtol: Any = None, hermitian: bool = False) -> Any:
    """dy = -y dx y + y y^H dx^H (1 - x y) + (1 - y x) dx^H y^H y, at constant rank.

    Golub, Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems ..." (1973).
    """
    if hermitian:
        x = half(x)
        return triangle(pinv_gx(g, x + conj(x).mT, y, rcond, rtol))
    cutoff = rtol if rcond is None else rcond
    if cutoff is not None:
        x = nothing_dropped(x, cutoff)
    if x.shape[-2] < x.shape[-1]:  # so that of the products below the smaller ones are square
        return pinv_gx(g.mT, x.mT, y.mT).mT
    g_h, cx, cy = conj(g).mT, conj(x), conj(y)
    outer = cy @ g_h
    return (g_h - cx @ outer) @ (cy @ y.mT) + y.mT @ (outer - outer @ cy @ cx - g @ y.mT)


def lstsq_inverse(a: Any, rcond: float | None) -> Any:
    """What lstsq multiplies b with; without a cutoff of its own, that of machine precision."""
    a = a.astype(np.float64) if a.dtype.kind in "biu" else a
    return np.linalg.pinv(a, **({"rtol": None} if rcond is None or rcond < 0 else {"rcond": rcond}))


def lstsq_ga(g: Any, a: Any, b: Any, y: Any, rcond: float | None) -> Any:
    """Of the solution by the pseudo-inverse. Where the residual is least, it changes as if the solution stood still."""
    g_x, g_residual, _, g_s = g
    b, x = columns(b, b.shape), columns(y[0], b.shape)
    return added(
        None if g_x is None else pinv_gx(columns(g_x, y[0].shape) @ b.mT, a, lstsq_inverse(a, rcond), rcond),
        None if g_residual is None or not g_residual.size else -2 * g_residual * conj(b - a @ x) @ x.mT,
        None if g_s is None else svdvals_gx(g_s, a),
    )


def lstsq_gb(g: Any, a: Any, b: Any, y: Any, rcond: float | None) -> Any:
    g_x, g_residual, _, _ = g
    matrix, x = columns(b, b.shape), columns(y[0], b.shape)
    gb = added(
        None if g_x is None else lstsq_inverse(a, rcond).mT @ columns(g_x, b.shape),
        None if g_residual is None or not g_residual.size else 2 * g_residual * conj(matrix - a @ x),
    )
    return None if gb is None else gb.reshape(b.shape)


# fmt: off
rule(np.linalg.det,          x=lambda g, x: g[..., None, None] * cofactors(x))
rule(cofactors,              x=lambda g, x: second_cofactors(g, x))
rule(second_cofactors,       v=lambda g, x: second_cofactors(g, x), x=second_cofactors_gx)
rule(np.linalg.slogdet,      x=slogdet_gx, several=True)

rule(np.linalg.inv,          x=inv_gx)
rule(np.linalg.tensorinv,    x=tensorinv_gx)
rule(np.linalg.solve,        a=solve_ga, b=solve_gb, broadcasts=True)
rule(np.linalg.pinv,         x=pinv_gx, convention="at constant rank; of hermitian ones to the lower triangle")
rule(nothing_dropped,        x=lambda g: g, accepts=("rcond",))
rule(np.linalg.lstsq,        a=lstsq_ga, b=lstsq_gb, several=True, convention="at constant rank")
