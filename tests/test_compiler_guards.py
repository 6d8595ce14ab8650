"""A program runs for the calls that it was made for; for others there is another."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd as ag
from autograd import nn, optim

RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 4)).astype(np.float32)


def warm(compiled: Any, *args: Any, **kwargs: Any) -> int:
    """Call until the program runs alone; how many programs there are then."""
    for _ in range(3):
        compiled(*args, **kwargs)
    return len(compiled._specializations)


class Pair(NamedTuple):
    a: Any
    b: Any


# -- arguments ---------------------------------------------------------------------------------------------------------

OTHER: list[tuple[Any, Any]] = [
    (X, X[:2]), (X, X.astype(np.float64)), (X, np.asfortranarray(X)), (X, X[::-1]), (X, ag.Tensor(X)), (X, 2.0),
    (X, [X]), ([X], (X,)), ([X], [X, X]), ((X, X), Pair(X, X)), ({"a": X}, {"b": X}), ({"a": X}, {"a": X, "b": X}),
    ({"a": X, "b": 2 * X}, {"b": 2 * X, "a": X}), (2, 3), (2, 2.0), (1, True), (True, False), ("ab", "cd"),
    ([X, None], [X, X]), (None, X), (0.0, -0.0 + 1), ({"a": X}, OrderedDict(a=X)), (np.float32(2), np.float64(2)),
]  # fmt: skip


def total(tree: Any) -> Any:
    """The sum of all there is in a container, in its order."""
    if isinstance(tree, dict):
        return total(list(tree.values()))
    if isinstance(tree, list | tuple):
        sums = 0.25 * np.ones(2)
        for part in tree:
            sums = 0.5 * sums + total(part)
        return sums
    return np.ones(2) * (7 if tree is None else len(tree) if isinstance(tree, str) else np.sum(np.multiply(tree, 2)))


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("pair", OTHER)
def test_other_arguments_are_for_another_program(pair: tuple[Any, Any], first: int) -> None:
    compiled = ag.compile(total)
    here, there = pair[first], pair[1 - first]
    assert warm(compiled, here) == 1
    assert warm(compiled, there) == 2
    for tree in (here, there, here):
        assert np.array_equal(compiled(tree), total(tree))
    assert len(compiled._specializations) == 2


def test_arguments_by_name_and_by_place() -> None:
    def f(a: Any, *more: Any, scale: float = 1.0, **named: Any) -> Any:
        return (a + sum(more)) * scale + sum(named.values())

    compiled = ag.compile(f)
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((X,), {}), ((X, X), {}), ((X,), {"scale": 2.0}), ((), {"a": X}), ((X,), {"args": X, "kwargs": X}),
        ((X,), {"scale": 2.0, "v0": X}),
    ]  # fmt: skip
    for _ in range(4):
        for args, kwargs in calls:
            assert np.array_equal(compiled(*args, **kwargs), f(*args, **kwargs))
    assert len(compiled._specializations) == len(calls)
    with pytest.raises(TypeError, match="missing 1 required"):
        compiled()


def test_the_last_sixteen_are_kept() -> None:
    compiled = ag.compile(np.exp)
    for n in range(20):
        warm(compiled, np.ones(n + 1))
    assert len(compiled._specializations) == 16


def test_arrays_in_its_own_memory_are_for_another_program() -> None:
    """A gradient is the program's own until the next call, which would overwrite it before it reads it."""
    w = ag.Tensor(X.copy(), requires_grad=True)

    def f(x: Any) -> Any:
        y = np.tanh(w * x)
        w.grad = None
        y.sum().backward()
        return y

    compiled = ag.compile(f)
    warm(compiled, X)
    g = w.grad.data  # type: ignore[union-attr] # there is one
    value = g.copy()
    assert np.array_equal(compiled(g).data, f(value).data)
    compiled(X)
    g = w.grad.data[:]  # type: ignore[union-attr] # a view of it
    value = g.copy()
    assert np.array_equal(compiled(g).data, f(value).data)


# -- settings ----------------------------------------------------------------------------------------------------------


class Model(nn.Module):
    def __init__(self) -> None:
        self.layer = nn.Linear(4, 2, rng=np.random.default_rng(0))
        self.dropout = nn.Dropout(0.5, np.random.default_rng(0))
        self.scale = 2.0
        self.names = ["a", "b"]

    def forward(self, x: Any) -> Any:
        return self.dropout(self.layer(x)) * self.scale + len(self.names)


def frozen(model: Any) -> None:
    model.layer.bias.requires_grad = False


def cleared(model: Any) -> None:
    model.layer.weight.grad = None


def fortran(model: Any) -> None:
    model.layer.weight.data = np.asfortranarray(model.layer.weight.data)


def less_dropout(model: Any) -> None:
    model.dropout = nn.Dropout(0.1, np.random.default_rng(1))


CHANGES: dict[str, Callable[[Any], Any]] = {
    "eval": lambda m: m.eval(), "a list": lambda m: m.names.append("c"), "an object": less_dropout,
    "a number": lambda m: setattr(m, "scale", 3.0), "its type": lambda m: setattr(m, "scale", 2),
    "requires_grad": frozen, "grad": cleared, "strides": fortran,
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_other_settings_are_for_another_program(change: Callable[[Any], Any]) -> None:
    ours, theirs = Model(), Model()

    def step(model: Any, x: Any) -> Any:
        y = model(x)
        y.sum().backward()
        return y

    compiled = ag.compile(lambda x: step(ours, x))
    for k in range(8):
        if k == 4:
            n = len(compiled._specializations)
            change(ours)
            change(theirs)
        y, expected = compiled(X), step(theirs, X)
        assert np.array_equal(y.data, expected.data)
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert (p.grad is None) is (q.grad is None)
            assert p.grad is None or np.array_equal(p.grad.data, q.grad.data)
    assert len(compiled._specializations) > n


def test_whether_gradients_are_recorded() -> None:
    w = ag.Tensor(X.copy(), requires_grad=True)
    compiled = ag.compile(lambda x: w * np.sum(x) + ag.is_grad_enabled())
    warm(compiled, X)
    with ag.no_grad():
        assert np.array_equal(compiled(X).data, (w * np.sum(X)).data)


def train(optimizer: Any, params: Any, x: Any) -> None:
    optimizer.zero_grad()
    loss = sum(np.square(np.sum(p * x)) for p in params)
    loss.backward()
    optimizer.step()


def test_the_parameters_of_an_optimizer() -> None:
    def made() -> tuple[Any, Any]:
        params = [ag.Tensor(X.copy(), requires_grad=True) for _ in range(2)]
        return params, optim.Adam(params[:1], 0.1)

    (ours, our), (theirs, their) = made(), made()
    compiled = ag.compile(lambda x: train(our, ours, x))
    for k in range(10):
        if k == 4:
            for optimizer, params in ((our, ours), (their, theirs)):
                optimizer.param_groups.append({**optimizer.param_groups[0], "params": params[1:]})
        if k == 7:
            for optimizer in (our, their):
                optimizer.load_state_dict(optimizer.state_dict())
                optimizer.lr = 0.01
        compiled(X)
        train(their, theirs, X)
        assert all(np.array_equal(p.data, q.data) for p, q in zip(ours, theirs, strict=True)), k


def test_an_optimizer_that_begins_anew() -> None:
    """Its first step has a program of its own, which makes the moments."""
    ours, theirs = ag.Tensor(X.copy(), requires_grad=True), ag.Tensor(X.copy(), requires_grad=True)
    our, their = optim.Adam([ours], 0.1), optim.Adam([theirs], 0.1)
    compiled = ag.compile(lambda x: train(our, [ours], x))
    for _ in range(4):
        our.state.clear()
        their.state.clear()
        for _ in range(4):
            compiled(X)
            train(their, [theirs], X)
            assert np.array_equal(ours.data, theirs.data)
            assert our.state[ours].keys() == their.state[theirs].keys()
    assert len(compiled._specializations) == 2
