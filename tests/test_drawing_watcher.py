"""The watcher: what it notes of a run."""

import math
from typing import Any

import numpy as np
import pytest
from graphs import example, leaf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import autograd as ag
from autograd.drawing.text import digits_text, percent_text
from autograd.drawing.watcher import Input, Statistics, Watcher, all_finite


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
    assert watcher.spoilers == set()


def test_who_makes_nan_of_numbers() -> None:
    w = leaf(2, value=-1.0)
    with np.errstate(all="ignore"):
        y, watcher = watch(lambda: np.exp(np.log(w)), measure=True)
    (log,) = y.node.parents
    assert [watcher.calls[node].spoils for node in (log, y.node)] == [True, False]


def test_what_is_finite() -> None:
    assert all_finite([1, (2.0, None), "text", ag.Tensor([1.0])])
    assert not all_finite((1.0, [np.array([np.inf])]))


# -- statistics --------------------------------------------------------------------------------------------------------


FLOATS = st.floats(-1e6, 1e6) | st.sampled_from([0.0, math.nan, math.inf, -math.inf])


@given(arrays(np.float64, array_shapes(min_side=0, max_side=4), elements=FLOATS))
def test_they_are_those_of_the_finite_elements(x: Any) -> None:
    found, finite = Statistics.of(x), x[np.isfinite(x)]
    assert (found.size, found.nans, found.infinities) == (x.size, np.isnan(x).sum(), np.isinf(x).sum())
    assert found.zeros == (finite == 0).sum()
    assert found.is_finite == (finite.size == x.size)
    if finite.size:
        assert (found.low, found.high) == (finite.min(), finite.max())
        np.testing.assert_allclose((found.mean, found.std), (finite.mean(), finite.std()), atol=1e-9)
        np.testing.assert_allclose(found.norm, np.sqrt((finite**2).sum()))
    else:
        assert math.isnan(found.mean)


@pytest.mark.parametrize("kind", [np.float16, np.float32, int, bool, np.uint8])
def test_of_any_kind_of_number(kind: Any) -> None:
    found = Statistics.of(np.array([[0, 1], [1, 1]], kind))
    assert (found.mean, found.low, found.high, found.zeros) == (0.75, 0, 1, 1)


def test_of_complex_numbers_it_is_their_size() -> None:
    assert Statistics.of(np.array([3 + 4j, 0])).high == 5


def test_of_several_arrays_it_is_that_of_all() -> None:
    found = Statistics.of((np.zeros(3), None, ag.Tensor([2.0]), "no number"))
    assert (found.size, found.mean, found.zeros) == (4, 0.5, 3)


@pytest.mark.parametrize("value", [None, [], "text", np.array(["a"])])
def test_of_no_numbers(value: Any) -> None:
    assert (Statistics.of(value).size, str(Statistics.of(value))) == (0, "empty")


def test_numbers_too_large_to_be_added_give_no_warning() -> None:
    found = Statistics.of(np.array([1e308, 1e308, -1e308]))
    assert (found.high, found.is_finite) == (1e308, True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.5, "2.5"),
        (np.array([3]), "3"),
        ([math.nan], "1 NaN"),
        ([math.nan, math.inf], "1 NaN, 1 inf"),
        ([0.0, 0.0], "all 0"),
        ([2.5, 2.5, 2.5], "all 2.5"),
        ([2.5, math.inf], "2.5 ± 0, 2.5 to 2.5, 1 inf"),
        ([1.0, 2.0, 3.0], "2 ± 0.816, 1 to 3"),
        ([0.0, 0.0, 0.0, 4.0], "1 ± 1.73, 0 to 4, 75% zeros"),
        ([1.0, 3.0, math.inf], "2 ± 1, 1 to 3, 1 inf"),
        ([-1.0, 1.0 + 1e-9], "0 ± 1, -1 to 1"),
        ([100.0, 300.0], "200 ± 100, 100 to 300"),
    ],
)
def test_in_words(value: Any, text: str) -> None:
    assert str(Statistics.of(np.array(value))) == text


def test_a_label_has_two_digits_and_several_lines() -> None:
    assert Statistics.of(np.array([0.0, 1.234, 2.0])).lines() == ["1.1 ± 0.82", "0 to 2, 33% zeros"]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 5, "0%"), (5, 5, "100%"), (1, 2, "50%"), (1, 1000, "<1%"), (999, 1000, ">99%")],
)
def test_only_none_is_zero_percent_and_only_all_is_a_hundred(part: int, whole: int, text: str) -> None:
    assert percent_text(part, whole) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [(0.0, "0"), (0.00012, "0.00012"), (1234.0, "1200"), (-123456.0, "-120000"), (1.26e7, "1.3e+07"), (3e-9, "3e-09")],
)
def test_short_numbers(x: float, text: str) -> None:
    assert digits_text(x, 2) == text
