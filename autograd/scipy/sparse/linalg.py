"""scipy.sparse.linalg: solutions of A x = b, and e^A b, with the gradient of b; the matrix A is a constant.

The gradient solves the equation of A transposed, by the same method and to the same tolerance: an iterative solution
that is right to rtol=1e-5, as they are by default, has a gradient that is right to about as many digits; where it does
not get there, there is a warning. `info`, which tells whether the solution did, comes as an array of no dimensions.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csc_array, linalg

from autograd._util.functions import name_of
from autograd.rules.products import conj
from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import drawing_nothing

__all__ = [
    "bicg", "bicgstab", "cg", "cgs", "expm_multiply", "gmres", "minres", "spsolve", "spsolve_triangular",
]  # fmt: skip

Function = Callable[..., Any]
Shape = tuple[int, ...]

spsolve, expm_multiply = primitive(linalg.spsolve), drawing_nothing(linalg.expm_multiply)
cg, minres, gmres = primitive(linalg.cg), primitive(linalg.minres), primitive(linalg.gmres)
bicg, bicgstab, cgs = primitive(linalg.bicg), primitive(linalg.bicgstab), primitive(linalg.cgs)


@primitive
@functools.wraps(linalg.spsolve_triangular)
def spsolve_triangular(
    A: Any,
    b: Any,
    lower: bool = True,
    overwrite_A: bool = False,
    overwrite_b: bool = False,
    unit_diagonal: bool = False,
) -> Any:
    """Neither is overwritten: the gradient needs A, and other rules may have saved b."""
    return linalg.spsolve_triangular(A, b, lower, unit_diagonal=unit_diagonal)


# -- by elimination ----------------------------------------------------------------------------------------------------


def transposed(A: Any) -> Any:
    """In the format csr, or csc, whatever A is in: SciPy warns of others."""
    return (A if getattr(A, "format", None) in ("csr", "csc") else csc_array(A)).T


def spsolve_gb(g: Any, A: Any, b_shape: Shape, permc_spec: str | None, use_umfpack: bool) -> Any:
    """Of a column (n, 1) SciPy makes a vector."""
    return np.reshape(spsolve(transposed(A), np.reshape(g, b_shape), permc_spec, use_umfpack), b_shape)


def triangular_gb(g: Any, A: Any, lower: bool, unit_diagonal: bool) -> Any:
    return spsolve_triangular(transposed(A), g, not lower, unit_diagonal=unit_diagonal)


# -- by iteration ------------------------------------------------------------------------------------------------------


@primitive
def converged(x: Any, info: Any, name: str) -> Any:
    """x, with a warning unless info is 0."""
    if info != 0:
        warnings.warn(
            f"{name} solved for a gradient, and did not reach the tolerance that it was given (info={int(info)}), so "
            f"the gradient is inexact; raise maxiter, precondition by M, or raise rtol",
            RuntimeWarning,
            stacklevel=2,
        )
    return x


def solved(solver: Function, A: Any, g: Any, b_shape: Shape, **options: Any) -> Any:
    x, info = solver(A, g, **options)
    return np.reshape(converged(x, info, name_of(solver)), b_shape)


def symmetric(solver: Function) -> Function:
    """The rule of a method for Hermitian matrices, of which the transposed is the conjugate."""

    def gb(g: Any, A: Any, b_shape: Shape, rtol: float, atol: float, maxiter: int | None, M: Any) -> Any:
        return conj(solved(solver, A, conj(g[0]), b_shape, rtol=rtol, atol=atol, maxiter=maxiter, M=M))

    return gb


def minres_gb(g: Any, A: Any, b_shape: Shape, rtol: float, shift: float, maxiter: int | None, M: Any) -> Any:
    return solved(minres, A, g[0], b_shape, rtol=rtol, shift=shift, maxiter=maxiter, M=M)


def general(solver: Function) -> Function:
    def gb(g: Any, A: Any, b_shape: Shape, rtol: float, atol: float, maxiter: int | None, M: Any) -> Any:
        M = None if M is None else M.T
        return solved(solver, A.T, g[0], b_shape, rtol=rtol, atol=atol, maxiter=maxiter, M=M)

    return gb


def gmres_gb(
    g: Any, A: Any, b_shape: Shape, rtol: float, atol: float, restart: int | None, maxiter: int | None, M: Any
) -> Any:
    options = {"rtol": rtol, "atol": atol, "restart": restart, "maxiter": maxiter, "M": None if M is None else M.T}
    return solved(gmres, A.T, g[0], b_shape, **options)


# fmt: off
rule(spsolve,            b=spsolve_gb)
rule(spsolve_triangular, b=triangular_gb, accepts=("overwrite_A", "overwrite_b"))
rule(expm_multiply,      B=lambda g, A, traceA: expm_multiply(A.T, g, traceA=traceA))

OPTIONS = ("x0", "callback")

rule(cg,                 b=symmetric(cg),      several=True, accepts=OPTIONS)
rule(minres,             b=minres_gb,          several=True, accepts=(*OPTIONS, "show", "check"))
rule(gmres,              b=gmres_gb,           several=True, accepts=(*OPTIONS, "callback_type"))
rule(bicg,               b=general(bicg),      several=True, accepts=OPTIONS)
rule(bicgstab,           b=general(bicgstab),  several=True, accepts=OPTIONS)
rule(cgs,                b=general(cgs),       several=True, accepts=OPTIONS)
rule(converged,          x=lambda g: g, info=None, accepts=("name",))


def __getattr__(name: str) -> Any:
    return getattr(linalg, name)
