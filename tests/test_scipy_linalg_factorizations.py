"""Factorizations by scipy.linalg: values against SciPy's, gradients against differences."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from numeric import case, has_complex, judged, normal, rotated

import autograd as ag
from autograd.scipy import linalg

EYE = 3 * np.eye(3)
FULL, COMPLEX = normal(3, 3) + EYE, rotated(3, 3) + EYE
STACK = np.stack([FULL, FULL[::-1]])  # the second exchanges rows
B = normal(3, 2)

CASES = [
    *(case(linalg.cholesky, a, lower=lower) for a in (FULL, COMPLEX, np.stack([FULL, 2 * FULL]))
      for lower in (False, True)),
    case(linalg.cholesky, normal(0, 0)),
    *(case(linalg.cholesky, FULL, b, f=lambda a, b, lower=lower: linalg.cho_solve(linalg.cho_factor(a, lower), b),
           label=f"solve-{lower}") for b in (normal(3), B) for lower in (False, True)),
    case(linalg.cholesky, COMPLEX, rotated(3), f=lambda a, b: linalg.cho_solve(linalg.cho_factor(a), b), label="solve"),

    *(case(linalg.lu_factor, a, f=lambda a: linalg.lu_factor(a)[0]) for a in (
        FULL, FULL[::-1].copy(), rotated(3, 3), STACK, normal(1, 1), normal(0, 0))),
    *(case(linalg.lu_factor, a, b, f=lambda a, b, trans=trans: linalg.lu_solve(linalg.lu_factor(a), b, trans),
           label=f"solve-{trans}") for a, b in [(FULL[::-1].copy(), normal(3)), (STACK[1] + 1j * FULL, rotated(3, 2))]
      for trans in (0, 1, 2)),
    *(case(linalg.lu_factor, FULL[[1, 2, 0]], label=str(options),
           f=lambda a, options=options: linalg.lu(a, **options)[-2:])
      for options in ({}, {"permute_l": True}, {"p_indices": True})),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c)])


@pytest.mark.parametrize(
    "a", [FULL, FULL[[1, 2, 0]], COMPLEX[::-1], STACK, normal(4, 2), normal(2, 4), normal(0, 0)], ids=np.shape
)
def test_lu_is_scipys(a: Any) -> None:
    for options in ({}, {"permute_l": True}, {"p_indices": True}):
        for mine, scipys in zip(linalg.lu(ag.Tensor(a), **options), scipy.linalg.lu(a, **options), strict=True):
            np.testing.assert_allclose(np.asarray(mine), scipys, atol=1e-14)
    for mine, scipys in zip(linalg.lu_factor(a), scipy.linalg.lu_factor(a), strict=True):
        np.testing.assert_array_equal(mine, scipys)


@pytest.mark.parametrize(("lower", "trans"), [*itertools.product([False, True], [0, 1, 2])])
def test_solutions_are_scipys(lower: bool, trans: int) -> None:
    a = COMPLEX[::-1]
    expected = scipy.linalg.lu_solve(scipy.linalg.lu_factor(a), B, trans)
    np.testing.assert_allclose(linalg.lu_solve(linalg.lu_factor(a), B, trans), expected)
    np.testing.assert_allclose(linalg.lu_solve(scipy.linalg.lu_factor(a), ag.Tensor(B), trans).data, expected)
    expected = scipy.linalg.cho_solve(scipy.linalg.cho_factor(COMPLEX, lower), B)
    np.testing.assert_allclose(linalg.cho_solve(linalg.cho_factor(COMPLEX, lower), B), expected)
    np.testing.assert_allclose(linalg.cho_solve(scipy.linalg.cho_factor(COMPLEX, lower), ag.Tensor(B)).data, expected)


def test_a_rectangle_is_refused_going_back() -> None:
    x = normal(4, 2)
    a = ag.Tensor(x.copy(), requires_grad=True)
    packed, _ = linalg.lu_factor(a)
    with pytest.raises(ValueError, match=r"matrix of shape \(4, 2\), and is known of square ones; take"):
        np.sum(packed).backward()
    for call in (lambda: linalg.cholesky(a.data.T @ a, overwrite_a=True), lambda: linalg.lu_factor(a, True)):
        call()
    np.testing.assert_array_equal(a.data, x)


def test_factors_are_compiled() -> None:
    f = lambda a: np.sum(linalg.lu_solve(linalg.lu_factor(a), B) * linalg.cho_solve(linalg.cho_factor(a), B))
    np.testing.assert_array_equal(ag.compile(ag.grad(f))(FULL), ag.grad(f)(FULL))
