"""Losses against plain NumPy formulas and figures of PyTorch, their gradients against differences."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from differences import assert_gradients, gradient, second_gradient
from numpy.typing import NDArray

import autograd as ag
from autograd import nn

Array = NDArray[Any]
rng = np.random.default_rng(0)
LOGITS = np.array([[1.0, 2.0, -1.0, 0.5], [0.0, -3.0, 2.0, 1.0]])
LABELS = np.array([3, 1])
INTEGERS = [np.dtype(code) for code in np.typecodes["AllInteger"]]


def cross_entropy_formula(logits: Array, labels: Array, smoothing: float = 0.0) -> float:
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    target = (1 - smoothing) * np.eye(logits.shape[-1])[labels] + smoothing / logits.shape[-1]
    return float(-(target * np.log(p)).sum(axis=-1).mean())


# -- cross_entropy ---------------------------------------------------------------------------------------------------

# torch.nn.functional.cross_entropy(LOGITS, LABELS, label_smoothing=s) of 2.13 in float64: its value, and the gradient
TORCH: dict[float, tuple[float, list[list[float]]]] = {
    0.0: (3.7036301024912466, [[0.11210390902410057, 0.30473001879943856, 0.015171614279708113, -0.43200554210324726],
                               [0.04481441233204096, -0.49776882178935905, 0.3311362067620602, 0.12181820269525788]]),
    0.1: (3.547380102491247, [[0.09960390902410057, 0.29223001879943855, 0.002671614279708112, -0.3945055421032473],
                              [0.032314412332040965, -0.4602688217893591, 0.31863620676206017, 0.10931820269525788]]),
    1.0: (2.1411301024912466, [[-0.01289609097589943, 0.17973001879943856, -0.10982838572029188, -0.057005542103247236],
                               [-0.08018558766795904, -0.12276882178935904, 0.20613620676206018,
                                -0.0031817973047421205]]),
}  # fmt: skip


@pytest.mark.parametrize("smoothing", TORCH)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_is_that_of_torch(smoothing: float, dtype: Any) -> None:
    value, expected = TORCH[smoothing]
    logits = ag.Tensor(LOGITS.astype(dtype), requires_grad=True)
    loss = nn.cross_entropy(logits, LABELS, smoothing)
    loss.backward()
    rtol = 1e-6 if dtype == np.float32 else 1e-13
    assert loss.shape == ()
    assert loss.dtype == dtype
    assert loss.item() == pytest.approx(value, rel=rtol)
    assert logits.grad is not None
    np.testing.assert_allclose(logits.grad.data, expected, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("shape", [(4,), (1, 4), (5, 3), (2, 3, 4), (2, 1, 3, 2), (3, 1)])
@pytest.mark.parametrize("smoothing", [0, 0.1, 1])
def test_cross_entropy_of_any_number_of_axes(shape: tuple[int, ...], smoothing: float) -> None:
    logits, labels = rng.standard_normal(shape), rng.integers(0, shape[-1], shape[:-1])
    found = nn.cross_entropy(ag.Tensor(logits), labels, label_smoothing=smoothing).item()
    assert found == pytest.approx(cross_entropy_formula(logits, labels, smoothing), rel=1e-12, abs=1e-12)
    assert_gradients(lambda x: nn.cross_entropy(x, labels, label_smoothing=smoothing), logits)
    assert_gradients(lambda x: np.square(nn.cross_entropy(x, labels, label_smoothing=smoothing)), logits)


@pytest.mark.parametrize("shape", [(70_000, 3), (1, 70_000)])
def test_cross_entropy_of_many_in_float16(shape: tuple[int, int]) -> None:
    """More than 65,504, the largest number that it holds."""
    labels = np.arange(shape[0]) % 3
    logits = ag.Tensor(np.zeros(shape, np.float16), requires_grad=True)
    loss = nn.cross_entropy(logits, labels)
    loss.backward()
    assert loss.dtype == np.float16
    assert loss.item() == pytest.approx(np.log(shape[1]), rel=1e-3)
    assert logits.grad is not None
    np.testing.assert_allclose(logits.grad.data[0], (1 / shape[1] - (np.arange(shape[1]) == 0)) / shape[0], rtol=5e-3)


def test_cross_entropy_of_a_non_contiguous_input() -> None:
    assert_gradients(lambda x: nn.cross_entropy(x.T[::2], np.array([1, 0])), LOGITS)


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_labels_of_every_integer_dtype(dtype: np.dtype[Any]) -> None:
    expected = cross_entropy_formula(LOGITS, LABELS)
    for labels in (LABELS.astype(dtype), ag.Tensor(LABELS.astype(dtype))):
        assert nn.cross_entropy(ag.Tensor(LOGITS), labels).item() == pytest.approx(expected, rel=1e-12)


def test_labels_as_a_list() -> None:
    assert nn.cross_entropy(ag.Tensor(LOGITS), [3, 1]).item() == pytest.approx(TORCH[0.0][0], rel=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_logits_have_a_finite_loss_and_gradients(smoothing: float, dtype: Any) -> None:
    logits = np.array([[1e4, -1e4, 0], [-1e4, 1e4, 1e4]], dtype)
    f = lambda x: nn.cross_entropy(x, np.array([1, 1]), smoothing)
    target = (1 - smoothing) * np.eye(3)[[1, 1]] + smoothing / 3
    log_p = np.array([[0, -2e4, -1e4], [-2e4 - np.log(2), -np.log(2), -np.log(2)]])
    expected = -(target * log_p).sum(axis=1).mean()
    assert f(ag.Tensor(logits)).item() == pytest.approx(expected, rel=1e-6)
    first, second = gradient(f, logits), second_gradient(f, logits, np.ones_like(logits))
    assert first.dtype == second.dtype == dtype
    np.testing.assert_allclose(first, (np.array([[1, 0, 0], [0, 0.5, 0.5]]) - target) / 2, atol=1e-6)
    assert np.isfinite(second).all()


def test_smoothing_of_a_numpy_number_keeps_the_dtype() -> None:
    logits = ag.Tensor(LOGITS.astype(np.float32))
    assert nn.cross_entropy(logits, LABELS, np.float64(0.1)).dtype == np.float32


def test_the_gradient_scales_with_what_comes_in() -> None:
    once = gradient(lambda x: nn.cross_entropy(x, LABELS), LOGITS)
    np.testing.assert_allclose(gradient(lambda x: 3 * nn.cross_entropy(x, LABELS), LOGITS), 3 * once, rtol=1e-14)


T = ag.Tensor(LOGITS, requires_grad=True)
Make = Callable[[], Any]
ERRORS: dict[str, tuple[type[Exception], str, Make]] = {
    "float labels": (
        TypeError,
        r"given labels of dtype float64, and expects the numbers of the classes; .* pass labels.argmax\(axis=-1\)",
        lambda: nn.cross_entropy(T, LABELS.astype(float)),
    ),
    "one-hot": (TypeError, "dtype float64", lambda: nn.cross_entropy(T, np.eye(4)[LABELS])),
    "bool labels": (TypeError, "dtype bool", lambda: nn.cross_entropy(T, LABELS > 2)),
    "too large": (ValueError, "labels from 0 to 4; with 4 logits the classes are 0 to 3", lambda: ce([0, 4])),
    "too large, uint8": (ValueError, "labels from 0 to 255", lambda: ce(np.array([0, 255], np.uint8))),
    "negative": (ValueError, "labels from -1 to 2; with 4 logits the classes are 0 to 3", lambda: ce([-1, 2])),
    "negative, int8": (ValueError, "labels from -128 to 2", lambda: ce(np.array([-128, 2], np.int8))),
    "too few": (ValueError, r"logits of shape \(2, 4\) and labels of shape \(1,\)", lambda: ce([1])),
    "integer one-hot": (ValueError, r"labels of shape \(2, 4\)", lambda: ce(np.eye(4, dtype=int)[LABELS])),
    "a column": (ValueError, r"labels of shape \(2, 1\); labels must have the shape", lambda: ce([[1], [2]])),
    "no classes": (ValueError, r"logits of shape \(\)", lambda: nn.cross_entropy(ag.Tensor(1.0), 1)),
    "zero classes": (ValueError, "^cross_entropy was given", lambda: nn.cross_entropy(np.ones((2, 0)), [0, 0])),
    "empty batch": (
        ValueError,
        "given an empty batch, which has no mean; skip it",
        lambda: nn.cross_entropy(ag.Tensor(np.ones((0, 4))), np.ones(0, int)),
    ),
    "smoothing above 1": (ValueError, r"label_smoothing=1.5; it must lie in \[0, 1\]", lambda: ce([1, 2], 1.5)),
    "smoothing below 0": (ValueError, "label_smoothing=-0.1", lambda: ce([1, 2], -0.1)),
    "smoothing nan": (ValueError, "label_smoothing=nan", lambda: ce([1, 2], float("nan"))),
    "mse shapes": (
        ValueError,
        r"mse_loss was given shapes \(2, 1\) and \(2,\), which must be the same: broadcasting here is",
        lambda: nn.mse_loss(ag.Tensor([[1.0], [2.0]]), np.array([1.0, 2.0])),
    ),
    "bce shapes": (
        ValueError,
        r"binary_cross_entropy was given shapes \(2,\) and \(\)",
        lambda: nn.binary_cross_entropy(ag.Tensor([0.5, 0.5]), 1.0),
    ),
    "bce with logits shapes": (
        ValueError,
        r"binary_cross_entropy_with_logits was given shapes \(2,\) and \(1, 2\)",
        lambda: nn.binary_cross_entropy_with_logits(ag.Tensor([0.5, 0.5]), np.ones((1, 2))),
    ),
}


def ce(labels: Any, smoothing: float = 0.0) -> Any:
    return nn.cross_entropy(T, labels, smoothing)


@pytest.mark.parametrize(("kind", "message", "make"), ERRORS.values(), ids=ERRORS)
def test_errors(kind: type[Exception], message: str, make: Make) -> None:
    with pytest.raises(kind, match=message):
        make()


# -- the others ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_mse(dtype: Any, shape: tuple[int, ...]) -> None:
    prediction, target = rng.standard_normal((2, *shape)).astype(dtype)
    loss = nn.mse_loss(ag.Tensor(prediction), target)
    assert loss.dtype == dtype
    assert loss.item() == pytest.approx(float(np.mean((prediction - target) ** 2)), rel=1e-6)
    assert_gradients(lambda x: nn.mse_loss(x, target), prediction)
    assert_gradients(lambda x: nn.mse_loss(prediction.astype(float), x), target)


P, TARGET = np.array([0.1, 0.5, 0.9, 0.3]), np.array([0.0, 1.0, 1.0, 0.25])


def test_bce() -> None:
    expected = -np.mean(TARGET * np.log(P) + (1 - TARGET) * np.log(1 - P))
    assert nn.binary_cross_entropy(ag.Tensor(P), TARGET).item() == pytest.approx(expected, rel=1e-13)
    assert nn.binary_cross_entropy(ag.Tensor(P.astype(np.float32)), TARGET.astype(np.float32)).dtype == np.float32
    assert_gradients(lambda p: nn.binary_cross_entropy(p, TARGET), P)
    assert_gradients(lambda t: nn.binary_cross_entropy(P, t), np.array([0.2, 0.4, 0.6, 0.8]))


def test_bce_at_0_and_1_is_that_of_torch() -> None:
    p = ag.Tensor(np.array([0, 1, 0, 1, 0.3], np.float32), requires_grad=True)
    loss = nn.binary_cross_entropy(p, np.array([0, 1, 1, 0, 0.6], np.float32))
    loss.backward()
    assert loss.item() == pytest.approx(40.173011779785156, rel=1e-6)  # F.binary_cross_entropy 2.13
    assert p.grad is not None
    np.testing.assert_allclose(p.grad.data, [0, 0, -199999995904, 199999995904, -0.2857142984867096], rtol=1e-6)


def test_the_gradient_of_bce_for_targets_at_0_and_1() -> None:
    t = ag.Tensor([0.0, 1.0], requires_grad=True)
    nn.binary_cross_entropy(np.array([0.0, 1.0]), t).backward()  # a logarithm of 0 here must not warn
    assert t.grad is not None
    np.testing.assert_allclose(t.grad.data, [50, -50])


def test_bce_with_logits_is_bce_of_their_sigmoid() -> None:
    logits = np.linspace(-8, 8, 4)
    f = lambda x: nn.binary_cross_entropy_with_logits(x, TARGET)
    expected = nn.binary_cross_entropy(nn.sigmoid(logits), TARGET).item()
    assert f(ag.Tensor(logits)).item() == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(gradient(f, logits), (nn.sigmoid(logits) - TARGET) / 4, rtol=1e-12)
    assert_gradients(f, logits)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bce_with_extreme_logits(dtype: Any) -> None:
    logits, target = np.array([1e4, -1e4, 1e4, -1e4], dtype), np.array([1, 0, 0, 1], dtype)
    f = lambda x: nn.binary_cross_entropy_with_logits(x, target)
    assert f(ag.Tensor(logits)).item() == 5000
    np.testing.assert_array_equal(gradient(f, logits), [0, 0, 0.25, -0.25])
    assert np.isfinite(second_gradient(f, logits, np.ones_like(logits))).all()


@pytest.mark.filterwarnings("ignore:invalid value")  # inf - inf and 0 * inf, of the loss
def test_the_gradient_of_bce_with_infinite_logits() -> None:
    logits, target = np.array([np.inf, -np.inf, np.inf, -np.inf]), np.array([1.0, 0.0, 0.0, 1.0])
    found = gradient(lambda x: nn.binary_cross_entropy_with_logits(x, target), logits)
    np.testing.assert_array_equal(found, [0, 0, 0.25, -0.25])
