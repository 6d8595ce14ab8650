"""What stands for an array, or for a number, while a function is traced.

A traced array speaks NumPy's protocols (NEP 13, NEP 18), as a Tensor does, one floor below: while a function is traced,
Tensors hold traced arrays in place of arrays. So whatever computes on arrays is noted without being changed:
primitives, rules, the sums of a backward pass, the updates of an optimiser. A traced number does the same for what a
program reads anew in each call: a learning rate, a count of steps.

Both hold a value, too, and compute with it. What would make a constant of it (an `if`, float(x), np.asarray(x)) is
refused, because the program would repeat it for ever.

What lives outside is replaced where it lives, so other threads find what stands for it. To them it is what it stands
for: what they call on it is called on that.
"""

from __future__ import annotations

import dis
import operator
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from sys import getrefcount
from types import FrameType
from typing import Any

import numpy as np

from autograd.compiler.ir import Value, leaves_in, replaced
from autograd.compiler.tracing.elision import BY_OPERATOR, BY_UFUNC, is_swapped
from autograd.engine.tensor import Tensor
from autograd.rules import WRITES
from autograd.rules.duck_arrays import asks_for_namespace
from autograd.rules.sparse import NO_ARRAY, is_factor_of_sparse, is_sparse


class Traced:
    """Stands for an array or, as `TracedNumber`, for a Python number.

    _tracer   the recorder that notes what is called on it. While code is watched for calls of the standard library,
              each call costs, so what is done before the recorder is asked is short.
    _outside  what it stands for outside of the function, and is in other threads; None if it was computed.
    """

    __slots__ = ("__weakref__", "_outside", "_tracer", "_value")

    def __init__(self, tracer: Any, value: Value, outside: Any = None) -> None:
        self._tracer = tracer
        self._value = value
        self._outside = outside

    def __opaque__(self, fn: Callable[..., Any], *args: Any) -> Any:
        """See autograd.rules.duck_arrays."""
        return self._tracer.call(fn, args, {})

    # -- NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, out: Any = None, **options: Any) -> Any:
        for arg in (*args, *(out or ()), *options.values()):
            if isinstance(arg, Tensor):
                return NotImplemented
        if method == "__call__" and out is None and ufunc in SCALAR_OPERATORS and _is_operator(sys._getframe(1)):
            if ufunc is np.multiply and is_swapped((getrefcount(args[0]), getrefcount(args[1])), BY_UFUNC, *args):
                args = args[::-1]
            return self._operated(SCALAR_OPERATORS[ufunc], ufunc, *args)
        fn = ufunc if method == "__call__" else getattr(ufunc, method)
        return self._tracer.call(fn, args, {**options, "out": out}, target=args[0] if method == "at" else None)

    def __array_function__(self, fn: Any, types: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if any(issubclass(kind, Tensor) for kind in types):
            return NotImplemented
        if tensors := leaves_in((args, kwargs), Tensor):
            if hasattr(fn, "_primitive"):  # which has asked the first array alone
                return tensors[0].__array_function__(fn, types, args, kwargs)
            # Where NumPy does not look for them: the indices of np.take.
            args, kwargs = without_graphs((tuple(args), dict(kwargs)))
        if hasattr(fn, "_primitive"):
            return self._tracer.primitive(fn, args, kwargs)
        if fn in STATIC:
            return fn(*concrete(args), **concrete(kwargs))
        if fn in CONVERSIONS:  # np.asarray(x, like=this)
            return x if (x := args[0]) is self else np.asarray(x)
        if fn in WRITES:
            return self._tracer.call(fn, args, kwargs, target=next(iter((*args, *kwargs.values()))))
        return self._tracer.call(fn, args, kwargs)

    # -- what would make a constant of it

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        caller = sys._getframe(1)
        if is_factor_of_sparse(caller):
            return NO_ARRAY
        if asks_for_namespace(caller):
            return np.empty(0, np.asarray(self._value.array).dtype)
        what = (
            "a plain array (by np.asarray(x); by a[x], where a should be made outside of the function; by a[...] = x, "
            "where a should be made by np.zeros_like(x, shape=...))"
        )
        return np.array(self._tracer.fixed_value(what, self), dtype)

    def __bool__(self) -> bool:
        return self._tracer.truth(self)

    def __format__(self, spec: str) -> str:
        return format(self._tracer.refuse_value("a text (print, str, an f-string)", self), spec)

    def __str__(self) -> str:
        return format(self)

    def __repr__(self) -> str:
        return f"<traced {self._value.array!r}>"  # debuggers show it

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._tracer.refuse_value("a pickle", self).__reduce_ex__(protocol)

    __hash__ = object.__hash__

    # -- operators

    def _operated(self, number: Callable[..., Any], array: Any, *args: Any) -> Any:
        """The ufunc, or the operator if no array is among the operands: of complex scalars it has other bits.

        The operator beside a sparse matrix, too, which is none of NumPy's.
        """
        for arg in args:
            if isinstance(arg, Tensor):
                return NotImplemented
        is_number = all(map(_is_scalar, args)) or any(map(is_sparse, args))
        return self._tracer.call(number if is_number else array, args, {})


class TracedArray(Traced):
    """Stands for an array, or for one of NumPy's scalars."""

    __slots__ = ()

    # What bump_version finds the owner of the memory by.
    base = property(lambda self: self._value.array)

    def __len__(self) -> int:
        return len(self._value.array)

    def __getitem__(self, index: Any) -> Any:
        return self._tracer.call(operator.getitem, (self, without_graphs(index)), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        self._tracer.call(operator.setitem, (self, *without_graphs((index, value))), {}, target=self)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __copy__(self, *memo: Any) -> Any:
        return self.copy()

    __deepcopy__ = __copy__

    def __getattr__(self, name: str) -> Any:
        if name in REDUCING_METHODS:
            return lambda axis=None, *args, **options: REDUCING_METHODS[name].reduce(self, axis, *args, **options)
        if name in METHODS or name in WRITING_METHODS:
            return partial(self._method, name)
        if name in ("item", "tolist"):
            return getattr(self._tracer.fixed_value("a Python number", self), name)
        if hasattr(np.ndarray, name) and not name.startswith("__"):
            return getattr(self._tracer.refuse_value(f".{name}", self), name)
        raise AttributeError(name)

    def _method(self, name: str, *args: Any, **options: Any) -> Any:
        if name == "clip" and leaves_in((args, options), Tensor):  # the one that calls a ufunc, which asks them
            return np.clip(self, *args, **options)
        target = self if name in WRITING_METHODS else None
        args, options = without_graphs((args, options))
        return self._tracer.call(name, (self, *args), options, target=target)


class TracedNumber(Traced):
    """Stands for a Python number that lives outside of the program."""

    __slots__ = ()


def _called(name: str, array: TracedArray) -> Any:
    return array._tracer.call(name, (array,), {})


for _name in ("shape", "ndim", "size", "dtype", "nbytes", "itemsize", "strides", "flags"):  # known without the values
    setattr(TracedArray, _name, property(operator.attrgetter(f"_value.array.{_name}")))
for _name in ("T", "mT", "real", "imag"):
    setattr(TracedArray, _name, property(partial(_called, f".{_name}")))
CONVERTERS: dict[Callable[..., Any], str] = {
    float: "a float (by float(x); by a[k] = x, where a should be made by np.zeros_like(x, shape=...))",
    int: "an int", operator.index: "an index, a length or a shape", complex: "a complex",
}  # fmt: skip
for _convert, _what in CONVERTERS.items():

    def _converted(self: Any, convert: Callable[..., Any] = _convert, what: str = _what) -> Any:
        return convert(self._tracer.fixed_value(what, self))

    setattr(Traced, f"__{_convert.__name__}__", _converted)


def concrete(tree: Any) -> Any:
    """The values in place of what stands for them, however nested."""
    return replaced(tree, lambda leaf: leaf._value.array if isinstance(leaf, Traced) else leaf)


def without_graphs(tree: Any) -> Any:
    """The arrays in place of Tensors, however nested; np.asarray refuses one of a graph."""

    def array(leaf: Any) -> Any:
        return leaf if not isinstance(leaf, Tensor) else leaf.data if leaf.node is None else np.asarray(leaf)

    return replaced(tree, array)


# What these return depends on shapes and dtypes alone.
STATIC = {
    np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type, np.can_cast, np.common_type,
    np.may_share_memory, np.shares_memory,
}  # fmt: skip
CONVERSIONS = {np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray}
REDUCING_METHODS: dict[str, np.ufunc] = {
    "sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum,
    "all": np.logical_and, "any": np.logical_or,
}  # fmt: skip
METHODS = frozenset({
    "argmax", "argmin", "argpartition", "argsort", "astype", "choose", "clip", "compress", "conj", "conjugate", "copy",
    "cumprod", "cumsum", "diagonal", "dot", "flatten", "mean", "nonzero", "ravel", "repeat", "reshape", "round",
    "searchsorted", "squeeze", "std", "swapaxes", "take", "trace", "transpose", "var", "view",
})  # fmt: skip
WRITING_METHODS = frozenset({"fill", "partition", "put", "sort"})

# -- operators ---------------------------------------------------------------------------------------------------------

# The operator, and the ufunc that an array calls for it. For ** it calls one that depends on the exponent: x ** 0.5 is
# np.sqrt(x), whose bits differ from those of np.power(x, 0.5).
BINARY: dict[Callable[..., Any], Any] = {
    operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply, operator.truediv: np.divide,
    operator.floordiv: np.floor_divide, operator.mod: np.remainder, divmod: np.divmod, operator.pow: operator.pow,
    operator.matmul: np.matmul, operator.and_: np.bitwise_and, operator.or_: np.bitwise_or,
    operator.xor: np.bitwise_xor, operator.lshift: np.left_shift, operator.rshift: np.right_shift,
}  # fmt: skip
RELATIONAL: dict[Callable[..., Any], Any] = {
    operator.eq: np.equal, operator.ne: np.not_equal, operator.lt: np.less, operator.le: np.less_equal,
    operator.gt: np.greater, operator.ge: np.greater_equal,
}  # fmt: skip
UNARY: dict[Callable[..., Any], Any] = {
    operator.neg: np.negative, operator.pos: np.positive, operator.abs: np.absolute, operator.invert: np.invert,
    round: round,
}  # fmt: skip
SCALAR_OPERATORS = {array: number for number, array in (BINARY | RELATIONAL).items()}


def _is_operator(frame: FrameType) -> bool:
    """Whether the code of a frame calls an operator now, of what is no traced array on the left: scalar * x."""
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] in ("BINARY_OP", "COMPARE_OP")


def _is_scalar(x: Any) -> bool:
    return not x._value.is_array if isinstance(x, Traced) else isinstance(x, int | float | complex | np.generic)


for _number, _array in (BINARY | RELATIONAL).items():

    def _forward(self: Any, other: Any, number: Any = _number, array: Any = _array) -> Any:
        if array is np.multiply and is_swapped((getrefcount(self), getrefcount(other)), BY_OPERATOR, self, other):
            return self._operated(number, array, other, self)
        return self._operated(number, array, self, other)

    def _reflected(self: Any, other: Any, number: Any = _number, array: Any = _array) -> Any:
        if array is np.multiply and is_swapped((0, getrefcount(self)), BY_OPERATOR, other, self):
            return self._operated(number, array, self, other)
        return self._operated(number, array, other, self)

    def _in_place(self: Any, other: Any, number: Any = _number, array: Any = _array) -> Any:
        if not self._value.is_array:  # NumPy's scalars are values
            return self._operated(number, array, self, other)
        if isinstance(other, Tensor):  # which refuses if it has a graph
            return (np.power if array is operator.pow else array)(self, other, out=self)
        if array is not operator.pow:
            return self._tracer.call(array, (self, other), {"out": self})
        np.copyto(self, self**other, casting="same_kind")
        return self

    _name = _number.__name__.strip("_")  # of operator.and_
    setattr(Traced, f"__{_name}__", _forward)
    if _number in BINARY:
        setattr(Traced, f"__r{_name}__", _reflected)
        if _number is not divmod:
            setattr(TracedArray, f"__i{_name}__", _in_place)

for _number, _array in UNARY.items():

    def _alone(self: Any, *args: Any, number: Any = _number, array: Any = _array) -> Any:
        return self._operated(number, array, self, *args)

    setattr(Traced, f"__{_number.__name__}__", _alone)
