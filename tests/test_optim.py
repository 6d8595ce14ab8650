"""Optimisers against straightforward loops of their formulas, and against the figures of torch.optim 2.13."""

import copy
import json
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numeric import Calls
from numpy.typing import NDArray
from torch_reference import cases

import autograd as ag
from autograd import optim

Array = NDArray[Any]

# A bowl, whose gradient is CURVATURE * p - SLOPE: it depends on p, so that each step depends on all before it.
START, CURVATURE, SLOPE = [1.0, -2.0, 0.5], [1.0, 0.5, 3.0], [0.2, 0.3, -0.4]

# Where the steps of torch.optim lead, from a file: see tests/torch_reference/make_optimizers.py
BOWLS = {
    name.removeprefix("bowl: "): (*json.loads(str(case["told"])), case["p"])
    for name, case in cases.read("optimizers").items()
    if name.startswith("bowl: ")
}


def lion_loop(steps: int, lr: float, betas: tuple[float, float] = (0.9, 0.99), weight_decay: float = 0) -> Array:
    p, m = np.array(START), np.zeros(3)
    for _ in range(steps):
        g = np.array(CURVATURE) * p - SLOPE
        p = p - lr * (np.sign(betas[0] * m + (1 - betas[0]) * g) + weight_decay * p)
        m = betas[1] * m + (1 - betas[1]) * g
    return p


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
    **{name: (getattr(optim, kind), options, path[4].tolist()) for name, (kind, options, path) in BOWLS.items()},
    "Lion": (optim.Lion, {"lr": 0.05}, [0.75, -1.75, 0.25]),  # PyTorch has none: each step moves by lr
    "Lion with decay": (
        optim.Lion,
        {"lr": 0.3, "betas": (0.2, 0.6), "weight_decay": 0.1},
        lion_loop(5, 0.3, (0.2, 0.6), 0.1).tolist(),
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
    amsgrad: bool = False,
    decoupled: bool = False,
) -> Array:
    p, m, v, largest = np.array(START), np.zeros(3), np.zeros(3), np.zeros(3)
    for t in range(1, steps + 1):
        g = np.array(CURVATURE) * p - SLOPE
        if decoupled:
            p = p - lr * weight_decay * p
        else:
            g = g + weight_decay * p
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        largest = np.maximum(largest, v)
        m_hat, v_hat = m / (1 - betas[0] ** t), (largest if amsgrad else v) / (1 - betas[1] ** t)
        p = p - lr * m_hat / (np.sqrt(v_hat) + eps)
    return p


@pytest.mark.parametrize(("kind", "decay"), [(optim.Adam, 0), (optim.AdamW, 0.01)])
def test_adam_and_adamw_differ_in_what_decays_by_default(kind: type[optim.Adam], decay: float) -> None:
    expected = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": decay, "amsgrad": False}
    p = parameter()
    assert kind([p]).param_groups == [expected | {"params": [p]}]
    assert kind([p], 1e-3, (0.9, 0.999), 1e-8, 0.5).param_groups == [expected | {"params": [p], "weight_decay": 0.5}]


def rmsprop_loop(
    steps: int,
    lr: float,
    alpha: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0,
    momentum: float = 0,
    centered: bool = False,
) -> Array:
    p, s, m, v = np.array(START), np.zeros(3), np.zeros(3), np.zeros(3)
    for _ in range(steps):
        g = np.array(CURVATURE) * p - SLOPE + weight_decay * p
        s = alpha * s + (1 - alpha) * g**2
        m = alpha * m + (1 - alpha) * g
        v = momentum * v + g / (np.sqrt(s - m**2 if centered else s) + eps)
        p = p - lr * v
    return p


def adagrad_loop(
    steps: int,
    lr: float,
    lr_decay: float = 0,
    weight_decay: float = 0,
    initial_accumulator_value: float = 0,
    eps: float = 1e-10,
) -> Array:
    p, s = np.array(START), np.full(3, float(initial_accumulator_value))
    for t in range(steps):
        g = np.array(CURVATURE) * p - SLOPE + weight_decay * p
        s = s + g**2
        p = p - lr / (1 + t * lr_decay) * g / (np.sqrt(s) + eps)
    return p


def nadam_loop(
    steps: int,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0,
    momentum_decay: float = 0.004,
    decoupled_weight_decay: bool = False,
) -> Array:
    p, m, v = np.array(START), np.zeros(3), np.zeros(3)
    momenta = [betas[0] * (1 - 0.96 ** (t * momentum_decay) / 2) for t in range(1, steps + 2)]
    for t in range(1, steps + 1):
        g = np.array(CURVATURE) * p - SLOPE
        if decoupled_weight_decay:
            p = p - lr * weight_decay * p
        else:
            g = g + weight_decay * p
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        ahead = momenta[t] * m / (1 - np.prod(momenta[: t + 1])) + (1 - momenta[t - 1]) * g / (1 - np.prod(momenta[:t]))
        p = p - lr * ahead / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return p


LOOPS: dict[Any, Callable[..., Array]] = {
    optim.SGD: sgd_loop, optim.Adam: adam_loop, optim.AdamW: partial(adam_loop, decoupled=True),
    optim.RMSprop: rmsprop_loop, optim.Adagrad: adagrad_loop, optim.NAdam: nadam_loop, optim.Lion: lion_loop,
}  # fmt: skip


def test_every_optimiser_is_tested() -> None:
    kinds = {kind for name in optim.__all__ if isinstance(kind := getattr(optim, name), type)}
    optimisers = {kind for kind in kinds if issubclass(kind, optim.Optimizer)}
    assert optimisers - {optim.Optimizer, optim.LBFGS} == set(LOOPS) == {kind for kind, *_ in TORCH.values()}


@CASES
def test_five_steps_are_those_of_torch(kind: Callable[..., Any], options: dict[str, Any], torch: list[float]) -> None:
    p = parameter()
    np.testing.assert_allclose(descend(p, kind([p], **options)), torch, rtol=1e-13)


@CASES
def test_many_steps_are_those_of_a_plain_loop(kind: Callable[..., Any], options: dict[str, Any], torch: Any) -> None:
    p = parameter()
    found = descend(p, kind([p], **options), 50)
    np.testing.assert_allclose(found, LOOPS[kind](50, **options), rtol=1e-10, atol=1e-12)


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
        monkeypatch.setattr("autograd.optim.optimizer.BLOCK_BYTES", block)
        p = parameter(dtype, np.asarray(start[0], dtype, order=order))
        optimizer = kind([p], **options)
        for g in slopes:
            p.grad = ag.Tensor(g.astype(dtype))
            optimizer.step()
        results.append(p.data)
    assert results[0].tobytes() == results[1].tobytes()
    assert np.isclose(results[0], start[0]).mean() < 0.6  # Lion returns to where it was by as many steps up as down


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


def test_a_group_that_is_added_is_updated_as_one_that_was_given() -> None:
    p, q, r, s = (parameter() for _ in range(4))
    given = optim.Adam([{"params": [p]}, {"params": [q], "lr": 0.3}], lr=0.1)
    added = optim.Adam([r], lr=0.1)
    added.add_param_group({"params": iter([s]), "lr": 0.3})
    for optimizer, (a, b) in ((given, (p, q)), (added, (r, s))):
        for _ in range(3):
            optimizer.zero_grad()
            (bowl(a) + bowl(b)).backward()
            optimizer.step()
    np.testing.assert_array_equal(p.data, r.data)
    np.testing.assert_array_equal(q.data, s.data)
    np.testing.assert_equal(added.state_dict(), given.state_dict())


def test_a_group_may_be_added_between_steps() -> None:
    p, q = parameter(), parameter()
    optimizer = optim.SGD([p], lr=0.1, momentum=0.9)
    descend(p, optimizer, 2)
    optimizer.add_param_group({"params": [q]})
    descend(q, optimizer, 3)
    np.testing.assert_allclose(q.data, sgd_loop(3, 0.1, 0.9), rtol=1e-14)


def test_a_group_that_is_refused_is_not_added() -> None:
    optimizer = optim.SGD([parameter()], lr=0.1)
    for group in ({"params": [parameter()], "lr": -1}, {"params": [parameter(), np.ones(3)]}):
        with pytest.raises((TypeError, ValueError)):
            optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1


def test_repr_tells_the_hyperparameters_and_how_much_there_is_of_each_group() -> None:
    p, q = parameter(), parameter(start=np.ones((40, 50)))
    one = optim.SGD([p], lr=0.1)
    assert repr(one) == "SGD(lr=0.1, momentum=0, nesterov=False, weight_decay=0; 1 parameter, 3 elements)"
    two = optim.Lion([{"params": [p, q]}, {"params": [parameter(start=[1.0])], "lr": 1}], lr=0.1)
    assert repr(two) == (
        "Lion(\n"
        "  (0): lr=0.1, betas=(0.9, 0.99), weight_decay=0; 2 parameters, 2,003 elements\n"
        "  (1): lr=1, betas=(0.9, 0.99), weight_decay=0; 1 parameter, 1 element\n"
        ")"
    )


SWITCHES = [
    (optim.Adam, {"amsgrad": True}), (optim.RMSprop, {"momentum": 0.9}), (optim.RMSprop, {"centered": True}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "switch"), SWITCHES, ids=str)
def test_what_is_kept_may_be_switched_between_steps(kind: Callable[..., Any], switch: dict[str, Any]) -> None:
    """Switched off, it is kept still, and saved; a state without it is loaded where it is off."""
    p = parameter()
    optimizer = kind([p], lr=0.01)
    descend(p, optimizer, 2)
    less = optimizer.state_dict()
    optimizer.param_groups[0].update(switch)
    descend(p, optimizer, 2)
    more = optimizer.state_dict()
    assert less["state"][0].keys() < more["state"][0].keys()
    optimizer.param_groups[0].update({key: type(value)(0) for key, value in switch.items()})
    descend(p, optimizer, 2)
    for state in (less, more, optimizer.state_dict()):
        other = kind([parameter()], lr=0.5)
        other.load_state_dict(state)
        np.testing.assert_equal(other.state_dict(), state)


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
    "a model": (TypeError, r"Adam was given a Linear; pass its parameters\(\)", lambda: optim.Adam(ag.nn.Linear(2, 2))),  # type: ignore[arg-type]
    "a used generator": (ValueError, "AdamW was given no parameters; .*not yet used up", lambda: optim.AdamW(used())),
    "a group without any": (ValueError, "was given no parameters", lambda: optim.Adam([{"params": []}])),
    "twice": (TypeError, "Adam was given a parameter twice", lambda: optim.Adam([SHARED, SHARED])),
    "twice in groups": (
        TypeError,
        "SGD was given a parameter twice",
        lambda: optim.SGD([{"params": [SHARED]}, {"params": [SHARED]}], lr=0.1),
    ),
    "a hyperparameter that is no number": (
        ValueError,
        "RMSprop was given alpha=None; it must not be negative",
        lambda: optim.RMSprop([SHARED], alpha=None),  # type: ignore[arg-type]  # refused
    ),
    "alpha above 1": (ValueError, r"alpha=1.5; it must lie in \[0, 1\]", lambda: optim.RMSprop([SHARED], alpha=1.5)),
    "negative lr_decay": (ValueError, "Adagrad was given lr_decay=-1", lambda: optim.Adagrad([SHARED], lr_decay=-1)),
    "betas of Lion": (ValueError, r"Lion was given betas=\(0.9, 1\)", lambda: optim.Lion([SHARED], betas=(0.9, 1))),
    "a group twice": (
        TypeError,
        "SGD was given a parameter twice",
        lambda: optim.SGD([SHARED], 0.1).add_param_group({"params": [SHARED]}),
    ),
    "a group of none": (
        ValueError,
        "SGD was given no parameters",
        lambda: optim.SGD([SHARED], 0.1).add_param_group({"params": []}),
    ),
    "an unknown key of a group": (
        TypeError,
        "SGD was given a group with 'beta', which it does not have; it has lr, momentum",
        lambda: optim.SGD([SHARED], 0.1).add_param_group({"params": [MATRIX], "beta": 1}),
    ),
    "a negative lr of a group": (
        ValueError,
        "SGD was given lr=-1",
        lambda: optim.SGD([SHARED], 0.1).add_param_group({"params": [MATRIX], "lr": -1}),
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
    "infinite lr": (
        ValueError,
        "Adam was given lr=inf; it must not be .* infinite",
        lambda: optim.Adam([SHARED], np.inf),
    ),
    "lr is a text": (ValueError, "SGD was given lr='0.1'", lambda: optim.SGD([SHARED], "0.1")),  # type: ignore[arg-type]  # refused
    "one beta": (ValueError, r"betas=\(0.9,\); it takes two numbers", lambda: optim.Adam([SHARED], betas=(0.9,))),  # type: ignore[arg-type]  # refused
    "a group without params": (ValueError, "was given no parameters", lambda: optim.Adam([{"lr": 0.1}])),
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


# -- memory ----------------------------------------------------------------------------------------------------------

READ_ONLY: dict[str, Callable[[], Any]] = {
    "frombuffer": lambda: np.frombuffer(np.ones(3).tobytes()),
    "broadcast_to": lambda: np.broadcast_to(1.0, 3),
    "as JAX's are": lambda: read_only(np.ones(3)),
    "elements in one place": lambda: np.lib.stride_tricks.as_strided(np.ones(1), (3,), (0,)),
}


def read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


@CASES
@pytest.mark.parametrize("make", READ_ONLY.values(), ids=READ_ONLY)
def test_memory_that_cannot_be_updated_is_refused(
    kind: Callable[..., Any], options: Any, torch: Any, make: Callable[[], Any]
) -> None:
    p = ag.Tensor(make(), requires_grad=True)
    with pytest.raises(ValueError, match=r"was given a parameter of shape \(3,\) whose .* make it of a copy: Tensor\("):
        kind([parameter(), p], **options)
    assert kind([parameter(), ag.Tensor(np.array(make()), requires_grad=True)], **options)


MISFITS: dict[str, tuple[Callable[[ag.Tensor, Any], Any], str]] = {
    "read-only": (lambda p, _: read_only(p.data), r"of shape \(3,\) whose memory is read-only .* t.data = np.array"),
    "another shape": (lambda p, _: setattr(p, "data", np.ones(4)), r"whose gradient is float64 of shape \(3,\)"),
    "another dtype": (lambda p, _: setattr(p, "data", p.data.astype(complex)), r"complex128 .* set its \.grad to None"),
    "a moment of another shape": (
        lambda _, state: state.update(velocity=np.ones(1)),
        r"it keeps 'velocity' of shape \(1,\); .* del optimizer\.state\[t\]",
    ),
    "a read-only moment": (lambda _, state: read_only(state["velocity"]), "in memory of their own"),
}


@pytest.mark.parametrize(("change", "message"), MISFITS.values(), ids=MISFITS)
def test_a_step_updates_none_if_it_cannot_update_one(change: Callable[..., Any], message: str) -> None:
    first, second = parameter(), parameter()
    optimizer = optim.SGD([first, second], lr=0.1, momentum=0.9)
    for _ in range(2):
        optimizer.zero_grad()
        (bowl(first) + bowl(second)).backward()
        optimizer.step()
    change(second, optimizer.state[second])
    before = copy.deepcopy(([first.data, second.data], optimizer.state_dict()))
    with pytest.raises(ValueError, match=f"SGD.step found a parameter of .*{message}") as error:
        optimizer.step()
    assert "it has updated none" in str(error.value)
    np.testing.assert_equal(([first.data, second.data], optimizer.state_dict()), before)


# -- float16 ---------------------------------------------------------------------------------------------------------


@CASES
@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e3])
def test_float16_is_updated_as_in_float32_and_rounded_once(
    kind: Callable[..., Any], options: dict[str, Any], torch: Any, is_compiled: bool, scale: float
) -> None:
    """Gradients whose squares float16 can't hold, eps, which is 0 in it, and squares of moments that overflow."""
    p, plain = parameter(np.float16), parameter(np.float32)
    optimizer, other = kind([p], **options), kind([plain], **options)
    slope = np.array(SLOPE, np.float16) * np.float16(scale)

    def step() -> None:
        optimizer.zero_grad()
        (p.astype(np.float32) * slope.astype(np.float32)).sum().backward()
        optimizer.step()

    run = ag.compile(step) if is_compiled else step
    for _ in range(4):
        plain.data[...] = p.data
        plain.grad = ag.Tensor(slope.astype(np.float32))
        other.step()
        run()
        assert p.dtype == np.float16
        np.testing.assert_array_equal(p.data, plain.data.astype(np.float16))
    arrays = [v for v in optimizer.state[p].values() if isinstance(v, np.ndarray)]
    assert all(array.dtype == np.float32 for array in arrays)
    assert np.isfinite(p.data).all()


def test_adam_moves_float16_by_the_learning_rate_whatever_the_size_of_the_gradient() -> None:
    for g in (0.0, 6e-8, 1e-4, 300.0, 65504.0):
        p = parameter(np.float16, [1.0])
        p.grad = ag.Tensor(np.array([g], np.float16))
        optim.Adam([p], lr=0.125).step()
        np.testing.assert_allclose(p.data, [1 - 0.125 * g / (g + 1e-8)], rtol=1e-3)


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
    if optimizer.state[p] and kind is not optim.Lion:  # the state matters: without it the steps are others
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


def stepped(optimizer: optim.Optimizer) -> optim.Optimizer:
    for p in optimizer.param_groups[0]["params"]:
        p.grad = ag.Tensor(np.ones_like(p.data))
    optimizer.step()
    return optimizer


def state_of(kind: Callable[..., Any], **options: Any) -> Any:
    return stepped(kind([parameter()], **{"lr": 0.1, **options})).state_dict()


def with_group(state: Any, **values: Any) -> Any:
    return {**state, "param_groups": [{**state["param_groups"][0], **values}]}


def with_kept(state: Any, **values: Any) -> Any:
    return {**state, "state": {0: {**state["state"][0], **values}}}


ADAM = state_of(optim.Adam)
STATES: dict[str, tuple[Callable[..., Any], Any, str]] = {
    "of Adam, into SGD": (
        optim.SGD,
        ADAM,
        "an optimiser with lr, betas, eps, weight_decay, amsgrad, and this SGD has lr, mom",
    ),
    "of SGD, into Adam": (
        optim.Adam,
        state_of(optim.SGD),
        "an optimiser with lr, momentum, .* this Adam has lr, betas",
    ),
    "moments of Adam, into SGD": (
        optim.SGD,
        {**state_of(optim.SGD), "state": ADAM["state"]},
        "the state of parameter 0 holds step, mean, square, and SGD keeps velocity; load it into",
    ),
    "a moment is missing": (
        optim.Adam,
        {**ADAM, "state": {0: {"step": 1}}},
        "holds step, and Adam keeps step, mean, sq",
    ),
    "no state": (optim.Adam, {"param_groups": ADAM["param_groups"]}, "a state without 'state'; pass what state_dict"),
    "no groups": (optim.Adam, {"state": {}}, "a state without 'param_groups'; pass what"),
    "nothing": (optim.Adam, {}, "a state without 'state'"),
    "no params": (optim.Adam, {**ADAM, "param_groups": [{"lr": 1.0}]}, r"groups of \[0\] parameters"),
    "no lr": (optim.Adam, {**ADAM, "param_groups": [{"params": [0]}]}, "with no hyperparameters, and this Adam has lr"),
    "negative lr": (optim.Adam, with_group(ADAM, lr=-1), "Adam was given lr=-1; it must not be negative"),
    "lr is NaN": (optim.Adam, with_group(ADAM, lr=float("nan")), "Adam was given lr=nan"),
    "beta of 1": (optim.Adam, with_group(ADAM, betas=(0.9, 1.0)), "betas"),
    "a parameter that is not there": (optim.Adam, {**ADAM, "state": {1: ADAM["state"][0]}}, "a parameter 1, and this"),
    "negative number of steps": (
        optim.Adam,
        with_kept(ADAM, step=-1),
        "'step' of parameter 0 is -1, and a number of st",
    ),
    "NaN steps": (optim.Adam, with_kept(ADAM, step=float("nan")), "'step' of parameter 0 is nan"),
    "half a step": (optim.Adam, with_kept(ADAM, step=1.5), "'step' of parameter 0 is 1.5"),
    "steps are an array": (optim.Adam, with_kept(ADAM, step=np.ones(3)), "'step' of parameter 0 is array"),
    "no number of NAdam": (
        optim.NAdam,
        with_kept(state_of(optim.NAdam), momenta=-0.5),
        "'momenta' of parameter 0 is -0.5, and a number from 0 up is expected",
    ),
    "the largest squares are missing": (
        optim.Adam,
        with_group(ADAM, amsgrad=True),
        "holds step, mean, square, and Adam keeps step, mean, square, largest_square",
    ),
    "a moment is a number": (optim.Adam, with_kept(ADAM, mean=0.5), r"'mean' of parameter 0 has shape \(\)"),
    "a complex moment": (
        optim.Adam,
        with_kept(ADAM, mean=np.ones(3) * 1j),
        "holds complex128, and float64 is expected",
    ),
    "a moment of texts": (optim.Adam, with_kept(ADAM, mean=np.array(["a", "b", "c"])), "holds <U1, and float64"),
}


@pytest.mark.parametrize(("kind", "state", "message"), STATES.values(), ids=STATES)
def test_a_state_that_does_not_fit_is_refused_whole(kind: Callable[..., Any], state: Any, message: str) -> None:
    optimizer = stepped(kind([parameter()], lr=0.3))
    before = copy.deepcopy(optimizer.state_dict())
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state)
    np.testing.assert_equal(optimizer.state_dict(), before)


@pytest.mark.parametrize(("saved", "model"), [(np.float16, np.float16), (np.float64, np.float32)])
def test_a_loaded_state_has_the_dtypes_of_the_parameters(saved: Any, model: Any) -> None:
    """Also one that an earlier version saved, which kept the moments of float16 in float16."""
    state = with_kept(ADAM, mean=np.ones(3, saved), square=np.ones(3, saved), step=np.int64(4))
    p = parameter(model)
    optimizer = optim.Adam([p])
    optimizer.load_state_dict(state)
    assert optimizer.state[p]["mean"].dtype == optimizer.state[p]["square"].dtype == np.float32
    assert type(optimizer.state[p]["step"]) is int


def test_a_state_of_adam_from_before_amsgrad_was_there_loads() -> None:
    (group,) = ADAM["param_groups"]
    old = {**ADAM, "param_groups": [{key: value for key, value in group.items() if key != "amsgrad"}]}
    optimizer = optim.Adam([parameter()], amsgrad=True)
    optimizer.load_state_dict(old)
    np.testing.assert_equal(optimizer.state_dict(), ADAM)


def test_a_state_saved_after_momentum_was_switched_off_loads() -> None:
    optimizer = stepped(optim.SGD([parameter()], lr=0.1, momentum=0.9))
    optimizer.param_groups[0]["momentum"] = 0
    state = stepped(optimizer).state_dict()
    other = optim.SGD([parameter()], lr=0.1)
    other.load_state_dict(state)
    np.testing.assert_equal(other.state_dict(), state)


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
