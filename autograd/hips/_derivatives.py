"""make_vjp and make_jvp, of which all else here is made: the engine's vjp and jvp with HIPS's conventions.

A number in gives a number out, where ours gives an array without axes. Whole numbers are taken as floats. A gradient of
complex numbers is the derivative without a conjugate: dL = Re(sum(g * dx)), as rules have it (see engine/backward.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd._util.pytree import tree_leaves, tree_map, tree_unflatten
from autograd.functional.transforms import jvp, vjp

Function = Callable[..., Any]

FLOAT = np.dtype(float)


def make_vjp(fun: Function, x: Any) -> tuple[Function, Any]:
    """(pullback, y): pullback(g) is the gradient of x, like x, from g, that of y = fun(x)."""
    x = tree_map(x, _as_float)
    y, pullback = vjp(fun, x)

    def to_x(g: Any) -> Any:
        found = tree_leaves(tree_map(pullback(tree_map(g, _conj))[0], _conj))
        return tree_unflatten(
            x, [gx if np.ndim(leaf) else _number(gx) for gx, leaf in zip(found, tree_leaves(x), strict=True)]
        )

    return to_x, tree_map(y, _number)


def make_jvp(fun: Function, x: Any) -> Function:
    """The function from a direction to (y, the derivative of y = fun(x) in that direction)."""
    x = tree_map(x, _as_float)
    return lambda v: tuple(tree_map(list(jvp(fun, (x,), (v,))), _number))


def _as_float(x: Any) -> Any:
    return x * 1.0 if isinstance(x, int) or getattr(x, "dtype", FLOAT).kind in "biu" else x


def _conj(x: Any) -> Any:
    return np.conj(x) if isinstance(x, complex) or getattr(x, "dtype", FLOAT).kind == "c" else x


def _number(x: Any) -> Any:
    return x[()] if isinstance(x, np.ndarray) else x
