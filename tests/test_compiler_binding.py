"""A program reads and writes what lives outside, and hands out new arrays."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd as ag
from autograd import nn

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


# -- state -------------------------------------------------------------------------------------------------------------


def test_arrays_that_took_the_place_of_others() -> None:
    w = ag.Tensor(X.copy())
    compiled = ag.compile(lambda x: w * x)
    assert warm(compiled, X) == 1
    w.data = 3 * X
    assert np.array_equal(compiled(X).data, (w * X).data)
    assert len(compiled._specializations) == 1
    w.data = X.astype(np.float64)
    assert compiled(X).dtype == np.float64
    assert len(compiled._specializations) == 2


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
