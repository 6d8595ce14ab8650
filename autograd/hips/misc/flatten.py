"""autograd.misc.flatten: nested lists, tuples and dicts of arrays as one vector, and back."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd._util.pytree import tree_leaves_with_path, tree_unflatten

Function = Callable[..., Any]


def flatten(value: Any) -> tuple[Any, Function]:
    """(the vector of all elements, the function from such a vector to what `value` is), dicts in the order of keys."""
    places = {path: k for k, (path, _) in enumerate(tree_leaves_with_path(value))}
    leaves = tree_leaves_with_path(_sorted(value))
    ends = np.cumsum([np.size(leaf) for _, leaf in leaves], dtype=int)

    def unflatten(vector: Any) -> Any:
        parts: dict[int, Any] = {}
        for (path, leaf), end in zip(leaves, ends, strict=True):
            part = vector[end - np.size(leaf) : end].reshape(np.shape(leaf))
            parts[places[path]] = part if np.ndim(leaf) or hasattr(part, "node") else part[()]
        return tree_unflatten(value, [parts[k] for k in range(len(parts))])

    return (np.concatenate([np.ravel(leaf) for _, leaf in leaves]) if leaves else np.array([])), unflatten


def _sorted(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _sorted(tree[key]) for key in sorted(tree)}
    return list(map(_sorted, tree)) if type(tree) in (list, tuple) else tree


def flatten_func(func: Function, example: Any) -> tuple[Function, Function, Any]:
    """A function of trees as one of vectors; with it `unflatten`, and the vector of the example."""
    flat, unflatten = flatten(example)
    return lambda x, *args: flatten(func(unflatten(x), *args))[0], unflatten, flat
