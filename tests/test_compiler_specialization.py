"""A trace gives back its memory, and is planned as it would have been with it."""

from __future__ import annotations

import tracemalloc
import weakref
from typing import Any

import numpy as np

import autograd as ag
from autograd.compiler.passes.rewrites import elide_views
from autograd.compiler.specialization import plan, release
from autograd.compiler.tracing.trace import trace

N = 2**18


def f(x: Any) -> Any:
    y = np.exp(x[::-1].T)[1:]
    z = y.T[:, ::2].reshape(-1, 2)
    y += 1
    return np.sum(z * 2) + y.mean(), np.copy(z)


def test_the_arrays_of_a_trace_are_given_back() -> None:
    x = np.ones((N // 4, 4))
    ag.compile(f)(x[:8])
    tracemalloc.start()
    try:
        compiled = ag.compile(f)
        compiled(x)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < x.nbytes / 4


def test_the_gradients_that_a_trace_found_are_given_back() -> None:
    w = ag.Tensor(np.ones(N), requires_grad=True)

    @ag.compile
    def step(x: Any) -> Any:
        w.grad = None
        loss = np.sum(w * x)
        loss.backward()
        return loss

    np.sum(w * 2).backward()
    assert w.grad is not None
    found = weakref.ref(w.grad.data)
    for _ in range(3):
        step(np.ones(N))
    assert found() is None


def test_layouts_and_where_views_begin_stay() -> None:
    x = np.random.default_rng(0).standard_normal((6, 4))
    _, captured = trace(f, (x,), {})
    values = [y for call in captured.ops for y in call.results()]
    arrays = [y.array for y in values]
    before = [(y.layout(), y.is_array, y.is_view) for y in values]
    idle = elide_views(list(captured.ops), set())[1]
    release(captured)
    assert [(y.layout(), y.is_array, y.is_view) for y in values] == before
    assert elide_views(list(captured.ops), set())[1] == idle
    for y, array in zip(values, arrays, strict=True):
        assert not y.is_array or not np.shares_memory(y.array, array)
    assert plan(f, captured).ops


def test_constants_stay() -> None:
    def g(x: Any) -> Any:
        return x + np.arange(3.0), np.full(2, 7.0)

    compiled = ag.compile(g)
    for _ in range(3):
        assert np.array_equal(compiled(np.ones(3))[1], [7, 7])
        assert np.array_equal(compiled(np.ones(3))[0], [1, 2, 3])
