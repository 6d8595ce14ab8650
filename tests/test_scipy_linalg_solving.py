"""Equations, inverses and determinants by scipy.linalg: values against SciPy's, gradients against differences."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from numeric import case, has_complex, judged, normal, reversed_columns, rotated

import autograd as ag
from autograd.scipy import linalg

EYE = 3 * np.eye(3)
FULL, COMPLEX = normal(3, 3) + EYE, rotated(3, 3) + EYE
STACK, B = np.stack([FULL, FULL.T]), normal(3, 2)
KINDS = ["gen", "sym", "her", "pos", "diagonal", "tridiagonal", "upper triangular", "lower triangular", None]

CASES = [
    *(case(linalg.solve, FULL, normal(3), assume_a=kind) for kind in KINDS),
    *(case(linalg.solve, FULL, normal(3, 2), assume_a=kind, lower=True) for kind in ("sym", "pos")),
    *(case(linalg.solve, COMPLEX, rotated(3, 2), assume_a=kind, lower=lower) for kind in ("gen", "sym", "her")
      for lower in (False, True)),
    case(linalg.solve, FULL, rotated(3)), case(linalg.solve, COMPLEX, normal(3)),
    *(case(linalg.solve, FULL, normal(3, 1), transposed=True, assume_a=kind) for kind in ("gen", "upper triangular")),
    case(linalg.solve, STACK, normal(3)), case(linalg.solve, FULL, normal(2, 3, 2)),
    case(linalg.solve, STACK, normal(2, 3, 1)), case(linalg.solve, reversed_columns(FULL), reversed_columns(B)),
    case(linalg.solve, normal(0, 0), normal(0, 2)), case(linalg.solve, normal(1, 1) + 2, normal(1)),

    *(case(linalg.solve_triangular, FULL, normal(3), trans=trans, lower=lower, unit_diagonal=unit)
      for trans, lower, unit in itertools.product([0, 1, "T", 2], [False, True], [False, True])),
    *(case(linalg.solve_triangular, COMPLEX, rotated(3, 2), trans=trans, lower=lower)
      for trans, lower in itertools.product(["N", "T", "C"], [False, True])),
    case(linalg.solve_triangular, STACK, normal(3, 2)), case(linalg.solve_triangular, FULL, normal(2, 3, 1)),
    case(linalg.solve_triangular, normal(0, 0), normal(0)),

    *(case(linalg.inv, FULL, assume_a=kind) for kind in ("gen", "sym", "pos", "upper triangular", None)),
    case(linalg.inv, COMPLEX, assume_a="her", lower=True), case(linalg.inv, COMPLEX), case(linalg.inv, STACK),

    case(linalg.det, FULL), case(linalg.det, COMPLEX), case(linalg.det, STACK), case(linalg.det, np.ones((2, 2))),

    *(case(linalg.lstsq, a, b, f=lambda a, b: linalg.lstsq(a, b)[0]) for a, b in [
        (normal(4, 2), normal(4)), (normal(2, 4), normal(2, 2)), (rotated(3, 2), rotated(3, 1))]),
    case(linalg.lstsq, normal(4, 2), normal(4, 2), f=lambda a, b: linalg.lstsq(a, b)[1], label="residual"),
]  # fmt: skip

test_gradients, test_float32 = judged(CASES, [c for c in CASES if not has_complex(c)])


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.label)
def test_values_are_scipys(one: Any) -> None:
    fn = getattr(scipy.linalg, one.fn.__name__)
    options = getattr(one.f, "keywords", {})
    expected = fn(*one.inputs, **options)
    actual = one.fn(*map(ag.Tensor, one.inputs), **options)
    for mine, scipys in zip(*([x] if not isinstance(x, tuple) else x for x in (actual, expected)), strict=True):
        np.testing.assert_array_equal(mine, scipys)
        assert np.asarray(mine).dtype == np.asarray(scipys).dtype


def test_nothing_is_overwritten() -> None:
    a, b = ag.Tensor(np.asfortranarray(FULL), requires_grad=True), ag.Tensor(B[:, 0].copy(), requires_grad=True)
    for x in (
        linalg.solve(a, b, overwrite_a=True, overwrite_b=True), linalg.solve(a, b, False, True, True),
        linalg.solve_triangular(a, b, 0, False, False, True), linalg.inv(a, True), linalg.det(a, overwrite_a=True),
        linalg.lstsq(a, b, None, True, True)[0],
    ):  # fmt: skip
        np.sum(x).backward()
    np.testing.assert_array_equal(a.data, FULL)
    np.testing.assert_array_equal(b.data, B[:, 0])


def test_scipys_errors_are_its_own() -> None:
    a = ag.Tensor(FULL, requires_grad=True)
    with pytest.raises(ValueError, match="infs or NaNs"):
        linalg.solve(a, np.array([1.0, np.nan, 0.0]))
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        linalg.solve_triangular(np.zeros((3, 3)), a)
    with pytest.raises(ValueError, match="not a recognized"):
        linalg.solve(a, a, assume_a="positive")


def test_a_solution_is_compiled() -> None:
    gradient = ag.grad(lambda a: np.sum(np.sin(linalg.solve(a, B, assume_a="pos"))))
    np.testing.assert_array_equal(ag.compile(gradient)(FULL), gradient(FULL))


def test_banded_equations() -> None:
    ab, b = np.array([[9.0, 1, 2, 0.5], [4, 5, 6, 5], [1, -1, 2, 9], [0.5, 1, 9, 9]]), np.arange(8.0).reshape(4, 2)
    for right in (b, b[:, 0]):
        expected = scipy.linalg.solve_banded((2, 1), ab, right)
        np.testing.assert_array_equal(linalg.solve_banded((2, 1), ab, right), expected)
        found = linalg.solve_banded((2, 1), ag.Tensor(ab, requires_grad=True), right)
        np.testing.assert_allclose(found.data, expected)
        ag.assert_gradients(lambda ab, b: linalg.solve_banded((2, 1), ab, b), ab, right, order=2)
    with pytest.raises(ValueError, match=r"given 4 diagonals for \(1, 1\); give 3"):
        linalg.solve_banded((1, 1), ag.Tensor(ab, requires_grad=True), b)
