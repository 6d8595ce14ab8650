"""The small GPT."""

from typing import Any

import numpy as np
import pytest
from slopes import assert_parameters_have_right_gradients

import autograd as ag
from autograd import nn
from models.gpt import GPT

SIZES = {"context": 6, "width": 8, "layers": 2, "heads": 2}
X = np.random.default_rng(0).integers(0, 5, (3, 6))


@pytest.fixture
def model() -> GPT:
    ag.seed(0)
    return GPT(5, **SIZES)


def loss(model: GPT) -> Any:
    return nn.cross_entropy(model(X[:, :-1]), X[:, 1:])


def test_a_character_sees_those_before_it_alone(model: GPT) -> None:
    other = X.copy()
    other[:, 4] = (other[:, 4] + 1) % 5
    before, after = model(X).data, model(other).data
    assert before.shape == (3, 6, 5)
    np.testing.assert_allclose(before[:, :4], after[:, :4], atol=1e-6)
    assert (before[:, 4:] != after[:, 4:]).any(axis=(0, 2)).all()


def test_the_weights_of_the_embedding_give_the_logits(model: GPT) -> None:
    names = [name for name, _ in model.named_parameters()]
    assert names.count("characters.weight") == 1
    assert not any("head" in name for name in names)
    whole = ag.grads(loss(model), [model.characters.weight])[0].data
    with ag.no_grad():
        x = model.blocks(model.characters(X[:, :-1]) + model.places(np.arange(5)))
    w = ag.Tensor(model.characters.weight.data.copy(), requires_grad=True)
    nn.cross_entropy(model.norm(x) @ w.T, X[:, 1:]).backward()
    assert w.grad is not None
    assert not np.allclose(whole, w.grad.data)  # the other part came by the embedding


def test_its_gradients_are_right() -> None:
    model = GPT(3, context=3, width=4, layers=1, heads=2)
    model.to(np.float64)
    x = np.array([[0, 2, 1], [1, 1, 0]])
    assert_parameters_have_right_gradients(model, lambda: nn.cross_entropy(model(x), x))


def test_its_blocks_pass_a_gradient_check() -> None:
    blocks = GPT(3, context=3, width=4, layers=1, heads=2).to(np.float64).blocks
    assert ag.gradcheck(blocks, np.random.default_rng(0).standard_normal((2, 3, 4)))


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValueError, match="width=10 and heads=3; heads must divide the width"):
        GPT(5, width=10, heads=3)


def test_it_is_compiled_drawn_profiled_and_checkpointed(model: GPT) -> None:
    step = ag.compile(lambda: loss(model))
    assert [step().item() for _ in range(3)] == [loss(model).item()] * 3
    loss(model).backward()
    grads = [p.grad.data.copy() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    x = model.characters(X[:, :-1]) + model.places(np.arange(5))
    for block in model.blocks:
        x = ag.checkpoint(block)(x)
    nn.cross_entropy(model.norm(x) @ model.characters.weight.T, X[:, 1:]).backward()
    for p, g in zip(model.parameters(), grads, strict=True):
        assert p.grad is not None
        np.testing.assert_array_equal(p.grad.data, g)
    with ag.profile() as profile:
        loss(model)
    assert [call.name for call in profile.calls].count("attention") == 2
    assert "Attention" in str(ag.draw(lambda: loss(model)).source)
