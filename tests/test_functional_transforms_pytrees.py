"""Transforms of functions that take and return nested lists, tuples and dicts of arrays."""

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
from differences import differences
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import assert_close, normal

import autograd as ag
from autograd._util.pytree import tree_leaves_with_path

X3 = np.array([0.5, -1.0, 2.0])


def total(tree: Any) -> Any:
    """A scalar that depends on every leaf, each in a way of its own."""
    return sum(((k + 1) * np.sin(x) ** 2).sum() for k, (_, x) in enumerate(tree_leaves_with_path(tree)))


def slopes(tree: Any) -> list[Any]:
    return [(k + 1) * np.sin(2 * x) for k, (_, x) in enumerate(tree_leaves_with_path(tree))]


class Layer(NamedTuple):
    weight: Any
    bias: Any


def test_gradients_of_a_named_tuple_in_a_list_in_a_dict() -> None:
    params = {"layers": [Layer(normal(2, 3), None), Layer(normal(3, 2), normal(2))], "scale": 2.0, "nothing": []}

    def f(p: Any, x: Any) -> Any:
        for layer in p["layers"]:
            x = np.tanh(x @ layer.weight + (0 if layer.bias is None else layer.bias))
        return (x * p["scale"]).sum()

    x = normal(4, 2)
    gradient = ag.grad(f)(params, x)
    assert isinstance(gradient["layers"][0], Layer)
    assert gradient["layers"][0].bias is None
    assert gradient["nothing"] == []
    leaves = [np.asarray(leaf) for _, leaf in tree_leaves_with_path(params)]

    def loss(*values: Any) -> Any:
        first, second, bias, scale = values
        return f({"layers": [Layer(first, None), Layer(second, bias)], "scale": scale}, x)

    for (path, gx), expected in zip(tree_leaves_with_path(gradient), differences(loss, leaves), strict=True):
        assert_close(gx, expected, path)


def test_a_function_may_take_its_containers_apart() -> None:
    def f(p: Any) -> Any:
        return (p.pop("a") * p.popitem()[1]).sum()

    given = {"a": X3, "b": 2.0}
    gradient = ag.grad(f)(given)
    np.testing.assert_array_equal(gradient["a"], [2.0, 2.0, 2.0])
    assert gradient["b"] == X3.sum()
    assert list(given) == ["a", "b"]


def pytrees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves | st.none(),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.tuples(inner, inner),
            st.builds(Layer, inner, inner),
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            st.dictionaries(st.sampled_from("xyz"), inner, max_size=2).map(OrderedDict),
        ),
        max_leaves=6,
    )


SHAPES = st.sampled_from([(), (1,), (2,), (2, 3), (0,), (3, 1)])
ARRAYS = st.builds(lambda shape, seed: np.random.default_rng(seed).normal(size=shape), SHAPES, st.integers(0, 99))


@given(pytrees(ARRAYS), st.data())
@settings(max_examples=25, deadline=None)
def test_any_container_of_arrays(tree: Any, data: Any) -> None:
    gradient = ag.grad(total)(tree)
    assert [path for path, _ in tree_leaves_with_path(gradient)] == [path for path, _ in tree_leaves_with_path(tree)]
    assert type(gradient) is type(tree)
    for (_, gx), expected in zip(tree_leaves_with_path(gradient), slopes(tree), strict=True):
        assert isinstance(gx, np.ndarray)
        np.testing.assert_allclose(gx, expected, rtol=1e-12, atol=1e-14)
    # The same pytree out: the Jacobian of each leaf is its own, diagonal.
    y, pullback = ag.vjp(lambda t: ag.grad(total)(t), tree)
    assert type(y) is type(tree)
    (twice,) = pullback(y)
    _, tangent = ag.jvp(ag.grad(total), (tree,), (y,))
    assert [path for path, _ in tree_leaves_with_path(tangent)] == [path for path, _ in tree_leaves_with_path(tree)]
    (again,) = ag.hvp(total, (tree,), (y,))
    for (_, a), (_, b), (_, c) in zip(
        tree_leaves_with_path(twice), tree_leaves_with_path(tangent), tree_leaves_with_path(again), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)  # a Hessian is symmetric
        np.testing.assert_allclose(a, c, rtol=1e-10, atol=1e-12)


def test_containers_of_jacobians() -> None:
    def f(p: Any, q: Any) -> Any:
        return {"sum": p["a"].sum() * q, "none": None, "parts": [p["a"][:2] * p["b"], 1.0]}

    a, b, q = normal(3), normal(), 2.0
    both = ag.jacobian(f, (0, 1))({"a": a, "b": b}, q)
    assert set(both) == {"sum", "none", "parts"}
    assert both["none"] is None
    by_p, by_q = both["sum"]
    np.testing.assert_allclose(by_p["a"], [q, q, q])
    np.testing.assert_allclose(by_p["b"], 0)
    np.testing.assert_allclose(by_q, a.sum())
    by_p, by_q = both["parts"][0]
    np.testing.assert_allclose(by_p["a"], b * np.eye(3)[:2])
    np.testing.assert_allclose(by_p["b"], a[:2])
    np.testing.assert_allclose(by_q, [0, 0])
    assert [gx.tolist() for _, gx in tree_leaves_with_path(both["parts"][1])] == [[0, 0, 0], 0, 0]


def test_the_hessian_of_a_container_is_a_container_of_containers() -> None:
    def f(p: Any) -> Any:
        return (p["a"] ** 2).sum() * p["b"][0]

    a, b = normal(2), np.array(3.0)
    hessian = ag.hessian(f)({"a": a, "b": (b,)})
    np.testing.assert_allclose(hessian["a"]["a"], 2 * b * np.eye(2))
    np.testing.assert_allclose(hessian["a"]["b"][0], 2 * a)
    np.testing.assert_allclose(hessian["b"][0]["a"], 2 * a)
    np.testing.assert_allclose(hessian["b"][0]["b"][0], 0)


def test_a_hessian_for_two_arguments() -> None:
    (aa, ab), (ba, bb) = ag.hessian(lambda a, b: (a * a).sum() * b, (0, 1))(X3, 2.0)
    np.testing.assert_allclose(aa, 4 * np.eye(3))
    np.testing.assert_allclose(ab, 2 * X3)
    np.testing.assert_allclose(ba, 2 * X3)
    assert bb == 0.0
