"""Recording and not recording, nodes, and observing."""

import threading
from typing import Any

import numpy as np
import pytest
from numeric import Calls

import autograd as ag
from autograd.graph import Slot, observer


def leaf(*values: float) -> ag.Tensor:
    return ag.Tensor(np.array(values, float), requires_grad=True)


def node(t: ag.Tensor) -> ag.Node:
    assert isinstance(t.node, ag.Node)
    return t.node


# -- recording -------------------------------------------------------------------------------------------------------


def test_no_grad_and_enable_grad_nest() -> None:
    x, seen = leaf(1.0), []

    def look() -> None:
        assert ag.is_grad_enabled() == (x * 2).requires_grad
        seen.append(ag.is_grad_enabled())

    look()
    with ag.no_grad():
        look()
        with ag.enable_grad():
            look()
            with ag.no_grad():
                look()
            look()
        look()
    look()
    assert seen == [True, False, True, False, True, False, True]


def test_an_error_inside_ends_no_grad() -> None:
    with pytest.raises(KeyError), ag.no_grad():
        raise KeyError
    assert ag.is_grad_enabled()


def test_as_decorators() -> None:
    x = leaf(1.0)

    @ag.no_grad()
    def constant() -> tuple[bool, bool]:
        return (x * 2).requires_grad, recorded()

    @ag.enable_grad()
    def recorded() -> bool:
        return (x * 2).requires_grad

    for _ in range(2):
        assert constant() == (False, True)
        assert ag.is_grad_enabled()


def test_a_thread_is_not_affected_by_another() -> None:
    x, inside, done, seen = leaf(1.0), threading.Event(), threading.Event(), []

    def work() -> None:
        inside.wait(10)
        seen.append((x * 2).requires_grad)
        with ag.no_grad():
            done.set()
            seen.append((x * 2).requires_grad)

    thread = threading.Thread(target=work)
    thread.start()
    with ag.no_grad():
        inside.set()
        assert done.wait(10)
        thread.join(10)
    assert seen == [True, False]
    assert (x * 2).requires_grad


def test_backward_works_inside_no_grad() -> None:
    x = leaf(2.0)
    y = x * x
    with ag.no_grad():
        y.backward()
        assert not ag.is_grad_enabled()
    assert x.grad is not None
    assert x.grad.data.tolist() == [4.0]


# -- nodes -----------------------------------------------------------------------------------------------------------


def test_a_node_tells_its_call() -> None:
    x = leaf(1.0, 2.0)
    y = np.sum(x * 3, axis=0)
    n = node(y)
    assert n.fn is np.sum
    assert n.options == {"axis": 0}
    (product,) = n.parents
    assert isinstance(product, ag.Node)
    assert product.fn is np.multiply
    assert product.parents == (x.node, None)
    assert repr(product) == f"<node {product.order}: multiply>"


def test_nodes_are_numbered_as_they_are_made() -> None:
    x = leaf(1.0, 2.0)
    a = x * 2
    b = x * 3
    part = np.split(a + b, 2)[1]
    assert isinstance(part.node, Slot)
    (split,) = part.node.parents
    (total,) = split.parents
    assert isinstance(total, ag.Node)
    assert node(a).order < node(b).order < total.order < split.order < part.node.order
    assert repr(part.node) == f"<slot 1 of <node {split.order}: split>>"


def test_constants_make_no_node() -> None:
    assert (ag.Tensor([1.0]) * 2).node is None


# -- observing -------------------------------------------------------------------------------------------------------


def test_an_observer_sees_calls_forward_and_backward() -> None:
    x, c, calls = leaf(1.0, 2.0), np.array([3.0, 4.0]), Calls()
    with ag.observe(calls):
        y = np.sum(x * c, axis=0)
        y.backward()
    (multiply, total), back = calls.recorded_calls, calls.propagated_calls
    fn, args, options, output, made = multiply
    assert (fn, dict(options)) == (np.multiply, {})
    assert args[0] is x.data
    assert args[1] is c
    assert output.tolist() == [3.0, 8.0]
    fn, args, options, value, last = total
    assert (fn, dict(options), last) == (np.sum, {"axis": 0}, y.node)
    assert args[0] is output
    assert value is y.data
    assert [n for n, _, _ in back] == [last, made]
    assert np.array_equal(back[1][1], [1.0, 1.0])
    assert list(back[1][2]) == [0]  # the constant has none
    assert back[1][2][0].tolist() == [3.0, 4.0]


def test_an_observer_sees_what_is_not_recorded() -> None:
    x, calls = leaf(1.0), Calls()
    with ag.observe(calls), ag.no_grad():
        x += 2
        np.argmax(x)
    (add, argmax) = calls.recorded_calls
    assert (add[0], add[2]["out"] is x.data, add[4]) == (np.add, True, None)
    assert (argmax[0], argmax[4]) == (np.argmax, None)


def test_observing_a_recorded_backward_pass_sees_its_calls() -> None:
    x, calls = leaf(2.0), Calls()
    y = np.exp(x)
    with ag.observe(calls):
        y.backward(create_graph=True)
    assert np.multiply in [fn for fn, *_ in calls.recorded_calls]


def test_an_observer_does_not_leak() -> None:
    x, outer, inner = leaf(1.0), Calls(), Calls()

    def observed() -> None:
        with ag.observe(outer):
            x * 1
            with ag.observe(inner):
                x * 2
            x * 3
            raise KeyError

    with pytest.raises(KeyError):
        observed()
    x * 4
    assert observer.get() is None
    assert [args[1] for _, args, *_ in outer.recorded_calls] == [1, 3]
    assert [args[1] for _, args, *_ in inner.recorded_calls] == [2]


def test_the_gradients_are_the_same_when_observed() -> None:
    x, y = leaf(1.0, 2.0), leaf(1.0, 2.0)
    with ag.observe(Calls()):
        (x + x * x).sum().backward()
    (y + y * y).sum().backward()
    assert x.grad is not None
    assert y.grad is not None
    assert x.grad.data.tolist() == y.grad.data.tolist()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda t: t + np.ones(3),
            r"^add was given arrays of shapes \(2, 2\) and \(3,\), .*equally long, or 1; reshape",
        ),
        (lambda t: t @ np.ones(3), r"^matmul was given arrays of shapes \(2, 2\) and \(3,\), .*last axis of the first"),
        (
            lambda t: np.where(True, t, [1.0, 2.0, 3.0]),
            r"^where was given arrays of shapes \(\) and \(2, 2\) and \(3,\)",
        ),
        (lambda t: np.concatenate([t, np.ones((1, 3))]), r"^concatenate was given .*\(2, 2\) and \(1, 3\), .*joined"),
        (lambda t: t.reshape(3), "cannot reshape array of size 4 into shape"),
    ],
)
@pytest.mark.parametrize("requires_grad", [True, False])
def test_shapes_that_do_not_fit(call: Any, message: str, requires_grad: bool) -> None:
    with pytest.raises(ValueError, match=message):
        call(ag.Tensor(np.ones((2, 2)), requires_grad=requires_grad))
