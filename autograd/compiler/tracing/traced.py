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
from sys import getrefcount
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.compiler.ir import Value, replaced
from autograd.compiler.tracing.elision import BY_OPERATOR, BY_UFUNC, is_swapped

if TYPE_CHECKING:
    from autograd.compiler.tracing.tracer import Tracer


class Traced:
    """Stands for an array or, as `TracedNumber`, for a Python number.

    _outside  what it stands for outside of the function, and is in other threads; None if it was computed.
    """

    __slots__ = ("__weakref__", "_outside", "_tracer", "_value")

    def __init__(self, tracer: Tracer, value: Value, outside: Any = None) -> None:
        self._tracer = tracer
        self._value = value
        self._outside = outside

    def __opaque__(self, fn: Callable[..., Any], *args: Any) -> Any:
        """See autograd.rules.duck_arrays."""
        return self._tracer.call(fn, args, {})

    # -- NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, out: Any = None, **options: Any) -> Any:
        if has_tensor((args, out, options)):
            return NotImplemented
        if method == "__call__" and out is None and ufunc in NUMBERS and _is_operator(sys._getframe(1)):
            if ufunc is np.multiply and is_swapped((getrefcount(args[0]), getrefcount(args[1])), BY_UFUNC, *args):
                args = args[::-1]
            return _noted(NUMBERS[ufunc], ufunc, *args)
        fn = ufunc if method == "__call__" else getattr(ufunc, method)
        if method == "at":
            return self._tracer.write(fn, args, options, args[0])
        if out is None:
            return self._tracer.call(fn, args, options)
        if len(out) > 1:
            raise self._tracer.refusal("several outputs were to be written into, of", self)
        return self._tracer.write(fn, args, options, out[0], by_out=True)

    def __array_function__(self, fn: Any, types: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if any(hasattr(kind, "node") for kind in types):
            return NotImplemented
        if has_tensor((args, kwargs)):
            if hasattr(fn, "_primitive"):  # which has asked the first array alone
                return _first_tensor((args, kwargs)).__array_function__(fn, types, args, kwargs)
            # Where NumPy does not look for them: the indices of np.take.
            args, kwargs = replaced((tuple(args), dict(kwargs)), lambda x: _array_of(x) if hasattr(x, "node") else x)
        if hasattr(fn, "_primitive"):
            return self._tracer.primitive(fn, args, kwargs)
        if fn in STATIC:
            return fn(*concrete(args), **concrete(kwargs))
        if fn in CONVERSIONS:  # np.asarray(x, like=this)
            return x if (x := args[0]) is self else np.asarray(x)
        if fn in WRITERS:
            target = args[0] if args else next(iter(kwargs.values()))
            return self._tracer.write(fn, args, kwargs, target)
        return _called(self._tracer, fn, args, kwargs)

    # -- what would make a constant of it

    def _refuse(self, what: str, fn: Callable[..., Any], *args: Any) -> Any:
        if self._tracer.is_elsewhere():
            return fn(self._tracer.outside(self), *args)
        raise self._tracer.refusal(f"{what} was to be made of", self)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        what = (
            "a plain array (by np.asarray(x); by a[x], where a should be made outside of the function; by a[...] = x, "
            "where a should be made by np.zeros_like(x, shape=...))"
        )
        return np.array(self._tracer.settled(self, what), dtype)

    def __float__(self) -> float:
        return float(self._tracer.settled(self, FLOAT))

    def __int__(self) -> int:
        return int(self._tracer.settled(self, "an int"))

    def __index__(self) -> int:
        return operator.index(self._tracer.settled(self, "an index, a length or a shape"))

    def __complex__(self) -> complex:
        return complex(self._tracer.settled(self, "a complex"))

    def __bool__(self) -> bool:
        return self._tracer.truth(self)

    def __str__(self) -> str:
        return self._refuse("a text (print, str, an f-string)", str)

    def __format__(self, spec: str) -> str:
        return self._refuse("a text (print, str, an f-string)", format, spec)

    def __repr__(self) -> str:
        return f"<traced {self._value.array!r}>"  # debuggers show it

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._refuse("a pickle", lambda value: value.__reduce_ex__(protocol))

    __hash__ = object.__hash__


class TracedArray(Traced):
    """Stands for an array, or for one of NumPy's scalars."""

    __slots__ = ()

    # -- what is known without the values

    shape = property(lambda self: self._value.array.shape)
    ndim = property(lambda self: self._value.array.ndim)
    size = property(lambda self: self._value.array.size)
    dtype = property(lambda self: self._value.array.dtype)
    nbytes = property(lambda self: self._value.array.nbytes)
    itemsize = property(lambda self: self._value.array.itemsize)
    strides = property(lambda self: self._value.array.strides)
    flags = property(lambda self: self._value.array.flags)
    # What bump_version finds the owner of the memory by.
    base = property(lambda self: self._outside if self._tracer.is_elsewhere() else self._value.array)

    def __len__(self) -> int:
        return len(self._value.array)

    # -- elements, views and methods

    def __getitem__(self, index: Any) -> Any:
        return self._tracer.call(operator.getitem, (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        self._tracer.write(operator.setitem, (self, index, value), {}, self)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    T = property(lambda self: self._tracer.call(".T", (self,), {}))
    mT = property(lambda self: self._tracer.call(".mT", (self,), {}))
    real = property(lambda self: self._tracer.call(".real", (self,), {}))
    imag = property(lambda self: self._tracer.call(".imag", (self,), {}))

    def __getattr__(self, name: str) -> Any:
        if name in REDUCTIONS:
            return lambda axis=None, *args, **options: REDUCTIONS[name].reduce(self, axis, *args, **options)
        if name in METHODS:
            return lambda *args, **options: _called(self._tracer, name, (self, *args), options)
        if name in ("item", "tolist"):
            return getattr(self._tracer.settled(self, "a Python number"), name)
        if name in WRITING_METHODS:
            return lambda *args, **options: self._tracer.write(name, (self, *args), options, self)
        if hasattr(np.ndarray, name) and not name.startswith("__"):
            return self._refuse(f".{name}", getattr, name)
        raise AttributeError(name)


class TracedNumber(Traced):
    """Stands for a Python number that lives outside of the program."""

    __slots__ = ()


def _called(tracer: Tracer, fn: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """A call that may have been given out=."""
    rest = {name: value for name, value in options.items() if name != "out"}
    if (out := options.get("out")) is None:
        return tracer.call(fn, args, rest)
    return tracer.write(fn, args, rest, out[0] if isinstance(out, tuple) else out, by_out=True)


def _array_of(tensor: Any) -> Any:
    return tensor.data if tensor.node is None else np.asarray(tensor)


def _first_tensor(tree: Any) -> Any:
    found: list[Any] = []
    replaced(tree, lambda leaf: found.append(leaf) if hasattr(leaf, "node") else None)
    return found[0]


def concrete(tree: Any) -> Any:
    """The values in place of what stands for them, however nested."""
    return replaced(tree, lambda leaf: leaf._value.array if isinstance(leaf, Traced) else leaf)


def traced_in(tree: Any) -> list[Traced]:
    found: list[Traced] = []
    replaced(tree, lambda leaf: found.append(leaf) if isinstance(leaf, Traced) else None)
    return found


def has_tensor(tree: Any) -> bool:
    if type(tree) in LEAVES:  # and no more calls, which are watched
        return False
    if isinstance(tree, tuple | list | dict):
        return any(map(has_tensor, tree.values() if isinstance(tree, dict) else tree))
    if isinstance(tree, slice):
        return has_tensor((tree.start, tree.stop, tree.step))
    return hasattr(tree, "node")


LEAVES = {TracedArray, TracedNumber, np.ndarray, float, int, bool, type(None)}


FLOAT = "a float (by float(x); by a[k] = x, where a should be made by np.zeros_like(x, shape=...))"
# What these return depends on shapes and dtypes alone.
STATIC = {
    np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type, np.can_cast, np.common_type,
    np.may_share_memory, np.shares_memory,
}  # fmt: skip
CONVERSIONS = {np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray}
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

# -- operators ---------------------------------------------------------------------------------------------------------

# The operator, and the ufunc that an array calls for it. For ** it calls one that depends on the exponent: x ** 0.5 is
# np.sqrt(x), whose bits differ from those of np.power(x, 0.5).
BINARY: dict[str, tuple[Callable[..., Any], Any]] = {
    "add": (operator.add, np.add), "sub": (operator.sub, np.subtract), "mul": (operator.mul, np.multiply),
    "truediv": (operator.truediv, np.divide), "floordiv": (operator.floordiv, np.floor_divide),
    "mod": (operator.mod, np.remainder), "divmod": (divmod, np.divmod), "pow": (operator.pow, operator.pow),
    "matmul": (operator.matmul, np.matmul), "and": (operator.and_, np.bitwise_and),
    "or": (operator.or_, np.bitwise_or), "xor": (operator.xor, np.bitwise_xor),
    "lshift": (operator.lshift, np.left_shift), "rshift": (operator.rshift, np.right_shift),
}  # fmt: skip
COMPARISONS: dict[str, tuple[Callable[..., Any], Any]] = {
    "eq": (operator.eq, np.equal), "ne": (operator.ne, np.not_equal), "lt": (operator.lt, np.less),
    "le": (operator.le, np.less_equal), "gt": (operator.gt, np.greater), "ge": (operator.ge, np.greater_equal),
}  # fmt: skip
UNARY: dict[str, tuple[Callable[..., Any], Any]] = {
    "neg": (operator.neg, np.negative), "pos": (operator.pos, np.positive), "abs": (operator.abs, np.absolute),
    "invert": (operator.invert, np.invert), "round": (round, round),
}  # fmt: skip

NUMBERS = {array: number for number, array in (BINARY | COMPARISONS).values()}


def _is_operator(frame: FrameType) -> bool:
    """Whether the code of a frame calls an operator now, of what is no traced array on the left: scalar * x."""
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] in ("BINARY_OP", "COMPARE_OP")


def _is_scalar(x: Any) -> bool:
    return not x._value.is_array if isinstance(x, Traced) else isinstance(x, int | float | complex | np.generic)


def _noted(number: Callable[..., Any], array: Any, *args: Any) -> Any:
    """The ufunc, or the operator if no array is among the operands: of complex scalars it has other bits."""
    if any(hasattr(arg, "node") for arg in args):
        return NotImplemented
    fn = number if all(map(_is_scalar, args)) else array
    return fn(*args) if isinstance(fn, np.ufunc) else traced_in(args)[0]._tracer.call(fn, args, {})


def _add_operators() -> None:
    for name, (number, array) in (BINARY | COMPARISONS).items():

        def forward(self: Any, other: Any, number: Any = number, array: Any = array) -> Any:
            if array is np.multiply and is_swapped((getrefcount(self), getrefcount(other)), BY_OPERATOR, self, other):
                self, other = other, self
            return _noted(number, array, self, other)

        def reflected(self: Any, other: Any, number: Any = number, array: Any = array) -> Any:
            if array is np.multiply and is_swapped((0, getrefcount(self)), BY_OPERATOR, other, self):
                self, other = other, self
            return _noted(number, array, other, self)

        def in_place(self: Any, other: Any, number: Any = number, array: Any = array) -> Any:
            if hasattr(other, "node"):
                return NotImplemented
            if not self._value.is_array:  # NumPy's scalars are values
                return _noted(number, array, self, other)
            if array is operator.pow:
                np.copyto(self, self**other, casting="same_kind")
                return self
            return array(self, other, out=self)

        setattr(Traced, f"__{name}__", forward)
        if name in BINARY:
            setattr(Traced, f"__r{name}__", reflected)
            if name != "divmod":
                setattr(TracedArray, f"__i{name}__", in_place)
    for name, (number, array) in UNARY.items():

        def alone(self: Any, *args: Any, number: Any = number, array: Any = array) -> Any:
            return _noted(number, array, self, *args)

        setattr(Traced, f"__{name}__", alone)


_add_operators()
