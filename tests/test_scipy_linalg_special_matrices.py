"""SciPy's special matrices against differences: shapes, stacks, dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import assert_same_values, case, has_complex, judged, normal, reversed_columns, rotated, spaced

import autograd as ag
from autograd.scipy import linalg
from autograd.scipy.linalg.special_matrices import diagonal_blocks

CASES = [
    *(case(fn, *xs) for fn in (linalg.toeplitz, linalg.hankel) for xs in [
        (normal(3),), (normal(2), normal(4)), (normal(3), rotated(2)), (rotated(3),), (normal(1),), (normal(0),)]),
    case(linalg.toeplitz, normal(2, 3)),
    case(linalg.toeplitz, normal(2, 1, 3), normal(2, 2)),
    case(linalg.toeplitz, normal(), label="a number"),
    *(case(linalg.circulant, x) for x in (normal(3), rotated(3), normal(2, 2), normal(1), normal(0), normal(2, 2, 2))),
    *(case(linalg.convolution_matrix, x, n=n, mode=mode) for mode in ("full", "same", "valid")
      for x, n in [(normal(3), 2), (rotated(2), 4), (normal(2, 3), 3)]),
    *(case(linalg.leslie, f, s) for f, s in [
        (normal(3), normal(2)), (rotated(2), normal(1)), (normal(2, 3), normal(2)),
        (normal(3), reversed_columns(normal(2, 2)))]),
    *(case(fn, x) for fn in (linalg.companion, linalg.fiedler_companion) for x in (
        normal(5) + 2, rotated(4), np.abs(normal(2, 4)) + 1, normal(2) + 2, normal(6) + 2)),
    *(case(linalg.fiedler, x) for x in (spaced(3), spaced(2, 3), normal(1), normal(0), rotated(2))),
    *(case(linalg.khatri_rao, a, b) for a, b in [
        (normal(2, 3), normal(1, 3)), (rotated(2, 2), normal(3, 2)), (normal(2, 1, 2), reversed_columns(normal(2, 2))),
        (normal(0, 2), normal(2, 2))]),
    *(case(diagonal_blocks, *xs, f=linalg.block_diag) for xs in [
        (normal(2, 1), normal(1, 3)), (normal(2, 2), rotated(1, 2)), (normal(2), normal(), normal(1, 1)),
        (normal(2, 1, 2), normal(3, 1, 1, 1)), (reversed_columns(normal(2, 2)),), (normal(0, 2), normal(1, 0))]),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_the_values_and_dtypes_are_scipys(case: Any) -> None:
    name = getattr(case.f, "func", case.f).__name__
    options = getattr(case.f, "keywords", {})
    for dtype in (None, np.float32):
        inputs = [x if dtype is None or x.dtype.kind == "c" else x.astype(dtype) for x in case.inputs]
        assert_same_values(case.f, inputs, [getattr(scipy.linalg, name)(*inputs, **options)])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), st.integers(1, 5), st.sampled_from(["full", "same", "valid"]))
def test_vectors_of_any_length(m: int, n: int, count: int, mode: str) -> None:
    """Each matrix is linear in its elements: its gradient, of weights, is their sum over the places of an element."""
    for fn, xs in [(linalg.toeplitz, (normal(m), normal(n))), (linalg.hankel, (normal(m), normal(n))),
                   (linalg.circulant, (normal(m),)),
                   (lambda a: linalg.convolution_matrix(a, count, mode), (normal(m + 1),))]:  # fmt: skip
        g = normal(*fn(*xs).shape)
        leaves = [ag.Tensor(x, requires_grad=True) for x in xs]
        fn(*leaves).backward(g)
        for k, (x, leaf) in enumerate(zip(xs, leaves, strict=True)):
            units = [[e if j == k else 0 * other for j, other in enumerate(xs)] for e in np.eye(len(x))]
            assert leaf.grad is not None
            np.testing.assert_allclose(leaf.grad.data, [np.sum(g * fn(*unit)) for unit in units], atol=1e-12)


@pytest.mark.filterwarnings("ignore:Beginning in SciPy:FutureWarning")
def test_hankel_takes_the_elements_of_all_rows_where_scipy_does() -> None:
    x = normal(2, 2)
    g = normal(*scipy.linalg.hankel(x).shape)
    gx = ag.grad(lambda x: np.sum(linalg.hankel(x) * g))(x)
    flat = ag.grad(lambda x: np.sum(linalg.hankel(x) * g))(x.ravel()) if g.ndim == 2 else gx
    np.testing.assert_array_equal(gx.ravel(), flat.ravel())


def test_a_covariance_is_fitted() -> None:
    """The two numbers of a Toeplitz covariance, by descending along the likelihood of what was drawn from it."""
    x = np.linalg.cholesky(scipy.linalg.toeplitz([2.0, 0.7, 0, 0])) @ normal(4, 500)
    seen = x @ x.T / 500

    def loss(c: Any) -> Any:
        covariance = linalg.toeplitz(np.concatenate([c, np.zeros(2)]))
        return np.linalg.slogdet(covariance)[1] + np.trace(np.linalg.solve(covariance, seen))

    c = np.array([1.0, 0.0])
    for _ in range(9):
        c = c - np.linalg.solve(ag.hessian(loss)(c), ag.grad(loss)(c))
    np.testing.assert_allclose(ag.grad(loss)(c), 0, atol=1e-6)
    np.testing.assert_allclose(c, [2.0, 0.7], atol=0.2)


def test_compiled_matrices_give_the_same_bits() -> None:
    def f(c: Any, r: Any) -> Any:
        y = linalg.block_diag(linalg.toeplitz(c, r), linalg.companion(c), r) @ np.ones(8)
        return np.sum(y * y) + np.sum(np.sin(linalg.khatri_rao(linalg.circulant(c), linalg.hankel(c, r))))

    step = ag.compile(ag.grad(f, argnums=(0, 1)))
    for _ in range(3):
        c, r = normal(3), normal(3)
        for actual, expected in zip(step(c, r), ag.grad(f, argnums=(0, 1))(c, r), strict=True):
            np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: linalg.companion(t[:1]), ValueError, "at least 2"),
    (lambda t: linalg.companion(0 * t), ValueError, "must not be zero"),
    (lambda t: linalg.leslie(t, t), ValueError, "one less than"),
    (lambda t: linalg.convolution_matrix(t, 0), ValueError, "positive"),
    (lambda t: linalg.khatri_rao(t, t), ValueError, "2-dimensional"),
    (lambda t: scipy.linalg.toeplitz(t), TypeError, r"use autograd\.scipy\.linalg\.toeplitz,"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones(3), requires_grad=True))
