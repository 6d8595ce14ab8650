"""linearize: what is inside a call of a function and what outside, and how gradients come back through it."""

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd._util.pytree import tree_leaves, tree_leaves_with_path
from autograd.engine.backward import backward
from autograd.engine.graph import next_order
from autograd.functional import linearize as linearizing
from autograd.functional.linearize import entry, linearize, propagate

X3 = np.array([0.5, -1.0, 2.0])


def leaf(x: Any) -> ag.Tensor:
    return ag.Tensor(x, requires_grad=True)


def test_the_entry_changes_nothing_but_where_gradients_stop() -> None:
    x = leaf(X3)
    y = entry(x)
    assert y is not x
    assert y.data is x.data
    (y * y).sum().backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.data, 2 * X3)
    assert entry(X3) is X3


W = leaf(2.0)


@pytest.mark.parametrize(
    ("f", "x", "is_open"),
    [
        (lambda x: x * 2, 1.0, False),
        (lambda x: x * 2, ag.Tensor(1.0), False),
        (lambda x: x * 2, leaf(1.0), True),
        (lambda x: x * W, 1.0, True),
        (lambda x: W, 1.0, True),
        (lambda x: (1.0, {"a": x * W}), 1.0, True),
        (lambda x: x * W.detach(), 1.0, False),
        (lambda x: x * leaf(2.0), 1.0, False),
        (lambda x: (x * W, x)[1], 1.0, False),
        (lambda x: None, leaf(1.0), False),
    ],
)
def test_a_call_is_open_if_its_outputs_depend_on_tensors_from_outside(f: Any, x: Any, is_open: bool) -> None:
    assert linearize(f, (x,), {}, (0,), False, "a test").is_open == is_open
    with ag.no_grad():
        assert not linearize(f, (x,), {}, (0,), False, "a test").is_open


def test_each_part_of_aux_is_open_for_itself() -> None:
    f = lambda x: (x * 2, [x * 3, x * W, W, 5, "text"])
    aux = linearize(f, (1.0,), {}, (0,), True, "a test").aux
    assert [type(part) for part in aux] == [np.ndarray, ag.Tensor, ag.Tensor, int, str]
    with ag.no_grad():
        aux = linearize(f, (1.0,), {}, (0,), True, "a test").aux
    assert [type(part) for part in aux] == [np.ndarray, np.ndarray, np.ndarray, int, str]


def test_a_pytree_of_many_arrays_is_walked_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once for each of them, which takes time that grows with the square of their number."""
    walked: list[Any] = []
    for walk in (tree_leaves, tree_leaves_with_path):
        monkeypatch.setattr(linearizing, walk.__name__, lambda *args, walk=walk: walked.append(1) or walk(*args))
    counts = []
    for n in (3, 30):
        walked.clear()
        xs = [float(k) for k in range(n)]
        y, pullback = ag.vjp(lambda xs: [x * x for x in xs], xs)
        assert pullback(y)[0] == [2 * x**3 for x in xs]
        ag.jvp(lambda xs: [x * x for x in xs], (xs,), (xs,))
        ag.grad(lambda xs: (xs[0], [x * x for x in xs]), has_aux=True)(xs)
        counts.append(len(walked))
    assert counts[0] == counts[1]


def test_inputs_are_fresh_and_in_pytrees_of_their_own() -> None:
    given = {"a": leaf(X3), "b": [X3]}
    this = linearize(lambda p: p.clear() or 1.0, (given,), {}, (0,), False, "a test")
    (inputs,) = this.inputs
    assert list(inputs) == ["a", "b"]
    assert inputs["a"] is not given["a"]
    assert inputs["a"].data is given["a"].data
    assert len(given) == 2


def test_a_pullback_leaves_the_graph_for_another_if_it_is_to_retain_it() -> None:
    this = linearize(np.exp, (X3,), {}, (0,), False, "a test")
    for _ in range(2):
        (gx,) = this.pullback([np.ones(3)], retain_graph=True)
        np.testing.assert_array_equal(gx.data, np.exp(X3))
    this.pullback([np.ones(3)], retain_graph=False)
    with pytest.raises(RuntimeError, match="freed"):
        this.pullback([np.ones(3)], retain_graph=False)


# -- what the engine is asked for --------------------------------------------------------------------------------------


def test_several_roots_are_walked_in_one_pass() -> None:
    x = leaf(X3)
    h = np.sin(x)
    y, z = h * 2, (h * h).sum()
    found = backward({y.node: np.ones(3), z.node: np.array(3.0)}, keep_saved=True)
    np.testing.assert_allclose(found[x.node], (2 + 6 * h.data) * np.cos(X3))
    assert list(found) == [x.node]


def test_roots_may_depend_on_each_other_and_be_leaves() -> None:
    x = leaf(X3)
    y = x * x
    z = y * 3
    found = backward({z.node: np.ones(3), x.node: np.ones(3), y.node: np.ones(3)})
    np.testing.assert_allclose(found[x.node], 1 + 2 * X3 * 4)
    assert backward({}) == {}


def test_what_is_wanted_is_returned_and_nothing_else() -> None:
    x, other = leaf(X3), leaf(X3)
    h = np.sin(x)
    y = h * other
    g = np.ones(3)
    found = backward({y.node: g}, wanted={h.node, y.node, x.node}, keep_saved=True)
    assert found.keys() == {h.node, y.node, x.node}
    np.testing.assert_array_equal(found[h.node], X3)
    np.testing.assert_array_equal(found[x.node], X3 * np.cos(X3))
    np.testing.assert_array_equal(found[y.node], g)
    arrays = [*found.values(), g, X3]
    for k, a in enumerate(arrays):
        assert not any(np.shares_memory(a, b) for b in arrays[:k])
    assert backward({y.node: g}, wanted=set(), keep_saved=True) == {}
    assert backward({y.node: g}, wanted={leaf(1.0).node}, keep_saved=True) == {}


def test_what_is_wanted_has_all_that_came_in() -> None:
    x = leaf(X3)
    h = x * 1.0
    y = h * h + np.exp(h) + h
    found = backward({y.node: np.ones(3), h.node: np.ones(3)}, wanted={h.node})
    np.testing.assert_allclose(found[h.node], 2 * X3 + np.exp(X3) + 2)


def test_one_of_several_outputs_is_wanted() -> None:
    x = leaf(X3)
    a, b, c = np.split(x, 3)
    y = a * b * b
    found = backward({y.node: np.ones(1)}, wanted={a.node, b.node, c.node, x.node})
    assert {k: v.tolist() for k, v in found.items()} == {a.node: [1.0], b.node: [-1.0], x.node: [1.0, -1.0, 0.0]}


def test_retained_gradients_are_left_alone_where_something_is_wanted() -> None:
    x = leaf(X3)
    h = np.sin(x)
    h.retain_grad()
    assert h.node is not None
    found = backward({h.sum().node: np.array(1.0)}, wanted={h.node, x.node})
    assert found.keys() == {h.node, x.node}


def test_nodes_from_before_are_not_walked() -> None:
    x = leaf(X3)
    before = np.exp(x)
    since = next_order()
    inside = leaf(X3)
    y = before * inside
    g = np.ones(3)
    found = backward({y.node: g}, wanted={inside.node, before.node, x.node}, since=since, keep_saved=True)
    assert found.keys() == {inside.node, before.node}
    np.testing.assert_array_equal(found[before.node], X3)
    assert before.node.saved  # is still there: nothing has used it up
    found = backward({y.node: g, before.node: g}, wanted={before.node}, since=since)
    np.testing.assert_array_equal(found[before.node], X3 + 1)


def test_a_recorded_pass_returns_tensors() -> None:
    x = leaf(X3)
    y = np.sin(x)
    found = backward({y.node: ag.Tensor(np.ones(3))}, lift=ag.Tensor._make, wanted={x.node, y.node})
    np.testing.assert_array_equal(ag.grads(found[x.node].sum(), x).data, -np.sin(X3))
    assert isinstance(found[y.node], ag.Tensor)


@pytest.mark.parametrize("record", [False, True])
def test_propagate_adds_up_roots_and_answers_for_each_that_is_wanted(record: bool) -> None:
    x, other = leaf(X3), leaf(X3)
    y = np.sin(x)
    roots = [(y, np.ones(3)), (y, ag.Tensor(np.ones(3))), (3.0, np.array(1.0)), (ag.Tensor(1.0), np.array(1.0))]
    a, b, c, d = propagate(roots, [x.node, y.node, other.node, x.node], 0, record=record, retain_graph=True)
    np.testing.assert_array_equal(a.data, 2 * np.cos(X3))
    assert b.data.tolist() == [2, 2, 2]
    assert c is None
    np.testing.assert_array_equal(d.data, a.data)
    assert record or not np.shares_memory(a.data, d.data)
    assert a.requires_grad == record
    assert propagate([], [x.node], 0, record=record, retain_graph=True) == [None]
    assert propagate(roots, [], 0, record=record, retain_graph=True) == []


def test_constants_among_recorded_gradients_are_owned_too() -> None:
    x, g = leaf(X3), np.ones(3)
    (gx,) = propagate([(x + 0.0, g)], [x.node], 0, record=True, retain_graph=True)
    assert gx.node is None
    assert not np.shares_memory(gx.data, g)
