"""Orthogonal polynomials, and Legendre's functions: the derivative is a polynomial of the same kind, one degree lower.

DLMF 18.9(iii) and 14.10.5. Degrees that are no whole numbers have functions of the same derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.shared import whole

DEGREE = "the derivative of a polynomial by its degree has no closed form"
PARAMETER = "the derivative of an orthogonal polynomial by its parameters has no closed form"


def before(n: Any) -> Any:
    """n - 1, and 0 for 0. A number of Python's stays one, which leaves float32 what it is."""
    return np.where(n == 0, 0, n - 1) if np.ndim(n) else n - 1 if n else 0


def of_degree(n: Any, x: Any, slope: Any) -> Any:
    """The slope; 0 of degree 0, and of negative degrees, in which SciPy's functions do not hold these formulas, NaN."""
    return np.where(n == 0, 0 * x, np.where(n < 0, np.nan, slope))


def jacobi_slope(n: Any, alpha: Any, beta: Any, x: Any) -> Any:
    """DLMF 18.9.15; of degree 0 it is 0."""
    n = whole(n)
    lower = special.eval_jacobi(before(n), alpha + 1, beta + 1, x)
    return of_degree(n, x, (n + alpha + beta + 1) / 2 * lower)


def gegenbauer_slope(n: Any, alpha: Any, x: Any) -> Any:
    """DLMF 18.9.19."""
    n = whole(n)
    lower = special.eval_gegenbauer(before(n), alpha + 1, x)
    return of_degree(n, x, 2 * alpha * lower)


def laguerre_slope(n: Any, alpha: Any, x: Any) -> Any:
    """DLMF 18.9.23."""
    n = whole(n)
    return of_degree(n, x, -special.eval_genlaguerre(before(n), alpha + 1, x))


def hermite_slope(fn: Any, n: Any, x: Any) -> Any:
    """n times the polynomial before (DLMF 18.9.25, 18.9.27); Hermite's own doubles it."""
    n = whole(n)
    return n * fn(before(n), x)


def chebyshev_slope(n: Any, x: Any) -> Any:
    """DLMF 18.9.21; those of degrees n and -n are one."""
    n = abs(whole(n))
    return n * special.eval_chebyu(before(n), x)


def shifted_jacobi_slope(n: Any, p: Any, q: Any, x: Any) -> Any:
    """DLMF 18.1.2 of Jacobi's, divided by a number that makes the first coefficient 1."""
    n = whole(n)
    return 2 * jacobi_slope(n, p - q, q - 1, 2 * x - 1) / special.binom(2 * n + p - 1, n)


def legendre_function_slope(m: Any, v: Any, x: Any) -> Any:
    """DLMF 14.10.5."""
    lifted = (m - v - 1) * special.lpmv(m, v + 1, x) + (v + 1) * x * special.lpmv(m, v, x)
    return lifted / ((1 - x) * (1 + x))


# fmt: off
rule(special.eval_jacobi,       n=DEGREE, alpha=PARAMETER, beta=PARAMETER, x=lambda g, n, alpha, beta, x: g * jacobi_slope(n, alpha, beta, x), broadcasts=True)
rule(special.eval_sh_jacobi,    n=DEGREE, p=PARAMETER, q=PARAMETER, x=lambda g, n, p, q, x: g * shifted_jacobi_slope(n, p, q, x), broadcasts=True)
rule(special.eval_gegenbauer,   n=DEGREE, alpha=PARAMETER, x=lambda g, n, alpha, x: g * gegenbauer_slope(n, alpha, x), broadcasts=True)
rule(special.eval_genlaguerre,  n=DEGREE, alpha=PARAMETER, x=lambda g, n, alpha, x: g * laguerre_slope(n, alpha, x), broadcasts=True)
rule(special.eval_laguerre,     n=DEGREE, x=lambda g, n, x: g * laguerre_slope(n, 0, x), broadcasts=True)
rule(special.eval_legendre,     n=DEGREE, x=lambda g, n, x: g * jacobi_slope(n, 0, 0, x), broadcasts=True)
rule(special.eval_sh_legendre,  n=DEGREE, x=lambda g, n, x: 2 * g * jacobi_slope(n, 0, 0, 2 * x - 1), broadcasts=True)
rule(special.eval_chebyt,       n=DEGREE, x=lambda g, n, x: g * chebyshev_slope(n, x), broadcasts=True)
rule(special.eval_chebyu,       n=DEGREE, x=lambda g, n, x: g * gegenbauer_slope(n, 1, x), broadcasts=True)
rule(special.eval_chebyc,       n=DEGREE, x=lambda g, n, x: g * chebyshev_slope(n, x / 2), broadcasts=True)
rule(special.eval_chebys,       n=DEGREE, x=lambda g, n, x: g * (gegenbauer_slope(n, 1, x / 2) / 2), broadcasts=True)
rule(special.eval_sh_chebyt,    n=DEGREE, x=lambda g, n, x: 2 * g * chebyshev_slope(n, 2 * x - 1), broadcasts=True)
rule(special.eval_sh_chebyu,    n=DEGREE, x=lambda g, n, x: 2 * g * gegenbauer_slope(n, 1, 2 * x - 1), broadcasts=True)
rule(special.eval_hermite,      n=DEGREE, x=lambda g, n, x: 2 * g * hermite_slope(special.eval_hermite, n, x), broadcasts=True)
rule(special.eval_hermitenorm,  n=DEGREE, x=lambda g, n, x: g * hermite_slope(special.eval_hermitenorm, n, x), broadcasts=True)
rule(special.lpmv,              m=DEGREE, v=DEGREE, x=lambda g, m, v, x: g * legendre_function_slope(m, v, x), broadcasts=True, convention="NaN at -1 and 1")
