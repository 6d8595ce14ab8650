"""Averages of weights: exponential and equal, of parameters; other state is copied."""

from typing import Any

import numpy as np
import pytest
from compared import assert_same
from numpy.typing import NDArray

import autograd as ag
from autograd import nn, optim

Array = NDArray[Any]


class Net(nn.Module):
    def __init__(self, dtype: Any = np.float64) -> None:
        rng = np.random.default_rng(0)
        self.layer = nn.Linear(3, 2, dtype=dtype, rng=rng)
        self.count = ag.Tensor(np.zeros((), dtype))  # state, and no parameter

    def forward(self, x: Any) -> Any:
        return self.layer(x)


class Tied(Net):
    def __init__(self) -> None:
        super().__init__()
        self.decoder = self.layer


def change(model: Net, k: int) -> None:
    with ag.no_grad():
        for p in model.parameters():
            p += np.sin(np.arange(p.size).reshape(p.shape) + k).astype(p.dtype)
        model.count += 1


def history(model: Net, averaged: optim.AveragedModel, steps: int = 5) -> list[Array]:
    weights = []
    for k in range(steps):
        change(model, k)
        averaged.update_parameters(model)
        weights.append(model.layer.weight.data.copy())
    return weights


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999, 1.0])
def test_the_moving_average_is_that_of_its_formula(decay: float) -> None:
    model = Net()
    averaged = optim.AveragedModel(model, decay)
    expected, *others = history(model, averaged)
    for weight in others:
        expected = decay * expected + (1 - decay) * weight
    np.testing.assert_allclose(averaged.module.layer.weight.data, expected, rtol=1e-14)
    assert averaged.module.count.item() == model.count.item() == 5
    assert averaged.n_averaged.item() == 5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_without_a_decay_it_is_the_mean(dtype: Any) -> None:
    model = Net(dtype)
    averaged = optim.AveragedModel(model, None)
    weights = history(model, averaged)
    found = averaged.module.layer.weight
    np.testing.assert_allclose(found.data, np.mean(weights, axis=0), rtol=1e-6)
    assert found.dtype == dtype


@pytest.mark.parametrize("decay", [0.5, None])
def test_a_weight_that_two_layers_share_is_averaged_once(decay: float | None) -> None:
    model = Tied()
    averaged = optim.AveragedModel(model, decay)
    alone = optim.AveragedModel(Net(), decay)
    other = Net()
    for k in range(4):
        change(model, k)
        change(other, k)
        averaged.update_parameters(model)
        alone.update_parameters(other)
    found = averaged.module.layer.weight
    assert averaged.module.decoder.weight is found
    np.testing.assert_array_equal(found.data, alone.module.layer.weight.data)


def test_the_first_update_copies() -> None:
    model = Net(np.float32)
    averaged = optim.AveragedModel(model)
    (weight,) = history(model, averaged, 1)
    np.testing.assert_array_equal(averaged.module.layer.weight.data, weight)


def test_it_is_a_copy_that_is_called_as_the_model_is() -> None:
    model, x = Net(), np.ones((1, 3))
    averaged = optim.AveragedModel(model)
    before = averaged(x).data
    np.testing.assert_array_equal(before, model(x).data)
    change(model, 1)
    np.testing.assert_array_equal(averaged(x).data, before)


def test_float16_is_averaged_in_float32() -> None:
    model = Net(np.float16)
    averaged = optim.AveragedModel(model, 0.9)
    averaged.module.layer.weight.data[...] = 60000
    model.layer.weight.data[...] = 50000
    averaged.n_averaged.data[...] = 1
    averaged.update_parameters(model)
    np.testing.assert_array_equal(averaged.module.layer.weight.data, np.full((3, 2), 59008, np.float16))


def test_its_state_goes_on_elsewhere() -> None:
    model = Net()
    averaged, other = optim.AveragedModel(model, 0.5), optim.AveragedModel(model, 0.5)
    history(model, averaged)
    other.load_state_dict(averaged.state_dict())
    for each in (averaged, other):
        each.update_parameters(model)
    for a, b in zip(averaged.state_dict().values(), other.state_dict().values(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_another_model_is_refused_whole() -> None:
    averaged = optim.AveragedModel(Net())
    before = averaged.state_dict()
    with pytest.raises(ValueError, match=r"whose count has shape \(\), and was given one whose has None; pass the m"):
        averaged.update_parameters(nn.Linear(3, 2))
    np.testing.assert_equal(averaged.state_dict(), before)
    with pytest.raises(ValueError, match=r"decay=1.5; it must lie in \[0, 1\], or be None for the mean"):
        optim.AveragedModel(Net(), 1.5)


def test_a_warning_that_raises_undoes_what_was_updated() -> None:
    model = Net(np.float32)
    averaged = optim.AveragedModel(model, None)
    averaged.update_parameters(model)
    before = averaged.state_dict()
    model.layer.weight.data[...] += 1
    model.layer.bias.data[...] = np.float32(3e38)
    averaged.module.layer.bias.data[...] = before["module.layer.bias"][...] = np.float32(-3e38)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        averaged.update_parameters(model)
    np.testing.assert_equal(averaged.state_dict(), before)


@pytest.mark.parametrize("decay", [0.9, None])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_compiled_it_has_the_same_bits(decay: float | None, dtype: Any) -> None:
    def make() -> Any:
        model = Net(dtype)
        optimizer, averaged = optim.SGD(model.parameters(), 0.1), optim.AveragedModel(model, decay)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            loss = np.sum(np.square(model(x)))
            loss.backward()
            optimizer.step()
            averaged.update_parameters(model)
            return loss

        return step, [model, averaged]

    calls: Any = [(None, (np.full((2, 3), 0.1 * k, dtype),)) for k in range(5)]
    assert_same(make, calls, programs=1)
