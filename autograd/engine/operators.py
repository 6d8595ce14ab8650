"""The operators of a Tensor, and `t.at[index]`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

import numpy as np

from autograd.engine.constants import CONSTANTS
from autograd.engine.foreign import check, is_foreign, of_foreign
from autograd.engine.graph import NO_OPTIONS, Array
from autograd.engine.methods import compute
from autograd.engine.modes import is_grad_enabled
from autograd.rules import OPERATIONS
from autograd.rules.indexing import add_at, max_at, min_at, multiply_at, set_at
from autograd.rules.operation import Operation
from autograd.rules.sparse import is_sparse, matmul_with_sparse

T = TypeVar("T")

# Looked up once: operators are what small models spend their time in.
ADD, SUBTRACT, MULTIPLY, DIVIDE, MATMUL, POWER, SQUARE, NEGATIVE, POSITIVE, ABSOLUTE = (
    OPERATIONS[fn]
    for fn in (
        np.add, np.subtract, np.multiply, np.divide, np.matmul, np.power, np.square, np.negative, np.positive,
        np.absolute,
    )
)  # fmt: skip


class Operators:
    """Arithmetic is recorded; comparisons and whole division, which have no gradient, give Tensors without a graph."""

    __slots__ = ()

    # Given by Tensor: call an operation and record it; update the array of a Tensor.
    _unary: Callable[..., Any]
    _binary: Callable[..., Any]
    _update: Callable[..., Any]
    data: Array

    def __init_subclass__(cls) -> None:
        if Operators not in cls.__bases__:  # a class that has Tensor as its base
            raise TypeError(
                f"{cls.__name__} was to be a subclass of Tensor, which no operation takes; let it hold a Tensor instead"
            )

    @property
    def at(self) -> At[Self]:
        """`t.at[index].set(v)`, and add, multiply, max, min: a new Tensor in which that was done."""
        return At(self)

    def __neg__(self) -> Self:
        return self._unary(NEGATIVE, self)

    def __pos__(self) -> Self:
        return self._unary(POSITIVE, self)

    def __abs__(self) -> Self:
        return self._unary(ABSOLUTE, self)

    def __add__(self, other: Any) -> Self:
        return self._binary(ADD, self, other)

    def __radd__(self, other: Any) -> Self:
        return self._binary(ADD, other, self)

    def __sub__(self, other: Any) -> Self:
        return self._binary(SUBTRACT, self, other)

    def __rsub__(self, other: Any) -> Self:
        return self._binary(SUBTRACT, other, self)

    def __mul__(self, other: Any) -> Self:
        return self._binary(MULTIPLY, self, other)

    def __rmul__(self, other: Any) -> Self:
        return self._binary(MULTIPLY, other, self)

    def __truediv__(self, other: Any) -> Self:
        return self._binary(DIVIDE, self, other)

    def __rtruediv__(self, other: Any) -> Self:
        return self._binary(DIVIDE, other, self)

    def __matmul__(self, other: Any) -> Self:
        return self._binary(MATMUL, self, other)

    def __rmatmul__(self, other: Any) -> Self:
        return self._binary(MATMUL, other, self)

    def __pow__(self, other: Any) -> Self:
        """As in NumPy, `t ** 2` is np.square(t)."""
        if type(other) in (int, float) and other == 2 and (type(other) is int or self.data.dtype.kind in "fc"):
            return self._unary(SQUARE, self)
        return self._binary(POWER, self, other)

    def __rpow__(self, other: Any) -> Self:
        return self._binary(POWER, other, self)

    # Left to NumPy's protocols: what has no gradient, or no rule.

    def __eq__(self, other: object) -> Self:  # type: ignore[override]  # elementwise, as ndarray's
        return computed(np.equal, self, other)

    def __ne__(self, other: object) -> Self:  # type: ignore[override]  # elementwise, as ndarray's
        return computed(np.not_equal, self, other)

    def __lt__(self, other: Any) -> Self:
        return computed(np.less, self, other)

    def __le__(self, other: Any) -> Self:
        return computed(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Self:
        return computed(np.greater, self, other)

    def __ge__(self, other: Any) -> Self:
        return computed(np.greater_equal, self, other)

    def __floordiv__(self, other: Any) -> Self:
        return computed(np.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Self:
        return compute(np.floor_divide, other, self)

    def __invert__(self) -> Self:
        return compute(np.invert, self)

    def __and__(self, other: Any) -> Self:
        return computed(np.bitwise_and, self, other)

    def __or__(self, other: Any) -> Self:
        return computed(np.bitwise_or, self, other)

    def __xor__(self, other: Any) -> Self:
        return computed(np.bitwise_xor, self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __mod__(self, other: Any) -> Self:
        return computed(np.remainder, self, other)

    def __rmod__(self, other: Any) -> Self:
        return compute(np.remainder, other, self)

    def __divmod__(self, other: Any) -> Any:
        return computed(np.divmod, self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return compute(np.divmod, other, self)

    # In place: a new Tensor, except inside no_grad(), where these update the array itself.

    def __iadd__(self, other: Any) -> Self:
        return self + other if is_grad_enabled() else self._update(np.add, self, other)

    def __isub__(self, other: Any) -> Self:
        return self - other if is_grad_enabled() else self._update(np.subtract, self, other)

    def __imul__(self, other: Any) -> Self:
        return self * other if is_grad_enabled() else self._update(np.multiply, self, other)

    def __itruediv__(self, other: Any) -> Self:
        return self / other if is_grad_enabled() else self._update(np.divide, self, other)

    def __ifloordiv__(self, other: Any) -> Self:
        return self // other if is_grad_enabled() else self._update(np.floor_divide, self, other)

    def __imod__(self, other: Any) -> Self:
        return self % other if is_grad_enabled() else self._update(np.remainder, self, other)

    def __ipow__(self, other: Any) -> Self:
        return self**other if is_grad_enabled() else self._update(np.power, self, other)


def with_foreign(operation: Operation, a: Any, b: Any) -> Any:
    """What an operator gives if a or b is no array: NotImplemented, so that Python asks b; a has been asked before.

    The products of a sparse matrix have a rule.
    """
    if operation is MATMUL and (is_sparse(a) or is_sparse(b)):
        return matmul_with_sparse(a, b)
    if is_foreign(type(a)):
        raise of_foreign(operation.name, a)
    return NotImplemented


def computed(fn: Callable[..., Any], t: Any, other: Any) -> Any:
    """fn(t, other), or NotImplemented: see `with_foreign`.

    Not so for sparse matrices, whose == leaves it to a Tensor, and then would be False.
    """
    if type(other) not in CONSTANTS and is_foreign(type(other)):
        check(other)
        if is_sparse(other):
            raise of_foreign(fn.__name__, other)
        return NotImplemented
    return t._dispatch(fn, (t, other), NO_OPTIONS)  # as NumPy would after looking for who is to be asked


class At(Generic[T]):
    """A place in a Tensor; see `Tensor.at`."""

    __slots__ = ("index", "tensor")

    def __init__(self, tensor: T, index: Any = ...) -> None:
        self.tensor = tensor
        self.index = index

    def __getitem__(self, index: Any) -> At[T]:
        return At(self.tensor, index)

    def set(self, values: Any) -> T:
        """A copy in which `t[index] = values`; where the index names an element twice, the last value stays."""
        return compute(set_at, self.tensor, values, self.index)

    def add(self, values: Any) -> T:
        """A copy in which `values` were added at index; twice where the index names an element twice."""
        return compute(add_at, self.tensor, values, self.index)

    def multiply(self, values: Any) -> T:
        """A copy in which `t[index]` was multiplied by `values`; twice where the index names an element twice."""
        return compute(multiply_at, self.tensor, values, self.index)

    def max(self, values: Any) -> T:
        """A copy in which `t[index]` is the larger of itself and `values`; of all that name an element, the largest."""
        return compute(max_at, self.tensor, values, self.index)

    def min(self, values: Any) -> T:
        """A copy in which `t[index]` is the smaller of itself and `values`; of all that name an element, the least."""
        return compute(min_at, self.tensor, values, self.index)
