"""Products of complex arrays and scalars: a program has the order of operands that NumPy has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from compared import bits

import autograd as ag
from autograd._util.functions import name_of
from autograd.rules import OPERATIONS

SIZES = [(), (10,), (16383,), (16384,)]  # from 16,384 numbers of 16 bytes on, NumPy writes into temporaries
RNG = np.random.default_rng(0)
W = RNG.standard_normal((2, 16384)).T.copy().view(complex)[:, 0]


def rotated(shape: tuple[int, ...]) -> Any:
    return np.asarray(RNG.uniform(0.3, 1.2, shape) * np.exp(1j * RNG.uniform(0.3, 1, shape)))


def is_complex(fn: Any) -> bool:
    """Whether a ufunc has rules and takes complex numbers."""
    takes = any(types.startswith("D" * fn.nin + "->") for types in fn.types) if isinstance(fn, np.ufunc) else False
    return takes and fn.nout == 1 and any(OPERATIONS[fn].rules.values())


UFUNCS = [fn for fn in OPERATIONS if is_complex(fn) and fn.signature is None]


def check(f: Any, count: int, shape: tuple[int, ...]) -> None:
    step = ag.compile(f)
    for _ in range(3):
        xs = [rotated(shape) for _ in range(count)]
        assert bits(step(*xs)) == bits(f(*xs))
    assert len(step._specializations) == 1


@pytest.mark.slow
@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("fn", UFUNCS, ids=name_of)
def test_gradients_of_ufuncs(fn: Any, shape: tuple[int, ...]) -> None:
    weights = W[: shape[0]] if shape else W[0]
    f = ag.value_and_grad(lambda *xs: np.real(np.sum(fn(*xs) * weights)), tuple(range(fn.nin)))
    check(f, fn.nin, shape)


def kept(x: Any, y: Any) -> Any:
    product = x * y
    return x * product, product


PRODUCTS: list[Any] = [
    lambda x, y: x * (x * y), lambda x, y: (x * y) * x, lambda x, y: (x + y) * (x * y), lambda x, y: x * np.sin(y),
    lambda x, y: 0.3j * (x * y), lambda x, y: x * y.real, lambda x, y: y.real * (x * y), lambda x, y: x * (x * y)[...],
    lambda x, y: x * (x * np.complex128(2j)), lambda x, y: x[..., None] * (x * y)[..., None],
    lambda x, y: np.multiply(x, x * y), lambda x, y: W[: x.size].reshape(x.shape) * (x * y), kept,
    lambda x, y: np.ones(x.shape, complex) * 1.3j * (x * y), lambda x, y: x - y / (x * y),
]  # fmt: skip


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("f", PRODUCTS)
def test_products(f: Any, shape: tuple[int, ...]) -> None:
    check(f, 2, shape)


def test_scalars_beside_constants() -> None:
    """On the left NumPy's scalars hand over to a ufunc, in place of arithmetic of their own."""
    scalar = np.complex128(0.3 + 0.7j)
    products = [
        lambda x: scalar * x[0],
        lambda x: x[0] * scalar,
        lambda x: scalar / x[0],
        lambda x: scalar * x[0] * x[1],
    ]
    for f in products:
        check(f, 1, (3,))
