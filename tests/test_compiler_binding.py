"""A program runs for the calls that it was made for, reads and writes what lives outside, and hands out new arrays."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd as ag
from autograd import nn, optim
from autograd.compiler.ir import Program

RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 4)).astype(np.float32)


def programs(compiled: Any) -> list[Program]:
    return [version.program for version in compiled._versions]


def warm(compiled: Any, *args: Any, **kwargs: Any) -> int:
    """Call until the program runs alone; how many versions there are then."""
    for _ in range(3):
        compiled(*args, **kwargs)
    return len(compiled._versions)


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
    assert len(compiled._versions) == 2


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
    assert len(compiled._versions) == len(calls)
    with pytest.raises(TypeError, match="missing 1 required"):
        compiled()


def test_the_last_sixteen_are_kept() -> None:
    compiled = ag.compile(np.exp)
    for n in range(20):
        warm(compiled, np.ones(n + 1))
    assert len(compiled._versions) == 16


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
            n = len(compiled._versions)
            change(ours)
            change(theirs)
        y, expected = compiled(X), step(theirs, X)
        assert np.array_equal(y.data, expected.data)
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert (p.grad is None) is (q.grad is None)
            assert p.grad is None or np.array_equal(p.grad.data, q.grad.data)
    assert len(compiled._versions) > n


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
    assert len(compiled._versions) == 2


# -- state -------------------------------------------------------------------------------------------------------------


def test_arrays_that_took_the_place_of_others() -> None:
    w = ag.Tensor(X.copy())
    compiled = ag.compile(lambda x: w * x)
    assert warm(compiled, X) == 1
    w.data = 3 * X
    assert np.array_equal(compiled(X).data, (w * X).data)
    assert len(compiled._versions) == 1
    w.data = X.astype(np.float64)
    assert compiled(X).dtype == np.float64
    assert len(compiled._versions) == 2


def test_two_tensors_that_come_to_share_an_array() -> None:
    def update(a: Any, b: Any) -> None:
        with ag.no_grad():
            a += 1
            b *= 2

    a, b, c = ag.Tensor(X.copy()), ag.Tensor(X.copy()), ag.Tensor(X.copy())
    compiled = ag.compile(lambda: update(a, b))
    warm(compiled)
    b.data = a.data
    c.data[...] = a.data
    compiled()
    update(c, c)
    assert np.array_equal(a.data, c.data)


def test_updates_are_noted() -> None:
    w = ag.Tensor(X.copy(), requires_grad=True)

    @ag.compile
    def step() -> None:
        w.grad = None
        np.sum(np.exp(w)).backward()
        with ag.no_grad():
            w.data -= 0.1 * w.grad.data  # type: ignore[union-attr]  # there is one

    warm(step)
    y, z = np.sum(np.square(w)), np.sum(w * w.grad)
    step()
    for loss in (y, z):
        with pytest.raises(RuntimeError, match="step has updated it in place"):
            loss.backward()


def test_a_gradient_lasts_until_the_next_call() -> None:
    w = ag.Tensor(X.copy(), requires_grad=True)

    @ag.compile
    def step(x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(w * x, labels)
        w.grad = None
        loss.backward()
        return loss

    for k in range(4):
        loss = step(X + k, np.array([0, 1, 2]))
        g = w.grad
        assert g is not None
        before = g.data.copy()
        assert np.array_equal(w.grad.data, before)  # type: ignore[union-attr]  # there is one
    with pytest.raises(ValueError, match="labels from 0 to 7"):
        step(X, np.array([0, 1, 7]))
    assert np.array_equal(w.grad.data, before)  # type: ignore[union-attr] # a step that fails leaves it, too
    w.grad.data += 1  # type: ignore[union-attr] # which is its owner's to change
    assert step(X + 3, np.array([0, 1, 2])) == loss
    assert np.array_equal(w.grad.data, before)  # type: ignore[union-attr]  # there is one


def test_a_new_seed() -> None:
    dropout = nn.Dropout(0.5)
    compiled = ag.compile(lambda x: dropout(x))
    for seed in (0, 1, 2, 1):
        ag.seed(seed)
        ours = [compiled(X) for _ in range(2)]
        ag.seed(seed)
        theirs = [dropout(X) for _ in range(2)]
        assert np.array_equal(ours, theirs)


# -- what is returned --------------------------------------------------------------------------------------------------


def test_containers() -> None:
    kind = defaultdict(list, {"z": 1})

    def f(x: Any) -> Any:
        y, t = np.exp(x), ag.Tensor(x)
        return {
            "a": [y, None, "text", 3], "b": Pair(y, np.sum(t)), 1: OrderedDict(y=t * 2), "c": (), "d": np.sum(y),
            "e": defaultdict(kind.default_factory, z=y), "f": (y,),
        }  # fmt: skip

    compiled = ag.compile(f)
    for _ in range(4):
        ours, theirs = compiled(X), f(X)
        assert repr(ours) == repr(theirs)
        assert type(ours["d"]) is type(theirs["d"])
        assert ours["e"]["other"] == []


def test_outputs_are_new_in_each_call() -> None:
    w = ag.Tensor(X.copy())

    @ag.compile
    def f(x: Any) -> Any:
        with ag.no_grad():
            w.data += 1
        return x, x.T, w.data, w.data[0], np.exp(x), np.exp(x)[0], np.add(x, 1).reshape(-1)

    kept = []
    for k in range(4):
        found = f(X + k)
        kept += [(array, array.tobytes()) for array in found]
        assert all(array.tobytes() == bits for array, bits in kept)
        assert not any(np.shares_memory(array, w.data) for array in found)


def test_two_threads_call_one_function() -> None:
    w = ag.Tensor(np.zeros(1000))

    @ag.compile
    def f(x: Any) -> Any:
        with ag.no_grad():
            w.data += 1
        return np.exp(np.sin(x) * np.cos(x)) + 1

    xs = [np.full(1000, float(k)) for k in range(4)]
    warm(f, xs[0])
    wrong = []

    def work(x: Any) -> None:
        expected = np.exp(np.sin(x) * np.cos(x)) + 1
        wrong.extend(k for k in range(200) if not np.array_equal(f(x), expected))

    threads = [threading.Thread(target=work, args=(x,)) for x in xs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert (w.data == 803).all()


def test_compiled_functions_that_call_each_other() -> None:
    w = ag.Tensor(X.copy())

    @ag.compile
    def inner() -> Any:
        with ag.no_grad():
            w.data += 1
        return w * 2

    compiled = ag.compile(lambda x: inner() * x)
    warm(inner)
    expected = w.data.copy()
    for _ in range(4):
        expected += 1
        assert np.array_equal(compiled(X).data, expected * 2 * X)
        assert np.array_equal(w.data, expected)
