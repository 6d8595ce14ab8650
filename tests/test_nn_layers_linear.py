"""Layers: what they compute, record and refuse."""

from typing import Any

import numpy as np
import pytest
from differences import assert_gradients
from numpy.typing import NDArray

import autograd as ag
from autograd import nn
from autograd.nn.layers.linear import linear

Array = NDArray[Any]


def layer(dtype: Any = np.float64) -> nn.Linear:
    made = nn.Linear(4, 3, dtype, np.random.default_rng(0))
    made.bias.data[...] = [1, -2, 3]
    return made


def array(*shape: int, dtype: Any = np.float64) -> Array:
    return np.random.default_rng(1).standard_normal(shape).astype(dtype)


# -- Linear ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4,), (1, 4), (5, 4), (2, 5, 4), (2, 1, 5, 4), (0, 4)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_linear_is_x_times_weight_plus_bias(shape: tuple[int, ...], dtype: Any) -> None:
    module, x = layer(dtype), array(*shape, dtype=dtype)
    y = module(ag.Tensor(x))
    assert y.dtype == dtype
    assert y.shape == (*shape[:-1], 3)
    np.testing.assert_allclose(y.data, x @ module.weight.data + module.bias.data, rtol=1e-5)
    np.testing.assert_array_equal(module(x).data, y.data)  # an array does, too


@pytest.mark.parametrize("shape", [(4,), (5, 4), (2, 5, 4)])
def test_gradients_of_linear(shape: tuple[int, ...]) -> None:
    x, module = array(*shape), layer()
    w, b = module.weight.data, module.bias.data
    assert_gradients(lambda x: np.square(linear(x, w, b)).sum(), x)
    assert_gradients(lambda w: np.square(linear(x, w, b)).sum(), w)
    assert_gradients(lambda b: np.square(linear(x, w, b)).sum(), b)


@pytest.mark.parametrize("shape", [(4,), (5, 4), (2, 5, 4)])
def test_linear_leaves_gradients_in_weight_and_bias(shape: tuple[int, ...]) -> None:
    x, module = array(*shape), layer()
    g = array(*shape[:-1], 3)
    module(x).backward(g)
    assert module.weight.grad is not None
    assert module.bias.grad is not None
    rows, g_rows = x.reshape(-1, 4), g.reshape(-1, 3)
    np.testing.assert_allclose(module.weight.grad.data, rows.T @ g_rows, rtol=1e-12)
    np.testing.assert_allclose(module.bias.grad.data, g_rows.sum(axis=0), rtol=1e-12)


def test_linear_is_one_recorded_call() -> None:
    module = layer()
    node = module(array(5, 4)).node
    assert isinstance(node, ag.Node)
    assert node.fn.__name__ == "linear"
    assert node.parents == (None, module.weight.node, module.bias.node)


def test_linear_leaves_its_bias_and_input_alone() -> None:
    module, x = layer(), array(5, 4)
    before = module.state_dict(), x.copy()
    module(x).sum().backward()
    np.testing.assert_equal((module.state_dict(), x), before)


def test_linear_has_a_weight_by_its_initialiser_and_no_bias() -> None:
    module = nn.Linear(4, 3, rng=np.random.default_rng(0), initialiser=nn.init.small)
    np.testing.assert_array_equal(module.weight.data, nn.init.small((4, 3), np.float32, np.random.default_rng(0)))
    np.testing.assert_array_equal(module.bias.data, np.zeros(3, np.float32))
    assert module.weight.requires_grad
    assert module.bias.requires_grad


@pytest.mark.parametrize("shape", [(4,), (1, 4), (5, 4), (2, 5, 4), (0, 4)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_linear_without_a_bias_is_a_product(shape: tuple[int, ...], dtype: Any) -> None:
    module = nn.Linear(4, 3, dtype, np.random.default_rng(0), bias=False)
    x = array(*shape, dtype=dtype)
    assert module.bias is None
    assert list(module.state_dict()) == ["weight"]
    assert repr(module) == "Linear(4, 3, bias=False)"
    for given in (x, ag.Tensor(x, requires_grad=True)):
        y = module(given)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y.data, x @ module.weight.data)
        y.sum().backward()
    assert module.weight.grad is not None
    np.testing.assert_allclose(module.weight.grad.data, 2 * x.reshape(-1, 4).sum(0)[:, None].repeat(3, 1), rtol=1e-5)
    step = ag.compile(lambda x: module(x))
    for _ in range(3):
        np.testing.assert_array_equal(step(x), module(x).data)
    with pytest.raises(ValueError, match=r"Linear\(4, 3\) was given an input of shape"):
        module(x[..., :2])


def test_a_bias_as_the_third_argument_is_refused() -> None:
    for bias in (True, False):
        with pytest.raises(TypeError, match=rf"Linear was given dtype={bias}, .* write Linear\(4, 3, bias={bias}\)"):
            nn.Linear(4, 3, bias)


@pytest.mark.parametrize("shape", [(), (3,), (4, 3), (2, 4, 5)])
def test_linear_names_itself_if_the_last_axis_does_not_fit(shape: tuple[int, ...]) -> None:
    for x in (np.ones(shape), ag.Tensor(np.ones(shape)), np.ones(shape, np.float32)):
        with pytest.raises(ValueError, match=r"Linear\(4, 3\) was given an input of shape .*must have 4 elements"):
            layer()(x)


def test_linear_names_itself_if_the_dtype_does_not_fit() -> None:
    message = (
        r"Linear\(4, 3\) of float32 was given an input of float64, which would make everything after it float64; "
        r"pass x.astype\(np.float32\), or make the layer with dtype=np.float64"
    )
    for x in (np.ones((5, 4)), ag.Tensor(np.ones((5, 4)))):
        with pytest.raises(TypeError, match=message):
            layer(np.float32)(x)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_])
def test_the_way_out_for_integers_is_one(dtype: Any) -> None:
    module, x = layer(np.float32), np.ones((5, 4), dtype)
    with pytest.raises(TypeError, match=r"pass x.astype\(np.float32\)") as error:
        module(x)
    assert f"np.{np.dtype(dtype)}" not in str(error.value)  # a layer of integers cannot be trained
    assert module(x.astype(np.float32)).shape == (5, 3)


def test_the_way_out_for_a_tensor_works() -> None:
    x = ag.Tensor(np.ones((5, 4)), requires_grad=True)
    layer(np.float32)(x.astype(np.float32)).sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == np.float64


# -- Dropout ---------------------------------------------------------------------------------------------------------


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


# -- activations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "formula"),
    [
        (nn.ReLU(), lambda x: np.maximum(x, 0)),
        (nn.Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
        (nn.Tanh(), np.tanh),
    ],
)
def test_activations(module: nn.Module, formula: Any) -> None:
    x = array(3, 4)
    np.testing.assert_allclose(module(ag.Tensor(x)).data, formula(x), rtol=1e-13)
    y = module(x)
    assert type(y) is np.ndarray
    np.testing.assert_allclose(y, formula(x), rtol=1e-13)
    assert_gradients(lambda x: np.square(module(x)).sum(), x)
    assert list(module.parameters()) == []
    assert repr(module) == f"{type(module).__name__}()"


def test_reprs() -> None:
    assert repr(layer()) == "Linear(4, 3)"
    assert repr(nn.Dropout(0.2)) == "Dropout(0.2)"


def test_a_list_is_an_array_of_float64() -> None:
    x = [[1.0, 2.0, 3.0, 4.0]]
    np.testing.assert_array_equal(layer(np.float64)(x).data, layer(np.float64)(np.array(x)).data)
    with pytest.raises(TypeError, match="was given an input of float64"):
        layer(np.float32)(x)


# -- Flatten, Identity -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dims", "shape"),
    [((), (2, 60)), ((0,), (120,)), ((0, 1), (6, 4, 5)), ((2, -1), (2, 3, 20)), ((-3, 2), (2, 12, 5))],
)
def test_flatten_makes_one_axis_of_several(dims: tuple[int, ...], shape: tuple[int, ...]) -> None:
    x = array(2, 3, 4, 5)
    np.testing.assert_array_equal(nn.Flatten(*dims)(x), x.reshape(shape))
    assert_gradients(lambda x: np.square(nn.Flatten(*dims)(x)).sum(), x, second=False)


def test_flatten_of_no_elements() -> None:
    assert nn.Flatten()(np.ones((0, 3, 4))).shape == (0, 12)


def test_identity_is_what_it_is_given() -> None:
    x = ag.Tensor([1.0], requires_grad=True)
    assert nn.Identity()(x) is x
    assert repr(nn.Identity()) == "Identity()"


# -- Dropout2d ---------------------------------------------------------------------------------------------------------


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
