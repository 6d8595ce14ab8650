"""scipy.integrate: integrals and solutions of differential equations, with gradients in limits, times and parameters.

Parameters are what is given in `args`, and Tensors that the function reads from outside. Where no gradient is at stake,
SciPy's own result is returned as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate

from autograd.engine.dispatch import plain
from autograd.engine.modes import no_grad
from autograd.engine.tensor import Tensor
from autograd.functional.linearize import has_tensor
from autograd.rules.products import as_array
from autograd.scipy._implicit import is_open
from autograd.scipy._trajectories import by_odeint, by_solve_ivp, replay, steps_of, trajectory

__all__ = ["cumulative_trapezoid", "fixed_quad", "odeint", "quad", "simpson", "solve_ivp", "trapezoid"]


def __getattr__(name: str) -> Any:
    return getattr(integrate, name)


# -- of samples --------------------------------------------------------------------------------------------------------


def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """scipy.integrate.trapezoid, which is np.trapezoid."""
    return np.trapezoid(y, x, dx, axis)


def cumulative_trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1, initial: Any = None) -> Any:
    """scipy.integrate.cumulative_trapezoid: the integral up to each sample but the first; 0 there, if `initial` is."""
    y, steps = _samples(y, x, dx, axis)
    total = np.moveaxis(np.cumsum(steps * (y[..., 1:] + y[..., :-1]) / 2, axis=-1), -1, axis)
    if initial is None:
        return total
    if initial != 0:
        raise ValueError(f"cumulative_trapezoid was given initial={initial!r}; it must be 0 or None")
    return np.concatenate([0 * np.take(total, [0], axis), total], axis)


def simpson(y: Any, x: Any = None, *, dx: float = 1.0, axis: int = -1) -> Any:
    """scipy.integrate.simpson: by parabolas through three samples each.

    Of an even number of samples the last interval is that of the parabola through the last three (Cartwright 2017,
    equation 8, mirrored).
    """
    y, steps = _samples(y, x, dx, axis)
    steps = steps + np.zeros(y.shape[-1] - 1)
    if y.shape[-1] == 2:
        return np.sum(steps * (y[..., 1:] + y[..., :-1]) / 2, axis=-1)
    pairs = (y.shape[-1] - 1) // 2 * 2
    h0, h1 = steps[..., 0:pairs:2], steps[..., 1:pairs:2]
    both, first, middle, last = h0 + h1, y[..., 0:pairs:2], y[..., 1:pairs:2], y[..., 2 : pairs + 1 : 2]
    parabolas = both / 6 * (first * (2 - h1 / h0) + middle * (both * both / (h0 * h1)) + last * (2 - h0 / h1))
    total = np.sum(parabolas, axis=-1)
    if pairs == y.shape[-1] - 1:
        return total
    h0, h1 = steps[..., -2], steps[..., -1]
    return (
        total
        + y[..., -1] * (2 * h1 * h1 + 3 * h0 * h1) / (6 * (h0 + h1))
        + y[..., -2] * (h1 * h1 + 3 * h0 * h1) / (6 * h0)
        - y[..., -3] * (h1 * h1 * h1) / (6 * h0 * (h0 + h1))
    )


def _samples(y: Any, x: Any, dx: Any, axis: int) -> tuple[Any, Any]:
    """The samples along the last axis, and the steps between them."""
    y = np.moveaxis(as_array(y), axis, -1)
    if x is None:
        return y, dx
    x = as_array(x)
    return y, np.diff(x if x.ndim == 1 else np.moveaxis(x, axis, -1))


# -- of functions ------------------------------------------------------------------------------------------------------

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


def fixed_quad(func: Any, a: Any, b: Any, args: Any = (), n: int = 5) -> Any:
    """scipy.integrate.fixed_quad: Gauss-Legendre quadrature of order n, and None."""
    if np.isinf(plain(a)) or np.isinf(plain(b)):
        raise ValueError("fixed_quad was given an infinite limit, and takes finite ones; use quad")
    nodes, weights = np.polynomial.legendre.leggauss(n)
    half = (b - a) / 2
    return half * np.sum(weights * func(half * (nodes + 1) + a, *args), axis=-1), None


def quad(func: Any, a: Any, b: Any, args: Any = (), full_output: Any = 0, **options: Any) -> Any:
    """scipy.integrate.quad: the integral of func(x, *args) from a to b, and an estimate of its error.

    Gradients go to a, b, args, and what func reads from outside: they are those of Gauss-Legendre quadrature of 16
    nodes on each of the intervals that QUADPACK has come to, which is accurate where that of the value would be.
    Infinite limits are mapped as QUADPACK does it (Piessens et al. 1983, section 2.2), and have no gradient.

    Raises TypeError for `weight` where a gradient is at stake: multiply func by it.
    """
    args = args if isinstance(args, tuple) else (args,)
    low, high = plain(a), plain(b)

    def value(x: Any) -> Any:
        with no_grad():
            return plain(func(x, *args))

    found = integrate.quad(value, low, high, full_output=1, **options)
    y, details = found[0], found[2]
    inside = 0.5 * (np.clip(low, -1e3, 1e3) + np.clip(high, -1e3, 1e3))
    if low != high and (has_tensor([a, b]) or is_open(lambda x: func(x, *args), inside)):
        if options.get("weight") is not None:
            raise TypeError(
                f"autograd.scipy.integrate.quad was given weight={options['weight']!r} beside Tensors that require a "
                f"gradient, which it does not know with one; multiply the function by the weight"
            )
        count = details["last"]
        ends = (details["alist"][:count], details["blist"][:count])
        total = _by_intervals(lambda x: func(x, *args), a, b, *ends)
        y = y + (total - total.detach()) if isinstance(total, Tensor) else y
    return (y, *found[1:]) if full_output else (y, found[1])


def _by_intervals(f: Callable[[Any], Any], a: Any, b: Any, starts: Any, ends: Any) -> Any:
    """The integral of f from a to b by Gauss-Legendre quadrature on intervals, as QUADPACK counts them."""
    low, high = plain(a), plain(b)
    halves = (ends - starts) / 2
    points, weights = (starts + halves)[:, None] + halves[:, None] * NODES, halves[:, None] * WEIGHTS
    points, weights = points.reshape(-1), weights.reshape(-1)
    if np.isinf(low) or np.isinf(high):  # x = (1 - t) / t beyond the finite limit, for 0 < t <= 1
        x, weights = (1 - points) / points, weights / (points * points)
        if np.isinf(low) and np.isinf(high):
            sign = 1 if low < high else -1
            return sign * sum(w * (f(s) + f(-s)) for s, w in zip(x, weights, strict=True))
        if np.isinf(high):
            return np.sign(high) * sum(w * f(a + np.sign(high) * s) for s, w in zip(x, weights, strict=True))
        return -np.sign(low) * sum(w * f(b + np.sign(low) * s) for s, w in zip(x, weights, strict=True))
    share = (points - low) / (high - low)  # of the way from a to b
    return (b - a) * sum(w / abs(high - low) * f(a + (b - a) * s) for s, w in zip(share, weights, strict=True))


# -- differential equations --------------------------------------------------------------------------------------------


def solve_ivp(
    fun: Any, t_span: Any, y0: Any, method: Any = "RK45", t_eval: Any = None, dense_output: bool = False,
    events: Any = None, vectorized: bool = False, args: Any = None, *, gradient: str = "discrete", **options: Any,
) -> Any:  # fmt: skip
    """scipy.integrate.solve_ivp: `y` (n, m) of the result, at the times `t` (m,), has the gradient.

    It goes to y0 (n,), args, t_span, t_eval, and for "discrete" to Tensors that fun reads from outside.

    gradient  "discrete" differentiates the steps that SciPy took, of RK23 and RK45; "adjoint" solves the adjoint
              equation back in time, by any method, with the same tolerances: it keeps y at the times alone.

    Raises TypeError for events and dense_output where a gradient is at stake.
    """
    args = () if args is None else tuple(args)
    given, start = [y0, *t_span, t_eval, args], plain(y0)

    def f(t: Any, y: Any) -> Any:
        return _slope(fun(t, y, *args))

    if not (has_tensor(given) or is_open(lambda y: f(plain(t_span[0]), y), np.asarray(start, float))):
        return integrate.solve_ivp(
            fun, t_span, y0, method, t_eval, dense_output, events, vectorized, args or None, **options
        )
    if dense_output or events is not None or gradient not in ("discrete", "adjoint"):
        raise TypeError(
            f"autograd.scipy.integrate.solve_ivp was given dense_output={dense_output!r}, events={events!r} and "
            f'gradient={gradient!r}; where a gradient is at stake it takes neither of the first, and "discrete" or '
            f'"adjoint"'
        )
    span = (float(plain(t_span[0])), float(plain(t_span[1])))
    methods = {"RK23": integrate.RK23, "RK45": integrate.RK45}
    wanted, steps = t_eval, []
    if gradient == "discrete" or t_eval is None:
        steps = [t_span[0], *steps_of(f, span, start, method, options)[1:-1], t_span[1]]
    if t_eval is None:
        wanted = np.stack(steps)
    if gradient == "adjoint":
        field = lambda t, y, *args: _slope(fun(t, y, *args))
        y = _adjoint(field, y0, t_span, wanted, args, by_solve_ivp(method, options))
    elif method not in methods:
        raise TypeError(
            f"autograd.scipy.integrate.solve_ivp was given method={method!r}, whose steps it cannot take again; use "
            f'"RK23" or "RK45", or gradient="adjoint"'
        )
    else:
        y = replay(f, y0, steps, wanted, methods[method])
    return integrate._ivp.ivp.OdeResult(
        t=plain(wanted), y=y.T, sol=None, t_events=None, y_events=None, status=0, success=True,
        message="The solver successfully reached the end of the integration interval.",
    )  # fmt: skip


def odeint(func: Any, y0: Any, t: Any, args: Any = (), *, tfirst: bool = False, **options: Any) -> Any:
    """scipy.integrate.odeint: the solution (m, n) at the times t (m,), of which the first is that of y0 (n,).

    The gradient goes to y0, t and args, by the adjoint equation: see `solve_ivp`.
    """
    args = args if isinstance(args, tuple) else (args,)
    if not has_tensor([y0, t, args]):
        return integrate.odeint(func, y0, t, args, tfirst=tfirst, **options)
    field = lambda t, y, *args: _slope(func(t, y, *args) if tfirst else func(y, t, *args))
    return _adjoint(field, y0, None, t, args, by_odeint(options))


def _slope(y: Any) -> Any:
    """y', which may be a list of numbers, and of Tensors."""
    return np.stack(y) if isinstance(y, list | tuple) else y


def _adjoint(f: Any, y0: Any, span: Any, wanted: Any, args: Any, solve: Any) -> Any:
    """The solution at the wanted times; `span` is that of the solution, None if it begins and ends with them."""
    numbers = [x for x in args if _is_number(x)]
    theta = np.concatenate([np.zeros(0), *(np.reshape(x, (-1,)) for x in numbers)])
    ends = np.cumsum([np.size(x) for x in numbers])[:-1]

    def field(t: Any, y: Any, theta: Any) -> Any:
        pieces = iter(np.split(theta, ends))
        return f(t, y, *[np.reshape(next(pieces), np.shape(x)) if _is_number(x) else x for x in args])

    is_first = span is None or plain(wanted)[0] == plain(span[0])
    times = wanted if is_first else np.concatenate([np.reshape(span[0], (1,)), wanted])
    y0, end = y0 if isinstance(y0, Tensor) else np.asarray(y0, float), None if span is None else float(plain(span[1]))
    y = trajectory([y0, times, theta], f=field, solve=solve, end=end)
    return y if is_first else y[1:]


def _is_number(x: Any) -> bool:
    return isinstance(x, Tensor | np.ndarray | float)
