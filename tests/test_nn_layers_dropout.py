"""Dropout as layers: in training alone, dtypes, what is refused."""

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import nn


def test_dropout_drops_in_training_only() -> None:
    module = nn.Dropout(0.5, np.random.default_rng(0))
    x = ag.Tensor(np.ones(1000, np.float32))
    y = module(x)
    assert set(np.unique(y.data)) == {0, 2}
    assert module.eval()(x) is x
    assert module.train()(x) is not x


def test_dropout_of_rate_0_is_the_identity() -> None:
    x = ag.Tensor(np.ones(10))
    assert nn.Dropout(0)(x) is x


def test_dropout_draws_a_new_mask_each_time() -> None:
    module, x = nn.Dropout(0.5, np.random.default_rng(0)), np.ones(100)
    assert not np.array_equal(module(x), module(x))


@pytest.mark.parametrize("rate", [0.5, np.float32(0.5), np.float64(0.5)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_keeps_the_dtype(rate: float, dtype: Any) -> None:
    x = ag.Tensor(np.ones(10, dtype), requires_grad=True)
    y = nn.Dropout(rate, np.random.default_rng(0))(x)
    assert y.dtype == dtype


@pytest.mark.parametrize("rate", [-0.1, 1, 1.0, 50, float("nan")])
def test_dropout_refuses_rates_that_are_none(rate: float) -> None:
    with pytest.raises(ValueError, match=rf"Dropout was given rate={rate}; it must lie in \[0, 1\)"):
        nn.Dropout(rate)


def test_repr() -> None:
    assert repr(nn.Dropout(0.2)) == "Dropout(0.2)"


def test_dropout2d_drops_whole_channels_in_training() -> None:
    module, x = nn.Dropout2d(0.25, np.random.default_rng(0)), ag.Tensor(np.ones((40, 50, 2, 3), np.float32))
    y = module(x).data
    assert y.dtype == np.float32
    assert (y == y[:, :, :1, :1]).all()
    assert set(np.unique(y)) == {0, np.float32(1 / 0.75)}
    assert abs((y == 0).mean() - 0.25) < 0.05
    assert module.eval()(x) is x
    assert repr(module) == "Dropout2d(0.25)"


def test_dropout2d_of_what_has_no_channels() -> None:
    with pytest.raises(
        ValueError, match=r"Dropout2d was given an input of shape \(3, 4\); it must be \(batch, channels"
    ):
        nn.Dropout2d()(np.ones((3, 4)))
    with pytest.raises(ValueError, match=r"Dropout2d was given rate=1; it must lie in \[0, 1\)"):
        nn.Dropout2d(1)
