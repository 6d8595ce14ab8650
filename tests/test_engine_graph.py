"""Recording and not recording, nodes, observing, and the modules around a call."""

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest
from numeric import Calls

import autograd as ag
from autograd.engine.graph import OutputEdge
from autograd.engine.modes import within
from autograd.engine.observer import observer


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
    assert isinstance(part.node, OutputEdge)
    (split,) = part.node.parents
    (total,) = split.parents
    assert isinstance(total, ag.Node)
    assert node(a).order < node(b).order < total.order < split.order < part.node.order
    assert repr(part.node) == f"<output 1 of <node {split.order}: split>>"


def test_constants_make_no_node() -> None:
    assert (ag.Tensor([1.0]) * 2).node is None


# -- observing -------------------------------------------------------------------------------------------------------


def test_an_observer_sees_calls_forward_and_backward() -> None:
    x, c, calls = leaf(1.0, 2.0), np.array([3.0, 4.0]), Calls()
    with ag.observe(calls):
        y = np.sum(x * c, axis=0)
        y.backward()
    (multiply, total), back = calls.recorded_calls, calls.propagated_calls
    fn, args, options, output, made, _ = multiply
    assert (fn, dict(options)) == (np.multiply, {})
    assert args[0] is x.data
    assert args[1] is c
    assert output.tolist() == [3.0, 8.0]
    fn, args, options, value, last, _ = total
    assert (fn, dict(options), last) == (np.sum, {"axis": 0}, y.node)
    assert args[0] is output
    assert value is y.data
    assert [n for n, *_ in back] == [last, made]
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


def test_an_observer_is_told_how_long_each_call_took() -> None:
    """Of every way in which calls are made: operators, functions with and without rules, `out=`, in place, a rule."""
    x, calls = leaf(1.0, 2.0), Calls()
    with ag.observe(calls):
        np.sum(np.split(x * 2, 2)[0]).backward()
        np.argmax(x)
        ag.checkpoint(np.sin)(x)
        with ag.no_grad():
            x += 1
            np.exp(x, out=x)
    seen = [fn.__name__ for fn, *_ in calls.recorded_calls]
    assert seen == ["multiply", "split", "sum", "argmax", "sin", "sin", "add", "exp"]
    seconds = [call[-1] for call in (*calls.recorded_calls, *calls.propagated_calls)]
    assert len(seconds) == 8 + 3
    assert all(type(value) is float and value >= 0 for value in seconds)


def test_an_observer_sees_users_outputs_only() -> None:
    """Of several outputs, all; of hidden ones, none."""
    x, calls = leaf(3.0, 1.0), Calls()
    with ag.observe(calls):
        parts = np.split(x, 2)
        ag.nn.cross_entropy(x.reshape(1, 2), [0])
    (split, _, loss) = calls.recorded_calls
    assert [part.tolist() for part in split[3]] == [part.data.tolist() for part in parts]
    assert loss[3].shape == ()


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
    assert observer() is None
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


# -- modules around a call -------------------------------------------------------------------------------------------


class Twice(ag.nn.Module):
    """Calls what it is made of in between two calls of its own."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x + 1) + 1


def around(n: Any) -> list[Any]:
    """The modules around a call, innermost first."""
    modules, scope = [], n.scope
    while scope is not None:
        modules.append(scope[0]())
        scope = scope[1]
    return modules


def test_a_node_knows_the_modules_around_it() -> None:
    inner = Twice(np.exp)
    outer = Twice(inner)
    x = leaf(1.0)
    with ag.observe(calls := Calls()):
        x * 1
        outer(x)
        x * 2
    modules = [around(n) for *_, n, _ in calls.recorded_calls]
    assert modules == [[], [outer], [inner, outer], [inner, outer], [inner, outer], [outer], []]


def test_an_error_in_forward_leaves_its_modules() -> None:
    def fail(x: Any) -> Any:
        raise KeyError

    x, outer = leaf(1.0), Twice(Twice(fail))
    with pytest.raises(KeyError):
        outer(x)
    assert node(x * 1).scope is None


def test_modules_of_two_threads_do_not_mix() -> None:
    here, there, entered, done = threading.Event(), threading.Event(), [], []

    def wait(x: Any) -> Any:
        """Until the other thread is inside its module, too."""
        entered.append(threading.get_ident())
        mine, other = (here, there) if threading.current_thread() is threading.main_thread() else (there, here)
        mine.set()
        assert other.wait(10)
        return x * 2

    first, second = Twice(wait), Twice(wait)
    thread = threading.Thread(target=lambda: done.append(second(leaf(1.0))))
    thread.start()
    y = first(leaf(1.0))
    thread.join(10)
    assert len(set(entered)) == 2
    assert around(node(y)) == [first]
    assert around(node(done[0])) == [second]


def test_a_module_may_keep_its_output_without_a_cycle() -> None:
    class Keeping(ag.nn.Module):
        def forward(self, x: Any) -> Any:
            self.output = np.exp(x)
            return self.output

    module = Keeping()
    y = module(leaf(1.0))
    refs = [weakref.ref(module), weakref.ref(y.node)]
    gc.collect()
    gc.disable()
    try:
        del module
        assert refs[0]() is None
        assert around(node(y)) == [None]
        del y
        assert refs[1]() is None
    finally:
        gc.enable()


def test_calls_can_be_made_as_if_from_other_modules() -> None:
    module = Twice(np.exp)
    y = module(leaf(1.0))
    with within(node(y).scope):
        assert around(node(y * 2)) == [module]
    assert around(node(y * 2)) == []


def test_observing_and_modules_do_not_disturb_each_other() -> None:
    x, calls = leaf(1.0), Calls()

    def observed(x: Any) -> Any:
        with ag.observe(calls):
            return x * 2

    module = Twice(observed)
    y = module(x)
    assert around(node(y)) == [module]
    assert [around(n) for *_, n, _ in calls.recorded_calls] == [[module]]
    assert observer() is None


# -- errors ----------------------------------------------------------------------------------------------------------


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


def test_of_many_shapes_that_do_not_fit_a_few_are_told() -> None:
    with pytest.raises(ValueError, match=r"\(6,\) and \(7,\) and 12 more, which do not fit"):
        np.stack([ag.Tensor(np.ones(k)) for k in range(20)])
