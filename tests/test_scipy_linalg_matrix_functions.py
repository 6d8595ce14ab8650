"""SciPy's functions of matrices, against differences and against what they are in the basis of the eigenvectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import assert_same_values, case, has_complex, judged, normal, reversed_columns, rotated

import autograd as ag
from autograd.scipy import linalg
from autograd.scipy.linalg.matrix_functions import adjoint

ENTIRE = [linalg.expm, linalg.cosm, linalg.sinm, linalg.coshm, linalg.sinhm]
BY_BLOCKS = [*ENTIRE, linalg.tanm, linalg.tanhm]
CUT = [linalg.sqrtm, linalg.logm, linalg.signm]

NORMAL = np.array([[0.5, -0.3], [0.8, 0.2]])
POSITIVE = np.array([[2.0, 0.3], [-0.4, 1.5]])  # its eigenvalues are no real numbers
COMPLEX = POSITIVE + 0.4j * NORMAL
MIXED = np.array([[1.0, 0.5], [0.3, -2.0]])  # one eigenvalue is negative

CASES = [
    *(case(fn, x) for fn in BY_BLOCKS for x in (reversed_columns(NORMAL), COMPLEX / 2)),
    *(case(fn, normal(*shape) / 2) for fn in BY_BLOCKS for shape in ((2, 2, 2), (1, 1), (0, 0))),
    *(case(fn, np.array([[0.7, 0.7], [0.7, 0.7]]), label="singular") for fn in BY_BLOCKS),
    *(case(linalg.expm, normal(*shape), label="a number") for shape in ((), (1,))),
    *(case(linalg.expm, normal(*shape)) for shape in ((0, 2, 2), (2, 0, 0))),
    case(linalg.expm, np.triu(normal(3, 3)), label="triangular"),
    *(case(fn, x) for fn in CUT for x in (reversed_columns(POSITIVE), COMPLEX, rotated(1, 1), rotated(2, 1, 1))),
    case(linalg.sqrtm, np.stack([POSITIVE, POSITIVE.T])),
    *(case(fn, MIXED, label="with a negative eigenvalue") for fn in CUT),
    *(case(fn, np.diag([2.0, 2.0]), label="with two equal eigenvalues") for fn in CUT[:2]),
    *(case(linalg.sqrtm, normal(*shape)) for shape in ((0, 0), (0, 2, 2))),
    *(case(linalg.fractional_matrix_power, x, f=lambda x, t=t: linalg.fractional_matrix_power(x, t), label=f"{t}")
      for t, x in [(-1.3, POSITIVE), (0.4, COMPLEX), (2, np.stack([POSITIVE, np.diag([2.0, 1.0])])), (-1.0, POSITIVE)]),
    case(linalg.fractional_matrix_power, np.zeros((2, 2)), label="of a singular one",
         f=lambda x: linalg.fractional_matrix_power(x, 3)),
    case(linalg.fractional_matrix_power, MIXED, label="with a negative eigenvalue",
         f=lambda x: linalg.fractional_matrix_power(x, 0.4)),
]  # fmt: skip

# SciPy's logarithm of float32 is float64, and comes with a warning that it is only right to the digits of float32.
IN_FLOAT32 = [c for c in CASES if not has_complex(c) and c.fn is not linalg.logm and np.size(c.inputs[0])
              and "singular" not in c.label]  # fmt: skip

test_gradients, test_float32 = judged(CASES, IN_FLOAT32)


@pytest.mark.filterwarnings("ignore:logm result may be inaccurate")
def test_the_gradient_of_a_logarithm_of_float32() -> None:
    x = ag.Tensor(POSITIVE.astype(np.float32), requires_grad=True)
    linalg.logm(x).sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == np.float32
    expected = ag.grad(lambda x: np.sum(linalg.logm(x)))(POSITIVE)
    np.testing.assert_allclose(x.grad.data, expected, rtol=1e-5)


# -- against the eigenvectors ------------------------------------------------------------------------------------------

SCALAR = {"expm": np.exp, "cosm": np.cos, "sinm": np.sin, "coshm": np.cosh, "sinhm": np.sinh, "tanhm": np.tanh,
          "sqrtm": np.sqrt, "logm": np.log}  # fmt: skip
SLOPE = {"expm": np.exp, "cosm": lambda w: -np.sin(w), "sinm": np.cos, "coshm": np.sinh, "sinhm": np.cosh,
         "tanhm": lambda w: 1 / np.cosh(w) ** 2, "sqrtm": lambda w: w**-0.5 / 2, "logm": np.reciprocal}  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(SCALAR)), st.integers(1, 5), st.integers(0, 9), st.sampled_from([1e-9, 1.0, 1e12]),
       st.booleans())  # fmt: skip
def test_the_gradient_is_that_of_divided_differences(name: str, n: int, seed: int, size: float, equal: bool) -> None:
    """For symmetric matrices (Daleckii and Krein; Higham, theorem 3.11), for gradients of any size."""
    rng = np.random.default_rng(seed)
    w, v = rng.uniform(0.3, 2, n), np.linalg.qr(rng.normal(size=(n, n)))[0]
    w[: n // 2] = w[0] if equal else w[: n // 2]
    x, g = v * w @ v.T, rng.normal(size=(n, n)) * size
    near = np.abs(w[:, None] - w) < 1e-6
    differences = (SCALAR[name](w)[:, None] - SCALAR[name](w)) / np.where(near, 1, w[:, None] - w)
    differences = np.where(near, SLOPE[name]((w[:, None] + w) / 2), differences)
    t = ag.Tensor(x, requires_grad=True)
    getattr(linalg, name)(t).backward(g)
    assert t.grad is not None
    np.testing.assert_allclose(t.grad.data, v @ (differences * (v.T @ g @ v)) @ v.T, rtol=1e-9, atol=1e-9 * size)


@pytest.mark.parametrize("fn", CUT)
def test_equal_negative_eigenvalues_keep_to_one_side_of_the_cut(fn: Any) -> None:
    """Where the derivative of the block matrix is off: rounding puts its eigenvalues on both sides."""
    v = np.linalg.qr(np.arange(16.0).reshape(4, 4) ** 1.5 + np.eye(4))[0]
    x = v * [-1.0, -2.0, 1.5, 0.5] @ v.T
    root = (v.T @ scipy.linalg.sqrtm(x + 0j) @ v)[1, 1]
    expected = {linalg.sqrtm: np.conj(0.5 / root), linalg.logm: -0.5, linalg.signm: 0}[fn]
    g = np.outer(v[:, 1], v[:, 1])
    t = ag.Tensor(x + 0j, requires_grad=True)
    fn(t).backward(g)
    assert t.grad is not None
    np.testing.assert_allclose(v.T @ t.grad.data @ v, np.diag([0, expected, 0, 0]), atol=1e-10)


def test_the_adjoint_of_a_large_gradient_has_all_digits() -> None:
    """Without the scale, of a float32 tangent three would be lost."""
    a, g = (normal(3, 3) / 4).astype(np.float32), normal(3, 3).astype(np.float32)
    expected = adjoint(linalg.tanm, a.astype(float), g.astype(float))
    actual = adjoint(linalg.tanm, a, g * np.float32(2.0**40)) * np.float32(2.0**-40)
    np.testing.assert_allclose(actual, expected, atol=3e-5 * np.abs(expected).max())
    np.testing.assert_array_equal(adjoint(linalg.expm, a, 0 * g), 0 * g)


# -- values, dtypes, compiling -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "float32", "complex64", "float64"])
def test_the_values_and_dtypes_are_scipys(dtype: str) -> None:
    x = POSITIVE.astype(dtype)
    for fn in [*BY_BLOCKS, linalg.sqrtm, linalg.signm] if dtype != "float16" else ENTIRE:
        assert_same_values(fn, [x], [getattr(scipy.linalg, fn.__name__)(x)])


def test_the_derivative_of_an_exponential_flow() -> None:
    """d expm(t a) / dt = a expm(t a)."""
    slope = ag.jacobian(lambda t: linalg.expm(t * NORMAL))(0.7)
    np.testing.assert_allclose(slope, NORMAL @ scipy.linalg.expm(0.7 * NORMAL), rtol=1e-12)


def test_a_rotation_is_found() -> None:
    """The skew matrix whose exponential turns three points to where they were seen, by descending."""
    points, skew = normal(3, 5), np.array([0.3, -0.5, 0.4])

    def turn(v: Any) -> Any:
        zero = np.zeros_like(v[0])
        return linalg.expm(np.reshape(np.stack([zero, -v[2], v[1], v[2], zero, -v[0], -v[1], v[0], zero]), (3, 3)))

    seen = turn(skew) @ points
    v = ag.Tensor(np.zeros(3), requires_grad=True)
    optimizer = ag.optim.LBFGS([v])

    def loss() -> Any:
        optimizer.zero_grad()
        error = np.sum((turn(v) @ points - seen) ** 2)
        error.backward()
        return error

    for _ in range(3):
        optimizer.step(loss)
    np.testing.assert_allclose(v.data, skew, atol=1e-5)


def test_nothing_is_drawn_from_the_users_random_numbers() -> None:
    state = np.random.get_state()[1]
    f = lambda x: np.sum(np.real(linalg.logm(x) + linalg.fractional_matrix_power(x, 0.5)))
    ag.grad(f)(np.eye(4) + 0.1 * normal(4, 4))
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_a_compiled_exponential_gives_the_same_bits() -> None:
    f = lambda x: np.sum(linalg.expm(x @ x.T) * linalg.sqrtm(x @ x.T + np.eye(2)) - linalg.logm(x.T @ x + np.eye(2)))
    step = ag.compile(ag.grad(f))
    for _ in range(3):
        x = normal(2, 2)
        np.testing.assert_array_equal(step(x), ag.grad(f)(x))


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: linalg.sqrtm(t[0, 0]), ValueError, r"shape \(\), of which SciPy returns the exponential; "),
    (lambda t: linalg.sqrtm(t[0, :1]), ValueError, r"shape \(1,\), of which SciPy"),
    (lambda t: linalg.expm(t[:1]), np.linalg.LinAlgError, "square"),
    (lambda t: linalg.cosm(t[:1]), ValueError, "square"),
    (lambda t: linalg.logm(t, False), TypeError, "disp=False, which its rules do not know"),
    (lambda t: linalg.fractional_matrix_power(t, t[0, 0]), TypeError, "'t', through which no gradient is known"),
    (lambda t: scipy.linalg.expm(t), TypeError, r"use autograd\.scipy\.linalg\.expm,"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(POSITIVE, requires_grad=True))
