"""The LSTM that writes."""

from typing import Any

import numpy as np
import pytest
from slopes import assert_parameters_have_right_gradients

import autograd as ag
from autograd import nn
from models.lstm import LSTM
from models.text import State

X = np.random.default_rng(0).integers(0, 5, (3, 9))


@pytest.fixture
def model() -> LSTM:
    ag.seed(0)
    return LSTM(5, context=4, hidden=6, layers=2)


def loss(model: LSTM, state: State) -> Any:
    return nn.cross_entropy(model(X[:, :-1], state)[0], X[:, 1:])


def test_its_state_goes_on_from_stretch_to_stretch(model: LSTM) -> None:
    whole, last = model(X, model.begin(3))
    state, parts = model.begin(3), []
    for k in range(0, 9, 3):
        logits, state = model(X[:, k : k + 3], state)
        parts.append(logits.data)
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole.data, atol=1e-6)
    for part, expected in zip(state, last, strict=True):
        np.testing.assert_allclose(part.data, expected.data, atol=1e-6)


def test_its_gradients_are_right() -> None:
    model = LSTM(3, context=3, hidden=3)
    model.to(np.float64)
    x, state = np.array([[0, 2, 1], [1, 1, 0]]), tuple(np.random.default_rng(1).standard_normal((2, 1, 2, 3)))
    assert_parameters_have_right_gradients(model, lambda: nn.cross_entropy(model(x, state)[0], x))


def test_its_memory_passes_a_gradient_check_and_is_checkpointed() -> None:
    memory = LSTM(3, context=3, hidden=3).to(np.float64).memory
    x = ag.Tensor(np.random.default_rng(0).standard_normal((2, 3, 3)), requires_grad=True)
    assert ag.gradcheck(lambda x: memory(x)[0], x.data)
    (plain,) = ag.grads(np.sum(memory(x)[0]), [x])
    (again,) = ag.grads(np.sum(ag.checkpoint(lambda x: memory(x)[0])(x)), [x])
    np.testing.assert_array_equal(plain.data, again.data)


def test_it_is_compiled_drawn_and_profiled(model: LSTM) -> None:
    step = ag.compile(lambda state: loss(model, state))
    assert [step(model.begin(3)).item() for _ in range(3)] == [loss(model, model.begin(3)).item()] * 3
    with ag.profile() as profile:
        loss(model, model.begin(3))
    assert [call.name for call in profile.calls].count("lstm") == 2
    assert "LSTM" in str(ag.draw(lambda: loss(model, model.begin(3))).source)
