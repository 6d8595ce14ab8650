"""The network on the engine against the same network with its backpropagation written by hand."""

import subprocess
import sys
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import autograd as ag
from models.mlp import ACTIVATIONS, LOSSES, MLP, squared_error
from models.mlp_by_hand import MLPByHand

Array = NDArray[Any]
CASES = list(product(["relu", "sigmoid", "tanh"], ["cross_entropy", "squared_error"], [np.float32, np.float64]))
# Roundoff only. It grows along a run, so loss curves are compared with the same bounds as gradients at their start.
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-12}


def by_hand(model: MLP, loss: str) -> MLPByHand:
    state = model.state_dict()
    weights = [state[name] for name in state if name.endswith("weight")]
    biases = [state[name] for name in state if name.endswith("bias")]
    return MLPByHand(weights, biases, model.activation, loss)


def batches(dtype: Any, count: int, size: int = 32) -> list[tuple[Array, Array]]:
    rng = np.random.default_rng(7)
    images = rng.standard_normal((count, size, 20)).astype(dtype)
    return [(x, x[:, :5].argmax(axis=1)) for x in images]


def relative_error(found: Array, expected: Array) -> float:
    return float(np.linalg.norm(found.astype(float) - expected) / np.linalg.norm(expected.astype(float)))


def test_the_cases_are_all_that_there_are() -> None:
    assert {activation for activation, _, _ in CASES} == set(ACTIVATIONS)
    assert {loss for _, loss, _ in CASES} == set(LOSSES)


@pytest.mark.parametrize(("activation", "loss", "dtype"), CASES)
def test_gradients_are_those_by_hand(activation: str, loss: str, dtype: Any) -> None:
    model = MLP((20, 16, 8, 5), activation, dtype, np.random.default_rng(1))
    reference = by_hand(model, loss)
    for x, labels in batches(dtype, 3):
        model.zero_grad()
        LOSSES[loss](model(x), labels).backward()
        outputs = reference.forward(x)
        weights, biases = reference.backward(outputs, reference.loss_and_gradient(outputs[-1], labels)[1])
        expected = [g for pair in zip(weights, biases, strict=True) for g in pair]
        for (name, p), g in zip(model.named_parameters(), expected, strict=True):
            assert p.grad is not None
            assert p.grad.dtype == dtype
            assert relative_error(p.grad.data, g) < TOLERANCE[dtype], name


@pytest.mark.parametrize(("activation", "loss", "dtype"), CASES)
def test_a_hundred_steps_give_the_loss_curve_by_hand(activation: str, loss: str, dtype: Any) -> None:
    model = MLP((20, 16, 8, 5), activation, dtype, np.random.default_rng(1))
    reference = by_hand(model, loss)
    optimizer = ag.optim.SGD(model.parameters(), lr=0.3)
    curve, expected = [], []
    data = batches(dtype, 5)
    for step in range(100):
        x, labels = data[step % 5]
        value = LOSSES[loss](model(x), labels)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        curve.append(value.item())
        expected.append(float(reference.step(x, labels, 0.3)))
    assert expected[95] < 0.98 * expected[0]  # the same batch: a curve that stays where it is would say nothing
    np.testing.assert_allclose(curve, expected, rtol=TOLERANCE[dtype], atol=0)
    for found, wanted in zip(model.state_dict().values(), interleaved(reference), strict=True):
        assert relative_error(found, wanted) < 10 * TOLERANCE[dtype]


def interleaved(model: MLPByHand) -> list[Array]:
    return [array for pair in zip(model.weights, model.biases, strict=True) for array in pair]


def test_the_comparison_can_fail() -> None:
    model = MLP((20, 16, 8, 5), "relu", np.float64, np.random.default_rng(1))
    reference = by_hand(model, "cross_entropy")
    reference.activation_gradient = lambda h: h >= 0  # type: ignore[method-assign]  # wrong: passes what relu stops
    ((x, labels),) = batches(np.float64, 1)
    LOSSES["cross_entropy"](model(x), labels).backward()
    outputs = reference.forward(x)
    weights, _ = reference.backward(outputs, reference.loss_and_gradient(outputs[-1], labels)[1])
    first = next(model.parameters())
    assert first.grad is not None
    assert relative_error(first.grad.data, weights[0]) > 1e-2


def test_mlp_by_hand_imports_nothing_of_the_engine() -> None:
    code = "import sys, models.mlp_by_hand; print([name for name in sys.modules if name.split('.')[0] == 'autograd'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_mlp_has_a_layer_for_each_pair_of_sizes() -> None:
    names = [(name, p.shape) for name, p in MLP().named_parameters()]
    assert names == [
        ("layers.0.weight", (784, 128)),
        ("layers.0.bias", (128,)),
        ("layers.2.weight", (128, 64)),
        ("layers.2.bias", (64,)),
        ("layers.4.weight", (64, 10)),
        ("layers.4.bias", (10,)),
    ]


def test_mlp_of_two_sizes_is_linear() -> None:
    model = MLP((3, 2), dtype=np.float64, rng=np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((4, 3))
    state = model.state_dict()
    np.testing.assert_allclose(model(x).data, x @ state["layers.0.weight"] + state["layers.0.bias"], rtol=1e-14)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
def test_the_same_seed_gives_the_same_weights_in_any_dtype(activation: str) -> None:
    single = MLP((6, 4, 3), activation, np.float32, np.random.default_rng(3)).state_dict()
    double = MLP((6, 4, 3), activation, np.float64, np.random.default_rng(3)).state_dict()
    other = MLP((6, 4, 3), activation, np.float64, np.random.default_rng(4)).state_dict()
    assert all(np.array_equal(single[name], double[name].astype(np.float32)) for name in double)
    assert not np.array_equal(double["layers.0.weight"], other["layers.0.weight"])


def test_squared_error_is_the_mean_over_batch_and_classes() -> None:
    logits = np.array([[1.0, 2.0], [0.0, -1.0]])
    assert squared_error(ag.Tensor(logits), np.array([1, 0])).item() == (1 + 1 + 1 + 1) / 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"activation": "gelu"}, r"MLP was given activation='gelu'; it knows relu, sigmoid, tanh"),
        ({"sizes": (784,)}, r"MLP was given sizes \(784,\); it needs at least an input and an output size"),
        ({"sizes": ()}, r"MLP was given sizes \(\)"),
        ({"sizes": (784, 0, 10)}, r"MLP was given sizes \(784, 0, 10\)"),
        ({"sizes": (784, -1, 10)}, r"MLP was given sizes \(784, -1, 10\)"),
    ],
)
def test_mlp_says_what_it_cannot_be_made_of(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MLP(**arguments)


@pytest.mark.parametrize("sizes", [(784, 10), (6, 5, 4)])
def test_mlp_is_made_again_of_its_config(sizes: tuple[int, ...]) -> None:
    first = MLP(sizes, "tanh", rng=np.random.default_rng(3))
    second = MLP(**first.config, rng=np.random.default_rng(3))
    np.testing.assert_equal(first.state_dict(), second.state_dict())
    assert first.architecture == "-".join(map(str, sizes))
