"""The recurrences as recorded calls: what they save, and their rules."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import Calls

import autograd as ag
from autograd.nn.functional import recurrence

KINDS: dict[str, tuple[Callable[..., Any], int, int]] = {  # the call, how many gates and how many states it has
    "rnn": (recurrence.rnn, 1, 1),
    "rnn relu": (lambda xs: recurrence.rnn(xs, nonlinearity="relu"), 1, 1),
    "gru": (recurrence.gru, 3, 1),
    "lstm": (recurrence.lstm, 4, 2),
}
EACH = pytest.mark.parametrize("kind", KINDS)


def inputs(kind: str, steps: int, batch: int, size: int, hidden: int, bias: bool = True, seed: int = 0) -> list[Any]:
    rng = np.random.default_rng(seed)
    _, gates, states = KINDS[kind]
    shapes = [(steps, batch, size), *[(batch, hidden)] * states, (gates * hidden, size), (gates * hidden, hidden)]
    arrays = [rng.standard_normal(shape) for shape in shapes]
    return arrays + ([rng.standard_normal(gates * hidden) for _ in range(2)] if bias else [None, None])


def outputs(kind: str, *xs: Any) -> tuple[Any, ...]:
    f, _, states = KINDS[kind]
    return tuple(f(list(xs))[: 1 + states])


@EACH
@pytest.mark.parametrize("bias", [True, False])
def test_rules(kind: str, bias: bool) -> None:
    """Of every input, to the second order."""
    xs = inputs(kind, 3, 2, 2, 2, bias)
    arrays = [x for x in xs if x is not None]
    ag.assert_gradients(lambda *given: outputs(kind, *given, *xs[len(given) :]), *arrays, order=2)


@EACH
@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.integers(0, 3), st.integers(1, 3), st.integers(1, 3), st.booleans(), st.integers(0, 9))
def test_both_ways_to_the_gradient_agree(
    kind: str, steps: int, batch: int, size: int, hidden: int, bias: bool, seed: int
) -> None:
    """That of arrays, and that of a pass which is recorded."""
    xs = inputs(kind, steps, batch, size, hidden, bias, seed)
    found = []
    for create_graph in (False, True):
        leaves = [ag.Tensor(x, requires_grad=True) for x in xs if x is not None]
        ys = outputs(kind, *leaves, *xs[len(leaves) :])
        sum((y * np.cos(np.arange(y.size)).reshape(y.shape)).sum() for y in ys).backward(create_graph=create_graph)
        found.append([leaf.grad.data for leaf in leaves if leaf.grad is not None])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@EACH
def test_one_output_alone(kind: str) -> None:
    xs = inputs(kind, 3, 2, 2, 2)
    for k in range(1 + KINDS[kind][2]):
        ag.assert_gradients(lambda *xs, k=k: outputs(kind, *xs)[k], *xs, order=2)


@EACH
def test_it_is_one_call_and_what_needs_no_gradient_has_none(kind: str) -> None:
    xs = inputs(kind, 3, 2, 2, 2)
    leaves = [xs[0], *(ag.Tensor(x, requires_grad=True) for x in xs[1:])]
    calls = Calls()
    with ag.observe(calls):
        outputs(kind, *leaves)[0].sum().backward()
    assert [fn.__name__ for fn, *_ in calls.recorded_calls] == [kind.split()[0], "sum"]
    (_, _, gxs, _), *_ = [call for call in calls.propagated_calls if call[0].fn.__name__ == kind.split()[0]]
    assert sorted(gxs) == list(range(1, len(xs)))


@EACH
def test_float32_stays_float32(kind: str) -> None:
    xs = [x.astype(np.float32) for x in inputs(kind, 3, 2, 2, 2)]
    for create_graph in (False, True):
        leaves = [ag.Tensor(x, requires_grad=True) for x in xs]
        calls = Calls()
        with ag.observe(calls):
            outputs(kind, *leaves)[0].sum().backward(create_graph=create_graph)
        assert not [fn for fn, _, _, y, *_ in calls.recorded_calls if getattr(y, "dtype", None) == np.float64]
        assert all(leaf.grad.dtype == np.float32 for leaf in leaves if leaf.grad is not None)


@EACH
def test_inputs_and_gradients_are_left_as_they_are(kind: str) -> None:
    xs = inputs(kind, 3, 2, 2, 2)
    before, leaves = [x.copy() for x in xs], [ag.Tensor(x, requires_grad=True) for x in xs]
    ys = outputs(kind, *leaves)
    for y in ys:
        g = np.ones_like(y.data)
        y.backward(g, retain_graph=True)
        np.testing.assert_array_equal(g, 1)
    first = [leaf.grad.data.copy() for leaf in leaves if leaf.grad is not None]
    for leaf in leaves:
        leaf.grad = None
    for y in ys:
        y.backward(np.ones_like(y.data), retain_graph=True)
    np.testing.assert_equal([leaf.grad.data for leaf in leaves if leaf.grad is not None], first)
    np.testing.assert_equal(xs, before)
