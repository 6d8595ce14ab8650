"""What the tracer notes of a run, and what it sees of the graph."""

import itertools
from typing import Any

import numpy as np
import pytest
from compared import assert_same

import autograd as ag
from autograd import nn, optim
from autograd.compiler.ir import Kind
from autograd.compiler.tracing.refusing import TraceError
from autograd.compiler.tracing.trace import trace

X = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)


def calls_of(f: Any, *args: Any) -> list[Any]:
    return trace(f, args, {})[1].ops


def names(calls: Any) -> list[str]:
    return [call.fn if isinstance(call.fn, str) else call.fn.__name__ for call in calls]


def test_calls_are_noted_in_order_with_their_section_and_modules() -> None:
    model = nn.Sequential(nn.Linear(3, 2, rng=np.random.default_rng(0)), nn.ReLU())
    opt = optim.SGD(model.parameters(), 0.1)

    def step(x: Any) -> None:
        loss = model(x).sum()
        opt.zero_grad()
        loss.backward()
        opt.step()

    calls = calls_of(step, X)
    stages = [call.stage for call in calls]
    assert stages == sorted(stages, key=["forward", "backward", "update"].index)
    assert names(calls)[:3] == ["matmul", "add", "maximum"]
    assert calls[1].writes is calls[0].result
    assert [call.scope[0]() for call in calls[:3]] == [model.layers[0], model.layers[0], model.layers[1]]
    assert calls[-1].writes.kind is Kind.STATE


def test_what_depends_on_nothing_is_not_noted() -> None:
    assert names(calls_of(lambda x: x + np.arange(3) * np.float32(2) + len(x) + x.shape[0], X)) == ["add"] * 3


def test_constants_are_handed_out_as_copies() -> None:
    assert names(calls_of(lambda x: np.ones(3), X)) == ["copy"]


def test_views_belong_to_what_owns_their_memory() -> None:
    calls = calls_of(lambda x: ((y := x * 2), y.T[1:], y[[0]], y.reshape(-1)[::2].real)[0], X)
    y = calls[0].result
    assert [(name, call.result.root is y) for name, call in zip(names(calls), calls, strict=True)][1:] == [
        (".T", True), ("getitem", True), ("getitem", False), ("reshape", True), ("getitem", True), (".real", True)
    ]  # fmt: skip


def test_views_of_a_constant_are_not_the_programs_own() -> None:
    table = np.arange(6.0).reshape(2, 3)
    step = ag.compile(lambda x: np.broadcast_arrays(x, np.arange(3.0)[None])[1])
    for _ in range(3):
        step(np.ones((2, 3)))[...] = 7
    assert step(np.ones((2, 3))).tolist() == [[0, 1, 2]] * 2
    assert table.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_error_states_are_noted_where_they_differ() -> None:
    def f(x: Any) -> Any:
        with np.errstate(over="ignore"):
            y = np.exp(x)
        return y + 1

    assert [dict(call.errors) for call in calls_of(f, X)] == [{"over": "ignore"}, {}]
    with np.errstate(over="ignore"):
        assert [dict(call.errors) for call in calls_of(f, X)] == [{}, {}]
    step = ag.compile(f)
    for _ in range(3):
        assert step(np.float32([1000])) == np.inf
    step = ag.compile(np.exp)
    for _ in range(3):
        with pytest.warns(RuntimeWarning, match="overflow"):
            step(np.float32([1000]))


def test_a_refusal_inside_of_a_primitive_makes_it_one_step_and_leaves_nothing_of_it() -> None:
    @ag.primitive
    def looking(x: Any) -> Any:
        y = np.exp(x)
        return y + 1 if y.sum() > 0 else y

    ag.rule(looking, x=lambda g, x: g * np.exp(x))
    assert names(calls_of(lambda x: looking(x * 2), X)) == ["multiply", "looking"]
    assert names(calls_of(ag.grad(lambda x: np.sum(looking(x))), X))[:3] == ["looking", "sum", "asarray"]


def test_values_that_were_updated_since_are_no_longer_what_backward_needs() -> None:
    """As without being compiled."""
    w = ag.Tensor(np.ones(3), requires_grad=True)

    def f(x: Any) -> None:
        loss = np.sum(np.square(w * x) * w)
        with ag.no_grad():
            w[1:] = 5.0
        loss.backward()

    for step in (f, ag.compile(f)):
        with pytest.raises(
            RuntimeError, match=r"backward\(\) needs an array of shape .* has updated it in place since"
        ):
            step(np.ones(3))
        w.data[...] = 1


def test_gradients_add_up_in_the_same_order_and_layout() -> None:
    """Where one comes in by three ways, of different layouts: the sums below depend on it."""

    def f(x: Any) -> Any:
        y = x * 3
        return np.sum(np.sin(y)) + np.sum(np.cos(y.T) * 2) + np.sum(np.exp(y.reshape(-1))) + np.sum(y @ y.T)

    x = np.random.default_rng(0).normal(size=(17, 13)).astype(np.float32)
    assert_same(lambda: (ag.value_and_grad(lambda x: f(x) + f(np.transpose(x) * 0.5)), []), [
        (None, (layout(x * k),)) for k in (1, 2, 3) for layout in (np.ascontiguousarray, np.asfortranarray)
    ], programs=2)  # fmt: skip


def test_a_parameter_out_of_reach_under_no_grad() -> None:
    """It would be taken for a constant."""
    find = itertools.repeat(ag.Tensor(np.ones(3), requires_grad=True))
    with ag.no_grad(), pytest.raises(TraceError, match=r"tracer.py:\d+: a parameter of shape \(3,\) was used"):
        ag.compile(lambda x: x * next(find))(np.ones(3))


def test_leaves_that_the_function_makes() -> None:
    def f(x: Any) -> Any:
        w = ag.Tensor(np.ones(3), requires_grad=True)
        np.sum(w * w * x).backward()
        return w.grad, w

    assert_same(lambda: (f, []), [(None, (np.ones(3) * k,)) for k in range(4)], programs=1)
