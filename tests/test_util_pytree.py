"""Containers: what is a leaf, where it stands, and that nothing gets lost on the way apart and together."""

from collections import OrderedDict, defaultdict, namedtuple
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd._util.pytree import tree_leaves, tree_leaves_like, tree_leaves_with_path, tree_map, tree_unflatten

A, B = np.zeros(2), np.ones(3)


class Pair(NamedTuple):
    left: Any
    right: Any


Other = namedtuple("Other", ["left", "right"])  # noqa: PYI024  # the untyped kind

FLAT: dict[str, tuple[Any, list[tuple[str, Any]]]] = {
    "a leaf": (A, [("", A)]),
    "a number": (1.5, [("", 1.5)]),
    "a text": ("mean", [("", "mean")]),
    "a list": ([A, B], [("[0]", A), ("[1]", B)]),
    "a tuple": ((A, B), [("[0]", A), ("[1]", B)]),
    "a dict": ({"w": A, 2: B}, [("['w']", A), ("[2]", B)]),
    "a named tuple": (Pair(A, B), [(".left", A), (".right", B)]),
    "another named tuple": (Other(A, B), [(".left", A), (".right", B)]),
    "an ordered dict": (OrderedDict(b=B, a=A), [("['b']", B), ("['a']", A)]),
    "a defaultdict": (defaultdict(list, a=A), [("['a']", A)]),
    "a mapping that can't be changed": (MappingProxyType({"a": A}), [("['a']", A)]),
    "None": (None, []),
    "Nones": ([None, (None, {}), A], [("[2]", A)]),
    "empty": ([(), {}, []], []),
    "deep": ({"layers": [Pair(A, [B]), ()]}, [("['layers'][0].left", A), ("['layers'][0].right[0]", B)]),
    "an array of objects": (np.array([None, A], object), [("", ...)]),
}


@pytest.mark.parametrize("name", FLAT)
def test_leaves_come_in_order_and_with_the_way_to_them(name: str) -> None:
    tree, expected = FLAT[name]
    found = tree_leaves_with_path(tree)
    assert [path for path, _ in found] == [path for path, _ in expected]
    assert all(x is y or y is ... for (_, x), (_, y) in zip(found, expected, strict=True))


def test_a_path_starts_where_one_says() -> None:
    assert [path for path, _ in tree_leaves_with_path({"a": [1.0]}, "x")] == ["x['a'][0]"]


@pytest.mark.parametrize("name", FLAT)
def test_a_changed_container_is_of_the_same_types(name: str) -> None:
    tree, _ = FLAT[name]
    assert types(tree_map(tree, lambda x: x)) == types(tree)
    assert types(tree_unflatten(tree, [x for _, x in tree_leaves_with_path(tree)])) == types(tree)


def types(tree: Any) -> Any:
    if isinstance(tree, list | tuple):
        return type(tree), [types(item) for item in tree]
    if hasattr(tree, "items"):
        return type(tree), {key: types(item) for key, item in tree.items()}
    return type(tree)


def test_a_changed_container_is_another_object() -> None:
    inner: list[Any] = [1.0]
    tree = {"a": inner}
    changed = tree_map(tree, lambda x: 2 * x)
    assert changed == {"a": [2.0]}
    assert tree == {"a": [1.0]}
    assert changed["a"] is not inner


def test_a_defaultdict_keeps_its_default() -> None:
    changed = tree_map(defaultdict(list, a=1.0), lambda x: 2 * x)
    assert changed["a"] == 2.0
    assert changed["b"] == []


def test_a_tensor_is_a_leaf() -> None:
    t = ag.Tensor(B)
    assert tree_leaves_with_path([t]) == [("[0]", t)]
    assert tree_map([t], np.shape) == [(3,)]


ORDERED: dict[str, tuple[Any, Any, list[Any] | None]] = {
    "the same": ([1, 2], [3, 4], [3, 4]),
    "list and tuple": ([1, 2], (3, 4), [3, 4]),
    "dicts in another order": ({"a": 1, "b": 2}, {"b": 4, "a": 3}, [3, 4]),
    "too few": ([1, 2], [3], None),
    "too many": ([1], [3, 4], None),
    "other keys": ({"a": 1}, {"b": 1}, None),
    "a leaf for a pytree": ([1], 1, None),
    "a pytree for a leaf": (1, [1], None),
    "nothing": ([], None, []),
    "None left out": ([1, None], [3], [3]),
    "deeper": ([1, [2]], [3, 4], None),
    "a tuple for a named tuple": (Pair(1, 2), (3, 4), None),
}


@pytest.mark.parametrize("name", ORDERED)
def test_leaves_in_the_order_of_another_container(name: str) -> None:
    like, tree, expected = ORDERED[name]
    assert tree_leaves_like(like, tree) == expected


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def pytrees(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(
            st.lists(inner, max_size=3),
            st.lists(inner, max_size=3).map(tuple),
            st.builds(Pair, inner, inner),
            st.dictionaries(st.sampled_from(["a", "b", "c", 0, 1]), inner, max_size=3),
        )

    return st.recursive(leaves | st.none(), pytrees, max_leaves=8)


@given(trees(st.integers()))
@settings(max_examples=50, deadline=None)
def test_apart_and_together_again(tree: Any) -> None:
    leaves = tree_leaves(tree)
    assert leaves == [x for _, x in tree_leaves_with_path(tree)]
    assert tree_unflatten(tree, leaves) == tree
    assert types(tree_unflatten(tree, leaves)) == types(tree)
    assert tree_leaves_like(tree, tree) == leaves
    assert tree_leaves(tree_map(tree, lambda x: x + 1)) == [x + 1 for x in leaves]
    paths = [path for path, _ in tree_leaves_with_path(tree)]
    assert len(set(paths)) == len(paths)


@given(trees(st.integers()), trees(st.integers()))
@settings(max_examples=50, deadline=None)
def test_only_the_same_places_are_matched(a: Any, b: Any) -> None:
    same = {path for path, _ in tree_leaves_with_path(a)} == {path for path, _ in tree_leaves_with_path(b)}
    found = tree_leaves_like(a, b)
    assert (found is not None) == same
    if found is not None:
        assert sorted(found) == sorted(x for _, x in tree_leaves_with_path(b))


def nested(levels: int, tree: Any = 1.0, kind: type = list) -> Any:
    for _ in range(levels):
        tree = kind([tree]) if kind is not dict else {"a": tree}
    return tree


@pytest.mark.parametrize("kind", [list, tuple, dict])
def test_a_container_of_too_many_levels(kind: type) -> None:
    assert tree_map(nested(100, kind=kind), lambda x: x) == nested(100, kind=kind)
    assert len(tree_leaves_with_path(nested(100, kind=kind))) == 1
    loop: list[Any] = [1.0]
    loop.append(loop)
    for tree in (nested(500, kind=kind), loop):
        for ask in (
            tree_leaves_with_path,
            lambda tree: tree_map(tree, lambda x: x),
            ag.grad(lambda tree: 0.0),
            ag.checkpoint(id),
        ):
            with pytest.raises(ValueError, match="levels deep in a pytree, or in one that contains itself"):
                ask(tree)
