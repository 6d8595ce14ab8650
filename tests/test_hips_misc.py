"""flatten, the optimisers and fixed_point."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autograd.misc import flatten
from autograd.misc.fixed_points import fixed_point
from autograd.misc.flatten import flatten_func
from autograd.misc.optimizers import adam, rmsprop, sgd
from autograd.test_util import check_equivalent, check_grads
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag

LEAVES = st.one_of(st.floats(-5, 5), st.builds(np.ones, st.tuples(st.integers(0, 2), st.integers(1, 2))))
TREES = st.recursive(
    LEAVES,
    lambda tree: st.one_of(
        st.lists(tree, max_size=3), st.tuples(tree, tree), st.dictionaries(st.text(), tree, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None)
@given(TREES)
def test_unflatten_undoes_flatten(tree: Any) -> None:
    flat, unflatten = flatten(tree)
    assert flat.ndim == 1
    back = unflatten(flat)
    check_equivalent(back, tree)
    np.testing.assert_array_equal(flatten(back)[0], flat)


def test_dicts_are_in_the_order_of_their_keys() -> None:
    flat, unflatten = flatten({"b": 1.0, "a": [2.0, np.array([3.0, 4.0])]})
    np.testing.assert_array_equal(flat, [2.0, 3.0, 4.0, 1.0])
    assert list(unflatten(flat)) == ["b", "a"]
    assert type(unflatten(flat)["b"]) is np.float64


def test_both_ways_have_gradients() -> None:
    tree = {"b": 1.0, "a": (2.0, np.array([3.0, 4.0]))}
    check_grads(lambda t: np.sum(flatten(t)[0] ** 3))(tree)
    f, _, start = flatten_func(lambda t: {"y": t["a"][1] * t["b"]}, tree)
    check_grads(f)(start)
    check_grads(lambda x, y: np.sum(flatten([x, y])[0] ** 2), [0, 1])(1.0, 2.0)


@pytest.mark.parametrize(("optimize", "step"), [(sgd, 0.3), (rmsprop, 0.05), (adam, 0.1)])
def test_each_optimiser_finds_the_minimum_and_calls_back(optimize: Callable[..., Any], step: float) -> None:
    target, seen = {"w": np.array([1.0, -2.0]), "b": 0.5}, []

    def gradient(x: Any, i: int) -> Any:
        return {key: x[key] - target[key] for key in x}

    def callback(x: Any, i: int, g: Any) -> None:
        seen.append(i)
        np.testing.assert_allclose(g["w"], x["w"] - target["w"])

    found = optimize(gradient, {"w": np.zeros(2), "b": 0.0}, callback, num_iters=300, step_size=step)
    assert seen == list(range(300))
    assert list(found) == ["w", "b"]
    np.testing.assert_allclose(found["w"], target["w"], atol=0.05)
    np.testing.assert_allclose(found["b"], target["b"], atol=0.05)


def test_the_first_steps_are_those_of_the_formulas() -> None:
    constant: Callable[..., Any] = lambda x, i: np.full_like(x, 2.0)
    start = np.array([1.0])
    np.testing.assert_allclose(sgd(constant, start, num_iters=2, step_size=0.1, mass=0.5), 1 - 0.1 * (1.0 + 1.5))
    np.testing.assert_allclose(rmsprop(constant, start, num_iters=1, step_size=0.1, gamma=0.5), 1 - 0.2 / np.sqrt(2.5))
    np.testing.assert_allclose(adam(constant, start, num_iters=3, step_size=0.1), 0.7, rtol=1e-8)


def newton(a: Any) -> Callable[[Any], Any]:
    """Of which the fixed point is sqrt(a)."""
    return lambda x: 0.5 * (x + a / x)


def distance(x: Any, y: Any) -> Any:
    return np.max(np.abs(x - y))


@pytest.mark.parametrize("a", [2.0, np.array([2.0, 5.0])])
def test_a_fixed_point_has_the_gradient_of_what_it_is(a: Any) -> None:
    f = lambda a: fixed_point(newton, a, np.ones_like(a), distance, 1e-12)
    np.testing.assert_allclose(f(a), np.sqrt(a))
    check_grads(f, modes=["rev"], order=1)(a)


def test_a_fixed_point_that_is_reached_slowly() -> None:
    f = lambda a: fixed_point(lambda a: lambda x: np.cos(a * x), a, 1.0, distance, 1e-10)
    x = f(0.9)
    slope = -x * np.sin(0.9 * x) / (1 + 0.9 * np.sin(0.9 * x))
    np.testing.assert_allclose(ag.grad(f)(0.9), slope, rtol=1e-8)
    check_grads(f, modes=["rev"])(0.9)
