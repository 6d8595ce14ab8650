"""Transforms of transforms, to any order, and of functions of Tensors that have a graph."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from differences import differences
from numeric import assert_close, normal

import autograd as ag

X3 = np.array([0.5, -1.0, 2.0])


def leaf(x: Any) -> ag.Tensor:
    return ag.Tensor(x, requires_grad=True)


# -- composition -------------------------------------------------------------------------------------------------------


def test_any_order() -> None:
    f, sign = np.sin, [np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)]
    g = f
    for order in range(7):
        assert g(0.7) == pytest.approx(sign[order % 4](0.7), rel=1e-12)
        g = ag.grad(g)
    h = lambda x: x**7
    for order in range(8):
        assert h(2.0) == pytest.approx(math.perm(7, order) * 2.0 ** (7 - order))
        h = ag.elementwise_grad(h)
    assert h(2.0) == 0.0


def test_any_order_of_jvp() -> None:
    def derivative(f: Any) -> Any:
        return lambda x: ag.jvp(f, (x,), (1.0,))[1]

    f = lambda x: np.exp(2 * x)
    for order in range(5):
        assert f(0.5) == pytest.approx(2**order * math.e)
        f = derivative(f)


def cubic(x: Any) -> Any:
    return (x * x * x[::-1]).sum() + x.prod()


MIXTURES: dict[str, Callable[[Any, Any], Any]] = {
    "hvp": lambda x, v: ag.hvp(cubic, (x,), (v,))[0],
    "jvp of grad": lambda x, v: ag.jvp(ag.grad(cubic), (x,), (v,))[1],
    "vjp of grad": lambda x, v: ag.vjp(ag.grad(cubic), x)[1](v)[0],
    "grad of jvp": lambda x, v: ag.grad(lambda x: ag.jvp(cubic, (x,), (v,))[1])(x),
    "grad of a pullback": lambda x, v: ag.grad(lambda x: ag.vjp(cubic, x)[1](1.0)[0] @ v)(x),
    "hessian": lambda x, v: ag.hessian(cubic)(x) @ v,
    "jacobian of grad": lambda x, v: ag.jacobian(ag.grad(cubic))(x) @ v,
    "grad of jacobian": lambda x, v: ag.grad(lambda x: ag.jacobian(cubic)(x) @ v)(x),
    "grad of value_and_grad": lambda x, v: ag.grad(lambda x: ag.value_and_grad(cubic)(x)[1] @ v)(x),
    "jvp of jvp": lambda x, v: np.stack(
        [ag.jvp(lambda x: ag.jvp(cubic, (x,), (v,))[1], (x,), (e,))[1] for e in np.eye(3)]
    ),
    "jvp of a pullback": lambda x, v: ag.jvp(lambda x: ag.vjp(cubic, x)[1](1.0)[0], (x,), (v,))[1],
    "grad of grads": lambda x, v: ag.grad(lambda x: ag.grads(cubic(x), x, create_graph=True) @ v)(x),
    "grad of backward": lambda x, v: ag.grad(lambda x: by_backward(cubic, x) @ v)(x),
    "inside no_grad": lambda x, v: unrecorded(lambda: ag.hvp(cubic, (x,), (v,))[0]),
    "hessian inside no_grad": lambda x, v: unrecorded(lambda: ag.hessian(cubic)(x) @ v),
    "grad of a checkpoint": lambda x, v: ag.hvp(ag.checkpoint(cubic), (x,), (v,))[0],
}


def unrecorded(f: Callable[[], Any]) -> Any:
    with ag.no_grad():
        return f()


def by_backward(f: Any, x: ag.Tensor) -> Any:
    """The gradient at a Tensor that may be computed from others, by way of a leaf's `.grad`."""
    x.retain_grad()
    f(x).backward(create_graph=True)
    return x.grad


@pytest.mark.parametrize("name", MIXTURES)
def test_second_order_by_all_ways(name: str) -> None:
    x, v = X3, np.array([1.0, 2.0, -1.0])
    slope = lambda x: 2 * x * x[::-1] + (x * x)[::-1] + x.prod() / x
    expected = (slope(x + 1e-5 * v) - slope(x - 1e-5 * v)) / 2e-5
    found = MIXTURES[name](x, v)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", MIXTURES)
def test_third_order_by_all_ways(name: str) -> None:
    x, v, w = X3, np.array([1.0, 2.0, -1.0]), np.array([0.5, -2.0, 1.0])
    expected = (MIXTURES["hvp"](x + 1e-5 * w, v) - MIXTURES["hvp"](x - 1e-5 * w, v)) / 2e-5
    with_graph = lambda x: MIXTURES[name](x, v)
    if "no_grad" in name:  # cuts the graph
        assert not ag.jvp(with_graph, (x,), (w,))[1].any()
        return
    np.testing.assert_allclose(ag.jvp(with_graph, (x,), (w,))[1], expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ag.jacobian(with_graph)(x) @ w, expected, rtol=1e-6, atol=1e-6)


def test_the_hessian_of_an_hvp_and_the_jacobian_of_a_jacobian() -> None:
    f = lambda x: (x**4).sum() / 24
    v = np.array([1.0, 2.0, 3.0])
    found = ag.hessian(lambda x: ag.hvp(f, (x,), (v,))[0].sum())(X3)
    np.testing.assert_allclose(found, np.diag(v))
    third = ag.jacobian(ag.jacobian(lambda x: x**3))(X3)
    expected = np.zeros((3, 3, 3))
    expected[[0, 1, 2], [0, 1, 2], [0, 1, 2]] = 6 * X3
    np.testing.assert_allclose(third, expected)


CONFUSION: dict[str, tuple[Callable[[Any], Any], float]] = {
    # Siskind and Pearlmutter 2005, "Perturbation confusion and referential transparency"
    "inner gradient": (lambda x: x * ag.grad(lambda y: x + y)(1.0), 1.0),
    "by jvp": (lambda x: x * ag.jvp(lambda y: x + y, (1.0,), (1.0,))[1], 1.0),
    "product": (lambda x: x * ag.grad(lambda y: x * y)(2.0), 2.0),  # d x**2 at 1
    "the same variable inside": (lambda x: x * ag.grad(lambda y: x * y * y)(x), 6.0),  # d 2x**3
    "outer variable at the inner point": (lambda x: ag.grad(lambda y: y * y * x)(x), 4.0),  # d 2x**2
    "three deep": (lambda x: ag.grad(lambda y: ag.grad(lambda z: x * y * z * z)(y))(x), 8.0),  # d 4x**2 at 1
    "shadowed": (lambda x: ag.grad(lambda x: ag.grad(lambda x: x**4)(x) * 1.0)(x), 24.0),
    "jvp in the direction of x": (lambda x: ag.jvp(lambda y: y * y, (3.0,), (x,))[1], 6.0),
    "hvp in the direction of x": (lambda x: ag.hvp(lambda y: y**3, (2.0,), (x,))[0], 12.0),
    "gradient of y as an input": (lambda x: ag.vjp(lambda y: 3.0 * y, 1.0)[1](x * x)[0], 6.0),
    "both": (lambda x: ag.jvp(lambda y: y * y * x, (x,), (x,))[1], 6.0),  # d 2x**3
    "a constant inside": (lambda x: ag.grad(lambda y: x)(1.0), 0.0),
    "jacobian": (lambda x: (ag.jacobian(lambda y: np.stack([y * x, y * y * x * x]))(x)).sum(), 7.0),  # d x + 2x**3
}


@pytest.mark.parametrize("name", CONFUSION)
def test_inner_and_outer_variables_are_not_confused(name: str) -> None:
    f, expected = CONFUSION[name]
    assert ag.grad(f)(1.0) == expected
    assert ag.jvp(f, (1.0,), (1.0,))[1] == expected
    assert ag.vjp(f, 1.0)[1](1.0) == (expected,)


# -- Tensors -----------------------------------------------------------------------------------------------------------


# Each computes 3 x**2, at 2 of value and slope 12.
CONTINUED: dict[str, Callable[[Any], Any]] = {
    "grad": lambda x: ag.grad(lambda y: y**3)(x),
    "value_and_grad": lambda x: ag.value_and_grad(lambda y: y**3)(x)[1],
    "value": lambda x: 3 * ag.value_and_grad(lambda y: y * y)(x)[0],
    "elementwise_grad": lambda x: ag.elementwise_grad(lambda y: y**3)(x),
    "vjp": lambda x: ag.vjp(lambda y: y**3, x)[1](1.0)[0],
    "value of vjp": lambda x: 3 * ag.vjp(lambda y: y * y, x)[0],
    "gradient of vjp": lambda x: ag.vjp(lambda y: 3 * y, 2.0)[1](x * x)[0],
    "jvp": lambda x: ag.jvp(lambda y: y**3, (x,), (1.0,))[1],
    "value of jvp": lambda x: 3 * ag.jvp(lambda y: y * y, (x,), (1.0,))[0],
    "tangent of jvp": lambda x: ag.jvp(lambda y: 3 * y, (2.0,), (x * x,))[1],
    "jacobian": lambda x: ag.jacobian(lambda y: y**3)(x),
    "hessian": lambda x: ag.hessian(lambda y: y**4 / 4)(x),
    "hvp": lambda x: ag.hvp(lambda y: y**4 / 4, (x,), (1.0,))[0],
    "tangent of hvp": lambda x: ag.hvp(lambda y: y**3 / 2, (1.0,), (x * x,))[0],
    "grads": lambda x: ag.grads(x**3, x, create_graph=True),
    "closure": lambda x: ag.grad(lambda y: 3 * y * x * x)(1.0),
    "closure of vjp": lambda x: ag.vjp(lambda y: 3 * y * x * x, 1.0)[1](1.0)[0],
    "closure of jvp": lambda x: ag.jvp(lambda y: 3 * y * x * x, (1.0,), (1.0,))[1],
    "closure of jacobian": lambda x: ag.jacobian(lambda y: 3 * y * x * x)(1.0),
    "closure of hvp": lambda x: ag.hvp(lambda y: 1.5 * y * y * x * x, (1.0,), (1.0,))[0],
    "closure of hessian": lambda x: ag.hessian(lambda y: 1.5 * y * y * x * x)(1.0),
    "another argument": lambda x: ag.grad(lambda y, x: 3 * y * x * x)(1.0, x),
    "a keyword": lambda x: ag.grad(lambda y, x: 3 * y * x * x)(1.0, x=x),
    "aux": lambda x: ag.grad(lambda y: (y, 3 * x * x), has_aux=True)(1.0)[1],
    "aux of the argument": lambda x: ag.grad(lambda y: (y, 3 * y * y), has_aux=True)(x)[1],
    "in a pytree": lambda x: ag.grad(lambda p: p["a"] ** 3 + p["b"])({"a": x, "b": 1.0})["a"],
}  # fmt: skip


@pytest.mark.parametrize("name", CONTINUED)
def test_tensors_of_a_graph_give_tensors_that_continue_it(name: str) -> None:
    x = leaf(2.0)
    y = CONTINUED[name](x)
    assert isinstance(y, ag.Tensor)
    assert y.item() == pytest.approx(12.0)
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == pytest.approx(12.0)


@pytest.mark.parametrize("name", sorted(CONTINUED.keys() - {"grads"}))
def test_nothing_continues_inside_no_grad(name: str) -> None:
    x = leaf(2.0)
    with ag.no_grad():
        y = CONTINUED[name](x)
    assert not isinstance(y, ag.Tensor) or y.node is None
    assert x.grad is None


def test_closures_over_tensors_give_arrays_inside_no_grad() -> None:
    w = leaf(2.0)
    with ag.no_grad():
        for y in (
            ag.grad(lambda x: w * x * x)(3.0),
            ag.value_and_grad(lambda x: w * x * x)(3.0)[0],
            ag.jvp(lambda x: w * x * x, (3.0,), (1.0,))[1],
            ag.vjp(lambda x: w * x * x, 3.0)[1](1.0)[0],
            ag.jacobian(lambda x: w * x * x)(3.0),
            ag.hvp(lambda x: w * x * x, (3.0,), (3.0,))[0],
        ):
            assert isinstance(y, np.ndarray)


def test_tangents_and_gradients_of_a_graph_give_arrays_inside_no_grad() -> None:
    v = leaf(2.0)
    _, pullback = ag.vjp(np.sin, 0.0)
    with ag.no_grad():
        for y in (
            ag.jvp(np.sin, (0.0,), (v,))[1],
            ag.hvp(lambda x: x * x, (0.0,), (v,))[0],
            ag.vjp(np.sin, 0.0)[1](v)[0],
            pullback(v)[0],
        ):
            assert np.asarray(y).item() in (2.0, 4.0)
            assert not isinstance(y, ag.Tensor) or y.node is None


def test_outputs_that_depend_on_the_closure_alone() -> None:
    w = leaf(2.0)
    (y, z), (dy, dz) = ag.jvp(lambda x: (x * w, w), (3.0,), (1.0,))
    assert (y.item(), z.item(), dy.item(), dz.item()) == (6.0, 2.0, 2.0, 0.0)
    assert dy.requires_grad
    assert ag.grad(lambda x: w)(3.0) == 0.0


def test_an_open_pullback_can_be_called_inside_no_grad() -> None:
    w = leaf(2.0)
    _, pullback = ag.vjp(lambda x: w * x * x, 3.0)
    with ag.no_grad():
        (gx,) = pullback(1.0)
    assert isinstance(gx, np.ndarray)
    assert gx == 12.0


def test_constant_tensors_give_tensors_without_a_graph() -> None:
    x = ag.Tensor(2.0)
    for y in (
        ag.grad(lambda y: y**3)(x),
        ag.value_and_grad(lambda y: y**3)(x)[0],
        ag.vjp(lambda y: y**3, x)[1](1.0)[0],
        ag.vjp(lambda y: y**3, 2.0)[1](x)[0],
        ag.jvp(lambda y: y**3, (x,), (1.0,))[1],
        ag.jvp(lambda y: y**3, (2.0,), (ag.Tensor(1.0),))[1],
        ag.jacobian(lambda y: y**3)(x),
        ag.hessian(lambda y: y**3)(x),
        ag.hvp(lambda y: y**3, (x,), (1.0,))[0],
        ag.grad(lambda y: (y, 2 * y), has_aux=True)(x)[1],
    ):
        assert isinstance(y, ag.Tensor)
        assert y.node is None


def test_no_leaf_has_a_gradient_afterwards() -> None:
    x, w = leaf(2.0), leaf(3.0)
    x.grad = ag.Tensor(7.0)
    ag.grad(lambda y: w * y * y)(x)
    ag.hessian(lambda y: w * y * y)(x)
    ag.jvp(lambda y: w * y * y, (x,), (1.0,))
    assert x.grad.item() == 7.0
    assert w.grad is None


def test_models_are_functions_like_others() -> None:
    ag.seed(0)
    model = ag.nn.Sequential(ag.nn.Linear(3, 4, dtype=np.float64), ag.nn.Tanh(), ag.nn.Linear(4, 2, dtype=np.float64))
    x = normal(2, 3)
    gradient = ag.grad(lambda x: model(x).sum())(x)
    assert isinstance(gradient, ag.Tensor)  # it depends on the weights
    with ag.no_grad():
        assert isinstance(ag.grad(lambda x: model(x).sum())(x), np.ndarray)
    (gradient * gradient).sum().backward()  # a penalty on the gradient trains the weights
    weight = next(iter(model.parameters()))
    assert weight.grad is not None

    def penalty(w: Any) -> float:
        old, weight.data = weight.data, w
        with ag.no_grad():
            gx = ag.grad(lambda x: model(x).sum())(x)
        weight.data = old
        return float((gx * gx).sum())

    assert_close(weight.grad.data, differences(penalty, [weight.data])[0], "weight")
    assert ag.jacobian(model)(x).shape == (2, 2, 2, 3)


def test_backward_works_inside_a_transform() -> None:
    def f(x: Any) -> Any:
        w = leaf([1.0, 2.0, 3.0])
        (np.sin(w) * x).sum().backward(create_graph=True)
        return (w.grad * x).sum()  # sum(cos(w) * x**2)

    np.testing.assert_allclose(ag.grad(f)(X3), 2 * np.cos([1, 2, 3]) * X3)


def test_a_leaf_made_inside_is_a_constant_to_the_transform() -> None:
    inside = []

    def f(x: Any) -> Any:
        inside.append(leaf(2.0))
        return x * inside[-1]

    gradient = ag.grad(f)(3.0)
    assert isinstance(gradient, np.ndarray)
    assert gradient == 2.0
