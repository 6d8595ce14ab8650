"""Transforms of functions of complex numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from differences import differences
from numeric import between, normal

import autograd as ag
from autograd._util.pytree import tree_leaves_with_path

X3 = np.array([0.5, -1.0, 2.0])


def leaf(x: Any) -> ag.Tensor:
    return ag.Tensor(x, requires_grad=True)


def inner(a: Any, b: Any) -> float:
    """The real inner product of two pytrees of arrays."""
    return float(
        sum(
            np.real(np.vdot(x, y))
            for (_, x), (_, y) in zip(tree_leaves_with_path(a), tree_leaves_with_path(b), strict=True)
        )
    )


Z3 = between(0.3, 1.0, 3) + 1j * between(-1.0, 1.0, 3)
V3 = normal(3) + 1j * normal(3)

ANALYTIC: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "log": (np.log, lambda z: 1 / z),
    "cube": (lambda z: z * z * z, lambda z: 3 * z * z),
    "with i": (lambda z: 1j * z * z, lambda z: 2j * z),
    "inverse": (lambda z: 1 / (1 + z * z), lambda z: -2 * z / (1 + z * z) ** 2),
}


@pytest.mark.parametrize("name", ANALYTIC)
def test_analytic_functions(name: str) -> None:
    f, derivative = ANALYTIC[name]
    expected = derivative(Z3)
    y, dy = ag.jvp(f, (Z3,), (V3,))
    np.testing.assert_allclose(y, f(Z3))
    np.testing.assert_allclose(dy, expected * V3)
    np.testing.assert_allclose(ag.jacobian(f, holomorphic=True)(Z3), np.diag(expected), atol=1e-15)
    np.testing.assert_allclose(ag.vjp(f, Z3)[1](V3)[0], V3 * np.conj(expected))
    np.testing.assert_allclose(ag.grad(lambda z: np.real(f(z)).sum())(Z3), np.conj(expected))
    np.testing.assert_allclose(ag.grad(lambda z: np.imag(f(z)).sum())(Z3), 1j * np.conj(expected))
    second = ag.jacobian(ag.jacobian(f, holomorphic=True), holomorphic=True)(Z3)
    slope = (derivative(Z3 + 1e-5) - derivative(Z3 - 1e-5)) / 2e-5
    np.testing.assert_allclose(second[[0, 1, 2], [0, 1, 2], [0, 1, 2]], slope, rtol=1e-8)


NOT_ANALYTIC: dict[str, Callable[[Any], Any]] = {
    "conj": np.conj,
    "z times conj": lambda z: z * np.conj(z) * 1j + z,
    "abs": np.abs,
    "real": np.real,
    "imag times z": lambda z: np.imag(z) * z,
    "angle": np.angle,
    "several": lambda z: (np.conj(z) ** 2, np.abs(z) ** 2, z.sum()),
}


@pytest.mark.parametrize("name", NOT_ANALYTIC)
def test_other_complex_functions(name: str) -> None:
    f = NOT_ANALYTIC[name]
    y, dy = ag.jvp(f, (Z3,), (V3,))
    step = 1e-6
    for (_, slope), (_, above), (_, below) in zip(
        tree_leaves_with_path(dy),
        tree_leaves_with_path(f(Z3 + step * V3)),
        tree_leaves_with_path(f(Z3 - step * V3)),
        strict=True,
    ):
        np.testing.assert_allclose(slope, (above - below) / (2 * step), rtol=1e-7, atol=1e-8)
        assert slope.dtype == above.dtype
    _, pullback = ag.vjp(f, Z3)
    assert inner(y, dy) == pytest.approx(inner(pullback(y)[0], V3))


def test_real_inputs_of_complex_functions_and_back() -> None:
    f = lambda x: np.exp(1j * x) * (1 + 2j)
    _, dy = ag.jvp(f, (X3,), (X3,))
    np.testing.assert_allclose(dy, 1j * f(X3) * X3)
    (gx,) = ag.vjp(f, X3)[1](V3)
    assert gx.dtype == float
    np.testing.assert_allclose(gx, np.real(np.conj(1j * f(X3)) * V3))
    np.testing.assert_allclose(ag.grad(lambda x: np.abs(f(x).sum()) ** 2)(X3), differences(
        lambda x: float(np.abs(f(x).sum()) ** 2), [X3])[0], rtol=1e-7, atol=1e-8)  # fmt: skip
    np.testing.assert_allclose(ag.jacobian(lambda x: np.abs(x * (1 + 1j)))(X3), np.diag(np.sign(X3) * np.sqrt(2)))


def test_the_jacobian_of_real_outputs_of_complex_inputs_has_gradients_for_rows() -> None:
    rows = ag.jacobian(lambda z: np.abs(z) ** 2)(Z3)
    np.testing.assert_allclose(rows, np.diag(2 * Z3))
    for k in range(3):
        np.testing.assert_allclose(ag.grad(lambda z: np.abs(z[k]) ** 2)(Z3), rows[k])  # noqa: B023  # called at once


REAL: dict[str, Callable[[Any], Any]] = {
    "fourth power": lambda z: (np.abs(z) ** 4).sum(),
    "real part of a cube": lambda z: np.real(z * z * z).sum(),
    "mixed": lambda z: np.abs(z.sum()) ** 2 * np.imag(z[0] * z[1]) + np.real(np.exp(z)).sum(),
}


@pytest.mark.parametrize("name", REAL)
def test_hvp_of_complex_numbers_is_the_real_hessian(name: str) -> None:
    f = REAL[name]
    parts = np.stack([Z3.real, Z3.imag])
    hessian = ag.hessian(lambda parts: f(parts[0] + 1j * parts[1]))(parts)
    expected = np.tensordot(hessian, np.stack([V3.real, V3.imag]), 2)
    (found,) = ag.hvp(f, (Z3,), (V3,))
    np.testing.assert_allclose(found, expected[0] + 1j * expected[1])
    _, by_jvp = ag.jvp(ag.grad(f), (Z3,), (V3,))
    np.testing.assert_allclose(by_jvp, found)
    _, pullback = ag.vjp(ag.grad(f), Z3)
    np.testing.assert_allclose(pullback(V3)[0], found)


def test_complex64_stays_complex64() -> None:
    z, v = Z3.astype(np.complex64), V3
    f = REAL["mixed"]
    for x in (
        ag.grad(f)(z),
        ag.hvp(f, (z,), (v,))[0],
        ag.jvp(np.exp, (z,), (v,))[1],
        ag.vjp(np.exp, z)[1](v)[0],
        ag.jacobian(np.exp, holomorphic=True)(z),
    ):
        assert x.dtype == np.complex64
    assert ag.jvp(f, (z,), (v,))[1].dtype == np.float32


def test_a_graph_of_complex_tensors_goes_on() -> None:
    z = leaf(Z3)
    gradient = ag.grad(lambda z: (np.abs(z) ** 4).sum())(z)  # 4 |z|**2 z
    (np.abs(gradient) ** 2).sum().backward()  # 16 |z|**6
    assert z.grad is not None
    np.testing.assert_allclose(z.grad.data, 96 * np.abs(Z3) ** 4 * Z3)
