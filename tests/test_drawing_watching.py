"""The watcher: what it notes of a run."""

from typing import Any

import numpy as np
from graphs import example, leaf

import autograd as ag
from autograd.drawing.statistics import Statistics
from autograd.drawing.watching import Input, Watcher, is_finite


def watch(f: Any, measure: bool = False) -> tuple[Any, Watcher]:
    watcher = Watcher(measure)
    with ag.observe(watcher):
        y = f()
    return y, watcher


def test_calls_have_their_line_and_their_arguments() -> None:
    w = leaf(2)
    y, watcher = watch(lambda: example("def f(w):\n    return w * 3.0")(w))
    call = watcher.calls[y.node]
    assert (call.location.brief, list(call.args)[1], call.is_rule) == ("<example>:2", 3.0, False)


def test_arrays_are_traced_to_what_made_them() -> None:
    w = leaf(4)
    y, watcher = watch(lambda: np.exp(w))
    assert watcher.source_of(w.data) is w.node
    assert watcher.source_of(y.data) is y.node
    assert watcher.source_of(y.data[1:].reshape(3, 1)) is y.node
    assert watcher.source_of(np.ones(4)) is None
    assert watcher.source_of(3.0) is None


def test_calls_without_a_gradient_are_noted_if_they_come_from_something() -> None:
    watcher, x = Watcher(), np.ones(3)
    watcher.note(x, Input("x", x, 0))
    with ag.observe(watcher):
        known = ag.Tensor(x) * 2
        unknown = ag.Tensor(np.ones(3)) * 2
    assert watcher.source_of(known.data).fn is np.multiply
    assert watcher.source_of(unknown.data) is None


def test_calls_of_rules_know_whose_they_are() -> None:
    w = leaf(2)

    def run() -> ag.Tensor:
        y = np.sum(np.tanh(w))
        y.backward(create_graph=True)
        assert w.grad is not None
        return y * np.sum(w.grad)

    _, watcher = watch(run)
    rules = [(call.fn.__name__, call.of.operation.name) for call in watcher.calls.values() if call.is_rule and call.of]
    assert ("subtract", "tanh") in rules
    forward = [call.fn.__name__ for call in watcher.calls.values() if not call.is_rule]
    assert forward.count("tanh") == 1
    assert forward[-1] == "multiply"


def test_values_and_gradients_are_measured_as_they_are_made() -> None:
    w = leaf(2)

    def run() -> Any:
        y = np.sum(w * 3)
        y.backward()
        with ag.no_grad():
            w[...] = 100.0
        return y

    y, watcher = watch(run, measure=True)
    (product,) = y.node.parents
    assert watcher.values[product] == Statistics.of([3.0, 3.0])
    assert watcher.gradients[product] == Statistics.of([1.0, 1.0])
    assert watcher.spoilers == []


def test_who_makes_nan_of_numbers() -> None:
    w = leaf(2, value=-1.0)
    with np.errstate(all="ignore"):
        y, watcher = watch(lambda: np.exp(np.log(w)), measure=True)
    (log,) = y.node.parents
    assert [watcher.calls[node].spoils for node in (log, y.node)] == [True, False]


def test_what_is_finite() -> None:
    assert is_finite([1, (2.0, None), "text", ag.Tensor([1.0])])
    assert not is_finite((1.0, [np.array([np.inf])]))
