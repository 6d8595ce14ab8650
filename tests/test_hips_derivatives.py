"""make_vjp and make_jvp: HIPS's conventions on the engine's own products."""

from typing import Any

import autograd.core as core
import numpy as np
import pytest

import autograd as ag


@pytest.mark.parametrize("x", [2.0, np.float32(2.0), np.array(2.0), np.array([2.0, 3.0]), 2, np.array([2, 3]), 1 + 2j])
def test_a_gradient_is_like_what_it_is_of(x: Any) -> None:
    pullback, y = core.make_vjp(lambda x: x * x, x)
    assert not isinstance(y, ag.Tensor)
    gx = pullback(np.ones_like(y))
    np.testing.assert_array_equal(gx, 2 * np.asarray(x))
    assert isinstance(gx, np.ndarray) == (np.ndim(x) > 0)
    assert gx.dtype == (np.asarray(x).dtype if np.asarray(x).dtype.kind in "fc" else float)


def test_a_pytree_of_numbers_and_arrays() -> None:
    pullback, y = core.make_vjp(lambda p: {"y": p["a"] * p["b"][0]}, {"a": 3.0, "b": [np.array([1.0, 2.0])]})
    gx = pullback({"y": np.array([1.0, 10.0])})
    assert (gx["a"], type(gx["a"])) == (21.0, np.float64)
    np.testing.assert_array_equal(gx["b"][0], [3.0, 30.0])
    np.testing.assert_array_equal(y["y"], [3.0, 6.0])


def test_complex_gradients_have_no_conjugate() -> None:
    z, g = 1 + 2j, 0.5 - 1j
    pullback, _ = core.make_vjp(lambda z: z * z * z, z)
    assert pullback(g) == g * 3 * z * z
    y, dy = core.make_jvp(lambda z: z * z, z)(1j)
    assert (y, dy) == (z * z, 2j * z)


def test_they_nest_and_continue_a_graph() -> None:
    third = core.make_vjp(lambda x: core.make_vjp(lambda x: core.make_jvp(np.sin, x)(1.0)[1], x)[0](1.0), 0.3)[0](1.0)
    np.testing.assert_allclose(third, -np.cos(0.3))
    outer = ag.Tensor(2.0, requires_grad=True)
    pullback, _ = core.make_vjp(lambda x: x * x * outer, 3.0)
    pullback(1.0).backward()
    assert outer.grad == 6.0


def test_where_y_does_not_depend_on_x_the_gradient_is_zero() -> None:
    pullback, y = core.make_vjp(lambda x: 1.0, np.array([1.0, 2.0]))
    assert y == 1.0
    np.testing.assert_array_equal(pullback(1.0), [0.0, 0.0])
