"""What stands for the outside of a function while it is traced, and that it is gone afterwards."""

import functools
from typing import Any

import numpy as np
import pytest
from compared import bits

import autograd as ag
from autograd import nn, optim
from autograd.compiler.ir import copy_with_strides
from autograd.compiler.tracing.capture import Lifted, is_number
from autograd.compiler.tracing.snapshot import Snapshot
from autograd.compiler.tracing.traced import Traced, TracedArray, TracedNumber
from autograd.compiler.tracing.tracer import Tracer
from autograd.compiler.tracing.walker import state_of
from autograd.engine.proxies import proxies

X = np.random.default_rng(0).normal(size=(3, 4))


class Everything:
    def __init__(self) -> None:
        self.model = nn.Linear(4, 3, dtype=np.float64, rng=np.random.default_rng(0))
        self.opt = optim.Adam(self.model.parameters())
        self.opt.param_groups[0]["betas"] = [0.5, 0.9]
        self.schedule = optim.Cosine(self.opt, 9)
        self.table, self.rng = np.arange(3.0), np.random.default_rng(1)
        self.pair = (self.table, [self.table])
        self.model(X).sum().backward()
        self.opt.step()


def test_whatever_changes_is_replaced_and_comes_back() -> None:
    e = Everything()
    weight = e.model.weight
    state = state_of(lambda: e)
    before, lifted = Snapshot(state, with_contents=False), Lifted(Tracer())
    lifted.lift(state)
    token = proxies.set(lifted)
    group = e.opt.param_groups[0]
    assert isinstance(weight.data, TracedArray)
    assert isinstance(weight.grad.data, TracedArray)  # type: ignore[union-attr]  # it has one
    assert isinstance(group["lr"], TracedNumber)
    assert [type(beta) for beta in group["betas"]] == [TracedNumber] * 2
    assert isinstance(e.schedule.count, TracedNumber)
    assert isinstance(e.opt.state[weight]["mean"], TracedArray)
    assert isinstance(e.opt.state[weight]["step"], TracedNumber)
    assert type(e.table) is TracedArray is type(e.pair[0])
    assert e.pair[0] is e.pair[1][0] is e.table
    assert isinstance(e.rng, Traced)
    assert isinstance(nn.init.generator(), Traced)
    proxies.reset(token)
    before.restore()
    found = [weight.data, *group["betas"], *e.opt.state[weight].values(), e.table, *e.pair, e.rng, e.opt.lr]
    assert not any(isinstance(value, Traced) for value in (*found, e.schedule.count, nn.init.generator()))
    assert type(weight.grad.data) is np.ndarray  # type: ignore[union-attr]  # it has one
    assert e.pair[1][0] is e.pair[0] is e.table


@pytest.mark.parametrize("array", [
    X, X.T, np.asfortranarray(X), X[::2, ::-3], X[:, 1:2], np.broadcast_to(X[0], (5, 4)), X[:0], X[0, 0:1],
    np.array(2.0),
    np.zeros((2, 1, 3))[:, :, ::2], X[::-1, :1].T, np.zeros((0, 3))[:, ::2],
])  # fmt: skip
def test_copies_have_the_same_strides(array: Any) -> None:
    copy = copy_with_strides(array)
    assert (copy.strides, copy.dtype, copy.shape) == (array.strides, array.dtype, array.shape)
    assert np.array_equal(copy, array)
    assert not np.may_share_memory(copy, array)


def test_reads_of_grad_before_it_is_set() -> None:
    """Outside nothing is seen of what is set, nor by other threads."""
    tensors = [ag.Tensor([1.0], requires_grad=True) for _ in range(4)]
    state, lifted = state_of(lambda: tensors), Lifted(Tracer())
    before = Snapshot(state, with_contents=False)
    lifted.lift(state)
    token = proxies.set(lifted)
    try:
        assert tensors[0].grad is None
        tensors[0].grad = None
        tensors[1].grad = None
        assert tensors[1].grad is None
        (tensors[2] * 2).sum().backward()  # which adds to what is there
        assert tensors[2].grad is not None
    finally:
        proxies.reset(token)
        before.restore()
    assert [lifted[t.node].is_looked_at for t in tensors] == [True, False, True, False]
    assert [lifted[t.node].is_written for t in tensors] == [True, True, True, False]
    assert [t.grad for t in tensors] == [None] * 4


def test_arrays_that_cannot_be_replaced_are_known_when_they_come() -> None:
    """In the arguments of a partial, say: what is computed of them is, where it meets a traced array."""
    table = np.arange(3.0)
    inner = functools.partial(lambda a, x: x * a, table)
    step = ag.compile(lambda x: inner(x))
    for k in range(4):
        table[0] = k
        assert bits(step(np.ones(3))) == bits(inner(np.ones(3)))
    assert len(step._specializations) == 1


def test_one_array_of_two_tensors() -> None:
    """Is one value, until they have one each."""
    data = np.ones(3)
    a, b = ag.Tensor(data), ag.Tensor(data)
    step = ag.compile(lambda x: a * x + b)
    for change in (lambda: None, lambda: None, lambda: data.fill(2), lambda: setattr(b, "data", np.zeros(3)),
                   lambda: None, lambda: setattr(b, "data", a.data)):  # fmt: skip
        change()
        assert step(X[0, :3]).data.tolist() == (a.data * X[0, :3] + b.data).tolist()
    assert len(step._specializations) == 2


def test_numbers_and_hyperparameters() -> None:
    assert [is_number(x) for x in (1, 1.0, np.float32(1), np.int8(1))] == [True] * 4
    assert [is_number(x) for x in (True, 1j, "1", None, np.bool_(True), np.complex64(1), np.ones(1))] == [False] * 7
    opt = optim.SGD([ag.Tensor([1.0], requires_grad=True)], 0.1, nesterov=True, momentum=0.5)
    assert [source.name for _, source in state_of(lambda: opt).sources()][1:] == ["lr", "momentum", "weight_decay"]
