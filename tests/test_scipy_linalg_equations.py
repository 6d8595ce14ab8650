"""Matrix equations against differences; values against SciPy, and where that is wrong, against the equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg
from numeric import assert_same_values, case, has_complex, judged, normal, reversed_columns, rotated

import autograd as ag
from autograd.scipy import linalg

TURN = np.array([[0.5, -0.8], [0.9, 0.4]])  # its eigenvalues are a pair of complex numbers

RICCATI = [linalg.solve_continuous_are, linalg.solve_discrete_are]


def hermitian(x: Any) -> Any:
    """SciPy takes no other q and r."""
    return x + np.conj(x.mT)


CASES = [
    # a x + x b = q
    *(case(linalg.solve_sylvester, a, b, q) for a, b, q in [
        (TURN, normal(3, 3) + 3 * np.eye(3), normal(2, 3)), (rotated(2, 2), rotated(1, 1), rotated(2, 1)),
        (TURN, normal(1, 1) + 2, rotated(2, 1)), (TURN, rotated(1, 1), normal(2, 1)),
        (normal(2, 2, 2) + 3 * np.eye(2), normal(1, 1) ** 2, normal(2, 1)),
        (TURN, reversed_columns(TURN), normal(2, 1, 2, 2)), (normal(0, 0), normal(2, 2), normal(0, 2))]),
    case(linalg.solve_sylvester, TURN, f=lambda a: linalg.solve_sylvester(a, a @ a.T, a), label="of one matrix"),

    # a x + x a^H = q
    *(case(linalg.solve_continuous_lyapunov, a, q) for a, q in [
        (TURN, normal(2, 2)), (rotated(2, 2), rotated(2, 2)), (TURN, rotated(2, 2)), (rotated(1, 1), normal(1, 1)),
        (np.stack([TURN, 2 * TURN.T]), reversed_columns(normal(2, 2))), (normal(0, 0), normal(0, 0))]),

    # x - a x a^H = q
    *(case(linalg.solve_discrete_lyapunov, a, q, method=method) for method in ("direct", "bilinear")
      for a, q in [(TURN / 2, normal(2, 2)), (rotated(2, 2) / 3, rotated(2, 2)), (TURN / 2, rotated(2, 2))]),
    case(linalg.solve_discrete_lyapunov, np.stack([TURN, -TURN.T]) / 2, normal(2, 2)),

    # Riccati's
    *(case(fn, a, b, f=lambda a, b, fn=fn: fn(a, b, np.eye(2), np.eye(1), balanced=False)) for fn in RICCATI
      for a, b in [(TURN, normal(2, 1)), (TURN + 0.3j, rotated(2, 1)), (np.stack([TURN, TURN.T]), normal(2, 1))]),
    *(case(fn, np.eye(2), np.eye(1), label="hermitian",
           f=lambda q, r, fn=fn: fn(TURN, np.ones((2, 1)), hermitian(q), hermitian(r))) for fn in RICCATI),
    *(case(fn, np.eye(2) + 0.2 * rotated(2, 2), 0.2 * rotated(2, 1), label="general",
           f=lambda e, s, fn=fn: fn(TURN, np.ones((2, 1)), np.eye(2), np.eye(1), e, s)) for fn in RICCATI),
    *(case(fn, *([x] * 5), 0.1 * x, label="all",
           f=lambda a, b, q, r, e, s, fn=fn: fn(a, b, hermitian(q), hermitian(r), e, s)) for fn in RICCATI
      for x in [np.abs(normal(1, 1)) + 0.5]),
    *(case(fn, reversed_columns(TURN), 0.1 * normal(2, 2), label="s alone",
           f=lambda a, s, fn=fn: fn(a, np.eye(2), np.eye(2), np.eye(2), s=s)) for fn in RICCATI),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c)])


@pytest.mark.parametrize("dtype", ["float32", "complex64", "float64"])
def test_the_values_and_dtypes_are_scipys(dtype: str) -> None:
    a, q = (np.stack([TURN, TURN.T]) * 5).astype(dtype), (normal(2, 2) * 3).astype(dtype)
    for fn in (linalg.solve_continuous_lyapunov, linalg.solve_discrete_lyapunov):
        assert_same_values(fn, [a, q], [getattr(scipy.linalg, fn.__name__)(a, q)])
    for fn in RICCATI:
        others = [np.ones((2, 1), dtype), np.eye(2, dtype=dtype), np.eye(1, dtype=dtype)]
        assert_same_values(fn, [a, *others], [getattr(scipy.linalg, fn.__name__)(a, *others)])
    assert_same_values(linalg.solve_sylvester, [a, a.mT, q], [scipy.linalg.solve_sylvester(a, a.mT, q)])


def test_real_and_complex_arrays_together_solve_the_equation() -> None:
    """Which SciPy (1.17) gets wrong, in silence; here all are made complex before it gets them."""
    a, b, q = TURN, normal(3, 3) + 3 * np.eye(3), normal(2, 3) + 1j * normal(2, 3)
    for x, y, z in [(a, b, q), (a, b + 0j, q.real), (a + 0j, b, q.real)]:
        solution = linalg.solve_sylvester(x, y, z)
        np.testing.assert_allclose(x @ solution + solution @ y, z, atol=1e-12)
    q = normal(2, 2) * 1j
    x = linalg.solve_continuous_lyapunov(a, q)
    np.testing.assert_allclose(a @ x + x @ a.T, q, atol=1e-12)
    x = linalg.solve_discrete_lyapunov(a / 2, q, "bilinear")
    np.testing.assert_allclose(x - a @ x @ a.T / 4, q, atol=1e-12)


def test_the_cost_of_a_feedback_is_least_where_its_gradient_is_0() -> None:
    """The cost is that of x' = (a - b k) x + noise, at rest; the best k is the one that Riccati's equation gives."""
    a, b = np.array([[0.0, 1.0], [0.5, -0.2]]), np.array([[0.0], [1.0]])

    def cost(k: Any) -> Any:
        closed = a - b @ k
        covariance = linalg.solve_continuous_lyapunov(closed, -np.eye(2))
        return np.trace((np.eye(2) + k.T @ k) @ covariance)

    best = b.T @ scipy.linalg.solve_continuous_are(a, b, np.eye(2), np.eye(1))
    np.testing.assert_allclose(ag.grad(cost)(best), 0, atol=1e-12)
    assert np.all(np.linalg.eigvalsh(ag.hessian(cost)(best)[0, :, 0, :]) > 0)


@pytest.mark.parametrize("fn", RICCATI)
def test_the_gradients_of_hermitian_matrices_are_hermitian(fn: Any) -> None:
    gq, gr = ag.grad(lambda q, r: np.sum(fn(TURN, normal(2, 2), q, r) * normal(2, 2)), argnums=(0, 1))(
        np.eye(2), np.eye(2)
    )
    assert np.any(gq)
    for gx in (gq, gr):
        np.testing.assert_allclose(gx, gx.T, atol=1e-12)


def test_a_compiled_solution_gives_the_same_bits() -> None:
    def f(a: Any, q: Any) -> Any:
        x = linalg.solve_continuous_are(a, np.ones((3, 1)), np.eye(3), np.eye(1))
        return np.sum(linalg.solve_sylvester(a, a.T, q) * linalg.solve_discrete_lyapunov(a / 9, q) + x)

    step = ag.compile(ag.grad(f, argnums=(0, 1)))
    for _ in range(3):
        a, q = normal(3, 3) + 3 * np.eye(3), normal(3, 3)
        for actual, expected in zip(step(a, q), ag.grad(f, argnums=(0, 1))(a, q), strict=True):
            np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: linalg.solve_discrete_lyapunov(t, t, "best"), ValueError, "Unknown solver best"),
    (lambda t: linalg.solve_continuous_lyapunov(t, t[:1]), ValueError, "square"),
    (lambda t: linalg.solve_continuous_are(t, t, t, t), ValueError, "symmetric"),
    (lambda t: scipy.linalg.solve_discrete_are(t, t, t, t), TypeError, r"use autograd\.scipy\.linalg\.solve_disc"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(TURN, requires_grad=True))
