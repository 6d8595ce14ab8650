"""What a call saves, which rules run, and how arguments are bound."""

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.rules import OPERATIONS
from autograd.rules.operation import Operation

A, B = np.ones((2, 2)), np.full((2, 2), 2.0)


def leaf(x: Any = A) -> ag.Tensor:
    return ag.Tensor(x, requires_grad=True)


def saved(t: Any) -> list[Any]:
    node = t.node
    assert isinstance(node, ag.Node)
    assert node.saved is not None
    return list(node.saved)


SAVED: dict[str, tuple[Any, list[Any]]] = {
    "add": (lambda a, b: leaf(a) + leaf(b), []),
    "subtract": (lambda a, b: leaf(a) - leaf(b), []),
    "multiply": (lambda a, b: leaf(a) * leaf(b), ["a", "b"]),
    "multiply with a constant": (lambda a, b: leaf(a) * b, ["b"]),
    "a constant by it": (lambda a, b: a * leaf(b), ["a"]),
    "divide by a constant": (lambda a, b: leaf(a) / b, ["b"]),
    "divide a constant": (lambda a, b: a / leaf(b), ["b", "y"]),
    "exp": (lambda a, b: np.exp(leaf(a)), ["y"]),
    "sin": (lambda a, b: np.sin(leaf(a)), ["a"]),
    "matmul": (lambda a, b: leaf(a) @ leaf(b), ["a", "b"]),
    "matmul with a constant": (lambda a, b: leaf(a) @ b, ["b"]),
    "matmul of a constant": (lambda a, b: a @ leaf(b), ["a"]),
    "sum": (lambda a, b: leaf(a).sum(), []),
    "max": (lambda a, b: leaf(a).max(), ["a", "y"]),
    "reshape": (lambda a, b: leaf(a).reshape(4), []),
    "getitem": (lambda a, b: leaf(a)[0], []),
    "concatenate": (lambda a, b: np.concatenate([leaf(a), leaf(b)]), []),
    "where": (lambda a, b: np.where(a > 0, leaf(a), leaf(b)), ["condition"]),
    "maximum": (lambda a, b: np.maximum(leaf(a), leaf(b)), ["a", "b", "y"]),
}


@pytest.mark.parametrize("name", SAVED)
def test_a_node_saves_what_its_rules_name(name: str) -> None:
    f, expected = SAVED[name]
    t = f(A, B)
    kinds = []
    for value in saved(t):
        kind = "a" if value is A else "b" if value is B else "y" if value is t.data else "condition"
        kinds.append(kind)
    assert sorted(kinds) == sorted(expected)


def test_the_rule_of_a_constant_is_not_run() -> None:
    ran = []

    @ag.primitive
    def pair(a: Any, b: Any) -> Any:
        return a + b

    ag.rule(pair, a=lambda g: ran.append("a") or g, b=lambda g: ran.append("b") or g)
    pair(leaf(), B).sum().backward()
    assert ran == ["a"]
    pair(A, leaf()).sum().backward()
    assert ran == ["a", "b"]


def test_an_input_is_refused_by_name() -> None:
    @ag.primitive
    def besseled(order: Any, x: Any) -> Any:
        return x + order

    ag.rule(besseled, order="no closed form", x=lambda g: g)
    assert besseled(2, leaf()).requires_grad
    assert besseled(leaf().detach(), leaf()).requires_grad
    for _ in range(2):
        with pytest.raises(TypeError, match=r"its .order., for which there is none: no closed form; pass t\.detach"):
            besseled(leaf(), 1.0)
    with ag.no_grad():
        assert not besseled(leaf(), leaf()).requires_grad


def test_an_input_without_a_rule_makes_no_node() -> None:
    assert np.where(leaf(), 1.0, B).node is None


@pytest.mark.parametrize("fn", [np.stack, np.concatenate], ids=lambda fn: fn.__name__)
def test_many_arrays_have_one_plan(fn: Any) -> None:
    """However many, and whichever are constant: plans by number took 92 MB for 1 to 1,200 arrays."""
    for constant in (None, 0, 1):
        for n in (1, 2, 3, 5, 6, 50, 200)[constant == 0 :]:
            xs: list[Any] = [np.full(2, float(k)) if k == constant else leaf(np.full(2, float(k))) for k in range(n)]
            y = fn(xs)
            (y * y).sum().backward()
            for k, x in enumerate(xs):
                assert k == constant or x.grad.data.tolist() == [2.0 * k] * 2
    few = 2**1 + 2**2 + 2**3 + 2**4
    assert len(OPERATIONS[fn].plans) <= few + 1


def test_many_arrays_may_be_asked_for_one_by_one() -> None:
    ran: list[Any] = []

    @ag.primitive
    def total(xs: Any) -> Any:
        return sum(xs)

    def rule(g: Any, xs: Any, xs_shape: Any, xs_dtype: Any, y_shape: Any, i: int) -> Any:
        ran.append((i, len(xs), xs_shape, [dtype.kind for dtype in xs_dtype], y_shape))
        return g * len(xs)

    ag.rule(total, xs=rule)
    for n in (3, 9):
        xs: list[Any] = [leaf(np.ones(2)), 5, *(leaf(np.ones(2)) for _ in range(n - 2))]
        total(xs).sum().backward()
        facts = (n, ((2,), (), *[(2,)] * (n - 2)), ["f", "i", *"f" * (n - 2)], (2,))
        assert ran == [(i, *facts) for i in range(n) if i != 1]  # that of the constant is not run
        assert xs[0].grad.data.tolist() == [n, n]
        ran.clear()


# -- binding ---------------------------------------------------------------------------------------------------------

BOUND: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any], tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "positional": (np.sum, (1, 0), {}, ((1,), {"axis": 0})),
    "keyword": (np.sum, (1,), {"axis": 0}, ((1,), {"axis": 0})),
    "array by keyword": (np.sum, (), {"a": 1}, ((1,), {})),
    "defaults are dropped": (np.sum, (1, None, None), {"keepdims": np._NoValue, "out": None}, ((1,), {})),
    "alias": (np.clip, (1,), {"min": 2, "max": 3}, ((1, 2, 3), {})),
    "alias in part": (np.clip, (1,), {"max": 3}, ((1, None, 3), {})),
    "dtype is harmless": (np.add, (1, 2), {"dtype": "f4"}, ((1, 2), {"dtype": "f4"})),
    "variadic": (np.concatenate, ([1, 2], 1), {}, (([1, 2],), {"axis": 1})),
    "ufunc": (np.multiply, (1, 2), {}, ((1, 2), {})),
}


@pytest.mark.parametrize("name", BOUND)
def test_bind(name: str) -> None:
    fn, args, kwargs, expected = BOUND[name]
    assert OPERATIONS[fn].binder.bind(args, kwargs) == expected


REFUSED: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any], str]] = {
    "unknown option": (np.nan_to_num, (1,), {"copy": False}, "nan_to_num was given copy=False"),
    "unknown value": (np.ravel, (1,), {"order": "K"}, "ravel was given order='K'.*give one of 'C', 'F'"),
    "where": (np.add, (1, 2), {"where": False}, "add was given where=False"),
    "out": (np.sum, (1,), {"out": A}, "sum was given out="),
    "out by position": (np.sum, (1, 0, None, A), {}, "sum was given out="),
    "twice": (np.sum, (1, 0), {"axis": 0}, "'axis' twice"),
    "twice by alias": (np.clip, (1, 2), {"min": 2}, "twice"),
    "too many": (np.transpose, (1, 2, 3), {}, "transpose was given 3 arguments; it takes at most 2"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bind_refuses(name: str) -> None:
    fn, args, kwargs, message = REFUSED[name]
    with pytest.raises(TypeError, match=message):
        OPERATIONS[fn].binder.bind(args, kwargs)


def test_the_same_arguments_through_every_door() -> None:
    expected = np.clip(A * 3, 0, 2)
    x = ag.Tensor(A * 3, requires_grad=True)
    for y in (np.clip(x, 0, 2), np.clip(x, a_min=0, a_max=2), np.clip(x, min=0, max=2), x.clip(0, 2), x.clip(max=2)):
        np.testing.assert_array_equal(y.data, expected)
        assert y.requires_grad


def test_inputs_that_bear_the_name_of_a_parameter_are_that_parameter() -> None:
    def weigh(x: Any, axis: int = 0, weights: Any = None) -> Any:
        return np.sum(x * weights, axis=axis)

    operation = Operation(weigh, x=lambda g, weights: g * weights, weights=lambda g, x: g * x, accepts=["axis"])
    x, w = np.arange(3.0), np.array([1.0, 2.0, 4.0])
    for args, kwargs in (((x, 0, w), {}), ((x,), {"weights": w}), ((), {"weights": w, "x": x, "axis": 0})):
        arrays, options = operation.binder.bind(args, kwargs)
        assert arrays[0] is x
        assert arrays[1] is w
        assert operation.compute(*arrays, **options) == 10.0


def test_inputs_may_be_named_in_another_order_than_the_function_takes_them() -> None:
    @ag.primitive
    def ratio(over: Any, under: Any) -> Any:
        return over / under

    ag.rule(ratio, under=lambda g, over, under: -g * over / (under * under), over=lambda g, under: g / under)
    a, b = ag.Tensor(6.0, requires_grad=True), ag.Tensor(2.0, requires_grad=True)
    y = ratio(a, b)
    y.backward()
    assert (y.item(), a.grad.item(), b.grad.item()) == (3.0, 0.5, -1.5)


def test_a_function_of_several_outputs_may_return_one() -> None:
    @ag.primitive
    def parts(x: Any, whole: bool = False) -> Any:
        return 2 * x if whole else (2 * x, 3 * x)

    def parts_gx(g: Any) -> Any:
        return sum(
            k * part for k, part in zip((2, 3), g if isinstance(g, tuple) else (g,), strict=False) if part is not None
        )

    ag.rule(parts, x=parts_gx, several=True, accepts=["whole"])
    for f, expected in (
        (lambda x: parts(x, whole=True), 2.0),
        (lambda x: parts(x)[1], 3.0),
        (lambda x: sum(parts(x)), 5.0),
    ):
        assert ag.grad(f)(1.0) == expected
        assert ag.grad(lambda x, f=f: f(x) * x)(1.0) == 2 * expected
        assert ag.grad(ag.grad(lambda x, f=f: f(x) * x))(1.0) == 2 * expected


def test_several_outputs_keep_their_container() -> None:
    x = ag.Tensor(np.eye(2), requires_grad=True)
    assert type(np.split(x, 2)) is list
    assert type(np.unstack(x)) is tuple
    assert np.linalg.slogdet(x).logabsdet.requires_grad


def test_whole_numbers_among_several_outputs_have_no_graph() -> None:
    mantissa, exponent = np.frexp(ag.Tensor([3.0], requires_grad=True))
    assert mantissa.requires_grad
    assert not exponent.requires_grad


def test_of_real_numbers_a_rule_for_complex_ones_has_no_graph() -> None:
    assert np.sign(ag.Tensor([3.0], requires_grad=True)).node is None
    assert np.sign(ag.Tensor([3j], requires_grad=True)).node is not None


def test_representation() -> None:
    assert repr(OPERATIONS[np.multiply]) == "<operation multiply(a, b)>"
    assert Operation(np.linalg.inv, x=None).name == "linalg.inv"
