"""Solutions of y' = f(t, y, theta), and their gradients in two ways.

discrete  the steps that SciPy has chosen are taken again, on Tensors: the gradient is that of the numbers that come
          out, to every order, and all stages of all steps are kept. Of explicit Runge-Kutta methods.
adjoint   the adjoint equation is solved back in time (Pontryagin et al. 1962; Chen et al. 2018, arXiv:1806.07366,
          algorithm 2): the gradient is as accurate as the solver, and only y at the wanted times is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import integrate

from autograd.engine.dispatch import plain
from autograd.engine.modes import no_grad
from autograd.engine.tensor import Tensor
from autograd.functional.transforms import vjp
from autograd.rules import primitive, rule

Field = Callable[[Any, Any, Any], Any]  # f(t, y, theta)
Solver = Callable[
    [Callable[[Any, Any], Any], Any, Any, Any], Any
]  # of f(t, y), y at the first time, the times, the end

# -- discrete ----------------------------------------------------------------------------------------------------------


def replay(f: Callable[[Any, Any], Any], y: Any, times: Sequence[Any], wanted: Any, method: type) -> Any:
    """The solution (m, n) at the m `wanted` times, by the steps of an explicit Runge-Kutta method between `times`.

    Between steps by the method's own polynomial, as SciPy interpolates: y + h * K.T @ P @ (x, x**2, ...), of stages K.
    """
    A, B, C, P = (getattr(method, name) for name in "ABCP")
    at, rows, slope = plain(wanted), [], f(times[0], y)
    ahead, k = np.sign(plain(times[-1]) - plain(times[0])), 0
    for start, end in pairwise(times):
        h, stages = end - start, [slope]
        for a, c in zip(A[1:], C[1:], strict=True):
            stages.append(f(start + c * h, y + h * (np.stack(stages, axis=-1) @ a[: len(stages)])))
        after = y + h * (np.stack(stages, axis=-1) @ B)
        slope = f(end, after)
        Q = np.stack([*stages, slope], axis=-1) @ P
        while k < len(at) and (end is times[-1] or ahead * (plain(end) - at[k]) >= 0):
            x = (wanted[k] - start) / h
            rows.append(y + h * (Q @ np.cumprod(x * np.ones(P.shape[1]))))
            k += 1
        y = after
    return np.stack(rows)


# -- adjoint -----------------------------------------------------------------------------------------------------------


@primitive
def trajectory(xs: Any, f: Field, solve: Solver, end: float | None = None) -> Any:
    """Of [y, times (m,), theta (p,)] the solution (m, n) at the times, of which the first is that of y (n,).

    end  how far the solver goes, if that is not the last of them: its steps depend on it.
    """
    y, times, theta = xs

    def field(t: Any, y: Any) -> Any:
        slope = f(t, y, theta)
        if isinstance(slope, Tensor) and slope.requires_grad:
            raise TypeError(
                "the equation depends on Tensors that require a gradient and are not among its arguments, so that the "
                'adjoint would not see them; pass them in args=(...), or use gradient="discrete"'
            )
        return plain(slope)

    return solve(field, y, times, times[-1] if end is None else end)


def trajectory_gxs(g: Any, y: Any, xs: Any, f: Field, solve: Solver) -> Any:
    """Back from each time to the one before: y, its adjoint a with a' = -a df/dy, and the gradient of theta."""
    start, times, theta = xs
    n, adjoint, g_theta, g_times = start.shape[0], 0 * g[0], 0 * theta, []

    def backward(t: Any, state: Any, theta: Any) -> Any:
        slope, pullback = vjp(lambda y, theta: f(t, y, theta), state[:n], theta)
        gy, gtheta = pullback(state[n : 2 * n])
        return np.concatenate([slope, -gy, -gtheta])

    for i in reversed(range(1, len(y))):
        adjoint = adjoint + g[i]
        g_times.append(np.sum(g[i] * f(times[i], y[i], theta)))
        state = np.concatenate([y[i], adjoint, g_theta])
        state = trajectory([state, np.stack([times[i], times[i - 1]]), theta], f=backward, solve=solve)[1]
        adjoint, g_theta = state[n : 2 * n], state[2 * n :]
    g_times.append(-np.sum(adjoint * f(times[0], start, theta)))
    return adjoint + g[0], np.stack(g_times[::-1]), g_theta


rule(trajectory, xs=trajectory_gxs, accepts=("end",))


# -- solvers -----------------------------------------------------------------------------------------------------------


def by_solve_ivp(method: Any, options: Any) -> Solver:
    def solve(f: Callable[[Any, Any], Any], y: Any, times: Any, end: Any) -> Any:
        found = integrate.solve_ivp(f, (times[0], end), y, method, times, **options)
        return checked(found, len(times)).y.T

    return solve


def by_odeint(options: Any) -> Solver:
    return lambda f, y, times, end: integrate.odeint(f, y, times, tfirst=True, **options)


def checked(found: Any, m: int) -> Any:
    """What SciPy returned. Raises RuntimeError if it stopped before the last of m times."""
    if found.t.size != m or not found.success:
        raise RuntimeError(
            f"autograd.scipy.integrate.solve_ivp stopped at t = {found.t[-1] if found.t.size else None} "
            f"({found.message}), so there is no solution to differentiate; use another method, or a shorter span"
        )
    return found


def steps_of(f: Callable[[Any, Any], Any], span: Sequence[Any], y: Any, method: Any, options: Any) -> Any:
    """The times that an adaptive solver steps to."""
    with no_grad():
        found = integrate.solve_ivp(lambda t, y: plain(f(t, y)), span, y, method, **options)
    return checked(found, found.t.size).t
