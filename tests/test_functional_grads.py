"""`ag.grads`: gradients with respect to any Tensors, without touching `.grad`."""

from typing import Any

import numpy as np
import pytest

import autograd as ag

X3 = np.array([0.5, -1.0, 2.0])


def leaf(x: Any) -> ag.Tensor:
    return ag.Tensor(x, requires_grad=True)


def test_grads_of_leaves_and_of_what_is_computed() -> None:
    x, w = leaf(X3), leaf(2.0)
    h = np.exp(x) * w
    y = (h * h).sum()
    by_h, by_x, by_w, by_y = ag.grads(y, [h, x, w, y])
    np.testing.assert_allclose(by_h.data, 2 * h.data)
    np.testing.assert_allclose(by_x.data, 2 * h.data * h.data)
    np.testing.assert_allclose(by_w.data, (2 * h.data * h.data).sum() / 2)
    assert by_y.item() == 1.0
    assert x.grad is w.grad is None
    assert not any(g.requires_grad for g in (by_h, by_x, by_w, by_y))


def test_grads_leave_every_grad_alone_and_can_be_called_again() -> None:
    x = leaf(X3)
    h = np.sin(x)
    h.retain_grad()
    y = (h * h).sum()
    x.grad = np.ones(3)
    first = ag.grads(y, x)
    for create_graph in (False, True, False):
        again = ag.grads(y, x, create_graph=create_graph)
        np.testing.assert_array_equal(again.data, first.data)
    assert h.grad is None
    assert x.grad is not None
    assert x.grad.data.tolist() == [1, 1, 1]
    y.backward()  # what was saved is still there
    assert h.grad is not None


def test_grads_walk_no_further_than_they_need() -> None:
    x = leaf(X3)
    h = np.exp(x)
    h.sum().backward()  # frees what the graph below h has saved
    np.testing.assert_array_equal(ag.grads((h * h).sum(), h).data, 2 * h.data)
    with pytest.raises(RuntimeError, match="freed"):
        ag.grads((h * h).sum(), x)


def test_grads_keep_the_container_and_fill_in_zeros() -> None:
    x, other = leaf(X3), leaf(np.ones((2, 2), np.float32))
    found = ag.grads((x * x).sum(), {"x": x, "more": [other, None, (x,)]})
    np.testing.assert_array_equal(found["x"].data, 2 * X3)
    assert found["more"][0].data.tolist() == [[0, 0], [0, 0]]
    assert found["more"][0].dtype == np.float32
    assert found["more"][1] is None
    np.testing.assert_array_equal(found["more"][2][0].data, 2 * X3)
    assert not np.shares_memory(found["x"].data, found["more"][2][0].data)


def test_grads_of_several_outputs_of_one_call() -> None:
    x = leaf(np.array([[2.0, 1.0], [1.0, 3.0]]))
    first, second = np.split(x, 2)
    by_second, by_x, by_first = ag.grads((first * second * second).sum(), [second, x, first])
    np.testing.assert_allclose(by_second.data, [[4.0, 6.0]])
    np.testing.assert_allclose(by_first.data, [[1.0, 9.0]])
    np.testing.assert_allclose(by_x.data, [[1.0, 9.0], [4.0, 6.0]])


def test_grads_with_a_gradient_given() -> None:
    x = leaf(X3)
    g = np.array([1.0, 0.0, 2.0])
    np.testing.assert_allclose(ag.grads(np.sin(x), x, g).data, g * np.cos(X3))
    np.testing.assert_allclose(ag.grads(x, x, g).data, g)
    assert not np.shares_memory(ag.grads(x, x, g).data, g)
    assert not np.shares_memory(ag.grads(x, x, g, create_graph=True).data, g)


def test_grads_differentiate_with_respect_to_the_gradient_given() -> None:
    x, u = leaf(X3), leaf(np.ones(3))
    gx = ag.grads(np.sin(x), x, u, create_graph=True)
    v = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(ag.grads((gx * v).sum(), u).data, np.cos(X3) * v)


def test_grads_to_any_order() -> None:
    x = leaf(0.7)
    y = np.sin(x)
    for expected in (np.cos(0.7), -np.sin(0.7), -np.cos(0.7), np.sin(0.7)):
        y = ag.grads(y, x, create_graph=True)
        assert y.item() == pytest.approx(expected)


def test_grads_work_inside_no_grad() -> None:
    x = leaf(2.0)
    y = x**3
    with ag.no_grad():
        assert not ag.grads(y, x).requires_grad
        gx = ag.grads(y, x, create_graph=True)
    assert ag.grads(gx, x).item() == 12.0
    z = leaf(2.0 + 1.0j)
    y = np.abs(z) ** 2
    with ag.no_grad():
        gz = ag.grads(y, z, create_graph=True)  # 2z
    assert ag.grads(np.real(gz), z).item() == 2.0


def test_grads_of_complex_numbers_are_conjugates() -> None:
    z = leaf(np.array([1.0 + 2.0j, 0.5 - 1.0j]))
    h = z * z
    y = np.real(h).sum()
    by_h, by_z = ag.grads(y, [h, z])
    np.testing.assert_allclose(by_h.data, [1, 1])
    np.testing.assert_allclose(by_z.data, np.conj(2 * z.data))
    y.backward(retain_graph=True)
    assert z.grad is not None
    np.testing.assert_allclose(by_z.data, z.grad.data)
    g = np.array([1.0j, 2.0])
    np.testing.assert_allclose(ag.grads(h, h, g).data, g)
    np.testing.assert_allclose(ag.grads(h, z, g).data, g * np.conj(2 * z.data))
