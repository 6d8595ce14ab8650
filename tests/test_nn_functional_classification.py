"""Losses of classifiers against plain NumPy formulas and figures of PyTorch, their gradients against differences."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compared import assert_same
from differences import assert_gradients, gradient, second_gradient
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch_reference import cases

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
    "bool labels": (TypeError, "dtype bool", lambda: nn.cross_entropy(T, LABELS > 2)),
    "too large": (ValueError, "labels from 0 to 4; with 4 logits the classes are 0 to 3", lambda: ce([0, 4])),
    "too large, uint8": (ValueError, "labels from 0 to 255", lambda: ce(np.array([0, 255], np.uint8))),
    "negative": (
        ValueError,
        "from -1 to 2; with 4 logits the classes are 0 to 3; if -1 .* pass ignore_index=-1",
        lambda: ce([-1, 2]),
    ),
    "negative, int8": (ValueError, "labels from -128 to 2", lambda: ce(np.array([-128, 2], np.int8))),
    "too few": (ValueError, r"logits of shape \(2, 4\) and labels of shape \(1,\)", lambda: ce([1])),
    "integer one-hot": (
        ValueError,
        r"labels of shape \(2, 4\); .* probabilities .* labels.astype",
        lambda: ce(np.eye(4, dtype=int)[LABELS]),
    ),
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
    "classes second": (
        ValueError,
        r"logits of shape \(2, 4, 5\) and labels of shape \(2, 5\); .* where the classes are the second .* pass axis=1",
        lambda: nn.cross_entropy(np.zeros((2, 4, 5)), np.zeros((2, 5), int)),
    ),
    "classes second, of nll": (
        ValueError,
        "nll_loss was given log probabilities of shape .* pass axis=1",
        lambda: nn.nll_loss(np.zeros((2, 4, 5)), np.zeros((2, 5), int)),
    ),
    "axis that is not there": (
        ValueError,
        r"cross_entropy was given axis=2 and an input of shape \(2, 4\); name one of its axes",
        lambda: nn.cross_entropy(T, LABELS, axis=2),
    ),
    "labels for another axis": (
        ValueError,
        r"logits of shape \(4, 2\), with axis 0 moved to the end, and labels of shape \(2,\)",
        lambda: nn.cross_entropy(T, LABELS, axis=0),
    ),
    "reduction": (ValueError, "reduction='avg'; it takes 'mean', 'sum', 'none'", lambda: more(reduction="avg")),
    "weights for other classes": (
        ValueError,
        r"a weight of shape \(3,\) for 4 classes; pass a number for each class",
        lambda: more(weight=[1.0, 2.0, 3.0]),
    ),
    "a weight that learns": (TypeError, "its option 'weight', through which no", lambda: more(weight=T[0])),
    "probabilities of another shape": (
        ValueError,
        r"logits of shape \(2, 4\) and floats of shape \(2, 3\); the probabilities of the classes must have the shape",
        lambda: nn.cross_entropy(T, np.full((2, 3), 0.25)),
    ),
    "no label that counts": (
        ValueError,
        r"given no label that counts \(all are ignore_index, or of weight 0\); skip the batch",
        lambda: nn.cross_entropy(T, [2, 2], ignore_index=2),
    ),
    "weights of 0": (ValueError, "given no label that counts", lambda: more(weight=np.zeros(4))),
    "too large, with weights": (
        ValueError,
        "labels from 1 to 4; with 4 logits the classes are 0 to 3$",
        lambda: nn.cross_entropy(T, [1, 4], weight=np.ones(4)),
    ),
    "negative, beside what is ignored": (
        ValueError,
        "labels from -1 to 0; .* if -1 is for what does not count, pass ignore_index=-1",
        lambda: nn.cross_entropy(T, [-1, -100], ignore_index=-100),
    ),
    "ignored probabilities": (
        ValueError,
        "given ignore_index with probabilities, which have no labels to ignore",
        lambda: nn.cross_entropy(T, np.full((2, 4), 0.25), ignore_index=1),
    ),
    "empty batch, with weights": (
        ValueError,
        "given an empty batch, which has no mean; skip it",
        lambda: nn.cross_entropy(np.ones((0, 4)), np.ones(0, int), weight=np.ones(4)),
    ),
    "empty batch of probabilities": (
        ValueError,
        "given an empty batch, which has no mean; skip it",
        lambda: nn.cross_entropy(np.ones((0, 4)), np.ones((0, 4))),
    ),
    "float labels of nll": (
        TypeError,
        "nll_loss was given labels of dtype float64",
        lambda: nn.nll_loss(T, [1.0, 2.0]),
    ),
}


def ce(labels: Any, smoothing: float = 0.0) -> Any:
    return nn.cross_entropy(T, labels, smoothing)


def more(**options: Any) -> Any:
    return nn.cross_entropy(T, LABELS, **options)


@pytest.mark.parametrize(("kind", "message", "make"), ERRORS.values(), ids=ERRORS)
def test_errors(kind: type[Exception], message: str, make: Make) -> None:
    with pytest.raises(kind, match=message):
        make()


# -- with weights, labels that do not count, probabilities, axes: against PyTorch --------------------------------------

TORCH_CASES = {
    name: case for name, case in cases.read("losses").items() if name.startswith(("cross_entropy", "nll_loss"))
}
TOLERANCES = {np.dtype(np.float32): 2e-6, np.dtype(np.float64): 1e-12, np.dtype(np.float16): 3e-3}
DTYPES = pytest.mark.parametrize("dtype", TOLERANCES, ids=str)


def weighed(y: ag.Tensor) -> ag.Tensor:
    return np.sum(y * (1 + 0.5 * np.arange(y.size).reshape(y.shape)).astype(y.dtype))


@DTYPES
@pytest.mark.parametrize("name", TORCH_CASES)
def test_values_and_gradients_are_those_of_torch(name: str, dtype: Any) -> None:
    case, rtol = TORCH_CASES[name], TOLERANCES[dtype]
    x = ag.Tensor(case["x"].astype(dtype), requires_grad=True)
    t: Any = case["t"] if "gt" not in case else ag.Tensor(case["t"].astype(dtype), requires_grad=True)
    y = getattr(nn, name.partition(",")[0])(x, t, axis=1, **json.loads(str(case["options"])))
    weighed(y).backward()
    assert y.dtype == dtype
    found = {"y": y, "gx": x.grad} | ({"gt": t.grad} if "gt" in case else {})
    for key, tensor in found.items():
        atol = rtol * max(1, np.abs(case[key]).max())
        np.testing.assert_allclose(tensor.data, case[key], rtol=rtol, atol=atol, err_msg=key)


def options_for(classes: int) -> Any:
    numbers = st.lists(st.floats(0.25, 4), min_size=classes, max_size=classes)
    return st.fixed_dictionaries(
        {
            "reduction": st.sampled_from(["mean", "sum", "none"]),
            "weight": st.none() | numbers,
            "label_smoothing": st.sampled_from([0.0, 0.1, 1.0]),
        }
    )


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_gradients_of_any_order_with_all_options(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    options = data.draw(options_for(shape[axis]))
    draw = np.random.default_rng(data.draw(st.integers(0, 99)))
    outer = np.moveaxis(np.empty(shape), axis, -1).shape[:-1]
    x, labels = draw.normal(size=shape), draw.integers(0, shape[axis], outer)
    if data.draw(st.booleans()):
        labels = np.where(np.arange(labels.size).reshape(outer) % 2 == 1, -5, labels)
        options["ignore_index"] = -5
    assert_gradients(lambda x: weighed(nn.cross_entropy(x, labels, axis=axis, **options)), x)
    del options["label_smoothing"]
    assert_gradients(lambda x: weighed(nn.nll_loss(nn.log_softmax(x, axis), labels, axis=axis, **options)), x)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_gradients_of_any_order_of_probabilities(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    options = data.draw(options_for(shape[-1]))
    draw = np.random.default_rng(data.draw(st.integers(0, 99)))
    x, t = draw.normal(size=shape), draw.uniform(size=shape)
    assert_gradients(lambda x: weighed(nn.cross_entropy(x, t, **options)), x)
    assert_gradients(lambda t: weighed(nn.cross_entropy(x, t, **options)), t)
    assert_gradients(lambda x: weighed(nn.cross_entropy(x, x * t, **options)), x)


def test_the_slow_way_gives_what_the_fast_one_does() -> None:
    for smoothing in (0.0, 0.3):
        once = nn.cross_entropy(T, LABELS, smoothing).item()
        assert more(label_smoothing=smoothing, weight=np.ones(4)).item() == pytest.approx(once, rel=1e-14)
        assert more(label_smoothing=smoothing, ignore_index=-100).item() == pytest.approx(once, rel=1e-14)
        assert more(label_smoothing=smoothing, reduction="sum").item() == pytest.approx(2 * once, rel=1e-14)
        one_hot = nn.cross_entropy(T, np.eye(4)[LABELS], smoothing)
        assert one_hot.item() == pytest.approx(once, rel=1e-14)
    assert nn.nll_loss(nn.log_softmax(T), LABELS).item() == pytest.approx(TORCH[0.0][0], rel=1e-14)


def test_labels_that_do_not_count_get_no_gradient_whatever_their_logits_are() -> None:
    x = np.array([[1.0, 2.0, -np.inf], [np.inf, 0.0, 1.0], [-1e300, 1e300, 0.0]])
    t = ag.Tensor(x, requires_grad=True)
    with np.errstate(invalid="ignore"):
        loss = nn.cross_entropy(t, [1, -100, -100], ignore_index=-100)
    assert loss.item() == pytest.approx(np.log1p(np.exp(-1)))
    loss.backward()
    assert t.grad is not None
    p = 1 / (1 + np.exp(1))
    np.testing.assert_allclose(t.grad.data[0], [p, -p, 0])
    np.testing.assert_array_equal(t.grad.data[2], 0)


def test_a_list_of_weights_and_a_one_hot_target_of_float64_keep_float32() -> None:
    x = ag.Tensor(LOGITS.astype(np.float32))
    assert nn.cross_entropy(x, LABELS, weight=[1, 2, 3, 4]).dtype == np.float32
    assert nn.cross_entropy(x, np.eye(4)[LABELS]).dtype == np.float32
    assert nn.cross_entropy(x, np.eye(4)[LABELS], weight=ag.Tensor(np.ones(4)), reduction="none").dtype == np.float32


@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_an_empty_batch_has_a_sum_and_no_elements(reduction: str) -> None:
    x = ag.Tensor(np.ones((0, 4)), requires_grad=True)
    for target in (np.ones(0, int), np.ones((0, 4))):
        y = nn.cross_entropy(x, target, reduction=reduction)
        assert y.shape == (() if reduction == "sum" else (0,))
        y.sum().backward()
        assert x.grad is not None
        assert x.grad.shape == (0, 4)


@pytest.mark.parametrize("options", [
    {}, {"weight": np.float32([1, 2, 3])}, {"ignore_index": 1}, {"reduction": "sum", "label_smoothing": 0.1},
    {"weight": np.float32([1, 2, 3]), "ignore_index": 1, "label_smoothing": 0.2}, {"reduction": "none"},
], ids=str)  # fmt: skip
def test_compiled_it_gives_the_same_bits(options: dict[str, Any]) -> None:
    draw = np.random.default_rng(1)
    calls: Any = [
        (None, (draw.normal(size=(5, 3)).astype(np.float32), np.roll(np.array([0, 1, 2, 0, 2]), k))) for k in range(4)
    ]

    def make() -> Any:
        layer, criterion = nn.Linear(3, 3, rng=np.random.default_rng(0)), nn.CrossEntropyLoss(**options)

        def step(x: Any, y: Any) -> Any:
            layer.zero_grad()
            loss = np.sum(criterion(layer(x), y))
            loss.backward()
            return loss

        return step, [layer]

    assert_same(make, calls)


def test_a_compiled_function_refuses_labels_as_the_loss_does() -> None:
    step = ag.compile(lambda x, y: nn.cross_entropy(x, y, ignore_index=-1))
    for _ in range(3):
        step(LOGITS, LABELS)
    with pytest.raises(ValueError, match="labels from 0 to 4; with 4 logits"):
        step(LOGITS, np.array([-1, 4]))
    with pytest.raises(ValueError, match="no label that counts"):
        step(LOGITS, np.array([-1, -1]))
