"""Pytrees: nested lists, tuples, named tuples and dicts of arrays, which functions may take and return.

    tree_leaves_with_path({"w": w, "layers": [a, b]})  gives  [("['w']", w), ("['layers'][0]", a), ("['layers'][1]", b)]

None is a pytree with nothing in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

MOST_LEVELS = 200  # levels. Python calls itself 1,000 times at most, and a level takes two of these


def tree_leaves_with_path(tree: Any, path: str = "") -> list[tuple[str, Any]]:
    """The leaves of a pytree, in order, each with the text that leads to it."""
    return [(path, tree)] if hasattr(tree, "dtype") else list(_walk(tree, path, 0))


def tree_leaves(tree: Any, depth: int = 0) -> list[Any]:
    """The leaves of a pytree, in order."""
    if depth > MOST_LEVELS:
        raise too_deep(tree)
    if hasattr(tree, "dtype"):
        return [tree]
    if isinstance(tree, list | tuple):
        return [leaf for item in tree for leaf in tree_leaves(item, depth + 1)]
    if isinstance(tree, Mapping):
        return [leaf for item in tree.values() for leaf in tree_leaves(item, depth + 1)]
    return [] if tree is None else [tree]


def _walk(tree: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > MOST_LEVELS:
        raise too_deep(tree)
    if hasattr(tree, "dtype"):  # an array: to ask for Mapping takes longer than all the rest
        yield path, tree
    elif isinstance(tree, list | tuple):
        names = getattr(tree, "_fields", None)
        for k, item in enumerate(tree):
            yield from _walk(item, f"{path}.{names[k]}" if names else f"{path}[{k}]", depth + 1)
    elif isinstance(tree, Mapping):
        for key, item in tree.items():
            yield from _walk(item, f"{path}[{key!r}]", depth + 1)
    elif tree is not None:
        yield path, tree


def too_deep(tree: Any) -> ValueError:
    return ValueError(
        f"a {type(tree).__name__} was found {MOST_LEVELS} levels deep in a pytree, or in one that contains itself; "
        f"expected are arrays in nested lists, tuples and dicts of fewer levels: put them into one list"
    )


def tree_map(tree: Any, fn: Callable[[Any], Any], depth: int = 0) -> Any:
    """The same pytree with fn(leaf) in place of each leaf."""
    if depth > MOST_LEVELS:
        raise too_deep(tree)
    if hasattr(tree, "dtype"):
        return fn(tree)
    if isinstance(tree, list | tuple):
        return alike(tree, [tree_map(item, fn, depth + 1) for item in tree])
    if isinstance(tree, Mapping):
        changed = {key: tree_map(item, fn, depth + 1) for key, item in tree.items()}
        if isinstance(tree, defaultdict):
            return defaultdict(tree.default_factory, changed)
        kind: Any = type(tree)  # an OrderedDict, say
        return kind(changed)
    return None if tree is None else fn(tree)


def tree_unflatten(tree: Any, leaves: list[Any]) -> Any:
    """The same pytree with `leaves`, in the order of `tree_leaves_with_path`."""
    rest = iter(leaves)
    return tree_map(tree, lambda _: next(rest))


def tree_leaves_like(like: Any, tree: Any) -> list[Any] | None:
    """The leaves of `tree` in the order of those of `like`, which for dicts may be another; None if places differ."""
    leaves, paths = dict(tree_leaves_with_path(tree)), [path for path, _ in tree_leaves_with_path(like)]
    return [leaves[path] for path in paths] if leaves.keys() == set(paths) else None


def alike(y: Any, parts: Iterable[Any]) -> Any:
    """A list, a tuple or a named tuple, as y is, of other parts."""
    return type(y)(*parts) if hasattr(y, "_fields") else type(y)(parts)
