"""The backward pass: how gradients add up, whose memory they are, and when it refuses."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag


def leaf(*values: float, dtype: Any = float) -> ag.Tensor:
    return ag.Tensor(np.array(values, dtype), requires_grad=True)


def grad(t: ag.Tensor) -> Any:
    assert t.grad is not None
    return t.grad.data.tolist()


# -- adding up -------------------------------------------------------------------------------------------------------


def diamonds(x: ag.Tensor) -> ag.Tensor:
    for _ in range(30):  # 2**30 paths, 60 calls
        x = x + x * 1.0
    return x


PATHS: dict[str, tuple[Callable[..., Any], float]] = {
    "one": (lambda x: x * 3, 3.0),
    "the same input twice": (lambda x: x * x, 4.0),
    "x + x": (lambda x: x + x, 2.0),
    "x - x": (lambda x: x - x, 0.0),
    "diamond": (lambda x: (x * 3) * (x + 1) + (x + 1), 16.0),
    "diamonds": (diamonds, 2.0**30),
    "long and short": (lambda x: np.exp(x * 0) + (((x + 1) + 1) + 1) + x, 2.0),
    "unused branch": (lambda x: (x * 2, x * 1000)[0], 2.0),
}


@pytest.mark.parametrize("name", PATHS)
def test_all_paths_add_up(name: str) -> None:
    f, expected = PATHS[name]
    x = leaf(2.0)
    f(x).backward()
    assert grad(x) == [expected]


def test_many_uses_of_a_vector_add_up_in_memory_of_its_own() -> None:
    x, w = leaf(1.0, 2.0), np.array([3.0, 4.0])
    sum((x * w for _ in range(5)), start=x + 0).sum().backward()
    assert grad(x) == [16.0, 21.0]
    assert w.tolist() == [3.0, 4.0]


# -- writing over g ------------------------------------------------------------------------------------------------

OVERWRITTEN: list[bool] = []
KEPT: list[Any] = []


@ag.primitive
def double(x: Any) -> Any:
    return 2 * x


def double_gx(g: Any, out: Any) -> Any:
    OVERWRITTEN.append(out is not None)
    assert out is None or out is g
    return np.multiply(g, 2, out=out)


@ag.primitive
def kept(x: Any) -> Any:
    return x + 0


ag.rule(double, x=double_gx)
ag.rule(kept, x=lambda g: KEPT.append(g) or g)
GRID = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
# Functions of an array like GRID, and whether double's rule may write over g, in the order of the backward pass.
USES: dict[str, tuple[Callable[..., Any], list[bool]]] = {
    "a new array": (lambda x: double(x) * GRID, [True]),
    "twice": (lambda x: double(double(x)) * GRID, [True, True]),
    "a new array, reshaped": (lambda x: double(x).reshape(3, 2) * GRID.reshape(3, 2), [True]),
    "a new array, transposed": (lambda x: double(x).T * GRID.T, [True]),
    "what another node gets, too": (lambda x: (double(x) + double(x)) * GRID, [False, True]),
    "what another node gets reshaped": (
        lambda x: (double(x) + double(x.reshape(6)).reshape(2, 3)) * GRID,
        [False, True],
    ),
    "what was broadcast": (lambda x: np.sum(double(x) * 1.0, axis=0) + 0 * GRID, [True]),
    "a broadcast view": (lambda x: np.sum(double(x), axis=0) + 0 * GRID, [False]),
    "a part of an array": (lambda x: np.concatenate([double(x), x])[:2] * GRID, [False]),
    "what somebody keeps": (lambda x: kept(double(x)) * GRID, [False]),
    "a view of which somebody keeps": (lambda x: kept(double(x).reshape(6)).reshape(2, 3) * GRID, [False]),
}


@pytest.mark.parametrize("use", USES)
def test_a_rule_writes_over_a_gradient_that_nobody_else_has(use: str) -> None:
    f, expected = USES[use]
    OVERWRITTEN.clear()
    KEPT.clear()
    x = ag.Tensor(np.ones((2, 3)), requires_grad=True)
    given = np.ones((2, 3)).reshape(f(x).shape)
    f(x).backward(given)
    assert given.tolist() == np.ones(given.shape).tolist()
    assert expected == OVERWRITTEN
    assert all(g.reshape(2, 3).tolist() == GRID.tolist() for g in KEPT)
    found = grad(x)
    x.grad = None
    f(x).backward(ag.Tensor(given), create_graph=True)  # which writes over nothing
    assert grad(x) == found
    assert not any(OVERWRITTEN[len(expected) :])


def test_neither_what_is_given_nor_what_is_retained_is_written_over() -> None:
    x, given = leaf(1.0, 2.0), np.array([3.0, 4.0])
    OVERWRITTEN.clear()
    double(x).backward(given)
    assert given.tolist() == [3.0, 4.0]
    y = double(x)
    y.retain_grad()
    (y * given).sum().backward()
    assert y.grad is not None
    assert y.grad.data.tolist() == [3.0, 4.0]
    assert OVERWRITTEN == [False, True]


def test_backward_accumulates_over_calls() -> None:
    x = leaf(1.0, 2.0)
    (x * 2).sum().backward()
    (x * 3).sum().backward()
    assert grad(x) == [5.0, 5.0]
    x.grad = None
    (x * 4).sum().backward()
    assert grad(x) == [4.0, 4.0]


def test_a_leaf_is_its_own_root() -> None:
    x = leaf(3.0)
    x.backward()
    x.backward(np.array([4.0]))
    assert grad(x) == [5.0]


def test_constants_get_no_gradient() -> None:
    x, c = leaf(1.0), ag.Tensor([2.0])
    (x * c).sum().backward()
    assert c.grad is None


def test_dtype_follows_the_leaf_across_promotions() -> None:
    a, b = leaf(1.0, dtype=np.float32), leaf(2.0)
    (a * b).sum().backward()
    assert a.grad is not None
    assert b.grad is not None
    assert (a.grad.dtype, b.grad.dtype) == (np.float32, np.float64)


# -- whose memory ----------------------------------------------------------------------------------------------------

FACTOR = np.array([1.0, 2.0])
SHARERS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "concatenate": lambda a, b: np.concatenate([a, b]),
    "stack": lambda a, b: np.stack([a, b]),
    "views": lambda a, b: a.reshape(1, 2)[0] + b[::-1],
    "broadcast": lambda a, b: a.sum() + b.sum(),
    "broadcast_to": lambda a, b: np.broadcast_to(a, (3, 2)) + b,
    "a saved constant": lambda a, b: (a.sum() + b.sum()) * FACTOR,
    "multiply": lambda a, b: a * FACTOR + b * FACTOR,
    "where": lambda a, b: np.where([True, False], a, b),
    "copies": lambda a, b: np.copy(a) + +b,
}


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", SHARERS)
def test_no_gradient_shares_memory(name: str, create_graph: bool) -> None:
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = SHARERS[name](a, b)
    incoming = np.ones(y.shape)
    y.backward(incoming, create_graph=create_graph)
    assert a.grad is not None
    assert b.grad is not None
    arrays = [a.grad.data, b.grad.data, a.data, b.data, incoming, FACTOR, y.data]
    for i, x in enumerate(arrays[:2]):
        assert x.flags.writeable
        x += 1  # a broadcast view would count elements several times, or refuse
        assert not any(np.shares_memory(x, other) for other in arrays[i + 1 :])


def test_the_gradient_that_the_user_passed_is_not_kept_and_not_changed() -> None:
    x, g = leaf(1.0, 2.0), np.array([3.0, 4.0])
    x.backward(g)
    x.backward(g)
    (x + x).backward(ag.Tensor(g))
    assert g.tolist() == [3.0, 4.0]
    assert grad(x) == [12.0, 16.0]


def test_a_rule_may_hand_out_an_array_that_it_keeps() -> None:
    kept = np.array([1.0, 1.0])

    @ag.primitive
    def total(x: Any) -> Any:
        return x.sum()

    ag.rule(total, x=lambda g: kept)
    x = leaf(1.0, 2.0)
    (total(x) + total(x)).backward()
    total(x).backward()
    assert grad(x) == [3.0, 3.0]
    assert kept.tolist() == [1.0, 1.0]


def test_a_gradient_that_was_set_by_hand_is_not_changed_by_later_passes() -> None:
    a, b = leaf(1.0), leaf(2.0)
    array = np.array([10.0])
    a.grad = ag.Tensor(array)
    a.sum().backward()
    assert grad(a) == [11.0]
    assert array.tolist() == [10.0]
    b.grad = a.grad
    b.sum().backward()
    assert (grad(a), grad(b)) == ([11.0], [12.0])


def test_a_gradient_that_was_set_to_a_read_only_view_is_replaced() -> None:
    a, b = leaf(1.0, 2.0), leaf(1.0, 2.0)
    b.grad = ag.Tensor(np.broadcast_to(3.0, 2))
    (a * 2 + b * 2).sum().backward()
    assert (grad(a), grad(b)) == ([2.0, 2.0], [5.0, 5.0])


# -- arguments -------------------------------------------------------------------------------------------------------


def test_a_second_pass_says_how_to_have_one() -> None:
    x = leaf(1.0)
    y = np.exp(x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match=r"exp.*retain_graph=True"):
        y.backward()
    assert grad(x) == [np.e]


def test_retain_graph_allows_it() -> None:
    x = leaf(2.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert grad(x) == [8.0]
    with pytest.raises(RuntimeError, match="freed"):
        y.backward()


def test_what_saves_nothing_can_be_passed_again() -> None:
    x = leaf(2.0)
    y = (x + 1).sum()
    y.backward()
    y.backward()
    assert grad(x) == [2.0]


def test_create_graph_gives_gradients_of_gradients() -> None:
    x = leaf(2.0)
    y = x * x * x
    for expected in (12.0, 12.0, 6.0):
        y.backward(create_graph=True)
        assert x.grad is not None
        y, x.grad = x.grad, None
        assert y.data.tolist() == [expected]
    assert not y.requires_grad


def test_without_create_graph_gradients_have_no_graph() -> None:
    x = leaf(2.0)
    (x * x).backward()
    assert x.grad is not None
    assert not x.grad.requires_grad


def test_the_incoming_gradient_is_differentiated_too() -> None:
    x, v = leaf(2.0, 3.0), leaf(5.0, 7.0)
    (x * x).backward(v, create_graph=True)
    assert x.grad is not None
    x.grad.sum().backward()
    assert grad(v) == [4.0, 6.0]


ERRORS: dict[str, tuple[Callable[[ag.Tensor], Any], type[Exception], str]] = {
    "no gradient for a vector": (lambda x: (x * 2).backward(), ValueError, r"shape \(2,\).*t\.sum\(\)"),
    "another shape": (lambda x: (x * 2).backward([1.0, 2.0, 3.0]), ValueError, r"\(3,\).*\(2,\)"),
    "a scalar for a vector": (lambda x: (x * 2).backward(1.0), ValueError, r"\(\).*\(2,\)"),
    "no graph": (lambda x: x.detach().sum().backward(), RuntimeError, "requires_grad=True"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    f, error, message = ERRORS[name]
    x = leaf(1.0, 2.0)
    with pytest.raises(error, match=message):
        f(x)
    assert x.grad is None


def test_one_element_of_any_shape_needs_no_gradient() -> None:
    x = ag.Tensor(np.ones((1, 1)), requires_grad=True)
    (x * 3).backward()
    assert grad(x) == [[3.0]]


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_rule_that_fails_leaves_every_gradient_as_it_was(create_graph: bool) -> None:
    @ag.primitive
    def broken(x: Any) -> Any:
        return x * 2

    def fail(g: Any) -> Any:
        raise ZeroDivisionError("broken rule")

    ag.rule(broken, x=fail)
    x, w = leaf(1.0), leaf(1.0)
    w.sum().backward()
    y = broken(x) + w * 3  # the gradient of w is known before the rule fails
    with pytest.raises(ZeroDivisionError, match="broken rule"):
        y.backward(create_graph=create_graph)
    assert x.grad is None
    assert grad(w) == [1.0]
    assert ag.is_grad_enabled()


def test_retain_grad_keeps_that_of_a_computed_tensor() -> None:
    x = leaf(2.0, 3.0)
    y = x * x
    parts = np.split(y, 2)
    for t in (y, parts[1]):
        t.retain_grad()
    (parts[1] * 5 + parts[0]).sum().backward()
    assert (grad(y), grad(parts[1]), parts[0].grad, grad(x)) == ([1.0, 5.0], [5.0], None, [4.0, 30.0])
    assert y.grad is not None
    assert y.grad.data.flags.writeable


def test_a_retained_gradient_has_memory_of_its_own() -> None:
    x, g = leaf(2.0, 3.0), np.array([5.0, 7.0])
    for come_in in (lambda y: y.backward(g), lambda y: y.sum().backward(), lambda y: (y + x).backward(g)):
        y = x * x
        y.retain_grad()
        come_in(y)
        assert y.grad is not None
        assert y.grad.data.flags.writeable
        assert not np.shares_memory(y.grad.data, g)
        y.grad.data[:] = 0
    assert g.tolist() == [5.0, 7.0]


def test_retain_grad_of_an_output_beside_a_hidden_one_that_alone_gets_a_gradient() -> None:
    """The gradient of exp is differentiated through the hidden output; nothing comes to y itself."""

    @ag.primitive
    def exp(x: Any) -> Any:
        return np.exp(x), np.exp(x)

    ag.rule(exp, hidden=("p",), x=lambda g, g_p, p: sum(part * p for part in (g, g_p) if part is not None))
    x = leaf(0.0)
    y = exp(x)
    y.retain_grad()
    y.backward(create_graph=True)
    assert x.grad is not None
    x.grad.sum().backward()
    assert grad(y) == [1.0]
    assert grad(x) == [2.0]


# -- float16 ---------------------------------------------------------------------------------------------------------

HALF = np.float16


def test_many_uses_of_a_float16_add_up_in_float32() -> None:
    """In float16, 2048 + 1 is 2048."""
    x = leaf(1.0, dtype=HALF)
    y = sum((x * 1 for _ in range(3000)), start=x * 0)
    y.retain_grad()
    y.sum().backward()
    assert grad(x) == [3000.0]
    assert x.grad.dtype == y.grad.dtype == HALF


@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_of_float16_are_handed_out_as_float16(create_graph: bool) -> None:
    x, w = leaf(1.0, 2.0, dtype=HALF), leaf(3.0, 4.0, dtype=np.float32)
    h = np.square(x)
    h.retain_grad()
    (h * w).sum().backward(create_graph=create_graph)
    for t, dtype, expected in ((x, HALF, [6, 16]), (h, HALF, [3, 4]), (w, np.float32, [1, 4])):
        assert t.grad is not None
        assert t.grad.dtype == dtype
        assert grad(t) == expected
    x = leaf(1.0, dtype=HALF)
    x.backward()
    assert grad(x) == [1.0]


def test_rules_see_float16_as_float32() -> None:
    seen = []

    @ag.primitive
    def scaled(x: Any, c: Any) -> Any:
        return x * c

    def scaled_gx(g: Any, x: Any, c: Any, y: Any) -> Any:
        seen.extend([g, x, y, c])
        return g * c

    ag.rule(scaled, x=scaled_gx, c=None)
    scaled(leaf(70.0, 80.0, dtype=HALF), 0.1).sum().backward()
    assert {a.dtype for a in seen[:3]} == {np.dtype(np.float32)}
    assert seen[3] == HALF(0.1)  # as the call rounded it


def test_what_is_given_in_float16_and_computed_in_float32_does_not_overflow() -> None:
    x = leaf(40_000.0, dtype=HALF)
    (np.square(x, dtype=np.float32) * 1e-4).backward()
    np.testing.assert_allclose(grad(x), [8.0])


def test_several_outputs_and_checkpoints_of_float16() -> None:
    x = leaf(*np.arange(4.0), dtype=HALF)
    for f in (lambda x: np.split(x * x, 2), ag.checkpoint(lambda x: np.split(x * x, 2))):
        x.grad = None
        a, b = f(x)
        (a * b).sum().backward()
        assert grad(x) == [0, 18, 0, 6]


# -- complex ---------------------------------------------------------------------------------------------------------

Z = 1.0 + 2.0j
COMPLEX: dict[str, tuple[Callable[..., Any], complex]] = {
    "|z|^2": (lambda z: abs(z) * abs(z), 2 * Z),
    "real part": (lambda z: z.real, 1),
    "imaginary part": (lambda z: z.imag, 1j),
    "z, in itself": (lambda z: z * 1, 1),
    "i z, in itself": (lambda z: z * 1j, -1j),
    "z z*": (lambda z: z * z.conj(), 2 * Z),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_gradients_follow_pytorch(name: str) -> None:
    f, expected = COMPLEX[name]
    z = ag.Tensor(np.array(Z), requires_grad=True)
    f(z).backward()
    assert z.grad is not None
    np.testing.assert_allclose(z.grad.data, expected)
    y = f(z).backward
    y()  # accumulates, conjugate and all
    np.testing.assert_allclose(z.grad.data, 2 * expected)


def test_a_complex_incoming_gradient_is_a_conjugate_too() -> None:
    z, v = ag.Tensor(np.array([Z, -Z]), requires_grad=True), np.array([1 + 1j, 2j])
    (z * 1).backward(v)
    np.testing.assert_array_equal(grad(z), v)


def test_a_real_leaf_of_a_complex_function_gets_the_real_part() -> None:
    x = leaf(2.0)
    (x * (3 + 4j)).backward()
    assert grad(x) == [3.0]


def test_gradients_of_another_shape_than_those_kept_change_nothing() -> None:
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (a * b).sum().backward()
    a.data, b.data = np.ones(2), np.ones((3, 2))
    with pytest.raises(RuntimeError, match=r"set its \.grad to None"):
        (a * b).sum().backward()
    assert a.grad.data.tolist() == [3.0, 4.0]
    assert b.grad.data.tolist() == [1.0, 2.0]


def test_recorded_gradients_of_another_shape_are_refused_too() -> None:
    a = leaf(1.0, 2.0)
    (a * a).sum().backward(create_graph=True)
    a.data = np.ones(1)
    with pytest.raises(RuntimeError, match=r"set its \.grad to None"):
        (a * a).sum().backward(create_graph=True)


@pytest.mark.parametrize("columns", [2, 3, 6, 7, 10, 11])
def test_gradients_of_five_rows_warn_of_nothing(columns: int) -> None:
    """Also where an earlier product left signalling NaNs on the stack: see findings/openblas_five_rows.sh."""
    signalling = np.full(200, 0x7FA00000, np.uint32).view(np.float32)[::2]

    @ag.primitive
    def shifted(x: Any, b: Any) -> Any:
        return x + b

    def leave_noise(g: Any) -> Any:
        with np.errstate(all="ignore"):
            _ = np.ones((2, 100), np.float32) @ signalling
        return g

    ag.rule(shifted, x=None, b=leave_noise, broadcasts=True)
    b = ag.Tensor(np.ones(columns, np.float32), requires_grad=True)
    y = shifted(np.ones((columns, 5), np.float32).T, b)
    with np.errstate(all="raise"):
        y.backward(np.ones((columns, 5), np.float32).T)
    assert b.grad is not None
    assert b.grad.data.tolist() == [5] * columns
