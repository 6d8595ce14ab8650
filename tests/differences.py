"""Central differences for the tests of layers, losses and activations: first-order gradients and gradients of these."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag

Array = NDArray[Any]
Function = Callable[[ag.Tensor], Any]


def difference_quotient(f: Callable[[Array], float], x: Array, step: float = 1e-5) -> Array:
    """The gradient of f at x, an array of float64, two values of f for each element."""
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += step
        below[index] -= step
        gradient[index] = (f(above) - f(below)) / (2 * step)
    return gradient


def gradient(f: Function, x: Array) -> Array:
    """The gradient of a scalar function, by the engine."""
    leaf = ag.Tensor(x, requires_grad=True)
    f(leaf).backward()
    assert leaf.grad is not None
    return leaf.grad.data


def second_gradient(f: Function, x: Array, v: Array) -> Array:
    """The gradient of sum(v * gradient of f), by the engine."""
    leaf = ag.Tensor(x, requires_grad=True)
    f(leaf).backward(create_graph=True)
    first, leaf.grad = leaf.grad, None
    assert first is not None
    if (contracted := (first * v).sum()).requires_grad:  # not of a linear function, whose gradient is a constant
        contracted.backward()
    return leaf.grad.data if leaf.grad is not None else np.zeros_like(x)


def assert_gradients(f: Function, x: Array, *, second: bool = True) -> None:
    """The first- and second-order gradients of a scalar function are those that central differences show."""
    x = np.asarray(x, np.float64)
    expected = difference_quotient(lambda a: f(ag.Tensor(a)).item(), x)
    np.testing.assert_allclose(gradient(f, x), expected, rtol=1e-6, atol=1e-8)
    if second:
        v = np.cos(np.arange(x.size) + 1.0).reshape(x.shape)
        expected = difference_quotient(lambda a: float((gradient(f, a) * v).sum()), x)
        np.testing.assert_allclose(second_gradient(f, x, v), expected, rtol=1e-6, atol=1e-8)


# -- more digits: extrapolated to a step of zero (Richardson); complex inputs, too -------------------------------------

STEP, LEVELS = 2.0**-6, 4  # the error falls with STEP ** (2 * LEVELS)


def differences(loss: Callable[..., float], inputs: Sequence[Any]) -> list[Any]:
    """The gradient of `loss(*inputs)` for each float or complex array among the inputs; None for the others."""
    inputs = [np.array(x) if moves(x) else x for x in inputs]
    return [gradient_at(loss, inputs, x) if moves(x) else None for x in inputs]


def gradient_at(loss: Callable[..., float], inputs: Sequence[Any], x: Any) -> Any:
    gx = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        for unit in (1, 1j) if x.dtype.kind == "c" else (1,):
            gx[index] += unit * slope(loss, inputs, x, index, unit)
    return gx


def slope(loss: Callable[..., float], inputs: Sequence[Any], x: Any, index: tuple[int, ...], unit: complex) -> float:
    value, row = x[index], []
    for level in range(LEVELS):
        step = STEP / 2**level
        x[index] = value + unit * step
        above = loss(*inputs)
        x[index] = value - unit * step
        new = [(above - loss(*inputs)) / (2 * step)]
        for k, coarse in enumerate(row, 1):
            new.append(new[-1] + (new[-1] - coarse) / (4**k - 1))
        row = new
    x[index] = value
    return row[-1]


def moves(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind in "fc"
