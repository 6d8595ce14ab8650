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
from autograd.scipy._primitives import pulled_back

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
solve_continuous_are, solve_discrete_are = primitive(linalg.solve_continuous_are), primitive(linalg.solve_discrete_are)


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


# -- Riccati's equations: a quadratic form of x is 0 -------------------------------------------------------------------
#
# By what x changes with the form is the solution of Lyapunov's equation for the closed loop, a - b feedback.


def continuous_feedback(x: Any, a: Any, b: Any, r: Any, e: Any, s: Any) -> Any:
    """r^-1 (b^H x e + s^H)."""
    return np.linalg.solve(r, conj(half_form(x, b, e, s)).mT)


def half_form(x: Any, b: Any, a: Any, s: Any) -> Any:
    """a^H x b + s, where a and s may be left out."""
    y = x @ b if a is None else conj(a).mT @ x @ b
    return y if s is None else y + s


def continuous_form(x: Any, a: Any, b: Any, q: Any, r: Any, e: Any, s: Any) -> Any:
    """e^H x a + a^H x e - (e^H x b + s) r^-1 (b^H x e + s^H) + q."""
    linear = half_form(x, a, e, None)
    return linear + conj(linear).mT - half_form(x, b, e, s) @ continuous_feedback(x, a, b, r, e, s) + q


def discrete_feedback(x: Any, a: Any, b: Any, r: Any, e: Any, s: Any) -> Any:
    """(r + b^H x b)^-1 (b^H x a + s^H)."""
    return np.linalg.solve(half_form(x, b, b, r), conj(half_form(x, b, a, s)).mT)


def discrete_form(x: Any, a: Any, b: Any, q: Any, r: Any, e: Any, s: Any) -> Any:
    """a^H x a - e^H x e - (a^H x b + s) (r + b^H x b)^-1 (b^H x a + s^H) + q."""
    before = x if e is None else half_form(x, e, e, None)
    return half_form(x, a, a, q) - before - half_form(x, b, a, s) @ discrete_feedback(x, a, b, r, e, s)


def riccati_rules(form: Function, feedback: Function, solve: Function) -> dict[str, Any]:
    """solve(closed, g) gives the gradient of the form from that of x, where e is the identity."""

    def gform(g: Any, x: Any, a: Any, b: Any, r: Any, e: Any, s: Any) -> Any:
        closed = a - b @ feedback(x, a, b, r, e, s)
        g = (g + conj(g).mT) / 2  # in other directions x does not change
        if e is None:
            return solve(closed, g)
        g = solve(np.linalg.solve(e.mT, closed.mT).mT, g)
        return np.linalg.solve(conj(e), np.linalg.solve(e, g.mT).mT)

    def rule_for(wanted: str) -> Function:
        def gx(g: Any, y: Any, a: Any, b: Any, q: Any, r: Any, e: Any, s: Any) -> Any:
            given = {"a": a, "b": b, "q": q, "r": r, "e": e, "s": s}
            changed = lambda value: form(y, **{**given, wanted: value})
            return pulled_back(changed, gform(g, y, a, b, r, e, s), given[wanted])

        return gx

    return {name: rule_for(name) for name in ("a", "b", "q", "r", "e", "s")}


# fmt: off
rule(solve_sylvester,           a=sylvester_ga,  b=sylvester_gb, q=sylvester_gq, broadcasts=True)
rule(solve_continuous_lyapunov, a=continuous_ga, q=continuous_gq, broadcasts=True)
rule(solve_discrete_lyapunov,   a=discrete_ga,   q=discrete_gq, broadcasts=True)

rule(solve_continuous_are, **riccati_rules(continuous_form, continuous_feedback,
                                           lambda closed, g: -solve_continuous_lyapunov(conj(closed), g)),
     accepts=("balanced",), convention="q and r are Hermitian, and so are their gradients")
rule(solve_discrete_are,   **riccati_rules(discrete_form, discrete_feedback,
                                           lambda closed, g: solve_discrete_lyapunov(conj(closed), g)),
     accepts=("balanced",), convention="q and r are Hermitian, and so are their gradients")
