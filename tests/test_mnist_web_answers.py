"""What is answered: numbers that agree with the network, rounded; and what a model's file tells of it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from served import convolutional, network

from mnist import model_file
from mnist.train import predict
from mnist.web import answers
from mnist.web.answers import ServedNetwork, rounded

IMAGE = np.random.default_rng(1).integers(0, 256, (28, 28)).astype(np.uint8)


@given(
    arrays.arrays(np.float32, st.integers(1, 9), elements=st.floats(width=32, allow_nan=False, allow_infinity=False))
)
@example(np.array([1e-45], np.float32))
def test_rounding_keeps_four_digits_of_the_largest(values: np.ndarray) -> None:
    found = np.array(rounded(values))
    assert np.isfinite(found).all()
    exact = values.astype(np.float64)  # as the bound for a denormal float32 is none itself
    assert np.abs(found - exact).max() <= 0.0006 * np.abs(exact).max()


def test_what_is_rounded_is_short() -> None:
    values = np.array([[0.123456, -1.98765e-5], [1 / 3, 0]], np.float32)
    assert rounded(values) == [[0.1235, -0.0], [0.3333, 0.0]]
    assert rounded(np.float32(1234567)) == 1235000
    assert rounded(np.zeros(2, np.float32)) == [0, 0]


def test_a_prediction() -> None:
    served = network(16, 8)
    found = served.explainer.explain(IMAGE, 4)
    answer = answers.prediction(IMAGE, found)
    expected = predict(served.model, IMAGE[None])[0]
    assert list(answer) == ["digit", "sure", "probabilities", "image", "saliency", "hidden"]
    assert answer["digit"] == expected.argmax()
    assert answer["sure"] is False
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-6)
    assert answer["image"] == IMAGE.tolist()
    assert answer["saliency"]["digit"] == 4
    scale = np.abs(found.saliency).max()
    np.testing.assert_allclose(answer["saliency"]["values"], found.saliency, atol=0.0006 * scale)
    assert [len(layer) for layer in answer["hidden"]] == [16, 8]
    for layer, activations in zip(answer["hidden"], found.hidden, strict=True):
        np.testing.assert_allclose(layer, activations, atol=0.0006 * activations.max())


def test_a_prediction_with_feature_maps() -> None:
    served = convolutional(6, channels=(3, 4))
    found = served.explainer.explain(IMAGE)
    answer = answers.prediction(IMAGE, found)
    assert [np.shape(layer) for layer in answer["hidden"]] == [(3, 24, 24), (4, 8, 8), (6,)]
    for layer, activations in zip(answer["hidden"], found.hidden, strict=True):
        np.testing.assert_allclose(layer, activations, atol=0.0006 * activations.max())


def test_what_is_told_of_the_network() -> None:
    told = answers.about(network(16, 8, activation="tanh"))
    assert told == {
        "kind": "mlp", "architecture": "784-16-8-10", "sizes": [784, 16, 8, 10], "maps": [[], []],
        "activation": "tanh", "accuracy": 0.5, "name": "small.safetensors",
    }  # fmt: skip
    told = answers.about(convolutional(6, channels=(3, 4)))
    assert told == {
        "kind": "lenet", "architecture": "3C5-MP2-4C5-MP2-6-10", "sizes": [784, 3, 4, 6, 10],
        "maps": [[24, 24], [8, 8], []], "activation": "relu", "accuracy": 0.5, "name": "small.safetensors",
    }  # fmt: skip


@pytest.mark.parametrize("hidden", [(16,), (16, 8), (16, 8, 4)])
def test_neurons(hidden: tuple[int, ...]) -> None:
    served = network(*hidden)
    state = served.model.state_dict()
    for layer, size in enumerate(hidden, 1):
        here, after = (f"layers.{2 * k}" for k in (layer - 1, layer))
        for index in (0, size - 1):
            found = answers.neuron(served, layer, index)
            weights = state[f"{here}.weight"][:, index]
            assert np.shape(found["weights"]) == ((28, 28) if layer == 1 else weights.shape)
            np.testing.assert_allclose(np.ravel(found["weights"]), weights, atol=0.0006 * np.abs(weights).max())
            np.testing.assert_allclose(found["bias"], state[f"{here}.bias"][index], rtol=1e-3)
            feeds = state[f"{after}.weight"][index]
            np.testing.assert_allclose(found["feeds"], feeds, atol=0.0006 * np.abs(feeds).max())


@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
def test_feature_maps(hidden: tuple[int, ...]) -> None:
    served = convolutional(*hidden, channels=(3, 4))
    state = served.model.state_dict()
    first, second, dense = (state[f"layers.{k}.weight"] for k in (0, 3, 7))
    for layer, kernels, bias, feeds in (
        (1, first, state["layers.0.bias"], second.sum(axis=(2, 3)).T),
        (2, second, state["layers.3.bias"], dense.reshape(4, 16, -1).sum(axis=1)),
    ):
        for index in (0, len(kernels) - 1):
            found = answers.neuron(served, layer, index)
            assert np.shape(found["weights"]) == kernels[index].shape
            np.testing.assert_allclose(found["weights"], kernels[index], atol=0.0006 * np.abs(kernels[index]).max())
            np.testing.assert_allclose(found["bias"], bias[index], rtol=1e-3)
            np.testing.assert_allclose(found["feeds"], feeds[index], atol=0.0006 * np.abs(feeds[index]).max())


def test_a_neuron_behind_maps_has_a_weight_for_each_of_their_places() -> None:
    """The sum that the page makes of them is what the network makes."""
    served = convolutional(6, 5, channels=(3, 4), activation="tanh")
    _, maps, sums, _ = served.explainer.explain(IMAGE).hidden
    pooled = maps.reshape(4, 4, 2, 4, 2).max(axis=(2, 4))
    for index in range(6):
        found = answers.neuron(served, 3, index)
        assert np.shape(found["weights"]) == (4, 4, 4)
        assert np.tanh(np.sum(pooled * found["weights"]) + found["bias"]) == pytest.approx(sums[index], abs=5e-3)
        assert np.shape(found["feeds"]) == (5,)
    assert np.shape(answers.neuron(served, 4, 0)["weights"]) == (6,)


def test_maps_that_are_none() -> None:
    served = convolutional(6, channels=(3, 4))
    for layer, index, sentence in (
        (0, 0, "there is no hidden layer 0; this network has the layers 1 to 3"),
        (1, 3, "there is no feature map 3 in layer 1; it has the feature maps 0 to 2"),
        (3, 6, "there is no neuron 6 in layer 3; it has the neurons 0 to 5"),
    ):
        with pytest.raises(LookupError, match=sentence):
            answers.neuron(served, layer, index)


@pytest.mark.parametrize(("hidden", "layer", "index", "sentence"), [
    ((16, 8), 0, 0, "there is no hidden layer 0; this network has the layers 1 to 2"),
    ((16, 8), 3, 0, "there is no hidden layer 3; this network has the layers 1 to 2"),
    ((16, 8), 2, 8, "there is no neuron 8 in layer 2; it has the neurons 0 to 7"),
    ((16, 8), 1, -1, "there is no neuron -1 in layer 1; it has the neurons 0 to 15"),
    ((), 1, 0, "this network has no hidden layer"),
])  # fmt: skip
def test_neurons_that_are_not_there(hidden: tuple[int, ...], layer: int, index: int, sentence: str) -> None:
    with pytest.raises(LookupError) as error:
        answers.neuron(network(*hidden), layer, index)
    assert error.value.args == (sentence,)


# -- a model's file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("about", "accuracy"), [
    ({"test_accuracy": 0.9863}, 0.9863), ({"test_accuracy": 1.0}, 1.0), ({"validation_accuracy": 0.9}, None),
    ({}, None), ({"test_accuracy": 2.5}, None), ({"test_accuracy": "high"}, None), ({"test_accuracy": None}, None),
    ([1], None), (None, None), ({"test_accuracy": float("nan")}, None),
])  # fmt: skip
def test_the_accuracy_that_a_file_tells(tmp_path: Path, about: Any, accuracy: float | None) -> None:
    model_file.save_model(tmp_path / "m.safetensors", network(16).model, about)
    found = ServedNetwork.read(tmp_path / "m.safetensors")
    assert (found.name, found.accuracy) == ("m.safetensors", accuracy)
    np.testing.assert_equal(found.model.state_dict(), network(16).model.state_dict())


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_a_file_that_tells_nonsense_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(model_file, "json", SimpleNamespace(dumps=lambda about: text))
    model_file.save_model(tmp_path / "m.safetensors", network(16).model, {})
    assert ServedNetwork.read(tmp_path / "m.safetensors").accuracy is None


def test_weights_that_are_no_numbers(tmp_path: Path) -> None:
    model = network(16).model
    model.layers[0].bias.data[3] = np.nan
    model_file.save_model(tmp_path / "m.safetensors", model, {})
    with pytest.raises(model_file.ModelError, match="has weights that are no finite numbers; train another network"):
        ServedNetwork.read(tmp_path / "m.safetensors")


def test_answers_are_ascii_and_never_hold_nan() -> None:
    assert answers.Json({"error": "\ud800 ü"}).body == b'{"error":"\\ud800 \\u00fc"}'
    with pytest.raises(ValueError, match="JSON compliant"):
        answers.Json({"x": float("nan")})
