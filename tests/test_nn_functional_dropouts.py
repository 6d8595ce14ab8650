"""Dropout: what is kept, its mean, and gradients with the same mask."""

from typing import Any

import numpy as np
import pytest
from differences import assert_gradients
from numeric import case, judged, normal
from numpy.typing import NDArray

import autograd as ag
from autograd.nn.functional import dropouts
from autograd.nn.functional.dropouts import dropout

Array = NDArray[Any]
X = np.random.default_rng(0).standard_normal((3, 4))
CASES = [
    case(dropouts.dropout, normal(2, 3), f=lambda x: dropout(x, 0.5, np.random.default_rng(0))),
    case(dropouts.dropout, normal(0, 3), f=lambda x: dropout(x, 0.5, np.random.default_rng(0)), label="none"),
    case(dropouts.dropout, normal(5), f=lambda x: dropout(x, 0.2, np.random.default_rng(0))),
    case(dropouts.dropout2d, normal(2, 3, 2), f=lambda x: dropouts.dropout2d(x, 0.5, np.random.default_rng(1))),
    case(dropouts.dropout2d, normal(2, 1, 1, 3), f=lambda x: dropouts.dropout2d(x, 0.2, np.random.default_rng(1)),
         label="images"),
]  # fmt: skip
test_gradients, test_float32 = judged(CASES, CASES)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_fraction_and_the_mean(rate: float) -> None:
    x = np.full(100_000, 3.0, np.float32)
    y = dropout(ag.Tensor(x), rate, np.random.default_rng(0)).data
    assert y.dtype == np.float32
    kept = y != 0
    deviation = np.sqrt(rate * (1 - rate) / x.size)
    assert abs(kept.mean() - (1 - rate)) < 4 * deviation
    np.testing.assert_allclose(y[kept], 3 / (1 - rate), rtol=1e-6)


def test_dropout_of_the_same_generator_has_the_same_mask() -> None:
    first, again, other = (dropout(ag.Tensor(X), 0.5, np.random.default_rng(seed)).data for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("x", [np.arange(1.0, 7.0), np.arange(1.0, 7.0).reshape(2, 3), np.array(2.0), np.ones((0, 2))])
def test_the_gradient_of_dropout_has_the_mask_of_its_value(x: Array) -> None:
    leaf = ag.Tensor(x, requires_grad=True)
    y = dropout(leaf, 0.5, np.random.default_rng(3))
    y.sum().backward()
    assert leaf.grad is not None
    np.testing.assert_allclose(leaf.grad.data * x, y.data)


def test_gradients_of_dropout() -> None:
    assert_gradients(lambda x: np.square(dropout(x, 0.3, np.random.default_rng(5))).sum(), X)
