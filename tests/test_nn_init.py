"""Initial weights: their variance, their dtype, and where their random numbers come from."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import nn
from autograd.engine.random import generator
from autograd.nn.init import he, small, xavier

INITIALISERS = {"he": he, "xavier": xavier, "small": small}


@pytest.fixture(autouse=True)
def default_generator() -> Iterator[None]:
    yield
    ag.seed(None)


@pytest.mark.parametrize(
    ("name", "shape", "variance"),
    [
        ("he", (400, 300), 2 / 400),
        ("he", (300, 400), 2 / 300),
        ("xavier", (400, 300), 2 / 700),
        ("xavier", (300, 400), 2 / 700),
        ("small", (400, 300), 1e-4),
        ("he", (80, 60, 5, 5), 2 / (60 * 25)),  # of a convolution: the taps that an output is made of
        ("xavier", (80, 60, 5, 5), 2 / (60 * 25 + 80 * 25)),
        ("he", (300, 100, 4), 2 / (100 * 4)),
    ],
)
def test_variance(name: str, shape: tuple[int, ...], variance: float) -> None:
    w = INITIALISERS[name](shape, np.float64, np.random.default_rng(0))
    assert w.shape == shape
    # the standard deviations of the mean and of the variance of n normal numbers, times 4
    assert abs(w.mean()) < 4 * np.sqrt(variance / w.size)
    assert abs(w.var() / variance - 1) < 4 * np.sqrt(2 / w.size)
    assert abs(np.mean(np.abs(w) < np.sqrt(variance)) - 0.6827) < 0.01  # normal, not uniform


@pytest.mark.parametrize("name", INITIALISERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_weights_in_any_dtype(name: str, dtype: Any) -> None:
    w = INITIALISERS[name]((20, 10), dtype, np.random.default_rng(5))
    double = INITIALISERS[name]((20, 10), np.float64, np.random.default_rng(5))
    assert w.dtype == dtype
    np.testing.assert_array_equal(w, double.astype(dtype))


@pytest.mark.parametrize("name", INITIALISERS)
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0), (0, 3, 2), (3, 0, 2, 2)])
def test_empty_weights(name: str, shape: tuple[int, ...]) -> None:
    assert INITIALISERS[name](shape, np.float32, np.random.default_rng(0)).shape == shape


def test_a_layer_keeps_the_variance_of_relu_layers() -> None:
    rng = np.random.default_rng(0)
    h = ag.Tensor(rng.standard_normal((500, 200)).astype(np.float32))
    for _ in range(8):
        h = nn.relu(nn.Linear(200, 200, rng=rng)(h))
    assert 0.5 < np.square(h.data).mean() < 2  # eq. 10 of He et al.: 1, where xavier would leave 2 ** -8


def test_seed_makes_layers_repeatable() -> None:
    def draw() -> Any:
        return nn.Linear(5, 4).weight.data

    ag.seed(3)
    first, second = draw(), draw()
    ag.seed(3)
    np.testing.assert_array_equal(draw(), first)
    np.testing.assert_array_equal(draw(), second)
    assert not np.array_equal(first, second)
    ag.seed(4)
    assert not np.array_equal(draw(), first)


def test_seed_makes_dropout_repeatable() -> None:
    x = np.ones(100, np.float32)
    ag.seed(3)
    first = nn.Dropout(0.5)(x)
    ag.seed(3)
    np.testing.assert_array_equal(nn.Dropout(0.5)(x), first)


def test_a_generator_of_ones_own_leaves_the_default_one_alone() -> None:
    ag.seed(3)
    expected = nn.Linear(5, 4).weight.data
    ag.seed(3)
    nn.Linear(5, 4, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(nn.Linear(5, 4).weight.data, expected)


def test_generator_gives_the_one_given() -> None:
    rng = np.random.default_rng(0)
    assert generator(rng) is rng


@pytest.mark.parametrize("rng", [0, np.random.RandomState(0), np.random])
def test_generator_takes_nothing_else(rng: Any) -> None:
    with pytest.raises(TypeError, match=r"it takes a NumPy Generator: np.random.default_rng\(0\)"):
        nn.Linear(2, 2, rng=rng)


@pytest.mark.parametrize("name", nn.init.IN_PLACE)
def test_what_writes_into_a_weight_in_pytorch_says_how_it_is_written(name: str) -> None:
    with pytest.raises(AttributeError) as error:
        getattr(nn.init, f"{name}_")
    assert str(error.value) == f"nn.init has no {name}_: {nn.init.IN_PLACE[name]}"
    for found in re.findall(r"nn\.init\.(\w+)", nn.init.IN_PLACE[name]):
        assert found in nn.init.__all__


def test_names_of_no_one_are_pythons() -> None:
    with pytest.raises(AttributeError, match=r"module 'autograd\.nn\.init' has no attribute 'xyz'"):
        nn.init.xyz  # type: ignore[attr-defined]  # noqa: B018
