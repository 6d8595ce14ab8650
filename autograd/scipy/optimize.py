"""scipy.optimize: solutions whose gradients go to what the equations, or the function that is minimised, depend on.

SciPy solves, on arrays. The derivative of the solution follows from the equations that hold at it, however it was found
(see _implicit.py): it flows to the Tensors in `args`, and to those that the function reads from outside. It takes the
dense Jacobian of these equations, for a minimum the Hessian: n backward passes for n unknowns. It is right to the third
order. The start of the search has no gradient.

SciPy is given the derivatives that it would else take by differences, where the function can be recorded. Where no
gradient is at stake, its result is returned as it is.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from scipy import optimize

from autograd.engine.dispatch import plain
from autograd.engine.modes import no_grad
from autograd.engine.tensor import Tensor
from autograd.functional.transforms import grad, jacobian
from autograd.scipy._implicit import implicit, is_open

__all__ = [
    "bisect", "brenth", "brentq", "curve_fit", "fixed_point", "fsolve", "least_squares", "minimize", "minimize_scalar",
    "newton", "ridder", "root", "root_scalar", "toms748",
]  # fmt: skip

WITHOUT_GRADIENT = {"nelder-mead", "powell", "cobyla", "cobyqa"}  # methods of minimize that take no jac
# Of z = residual**2, as least_squares has them: by Triggs et al. 1999, section 3.
LOSSES: dict[str, Callable[[Any], Any]] = {
    "linear": lambda z: z,
    "soft_l1": lambda z: 2 * (np.sqrt(1 + z) - 1),
    "huber": lambda z: np.where(z <= 1, z, 2 * np.sqrt(np.where(z <= 1, 1, z)) - 1),
    "cauchy": np.log1p,
    "arctan": np.arctan,
}


def __getattr__(name: str) -> Any:
    return getattr(optimize, name)


# -- what SciPy is given, and what comes of its solution ---------------------------------------------------------------


def on_arrays(fun: Callable[..., Any], args: Any = (), **kwargs: Any) -> Callable[..., Any]:
    """fun(x, *args, **kwargs), where nothing is recorded, as a function from arrays to arrays."""

    @wraps(fun, updated=())
    def values(*x: Any) -> Any:
        with no_grad():
            return plain(fun(*x, *_tuple(args), **kwargs))

    return values


def recorded(fun: Callable[..., Any], args: Any = (), **kwargs: Any) -> Callable[[Any], Any]:
    """fun(x, *args, **kwargs) as a function of x."""
    return lambda x: fun(x, *_tuple(args), **kwargs)


def _tuple(args: Any) -> tuple[Any, ...]:
    return args if isinstance(args, tuple) else (args,)


def derivative(slope: Callable[[Any], Any], x0: Any) -> Callable[[Any], Any] | None:
    """A derivative that SciPy is given in place of its finite differences; None if the function can't be recorded."""
    on_array = on_arrays(slope)
    try:
        on_array(x0)
    except TypeError:  # it calls what takes no Tensors
        return None
    return on_array


def flat(equations: Callable[[Any], Any], shape: tuple[int, ...]) -> Callable[[Any], Any]:
    """Equations of x (n,) in place of x of any shape."""
    return lambda x: np.reshape(equations(np.reshape(x, shape)), (-1,))


def solved(equations: Callable[[Any], Any], x: Any, name: str, is_solution: bool = True, message: str = "") -> Any:
    """x, which solves equations(x) = 0 of its shape, as a Tensor if these are not constant."""
    x = np.asarray(x, float)
    residual = flat(equations, x.shape)
    if not is_open(residual, x.reshape(-1)):
        return x
    if not is_solution:
        warnings.warn(
            f"autograd.scipy.optimize.{name} did not converge ({message}), so that the derivative of its result is not "
            f"that of a solution; start it closer by, or allow it more steps",
            RuntimeWarning,
            stacklevel=3,
        )
    return implicit(residual, x.reshape(-1), name).reshape(x.shape)


def among(x: Any, is_free: Any, equations: Callable[[Any], Any], solve: Callable[..., Any]) -> Any:
    """x, of which the elements that are free solve their equations, and the others lie at a bound."""
    if np.all(is_free):
        return solve(equations, x)

    def place(free: Any) -> Tensor:
        return Tensor(x).at[is_free].set(free)

    y = solve(lambda free: equations(place(free))[is_free], x[is_free])
    return place(y) if isinstance(y, Tensor) else x


# -- equations ---------------------------------------------------------------------------------------------------------


def root(fun: Any, x0: Any, args: Any = (), method: str = "hybr", jac: Any = None, **options: Any) -> Any:
    """scipy.optimize.root: x with fun(x, *args) = 0. The `x` of the result has the gradient."""
    x0, equations = np.asarray(plain(x0), float), recorded(fun, args)
    if callable(jac):
        jac = on_arrays(jac, args)
    elif jac is None and method in ("hybr", "lm"):
        jac = derivative(jacobian(equations), x0)
    found = optimize.root(on_arrays(fun, args), x0, method=method, jac=jac, **options)
    found.x = solved(equations, found.x, "root", found.success, found.message)
    return found


def fsolve(func: Any, x0: Any, args: Any = (), fprime: Any = None, full_output: Any = 0, **options: Any) -> Any:
    """scipy.optimize.fsolve: x with func(x, *args) = 0."""
    fprime = None if fprime is None else on_arrays(fprime, args)
    x, info, flag, message = optimize.fsolve(on_arrays(func, args), plain(x0), (), fprime, True, **options)
    x = solved(recorded(func, args), x, "fsolve", flag == 1, message)
    return (x, info, flag, message) if full_output else x


def fixed_point(func: Any, x0: Any, args: Any = (), **options: Any) -> Any:
    """scipy.optimize.fixed_point: x with func(x, *args) = x."""
    x = optimize.fixed_point(on_arrays(func, args), plain(x0), **options)
    return solved(lambda x: func(x, *_tuple(args)) - x, x, "fixed_point")


def newton(func: Any, x0: Any, fprime: Any = None, args: Any = (), *more: Any, **options: Any) -> Any:
    """scipy.optimize.newton: x with func(x, *args) = 0; of an array x0, for each element by itself."""
    derivatives = {"fprime": fprime, "fprime2": options.pop("fprime2", None)}
    given = {name: on_arrays(f, args) for name, f in derivatives.items() if f is not None}
    found = optimize.newton(on_arrays(func, args), plain(x0), *more, **given, **options)
    x, *rest = found if isinstance(found, tuple) else (found,)
    x = solved(recorded(func, args), x, "newton")
    return (x, *rest) if rest else x


def root_scalar(f: Any, args: Any = (), method: Any = None, **options: Any) -> Any:
    """scipy.optimize.root_scalar: the number x with f(x, *args) = 0. The `root` of the result has the gradient."""
    for name in ("fprime", "fprime2"):
        if callable(derivative := options.get(name)):
            options[name] = on_arrays(derivative, args)
    found = optimize.root_scalar(on_arrays(f, args), method=method, **{k: plain(v) for k, v in options.items()})
    found.root = solved(recorded(f, args), found.root, "root_scalar", found.converged, found.flag)
    return found


def _bracketing(solve: Callable[..., Any]) -> Callable[..., Any]:
    """One of SciPy's functions that search a sign change of f between a and b."""

    @wraps(solve)
    def find(f: Any, a: Any, b: Any, args: Any = (), **options: Any) -> Any:
        found = solve(on_arrays(f, args), plain(a), plain(b), **options)
        x, *rest = found if isinstance(found, tuple) else (found,)
        x = solved(recorded(f, args), x, solve.__name__)
        return (x, *rest) if rest else x

    return find


bisect, brenth, brentq = map(_bracketing, (optimize.bisect, optimize.brenth, optimize.brentq))
ridder, toms748 = map(_bracketing, (optimize.ridder, optimize.toms748))

# -- minima ------------------------------------------------------------------------------------------------------------


def minimize(
    fun: Any, x0: Any, args: Any = (), method: Any = None, jac: Any = None, hess: Any = None, hessp: Any = None,
    bounds: Any = None, constraints: Any = (), **options: Any,
) -> Any:  # fmt: skip
    """scipy.optimize.minimize: the x at which fun(x, *args) is smallest. `x` and `fun` of the result have gradients.

    Elements of x that lie at one of the `bounds` do not move with the arguments. With `constraints` the gradient is
    not known, and it raises TypeError where one is at stake.
    """
    x0, has_value = np.asarray(plain(x0), float), jac is True
    value = recorded(_part(fun, 0) if has_value else fun, args)
    slope = recorded(_part(fun, 1) if has_value else jac if callable(jac) else grad(fun), args)
    if constraints and is_open(value, x0):
        raise TypeError(
            "autograd.scipy.optimize.minimize was given constraints beside a function that depends on Tensors that "
            "require a gradient, and the derivative of a constrained solution is not known to it; put the constraints "
            "into the function (a penalty, fewer unknowns), use bounds=, or detach the Tensors"
        )
    if callable(jac):
        jac = on_arrays(jac, args)
    elif jac is None and not (isinstance(method, str) and method.lower() in WITHOUT_GRADIENT):
        jac = derivative(slope, x0)
    hess, hessp = (on_arrays(f, args) if callable(f) else f for f in (hess, hessp))
    found = optimize.minimize(on_arrays(fun, args), x0, (), method, jac, hess, hessp, bounds, constraints, **options)
    x = np.asarray(found.x, float)
    is_free = np.full(x.shape, True) if bounds is None else _is_inside(x, *_limits(bounds))
    solve = lambda equations, x: solved(equations, x, "minimize", found.success, found.message)
    if is_open(value, x) and isinstance(y := among(x, is_free, slope, solve), Tensor):
        found.x, found.fun = y, value(y)
    return found


def _part(fun: Any, k: int) -> Callable[..., Any]:
    return lambda *x: fun(*x)[k]


def _limits(bounds: Any) -> tuple[Any, Any]:
    """The lower and the upper bounds, of `Bounds` or of pairs in which None is no bound."""
    if isinstance(bounds, optimize.Bounds):
        return bounds.lb, bounds.ub
    pairs = np.array([[np.nan if bound is None else bound for bound in pair] for pair in bounds], float)
    low, high = np.where(np.isnan(pairs), [-np.inf, np.inf], pairs).T
    return low, high


def _is_inside(x: Any, low: Any, high: Any) -> Any:
    """Which elements lie at none of the bounds, up to the steps in which solvers end."""
    return ~(np.isclose(x, low, 1e-8, 1e-10) | np.isclose(x, high, 1e-8, 1e-10))


def minimize_scalar(fun: Any, bracket: Any = None, bounds: Any = None, args: Any = (), **options: Any) -> Any:
    """scipy.optimize.minimize_scalar: the number x at which fun(x, *args) is smallest."""
    found = optimize.minimize_scalar(on_arrays(fun, args), plain(bracket), plain(bounds), **options)
    if bounds is not None and not _is_inside(found.x, *bounds):
        return found
    value = recorded(fun, args)
    if is_open(value, found.x):
        found.x = solved(grad(value), found.x, "minimize_scalar", found.success, found.message)
        found.fun = value(found.x)
    return found


def least_squares(
    fun: Any, x0: Any, jac: Any = "2-point", bounds: Any = (-np.inf, np.inf), *, loss: Any = "linear",
    f_scale: float = 1.0, args: Any = (), kwargs: Any = None, **options: Any,
) -> Any:  # fmt: skip
    """scipy.optimize.least_squares: x with the smallest sum of squares. `x`, `fun` and `cost` have gradients.

    The sum is f_scale**2 / 2 * sum(rho((fun(x) / f_scale)**2)), where rho is the `loss`, by name.
    """
    x0, residuals = np.atleast_1d(np.asarray(plain(x0), float)), recorded(fun, args, **(kwargs or {}))
    if callable(jac):
        jac = on_arrays(jac, args, **(kwargs or {}))
    elif jac == "2-point":
        jac = derivative(jacobian(lambda x: np.reshape(residuals(x), (-1,))), x0) or jac
    found = optimize.least_squares(
        on_arrays(residuals), x0, jac=jac, bounds=bounds, loss=loss, f_scale=f_scale, **options
    )

    def cost(x: Any) -> Any:
        if loss not in LOSSES:
            raise TypeError(
                f"autograd.scipy.optimize.least_squares was given loss={loss!r}, of which no gradient is known; use "
                f"one of {', '.join(map(repr, LOSSES))}"
            )
        scaled = residuals(x) / f_scale
        return f_scale * f_scale / 2 * np.sum(LOSSES[loss](scaled * scaled))

    is_free = _is_inside(found.x, *(_limits(bounds) if isinstance(bounds, optimize.Bounds) else bounds))
    solve = lambda equations, x: solved(equations, x, "least_squares", found.success, found.message)
    if is_open(residuals, found.x) and isinstance(x := among(found.x, is_free, grad(cost), solve), Tensor):
        found.x, found.fun, found.cost = x, residuals(x), cost(x)
    return found


def curve_fit(
    f: Any, xdata: Any, ydata: Any, p0: Any = None, sigma: Any = None, absolute_sigma: bool = False, *more: Any,
    jac: Any = None, full_output: bool = False, **options: Any,
) -> Any:  # fmt: skip
    """scipy.optimize.curve_fit: (popt, pcov), whose gradients go to xdata, ydata, sigma and what f reads.

    pcov is (J.T J)^-1 for the Jacobian J of the residuals; unless absolute_sigma, times their mean square.
    """
    if jac is None:

        def jac(x: Any, *p: Any) -> Any:
            return jacobian(lambda p: f(x, *_each(p)))(np.array(p))

    p, covariance, info, message, flag = optimize.curve_fit(
        on_arrays(f), plain(xdata), plain(ydata), plain(p0), plain(sigma), absolute_sigma, *more,
        jac=on_arrays(jac) if callable(jac) else jac, full_output=True, **options,
    )  # fmt: skip

    def residuals(p: Any) -> Any:
        r = f(xdata, *_each(p)) - ydata
        if sigma is None:
            return r
        return r / sigma if np.ndim(sigma) == 1 else np.linalg.solve(np.linalg.cholesky(sigma), r)

    def cost(p: Any) -> Any:
        return np.sum(residuals(p) * residuals(p)) / 2

    fit = solved(grad(cost), p, "curve_fit") if is_open(residuals, p) else p
    if isinstance(fit, Tensor):
        J = jacobian(residuals)(fit)
        covariance = np.linalg.inv(J.T @ J)
        if not absolute_sigma:
            covariance = covariance * (2 * cost(fit) / (J.shape[0] - J.shape[1]))
    return (fit, covariance, info, message, flag) if full_output else (fit, covariance)


def _each(p: Any) -> list[Any]:
    return [p[k] for k in range(len(p))]
