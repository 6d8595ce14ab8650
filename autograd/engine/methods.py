"""What a Tensor has of an ndarray: its attributes, conversions and methods.

The methods call NumPy's function of the same name, which records the call (see `Tensor.__array_function__`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import DTypeLike

from autograd._util.locations import library_function
from autograd.engine.graph import Array, Leaf, OutputEdge, Parent

if TYPE_CHECKING:
    from autograd.engine.tensor import Tensor

Axis = int | tuple[int, ...] | None


class ArrayMethods:
    """Everything here reads `self.data` or calls NumPy with `self`; nothing changes it."""

    __slots__ = ()

    data: Array
    node: Parent | None

    if TYPE_CHECKING:  # given by Tensor

        def __getitem__(self, index: Any) -> Tensor: ...

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
    def T(self) -> Tensor:
        return self.transpose()

    @property
    def mT(self) -> Tensor:
        """The transpose of each matrix: (..., n, m) to (..., m, n)."""
        return compute(np.matrix_transpose, self)

    @property
    def real(self) -> Tensor:
        return compute(np.real, self)

    @property
    def imag(self) -> Tensor:
        return compute(np.imag, self)

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
            raise lost(
                self,
                what,
                f"{what} was to be made of a Tensor that requires a gradient, which would be lost in it; "
                f"keep to Tensors (np.stack([t, u]) joins them, t.at[index].set(v) writes into one"
                f"{'' if what == 'an array' else ', np.exp(t) takes them, math.exp(t) does not'}), "
                f"or say that the gradient may go: t.detach(), t.item()",
            )

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        self._refuse("an array")
        return np.array(self.data, dtype=dtype, copy=copy)

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

    def __iter__(self) -> Iterator[Tensor]:
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

    def sum(self, axis: Axis = None, dtype: DTypeLike | None = None, *, keepdims: bool = False, **more: Any) -> Tensor:
        return compute(np.sum, self, axis=axis, dtype=dtype, keepdims=keepdims, **more)

    def mean(self, axis: Axis = None, dtype: DTypeLike | None = None, *, keepdims: bool = False, **more: Any) -> Tensor:
        return compute(np.mean, self, axis=axis, dtype=dtype, keepdims=keepdims, **more)

    def prod(self, axis: Axis = None, dtype: DTypeLike | None = None, *, keepdims: bool = False, **more: Any) -> Tensor:
        return compute(np.prod, self, axis=axis, dtype=dtype, keepdims=keepdims, **more)

    def max(self, axis: Axis = None, *, keepdims: bool = False, **more: Any) -> Tensor:
        return compute(np.max, self, axis=axis, keepdims=keepdims, **more)

    def min(self, axis: Axis = None, *, keepdims: bool = False, **more: Any) -> Tensor:
        return compute(np.min, self, axis=axis, keepdims=keepdims, **more)

    def var(self, axis: Axis = None, *, keepdims: bool = False, **more: Any) -> Tensor:
        return compute(np.var, self, axis=axis, keepdims=keepdims, **more)

    def std(self, axis: Axis = None, *, keepdims: bool = False, **more: Any) -> Tensor:
        return compute(np.std, self, axis=axis, keepdims=keepdims, **more)

    def all(self, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
        return compute(np.all, self, axis=axis, keepdims=keepdims)

    def any(self, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
        return compute(np.any, self, axis=axis, keepdims=keepdims)

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Tensor:
        return compute(np.argmax, self, axis=axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Tensor:
        return compute(np.argmin, self, axis=axis, keepdims=keepdims)

    def argsort(self, axis: int | None = -1) -> Tensor:
        return compute(np.argsort, self, axis=axis)

    def nonzero(self) -> tuple[Tensor, ...]:
        indices: tuple[Tensor, ...] = compute(np.nonzero, self)
        return indices

    def round(self, decimals: int = 0) -> Tensor:
        return compute(np.round, self, decimals=decimals)

    def clip(self, min: Any = None, max: Any = None) -> Tensor:
        return compute(np.clip, self, min, max)

    def conj(self) -> Tensor:
        return compute(np.conjugate, self)

    conjugate = conj

    def copy(self) -> Tensor:
        return compute(np.copy, self)

    def astype(self, dtype: DTypeLike) -> Tensor:
        return compute(np.astype, self, np.dtype(dtype))

    def reshape(self, *shape: Any, order: Literal["C", "F"] = "C") -> Tensor:
        return compute(np.reshape, self, shape[0] if len(shape) == 1 else shape, order=order)

    def ravel(self, order: Literal["C", "F"] = "C") -> Tensor:
        return compute(np.ravel, self, order=order)

    def flatten(self, order: Literal["C", "F"] = "C") -> Tensor:
        """ravel, but always a copy."""
        y = self.ravel(order)
        if y.data.base is not None:
            y.data = y.data.copy()
        return y

    def transpose(self, *axes: Any) -> Tensor:
        return compute(
            np.transpose, self, (axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)
        )

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        return compute(np.swapaxes, self, axis1, axis2)

    def cumsum(self, axis: int | None = None, dtype: DTypeLike | None = None) -> Tensor:
        return compute(np.cumsum, self, axis=axis, dtype=dtype)

    def cumprod(self, axis: int | None = None, dtype: DTypeLike | None = None) -> Tensor:
        return compute(np.cumprod, self, axis=axis, dtype=dtype)

    def dot(self, other: Any) -> Tensor:
        return compute(np.dot, self, other)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        return compute(np.trace, self, offset, axis1, axis2)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        return compute(np.diagonal, self, offset, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Tensor:
        return compute(np.repeat, self, repeats, axis=axis)

    def take(
        self, indices: Any, axis: int | None = None, *, mode: Literal["raise", "wrap", "clip"] = "raise"
    ) -> Tensor:
        return compute(np.take, self, indices, axis=axis, mode=mode)

    def compress(self, condition: Any, axis: int | None = None) -> Tensor:
        return compute(np.compress, condition, self, axis=axis)

    def choose(self, choices: Any) -> Tensor:
        return compute(np.choose, self, choices)

    def searchsorted(self, v: Any, side: Literal["left", "right"] = "left") -> Tensor:
        return compute(np.searchsorted, self, v, side=side)

    def squeeze(self, axis: Axis = None) -> Tensor:
        return compute(np.squeeze, self, axis=axis)


def lost(tensor: Any, what: str, message: str) -> TypeError:
    """The error for what a Tensor is made into, whose gradient would be lost in it; `message` if the user does that."""
    if (function := library_function()) and not function.startswith("np."):
        message = (
            f"{function} was given a Tensor that requires a gradient, and makes {what} of it, in which that would be "
            f"lost; pass t.detach() if it may go, or else use functions of NumPy, or an operation of your own: "
            f"@ag.primitive, ag.rule"
        )
    error = TypeError(message)
    vars(error)["tensor"] = tensor
    return error


def compute(fn: Any, *args: Any, **options: Any) -> Any:
    """Call a NumPy function whose type says that it returns an ndarray: given a Tensor, it returns a Tensor."""
    return fn(*args, **options)
