"""What a Tensor has of an ndarray: its attributes, conversions and methods.

The methods call NumPy's function of the same name, which records the call (see `Tensor.__array_function__`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import DTypeLike

from autograd._util.functions import name_of
from autograd._util.locations import library_function
from autograd._util.missing import let_miss
from autograd.engine import errors, torch_names
from autograd.engine.errors import lost_in_conversion
from autograd.engine.foreign import HOLDERS
from autograd.engine.graph import Array, Leaf, OutputEdge, Parent
from autograd.rules.binding import pytorch_refused
from autograd.rules.duck_arrays import asks_for_namespace
from autograd.rules.sparse import NO_ARRAY, is_factor_of_sparse

Axis = int | tuple[int, ...] | None


class ArrayMethods:
    """Everything here reads `self.data` or calls NumPy with `self`; nothing changes it."""

    __slots__ = ()

    data: Array
    node: Parent | None

    if TYPE_CHECKING:  # given by Tensor

        def __getitem__(self, index: Any) -> Self: ...
        def __setstate__(self, state: Any) -> None: ...

    # Attributes

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def ndim(self) -> int:
        return self.data.ndim

    @property
    def size(self) -> int:
        return self.data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.data.dtype

    @property
    def T(self) -> Self:
        return self.transpose()

    @property
    def mT(self) -> Self:
        """The transpose of each matrix: (..., n, m) to (..., m, n)."""
        return compute(np.matrix_transpose, self)

    @property
    def real(self) -> Self:
        return compute(np.real, self)

    @property
    def imag(self) -> Self:
        return compute(np.imag, self)

    def __dir__(self) -> Iterable[str]:
        return set(super().__dir__()) - torch_names.OF_METHODS

    # Leaving the graph

    def numpy(self) -> Array:
        """The array itself, not a copy. What is computed from it is not recorded."""
        return self.data

    def item(self) -> Any:
        """The one element, as a Python number."""
        return self.data.item()

    def tolist(self) -> Any:
        """The elements, as nested lists of Python numbers."""
        return self.data.tolist()

    def _refuse(self, what: str) -> None:
        if self.node is not None:
            raise lost_in_conversion(self, what)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        caller = sys._getframe(1)
        if is_factor_of_sparse(caller):
            return NO_ARRAY
        if asks_for_namespace(caller):
            return np.empty(0, self.data.dtype)
        self._refuse("an array")
        return np.array(self.data, dtype=dtype, copy=copy)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A leaf of its own; where a library copies what holds Tensors, as in xarray's sortby, a copy in the graph."""
        if library_function().partition(".")[0] in HOLDERS:
            return self.copy()
        twin = memo[id(self)] = object.__new__(type(self))
        twin.__setstate__(deepcopy(self.__getstate__(), memo))
        return twin

    def __float__(self) -> float:
        self._refuse("a float")
        return float(self.data)

    def __int__(self) -> int:
        self._refuse("an int")
        return int(self.data)

    def __complex__(self) -> complex:
        self._refuse("a complex")
        return complex(self.data)

    def __index__(self) -> int:
        self._refuse("an index")
        return self.data.__index__()

    def __bool__(self) -> bool:
        return bool(self.data)

    # Containers and text

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Self]:
        """All at once: the gradient of `self[i]` is as large as `self`, and n of them would take n times as long."""
        if not self.ndim:
            raise TypeError("a Tensor without axes was iterated over; take its number, t.item(), or t.reshape(-1)")
        return iter(compute(np.unstack, self))

    def __contains__(self, value: Any) -> bool:
        return bool((self.data == getattr(value, "data", value)).any())

    def __repr__(self) -> str:
        head, tail = "Tensor(", f", {self._origin()})" if self.node else ")"
        text = np.array2string(self.data, separator=", ", prefix=head)
        if self.data.dtype not in (np.float64, np.int64, np.bool_, np.complex128) or not self.data.size:
            tail = f", dtype={self.data.dtype}{tail}"
        return head + text + tail

    def _origin(self) -> str:
        if isinstance(self.node, Leaf):
            return "requires_grad=True"
        node = self.node.parents[0] if isinstance(self.node, OutputEdge) else self.node
        return f"fn={node.operation.name}" if node else ""

    def __format__(self, spec: str) -> str:
        return format(self.data[()], spec) if spec else str(self)

    # Methods of ndarray

    def sum(self, axis: Axis = None, dtype: DTypeLike | None = None, *, keepdims: bool = False, **more: Any) -> Self:
        return compute(np.sum, self, axis=axis, dtype=dtype, keepdims=keepdims, **more)

    def mean(self, axis: Axis = None, dtype: DTypeLike | None = None, *, keepdims: bool = False, **more: Any) -> Self:
        return compute(np.mean, self, axis=axis, dtype=dtype, keepdims=keepdims, **more)

    def prod(self, axis: Axis = None, dtype: DTypeLike | None = None, *, keepdims: bool = False, **more: Any) -> Self:
        return compute(np.prod, self, axis=axis, dtype=dtype, keepdims=keepdims, **more)

    def max(self, axis: Axis = None, *, keepdims: bool = False, **more: Any) -> Self:
        return compute(np.max, self, axis=axis, keepdims=keepdims, **more)

    def min(self, axis: Axis = None, *, keepdims: bool = False, **more: Any) -> Self:
        return compute(np.min, self, axis=axis, keepdims=keepdims, **more)

    def var(self, axis: Axis = None, *, keepdims: bool = False, **more: Any) -> Self:
        return compute(np.var, self, axis=axis, keepdims=keepdims, **more)

    def std(self, axis: Axis = None, *, keepdims: bool = False, **more: Any) -> Self:
        return compute(np.std, self, axis=axis, keepdims=keepdims, **more)

    def all(self, axis: Axis = None, *, keepdims: bool = False, **more: Any) -> Self:
        return compute(np.all, self, axis=axis, keepdims=keepdims, **more)

    def any(self, axis: Axis = None, *, keepdims: bool = False, **more: Any) -> Self:
        return compute(np.any, self, axis=axis, keepdims=keepdims, **more)

    def argmax(self, axis: int | None = None, *, keepdims: bool = False, **more: Any) -> Self:
        return compute(np.argmax, self, axis=axis, keepdims=keepdims, **more)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False, **more: Any) -> Self:
        return compute(np.argmin, self, axis=axis, keepdims=keepdims, **more)

    def argsort(self, axis: int | None = -1, **more: Any) -> Self:
        return compute(np.argsort, self, axis=axis, **more)

    def nonzero(self) -> tuple[Self, ...]:
        indices: tuple[Self, ...] = compute(np.nonzero, self)
        return indices

    def round(self, decimals: int = 0) -> Self:
        return compute(np.round, self, decimals=decimals)

    def clip(self, min: Any = None, max: Any = None) -> Self:
        return compute(np.clip, self, min, max)

    def conj(self) -> Self:
        return compute(np.conjugate, self)

    conjugate = conj

    def copy(self) -> Self:
        return compute(np.copy, self)

    def astype(self, dtype: DTypeLike, **more: Any) -> Self:
        return compute(np.astype, self, np.dtype(dtype), **more)

    def reshape(self, *shape: Any, order: Literal["C", "F"] = "C") -> Self:
        return compute(np.reshape, self, shape[0] if len(shape) == 1 else shape, order=order)

    def ravel(self, order: Literal["C", "F"] = "C") -> Self:
        return compute(np.ravel, self, order=order)

    def flatten(self, order: Literal["C", "F"] = "C") -> Self:
        """ravel, but always a copy."""
        if not isinstance(order, str):
            raise errors.of_flatten(order)
        y: Any = self.ravel(order)
        if y.data.base is not None:
            y.data = y.data.copy()
        return y

    def transpose(self, *axes: Any) -> Self:
        if len(axes) == 2 != self.data.ndim:
            raise errors.of_transpose(axes, self.data.ndim)
        return compute(
            np.transpose, self, (axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)
        )

    def swapaxes(self, axis1: int, axis2: int) -> Self:
        return compute(np.swapaxes, self, axis1, axis2)

    def cumsum(self, axis: int | None = None, dtype: DTypeLike | None = None, **more: Any) -> Self:
        return compute(np.cumsum, self, axis=axis, dtype=dtype, **more)

    def cumprod(self, axis: int | None = None, dtype: DTypeLike | None = None, **more: Any) -> Self:
        return compute(np.cumprod, self, axis=axis, dtype=dtype, **more)

    def dot(self, other: Any) -> Self:
        return compute(np.dot, self, other)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        return compute(np.trace, self, offset, axis1, axis2)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        return compute(np.diagonal, self, offset, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None, **more: Any) -> Self:
        return compute(np.repeat, self, repeats, axis=axis, **more)

    def take(
        self, indices: Any, axis: int | None = None, *, mode: Literal["raise", "wrap", "clip"] = "raise", **more: Any
    ) -> Self:
        return compute(np.take, self, indices, axis=axis, mode=mode, **more)

    def compress(self, condition: Any, axis: int | None = None, **more: Any) -> Self:
        return compute(np.compress, condition, self, axis=axis, **more)

    def choose(self, choices: Any) -> Self:
        return compute(np.choose, self, choices)

    def searchsorted(self, v: Any, side: Literal["left", "right"] = "left") -> Self:
        return compute(np.searchsorted, self, v, side=side)

    def squeeze(self, axis: Axis = None, **more: Any) -> Self:
        return compute(np.squeeze, self, axis=axis, **more)


let_miss(ArrayMethods, torch_names.OF_METHODS, lambda owner, name: torch_names.of_method(name))
let_miss(ArrayMethods, ["strides"], lambda owner, name: errors.of_strides())


def compute(fn: Any, *args: Any, **options: Any) -> Any:
    """Call a NumPy function whose type says that it returns an ndarray: given a Tensor, it returns a Tensor."""
    try:
        return fn(*args, **options)
    except TypeError as error:
        if (told := pytorch_refused(name_of(fn), options)) is None:
            raise
        raise told from error
