"""What a call saves, which rules run, and how arguments are bound."""

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.operation import Operation
from autograd.rules import OPERATIONS

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
    "maximum": (lambda a, b: np.maximum(leaf(a), leaf(b)), ["a", "b"]),
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


def test_an_input_without_a_rule_makes_no_node() -> None:
    assert np.where(leaf(), 1.0, B).node is None


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
    assert OPERATIONS[fn].bind(args, kwargs) == expected


REFUSED: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any], str]] = {
    "unknown option": (np.sum, (1,), {"initial": 3}, "sum was given initial=3"),
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
        OPERATIONS[fn].bind(args, kwargs)


def test_the_same_arguments_through_every_door() -> None:
    expected = np.clip(A * 3, 0, 2)
    x = ag.Tensor(A * 3, requires_grad=True)
    for y in (np.clip(x, 0, 2), np.clip(x, a_min=0, a_max=2), np.clip(x, min=0, max=2), x.clip(0, 2), x.clip(max=2)):
        np.testing.assert_array_equal(y.data, expected)
        assert y.requires_grad


def test_representation() -> None:
    assert repr(OPERATIONS[np.multiply]) == "<operation multiply(a, b)>"
    assert Operation(np.linalg.inv, {"x": None}).name == "linalg.inv"
