"""Decompositions of matrices: Cholesky, QR, eigenvalues, singular values; on stacks of them wherever NumPy takes them.

Papers write dL = Re(tr(G^H dY)), the rules dL = Re(sum(g * dy)): g is the conjugate of G, and their formulas appear here
conjugated. What the sources mean by symmetric or Hermitian input NumPy reads from one triangle: the gradient lies there.

Sources: Giles, "Collected matrix derivative results for forward and reverse mode AD" (2008); Seeger et al.,
"Auto-differentiating linear algebra" (arXiv:1710.08717); those of single rules stand with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.rules.indexing import scatter_add
from autograd.rules.products import added, conj
from autograd.rules.registry import primitive, rule


def embed(x: Any) -> Any:
    """(..., n) to (..., n, n): diagonal matrices."""
    return np.where(np.eye(x.shape[-1], dtype=bool), x[..., None], 0)


def half(x: Any, upper: bool = False) -> Any:
    """One triangle of (..., n, n), with half the diagonal."""
    lower = np.tri(x.shape[-1], k=-1) + np.eye(x.shape[-1]) / 2
    return x * (lower.T if upper else lower).astype(x.dtype)


def triangle(gx: Any, upper: bool = False) -> Any:
    """Where a Hermitian matrix was read from one triangle: from the gradient of the matrix that of the triangle."""
    return half(gx + conj(gx).mT, upper)


def gaps(w: Any) -> Any:
    """(..., n) to (..., n, n): 1 / (w_j - w_i), and 0 on the diagonal."""
    diagonal = np.eye(w.shape[-1], dtype=bool)
    return np.where(diagonal, 0, 1 / np.where(diagonal, 1, w[..., None, :] - w[..., None]))


@contextmanager
def explain_singular(message: str) -> Iterator[None]:
    """Where LAPACK says only that a matrix is singular, say of what."""
    try:
        yield
    except np.linalg.LinAlgError as error:
        raise np.linalg.LinAlgError(f"{message} (NumPy says: {error})") from error


def cholesky_gx(g: Any, y: Any, upper: bool) -> Any:
    """Murray, "Differentiation of the Cholesky decomposition" (arXiv:1602.07527)."""
    if upper:
        g, y = conj(g).mT, conj(y).mT
    inv = np.linalg.inv(y)
    return triangle(inv.mT @ half(y.mT @ g) @ conj(inv), upper)


def qr_gx(g: Any, x: Any, y: Any, mode: str) -> Any:
    """Walter, Lehmann, "Algorithmic differentiation of linear algebra functions" (2018); Seeger et al."""
    m, n = x.shape[-2:]
    if mode not in ("reduced", "r", "complete") or (mode == "complete" and m > n):
        raise ValueError(
            f"qr was given a matrix of shape {(m, n)} and mode={mode!r}, for which no gradient is known; "
            f"use mode='reduced', or mode='r'"
        )
    (g_q, g_r), (q, r) = ((None, g), np.linalg.qr(x)) if mode == "r" else (g, y)
    g_q = np.zeros_like(q) if g_q is None else g_q
    g_r = np.zeros_like(r) if g_r is None else g_r
    if m < n:  # the columns beyond the m-th are q @ r[..., m:]
        g_rest, r_rest = g_r[..., m:], r[..., m:]
        g_q = g_q + conj(q @ r_rest) @ conj(g_rest).mT
        g_r, r = g_r[..., :m], r[..., :m]
    inner = half(g_r @ r.mT - q.mT @ g_q, upper=True)
    with explain_singular(
        "qr was given a matrix whose first columns are linearly dependent, where its factors have no derivative, and "
        "backward() needs independent ones; leave out those that depend on others, or use np.linalg.svd"
    ):
        gx = np.linalg.solve(r, (g_q + conj(q) @ (inner + conj(inner).mT)).mT).mT
    return gx if m >= n else np.concatenate([gx, conj(q) @ g_rest], axis=-1)


@primitive
def free_of_phases(g: Any, turns: Any, name: str) -> Any:
    """g, the gradient of complex vectors each of which has a free phase: what it has along a turn must be 0.

    turns  for each vector, the derivative of the loss by its phase; 0 but for rounding if the loss is well defined
           (Wan, Zhang, arXiv:1909.02659, section 3; PyTorch checks the same).
    """
    eps = np.finfo(g.dtype).eps
    if np.any(np.absolute(turns) > np.sqrt(eps) * max(np.max(np.absolute(g), initial=0), eps**0.25)):
        raise ValueError(
            f"{name} returned complex vectors, each of which is determined but for a factor of absolute value 1, and a "
            f"gradient comes in that depends on these factors, so it has no meaning; let the loss depend on what they "
            f"leave as it is: np.absolute(v), v / v[:1], (v * w) @ np.conjugate(v).mT"
        )
    return g


def eigh_gx(name: str, g: Any, y: Any, UPLO: Any) -> Any:
    """Giles, section 3.1. No gap between eigenvalues is divided by, if no eigenvector is used."""
    (g_w, g_v), (w, v) = g, y
    if g_v is not None and v.dtype.kind == "c":
        g_v = free_of_phases(g_v, np.imag(np.sum(v * g_v, axis=-2)), name)
    inner = added(None if g_w is None else embed(g_w), None if g_v is None else gaps(w) * (v.mT @ g_v))
    return triangle(conj(v) @ inner @ v.mT, UPLO.upper() == "U")


def eigvalsh_gx(g: Any, x: Any, UPLO: Any) -> Any:
    return eigh_gx("eigvalsh", (g, None), np.linalg.eigh(x, UPLO), UPLO)


def eig_gx(g: Any, y: Any) -> Any:
    """Boeddeker et al., "On the computation of complex-valued gradients ..." (arXiv:1701.00392).

    And as the eigenvectors keep the length 1, what g has along them is no gradient.
    """
    (g_w, g_v), (w, v) = g, y
    inner = None if g_w is None else embed(g_w)
    if g_v is not None:
        along = np.sum(v * g_v, axis=-2)
        if v.dtype.kind == "c":
            g_v = free_of_phases(g_v, np.imag(along), "eig")
        along = np.real(along)[..., None, :]
        inner = added(inner, gaps(w) * (v.mT @ g_v - v.mT @ conj(v) * along))
    return np.linalg.solve(v.mT, inner @ v.mT)


def eigvals_gx(g: Any, x: Any, y: Any) -> Any:
    w, v = np.linalg.eig(x)
    return eig_gx((np.take_along_axis(g, positions(w, y), axis=-1), None), (w, v))


@primitive
def positions(w: Any, y: Any) -> Any:
    """(..., n) and the same in another order to (..., n): where each of w is in y. eig and eigvals may disagree."""
    distance = np.absolute(w[..., :, None] - y[..., None, :])
    order = np.zeros(w.shape, np.intp)
    for k in range(w.shape[-1]):
        order[..., k] = np.argmin(distance[..., k, :], axis=-1)
        np.put_along_axis(distance, order[..., k, None, None], np.inf, axis=-1)
    return order


def svd_gx(g: Any, x: Any, y: Any, compute_uv: bool, hermitian: bool) -> Any:
    if not compute_uv:
        g, y = (None, g, None), np.linalg.svd(x, full_matrices=False, hermitian=hermitian)
    return svd_hermitian_gx(g, y) if hermitian else svd_factors_gx(g, y)


def svdvals_gx(g: Any, x: Any) -> Any:
    return svd_gx(g, x, None, compute_uv=False, hermitian=False)


def svd_hermitian_gx(g: Any, y: Any) -> Any:
    """NumPy computes it by eigh: w = s * sign, v = u, and the rows of Vh are sign * v^H."""
    (g_u, g_s, g_vh), (u, s, vh) = g, y
    sign = np.sign(np.real(np.sum(u * vh.mT, axis=-2)))
    g_v = added(g_u, None if g_vh is None else conj(g_vh).mT * sign[..., None, :])
    return eigh_gx("svd", (None if g_s is None else g_s * sign, g_v), (s * sign, u), "L")


@primitive
def determined(g: Any, k: int) -> Any:
    """g[..., :k]: the gradients of those singular vectors that the matrix determines. The others must be 0."""
    if np.any(g[..., k:]):
        raise ValueError(
            f"svd was given full_matrices=True, and a gradient comes in for the singular vectors that this adds, which "
            f"the matrix does not determine; use the first {k} alone, which full_matrices=False returns"
        )
    return g[..., :k]


def free_of_common_phases(g_u: Any, u: Any, g_vh: Any, vh: Any) -> tuple[Any, Any]:
    """The phase of a column of U is that of the row of Vh, the other way round: together they change nothing."""
    turns = added(
        None if g_u is None else np.imag(np.sum(u * g_u, axis=-2)),
        None if g_vh is None else -np.imag(np.sum(g_vh * vh, axis=-1)),
    )
    if g_u is None:
        return None, free_of_phases(g_vh, turns, "svd")
    return free_of_phases(g_u, turns, "svd"), g_vh


def svd_factors_gx(g: Any, y: Any) -> Any:
    """Seeger et al.; for complex matrices Wan, Zhang, "Automatic differentiation for complex valued SVD" (1909.02659)."""
    (g_u, g_s, g_vh), (u, s, vh) = g, y
    m, n, k = u.shape[-2], vh.shape[-1], s.shape[-1]
    u, vh = u[..., :k], vh[..., :k, :]
    cu, cvh = conj(u), conj(vh)
    inner, outer = None if g_s is None else embed(g_s), None
    if g_u is None and g_vh is None:
        return cu @ inner @ cvh
    g_u = determined(g_u, k) if g_u is not None and m > k else g_u
    g_vh = determined(g_vh.mT, k).mT if g_vh is not None and n > k else g_vh
    f, row, column = gaps(s * s), s[..., None, :], s[..., None]
    f_u = f
    if u.dtype.kind == "c":  # the phase, which U and Vh share: all of it to U
        g_u, g_vh = free_of_common_phases(g_u, u, g_vh, vh)
        f_u = f + embed(0.5 / (s * s))
    if g_u is not None:
        turn = u.mT @ g_u
        inner = added(inner, f_u * (turn - conj(turn).mT) * row)
        outer = (g_u - cu @ turn) / row @ cvh if m > k else None
    if g_vh is not None:
        turn = g_vh @ vh.mT
        inner = added(inner, column * (f * (conj(turn).mT - turn)))
        outer = added(outer, cu @ ((g_vh - turn @ cvh) / column) if n > k else None)
    return added(cu @ inner @ cvh, outer)


# fmt: off
rule(np.linalg.cholesky,     x=cholesky_gx, convention="to the triangle that is read, the diagonal's real")
rule(np.linalg.qr,           x=qr_gx, several=True)
rule(free_of_phases,         g=lambda g: g, turns=None, accepts=("name",))
rule(np.linalg.eigh,         x=lambda g, y, UPLO: eigh_gx("eigh", g, y, UPLO), several=True,
     convention="to the triangle that is read; of equal eigenvalues the vectors have none")
rule(np.linalg.eigvalsh,     x=eigvalsh_gx, convention="to the triangle that is read")
rule(np.linalg.eig,          x=eig_gx, several=True, convention="of equal eigenvalues the vectors have none")
rule(np.linalg.eigvals,      x=eigvals_gx)
rule(positions,              w=None, y=None)
rule(np.linalg.svd,          x=svd_gx, several=True, accepts=("full_matrices",),
     convention="of equal singular values the vectors have none; of hermitian ones to the lower triangle")
rule(np.linalg.svdvals,      x=svdvals_gx)
rule(determined,             x=lambda g, x_shape, k: scatter_add(g, x_shape, (..., slice(k))))
