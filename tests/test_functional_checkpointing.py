"""Checkpoints: the same gradients to the bit, from the inputs alone."""

import copy
import functools
import gc
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import Calls, normal

import autograd as ag
from autograd._util.pytree import tree_leaves_with_path
from autograd.engine.random import generator
from autograd.rules import OPERATIONS


def leaf(x: Any) -> ag.Tensor:
    return ag.Tensor(x, requires_grad=True)


def total(y: Any) -> Any:
    """A scalar that depends on every output that has a graph."""
    return sum(
        (k + 1) * np.real(t).sum() for k, (_, t) in enumerate(tree_leaves_with_path(y)) if getattr(t, "node", None)
    )


def gradients(y: Any, leaves: list[ag.Tensor], create_graph: bool = False) -> list[Any]:
    for t in leaves:
        t.grad = None
    total(y).backward(create_graph=create_graph)
    found = [t.grad for t in leaves]
    for t in leaves:
        t.grad = None
    return found


W = leaf(normal(3, 3))
B = leaf(normal(3))


class Pair(NamedTuple):
    left: Any
    right: Any


def branches(x: Any, b: Any) -> Any:
    return {"sum": x + b, "pair": Pair(x * b, None), "rest": [np.exp(x), 3.0, "text", np.arange(2), x > 0]}


# Functions of two Tensors of shape (3,).
FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "one input": lambda x, b: np.exp(np.sin(x)),
    "both inputs": lambda x, b: np.tanh(x * b + x),
    "linear": lambda x, b: x + b,
    "parameters from outside": lambda x, b: np.tanh(x @ W + B) * b,
    "only parameters": lambda x, b: np.tanh(W @ B),
    "a parameter in several ways": lambda x, b: W @ (B * x) + B * B,
    "a parameter in a place without a gradient": lambda x, b: B * np.where(B, x, 2 * b),
    "a list": lambda x, b: [np.sin(x), x * b],
    "a tuple of one": lambda x, b: (x * b,),
    "nested": branches,
    "the same output twice": lambda x, b: (lambda y: (y, [y, y * b]))(np.sin(x)),
    "an input as output": lambda x, b: (x, np.sin(b)),
    "an input alone": lambda x, b: x,
    "a parameter as output": lambda x, b: (B, x * B),
    "a parameter alone": lambda x, b: B,
    "a view": lambda x, b: x[::-1][:2],
    "scalars": lambda x, b: (x.sum(), b.prod()),
    "size 0": lambda x, b: (x[:0], b),
    "several outputs of one call": lambda x, b: np.split(x * b, 3),
    "complex": lambda x, b: np.exp(1j * x) * b,
    "a gradient inside": lambda x, b: ag.grad(lambda v: (np.sin(v) * b).sum())(x),
    "a checkpoint inside": lambda x, b: ag.checkpoint(lambda x: np.sin(x @ W))(x) * b,
    "a parameter made inside": lambda x, b: x * leaf(np.ones(3)) * b,
    "updates inside no_grad": lambda x, b: scaled(x) * b,
}


def scaled(x: Any) -> Any:
    with ag.no_grad():
        scale = np.abs(x).max().item()
    return x / scale


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_have_the_same_bits(name: str) -> None:
    f = FUNCTIONS[name]
    leaves = [leaf(normal(3)), leaf(normal(3)), W, B]
    expected, found = f(*leaves[:2]), ag.checkpoint(f)(*leaves[:2])
    assert [path for path, _ in tree_leaves_with_path(found)] == [path for path, _ in tree_leaves_with_path(expected)]
    for (_, a), (_, b) in zip(tree_leaves_with_path(found), tree_leaves_with_path(expected), strict=True):
        assert type(a) is type(b)
        assert getattr(a, "requires_grad", None) == getattr(b, "requires_grad", None)
        np.testing.assert_array_equal(getattr(a, "data", a), getattr(b, "data", b))
    for gx, wanted in zip(gradients(found, leaves), gradients(expected, leaves), strict=True):
        assert (gx is None) == (wanted is None)
        if gx is not None:
            np.testing.assert_array_equal(gx.data, wanted.data)
            assert gx.dtype == wanted.dtype


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_can_be_differentiated(name: str) -> None:
    leaves = [leaf(normal(3)), leaf(normal(3)), W, B]

    def three_orders(f: Any) -> list[Any]:
        y, found = f(*leaves[:2]), []
        for _ in range(3):
            y = ag.grads(total(y), leaves, create_graph=True)
            found += [t.data for t in y]
            y = [np.sin(t) for t in y if t.requires_grad]
            if not y:
                break
        return found

    for gx, wanted in zip(three_orders(ag.checkpoint(FUNCTIONS[name])), three_orders(FUNCTIONS[name]), strict=True):
        np.testing.assert_allclose(gx, wanted, rtol=1e-12, atol=1e-12)


def test_the_gradient_of_a_variable_that_is_both_an_input_and_read_from_outside() -> None:
    x = leaf(2.0)
    y = ag.checkpoint(lambda a: a * a * x)(x)
    (gx,) = ag.grads(y, [x], create_graph=True)
    (second,) = ag.grads(gx, [x], create_graph=True)
    (third,) = ag.grads(second, [x])
    assert (gx.item(), second.item(), third.item()) == (12.0, 12.0, 6.0)


TRANSFORMS: dict[str, Callable[[Any, Any], Any]] = {
    "grad": lambda f, x: ag.grad(lambda x: f(x).sum())(x),
    "grad of grad": lambda f, x: ag.grad(lambda x: (ag.grad(lambda x: f(x).sum())(x) ** 2).sum())(x),
    "vjp": lambda f, x: ag.vjp(f, x)[1](x)[0],
    "jvp": lambda f, x: ag.jvp(f, (x,), (x,))[1],
    "jacobian": lambda f, x: ag.jacobian(f)(x),
    "hessian": lambda f, x: ag.hessian(lambda x: f(x).prod())(x),
    "hvp": lambda f, x: ag.hvp(lambda x: f(x).prod(), (x,), (x,))[0],
    "jacobian of jacobian": lambda f, x: ag.jacobian(ag.jacobian(f))(x),
    "the transform inside": lambda f, x: ag.checkpoint(ag.jacobian(f))(leaf(x)).data,
    "jvp of a transform inside": lambda f, x: ag.jvp(ag.checkpoint(ag.jacobian(f)), (x,), (x,))[1],
    "perturbations": lambda f, x: ag.grad(lambda x: (x * ag.jacobian(lambda y: f(x * y))(x)).sum())(x),
    "inside no_grad": lambda f, x: unrecorded(lambda: ag.hessian(lambda x: f(x).prod())(x)),
}


def unrecorded(f: Callable[[], Any]) -> Any:
    with ag.no_grad():
        return f()


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_of_checkpoints(name: str, nested: bool) -> None:
    f = lambda x: np.sin(x) * x[::-1]
    g = ag.checkpoint(lambda x: np.sin(x) * ag.checkpoint(lambda x: x[::-1])(x)) if nested else ag.checkpoint(f)
    x = normal(3)
    found, expected = TRANSFORMS[name](g, x), TRANSFORMS[name](f, x)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


# -- arguments ---------------------------------------------------------------------------------------------------------


def test_arguments_of_all_kinds() -> None:
    seen = []

    def f(x: Any, p: Any, *rest: Any, scale: Any = 1.0, mode: str = "none", **options: Any) -> Any:
        seen.append([x, p, rest, scale, mode, options])
        return x * p["w"][0] * scale + rest[0] * options["shift"]

    x, w, shift = leaf(normal(3)), leaf(2.0), leaf(normal(3))
    array, constant = np.ones(3), ag.Tensor(np.ones(3))
    y = ag.checkpoint(f)(x, {"w": (w, None), "array": array}, constant, scale=3.0, mode="sum", shift=shift, layer=len)
    y.sum().backward()
    for given_x, p, rest, scale, mode, options in seen:
        assert type(given_x) is type(p["w"][0]) is type(rest[0]) is type(options["shift"]) is ag.Tensor
        assert rest[0].node is None  # a constant stays one
        assert p["array"] is array
        assert p["w"][1] is None
        assert (scale, mode, options["layer"]) == (3.0, "sum", len)
        assert type(scale) is float
    assert len(seen) == 2
    np.testing.assert_array_equal(x.grad.data, [6, 6, 6])
    np.testing.assert_array_equal(shift.grad.data, [1, 1, 1])
    np.testing.assert_allclose(w.grad.data, 3 * x.data.sum())


def test_the_same_input_twice() -> None:
    x = leaf(3.0)
    ag.checkpoint(lambda a, b: a * a * b)(x, x).backward()
    assert x.grad is not None
    assert x.grad.item() == 27.0


def test_float32_stays_float32() -> None:
    x, w = leaf(np.ones(2, np.float32)), leaf(np.ones(2, np.float32))
    y = ag.checkpoint(lambda x, k: np.exp(x * w) * k)(x, 0.5)
    assert y.dtype == np.float32
    for t in ag.grads(y.sum(), [x, w]):
        assert t.dtype == np.float32


def test_containers_may_change_after_the_call() -> None:
    x, p = leaf(2.0), [leaf(3.0), leaf(4.0)]
    y = ag.checkpoint(lambda x, p: x * p.pop() * p.pop())(x, p)
    del p[:]
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == 12.0


def test_a_model() -> None:
    ag.seed(0)
    model = ag.nn.Sequential(ag.nn.Linear(3, 4), ag.nn.ReLU(), ag.nn.Linear(4, 2))
    x = np.ones((2, 3), np.float32)
    y = ag.checkpoint(model)(x)  # of constants: only the parameters have gradients
    leaves = list(model.parameters())
    for gx, wanted in zip(gradients(y, leaves), gradients(model(x), leaves), strict=True):
        np.testing.assert_array_equal(gx.data, wanted.data)
    assert "fn=Sequential" in repr(y)
    y = ag.checkpoint(lambda model, x: model(x))(model, x)  # the model may be an argument
    assert all(gx is not None for gx in gradients(y, leaves))


def test_modules_inside_know_those_around_when_called_again_too() -> None:
    class Outer(ag.nn.Module):
        def __init__(self) -> None:
            self.inner = ag.nn.Tanh()

        def forward(self, x: Any) -> Any:
            return ag.checkpoint(self.inner)(x)

    def modules(node: Any) -> list[Any]:
        scope, found = node.scope, []
        while scope is not None:
            found.append(scope[0]())
            scope = scope[1]
        return found

    outer, calls = Outer(), Calls()
    with ag.observe(calls):
        y = outer(leaf(normal(3)))
        total(y).backward()
    assert modules(y.node) == [outer]
    seen = [modules(node) for fn, *_, node, _ in calls.recorded_calls if fn is np.tanh]
    assert seen == [[outer.inner, outer]] * 2


def test_an_observer_sees_a_checkpoint_and_the_calls_in_it() -> None:
    def block(x: Any) -> Any:
        return np.exp(x), np.sin(x)

    x, calls = leaf(normal(3)), Calls()
    with ag.observe(calls):
        y = ag.checkpoint(block)(x)
    (*inside, (fn, args, options, output, node, _)) = calls.recorded_calls
    assert [fn.__name__ for fn, *_ in inside] == ["exp", "sin"]
    assert (fn, dict(options)) == (block, {})
    assert args[0] is x.data
    assert [part is t.data for part, t in zip(output, y, strict=True)] == [True, True]
    assert node is y[0].node.parents[0]


def test_a_gradient_check_judges_what_is_inside() -> None:
    """By the calls in it, as if there were no checkpoint."""
    cube = ag.primitive(lambda x: x * x * x)
    ag.rule(cube, x=lambda g, x: 3.003 * g * x * x)

    def right(x: Any) -> Any:
        return np.sum(np.exp(x) * x)

    def wrong(x: Any) -> Any:
        return np.sum(cube(np.sin(x)))

    x = normal(3)
    for f in (right, wrong):
        checks = [ag.gradcheck(g, x, order=2) for g in (f, ag.checkpoint(f))]
        assert [(check.verdict, check.largest, check.blame) for check in checks] == [
            (checks[0].verdict, checks[0].largest, checks[0].blame)
        ] * 2
    assert checks[1].verdict == "wrong"
    assert [call.function for call in checks[1].blame] == ["<lambda>"]
    assert OPERATIONS.pop(cube).fn is cube


def test_a_method() -> None:
    class Block:
        def __init__(self) -> None:
            self.w = leaf(3.0)

        @ag.checkpoint
        def forward(self, x: Any) -> Any:
            return np.sin(x * self.w)

    block = Block()
    block.forward(2.0).backward()
    assert block.w.grad is not None
    assert block.w.grad.item() == pytest.approx(2 * np.cos(6.0))


def test_a_backward_pass_inside_no_grad() -> None:
    x = leaf(1.0)
    y = ag.checkpoint(np.sin)(x)
    with ag.no_grad():
        y.backward(create_graph=True)
    assert x.grad is not None
    assert ag.grads(x.grad, x).item() == pytest.approx(-np.sin(1.0))
    x.grad = None


def test_without_anything_to_differentiate_it_is_the_function_itself() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(x)
        return 2 * x

    assert ag.checkpoint(f)(3.0) == 6.0
    y = ag.checkpoint(f)(ag.Tensor(3.0))
    assert isinstance(y, ag.Tensor)
    assert y.node is None
    x = leaf(3.0)
    with ag.no_grad():
        y = ag.checkpoint(f)(x)
    assert y.node is None
    assert calls[-1] is x
    assert ag.checkpoint(lambda x: "text")(x) == "text"
    assert ag.checkpoint(lambda x: None)(x) is None
    assert len(calls) == 3


def test_it_bears_the_name_of_its_function() -> None:
    def block(x: Any) -> Any:
        """What it does."""
        return x * 2

    assert ag.checkpoint(block).__name__ == "block"
    assert ag.checkpoint(block).__doc__ == "What it does."
    assert "fn=block" in repr(ag.checkpoint(block)(leaf(1.0)))
    assert "fn=partial" in repr(ag.checkpoint(functools.partial(block))(leaf(1.0)))
    assert "fn=sin" in repr(ag.checkpoint(np.sin)(leaf(1.0)))


# -- what is kept ------------------------------------------------------------------------------------------------------


def chain(x: Any) -> Any:
    for _ in range(8):
        x = np.sin(x)
    return x


def test_a_node_saves_its_inputs_and_calls_again_once() -> None:
    calls = []

    def f(x: Any, c: Any) -> Any:
        calls.append(1)
        return chain(x) * c

    x, c = leaf(np.ones(3)), np.ones(3)
    y = ag.checkpoint(f)(x, c)
    node = y.node
    assert isinstance(node, ag.Node)
    assert node.saved is not None
    (values,) = node.saved
    assert values[0] is x.data
    assert values[1] is c
    assert len(values) == 2
    assert len(calls) == 1
    y.sum().backward()
    assert len(calls) == 2
    assert node.saved is None


def test_several_outputs_take_one_more_call() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        return x * 2, x * 3, x * 4

    x = leaf(1.0)
    a, b, _ = ag.checkpoint(f)(x)
    (a * b).backward()
    assert len(calls) == 2
    assert x.grad is not None
    assert x.grad.item() == 12.0


def test_a_second_backward_needs_retain_graph() -> None:
    x = leaf(np.ones(2))
    y = ag.checkpoint(np.sin)(x).sum()
    y.backward(retain_graph=True)
    y.backward()
    with pytest.raises(RuntimeError, match=r"sin.*freed"):
        y.backward()


def peak(wrap: Callable[[Any], Any]) -> float:
    """In arrays of one activation."""
    block, x = wrap(chain), leaf(np.ones(20_000))
    tracemalloc.start()
    try:
        y = x
        for _ in range(8):
            y = block(y)
        y.sum().backward()
        return tracemalloc.get_traced_memory()[1] / x.data.nbytes
    finally:
        tracemalloc.stop()


def test_a_chain_needs_less_memory() -> None:
    assert peak(lambda f: f) > 60  # 8 blocks of 8 calls, each of which saves its input
    assert peak(ag.checkpoint) < 22  # 8 inputs, and one block
    assert peak(lambda f: ag.checkpoint(ag.checkpoint(f))) < 22


@pytest.mark.slow
def test_memory_returns_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        x = leaf(np.ones(2))
        y = ag.checkpoint(lambda x: {"a": ag.checkpoint(chain)(x * W[0, 0]), "b": x})(x)
        (y["a"] * y["b"]).sum().backward(create_graph=True)
        x.grad = W.grad = None
        del y
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.slow
def test_a_long_chain_is_walked_and_released() -> None:
    x, block = leaf(1.0), ag.checkpoint(lambda x: x * 1.0)
    y = x
    for _ in range(2000):
        y = block(y)
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == 1.0
    y = x
    for _ in range(10_000):
        y = block(y)
    del y  # no recursion, either


def test_outputs_retain_gradients() -> None:
    x = leaf(np.ones(2))
    y, z = ag.checkpoint(lambda x: (x * 2, x * 3))(x)
    y.retain_grad()
    (y * z).sum().backward()
    assert y.grad is not None
    assert y.grad.data.tolist() == [3.0, 3.0]
    assert [t.data.tolist() for t in ag.grads((y * y).sum(), [y, z])] == [[4.0, 4.0], [0.0, 0.0]]


# -- random numbers ----------------------------------------------------------------------------------------------------


def drop(x: Any) -> Any:
    return ag.nn.Dropout(0.5)(x)


def test_dropout_draws_the_same_mask_again() -> None:
    x = leaf(np.ones(50))
    ag.seed(1)
    y, z = ag.checkpoint(drop)(x), ag.checkpoint(drop)(x)
    after = generator().random()
    (y + 3 * z).sum().backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.data, y.data + 3 * z.data)
    ag.seed(1)
    np.testing.assert_array_equal(y.data, drop(x).data)
    np.testing.assert_array_equal(z.data, drop(x).data)
    assert generator().random() == after  # a checkpoint draws no more than its function


@pytest.mark.parametrize("is_compiled", [False, True])
def test_a_generator_of_its_own_draws_the_same_mask_again(is_compiled: bool) -> None:
    rng = np.random.default_rng(0)
    dropout = ag.nn.Dropout(0.5, rng)
    inner = ag.checkpoint(lambda x: dropout(np.sin(x)))
    outer = ag.checkpoint(lambda x: dropout(inner(x)))

    def step(x: Any) -> Any:
        x = leaf(x)
        y = outer(x) + 3 * ag.checkpoint(dropout)(x)
        (gx,) = ag.grads(y.sum(), [x])
        return y.detach(), gx

    called = ag.compile(step) if is_compiled else step
    for k in range(4):
        x = normal(50) + k
        before = copy.deepcopy(rng)
        y, gx = called(x)
        after = rng.bit_generator.state
        first, second, third = (4 * (before.random(50, dtype=np.float32) >= 0.5) for _ in range(3))
        np.testing.assert_allclose(y.data, first * second / 4 * np.sin(x) + 1.5 * third * x, rtol=1e-12)
        np.testing.assert_allclose(gx.data, first * second / 4 * np.cos(x) + 1.5 * third, rtol=1e-12)
        assert after == before.bit_generator.state


def test_what_a_function_draws_itself_is_found_out_when_compiled_too() -> None:
    rng = np.random.default_rng(0)
    block = ag.checkpoint(lambda x: x * rng.normal(size=3))
    step = ag.compile(lambda x: ag.grads(np.sum(block(x)), [x])[0])
    with pytest.raises(ag.TraceError, match="drew other random numbers in the backward pass than before"):
        step(leaf(np.ones(3)))


@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize("momentum", [0.1, None])
def test_a_batch_goes_into_running_statistics_once(momentum: float | None, is_compiled: bool) -> None:
    norm, other = (ag.nn.BatchNorm1d(3, momentum=momentum, dtype=np.float64) for _ in range(2))
    block = ag.checkpoint(ag.checkpoint(norm))

    def step(x: Any) -> Any:
        return ag.grads(np.sum(block(x) ** 2), [*norm.parameters()])

    called = ag.compile(step) if is_compiled else step
    for k in range(4):
        x = normal(5, 3) * (k + 1)
        found = called(x)
        expected = ag.grads(np.sum(other(x) ** 2), [*other.parameters()])
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a.data, b.data, rtol=1e-12)
        for name, array in other.state_dict().items():
            np.testing.assert_array_equal(norm.state_dict()[name], array)


def test_the_backward_pass_draws_nothing() -> None:
    x = leaf(np.ones(50))
    ag.seed(1)
    y = ag.checkpoint(drop)(x)
    generator().random(3)
    state = generator().bit_generator.state
    y.sum().backward()
    assert generator().bit_generator.state == state


def test_dropout_in_nested_checkpoints_and_for_second_order() -> None:
    x = leaf(normal(50))
    f = ag.checkpoint(lambda x: drop(ag.checkpoint(lambda x: drop(np.sin(x)))(x) * drop(x)))
    ag.seed(2)
    y = f(x)
    (gx,) = ag.grads(y.sum(), [x], create_graph=True)
    (second,) = ag.grads((gx * gx).sum(), [x])
    ag.seed(2)
    mask = (y.data != 0) * 8.0
    np.testing.assert_allclose(gx.data, mask * (np.sin(x.data) + x.data * np.cos(x.data)), rtol=1e-12, atol=1e-12)
    slope = 2 * np.cos(x.data) - x.data * np.sin(x.data)
    np.testing.assert_allclose(second.data, 2 * gx.data * mask * slope, rtol=1e-12, atol=1e-12)


def test_other_seeds_in_between_do_no_harm() -> None:
    x = leaf(np.ones(50))
    y = ag.checkpoint(drop)(x)
    ag.seed(3)
    y.sum().backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.data, y.data)


# -- errors ------------------------------------------------------------------------------------------------------------


def test_a_function_that_computes_something_else_is_found_out() -> None:
    rng = np.random.default_rng(0)
    counter = iter(range(10))
    scale = np.ones(3)
    for f in (
        lambda x: x * rng.normal(size=3),
        lambda x: x[: next(counter) + 1],
        lambda x: [x] * (next(counter) + 1),
        lambda x: x * scale,
    ):
        x = leaf(np.ones(3))
        y = ag.checkpoint(f)(x)
        np.multiply(scale, 2, out=scale)
        with pytest.raises(RuntimeError, match=r"checkpoint\(<lambda>\) computed other values.*pass it what it draws"):
            total(y).backward()
        assert x.grad is None


def test_nan_is_the_same_as_nan() -> None:
    x = leaf(np.array([np.nan, 1.0]))
    ag.checkpoint(np.sin)(x).sum().backward()
    assert x.grad is not None
    assert np.isnan(x.grad.data[0])


def test_updates_in_place_are_noticed() -> None:
    x, w = leaf(np.ones(3)), leaf(np.ones(3))
    for changed, message in ((x, "sin was called, and multiply has updated"), (w, "other values")):
        y = ag.checkpoint(np.sin)(x + 0 * w) if changed is not x else ag.checkpoint(np.sin)(x)
        if changed is w:
            y = ag.checkpoint(lambda x: x * w)(x)
        with ag.no_grad():
            changed *= 2.0
        with pytest.raises(RuntimeError, match=message):
            y.sum().backward()


def test_an_error_in_the_function_passes_through() -> None:
    x, is_bad = leaf(np.ones(2)), True

    def f(x: Any) -> Any:
        if is_bad:
            raise KeyError("mine")
        return x * 2

    state = generator().bit_generator.state
    with pytest.raises(KeyError, match="mine"):
        ag.checkpoint(f)(x)
    assert ag.is_grad_enabled()
    is_bad = False
    y = ag.checkpoint(f)(x)
    is_bad = True
    with pytest.raises(KeyError, match="mine"):
        y.sum().backward()
    assert x.grad is None
    assert generator().bit_generator.state == state


def test_outputs_in_which_a_gradient_could_hide_are_refused() -> None:
    class Box:
        def __init__(self, t: Any) -> None:
            self.t = t

    for wrap in (Box, lambda t: {"a": [{t}]}):
        with pytest.raises(TypeError, match=r"checkpoint\(<lambda>\).*at y.*lost; return Tensors"):
            ag.checkpoint(lambda x: wrap(x * 2))(leaf(1.0))  # noqa: B023  # called at once


# -- at random ---------------------------------------------------------------------------------------------------------

STEPS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: np.sin(a) * b,
    lambda a, b: a + b,
    lambda a, b: a @ W,
    lambda a, b: np.tanh(b) * B,
    lambda a, b: np.maximum(a, b),
    lambda a, b: a.mean() * b,
]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 9), st.booleans()), min_size=1, max_size=6)
)
@settings(max_examples=25, deadline=None)
def test_random_graphs_of_checkpoints(steps: Any) -> None:
    leaves = [leaf(np.array([0.5, -1.0, 2.0])), leaf(np.array([1.0, 0.25, -0.5])), W, B]

    def compute(wrap: Callable[[Any], Any]) -> Any:
        stack = leaves[:2]
        for which, i, j, is_wrapped in steps:
            f = wrap(STEPS[which]) if is_wrapped else STEPS[which]
            stack = [*stack, f(stack[i % len(stack)], stack[j % len(stack)])]
        return [np.sin(stack[-1]), stack[-2]]

    def orders(y: Any) -> list[Any]:
        first = ag.grads(total(y), leaves, create_graph=True)
        square = sum((t * t).sum() for t in first)
        return [*first, *(ag.grads(square, leaves) if square.requires_grad else [])]

    expected = orders(compute(lambda f: f))
    for y in (compute(ag.checkpoint), ag.checkpoint(lambda: compute(ag.checkpoint))()):
        for gx, wanted in zip(orders(y), expected, strict=True):
            np.testing.assert_allclose(gx.data, wanted.data, rtol=1e-10, atol=1e-10)


# -- within each other -------------------------------------------------------------------------------------------------


def within_each_other(n: int) -> Any:
    f: Any = lambda x: x * x
    for _ in range(n):
        f = ag.checkpoint(f)
    return f


@pytest.mark.slow
def test_checkpoints_within_each_other() -> None:
    assert ag.grad(within_each_other(100))(3.0) == 6.0
    limit = sys.getrecursionlimit()
    try:
        for n, most in ((120, 400), (1000, limit)):  # in the backward pass, in the forward one
            sys.setrecursionlimit(most)
            with pytest.raises(RuntimeError, match=r"within \d+ others, .* call them one after another"):
                ag.grad(within_each_other(n))(3.0)
    finally:
        sys.setrecursionlimit(limit)
    assert ag.grad(within_each_other(100))(3.0) == 6.0


def test_a_recursion_without_end_in_a_checkpoint_is_reported_as_that() -> None:
    def forever(x: Any) -> Any:
        return forever(x) * 2

    with pytest.raises(RecursionError, match="maximum recursion depth"):
        ag.checkpoint(forever)(leaf(1.0))
