"""Optimisers against straightforward loops of their formulas, and against the figures of torch.optim 2.13."""

import copy
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numeric import Calls
from numpy.typing import NDArray

import autograd as ag
from autograd import optim

Array = NDArray[Any]

# A bowl, whose gradient is CURVATURE * p - SLOPE: it depends on p, so that each step depends on all before it.
START, CURVATURE, SLOPE = [1.0, -2.0, 0.5], [1.0, 0.5, 3.0], [0.2, 0.3, -0.4]

Case = tuple[type[optim.Optimizer], dict[str, Any], list[float]]
# Where five steps from START lead, as torch.optim 2.13 gives with the same arguments in float64.
TORCH: dict[str, Case] = {
    "SGD": (optim.SGD, {"lr": 0.1}, [0.6723920000000001, -1.4118304375000001, -0.02688900000000002]),
    "SGD with decay": (
        optim.SGD,
        {"lr": 0.1, "weight_decay": 0.01},
        [0.668956033012519, -1.403973336653468, -0.027278098896290515],
    ),
    "SGD with momentum": (
        optim.SGD,
        {"lr": 0.1, "momentum": 0.9},
        [0.17667200000000002, -0.4846054374999999, -0.626244],
    ),
    "SGD, Nesterov with decay": (
        optim.SGD,
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
        [0.10916794310714131, -0.20168166615742225, -0.35203768068530644],
    ),
    "Adam": (optim.Adam, {"lr": 0.1}, [0.5115042880461351, -1.5021190045482795, 0.017493895655194325]),
    "Adam with decay": (
        optim.Adam,
        {"lr": 0.1, "weight_decay": 0.1},
        [0.5110708807206076, -1.502224651682028, 0.01771921456534417],
    ),
    "Adam, other betas and eps": (
        optim.Adam,
        {"lr": 0.05, "betas": (0.5, 0.9), "eps": 1e-3},
        [0.7579653151343073, -1.7522977587507929, 0.26022916142588415],
    ),
    "AdamW": (
        optim.AdamW,
        {"lr": 0.1, "weight_decay": 0.1},
        [0.47414317850882526, -1.4144890326665371, 0.004078225633873722],
    ),
}
CASES = pytest.mark.parametrize(("kind", "options", "torch"), TORCH.values(), ids=TORCH)


def bowl(p: ag.Tensor) -> ag.Tensor:
    curvature, slope = np.array(CURVATURE, p.dtype), np.array(SLOPE, p.dtype)
    return (0.5 * curvature * p * p - slope * p).sum()


def parameter(dtype: Any = np.float64, start: Any = START) -> ag.Tensor:
    return ag.Tensor(np.array(start, dtype), requires_grad=True)


def descend(p: ag.Tensor, optimizer: optim.Optimizer, steps: int = 5) -> Array:
    for _ in range(steps):
        optimizer.zero_grad()
        bowl(p).backward()
        optimizer.step()
    return p.data


def sgd_loop(steps: int, lr: float, momentum: float = 0, nesterov: bool = False, weight_decay: float = 0) -> Array:
    p, v = np.array(START), np.zeros(3)
    for _ in range(steps):
        g = np.array(CURVATURE) * p - SLOPE + weight_decay * p
        v = momentum * v + g
        p = p - lr * (g + momentum * v if nesterov else v)
    return p


def adam_loop(
    steps: int,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    decoupled: bool = False,
) -> Array:
    p, m, v = np.array(START), np.zeros(3), np.zeros(3)
    for t in range(1, steps + 1):
        g = np.array(CURVATURE) * p - SLOPE
        if decoupled:
            p = p - lr * weight_decay * p
        else:
            g = g + weight_decay * p
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
        p = p - lr * m_hat / (np.sqrt(v_hat) + eps)
    return p


@CASES
def test_five_steps_are_those_of_torch(kind: Callable[..., Any], options: dict[str, Any], torch: list[float]) -> None:
    p = parameter()
    np.testing.assert_allclose(descend(p, kind([p], **options)), torch, rtol=1e-13)


@CASES
def test_many_steps_are_those_of_a_plain_loop(kind: Callable[..., Any], options: dict[str, Any], torch: Any) -> None:
    p = parameter()
    loop = sgd_loop if kind is optim.SGD else partial(adam_loop, decoupled=kind is optim.AdamW)
    np.testing.assert_allclose(descend(p, kind([p], **options), 50), loop(50, **options), rtol=1e-11)


@CASES
def test_float32_stays_float32(kind: Callable[..., Any], options: dict[str, Any], torch: list[float]) -> None:
    p = parameter(np.float32)
    optimizer = kind([p], **options)
    np.testing.assert_allclose(descend(p, optimizer), torch, rtol=1e-5, atol=1e-6)
    assert p.dtype == np.float32
    arrays = [v for v in optimizer.state[p].values() if isinstance(v, np.ndarray)]
    assert all(array.dtype == np.float32 for array in arrays)


@CASES
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_an_update_in_pieces_is_the_same_bit_for_bit(
    monkeypatch: pytest.MonkeyPatch, kind: Callable[..., Any], options: Any, torch: Any, dtype: Any, order: Any
) -> None:
    """Pieces of 32 numbers of float32, of a weight of 7 x 23 that is given row by row or column by column."""
    rng = np.random.default_rng(0)
    start, slopes = (rng.standard_normal((n, 7, 23)) * (1 + 1j if dtype is np.complex64 else 1) for n in (1, 4))
    results = []
    for block in (2**18, 128):
        monkeypatch.setattr("autograd.optim.optimizers.BLOCK", block)
        p = parameter(dtype, np.asarray(start[0], dtype, order=order))
        optimizer = kind([p], **options)
        for g in slopes:
            p.grad = ag.Tensor(g.astype(dtype))
            optimizer.step()
        results.append(p.data)
    assert results[0].tobytes() == results[1].tobytes()
    assert not np.isclose(results[0], start[0]).any()


@CASES
def test_the_array_of_a_parameter_stays_where_it_is(
    kind: Callable[..., Any], options: dict[str, Any], torch: list[float]
) -> None:
    array = np.array(START)
    p = ag.Tensor(array, requires_grad=True)
    descend(p, kind([p], **options))
    assert p.data is array
    np.testing.assert_allclose(array, torch, rtol=1e-13)


def test_complex_adam_descends() -> None:
    z = ag.Tensor(np.array([1.0 + 2.0j, -0.5 + 0.1j]), requires_grad=True)
    optimizer = optim.Adam([z], lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        np.sum(np.square(np.abs(z - 0.3j))).backward()
        optimizer.step()
    np.testing.assert_allclose(z.data, [0.3j, 0.3j], atol=0.02)


# -- groups and parameters -------------------------------------------------------------------------------------------


def test_groups_have_their_own_hyperparameters() -> None:
    p, q = parameter(), parameter()
    optimizer = optim.SGD([{"params": [p]}, {"params": [q], "lr": 0.01, "momentum": 0.5}], lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        (bowl(p) + bowl(q)).backward()
        optimizer.step()
    np.testing.assert_allclose(p.data, sgd_loop(4, 0.1), rtol=1e-14)
    np.testing.assert_allclose(q.data, sgd_loop(4, 0.01, 0.5), rtol=1e-14)


def test_lr_reads_the_first_group_and_sets_all() -> None:
    p, q = parameter(), parameter()
    optimizer = optim.SGD([{"params": [p], "lr": 0.5}, {"params": [q]}], lr=0.1)
    assert optimizer.lr == 0.5
    optimizer.lr = 0.2
    assert [group["lr"] for group in optimizer.param_groups] == [0.2, 0.2]


def test_a_group_given_is_not_changed() -> None:
    group = {"params": [parameter()]}
    optim.SGD([group], lr=0.1).lr = 3.0
    assert list(group) == ["params"]


def test_momentum_can_be_switched_on_between_steps() -> None:
    p = parameter()
    optimizer = optim.SGD([p], lr=0.1)
    descend(p, optimizer, 1)
    optimizer.param_groups[0]["momentum"] = 0.9
    before = p.data.copy()
    descend(p, optimizer, 1)  # the first with momentum: its velocity is the gradient
    np.testing.assert_allclose(p.data, before - 0.1 * (np.array(CURVATURE) * before - SLOPE), rtol=1e-14)


@CASES
def test_parameters_without_a_gradient_are_skipped(kind: Callable[..., Any], options: Any, torch: list[float]) -> None:
    p, idle = parameter(), parameter()
    optimizer = kind([idle, p], **options)
    np.testing.assert_allclose(descend(p, optimizer), torch, rtol=1e-13)
    np.testing.assert_array_equal(idle.data, START)
    assert idle not in optimizer.state


def test_zero_grad_forgets_gradients() -> None:
    p = parameter()
    optimizer = optim.SGD([p], lr=0.1)
    bowl(p).backward()
    assert p.grad is not None
    optimizer.zero_grad()
    assert p.grad is None


SHARED, MATRIX = parameter(), parameter(start=np.ones((3, 2)))
Make = Callable[[], Any]
ERRORS: dict[str, tuple[type[Exception], str, Make]] = {
    "no parameters": (ValueError, "SGD was given no parameters; pass model.parameters()", lambda: optim.SGD([], 0.1)),
    "a used generator": (ValueError, "AdamW was given no parameters; .*not yet used up", lambda: optim.AdamW(used())),
    "a group without any": (ValueError, "was given no parameters", lambda: optim.Adam([{"params": []}])),
    "twice": (TypeError, "Adam was given a parameter twice", lambda: optim.Adam([SHARED, SHARED])),
    "twice in groups": (
        TypeError,
        "SGD was given a parameter twice",
        lambda: optim.SGD([{"params": [SHARED]}, {"params": [SHARED]}], lr=0.1),
    ),
    "frozen": (TypeError, "requires_grad=True", lambda: optim.SGD([ag.Tensor([1.0])], lr=0.1)),
    "an array": (TypeError, "requires_grad=True", lambda: optim.SGD([np.ones(2)], lr=0.1)),
    "a Tensor, not a list of them": (TypeError, "SGD was given", lambda: optim.SGD(MATRIX, lr=0.1)),
    "a Tensor in place of a group's list": (TypeError, "SGD was given", lambda: optim.SGD([{"params": MATRIX}], 0.1)),
    "no leaf": (TypeError, "SGD was given", lambda: optim.SGD([SHARED * 2], lr=0.1)),
    "unknown key": (
        TypeError,
        "SGD was given a group with 'learning_rate', which it does not have; it has lr, momentum",
        lambda: optim.SGD([{"params": [SHARED], "learning_rate": 0.1}], lr=0.1),
    ),
    "negative lr": (ValueError, "SGD was given lr=-0.1; it must not be negative", lambda: optim.SGD([SHARED], -0.1)),
    "lr is no number": (ValueError, "Adam was given lr=nan", lambda: optim.Adam([SHARED], float("nan"))),
    "negative lr of a group": (
        ValueError,
        "SGD was given lr=-1",
        lambda: optim.SGD([{"params": [SHARED], "lr": -1}], lr=0.1),
    ),
    "negative decay": (ValueError, "weight_decay=-1", lambda: optim.AdamW([SHARED], weight_decay=-1)),
    "negative momentum": (ValueError, "momentum=-1", lambda: optim.SGD([SHARED], 0.1, momentum=-1)),
    "negative eps": (ValueError, "eps=-1", lambda: optim.Adam([SHARED], eps=-1)),
    "beta of 1": (ValueError, r"betas=\(1.0, 0.9\)", lambda: optim.Adam([SHARED], betas=(1.0, 0.9))),
    "nesterov without momentum": (
        ValueError,
        "SGD was given nesterov=True without momentum; give it one",
        lambda: optim.SGD([SHARED], lr=0.1, nesterov=True),
    ),
}


def used() -> Any:
    parameters = iter([SHARED])
    list(parameters)
    return parameters


@pytest.mark.parametrize(("kind", "message", "make"), ERRORS.values(), ids=ERRORS)
def test_errors(kind: type[Exception], message: str, make: Make) -> None:
    with pytest.raises(kind, match=message):
        make()


# -- state -----------------------------------------------------------------------------------------------------------


@CASES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loaded_state_goes_on_bit_for_bit(dtype: Any, kind: Callable[..., Any], options: Any, torch: Any) -> None:
    p = parameter(dtype)
    optimizer = kind([p], **options)
    descend(p, optimizer, 3)
    state, weights = copy.deepcopy(optimizer.state_dict()), p.data.copy()
    whole = descend(p, optimizer, 4)

    q = parameter(dtype, weights)
    other = kind([q], **{**options, "lr": 9.0})
    other.load_state_dict(state)
    assert other.lr == options["lr"]
    np.testing.assert_array_equal(descend(q, other, 4), whole)
    fresh = parameter(dtype, weights)
    if optimizer.state[p]:  # the state matters: without it the steps are others
        assert not np.array_equal(descend(fresh, kind([fresh], **options), 4), whole)


def test_state_dict_is_a_copy_both_ways() -> None:
    p = parameter()
    optimizer = optim.Adam([p], lr=0.1)
    descend(p, optimizer, 2)
    state = optimizer.state_dict()
    before = copy.deepcopy(state)
    descend(p, optimizer, 2)
    optimizer.lr = 5.0
    np.testing.assert_equal(state, before)
    optimizer.load_state_dict(state)
    descend(p, optimizer, 2)
    np.testing.assert_equal(state, before)


def test_load_state_dict_refuses_another_model() -> None:
    p, q = parameter(), parameter()
    state = optim.Adam([p, q]).state_dict()
    with pytest.raises(ValueError, match=r"groups of \[2\] parameters, and this Adam has groups of \[1\]"):
        optim.Adam([p]).load_state_dict(state)
    wide = optim.Adam([p], lr=0.5)
    descend(p, wide, 1)
    narrow = optim.Adam([parameter(start=[1.0])], lr=0.1)
    with pytest.raises(ValueError, match=r"the state 'mean' of parameter 0 has shape \(3,\), and the parameter \(1,\)"):
        narrow.load_state_dict(wide.state_dict())
    assert narrow.lr == 0.1


@CASES
def test_a_pending_backward_notices_an_update(kind: Callable[..., Any], options: Any, torch: Any) -> None:
    p = parameter()
    optimizer = kind([p], **options)
    pending = bowl(p)
    descend(p, optimizer, 1)
    optimizer.zero_grad()
    with pytest.raises(RuntimeError, match=r"updated it in place since; update after backward\(\)"):
        pending.backward()
    assert p.grad is None


def test_an_observer_sees_a_step_as_one_call() -> None:
    a, b, c = (ag.Tensor(np.ones(3), requires_grad=True) for _ in range(3))
    optimizer, calls = optim.SGD([a, b, c], lr=0.1), Calls()
    (a * b).sum().backward()
    with ag.observe(calls):
        optimizer.step()
    ((fn, args, _, output, node, seconds),) = calls.recorded_calls
    assert fn == optimizer.step
    assert [array is t.data for array, t in zip(output, (a, b), strict=True)] == [True, True]
    assert [array is t.data for array, t in zip(args, (a, b), strict=True)] == [True, True]
    assert node is None
    assert seconds >= 0


def test_an_optimiser_does_not_outlive_its_last_reference() -> None:
    p = ag.Tensor([1.0], requires_grad=True)
    optimizer = optim.Adam([p])
    (p * 2).sum().backward()
    optimizer.step()
    last = weakref.ref(optimizer)
    del optimizer
    assert last() is None


def test_a_parameter_may_be_frozen_between_steps() -> None:
    p = ag.Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([p], lr=0.1)
    p.requires_grad = False
    optimizer.zero_grad()
    optimizer.step()
    assert p.data.tolist() == [1.0]
