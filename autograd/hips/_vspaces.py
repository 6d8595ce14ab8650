"""Vector spaces, what HIPS autograd knows of the values that it differentiates: vspace(x).zeros(), .randn(), .size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from autograd._util.pytree import tree_leaves, tree_leaves_like, tree_map, tree_unflatten


class VSpace:
    """Arrays, or nested lists, tuples and dicts of them. A complex number counts for two in `size` and in the basis.

    A space of another type is derived from it, with its own __init__, zeros, _add and so on, and registered.
    """

    mappings: ClassVar[dict[type, Callable[[Any], Any]]] = {}

    def __init__(self, value: Any) -> None:
        self.structure = tree_map(value, lambda _: ...)
        self.leaves = [(np.shape(x), np.result_type(x)) for x in tree_leaves(value)]
        of_array: Any = self.leaves[0] if self.structure is ... else (None, None)
        self.shape, self.dtype = of_array
        self.iscomplex = self.dtype is not None and self.dtype.kind == "c"
        self.size = sum(int(np.prod(shape)) * (2 if dtype.kind == "c" else 1) for shape, dtype in self.leaves)

    @classmethod
    def register(cls, value_type: type, vspace_maker: Callable[[Any], Any] | None = None) -> None:
        VSpace.mappings[value_type] = vspace_maker or cls

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({vars(self)})"

    def __getattr__(self, name: str) -> Any:
        """add, scalar_mul, inner_prod and covector are those with an underscore, which a derived space defines."""
        if name not in ("add", "covector", "inner_prod", "scalar_mul"):
            raise AttributeError(f"{type(self).__name__} has no {name}")
        return getattr(self, f"_{name}")

    def _tree(self, f: Callable[..., Any], *trees: Any) -> Any:
        """A tree of f(x, y, ...), for the leaves of trees of this structure."""
        leaves = (tree_leaves_like(self.structure, tree) or () for tree in trees)
        return tree_unflatten(self.structure, list(map(f, *leaves)))

    def zeros(self) -> Any:
        return tree_unflatten(self.structure, [np.zeros(shape, dtype) for shape, dtype in self.leaves])

    def ones(self) -> Any:
        """The sum of the standard basis: 1 + 1j in each place of a complex array."""
        return self._tree(lambda zero: zero + (1 + 1j if zero.dtype.kind == "c" else 1), self.zeros())

    def randn(self) -> Any:
        """Normal random numbers, of NumPy's global state, as HIPS draws them."""
        draw = np.random.randn

        def like(zero: Any) -> Any:
            x = draw(*zero.shape) + (1j * draw(*zero.shape) if zero.dtype.kind == "c" else 0)
            return np.asarray(x, zero.dtype)

        return self._tree(like, self.zeros())

    def standard_basis(self) -> Iterator[Any]:
        zeros = tree_leaves(self.zeros())
        for k, zero in enumerate(zeros):
            for index in np.ndindex(zero.shape):
                for unit in (1, 1j) if zero.dtype.kind == "c" else (1,):
                    x = np.copy(zero)
                    x[index] = unit
                    yield tree_unflatten(self.structure, [*zeros[:k], x, *zeros[k + 1 :]])

    def _add(self, x: Any, y: Any) -> Any:
        return self._tree(lambda x, y: x + y, x, y)

    def _scalar_mul(self, x: Any, a: Any) -> Any:
        return self._tree(lambda x: x * a, x)

    def _inner_prod(self, x: Any, y: Any) -> Any:
        parts = self._tree(lambda x, y: np.real(np.dot(np.ravel(np.conj(x)), np.ravel(y))), x, y)
        return sum(tree_leaves(parts))

    def _covector(self, x: Any) -> Any:
        return self._tree(np.conj, x)


def vspace(value: Any) -> Any:
    """The space that a value is of: that which is registered for its type, or of arrays.

    Raises TypeError for anything else, single truths and whole numbers among it, which have no derivative.
    """
    value = getattr(value, "data", value) if hasattr(value, "node") else value
    if (make := VSpace.mappings.get(type(value))) is not None:
        return make(value)
    if isinstance(value, list | tuple | dict | np.ndarray | float | complex | np.inexact):
        return VSpace(value)
    raise TypeError(
        f"vspace was given {value!r}, a {type(value).__name__}; it takes floats, or lists and dicts of them"
    )
