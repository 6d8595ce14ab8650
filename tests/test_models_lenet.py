"""LeNet: what it computes, against its definition, and that all that the engine offers works on it."""

from typing import Any

import numpy as np
import pytest
from compiled import training_step
from numpy.typing import NDArray

import autograd as ag
from autograd import nn
from models.lenet import LeNet
from models.mlp import cross_entropy

Array = NDArray[Any]


def small_lenet(activation: str = "relu", dtype: Any = np.float64, hidden: tuple[int, ...] = (5,)) -> LeNet:
    """With biases that are not zero."""
    rng = np.random.default_rng(0)
    model = LeNet((2, 3), hidden, activation, dtype, rng)
    for parameter in model.parameters():
        parameter.data += rng.normal(0, 0.1, parameter.shape).astype(dtype)
    return model


def digits(count: int = 3, dtype: Any = np.float64) -> tuple[Array, Array]:
    rng = np.random.default_rng(5)
    return rng.random((count, 784)).astype(dtype), rng.integers(0, 10, count)


def convolved(x: Array, weight: Array, bias: Array) -> Array:
    """Of maps (channels, height, width): each place by itself."""
    _, high, wide = weight.shape[1:]
    places = [[x[:, i : i + high, j : j + wide] for j in range(x.shape[2] - wide + 1)] for i in range(x.shape[1] - 4)]
    return np.array(
        [[[np.sum(w * place) + b for place in row] for row in places] for w, b in zip(weight, bias, strict=True)]
    )


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
def test_lenet_is_what_its_definition_says(activation: str) -> None:
    model = small_lenet(activation, hidden=(6, 5))
    state = model.state_dict()
    f = {"relu": lambda z: np.maximum(z, 0), "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh}[activation]
    images, _ = digits(2)
    for image, logits in zip(images, model(images).data, strict=True):
        h = image.reshape(1, 28, 28)
        for k in (0, 3):
            h = f(convolved(h, state[f"layers.{k}.weight"], state[f"layers.{k}.bias"]))
            h = h.reshape(len(h), len(h[0]) // 2, 2, -1, 2).max(axis=(2, 4))
        h = h.ravel()
        for k in (7, 9):
            h = f(h @ state[f"layers.{k}.weight"] + state[f"layers.{k}.bias"])
        np.testing.assert_allclose(logits, h @ state["layers.11.weight"] + state["layers.11.bias"], rtol=1e-10)


def test_lenet_has_these_parameters() -> None:
    names = [(name, p.shape) for name, p in LeNet().named_parameters()]
    assert names == [
        ("layers.0.weight", (16, 1, 5, 5)), ("layers.0.bias", (16,)),
        ("layers.3.weight", (32, 16, 5, 5)), ("layers.3.bias", (32,)),
        ("layers.7.weight", (512, 128)), ("layers.7.bias", (128,)),
        ("layers.9.weight", (128, 10)), ("layers.9.bias", (10,)),
    ]  # fmt: skip
    assert LeNet().architecture == "16C5-MP2-32C5-MP2-128-10"
    assert LeNet((6, 16), (120, 84)).architecture == "6C5-MP2-16C5-MP2-120-84-10"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lenet_takes_images_and_rows_of_pixels(dtype: Any) -> None:
    model = small_lenet(dtype=dtype)
    x, labels = digits(3, dtype)
    expected = model(x)
    assert (expected.shape, expected.dtype) == ((3, 10), dtype)
    for images in (x.reshape(3, 1, 28, 28), x.reshape(3, 28, 28), ag.Tensor(x), np.asfortranarray(x)):
        np.testing.assert_array_equal(model(images).data, expected.data)
    assert model(x[:0]).shape == (0, 10)
    assert model(x[:1]).shape == (1, 10)
    cross_entropy(expected, labels).backward()
    assert {p.grad.dtype for p in model.parameters() if p.grad is not None} == {np.dtype(dtype)}
    assert all(p.grad is not None and np.abs(p.grad.data).max() > 0 for p in model.parameters())


@pytest.mark.parametrize("config", [{}, {"activation": "tanh"}, {"hidden": ()}, {"channels": (1, 2), "hidden": (3, 4)}])
def test_lenet_is_made_again_of_its_config(config: dict[str, Any]) -> None:
    first = LeNet(**config, rng=np.random.default_rng(3))
    second = LeNet(**first.config, rng=np.random.default_rng(3))
    np.testing.assert_equal(first.state_dict(), second.state_dict())
    double = LeNet(**config, dtype=np.float64, rng=np.random.default_rng(3)).state_dict()
    assert all(np.array_equal(p, double[name].astype(np.float32)) for name, p in first.state_dict().items())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"activation": "gelu"}, r"LeNet was given activation='gelu'; it knows relu, sigmoid, tanh"),
        (
            {"channels": (16,)},
            r"LeNet was given channels=\(16,\) and hidden=\(128,\); it needs two numbers of channels",
        ),
        ({"channels": (16, 32, 64)}, r"it needs two numbers of channels"),
        ({"channels": (16, 0)}, r"LeNet was given channels=\(16, 0\)"),
        ({"hidden": (10, -1)}, r"and hidden=\(10, -1\); .* all of them 1 or more"),
    ],
)
def test_lenet_says_what_it_cannot_be_made_of(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LeNet(**arguments)


@pytest.mark.parametrize(("activation", "order"), [("relu", 1), ("tanh", 2)])
def test_gradients_of_lenet(activation: str, order: int) -> None:
    model = small_lenet(activation)
    x, labels = digits(1)
    layers = [layer for layer in model.layers if isinstance(layer, nn.Conv2d | nn.Linear)]
    parameters = [[p.data.copy() for p in (layer.weight, layer.bias)] for layer in layers]

    def loss(x: Any, parameters: Any) -> Any:
        for layer, (weight, bias) in zip(layers, parameters, strict=True):
            layer.weight, layer.bias = weight, bias
        return nn.cross_entropy(model(x), labels)

    ag.assert_gradients(loss, x, parameters, order=order, fast=True, directions=1)


def test_a_checkpoint_of_lenet_gives_the_same_gradients() -> None:
    model, again = small_lenet(), small_lenet()
    x, labels = digits()
    cross_entropy(model(x), labels).backward()
    blocks = [ag.checkpoint(nn.Sequential(*list(again.layers)[a:b])) for a, b in ((0, 3), (3, 6), (6, 10))]
    h = ag.Tensor(x.reshape(-1, 1, 28, 28), requires_grad=True)
    for block in blocks:
        h = block(h)
    cross_entropy(h, labels).backward()
    for p, q in zip(model.parameters(), again.parameters(), strict=True):
        assert p.grad is not None
        assert q.grad is not None
        np.testing.assert_array_equal(p.grad.data, q.grad.data)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_compiled_steps_of_lenet_give_the_same_weights(dtype: Any) -> None:
    found = []
    for compiled in (False, True):
        model = small_lenet(dtype=dtype)
        step: Any = training_step(model, ag.optim.Adam(model.parameters(), 1e-3))
        step = ag.compile(step) if compiled else step
        losses = [step(*digits(4, dtype)).item() for _ in range(5)]
        found.append((losses, model.state_dict()))
    np.testing.assert_equal(*found)
    assert found[0][0][-1] < found[0][0][0]


def test_a_profile_of_lenet_names_its_layers() -> None:
    model = small_lenet()
    x, labels = digits()
    with ag.profile() as profile:
        cross_entropy(model(x), labels).backward()
    modules = {row.name: row for row in profile.rows(by="module")}
    for k in (0, 1, 2, 3, 4, 5, 7, 8, 9):  # Flatten has the memory of what it reshapes
        assert modules[f"LeNet.layers.{k}"].backward > 0
    assert [call.name for call in profile.calls].count("convolution") == 2


def test_a_picture_of_lenet_shows_its_layers() -> None:
    model = small_lenet()
    x, labels = digits()
    source = ag.draw(lambda x: cross_entropy(model(x), labels), x, backward=True).source
    for text in ("layers.0: Conv2d", "2×1×5×5 float64", "max_pool", "3×3×4×4 float64", "gradient of layers.3.weight"):
        assert text in source
    assert "layers.5: MaxPool2d" in source


def test_a_summary_of_lenet() -> None:
    table = str(LeNet().summary(np.zeros((2, 784), np.float32)))
    for text in ("Conv2d", "MaxPool2d", "(2, 16, 24, 24)", "(2, 32, 4, 4)", "80,202"):
        assert text in table, table
