"""Solutions of equations as functions of what these depend on: the implicit function theorem, by steps of Newton's.

Where residual(x, theta) = 0, dx / dtheta = -J^-1 d residual / dtheta, with J = d residual / dx (Krantz and Parks 2013,
theorem 3.3.1). That is the derivative of one step of Newton's method from the solution x. For another theta that step
is off by the square of the change, so its second derivative is not that of the solution; that of a second step is, and
its third.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.engine.modes import is_grad_enabled, no_grad
from autograd.engine.tensor import Tensor
from autograd.functional.transforms import jacobian

SINGULAR = 1 / np.finfo(float).eps  # the condition number from which on no digit of a derivative is right


def implicit(residual: Callable[[Any], Any], x: Any, name: str) -> Any:
    """The array x (n,), at which residual(x) (n,) is 0, as a Tensor whose gradient goes to all that `residual` reads.

    The value is that of x: Newton's steps from there are of its rounding errors.

    Takes n backward passes for J, of n x n numbers, twice; the second is recorded.
    Raises LinAlgError if J is singular, as the solution then has no derivative.
    """
    with no_grad():
        slope = jacobian(residual)(x)
    if not np.linalg.cond(slope) < SINGULAR:
        raise np.linalg.LinAlgError(
            f"autograd.scipy.optimize.{name} found a solution at which the Jacobian of the equations, of shape "
            f"{slope.shape}, is singular or not finite, so that the solution has no derivative; solve for fewer "
            f"unknowns, or give it arrays, whose solution has no derivative"
        )
    first = x - np.linalg.solve(slope, residual(x))
    second = first - np.linalg.solve(jacobian(residual)(first), residual(first))
    return x + (second - second.detach())


def is_open(f: Callable[[Any], Any], x: Any) -> bool:
    """Whether what f returns of the array x depends on Tensors that require a gradient."""
    return is_grad_enabled() and isinstance(y := f(x), Tensor) and y.requires_grad
