"""Solutions with a sparse constant, against differences, and against dense ones."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.sparse.linalg
from numeric import assert_same_values, case, has_complex, judged, normal, reversed_columns, rotated
from scipy import sparse

import autograd as ag
from autograd.scipy.sparse import linalg

DENSE = np.array([[3.0, 0.5, 0.0], [-0.4, 2.0, 0.7], [0.0, 0.3, 2.5]])
A: Any = sparse.csr_array(DENSE)
SYMMETRIC: Any = sparse.csr_array(DENSE + DENSE.T)
HERMITIAN: Any = SYMMETRIC + 0.5j * (A - A.T)
LOWER: Any = sparse.csc_array(np.tril(DENSE.T))
COMPLEX: Any = A + 1j * LOWER

OF_ANY = [linalg.gmres, linalg.bicg, linalg.bicgstab, linalg.cgs]
ITERATIVE = [linalg.cg, linalg.minres, *OF_ANY]
RTOL = 1e-13


def solution(fn: Any, matrix: Any, **options: Any) -> Any:
    """That of an iterative method; `info` has no gradient."""
    return lambda b: fn(matrix, b, **{"rtol": RTOL, **options})[0] * 1


def jacobi(matrix: Any) -> Any:
    """The preconditioner by the diagonal, which is no symmetric one here."""
    return sparse.diags_array(1 / matrix.diagonal()) + 0.01 * sparse.eye_array(3, k=1)


CASES = [
    # By elimination
    *(case(linalg.spsolve, b, f=partial(linalg.spsolve, A))
      for b in (normal(3), normal(3, 1), rotated(3), reversed_columns(normal(3, 2)))),
    case(linalg.spsolve, normal(3), f=partial(linalg.spsolve, A.tocsc()), label="csc"),
    case(linalg.spsolve, rotated(3), f=partial(linalg.spsolve, COMPLEX), label="complex"),
    case(linalg.spsolve, normal(1), f=lambda b: linalg.spsolve(sparse.csr_array([[2.0]]), b)),
    case(linalg.spsolve, normal(3), f=lambda b: linalg.spsolve(A, b, "NATURAL", use_umfpack=False), label="options"),
    *(case(linalg.spsolve_triangular, b, label=f"lower={lower}, unit={unit}",
           f=lambda b, t=t, lower=lower, unit=unit: linalg.spsolve_triangular(t, b, lower, unit_diagonal=unit))
      for t, lower, unit, b in [
          (LOWER, True, False, normal(3)), (LOWER.T, False, True, normal(3)), (LOWER.tocsr(), True, True, normal(3, 1)),
          (LOWER.T, False, False, rotated(3)), (LOWER * 1j, True, False, rotated(3))]),
    *(case(linalg.expm_multiply, b, f=lambda b, m=m: linalg.expm_multiply(m, b))
      for m, b in [(A, normal(3)), (A, normal(3, 2)), (COMPLEX, rotated(3))]),

    # By iteration
    *(case(fn, b, f=solution(fn, SYMMETRIC), label="symmetric") for fn in ITERATIVE for b in (normal(3), normal(3, 1))),
    *(case(fn, b, f=solution(fn, matrix), label=label) for fn in OF_ANY for label, matrix, b in [
        ("", A, normal(3)), ("complex", COMPLEX, rotated(3)), ("dense", DENSE, normal(3)),
        ("real", A, rotated(3))]),
    *(case(linalg.cg, b, f=solution(linalg.cg, HERMITIAN), label="Hermitian") for b in (normal(3), rotated(3))),
    case(linalg.minres, normal(3), f=solution(linalg.minres, SYMMETRIC, shift=0.7), label="shifted"),
    case(linalg.gmres, normal(3), f=solution(linalg.gmres, A, restart=2, maxiter=50), label="restarted"),
    *(case(fn, normal(3), f=solution(fn, A, M=jacobi(A), x0=np.ones(3)), label="preconditioned") for fn in OF_ANY),
    case(linalg.cg, normal(3), f=solution(linalg.cg, SYMMETRIC, M=sparse.diags_array([0.2, 0.3, 0.2])),
         label="preconditioned"),
    case(linalg.converged, normal(3), f=lambda x: linalg.converged(x, 0, "cg")),
]  # fmt: skip

DIRECT = [linalg.spsolve, linalg.spsolve_triangular, linalg.expm_multiply]

test_gradients, test_float32 = judged(CASES, [c for c in CASES if c.fn in DIRECT and not has_complex(c)
                                              and "complex" not in c.label])  # fmt: skip


@pytest.mark.parametrize("fn", ITERATIVE)
def test_float32_of_iterative_methods(fn: Any) -> None:
    b = ag.Tensor(normal(3).astype(np.float32), requires_grad=True)
    x, info = fn(SYMMETRIC.astype(np.float32), b, rtol=1e-6)
    x.sum().backward()
    assert (x.dtype, info) == (np.float64 if fn is linalg.minres else np.float32, 0)  # as SciPy has it
    assert b.grad is not None
    assert b.grad.dtype == np.float32
    np.testing.assert_allclose(b.grad.data, np.linalg.solve(SYMMETRIC.toarray(), np.ones(3)), rtol=1e-4)


# -- values, and what is given to SciPy --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "complex64", "float64"])
def test_the_values_and_dtypes_are_scipys(dtype: str) -> None:
    matrix, b = SYMMETRIC.astype(dtype), normal(3).astype(dtype)
    for fn in ITERATIVE:
        plain = getattr(scipy.sparse.linalg, fn.__name__)
        if dtype == "complex64" and fn is linalg.minres:
            continue  # which is for real matrices
        x, info = plain(matrix, b, rtol=1e-6)
        assert_same_values(lambda b, fn=fn: fn(matrix, b, rtol=1e-6)[0], [b], [x])
        assert fn(matrix, ag.Tensor(b, requires_grad=True), rtol=1e-6)[1] == info == 0
    for direct in DIRECT:
        matrix = LOWER.astype(dtype)
        assert_same_values(partial(direct, matrix), [b], [getattr(scipy.sparse.linalg, direct.__name__)(matrix, b)])


@pytest.mark.parametrize("form", ["coo", "lil", "bsr", "dia"])
@pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning")
def test_any_format(form: str) -> None:
    b, expected = normal(3), np.linalg.solve(DENSE.T, np.arange(3.0))
    for fn in (linalg.spsolve, *(lambda a, b, fn=fn: fn(a, b, rtol=1e-12)[0] for fn in OF_ANY)):
        np.testing.assert_allclose(ag.grad(lambda b, fn=fn: fn(A.asformat(form), b) @ np.arange(3.0))(b), expected)


def test_an_operator_in_place_of_a_matrix() -> None:
    """Of one for a method of Hermitian ones, A^T need not be known; others ask for it."""
    b, g = normal(3), np.arange(3.0)
    operator = scipy.sparse.linalg.LinearOperator((3, 3), matvec=lambda x: SYMMETRIC @ x, dtype=float)
    gb = ag.grad(lambda b: linalg.cg(operator, b, rtol=1e-13)[0] @ g)(b)
    np.testing.assert_allclose(gb, np.linalg.solve(SYMMETRIC.toarray(), g))
    whole = scipy.sparse.linalg.LinearOperator((3, 3), matvec=lambda x: A @ x, rmatvec=lambda x: A.T @ x, dtype=float)
    for fn in OF_ANY:
        gb = ag.grad(
            lambda b, fn=fn: fn(whole, b, rtol=1e-13, M=scipy.sparse.linalg.aslinearoperator(jacobi(A)))[0] @ g
        )(b)
        np.testing.assert_allclose(gb, np.linalg.solve(DENSE.T, g))


def test_the_callback_is_the_users_alone() -> None:
    """It is called for the solution, and not for the gradient."""
    seen: list[Any] = []
    t = ag.Tensor(normal(3), requires_grad=True)
    x, info = linalg.cg(SYMMETRIC, t, x0=np.ones(3), callback=lambda x: seen.append(x.copy()))
    count = len(seen)
    x.sum().backward()
    assert (count, len(seen), info) == (3, 3, 0)
    np.testing.assert_allclose(seen[-1], x.data)


@pytest.mark.parametrize(("fn", "name"), [(linalg.cg, "cg"), (partial(linalg.gmres, restart=1), "gmres")])
def test_a_gradient_that_does_not_converge_is_warned_of(fn: Any, name: str) -> None:
    t = ag.Tensor(normal(3), requires_grad=True)
    x, info = fn(SYMMETRIC, t, maxiter=1)
    assert info == 1
    with pytest.warns(RuntimeWarning, match=rf"^{name} solved for a gradient, .*\(info=1\).*raise maxiter"):
        x.sum().backward()


def test_nothing_is_overwritten() -> None:
    matrix, b = LOWER.copy(), normal(3)
    given = matrix.toarray(), b.copy()
    t = ag.Tensor(b, requires_grad=True)
    linalg.spsolve_triangular(matrix, t, overwrite_A=True, overwrite_b=True).sum().backward()
    np.testing.assert_array_equal(matrix.toarray(), given[0])
    np.testing.assert_array_equal(b, given[1])


# -- used --------------------------------------------------------------------------------------------------------------


def test_a_source_of_heat_is_found() -> None:
    """From the temperatures that it makes, by the equation of Poisson on a line of 20 points."""
    laplacian = sparse.diags_array([np.full(19, -1.0), np.full(20, 2.0), np.full(19, -1.0)], offsets=[-1, 0, 1]).tocsr()
    source = np.exp(-((np.arange(20) - 6.0) ** 2) / 8)
    seen = scipy.sparse.linalg.spsolve(laplacian, source)
    for solve in (linalg.spsolve, lambda a, b: linalg.cg(a, b, rtol=1e-12)[0]):
        loss = lambda b, solve=solve: np.sum((solve(laplacian, b) - seen) ** 2)
        b = np.zeros(20)
        b = b - np.linalg.solve(ag.hessian(loss)(b), ag.grad(loss)(b))  # one step of Newton's, as it is quadratic
        np.testing.assert_allclose(b, source, atol=1e-6)


def test_compiled_solutions_give_the_same_bits() -> None:
    f = lambda b: np.sum(linalg.spsolve(A, b) * linalg.cg(SYMMETRIC, b, rtol=1e-12)[0] * linalg.gmres(A, np.sin(b))[0])
    step = ag.compile(ag.grad(f))
    for _ in range(3):
        b = normal(3)
        np.testing.assert_array_equal(step(b), ag.grad(f)(b))


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: linalg.spsolve(t[:, None] * t, t), TypeError, r"spsolve was given .* option 'A', .*pass A=t.detach\(\)"),
    (lambda t: linalg.cg(t[:, None] * t, t), TypeError, r"cg was given a Tensor .* 'A', .*pass A=t.detach\(\)"),
    (lambda t: linalg.cg(A, t, x0=t), TypeError, r"'x0', through which no gradient"),
    (lambda t: linalg.gmres(A, t[:2]), ValueError, "incompatible"),
    (lambda t: linalg.spsolve(A, t[:2]), ValueError, "dimension mismatch"),
    (lambda t: linalg.expm_multiply(A, t, 0, 1, 3), TypeError, "start=0, which its rules do not know"),
    (lambda t: scipy.sparse.linalg.cg(A, t), TypeError, r"use autograd\.scipy\.sparse\.linalg\.cg,"),
    (lambda t: scipy.sparse.linalg.spsolve(A, t), TypeError, r"use autograd\.scipy\.sparse\.linalg\.spsolve,"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(3), requires_grad=True))


def test_a_detached_matrix_is_a_constant() -> None:
    gb = ag.grad(lambda b: np.sum(linalg.cg(ag.Tensor(SYMMETRIC.toarray()).detach(), b, rtol=1e-12)[0]))(normal(3))
    np.testing.assert_allclose(gb, np.linalg.solve(SYMMETRIC.toarray(), np.ones(3)))


def test_what_has_no_gradient_is_scipys() -> None:
    from autograd.scipy import sparse as ours

    assert ours.csr_array is sparse.csr_array
    assert linalg.splu is scipy.sparse.linalg.splu
    with pytest.raises(AttributeError, match="no_such"):
        _ = linalg.no_such
