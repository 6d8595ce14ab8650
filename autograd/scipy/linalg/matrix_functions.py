"""Functions of matrices: what a power series makes of a matrix, which is another thing than of its elements.

The derivative of f at a, in the direction e, stands in the corner of f([[a, e], [0, a]]), and its adjoint is that at a
transposed (Mathias, "A chain rule for matrix functions and applications", 1996; Higham, "Functions of Matrices", 2008,
theorem 3.6). So one call of f with a matrix twice as large is a gradient, to any order, where f is smooth around the
eigenvalues. Of functions with a branch cut, or a jump, rounding could put two copies of an eigenvalue on both sides:
square root, logarithm and sign have rules that keep to the branch of the value.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg

from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import drawing_nothing, rules_by
from autograd.scipy.linalg.equations import solve_sylvester

Function = Callable[..., Any]
Shape = tuple[int, ...]

expm, signm = primitive(linalg.expm), primitive(linalg.signm)
cosm, sinm, tanm = primitive(linalg.cosm), primitive(linalg.sinm), primitive(linalg.tanm)
coshm, sinhm, tanhm = primitive(linalg.coshm), primitive(linalg.sinhm), primitive(linalg.tanhm)
logm, fractional_matrix_power = drawing_nothing(linalg.logm), drawing_nothing(linalg.fractional_matrix_power)


@primitive
@functools.wraps(linalg.sqrtm)
def sqrtm(A: Any, *args: Any, **options: Any) -> Any:
    if np.ndim(A) < 2:
        raise ValueError(
            f"sqrtm was given an array of shape {np.shape(A)}, of which SciPy returns the exponential; it takes "
            f"matrices, (..., n, n): use np.sqrt, or reshape it to (1, 1)"
        )
    return linalg.sqrtm(A, *args, **options)


@primitive
def magnitude(x: Any) -> Any:
    """(..., m, n) to (..., 1, 1): the largest absolute value of each matrix, 1 where that is 0; a constant."""
    largest = np.max(np.absolute(x), axis=(-2, -1), keepdims=True, initial=0)
    return np.where(largest == 0, 1, largest)


def adjoint(f: Function, a: Any, g: Any) -> Any:
    """(..., n, n): the gradient of a, from g, that of f(a).

    It is linear in g, which is scaled to a: f is computed to the digits of the larger of the two.
    """
    n = a.shape[-1]
    scale = magnitude(g) / magnitude(a)
    a, g = a.mT, g / scale
    blocks = np.concatenate([np.concatenate([a, g], -1), np.concatenate([np.zeros_like(a), a], -1)], -2)
    return f(blocks)[..., :n, n:] * scale


def by_blocks(f: Function) -> Function:
    """The rule of a function that is smooth wherever it is defined."""
    return lambda g, A: adjoint(f, A, g)


def expm_gx(g: Any, A: Any, A_shape: Shape) -> Any:
    """SciPy takes one number, too, and returns a matrix."""
    return np.reshape(adjoint(expm, np.reshape(A, g.shape), g), A_shape)


def sqrtm_gx(g: Any, y: Any) -> Any:
    """y dy + dy y = dx (Higham, section 6.1)."""
    return solve_sylvester(y.mT, y.mT, g) if g.size else np.zeros_like(g)  # SciPy takes no empty stack there


def logm_gx(g: Any, y: Any) -> Any:
    """log x = 2 log h, where h is the square root of x, whose eigenvalues lie in the right half plane, off the cut."""
    h = expm(y / 2)
    return sqrtm_gx(2 * adjoint(logm, h, g), h)


def signm_gx(g: Any, A: Any, y: Any) -> Any:
    """n dy + dy n = dx - y dx y, with n = y x, the square root of x x (Higham, theorem 5.3)."""
    n = y @ A
    h = sqrtm_gx(g, n)
    return h - y.mT @ h @ y.mT


def power(A: Any, t: float) -> Any:
    """fractional_matrix_power, on the branch of SciPy's."""
    return np.linalg.matrix_power(A, int(t)) if t == int(t) else expm(t * logm(A.astype(complex)))


# fmt: off
rule(expm,      A=expm_gx)
rule(cosm,      A=by_blocks(cosm))
rule(sinm,      A=by_blocks(sinm))
rule(tanm,      A=by_blocks(tanm))
rule(coshm,     A=by_blocks(coshm))
rule(sinhm,     A=by_blocks(sinhm))
rule(tanhm,     A=by_blocks(tanhm))
rule(sqrtm,     A=sqrtm_gx)
rule(logm,      A=logm_gx)
rule(signm,     A=signm_gx)
rule(fractional_matrix_power, **rules_by(power, "A"))
rule(magnitude, x=None)
