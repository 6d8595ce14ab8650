"""grad and its kin as HIPS autograd has them, against matrices and each other."""

from collections.abc import Callable
from functools import partial
from typing import Any

import autograd.differential_operators as ops
import numpy as np
import pytest

X, V, W = np.array([0.3, -0.7, 1.1]), np.array([1.0, 2.0, -0.5]), np.array([[0.5, -1.0, 2.0], [1.5, 0.2, -0.3]])
M = np.array([[1.0, 2.0, 0.0], [0.5, -1.0, 1.0], [0.0, 3.0, 2.0]])


def cubes(x: Any) -> Any:
    return np.sum(M @ (x * x * x))


def vector(x: Any) -> Any:
    return np.tanh(W @ x)


JACOBIAN = (1 - np.tanh(W @ X) ** 2)[:, None] * W
HESSIAN = np.diag(6 * X * M.sum(0))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda: ops.grad(cubes)(X), 3 * X * X * M.sum(0)),
        (lambda: ops.value_and_grad(cubes)(X)[0], cubes(X)),
        (lambda: ops.jacobian(vector)(X), JACOBIAN),
        (lambda: ops.hessian(cubes)(X), HESSIAN),
        (lambda: ops.hessian(lambda x: vector(x)[0])(X), ops.hessian(vector)(X)[0]),
        (lambda: ops.elementwise_grad(np.sin)(X), np.cos(X)),
        (lambda: ops.deriv(vector)(X), JACOBIAN.sum(1)),
        (lambda: ops.make_hvp(cubes)(X)[0](V), HESSIAN @ V),
        (lambda: ops.hessian_vector_product(cubes)(X, V), HESSIAN @ V),
        (lambda: ops.vector_jacobian_product(vector)(X, V[:2]), V[:2] @ JACOBIAN),
        (lambda: ops.make_jvp(vector)(X)(V)[1], JACOBIAN @ V),
        (lambda: ops.make_jvp_reversemode(vector)(X)(V), JACOBIAN @ V),
        (lambda: ops.make_vjp(vector)(X)[0](V[:2]), V[:2] @ JACOBIAN),
        (lambda: ops.make_ggnvp(vector)(X)(V), JACOBIAN.T @ JACOBIAN @ V),
        (lambda: ops.make_ggnvp(lambda a, x: vector(x), lambda y: np.sum(y * y * y), 1)(0.0, X)(V),
         JACOBIAN.T @ (6 * vector(X) * (JACOBIAN @ V))),
        (lambda: ops.grad_and_aux(lambda x: (cubes(x), x * 2))(X)[1], 2 * X),
        (lambda: ops.grad_and_aux(lambda x: (cubes(x), x * 2))(X)[0], 3 * X * X * M.sum(0)),
        (lambda: ops.grad_named(lambda a, b: a * b * b, "b")(3.0, 2.0), 12.0),
        (lambda: ops.holomorphic_grad(lambda z: z * z * (1 + 1j))(2 - 1j), 2 * (2 - 1j) * (1 + 1j)),
        (lambda: ops.grad(lambda x: np.sum(ops.checkpoint(vector)(x)))(X), JACOBIAN.sum(0)),
    ],
)  # fmt: skip
def test_each_operator(found: Callable[[], Any], expected: Any) -> None:
    np.testing.assert_allclose(found(), expected, rtol=1e-12, atol=1e-14)


def test_several_arguments_at_once() -> None:
    def f(a: Any, b: Any, *, scale: float) -> Any:
        return scale * np.sum(a * b)

    found = ops.grad(f, [1, 0])(X, V, scale=2.0)
    assert isinstance(found, tuple)
    np.testing.assert_array_equal(found, (2 * X, 2 * V))
    np.testing.assert_array_equal(ops.grad(f, -1)(X, V, scale=2.0), 2 * X)
    (first,) = ops.grad(f, [0])(X, V, scale=1.0)
    np.testing.assert_array_equal(first, V)


def test_a_function_of_functions_that_bear_no_name() -> None:
    assert ops.grad(partial(max, 0)).__name__ == "grad_of_[unknown name]_wrt_argnum_0"


def test_a_jacobian_of_nothing() -> None:
    assert ops.jacobian(lambda x: x[:0])(X).shape == (0, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.grad(lambda x: x)(X), "functions that return a real scalar"),
        (lambda: ops.grad(lambda x: x * 1j)(1.0), "functions that return a real scalar"),
        (lambda: ops.grad(lambda x: bool(x > 0))(1.0), "vspace was given np.True_"),
        (lambda: ops.elementwise_grad(lambda x: x * 1j)(X), "take np.real or np.imag first"),
        (lambda: ops.grad(np.sum, "x")(X), "the number of an argument, or a list"),
    ],
)
def test_what_has_no_gradient_is_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()
