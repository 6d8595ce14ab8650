"""Linear: what it computes, records and refuses."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import autograd as ag
from autograd import nn

Array = NDArray[Any]


def layer(dtype: Any = np.float64) -> nn.Linear:
    made = nn.Linear(4, 3, dtype, np.random.default_rng(0))
    made.bias.data[...] = [1, -2, 3]
    return made


def array(*shape: int, dtype: Any = np.float64) -> Array:
    return np.random.default_rng(1).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("shape", [(4,), (1, 4), (5, 4), (2, 5, 4), (2, 1, 5, 4), (0, 4), (0, 5, 4), (2, 0, 4)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_linear_is_x_times_weight_plus_bias(shape: tuple[int, ...], dtype: Any) -> None:
    module, x = layer(dtype), array(*shape, dtype=dtype)
    y = module(ag.Tensor(x))
    assert y.dtype == dtype
    assert y.shape == (*shape[:-1], 3)
    np.testing.assert_allclose(y.data, x @ module.weight.data + module.bias.data, rtol=1e-5)
    np.testing.assert_array_equal(module(x).data, y.data)  # an array does, too


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


def test_repr() -> None:
    assert repr(layer()) == "Linear(4, 3)"


def test_a_list_is_an_array_of_float64() -> None:
    x = [[1.0, 2.0, 3.0, 4.0]]
    np.testing.assert_array_equal(layer(np.float64)(x).data, layer(np.float64)(np.array(x)).data)
    with pytest.raises(TypeError, match="was given an input of float64"):
        layer(np.float32)(x)
