"""The complex step: exact for every function on its list, and used for no other."""

import math
from typing import Any

import numpy as np
import pytest
from numeric import between, normal

from autograd._util.functions import name_of
from autograd.checking import gradcheck
from autograd.checking.analytic import ANALYTIC, complex_slope, is_analytic
from autograd.checking.arrays import quiet
from autograd.checking.subject import Subject
from autograd.rules.einsum import einsum
from autograd.rules.indexing import getitem

OPEN = (np.negative, np.positive, np.reciprocal, np.square, np.exp, np.exp2, np.expm1, np.sin, np.cos, np.tan,
        np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.sum, np.mean, np.prod, np.cumsum, np.cumprod, np.trace,
        np.diff, np.copy, np.linalg.inv, np.linalg.det, np.transpose, np.matrix_transpose, np.flip, np.rot90,
        np.diagonal, np.diag, np.triu, np.tril, np.squeeze)  # fmt: skip
POSITIVE = (np.sqrt, np.log, np.log2, np.log10, np.log1p)
BELOW_1 = (np.arcsin, np.arccos, np.arctanh)
PAIRS = (np.add, np.subtract, np.multiply, np.divide, np.matmul, np.dot, np.inner, np.outer, np.kron, np.linalg.solve)

CALLS: dict[Any, tuple[Any, ...]] = {
    **{fn: (fn, normal(3, 3)) for fn in OPEN},
    **{fn: (fn, between(0.2, 3, 3, 3)) for fn in POSITIVE},
    **{fn: (fn, between(-0.9, 0.9, 3, 3)) for fn in BELOW_1},
    np.arccosh: (np.arccosh, between(1.1, 3, 3)),
    **{fn: (fn, normal(3, 3), normal(3, 3)) for fn in PAIRS},
    np.power: (lambda a, b, c: np.power(a, b) + np.power(c, 3.0), between(0.2, 2, 3), normal(3), normal(3)),
    np.tensordot: (lambda a, b: np.tensordot(a, b, axes=1), normal(2, 3), normal(3, 2)),
    einsum: (lambda a, b: np.einsum("ij,jk->ki", a, b), normal(2, 3), normal(3, 2)),
    getitem: (lambda x: x[[0, 0, 2]], normal(3)),
    np.reshape: (lambda x: np.reshape(x, (3, 2)), normal(2, 3)),
    np.swapaxes: (lambda x: np.swapaxes(x, 0, 1), normal(2, 3)),
    np.moveaxis: (lambda x: np.moveaxis(x, 0, 1), normal(2, 3)),
    np.rollaxis: (lambda x: np.rollaxis(x, 1), normal(2, 3)),
    np.expand_dims: (lambda x: np.expand_dims(x, 0), normal(3)),
    np.broadcast_to: (lambda x: np.broadcast_to(x, (2, 3)), normal(3)),
    np.concatenate: (lambda a, b: np.concatenate([a, b]), normal(2), normal(3)),
    np.stack: (lambda a, b: np.stack([a, b]), normal(3), normal(3)),
    np.roll: (lambda x: np.roll(x, 1), normal(3)),
    np.repeat: (lambda x: np.repeat(x, 2), normal(3)),
    np.tile: (lambda x: np.tile(x, 2), normal(3)),
    np.take: (lambda x: np.take(x, [1, 1]), normal(3)),
    np.split: (lambda x: np.split(x, 2), normal(4)),
    np.array_split: (lambda x: np.array_split(x, 2), normal(3)),
    np.shape: (lambda x: x * np.shape(x)[0], normal(3)),
    np.ndim: (lambda x: x * np.ndim(x), normal(3)),
    np.size: (lambda x: x * np.size(x), normal(3)),
    np.zeros_like: (lambda x: x + np.zeros_like(x), normal(3)),
    np.ones_like: (lambda x: x * np.ones_like(x), normal(3)),
}


def test_every_function_on_the_list_has_a_case() -> None:
    assert CALLS.keys() == ANALYTIC


@pytest.mark.parametrize("fn", CALLS, ids=name_of)
def test_the_complex_step_is_exact(fn: Any) -> None:
    f, *inputs = CALLS[fn]
    subject = Subject(f, inputs)
    assert is_analytic(subject)
    with quiet():
        gradient = subject.flat(subject.gradients(subject.inputs))
        for k, slope in enumerate(gradient):
            unit = np.zeros(len(gradient))
            unit[k] = 1
            found = complex_slope(subject, subject.unflat(unit))
            assert found == pytest.approx(slope, rel=1e-12, abs=1e-12 * np.abs(gradient).max())


@pytest.mark.parametrize(
    "f",
    [
        np.abs,
        lambda x: np.maximum(x, 0),
        lambda x: np.where(x > 0, x, 0),
        lambda x: np.conj(x) * x,
        lambda x: np.real(x),
        lambda x: np.fft.fft(x),
        np.linalg.norm,
        lambda x: np.exp(x.astype(np.float32)),
    ],
)
def test_what_is_not_analytic_is_known(f: Any) -> None:
    assert not is_analytic(Subject(f, [normal(3)]))
    assert gradcheck(f, normal(3))


def test_complex_inputs_have_no_complex_step() -> None:
    assert not is_analytic(Subject(np.exp, [normal(3) + 1j]))


def test_a_function_that_does_something_else_for_complex_numbers_is_left_to_the_differences() -> None:
    def of_reals(x: Any) -> Any:
        return np.exp(x) if x.dtype.kind == "f" else np.abs(x)

    def fails(x: Any) -> Any:
        if x.dtype.kind == "c":
            raise TypeError("reals only")
        return np.exp(x)

    def other(x: Any) -> Any:
        return np.exp(x) if x.dtype.kind == "f" else 2 * np.exp(x)

    for f in (of_reals, fails):
        subject = Subject(f, [normal(3)])
        assert is_analytic(subject)
        assert math.isnan(complex_slope(subject, [np.ones(3)]))
    for f in (of_reals, fails, other):
        assert gradcheck(f, normal(3))


def test_a_rule_that_is_only_just_wrong_is_found() -> None:
    def f(x: Any) -> Any:
        """A gradient that is lost by a billionth."""
        lost = x.data if hasattr(x, "node") else x
        return x * np.exp(1e-9 * lost)

    x = between(0.5, 1.5, 3)
    check = gradcheck(f, x)
    assert check.verdict == "wrong"
    assert check.reason == "the gradient and the complex step disagree"
    assert 1e-10 < check.relative_error < 1e-8
