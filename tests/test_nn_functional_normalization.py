"""Normalisation: its formulas, gradients of both orders, what it records, and what it refuses."""

from typing import Any

import numpy as np
import pytest
from compiled import training_step
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import case, judged, normal, reversed_columns

import autograd as ag
from autograd import nn, optim
from autograd.nn.functional import moments, normalization

Array = Any
rng = np.random.default_rng(0)
MEAN, VAR = normal(3), np.abs(normal(3)) + 0.5


def batch(x: Any, weight: Any = None, bias: Any = None, **options: Any) -> Any:
    return nn.batch_norm(x, None, None, weight, bias, training=True, **options)


def running(x: Any, weight: Any = None, bias: Any = None) -> Any:
    return nn.batch_norm(x, MEAN, VAR, weight, bias)


CASES = [
    case(nn.layer_norm, normal(3, 4), f=lambda x: nn.layer_norm(x, (4,))),
    case(nn.layer_norm, normal(3, 4), normal(4), normal(4), f=lambda x, w, b: nn.layer_norm(x, (4,), w, b)),
    case(nn.layer_norm, normal(2, 3, 4), normal(3, 4), f=lambda x, w: nn.layer_norm(x, (3, 4), w, eps=0.1)),
    case(nn.layer_norm, normal(4), normal(4), f=lambda x, b: nn.layer_norm(x, (4,), None, b)),
    case(nn.layer_norm, normal(3, 1), f=lambda x: nn.layer_norm(x, (1,))),
    case(nn.layer_norm, normal(0, 4), normal(4), normal(4), f=lambda x, w, b: nn.layer_norm(x, (4,), w, b)),
    case(nn.layer_norm, reversed_columns(normal(3, 4)), normal(4), f=lambda x, w: nn.layer_norm(x, (4,), w)),
    case(nn.rms_norm, normal(3, 4), f=lambda x: nn.rms_norm(x, (4,))),
    case(nn.rms_norm, normal(2, 3, 4), normal(3, 4), f=lambda x, w: nn.rms_norm(x, (3, 4), w, 0.1)),
    case(nn.group_norm, normal(2, 4, 3), f=lambda x: nn.group_norm(x, 2)),
    case(nn.group_norm, normal(2, 4, 3), normal(4), normal(4), f=lambda x, w, b: nn.group_norm(x, 2, w, b)),
    case(nn.group_norm, normal(2, 3), normal(3), f=lambda x, w: nn.group_norm(x, 1, w)),
    case(nn.group_norm, normal(1, 2, 2, 2), normal(2), f=lambda x, b: nn.group_norm(x, 2, None, b, 0.1)),
    case(normalization.batch_norm_training, normal(4, 3), f=batch),
    case(normalization.batch_norm_training, normal(4, 3), normal(3), normal(3), f=batch),
    case(normalization.batch_norm_training, normal(2, 3, 2, 2), normal(3), f=batch),
    case(normalization.batch_norm_training, normal(1, 2, 3), normal(2), f=lambda x, b: batch(x, None, b, eps=0.1)),
    case(normalization.batch_norm_inference, normal(4, 3), f=running),
    case(normalization.batch_norm_inference, normal(2, 3, 2), normal(3), normal(3), f=running),
    case(normalization.batch_norm_inference, normal(0, 3), normal(3), normal(3), f=running),
    case(normalization.batch_norm_inference, normal(2, 3), normal(3), f=lambda x, b: running(x, None, b)),
    *(
        case(moments.normalized_gx, normal(*s), normal(*s), normal(n, 1), axis=axis, is_centred=is_centred)
        for s, n, axis in (((3, 4), 3, 1), ((2, 3, 2), 3, (0, 2)))
        for is_centred in (True, False)
    ),
]
test_gradients, test_float32 = judged(CASES, CASES)


# -- values ------------------------------------------------------------------------------------------------------------


def by_formula(x: Array, axes: tuple[int, ...], eps: float) -> Array:
    x = x.astype(np.float64)
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.data(), st.sampled_from([np.float32, np.float64]))
def test_layer_norm_and_rms_norm_of_any_shape(shape: list[int], data: Any, dtype: Any) -> None:
    count = data.draw(st.integers(1, len(shape)))
    last, axes = tuple(shape[-count:]), tuple(range(-count, 0))
    x, w, b = (np.random.default_rng(0).normal(size=s).astype(dtype) for s in (shape, last, last))
    tolerance = {"rtol": 1e-4, "atol": 1e-5} if dtype == np.float32 else {"rtol": 1e-10, "atol": 1e-12}
    y = nn.layer_norm(x, last, w, b, eps=0.01)
    assert (y.dtype, y.shape) == (dtype, x.shape)
    np.testing.assert_allclose(y, by_formula(x, axes, 0.01) * w + b, **tolerance)
    y = nn.rms_norm(x, last, w)
    mean_square = np.square(x, dtype=np.float64).mean(axes, keepdims=True)
    np.testing.assert_allclose(y, x / np.sqrt(mean_square + np.finfo(dtype).eps) * w, **tolerance)


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 4), st.integers(1, 3), st.integers(1, 3), st.lists(st.integers(1, 3), max_size=2))
def test_group_norm_and_batch_norm_of_any_shape(n: int, groups: int, each: int, size: list[int]) -> None:
    x = np.random.default_rng(0).normal(size=(n, groups * each, *size))
    w, b = np.random.default_rng(1).normal(size=(2, groups * each, *(1 for _ in size)))
    in_groups = by_formula(x.reshape(n, groups, -1), (2,), 1e-5).reshape(x.shape)
    np.testing.assert_allclose(nn.group_norm(x, groups, w.ravel(), b.ravel()), in_groups * w + b, atol=1e-10)
    expected = by_formula(x, (0, *range(2, x.ndim)), 1e-5) * w + b
    np.testing.assert_allclose(batch(x, w.ravel(), b.ravel()), expected, atol=1e-10)


@pytest.mark.parametrize("n", [127, 4096, 200_704])
def test_float32_statistics_of_long_rows(n: int) -> None:
    """To 1e-5 of a standard deviation, also beside a mean that is larger."""
    x = (np.random.default_rng(0).normal(3, 1, (2, n))).astype(np.float32)
    np.testing.assert_allclose(nn.layer_norm(x, (n,)), by_formula(x, (1,), 1e-5), atol=1e-5)
    np.testing.assert_allclose(batch(x[:, None]), by_formula(x[:, None], (0, 2), 1e-5), atol=1e-5)


@pytest.mark.parametrize("f", [
    lambda x: nn.layer_norm(x, (64,)), lambda x: nn.group_norm(x, 2), batch,
    lambda x: nn.batch_norm(x, np.full(64, 300.0, np.float16), np.full(64, 100, np.float16)),
])  # fmt: skip
def test_float16_has_its_moments_in_float32(f: Any) -> None:
    """In float16 the squares of 300 are infinite, and sums of them."""
    x = np.random.default_rng(0).normal(300, 100, (50, 64)).astype(np.float16)
    t = ag.Tensor(x, requires_grad=True)
    y = f(t)
    assert y.dtype == np.float16
    np.testing.assert_allclose(y.data, f(x.astype(np.float32)), rtol=2e-3, atol=2e-3)
    y.backward(np.cos(np.arange(x.size)).reshape(x.shape).astype(np.float16))
    assert t.grad is not None
    assert t.grad.dtype == np.float16
    assert np.isfinite(t.grad.data).all()


def test_of_whole_numbers_it_is_float64() -> None:
    x = np.arange(12).reshape(3, 4)
    np.testing.assert_array_equal(nn.layer_norm(x, (4,)), nn.layer_norm(x.astype(float), (4,)))


def test_they_are_given_arrays_and_return_arrays_or_tensors_and_one_call() -> None:
    x, w = rng.normal(size=(2, 4, 3)), rng.normal(size=4)
    for name, f in {
        "layer_norm": lambda x: nn.layer_norm(x, (3,), w[:3], w[1:]),
        "rms_norm": lambda x: nn.rms_norm(x, (3,), w[:3]),
        "group_norm": lambda x: nn.group_norm(x, 2, w, w),
        "batch_norm_training": lambda x: batch(x, w, w),
    }.items():
        assert type(f(x)) is np.ndarray
        node = f(ag.Tensor(x, requires_grad=True)).node
        assert node.fn.__name__ == name
        assert [type(parent).__name__ for parent in node.parents if parent is not None] == ["Leaf"]


def test_what_they_are_given_is_left_alone() -> None:
    x, w, b = rng.normal(size=(4, 4)), rng.normal(size=4), rng.normal(size=4)
    before = x.copy(), w.copy(), b.copy()
    for f in (lambda *a: nn.layer_norm(a[0], (4,), *a[1:]), lambda *a: nn.group_norm(a[0], 2, *a[1:]), batch):
        leaves = [ag.Tensor(a, requires_grad=True) for a in (x, w, b)]
        f(*leaves).backward(x)
        np.testing.assert_equal((x, w, b), before)
        y = nn.layer_norm(x, (4,))
        assert not np.may_share_memory(y, x)


def test_a_compiled_step_has_the_same_bits() -> None:
    """`ag.compile` itself compares its second call with the function, bit for bit."""
    x, labels = rng.normal(size=(6, 4)).astype(np.float32), np.array([0, 1, 2, 0, 1, 2])
    layers = [nn.BatchNorm1d(4), nn.Linear(4, 6), nn.LayerNorm(6), nn.RMSNorm(6), nn.GroupNorm(2, 6), nn.Linear(6, 3)]
    model, eager = (nn.Sequential(*layers) for _ in range(2))
    state = model.state_dict()
    train = ag.compile(training_step(model, optim.SGD(model.parameters(), 0.1)))
    losses = [train(x, labels).item() for _ in range(4)]
    after = model.state_dict()
    eager.load_state_dict(state)
    plain = training_step(eager, optim.SGD(eager.parameters(), 0.1))
    assert losses == [plain(x, labels).item() for _ in range(4)]
    np.testing.assert_equal(eager.state_dict(), after)
    assert "np.vecdot" in train.source  # traced through, not called as one step


# -- errors ------------------------------------------------------------------------------------------------------------


X = np.ones((3, 4))
REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda x: nn.layer_norm(x, (3,)), ValueError, r"layer_norm was given an input of shape \(3, 4\) and normalized"),
    (lambda x: nn.layer_norm(x, ()), ValueError, r"layer_norm was given .* normalized_shape=\(\)"),
    (lambda x: nn.layer_norm(x[0], (3, 4)), ValueError, r"layer_norm was given an input of shape \(4,\)"),
    (lambda x: nn.layer_norm(x, 4), TypeError, r"layer_norm was given normalized_shape=4, and expects a tuple"),
    (lambda x: nn.layer_norm(x, (4,), X[0, :3]), ValueError, r"layer_norm was given weight of shape \(3,\)"),
    (lambda x: nn.rms_norm(x, (4,), X), ValueError, r"rms_norm was given weight of shape \(3, 4\)"),
    (lambda x: nn.group_norm(x, 3), ValueError, r"group_norm was given 4 channels .* and num_groups=3"),
    (lambda x: nn.group_norm(x[0], 2), ValueError, r"group_norm was given an input of shape \(4,\)"),
    (lambda x: batch(x, X[0], X[0, :1]), ValueError, r"batch_norm was given bias of shape \(1,\)"),
    (lambda x: nn.batch_norm(x, X[:, 0], None), ValueError, r"batch_norm was given running_mean of shape \(3,\)"),
    (lambda x: batch(x[:1]), ValueError, r"batch_norm was given an input of shape \(1, 4\) in training"),
    (lambda x: nn.layer_norm(x + 1j, (4,)), TypeError, "layer_norm was given an input of complex128"),
]


@pytest.mark.parametrize(("f", "error", "message"), REFUSED)
def test_errors_name_the_function_and_the_shapes(f: Any, error: type[Exception], message: str) -> None:
    for x in (X, ag.Tensor(X, requires_grad=True)):
        with pytest.raises(error, match=message):
            f(x)


def test_an_eps_of_numpys_leaves_float32_what_it_is() -> None:
    x, eps = np.ones((3, 4), np.float32), np.float64(1e-5)
    zeros, ones = np.zeros(4, np.float32), np.ones(4, np.float32)
    for y in (
        nn.layer_norm(x, (4,), eps=eps),
        nn.rms_norm(x, (4,), eps=eps),
        nn.group_norm(x, 2, eps=eps),
        nn.batch_norm(x, zeros, ones, eps=eps),
        nn.batch_norm(x, zeros, ones, training=True, eps=eps),
        nn.cosine_similarity(x, x, eps=eps),
    ):
        assert y.dtype == np.float32
