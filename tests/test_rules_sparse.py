"""`A @ t` and `t @ A` with a sparse constant of SciPy: against dense ones, to the second order, compiled."""

import subprocess
import sys
from functools import partial
from typing import Any

import numpy as np
import pytest
from numeric import case, check, judged, normal, reversed_columns, rotated
from scipy import sparse

import autograd as ag
from autograd.rules.sparse import sparse_matmul

DENSE = np.where(normal(4, 3) > 0, normal(4, 3), 0)
A: Any = sparse.csr_array(DENSE)
MATRICES: dict[str, Any] = {
    **{form: A.asformat(form) for form in ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")},
    "matrix": sparse.csr_matrix(A), "whole numbers": A.astype(int), "float32": A.astype(np.float32),
    "empty": sparse.csr_array((4, 3)), "no rows": sparse.csr_array((0, 3)),
}  # fmt: skip

LEFT, RIGHT = ((3,), (3, 2), (3, 1), (3, 0)), ((4,), (2, 4), (1, 4), (0, 4))

CASES = [
    *(case(sparse_matmul, normal(*shape), f=lambda x: A @ x, label="A @ x") for shape in LEFT),
    *(case(sparse_matmul, normal(*shape), f=lambda x: x @ A, label="x @ A") for shape in RIGHT),
    case(sparse_matmul, reversed_columns(normal(3, 2)), f=lambda x: A @ x),
    case(sparse_matmul, rotated(3), f=lambda x: A @ x),
    case(sparse_matmul, normal(3), f=lambda x: (A * 1j) @ x, label="complex matrix"),
    case(sparse_matmul, normal(3), f=lambda x: np.sin(A @ np.sin(x)) @ A, label="there and back"),
]

test_gradients, test_float32 = judged(CASES, [c for c in CASES if "complex" not in c.label])


@pytest.mark.parametrize("name", MATRICES)
def test_as_with_a_dense_one(name: str) -> None:
    matrix, dense = MATRICES[name], MATRICES[name].toarray()
    for x in (normal(3), normal(3, 2)):
        t = ag.Tensor(x, requires_grad=True)
        for y, expected in ((matrix @ t, dense @ x), (t.T @ matrix.T, x.T @ dense.T)):
            np.testing.assert_allclose(y.data, expected, rtol=1e-12)
            assert (type(y), type(y.data), y.dtype) == (ag.Tensor, np.ndarray, expected.dtype)
        check(partial(sparse_matmul, matrix=matrix), x)


def test_of_one_dimension() -> None:
    vector = sparse.coo_array(np.array([1.0, 0, 2]))
    for x in (normal(3), normal(3, 2)):
        check(lambda x: (vector @ x) * np.sum(x.T @ vector), x)
        np.testing.assert_allclose((vector @ ag.Tensor(x)).data, vector.toarray() @ x)


def test_the_dtype_is_scipys() -> None:
    single = A.astype(np.float32)
    for dtype in (np.float16, np.float32, np.float64):
        x = normal(3).astype(dtype)
        t = ag.Tensor(x, requires_grad=True)
        y = single @ t
        assert y.dtype == (single @ x).dtype
        y.sum().backward()
        assert t.grad is not None
        assert t.grad.dtype == dtype


def test_a_constant_stays_one() -> None:
    y = A @ ag.Tensor(normal(3))
    assert (type(y), y.node) == (ag.Tensor, None)
    with ag.no_grad():
        assert (A @ ag.Tensor(normal(3), requires_grad=True)).node is None


def test_shapes_that_do_not_fit() -> None:
    for call in (lambda t: A @ t, lambda t: A.T @ t[:2], lambda t: t[:3, None, None] @ A, lambda t: A @ t[0]):
        with pytest.raises(
            ValueError, match=r"sparse_matmul was given .* \(m, n\) and \(n,\) or \(n, k\) are expected"
        ):
            call(ag.Tensor(normal(4), requires_grad=True))


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csr_matrix])
@pytest.mark.parametrize("is_leaf", [True, False])
def test_other_operations_are_refused(make: Any, is_leaf: bool) -> None:
    matrix, t = make(DENSE), ag.Tensor(normal(4, 3), requires_grad=is_leaf)
    calls = [
        lambda: np.matmul(matrix, t.T), lambda: np.dot(t.T, matrix), lambda: np.multiply(t, matrix),
        lambda: np.stack([t, matrix]), lambda: matrix == t, lambda: t == matrix, lambda: t < matrix,
        lambda: ag.Tensor(matrix), lambda: t.at[0].set(matrix), lambda: t + matrix, lambda: t - matrix,
        lambda: matrix + t,
    ]  # fmt: skip
    if is_leaf or make is sparse.csr_matrix:  # SciPy multiplies a sparse array and what it can make an array of
        calls += [lambda: matrix * t, lambda: t * matrix]
    for call in calls:
        with pytest.raises(TypeError):
            call()
    with pytest.raises(TypeError, match=r"pass x\.toarray\(\)"):
        np.matmul(matrix, t.T)


def test_compiled() -> None:
    def loss(x: Any) -> Any:
        return np.sum(np.sin(A @ np.sin(x)) * (x @ A.T))

    for f in (ag.grad(loss), ag.hessian(loss)):
        program: Any = ag.compile(f)
        for x in (normal(3), normal(3), normal(3)):
            np.testing.assert_array_equal(program(x), f(x))
        assert "csr_array @ sin_x" in program.source


@pytest.mark.parametrize("make", [np.asarray, ag.Tensor])
def test_compiled_without_a_gradient(make: Any) -> None:
    """Of plain arrays, and of Tensors that are constants."""
    program: Any = ag.compile(lambda x: (A @ np.exp(x)) @ A + np.exp(x) @ A.T @ A)
    for x in (normal(3), normal(3), normal(3)):
        y = np.exp(x)
        np.testing.assert_array_equal(np.asarray(program(make(x))), (A @ y) @ A + y @ A.T @ A)


def test_compiled_with_a_matrix_of_the_old_kind() -> None:
    """Whose * is a product of matrices."""
    matrix: Any = sparse.csr_matrix(A)
    program: Any = ag.compile(lambda x: np.exp(matrix * x))
    for x in (normal(3), normal(3), normal(3)):
        np.testing.assert_array_equal(program(x), np.exp(matrix * x))


def test_what_gives_a_sparse_matrix_is_not_compiled() -> None:
    for f in (lambda x: x * A, lambda x: A * x, lambda x: A.multiply(x)):
        with pytest.raises(ag.TraceError, match=r"was to be made of|no array, of"):
            ag.compile(f)(normal(3))


def test_compiled_with_another_matrix() -> None:
    """As an argument, and as a variable outside that is given another value."""
    matrices = [A, A * 2.0]
    product: Any = ag.compile(ag.grad(lambda x, matrix: np.sum(np.exp(matrix @ x))))
    x = normal(3)
    for matrix in (*matrices, *matrices):
        np.testing.assert_allclose(product(x, matrix), matrix.T @ np.exp(matrix @ x), rtol=1e-13)


def test_scipy_is_not_imported_for_it() -> None:
    code = "import sys, autograd as ag; ag.Tensor([1.0]) @ [2.0]; assert 'scipy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
