"""Losses against plain NumPy formulas and figures of PyTorch, their gradients against differences."""

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
Make = Callable[[], Any]
rng = np.random.default_rng(0)
X, T = ag.Tensor([[1.0], [2.0]]), np.array([1.0, 2.0])
ERRORS: dict[str, tuple[type[Exception], str, Make]] = {
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
    **{
        f"{name} shapes": (
            ValueError,
            rf"{name} was given shapes \(2, 1\) and \(2,\), which must be the same",
            lambda name=name: getattr(nn, name)(X, T),
        )
        for name in ("l1_loss", "smooth_l1_loss", "huber_loss", "kl_div")
    },
    **{
        f"{name} reduction": (
            ValueError,
            f"{name} was given reduction='batch'; it takes 'mean', 'sum', 'none'",
            lambda name=name: getattr(nn, name)(X, X, reduction="batch"),
        )
        for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div",
                     "binary_cross_entropy_with_logits")
    },
    "beta": (ValueError, "smooth_l1_loss was given beta=-1; it must not be", lambda: nn.smooth_l1_loss(X, X, beta=-1)),
    "beta nan": (ValueError, "beta=nan", lambda: nn.smooth_l1_loss(X, X, beta=float("nan"))),
    "delta": (ValueError, "huber_loss was given delta=0; it must be positive", lambda: nn.huber_loss(X, X, delta=0)),
    "batchmean of no batch": (
        ValueError,
        r"kl_div was given shape \(\), which has no batch to take the mean over",
        lambda: nn.kl_div(ag.Tensor(0.0), ag.Tensor(1.0), reduction="batchmean"),
    ),
    "weight": (
        ValueError,
        r"binary_cross_entropy was given weight of shape \(3,\) for losses of shape \(2, 1\); it must broadcast to",
        lambda: nn.binary_cross_entropy(X / 4, X.data / 4, [1.0, 2.0, 3.0]),
    ),
    "pos_weight with more axes": (
        ValueError,
        r"logits was given pos_weight of shape \(1, 2, 1\)",
        lambda: nn.binary_cross_entropy_with_logits(X, X.data, pos_weight=np.ones((1, 2, 1))),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "message", "make"), ERRORS.values(), ids=ERRORS)
def test_errors(kind: type[Exception], message: str, make: Make) -> None:
    with pytest.raises(kind, match=message):
        make()


# -- against PyTorch ---------------------------------------------------------------------------------------------------

TORCH_CASES = {
    name: case for name, case in cases.read("losses").items() if not name.startswith(("cross_entropy", "nll_loss"))
}
TOLERANCES = {np.dtype(np.float32): 2e-6, np.dtype(np.float64): 1e-12, np.dtype(np.float16): 3e-3}
OF_THE_FUNCTIONS = {name.partition(",")[0] for name in TORCH_CASES}


def weighed(y: ag.Tensor) -> ag.Tensor:
    return np.sum(y * (1 + 0.5 * np.arange(y.size).reshape(y.shape)).astype(y.dtype))


def options_of(case: cases.Case) -> dict[str, Any]:
    options = json.loads(str(case["options"]))
    if "dim" in options:
        options["axis"] = options.pop("dim")
    return {key: np.array(value) if isinstance(value, list) else value for key, value in options.items()}


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize("name", TORCH_CASES)
def test_values_and_gradients_are_those_of_torch(name: str, dtype: Any) -> None:
    case, rtol = TORCH_CASES[name], TOLERANCES[dtype]
    x, t = (ag.Tensor(case[key].astype(dtype), requires_grad=True) for key in ("x", "t"))
    y = getattr(nn, name.partition(",")[0])(x, t, **options_of(case))
    weighed(y).backward()
    assert y.dtype == dtype
    for key, tensor in {"y": y, "gx": x.grad, "gt": t.grad}.items():
        if key in case:
            assert tensor is not None
            with np.errstate(over="ignore"):
                expected = case[key].astype(dtype)  # the gradient at a vector of 0 is 1 / eps, too large for float16
            atol = rtol * max(1, np.abs(expected[np.abs(expected) < 1e4]).max(initial=0))
            np.testing.assert_allclose(tensor.data, expected, rtol=rtol, atol=atol, err_msg=key)


def test_every_loss_of_two_arrays_is_compared() -> None:
    assert {name for name in nn.__all__ if name.endswith("_loss")} - {"nll_loss"} | {
        "kl_div", "cosine_similarity", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    } == OF_THE_FUNCTIONS  # fmt: skip


# -- all of them -------------------------------------------------------------------------------------------------------

LOSSES: dict[str, Callable[..., Any]] = {
    "mse": nn.mse_loss, "l1": nn.l1_loss, "smooth l1": lambda x, t, **o: nn.smooth_l1_loss(x, t, beta=0.7, **o),
    "smooth l1, beta 0": lambda x, t, **o: nn.smooth_l1_loss(x, t, beta=0, **o),
    "huber": lambda x, t, **o: nn.huber_loss(x, t, delta=0.7, **o),
    "kl": lambda x, t, **o: nn.kl_div(x, np.square(t) + 0.1, **o),
    "kl, log": lambda x, t, **o: nn.kl_div(x, t, log_target=True, **o),
    "bce": lambda x, t, **o: nn.binary_cross_entropy(nn.sigmoid(x), nn.sigmoid(t), [2.0], **o),
    "bce with logits": lambda x, t, **o: nn.binary_cross_entropy_with_logits(x, t, [2.0], pos_weight=[0.3], **o),
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(LOSSES)), st.sampled_from(["mean", "sum", "none"]),
    st.lists(st.integers(1, 3), min_size=1, max_size=3), st.integers(0, 99),
)  # fmt: skip
def test_gradients_of_any_order(name: str, reduction: str, shape: list[int], seed: int) -> None:
    x, t = np.random.default_rng(seed).uniform(-2, 2, (2, *shape))
    kinks = np.abs(np.abs(x - t)[..., None] - [0, 0.7]).min()
    if kinks < 1e-3:
        return
    assert_gradients(lambda x: weighed(LOSSES[name](x, t, reduction=reduction)), x)
    assert_gradients(lambda t: weighed(LOSSES[name](x, t, reduction=reduction)), t)


@pytest.mark.parametrize("name", LOSSES)
def test_of_no_elements_and_of_non_contiguous_ones(name: str) -> None:
    f = LOSSES[name]
    assert f(ag.Tensor(np.ones((0, 3))), np.ones((0, 3)), reduction="none").shape == (0, 3)
    assert f(ag.Tensor(np.ones((0, 3))), np.ones((0, 3)), reduction="sum").item() == 0
    with pytest.raises(ValueError, match=r"was given an empty batch, of shape \(0, 3\), which has no mean; skip it"):
        f(ag.Tensor(np.ones((0, 3))), np.ones((0, 3)))
    x, t = rng.uniform(0.1, 0.6, (4, 6)), rng.uniform(0.7, 0.9, (3, 2))
    assert_gradients(lambda x: f(x.T[::2, 1::2], t), x)


@pytest.mark.parametrize("name", LOSSES)
def test_compiled_they_give_the_same_bits(name: str) -> None:
    calls: Any = [(None, rng.normal(size=(2, 4, 3)).astype(np.float32)) for _ in range(4)]

    def make() -> Any:
        layer = nn.Linear(3, 3, rng=np.random.default_rng(0))

        def step(x: Any, t: Any) -> Any:
            layer.zero_grad()
            loss = LOSSES[name](layer(x), t)
            loss.backward()
            return loss

        return step, [layer]

    assert_same(make, [(before, tuple(args)) for before, args in calls])


def test_the_gradient_at_a_kink() -> None:
    """Where input and target are equal that of |d| is 0; where d is delta both pieces have the same."""
    zero = np.zeros(3)
    for f in (nn.l1_loss, lambda x, t: nn.smooth_l1_loss(x, t, beta=0)):
        np.testing.assert_array_equal(gradient(lambda x, f=f: f(x, zero), zero), zero)
    d = np.array([-2.0, -0.5, 0.0, 0.5, 2.0])
    found = gradient(lambda x: nn.huber_loss(x, np.zeros(5), delta=0.5, reduction="sum"), d)
    np.testing.assert_array_equal(found, [-0.5, -0.5, 0, 0.5, 0.5])
    found = gradient(lambda x: nn.smooth_l1_loss(x, np.zeros(5), beta=0.5, reduction="sum"), d)
    np.testing.assert_array_equal(found, [-1, -1, 0, 1, 1])


def test_a_float64_weight_keeps_float32() -> None:
    x, t = ag.Tensor(np.full((2, 2), 0.5, np.float32)), np.full((2, 2), 0.5, np.float32)
    assert nn.binary_cross_entropy(x, t, np.ones(2)).dtype == np.float32
    assert nn.binary_cross_entropy_with_logits(x, t, [1, 2], pos_weight=ag.Tensor([3.0])).dtype == np.float32


def test_a_sum_of_many_in_float16() -> None:
    """The sum is near the largest number that float16 holds; added up in float16 it would be off by far."""
    x = ag.Tensor(np.ones(60_000, np.float16), requires_grad=True)
    for f in (nn.l1_loss, nn.huber_loss):
        loss = f(x, np.zeros(60_000, np.float16), reduction="sum")
        assert loss.dtype == np.float16
        assert loss.item() == pytest.approx(60_000 if f is nn.l1_loss else 30_000, rel=1e-3)


def test_a_small_beta_in_float16() -> None:
    x = ag.Tensor(np.array([1e-3, 0.5], np.float16), requires_grad=True)
    nn.smooth_l1_loss(x, np.zeros(2, np.float16), beta=1e-2, reduction="sum").backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.data, [0.1, 1], rtol=2e-3)


def test_kl_div_of_what_has_probability_0() -> None:
    log_p = np.log(np.array([[0.25, 0.75]]))
    assert nn.kl_div(ag.Tensor(log_p), np.array([[0.0, 1.0]]), reduction="sum").item() == pytest.approx(-np.log(0.75))
    with np.errstate(invalid="ignore"):
        assert np.isnan(nn.kl_div(ag.Tensor(log_p), np.array([[-0.5, 1.5]])).item())


def test_kl_div_of_a_distribution_from_itself_is_0() -> None:
    p = np.array([[0.25, 0.75], [0.5, 0.5]])
    assert nn.kl_div(ag.Tensor(np.log(p)), p, reduction="batchmean").item() == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_without_axes(name: str) -> None:
    x, t = ag.Tensor(0.5), np.array(0.25)
    losses = LOSSES | {"bce": nn.binary_cross_entropy, "bce with logits": nn.binary_cross_entropy_with_logits}
    assert losses[name](x, t).shape == losses[name](x, t, reduction="none").shape == ()


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 4)])
def test_cosine_similarity_is_that_of_its_formula(shape: tuple[int, ...]) -> None:
    a, b = rng.normal(size=(2, *shape))
    for axis in range(-len(shape), len(shape)):
        expected = np.sum(a * b, axis) / (np.linalg.norm(a, axis=axis) * np.linalg.norm(b, axis=axis))
        np.testing.assert_allclose(nn.cosine_similarity(a, ag.Tensor(b), axis=axis).data, expected, rtol=1e-13)
        assert_gradients(lambda x, axis=axis: weighed(nn.cosine_similarity(x, b, axis)), a)
        assert_gradients(lambda x, axis=axis: weighed(nn.cosine_similarity(x, x * x, axis)), a)
        assert_gradients(lambda x, axis=axis: weighed(nn.cosine_similarity(x, b, axis, eps=1.2)), a)


def test_cosine_similarity_in_float16_of_what_its_squares_do_not_fit() -> None:
    a = ag.Tensor(np.array([[300.0, 400.0]], np.float16))
    found = nn.cosine_similarity(a, a)
    assert found.dtype == np.float16
    assert found.item() == 1


# -- squares, and binary cross entropy ---------------------------------------------------------------------------------


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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("options", [{}, {"pos_weight": 1.0}, {"pos_weight": 0.5}])
def test_bce_with_logits_has_the_digits_of_small_losses(dtype: Any, options: dict[str, Any]) -> None:
    """log(1 + exp(x)) of x below -17 is 0 in float32, if 1 is added first, or x; of targets 1 that of -x."""
    logits = -np.linspace(0, 80, 400).astype(dtype)
    expected = np.log1p(np.exp(logits.astype(np.longdouble)))
    for target, weight in ((0, 1), (1, options.get("pos_weight", 1))):
        x = -logits if target else logits
        losses = nn.binary_cross_entropy_with_logits(x, np.full_like(x, target), reduction="none", **options)
        np.testing.assert_allclose(np.asarray(losses), weight * expected, rtol=8 * np.finfo(dtype).eps)
        assert np.asarray(losses).dtype == dtype


def test_bce_with_logits_of_a_target_that_follows_them() -> None:
    f = lambda x: nn.binary_cross_entropy_with_logits(x, nn.sigmoid(2 * x), reduction="sum")
    assert_gradients(f, np.linspace(-3, 3, 7))


def test_the_dtype_of_bce_with_logits() -> None:
    """That of NumPy's arithmetic; float16 is computed in float32."""
    x, t = np.array([0.5, -0.25]), np.array([True, False])
    for dtype, target, expected in [
        (np.float32, t, np.float32), (np.float32, t.astype(float), np.float64), (np.float16, t, np.float16),
        (int, t, np.float64),
    ]:  # fmt: skip
        loss = nn.binary_cross_entropy_with_logits(x.astype(dtype), target, reduction="none")
        assert np.asarray(loss).dtype == expected
        logits = x.astype(dtype).astype(float)
        np.testing.assert_allclose(np.asarray(loss), np.logaddexp(0, logits) - t * logits, rtol=1e-3)


@pytest.mark.filterwarnings("ignore:invalid value")  # inf - inf and 0 * inf, of the loss
def test_the_gradient_of_bce_with_infinite_logits() -> None:
    logits, target = np.array([np.inf, -np.inf, np.inf, -np.inf]), np.array([1.0, 0.0, 0.0, 1.0])
    found = gradient(lambda x: nn.binary_cross_entropy_with_logits(x, target), logits)
    np.testing.assert_array_equal(found, [0, 0, 0.25, -0.25])
