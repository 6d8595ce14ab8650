"""autograd.misc.fixed_points: x = f(a)(x), by iteration, with the gradient of the implicit function theorem."""

from collections.abc import Callable
from typing import Any

from .._derivatives import make_vjp
from .._vspaces import vspace
from ..extend import defvjp, primitive

Function = Callable[..., Any]


@primitive
def fixed_point(f: Function, a: Any, x0: Any, distance: Function, tol: float) -> Any:
    """The x that f(a)(x) moves by no more than `tol`, as distance(x, x_before) says; its gradient is that of a."""
    step, before = f(a), x0
    x = step(before)
    while distance(x, before) > tol:
        before, x = x, step(x)
    return x


def _to_a(x: Any, f: Function, a: Any, _x0: Any, distance: Function, tol: float) -> Function:
    """u = g + J' u, J the Jacobian of f(a) at x, is a fixed point, too; from there one step leads to a."""

    def step(given: Any) -> Function:
        a, x, g = given
        to_x, _ = make_vjp(f(a), x)
        return lambda u: vspace(x).add(g, to_x(u))

    to_a, _ = make_vjp(lambda a: f(a)(x), a)
    return lambda g: to_a(fixed_point(step, (a, x, g), vspace(x).zeros(), distance, tol))


defvjp(fixed_point, None, _to_a, None)
