"""NumPy's protocols: what happens when one of its functions is called with a Tensor.

Every function is one of: recorded, because it has rules; without a gradient; plain, because it returns no array;
refused, because a gradient would be lost in it. Where no argument has a graph there is no gradient to lose, and any
function is simply computed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd.engine import errors
from autograd.engine.constants import CONSTANTS
from autograd.engine.foreign import ForeignError, check, foreign_in, of_foreign
from autograd.engine.graph import Options
from autograd.engine.methods import ArrayMethods
from autograd.engine.modes import is_grad_enabled
from autograd.engine.observer import observed, observer
from autograd.engine.versions import bump_version
from autograd.rules import COMPOSED, NO_GRADIENT, OPERATIONS, PLAIN, WRITES, refusal
from autograd.rules.binding import out_refused
from autograd.rules.duck_arrays import asarray
from autograd.rules.reductions import logaddexp2_reduce, logaddexp_reduce
from autograd.rules.registry import learn


class Dispatch:
    """`__array_function__` (NEP 18) for NumPy's functions, `__array_ufunc__` (NEP 13) for its ufuncs."""

    __slots__ = ()
    __array_priority__ = 1.0  # more than an ndarray's: by this dask finds who joins its chunks

    # Given by Tensor: call an operation and record it; a Tensor of an array and a node.
    _call: Callable[..., Any]
    _make: Callable[..., Any]

    def __array_function__(self, fn: Any, types: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        try:
            return self._dispatch(fn, args, kwargs)
        except ForeignError as error:
            return _answer(error, "__array_function__", (*args, *kwargs.values()), fn, types, args, kwargs)
        except TypeError as error:
            if (told := _lost_in_argument(error, fn, args, kwargs)) is None:
                raise
            raise told from error

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is not None:
            return _call_with_out(ufunc, method, args, out, kwargs)
        try:
            if method == "__call__":
                return self._dispatch(np.clip if ufunc.__name__ == "clip" else ufunc, args, kwargs)
            return self._call_method(ufunc, method, args, kwargs)
        except ForeignError as error:
            return _answer(error, "__array_ufunc__", args, ufunc, method, *args, **kwargs)

    def _call_method(self, ufunc: np.ufunc, method: str, args: Sequence[Any], kwargs: Options) -> Any:
        if method == "at":
            return _write_at(ufunc, args)
        if method == "reduce" and ufunc in REDUCTIONS:
            return self._dispatch(REDUCTIONS[ufunc], args, {"axis": 0, **kwargs})
        if method == "accumulate" and ufunc in SCANS:
            return self._dispatch(SCANS[ufunc], args, {"axis": 0, **kwargs})
        if method == "outer":
            refuse_foreign(f"{ufunc.__name__}.outer", args)
            a, b = (arg if isinstance(arg, ArrayMethods) else asarray(arg) for arg in args)
            return self._dispatch(ufunc, (a.reshape(a.shape + (1,) * b.ndim), b), kwargs)
        if _at_stake(args, kwargs):
            raise refusal(getattr(ufunc, method), f"{ufunc.__name__}.{method}")
        return self._unrecorded(getattr(ufunc, method), args, kwargs)

    def _dispatch(self, fn: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Call any function on Tensors."""
        if fn is np.where and len(args) + len(kwargs) == 1:
            fn = np.nonzero  # which is what it means
        if fn in COMPOSED and _at_stake(args, kwargs):
            if kwargs.get("out") is not None:
                raise out_refused(name_of(fn))
            refuse_foreign(fn, (*args, *kwargs.values()))
            return self._wrapped(COMPOSED[fn](*args, **{key: value for key, value in kwargs.items() if key != "out"}))
        if (operation := OPERATIONS.get(fn)) is not None:
            try:
                arrays, options = operation.binder.bind(args, kwargs)
            except TypeError:
                if _at_stake(args, kwargs):
                    raise
            else:
                return self._call(operation, tuple(arrays[0]) if operation.variadic else arrays, options)
        elif learn(fn):
            return self._dispatch(fn, args, kwargs)
        elif fn in WRITES and not is_grad_enabled():
            target = plain(_first(args, kwargs))
            fn(*plain(tuple(args)), **plain(kwargs))
            bump_version(target, name_of(fn))
            return None
        elif fn in WRITES and (
            _has_graph(args) or _has_graph(kwargs) or isinstance(_first(args, kwargs), ArrayMethods)
        ):
            raise errors.of_write(fn)
        elif fn not in NO_GRADIENT and fn not in PLAIN and _at_stake(args, kwargs):
            raise refusal(fn)
        return self._unrecorded(fn, args, kwargs)

    def _unrecorded(self, fn: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Call a function on the arrays of its Tensors, and make constants of the arrays that it returns."""
        if (kwargs or len(args) > 1 or not isinstance(args[0], ArrayMethods)) and fn not in PLAIN:
            refuse_foreign(fn, (*args, *kwargs.values()))
        out = kwargs.get("out")
        args, kwargs = plain(tuple(args)), plain(kwargs)
        if out is not None:
            fn(*args, **kwargs)
            bump_version(plain(out), name_of(fn))
            return out

        def compute() -> Any:
            y = fn(*args, **kwargs)
            return y if fn in PLAIN else self._wrapped(y)

        if (watch := observer()) is None:
            return compute()
        y, _ = observed(watch, fn, args, kwargs, lambda: (plain(compute()), None))
        return y if fn in PLAIN else self._wrapped(y)

    def _wrapped(self, value: Any) -> Any:
        """Constant Tensors in place of arrays and NumPy's scalars, however nested."""
        if hasattr(value, "dtype") and not isinstance(value, ArrayMethods):
            return self._make(asarray(value), None)
        if isinstance(value, tuple) and hasattr(value, "_fields"):  # a named tuple, as of np.linalg.qr
            return type(value)(*map(self._wrapped, value))
        return type(value)(map(self._wrapped, value)) if type(value) in (list, tuple) else value


def _at_stake(args: Any, kwargs: Any) -> bool:
    """Whether there is a gradient that could be lost."""
    return is_grad_enabled() and (_has_graph(args) or _has_graph(kwargs))


def refuse_foreign(called: Any, values: Sequence[Any]) -> None:
    """Raise ForeignError for what has a say among the arguments of a call (see `constant` for recorded ones)."""
    for value in values:
        if type(value) not in CONSTANTS and not isinstance(value, ArrayMethods):
            for found in foreign_in([value]):
                check(found)
                raise of_foreign(called if isinstance(called, str) else name_of(called), found)


def _answer(error: ForeignError, protocol: str, values: Sequence[Any], *call: Any, **options: Any) -> Any:
    """What the first that knows an answer says to a call, of those that NEP 13 has asked; else raise the error.

    NumPy would ask them, too, if we returned NotImplemented, but its error would not tell what to do.
    """
    for value in foreign_in(values):
        own = getattr(type(value), protocol, None)
        if own is not None and (y := own(value, *call, **options)) is not NotImplemented:
            return y
    raise error


def _lost_in_argument(error: TypeError, fn: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> TypeError | None:
    """The error that names the argument, if `error` is about a Tensor that is one (see `lost`)."""
    if (tensor := vars(error).get("tensor")) is None:
        return None
    try:
        given = {**inspect.signature(fn).bind_partial(*args).arguments, **kwargs}
    except (TypeError, ValueError):
        return None
    for name, value in reversed(given.items()):  # the same Tensor may be an array before it
        if value is tensor:
            return errors.no_gradient_through(name_of(fn), name)
    return None


def _has_graph(value: Any) -> bool:
    if isinstance(value, ArrayMethods):
        return value.node is not None
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return False
    return any(map(_has_graph, value))


def plain(value: Any) -> Any:
    """The arrays in place of Tensors, however nested."""
    if isinstance(value, ArrayMethods):
        return value.data
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return value


def _first(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    return next(iter((*args, *kwargs.values())))


def _write_at(ufunc: np.ufunc, args: Sequence[Any]) -> None:
    """ufunc.at(t, index, v), which writes into t."""
    if is_grad_enabled() and (_has_graph(args) or isinstance(args[0], ArrayMethods)):
        raise errors.of_write_at(ufunc)
    target, *others = plain(tuple(args))
    ufunc.at(target, *others)
    bump_version(target, f"{ufunc.__name__}.at")


def _call_with_out(ufunc: np.ufunc, method: str, args: Sequence[Any], out: Sequence[Any], kwargs: Options) -> Any:
    """A ufunc with `out=`: allowed where nothing is recorded, or nothing that is could be lost."""
    if is_grad_enabled() and (_has_graph(args) or any(isinstance(target, ArrayMethods) for target in out)):
        raise errors.of_out(ufunc)
    args, targets, kwargs = plain(args), plain(tuple(out)), {**plain(kwargs), "out": plain(tuple(out))}

    def call() -> tuple[Any, None]:
        getattr(ufunc, method)(*args, **kwargs)
        return targets[0], None

    if (watch := observer()) is None:
        call()
    else:
        observed(watch, ufunc, args, kwargs, call)
    for target in targets:
        if target is not None:
            bump_version(target, ufunc.__name__)
    return out[0] if len(out) == 1 else out


# ufunc.reduce(t) and ufunc.accumulate(t) record the function that they mean.
REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min,
    np.logical_and: np.all, np.logical_or: np.any, np.logaddexp: logaddexp_reduce, np.logaddexp2: logaddexp2_reduce,
}  # fmt: skip
SCANS: dict[np.ufunc, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}
