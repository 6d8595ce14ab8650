"""Matrix equations: Sylvester's, Lyapunov's and Riccati's.

Where x is the solution, another q gives another x by the same equation, whose adjoint has the transposed matrices. The
other gradients follow as those of the equation itself, in which x stands still.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg

from autograd.rules.products import conj
from autograd.rules.registry import primitive, rule

Function = Callable[..., Any]


def in_one_dtype(fn: Function, count: int) -> Function:
    """A function of SciPy's whose first `count` arrays must all be real, or all be complex.

    Of real matrices SciPy takes the real Schur form, with blocks of 2 x 2 for pairs of eigenvalues. If another array is
    complex, it is handed to a routine for triangular matrices, and what it returns does not solve the equation.
    """

    @functools.wraps(fn)
    def compute(*args: Any, **options: Any) -> Any:
        dtype = np.result_type(*args[:count])
        return fn(*(np.asarray(x, dtype) for x in args[:count]), *args[count:], **options)

    return primitive(compute)


solve_sylvester = in_one_dtype(linalg.solve_sylvester, 3)
solve_continuous_lyapunov = in_one_dtype(linalg.solve_continuous_lyapunov, 2)
solve_discrete_lyapunov = in_one_dtype(linalg.solve_discrete_lyapunov, 2)
solve_lyapunov = solve_continuous_lyapunov  # its old name


# -- a x + x b = q -----------------------------------------------------------------------------------------------------


def sylvester_gq(g: Any, a: Any, b: Any) -> Any:
    return solve_sylvester(a.mT, b.mT, g)


def sylvester_ga(g: Any, a: Any, b: Any, y: Any) -> Any:
    return -sylvester_gq(g, a, b) @ y.mT


def sylvester_gb(g: Any, a: Any, b: Any, y: Any) -> Any:
    return -y.mT @ sylvester_gq(g, a, b)


# -- a x + x a^H = q, and x - a x a^H = q ------------------------------------------------------------------------------


def continuous_gq(g: Any, a: Any) -> Any:
    return solve_continuous_lyapunov(a.mT, g)


def continuous_ga(g: Any, a: Any, y: Any) -> Any:
    gq = continuous_gq(g, a)
    return -gq @ y.mT - conj(gq.mT @ y)


def discrete_gq(g: Any, a: Any, method: str | None) -> Any:
    return solve_discrete_lyapunov(a.mT, g, method)


def discrete_ga(g: Any, a: Any, y: Any, method: str | None) -> Any:
    gq = discrete_gq(g, a, method)
    return gq @ conj(a) @ y.mT + conj(gq.mT @ a @ y)


# fmt: off
rule(solve_sylvester,           a=sylvester_ga,  b=sylvester_gb, q=sylvester_gq, broadcasts=True)
rule(solve_continuous_lyapunov, a=continuous_ga, q=continuous_gq, broadcasts=True)
rule(solve_discrete_lyapunov,   a=discrete_ga,   q=discrete_gq, broadcasts=True)
