"""What stands for an array, or for a number, while a function is traced.

A traced array speaks NumPy's protocols (NEP 13, NEP 18), as a Tensor does, one floor below: while a function is traced,
Tensors hold traced arrays in place of arrays. So whatever computes on arrays is noted without being changed:
primitives, rules, the sums of a backward pass, the updates of an optimiser. A traced number does the same for what a
program reads anew in each call: a learning rate, a count of steps.

Both hold a value, too, and compute with it. What would make a constant of it (an `if`, float(x), np.asarray(x)) is
refused, because the program would repeat it for ever.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.compiler.program import Value, replaced

if TYPE_CHECKING:
    from autograd.compiler.tracing import Tracer


class Traced:
    """Stands for an array or, as `Number`, for a Python number."""

    __slots__ = ("__weakref__", "_tracer", "_value")

    def __init__(self, tracer: Tracer, value: Value) -> None:
        self._tracer = tracer
        self._value = value

    def __opaque__(self, fn: Callable[[Any], Any]) -> Any:
        """See autograd.opaque."""
        return self._tracer.call(fn, (self,), {})

    def _refuse(self, what: str) -> Any:
        raise self._tracer.refusal(f"{what} was to be made of", self)

    def __float__(self) -> float:
        return self._refuse("a float")

    def __int__(self) -> int:
        return self._refuse("an int")

    def __index__(self) -> int:
        return self._refuse("an index")

    def __complex__(self) -> complex:
        return self._refuse("a complex")

    def __bool__(self) -> bool:
        return self._refuse("a truth (if, while, and, or, assert)")

    def __repr__(self) -> str:
        return f"<traced {self._value.array!r}>"

    __hash__ = object.__hash__


class TracedArray(Traced):
    """Stands for an array."""

    __slots__ = ()

    # -- NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, out: Any = None, **options: Any) -> Any:
        if has_tensor((args, out, options)):
            return NotImplemented
        fn = ufunc if method == "__call__" else getattr(ufunc, method)
        if method == "at":
            return self._tracer.write(fn, args, options, args[0])
        if out is None:
            return self._tracer.call(fn, args, options)
        (target,) = out if len(out) == 1 else (None,)
        if target is None:
            raise self._tracer.refusal("several outputs were to be written into", self)
        return self._tracer.write(fn, args, options, target, by_out=True)

    def __array_function__(self, fn: Any, types: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if has_tensor((args, kwargs)):
            return NotImplemented
        if hasattr(fn, "_primitive"):
            return self._tracer.primitive(fn, args, kwargs)
        if fn in STATIC:
            return fn(*concrete(args), **concrete(kwargs))
        if fn in WRITERS:
            target = args[0] if args else next(iter(kwargs.values()))
            return self._tracer.write(fn, args, kwargs, target)
        if (out := kwargs.get("out")) is not None:
            options = {name: value for name, value in kwargs.items() if name != "out"}
            return self._tracer.write(fn, args, options, out[0] if isinstance(out, tuple) else out, by_out=True)
        return self._tracer.call(fn, args, kwargs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self._refuse("a plain array")

    # -- what is known without the values

    shape = property(lambda self: self._value.array.shape)
    ndim = property(lambda self: self._value.array.ndim)
    size = property(lambda self: self._value.array.size)
    dtype = property(lambda self: self._value.array.dtype)
    nbytes = property(lambda self: self._value.array.nbytes)
    itemsize = property(lambda self: self._value.array.itemsize)
    strides = property(lambda self: self._value.array.strides)
    flags = property(lambda self: self._value.array.flags)
    base = None  # an update is noted of it, not of what it may be a view of

    def __len__(self) -> int:
        return len(self._value.array)

    # -- elements, views and methods

    def __getitem__(self, index: Any) -> Any:
        return self._tracer.call(operator.getitem, (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        self._tracer.write(operator.setitem, (self, index, value), {}, self)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    T = property(lambda self: self._tracer.call(".T", (self,), {}))
    mT = property(lambda self: self._tracer.call(".mT", (self,), {}))
    real = property(lambda self: self._tracer.call(".real", (self,), {}))
    imag = property(lambda self: self._tracer.call(".imag", (self,), {}))

    def __getattr__(self, name: str) -> Any:
        if name in REDUCTIONS:
            return lambda axis=None, **options: REDUCTIONS[name].reduce(self, axis=axis, **options)
        if name in METHODS:
            return lambda *args, **options: self._tracer.call(name, (self, *args), options)
        if name in WRITING_METHODS:
            return lambda *args, **options: self._tracer.write(name, (self, *args), options, self)
        if hasattr(np.ndarray, name):
            self._refuse(f".{name}")
        raise AttributeError(name)


class TracedNumber(Traced):
    """Stands for a Python number that lives outside of the program."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return self._tracer.truth(self)


def concrete(tree: Any) -> Any:
    """The values in place of what stands for them, however nested."""
    return replaced(tree, lambda leaf: leaf._value.array if isinstance(leaf, Traced) else leaf)


def traced_in(tree: Any) -> list[Traced]:
    found: list[Traced] = []
    replaced(tree, lambda leaf: found.append(leaf) if isinstance(leaf, Traced) else None)
    return found


def has_tensor(tree: Any) -> bool:
    found: list[Any] = []
    replaced(tree, lambda leaf: found.append(leaf) if hasattr(leaf, "node") else None)
    return bool(found)


# What these return depends on shapes and dtypes alone.
STATIC = {
    np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type, np.can_cast, np.common_type,
    np.may_share_memory,
}  # fmt: skip
WRITERS = {np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal}
REDUCTIONS: dict[str, np.ufunc] = {
    "sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum,
    "all": np.logical_and, "any": np.logical_or,
}  # fmt: skip
METHODS = frozenset({
    "argmax", "argmin", "argpartition", "argsort", "astype", "choose", "clip", "compress", "conj", "conjugate", "copy",
    "cumprod", "cumsum", "diagonal", "dot", "flatten", "mean", "nonzero", "ravel", "repeat", "reshape", "round",
    "searchsorted", "squeeze", "std", "swapaxes", "take", "trace", "transpose", "var", "view",
})  # fmt: skip
WRITING_METHODS = frozenset({"fill", "partition", "put", "sort"})

BINARY: dict[str, tuple[Callable[..., Any], np.ufunc]] = {
    "add": (operator.add, np.add), "sub": (operator.sub, np.subtract), "mul": (operator.mul, np.multiply),
    "truediv": (operator.truediv, np.divide), "floordiv": (operator.floordiv, np.floor_divide),
    "mod": (operator.mod, np.remainder), "pow": (operator.pow, np.power), "matmul": (operator.matmul, np.matmul),
    "and": (operator.and_, np.bitwise_and), "or": (operator.or_, np.bitwise_or), "xor": (operator.xor, np.bitwise_xor),
}  # fmt: skip
COMPARISONS: dict[str, np.ufunc] = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
}  # fmt: skip
UNARY: dict[str, tuple[Callable[..., Any], np.ufunc]] = {
    "neg": (operator.neg, np.negative), "pos": (operator.pos, np.positive), "abs": (operator.abs, np.absolute),
    "invert": (operator.invert, np.invert),
}  # fmt: skip


def _of_arrays(ufunc: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """x + other, other + x, x += other."""

    def forward(self: Any, other: Any) -> Any:
        return NotImplemented if hasattr(other, "node") else ufunc(self, other)

    def reflected(self: Any, other: Any) -> Any:
        return NotImplemented if hasattr(other, "node") else ufunc(other, self)

    def in_place(self: Any, other: Any) -> Any:
        if hasattr(other, "node"):
            return NotImplemented
        return (
            ufunc(self, other, out=self) if self._value.is_array else ufunc(self, other)
        )  # NumPy's scalars are values

    return forward, reflected, in_place


def _of_numbers(fn: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def forward(self: Any, other: Any) -> Any:
        return self._tracer.call(fn, (self, other), {}) if _is_number(other) else NotImplemented

    def reflected(self: Any, other: Any) -> Any:
        return self._tracer.call(fn, (other, self), {}) if _is_number(other) else NotImplemented

    return forward, reflected


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | complex | TracedNumber)


for _name, (_fn, _ufunc) in BINARY.items():
    for _prefix, _method in zip(("", "r", "i"), _of_arrays(_ufunc), strict=True):
        setattr(TracedArray, f"__{_prefix}{_name}__", _method)
    for _prefix, _method in zip(("", "r"), _of_numbers(_fn), strict=True):
        setattr(TracedNumber, f"__{_prefix}{_name}__", _method)
for _name, (_fn, _ufunc) in UNARY.items():
    setattr(TracedArray, f"__{_name}__", lambda self, ufunc=_ufunc: ufunc(self))
    setattr(TracedNumber, f"__{_name}__", lambda self, fn=_fn: self._tracer.call(fn, (self,), {}))
for _name, _ufunc in COMPARISONS.items():
    setattr(TracedArray, f"__{_name}__", _of_arrays(_ufunc)[0])
