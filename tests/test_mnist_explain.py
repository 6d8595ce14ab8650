"""What the network says and why: against the chain rule by hand, in threads, and without a trace in the network."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from served import convolutional, network

import autograd as ag
from autograd import nn
from mnist import data, model_file
from mnist.explain import SURE, Explainer, leads, program
from mnist.networks import Network
from mnist.train import as_input, predict
from models.mlp import ACTIVATIONS, MLP

IMAGES = np.random.default_rng(1).integers(0, 256, (8, 28, 28)).astype(np.uint8)
SLOPES = {"relu": lambda y: y > 0, "tanh": lambda y: 1 - y**2, "sigmoid": lambda y: y * (1 - y)}  # from the output
HIDDEN = [(), (16,), (16, 8), (12, 9, 7)]


def by_hand(model: MLP, image: np.ndarray, digit: int) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Activations, logits and the gradient of a logit, in float64 and without the engine."""
    state = {name: array.astype(float) for name, array in model.state_dict().items()}
    weights = [state[name] for name in sorted(state) if name.endswith("weight")]
    biases = [state[name] for name in sorted(state) if name.endswith("bias")]
    activate = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}
    y, hidden = as_input(image[None])[0].astype(float), []
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        y = activate[model.activation](y @ weight + bias)
        hidden.append(y)
    logits = y @ weights[-1] + biases[-1]
    gradient = weights[-1][:, digit]
    for weight, y in zip(weights[-2::-1], hidden[::-1], strict=True):
        gradient = weight @ (gradient * SLOPES[model.activation](y))
    return hidden, logits, gradient.reshape(28, 28)


@pytest.mark.parametrize("activation", list(SLOPES))
@pytest.mark.parametrize("hidden", HIDDEN)
def test_it_agrees_with_the_chain_rule(hidden: tuple[int, ...], activation: str) -> None:
    model = network(*hidden, activation=activation).model
    found = Explainer(model).explain(IMAGES[0], 3)
    activations, logits, gradient = by_hand(model, IMAGES[0], 3)
    assert found.explained == 3
    assert found.saliency.shape == (28, 28)
    np.testing.assert_allclose(found.saliency, gradient, atol=1e-5 * np.abs(gradient).max())
    assert [len(each) for each in found.hidden] == list(hidden)
    for mine, theirs in zip(found.hidden, activations, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.probabilities, np.exp(logits) / np.exp(logits).sum(), rtol=1e-4)
    assert found.digit == logits.argmax()


def eagerly(model: Network, image: np.ndarray, digit: int | None) -> list[np.ndarray]:
    """Probabilities, saliency and activations, by the network itself and not compiled."""
    x = ag.Tensor(as_input(image[None]), requires_grad=True)
    hidden: list[np.ndarray] = []
    with ExitStack() as hooks:
        for layer in model.modules():
            if isinstance(layer, ACTIVATIONS[model.activation]):
                hook = layer.register_forward_hook(lambda _layer, _inputs, output: hidden.append(output.data[0]))
                hooks.enter_context(hook)
        logits = model(x)
    probabilities = nn.softmax(logits.data)[0]
    gradient = ag.grads(logits[0, probabilities.argmax() if digit is None else digit], x)
    return [probabilities, gradient.data.reshape(28, 28), *hidden]


def found_by(explainer: Explainer, image: np.ndarray, digit: int | None = None) -> list[np.ndarray]:
    found = explainer.explain(image, digit)
    return [found.probabilities, found.saliency, *found.hidden]


def assert_same_bits(ours: list[np.ndarray], theirs: list[np.ndarray]) -> None:
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.shape, mine.dtype) == (other.shape, other.dtype)
        assert mine.tobytes() == other.tobytes()


# -- its program -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", list(SLOPES))
@pytest.mark.parametrize("hidden", [*HIDDEN, (1,), (128, 64)])
def test_compiled_it_gives_the_same_bits(hidden: tuple[int, ...], activation: str) -> None:
    model = network(*hidden, activation=activation).model
    explainer = Explainer(model)
    for image in [*IMAGES, np.zeros((28, 28), np.uint8)]:
        for digit in (None, 0, 9):
            assert_same_bits(found_by(explainer, image, digit), eagerly(model, image, digit))


LENETS = [{}, {"hidden": (5,)}, {"hidden": (6, 5), "activation": "tanh"}, {"channels": (1, 2), "activation": "sigmoid"}]


@pytest.mark.parametrize("config", LENETS, ids=str)
def test_of_a_lenet_it_gives_the_same_bits(config: dict[str, Any]) -> None:
    config = {"hidden": (), **config}
    model = convolutional(*config.pop("hidden"), **config).model
    explainer = Explainer(model)
    for image in [*IMAGES[:3], np.zeros((28, 28), np.uint8)]:
        for digit in (None, 0, 9):
            assert_same_bits(found_by(explainer, image, digit), eagerly(model, image, digit))


def test_the_hidden_layers_of_a_lenet_are_its_maps_and_neurons() -> None:
    model = convolutional(6, channels=(3, 4)).model
    explainer = Explainer(model)
    found = explainer.explain(IMAGES[0], 3)
    assert explainer.shapes == [(3, 24, 24), (4, 8, 8), (6,)] == [each.shape for each in found.hidden]
    state = model.state_dict()
    image, kernel = as_input(IMAGES[:1]).reshape(28, 28), state["layers.0.weight"][1, 0]
    expected = np.sum(image[7:12, 2:7] * kernel) + state["layers.0.bias"][1]  # one place of one map, by hand
    assert found.hidden[0][1, 7, 2] == pytest.approx(max(expected, 0), abs=1e-5)
    np.testing.assert_allclose(found.probabilities, predict(model, IMAGES[:1])[0], rtol=1e-5)


def test_the_saliency_of_a_lenet_is_what_a_little_more_ink_changes() -> None:
    model = convolutional(6, activation="tanh").model  # smooth but for its pooling
    found = Explainer(model).explain(IMAGES[0], 3)
    image = as_input(IMAGES[:1]).astype(np.float64)
    for pixel in (300, 406, 500):
        step = np.zeros_like(image)
        step[0, pixel] = 1e-3
        ends = [model((image + way * step).astype(np.float32)).data[0, 3] for way in (1, -1)]
        assert found.saliency.ravel()[pixel] == pytest.approx((ends[0] - ends[1]) / 2e-3, rel=0.05, abs=1e-3)


def test_networks_of_one_shape_share_one_program() -> None:
    models = [network(11, 6).model for _ in range(3)]
    for k, model in enumerate(models):
        for parameter in model.parameters():
            parameter.data *= np.float32(1 + k / 2)
    explainers = [Explainer(model) for model in models]
    for image in IMAGES:
        for digit in (None, *range(10)):
            for model, explainer in zip(models, explainers, strict=True):
                assert_same_bits(found_by(explainer, image, digit), eagerly(model, image, digit))
    shared: Any = program("mlp", sizes=(784, 11, 6, 10), activation="relu")
    assert {explainer._program for explainer in explainers} == {shared}
    assert len(shared.programs) == 1
    assert "weights[0] (784, 11) float32" in shared.programs[0]
    assert program("mlp", sizes=(784, 11, 6, 10), activation="tanh") is not shared
    assert program("mlp", sizes=(784, 11, 10), activation="relu") is not shared


def test_nobody_waits_for_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many shapes of networks there are: all programs are there before anybody asks, and stay."""
    models = [network(n, activation=activation).model for n in range(20, 30) for activation in SLOPES]
    explainers = [Explainer(model) for model in models]
    expected = [eagerly(model, IMAGES[0], 3) for model in models]
    monkeypatch.setattr(ag, "grads", None)  # the function itself would fail
    for explainer, those in zip(explainers, expected, strict=True):
        assert_same_bits(found_by(explainer, IMAGES[0], 3), those)
        explainer.explain(IMAGES[0])


LAYOUTS = {
    "transposed": lambda image: image.T, "strided": lambda image: np.kron(image, np.ones((2, 2), np.uint8))[::2, ::2],
    "reversed": lambda image: image[::-1, ::-1], "of a batch": lambda image: IMAGES[::2, :, ::-1][1],
    "broadcast": lambda image: np.broadcast_to(image[:1], (28, 28)),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_images_of_any_layout_need_no_other_program(monkeypatch: pytest.MonkeyPatch, layout: str) -> None:
    model = network(16, 8).model
    explainer, image = Explainer(model), LAYOUTS[layout](IMAGES[0])
    expected = eagerly(model, image.copy(), 5)
    monkeypatch.setattr(ag, "grads", None)
    assert_same_bits(found_by(explainer, image, 5), expected)
    assert_same_bits(found_by(explainer, image, np.uint8(5)), expected)


def test_what_was_answered_stays_as_it_is() -> None:
    explainer = Explainer(network(16, 8).model)
    first = found_by(explainer, IMAGES[0], 3)
    before = [array.copy() for array in first]
    others = [array for image in IMAGES for array in found_by(explainer, image)]
    assert_same_bits(first, before)
    for mine in first:
        assert mine.flags.writeable
        assert not any(np.shares_memory(mine, other) for other in others)


@pytest.mark.parametrize("digit", [-1, 10])
def test_a_digit_that_is_none(digit: int) -> None:
    with pytest.raises(IndexError, match=f"digit={digit}; the network knows 0 to 9"):
        Explainer(network(16).model).explain(IMAGES[0], digit)


# -- what it says ------------------------------------------------------------------------------------------------------


def test_without_a_digit_the_most_probable_one_is_explained() -> None:
    model = network(16, 8).model
    explainer = Explainer(model)
    for image in IMAGES:
        found = explainer.explain(image)
        assert found.explained == found.digit == predict(model, image[None]).argmax()
        np.testing.assert_array_equal(found.saliency, explainer.explain(image, found.digit).saliency)


def test_every_digit_has_a_saliency_of_its_own() -> None:
    explainer = Explainer(network(16, 8).model)
    found = [explainer.explain(IMAGES[0], digit) for digit in range(10)]
    assert len({each.saliency.tobytes() for each in found}) == 10
    assert len({each.probabilities.tobytes() for each in found}) == 1


def test_the_network_stays_as_it_is() -> None:
    model = network(16, 8).model
    before = model.state_dict()
    explainer = Explainer(model)
    explainer.explain(IMAGES[0])
    np.testing.assert_equal(model.state_dict(), before)
    parameters = list(model.parameters())  # those that require a gradient
    assert len(parameters) == 6
    for parameter in parameters:
        assert parameter.grad is None
        parameter.data += 1  # who trains on does not change what is explained, either
    np.testing.assert_equal(explainer.model.state_dict(), before)
    assert list(explainer.model.parameters()) == []  # constants, so that no gradient is computed of them
    with pytest.raises(ValueError, match="read-only"):
        explainer.model.layers[0].weight.data += 1


def test_threads_get_what_one_gets_alone() -> None:
    models = [network(16, 8).model, network(16, 8).model, network(16).model]
    models[1].layers[0].bias.data += 1
    explainers = [Explainer(model) for model in models]  # two of them share a program
    asked = [(explainer, image, digit) for image in IMAGES for digit in range(10) for explainer in explainers] * 5
    alone = [explainer.explain(image, digit) for explainer, image, digit in asked]
    with ThreadPoolExecutor(32) as pool:
        together = list(pool.map(lambda each: each[0].explain(*each[1:]), asked))
    for mine, theirs in zip(alone, together, strict=True):
        np.testing.assert_array_equal(mine.saliency, theirs.saliency)
        np.testing.assert_array_equal(mine.probabilities, theirs.probabilities)
        np.testing.assert_equal(mine.hidden, theirs.hidden)


def test_weights_that_are_too_large() -> None:
    model = network(16).model
    for parameter in model.parameters():
        parameter.data *= np.float32(1e30)
    with pytest.raises(FloatingPointError, match="its weights are too large; train another, with a lower --learning"):
        Explainer(model).explain(IMAGES[0])


def test_weights_whose_gradient_is_too_large() -> None:
    model = network(16).model
    first, _, last = model.layers
    first.weight.data[0] = 1e38  # a pixel that is black
    last.weight.data *= 1e3
    image = IMAGES[0].copy()
    image[0, 0] = 0
    assert np.isfinite(predict(model, image[None])).all()
    with pytest.raises(FloatingPointError, match="the network's answer is no number"):
        Explainer(model).explain(image)


@pytest.mark.parametrize(("best", "sure"), [(SURE, True), (SURE - 0.001, False), (1.0, True), (0.1, False)])
def test_which_answer_is_sure(best: float, sure: bool) -> None:
    probabilities = np.full(10, (1 - best) / 9)
    probabilities[4] = best
    assert leads(probabilities) is sure
    assert leads(probabilities[::-1]) is sure


@pytest.mark.mnist
def test_it_doubts_most_of_its_mistakes_and_few_others() -> None:
    try:
        mnist = data.load_mnist()
    except data.DataError as error:
        pytest.skip(f"MNIST can't be had: {error.problem}")
    probabilities = predict(model_file.load_model(model_file.PRETRAINED), mnist.test_images)
    right = probabilities.argmax(axis=1) == mnist.test_labels
    sure = np.array([leads(row) for row in probabilities])
    assert sure[right].mean() > 0.9
    assert sure[~right].mean() < 0.35
    assert right[sure].mean() > 0.995
