"""autograd.misc.optimizers: optimize(grad, x0, callback=None, num_iters, ...) returns the last x.

x is a pytree of arrays, grad(x, i) its gradient in step i; callback(x, i, g) hears of it. For training: autograd.optim.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .flatten import flatten

Function = Callable[..., Any]


def unflatten_optimizer(optimize: Function) -> Function:
    """An optimiser of vectors as one of pytrees."""

    @functools.wraps(optimize)
    def of_trees(grad: Function, x0: Any, callback: Function | None = None, *args: Any, **kwargs: Any) -> Any:
        start, unflatten = flatten(x0)

        def gradient(x: Any, i: int) -> Any:
            g, _ = flatten(grad(unflatten(x), i))
            if callback:
                callback(unflatten(x), i, unflatten(g))
            return g

        return unflatten(optimize(gradient, start, None, *args, **kwargs))

    return of_trees


@unflatten_optimizer
def sgd(grad: Any, x: Any, _: None, num_iters: int = 200, step_size: float = 0.1, mass: float = 0.9) -> Any:
    """Stochastic gradient descent with momentum: v = mass v - (1 - mass) g."""
    v = np.zeros_like(x)
    for i in range(num_iters):
        v = mass * v - (1 - mass) * grad(x, i)
        x = x + step_size * v
    return x


@unflatten_optimizer
def rmsprop(
    grad: Any, x: Any, _: None, num_iters: int = 100, step_size: float = 0.1, gamma: float = 0.9, eps: float = 1e-8
) -> Any:
    """RMSProp (Tieleman and Hinton 2012), the mean of squares from 1 on."""
    square = np.ones_like(x)
    for i in range(num_iters):
        g = grad(x, i)
        square = gamma * square + (1 - gamma) * g * g
        x = x - step_size * g / (np.sqrt(square) + eps)
    return x


@unflatten_optimizer
def adam(
    grad: Any, x: Any, _: None, num_iters: int = 100, step_size: float = 0.001,
    b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8,
) -> Any:  # fmt: skip
    """Adam (Kingma and Ba 2014)."""
    mean = square = np.zeros_like(x)
    for i in range(num_iters):
        g = grad(x, i)
        mean, square = b1 * mean + (1 - b1) * g, b2 * square + (1 - b2) * g * g
        x = x - step_size * mean / (1 - b1 ** (i + 1)) / (np.sqrt(square / (1 - b2 ** (i + 1))) + eps)
    return x
