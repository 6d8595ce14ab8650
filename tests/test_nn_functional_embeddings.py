"""Embedding: rows of a table, the gradient that adds up in them, and what it refuses."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from numeric import case, judged, normal

import autograd as ag
from autograd import nn
from autograd.nn.functional import embeddings

INDICES = np.array([[0, 3, 3], [1, 3, 0]])
CASES = [
    case(embeddings.embed, normal(4, 2), f=lambda w: nn.embedding(INDICES, w)),
    case(embeddings.embed, normal(4, 2), f=lambda w: nn.embedding(INDICES, w, padding_idx=2), label="padding"),
    case(embeddings.embed, normal(4, 1), f=lambda w: nn.embedding(np.array(2), w), label="one"),
    case(embeddings.embed, normal(4, 2), f=lambda w: nn.embedding(np.zeros((0, 3), int), w), label="none"),
]
test_gradients, test_float32 = judged(CASES, CASES)


@settings(max_examples=50, deadline=None)
@given(array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4), st.integers(1, 5), st.integers(0, 3), st.data())
def test_indices_of_any_shape_and_dtype(shape: tuple[int, ...], num: int, dim: int, data: Any) -> None:
    dtype = data.draw(st.sampled_from([np.uint8, np.int32, np.int64, np.uint64]))
    rng = np.random.default_rng(0)
    indices, weight = rng.integers(0, num, shape).astype(dtype), ag.Tensor(rng.normal(size=(num, dim)), True)
    y = nn.embedding(indices, weight)
    g = rng.normal(size=y.shape)
    y.backward(g)
    np.testing.assert_array_equal(y.data, weight.data[indices])
    expected = np.zeros((num, dim))
    np.add.at(expected, indices, g)
    assert weight.grad is not None
    np.testing.assert_array_equal(weight.grad.data, expected)


def test_of_an_array_it_is_an_array() -> None:
    assert type(nn.embedding(INDICES, np.ones((4, 2)))) is np.ndarray


def test_compiled() -> None:
    module = nn.Embedding(4, 2)
    step = ag.compile(lambda i: nn.embedding(i, module.weight).sum(axis=0))
    for k in range(4):
        indices = np.roll(INDICES[0], k)
        np.testing.assert_array_equal(step(indices).data, module(indices).sum(axis=0).data)
    with pytest.raises(IndexError, match="embedding was given indices from 0 to 4; of a table with 4 rows"):
        step(np.array([4, 0, 1]))


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda w: nn.embedding([0, 4], w), IndexError, "indices from 0 to 4; of a table with 4 rows they are 0 to 3"),
        (lambda w: nn.embedding([-1, 2], w), IndexError, "indices from -1 to 2; of a table with 4 rows"),
        (lambda w: nn.embedding([0.0, 1.0], w), TypeError, r"dtype float64, .* pass indices.astype\(int\)"),
        (lambda w: nn.embedding(np.ones(2, bool), w), TypeError, "dtype bool"),
        (lambda w: nn.embedding([0], w[0]), ValueError, r"a weight of shape \(2,\); it must be \(num, dim\)"),
        (lambda w: nn.embedding([0], w, padding_idx=4), ValueError, "padding_idx=4 for a table of 4 rows"),
    ],
)
def test_errors(f: Any, error: type[Exception], message: str) -> None:
    for weight in (np.ones((4, 2)), ag.Tensor(np.ones((4, 2)), requires_grad=True)):
        with pytest.raises(error, match=f"embedding was given .*{message}"):
            f(weight)
