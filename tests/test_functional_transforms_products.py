"""vjp, jvp, Jacobians and Hessians: against each other, for random functions and all shapes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import normal

import autograd as ag
from autograd._util.pytree import tree_leaves_with_path

X3 = np.array([0.5, -1.0, 2.0])


MATRIX = normal(3, 3)
UNARY: list[Callable[[Any], Any]] = [
    np.sin, np.tanh, np.square, np.cumsum, lambda x: np.exp(0.3 * x), lambda x: x[::-1], lambda x: MATRIX @ x,
    lambda x: x - x.mean(), lambda x: np.where(x > 0.1, x, 0.5 * x), lambda x: 1 / (1 + x * x), np.sort,
]  # fmt: skip
BINARY: list[Callable[[Any, Any], Any]] = [np.add, np.multiply, np.subtract, np.maximum, np.hypot, np.logaddexp]
STEPS = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 5), st.integers(0, 9), st.integers(0, 9)),
                 min_size=1, max_size=5)  # fmt: skip


def program(steps: Any) -> Callable[..., Any]:
    """A random function of two arrays of 3: it returns three arrays, the results of the last steps."""

    def f(a: Any, b: Any) -> Any:
        stack = [a, b]
        for unary, binary, i, j in steps:
            stack.append(BINARY[binary](UNARY[unary](stack[i % len(stack)]), stack[j % len(stack)]))
        return {"last": stack[-1], "others": (stack[-2], stack[-3] * 2)}

    return f


def inner(a: Any, b: Any) -> float:
    """The real inner product of two pytrees of arrays."""
    return float(
        sum(
            np.real(np.vdot(x, y))
            for (_, x), (_, y) in zip(tree_leaves_with_path(a), tree_leaves_with_path(b), strict=True)
        )
    )


@given(STEPS, st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_jvp_and_vjp_are_transposes_and_rows_and_columns_of_the_jacobian(steps: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    f, primals = program(steps), (rng.normal(size=3), rng.normal(size=3))
    tangents = (rng.normal(size=3), rng.normal(size=3))
    y, pullback = ag.vjp(f, *primals)
    again, dy = ag.jvp(f, primals, tangents)
    gs = {"last": rng.normal(size=3), "others": (rng.normal(size=3), rng.normal(size=3))}
    gxs = pullback(gs)
    assert inner(gs, dy) == pytest.approx(inner(gxs, tangents), rel=1e-9, abs=1e-9)
    for (_, a), (_, b) in zip(tree_leaves_with_path(y), tree_leaves_with_path(again), strict=True):
        np.testing.assert_array_equal(a, b)

    jacobian = ag.jacobian(f, (0, 1))(*primals)
    (by_a, by_b), ((other_a, _), _) = jacobian["last"], jacobian["others"]
    np.testing.assert_allclose(by_a @ tangents[0] + by_b @ tangents[1], dy["last"], rtol=1e-9, atol=1e-9)
    for k in range(3):
        np.testing.assert_array_equal(ag.grad(lambda *xs: f(*xs)["last"][k])(*primals), by_a[k])  # noqa: B023  # called at once
        np.testing.assert_array_equal(ag.grad(lambda *xs: f(*xs)["others"][0][k])(*primals), other_a[k])  # noqa: B023  # it is called at once


@given(STEPS, st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_hvp_is_the_hessian_times_v(steps: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    primals, tangents = (rng.normal(size=3), rng.normal(size=3)), (rng.normal(size=3), rng.normal(size=3))

    def f(a: Any, b: Any) -> Any:
        return sum(np.sin(y).sum() for _, y in tree_leaves_with_path(program(steps)(a, b)))

    (aa, ab), (ba, bb) = ag.hessian(f, (0, 1))(*primals)
    np.testing.assert_allclose(aa, aa.T, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ab, ba.T, rtol=1e-8, atol=1e-8)
    expected = (aa @ tangents[0] + ab @ tangents[1], ba @ tangents[0] + bb @ tangents[1])
    for gx, wanted in zip(ag.hvp(f, primals, tangents), expected, strict=True):
        np.testing.assert_allclose(gx, wanted, rtol=1e-8, atol=1e-8)
    _, by_jvp = ag.jvp(ag.grad(f, (0, 1)), primals, tangents)  # forward over reverse
    for gx, wanted in zip(by_jvp, expected, strict=True):
        np.testing.assert_allclose(gx, wanted, rtol=1e-8, atol=1e-8)


def test_a_pullback_can_be_called_again() -> None:
    _, pullback = ag.vjp(lambda a, b: np.exp(a) * b, X3, 2.0)
    for scale in (1.0, 2.0, 1.0):
        by_a, by_b = pullback(np.full(3, scale))
        np.testing.assert_allclose(by_a, scale * 2 * np.exp(X3))
        np.testing.assert_allclose(by_b, scale * np.exp(X3).sum())


def test_a_pullback_takes_dicts_in_any_order_and_numbers() -> None:
    y, pullback = ag.vjp(lambda x: {"a": x, "b": [x * x, None]}, 3.0)
    assert y == {"a": 3.0, "b": [9.0, None]}
    assert pullback({"b": [1, None], "a": 0}) == (6.0,)
    assert pullback({"a": np.float32(2), "b": [0]}) == (2.0,)


def test_tangents_may_be_dicts_in_any_order() -> None:
    _, slope = ag.jvp(lambda p: p["a"] * p["b"], ({"a": 2.0, "b": 3.0},), ({"b": 1, "a": 0},))
    assert slope == 2.0
    (gradient,) = ag.hvp(lambda p: p["a"] * p["b"], ({"a": 2.0, "b": 3.0},), ({"b": 1, "a": 0},))
    assert gradient == {"a": 1.0, "b": 0.0}


def test_outputs_that_do_not_depend_on_inputs() -> None:
    def f(x: Any) -> Any:
        return x * 2, np.ones(2), 3, None, (x[:1] > 0)

    y, dy = ag.jvp(f, (X3,), (X3,))
    np.testing.assert_array_equal(dy[0], 2 * X3)
    assert [part.tolist() for part in dy[1:3]] == [[0, 0], 0]
    assert dy[3] is None
    assert y[3] is None
    by_first = ag.jacobian(f)(X3)
    assert by_first[1].shape == (2, 3)
    assert not by_first[1].any()
    assert by_first[2].shape == by_first[4][0].shape == (3,)
    _, pullback = ag.vjp(f, X3)
    np.testing.assert_array_equal(pullback((X3, np.ones(2), 0, None, np.zeros(1)))[0], 2 * X3)


def test_an_output_twice_and_an_input_as_output() -> None:
    y, dy = ag.jvp(lambda x: [x, (s := np.sin(x)), s], (X3,), (X3,))
    for slope, expected in zip(dy, (X3, np.cos(X3) * X3, np.cos(X3) * X3), strict=True):
        np.testing.assert_allclose(slope, expected)
    _, pullback = ag.vjp(lambda x: [x, (s := np.sin(x)), s], X3)
    np.testing.assert_allclose(pullback(y)[0], X3 + 2 * np.sin(X3) * np.cos(X3))


def test_inputs_on_which_nothing_depends() -> None:
    _, pullback = ag.vjp(lambda a, b: a * 2, 1.0, X3)
    by_a, by_b = pullback(1.0)
    assert by_a == 2.0
    assert by_b.tolist() == [0, 0, 0]
    assert ag.jvp(lambda a, b: a * 2, (1.0, X3), (0.0, X3)) == (2.0, 0.0)
    assert ag.jvp(lambda a: 2.0, (1.0,), (1.0,)) == (2.0, 0.0)


def test_no_arguments() -> None:
    _, pullback = ag.vjp(lambda: np.ones(2))
    assert pullback(np.ones(2)) == ()
    assert ag.jvp(lambda: 2.0, (), ()) == (2.0, 0.0)
    assert ag.hvp(lambda: 2.0, (), ()) == ()
    assert ag.grad(lambda p: 2.0)({"a": []}) == {"a": []}


SIZES: dict[str, tuple[Callable[..., Any], tuple[int, ...], tuple[int, ...]]] = {
    "0-d to 0-d": (np.sin, (), ()),
    "0-d to 1-d": (lambda x: x * X3.astype(x.dtype), (), (3,)),
    "1-d to 0-d": (lambda x: (x * x).sum(), (3,), ()),
    "2-d to 2-d": (lambda x: x @ x.T, (2, 3), (2, 2)),
    "to size 0": (lambda x: x[:0], (2,), (0,)),
    "from size 0": (lambda x: np.append(x, np.ones(2, x.dtype)), (0,), (2,)),
    "from size 0 to size 0": (lambda x: x * 2, (2, 0), (2, 0)),
    "from size 0 to 0-d": (lambda x: x.sum(), (0,), ()),
    "constant": (lambda x: np.ones((2, 2)), (3,), (2, 2)),
    "integer": (lambda x: np.argsort(x), (3,), (3,)),
    "number": (lambda x: 1.0, (3,), ()),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("name", SIZES)
def test_shapes_and_dtypes_of_jacobians(name: str, dtype: Any) -> None:
    f, given, returned = SIZES[name]
    x = normal(*given).astype(dtype)
    jacobian = ag.jacobian(f, holomorphic=True)(x)
    assert isinstance(jacobian, np.ndarray)
    assert (jacobian.shape, jacobian.dtype) == (returned + given, dtype)
    assert jacobian.flags.writeable
    unit = np.zeros(x.size, dtype)
    for k in range(x.size):
        unit[:] = 0
        unit[k] = 1
        _, column = ag.jvp(f, (x,), (unit.reshape(given),))
        assert column.shape == returned
        np.testing.assert_allclose(jacobian.reshape(*returned, x.size)[..., k], column, rtol=1e-5, atol=1e-6)
