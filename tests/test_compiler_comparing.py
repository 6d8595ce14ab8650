"""The second call, in which the program and the function are compared: what is, and what is found."""

import itertools
import tracemalloc
from typing import Any

import numpy as np
import pytest
from compared import state
from test_compiler_capture import BATCHES, mlp, with_dropout

import autograd as ag
from autograd import nn, optim
from autograd.compiler.runtime.comparing import is_equal
from autograd.compiler.tracing.refusing import TraceError
from autograd.compiler.tracing.snapshot import Snapshot

X, Y = BATCHES[0]


class Changing:
    """A value that no one can foresee, and that the compiler does not see: another in each run of a function."""

    def __init__(self) -> None:
        self._runs = itertools.count(1)

    def __call__(self) -> float:
        return float(next(self._runs))


def make() -> tuple[Any, Any, Any, Changing]:
    model = with_dropout()
    opt = optim.SGD(model.parameters(), 0.1, momentum=0.9)
    for p in model.parameters():
        p.grad = ag.Tensor(np.ones(p.shape, np.float32))
    opt.step()  # so that there are moments, and the first program is the one that lasts
    return model, opt, optim.Cosine(opt, 10), Changing()


def output(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> Any:
    return {"a": [x, model(x) * np.float32(changing())]}


def type_of_output(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> Any:
    y = model(x)
    return y if changing() % 2 else y.data


def number(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> Any:
    return changing()


def length(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> Any:
    return [x] * int(changing())


def parameter(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> None:
    with ag.no_grad():
        model.layers[0].bias[0] = np.float32(changing())


def gradient(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> None:
    model.zero_grad()
    (model(x).sum() * np.float32(changing())).backward()


def gradient_or_none(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> None:
    model.zero_grad()
    if changing() % 2:
        model(x).sum().backward()


def moment(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> None:
    opt.state[model.layers[0].weight]["velocity"] *= np.float32(changing())


def hyperparameter(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> None:
    opt.lr = changing()


def count(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> None:
    for _ in range(int(changing())):
        schedule.step()


def random_numbers(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> None:
    for _ in range(int(changing())):
        model(x)


def attribute(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> Any:
    if changing() == 2:
        model.layers[2].rate = 0.9
    return x * 2


def new_moments(model: Any, opt: Any, schedule: Any, changing: Any, x: Any) -> Any:
    if changing() == 2:
        opt.state[model.layers[0].weight]["second"] = np.zeros(3)
    return x * 2


FOUND = {
    output: r"output\['a'\]\[1\] differs between the function and its program", type_of_output: "the type of output",
    number: "output differs", length: r"output\[1\] differs|left output\[1\]|output\[1\] is left by the function",
    parameter: r"model.layers.0.bias differs", gradient: r"model.layers.0.weight.grad differs",
    gradient_or_none: r"model.layers.0.weight.grad differs", moment: "velocity of model.layers.0.weight differs",
    hyperparameter: "opt.lr differs", count: "opt.lr differs|schedule.count differs",
    random_numbers: "the state of a random generator differs", attribute: r"rate was 0.4 before the call and 0.9 after",
    new_moments: "the function left second of model.layers.0.weight where its program left",
}  # fmt: skip


@pytest.mark.parametrize("f", FOUND, ids=lambda f: f.__name__)
def test_what_differs_is_named_and_all_is_as_it_was(f: Any) -> None:
    model, opt, schedule, changing = make()
    step = ag.compile(lambda x: f(model, opt, schedule, changing, x))
    step(X)
    before = state(model, opt, schedule, nn.init.generator())
    with pytest.raises(TraceError, match=rf"(?s)in the second call .*({FOUND[f]}).*does not come from its arguments"):
        step(X + 1)
    assert state(model, opt, schedule, nn.init.generator()) == before
    assert model.layers[2].rate == 0.4


def test_what_does_not_differ_is_left_by_the_function_itself() -> None:
    """After the second call everything is what the function makes of it, in the same memory."""
    model = mlp()
    opt = optim.Adam(model.parameters())
    arrays = [p.data for p in model.parameters()]

    def step(x: Any, y: Any) -> Any:
        loss = nn.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        return loss

    compiled = ag.compile(step)
    for k, batch in enumerate(BATCHES[:3]):
        assert not compiled(*batch).requires_grad
        assert all(p.data is array for p, array in zip(model.parameters(), arrays, strict=True))
        assert all(values["step"] == k + 1 for values in opt.state.values())


def test_arrays_in_a_list_that_each_call_replaces() -> None:
    """They are those of the call before, not of the first; and so they stay where the second call is refused."""
    changing = Changing()
    means = [np.zeros(6), np.ones(6)]

    def step(x: Any, fails: bool) -> Any:
        means[0] = 0.5 * means[0] + x[0]
        return means[0] * (changing() if fails else 1.0)

    steps = ag.compile(step), step
    found = []
    for f in steps:
        means = [np.zeros(6), np.ones(6)]
        found.append([(f(X * k, False).copy(), means[0].copy()) for k in range(5)])
    assert np.array_equal(found[0], found[1])
    steps[0](X, True)
    before = means[0]
    with pytest.raises(TraceError, match="output differs"):
        steps[0](X, True)
    assert means[0] is before


def test_arrays_that_cannot_be_written_to() -> None:
    """They can't have changed, and need not be put back."""
    w = ag.Tensor(np.broadcast_to(np.ones(6, np.float32), (8, 6)), requires_grad=True)
    step = ag.compile(lambda x: (w * x).sum().backward())
    for k in range(3):
        w.grad = None
        step(X + k)
        assert w.grad is not None
        assert np.array_equal(w.grad.data, X + k)


def test_compiled_functions_that_another_calls_run_as_they_are() -> None:
    """Gradients flow through them, in the second call and where a program fails, too."""
    w = ag.Tensor(np.ones((6, 6)), requires_grad=True)
    inner = ag.compile(lambda x: np.linalg.inv(x) @ w)

    def step(x: Any) -> Any:
        y = inner(x).sum()
        w.grad = None
        y.backward()
        return y

    compiled = ag.compile(step)
    for k in range(1, 5):
        assert compiled(k * np.eye(6)).data == pytest.approx(36 / k)
        assert w.grad is not None
        assert w.grad.data == pytest.approx(1 / k)
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        compiled(np.zeros((6, 6)))
    assert not inner._specializations


@pytest.mark.parametrize(("a", "b", "expected"), [
    (np.zeros(2), np.zeros(2), True), (np.zeros(2), -np.zeros(2), False), (np.zeros(2), np.zeros((2, 1)), False),
    (np.array([np.nan]), np.array([np.nan]), True), (np.zeros(2, "f"), np.zeros(2), False),
    (np.float32(1), np.float32(1), True), (np.float32(0), np.float32(-0.0), False), (np.float32(1), 1.0, False),
    (0.0, -0.0, False), (float("nan"), float("nan"), True), (1, True, False), (1j, 1j, True), (0j, -0j, False),
    ((0.9, 0.0), (0.9, -0.0), False), (None, None, True), (None, np.zeros(1), False), ("a", "a", True),
    (np.zeros((2, 3)).T, np.zeros((3, 2)), True), (np.ones(2, "g"), np.full(2, 1, "g"), True),
    (np.zeros(2, "g"), -np.zeros(2, "g"), False), (np.full(1, np.nan, "G"), np.full(1, np.nan, "G"), True),
    (np.array([np.nan, 1]), np.array([-np.nan, 1]), True), (np.float64(np.nan), np.float64(-np.nan), True),
    (np.array([np.nan, 0]), np.array([-np.nan, -0.0]), False), (np.array([np.nan, 1]), np.array([1, np.nan]), False),
    (np.array([complex(np.nan, 1)]), np.array([complex(-np.nan, 1)]), True), (np.ones(1), np.array([np.nan]), False),
    (np.array([complex(np.nan, 1)]), np.array([complex(1, np.nan)]), False),
])  # fmt: skip
def test_equal_to_the_last_bit(a: Any, b: Any, expected: bool) -> None:
    assert is_equal(a, b) is expected
    assert is_equal(b, a) is expected


def test_signs_of_nan_are_nobodys() -> None:
    """Of two, a product has that of the operand that NumPy takes first: of a temporary of 256 KiB."""
    rng = np.random.default_rng(0)
    numbers = np.array([1.0, np.nan, -np.nan])
    step = ag.compile(lambda x, y, z: x * (y * z))
    for _ in range(4):
        xs = [rng.choice(numbers, 40_000) for _ in range(3)]
        np.testing.assert_array_equal(step(*xs), xs[0] * (xs[1] * xs[2]))
    assert len(step._specializations) == 1


def test_what_a_snapshot_costs_is_a_few_copies_of_what_may_change() -> None:
    """Not of arrays that no Tensor holds, as large as they may be."""
    images, w = np.ones((1000, 1000)), ag.Tensor(np.ones((300, 300)), requires_grad=True)
    step = ag.compile(lambda k: (images[k] * w.sum()).sum())
    step(np.array([1, 2]))
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    Snapshot(step._specializations[0].captured.outside)
    _, peak = tracemalloc.get_traced_memory()
    step(np.array([3, 4]))
    _, in_all = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - before < 2 * w.data.nbytes
    assert in_all - before < 8 * w.data.nbytes < images.nbytes


@pytest.mark.parametrize(("container", "key"), [({"mean": np.zeros(5)}, "mean"), ([np.zeros(5)], 0)])
def test_an_array_in_a_container_may_be_another_after_each_call(container: Any, key: Any) -> None:
    def average(x: Any) -> Any:
        container[key] = 0.9 * container[key] + x
        return np.sum(container[key])

    step = ag.compile(average)
    found = [step(np.arange(5.0)) for _ in range(4)]
    after = container[key]
    container[key] = np.zeros(5)
    assert found == [average(np.arange(5.0)) for _ in range(4)]
    assert is_equal(after, container[key])


def test_an_array_in_a_container_is_as_it_was_if_a_call_fails() -> None:
    held = {"mean": np.zeros(5)}

    def average(x: Any) -> Any:
        held["mean"] = held["mean"] + x
        if average.fails:  # type: ignore[attr-defined]  # it is set below
            raise KeyError("no")
        return np.sum(held["mean"])

    step = ag.compile(average)
    average.fails = False  # type: ignore[attr-defined]  # see above
    step(np.ones(5))
    array = held["mean"]
    average.fails = True  # type: ignore[attr-defined]  # see above
    with pytest.raises(KeyError, match="no"):
        step(np.ones(5))
    assert held["mean"] is array
    assert is_equal(array, np.ones(5))
