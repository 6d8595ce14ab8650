"""What the network says and why: against the chain rule by hand, in threads, and without a trace in the network."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from served import network

from mnist import data, model_file
from mnist.explain import SURE, Explainer, leads
from mnist.train import as_input, predict
from models.mlp import MLP

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
    explainer = Explainer(network(16, 8).model)
    asked = [(image, digit) for image in IMAGES for digit in range(10)] * 5
    alone = [explainer.explain(image, digit) for image, digit in asked]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda pair: explainer.explain(*pair), asked))
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


@pytest.mark.parametrize(("best", "sure"), [(SURE, True), (SURE - 0.001, False), (1.0, True), (0.1, False)])
def test_which_answer_is_sure(best: float, sure: bool) -> None:
    probabilities = np.full(10, (1 - best) / 9)
    probabilities[4] = best
    assert leads(probabilities) is sure
    assert leads(probabilities[::-1]) is sure


@pytest.mark.mnist
def test_it_doubts_most_of_its_mistakes_and_few_others() -> None:
    try:
        mnist = data.load()
    except data.DataError as error:
        pytest.skip(f"MNIST can't be had: {error.problem}")
    probabilities = predict(model_file.load(model_file.PRETRAINED), mnist.test_images)
    right = probabilities.argmax(axis=1) == mnist.test_labels
    sure = np.array([leads(row) for row in probabilities])
    assert sure[right].mean() > 0.9
    assert sure[~right].mean() < 0.35
    assert right[sure].mean() > 0.995
