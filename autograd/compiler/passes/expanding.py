"""NumPy's functions that are written in Python, as the ufuncs that they call: cheaper, and with memory of our choice.

    np.sum(x, axis=0)   np.add.reduce(x, axis=0)
    np.mean(x)          total = np.add.reduce(x, axis=None); total / x.size

The bits are those of NumPy. It divides float32 by a count in float64 and rounds, which is the same as dividing in
float32: twice the digits and two more make the second rounding harmless (Figueroa 1995), as long as float32 holds the
count exactly. Where it does otherwise (float16, complex numbers, a mask), the call is left as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.compiler.ir import Op, Value, replaced

REDUCTIONS: dict[Any, np.ufunc] = {
    np.sum: np.add, np.prod: np.multiply, np.max: np.maximum, np.min: np.minimum,
    np.any: np.logical_or, np.all: np.logical_and,
}  # fmt: skip
PARAMETERS = ("axis", "dtype", "out")
EXACT = 2**24  # up to which float32 holds all integers


def expanded(calls: list[Op]) -> list[Op]:
    """The calls, with those of functions that are written in Python as the calls that they make."""
    found: list[Op] = []
    for call in calls:
        steps = _Steps(call)
        expansion = EXPANSIONS.get(call.fn)
        is_done = expansion is not None and isinstance(call.result, Value) and expansion(steps)
        found += steps.calls if is_done else [call]
    return found


class _Steps:
    """The calls that take the place of one.

    x        its array.
    options  the others of its arguments, by name, without those that are NumPy's defaults.
    """

    def __init__(self, call: Op) -> None:
        self.call, self.calls = call, list[Op]()
        self.x: Any = call.args[0] if call.args else None
        given = dict(zip(PARAMETERS, call.args[1:], strict=False)) | dict(call.options)
        self.options = {name: value for name, value in given.items() if value is not None and value is not np._NoValue}
        if not self.options.get("keepdims", True):
            del self.options["keepdims"]

    def add(self, fn: Callable[..., Any], *args: Any, result: Value | None = None, **options: Any) -> Value:
        """Note a call; its result has the layout that it has for the arrays of the trace."""
        concrete = replaced((args, options), lambda leaf: leaf.array if isinstance(leaf, Value) else leaf)
        with np.errstate(all="ignore"):  # they hold what was written last
            y = result or Value(fn(*concrete[0], **concrete[1]))
        self.calls.append(replace(self.call, fn=fn, args=args, options=options, result=y))
        return y

    def change(self, ufunc: np.ufunc, y: Value, *args: Any) -> None:
        """y = ufunc(y, ...) in its own memory; only for arrays."""
        self.calls.append(replace(self.call, fn=ufunc, args=(y, *args), options={}, result=None, writes=y))


def _reduction(steps: _Steps) -> bool:
    """np.sum and its kin, whose axis is None if it isn't given."""
    if not isinstance(steps.x, Value) or not steps.x.is_array:
        return False
    ufunc, options = REDUCTIONS[steps.call.fn], dict(steps.options)
    if ufunc in (np.logical_or, np.logical_and):
        options["dtype"] = bool
    axis = options.pop("axis", None)
    steps.add(ufunc.reduce, steps.x, result=steps.call.result, axis=axis, **options)
    return True


def _mean(steps: _Steps) -> bool:
    if not _is_plain(steps, {"axis", "keepdims"}):
        return False
    options = {"axis": steps.options.get("axis"), **_keepdims(steps.options)}
    _divided(steps, steps.x, _count(steps), steps.call.result, **options)
    return True


def _var(steps: _Steps) -> bool:
    return _variance(steps, steps.call.result)


def _std(steps: _Steps) -> bool:
    y = steps.call.result
    if y.is_array:
        if not _variance(steps, y):
            return False
        steps.change(np.sqrt, y)
        return True
    variance = Value(y.array)
    if not _variance(steps, variance):
        return False
    steps.add(np.sqrt, variance, result=y)
    return True


def _variance(steps: _Steps, y: Value) -> bool:
    """The mean of the squares of what differs from the mean."""
    ddof, n = steps.options.get("ddof", 0), _count(steps)
    if not _is_plain(steps, {"axis", "keepdims", "ddof"}) or not isinstance(ddof, int) or n <= ddof:
        return False
    axis = steps.options.get("axis")
    mean = _divided(steps, steps.x, n, None, axis=axis, keepdims=True)
    square = steps.add(np.subtract, steps.x, mean)
    steps.change(np.square, square)
    _divided(steps, square, n - ddof, y, axis=axis, **_keepdims(steps.options))
    return True


def _divided(steps: _Steps, x: Value, n: int, result: Value | None, **options: Any) -> Value:
    """The sum over n elements, divided by their number."""
    if result is None or result.is_array:
        total = steps.add(np.add.reduce, x, result=result, **options)
        steps.change(np.divide, total, n)
        return total
    return steps.add(np.divide, steps.add(np.add.reduce, x, **options), n, result=result)


def _is_plain(steps: _Steps, known: set[str]) -> bool:
    """Whether the bits are known: of real numbers, and without rarer options."""
    x, y = steps.x, steps.call.result
    if not isinstance(x, Value) or not x.is_array or not x.array.ndim or not steps.options.keys() <= known:
        return False
    return x.array.dtype in (np.float32, np.float64) and y.array.dtype == x.array.dtype and 0 < _count(steps) <= EXACT


def _count(steps: _Steps) -> int:
    axis, shape = steps.options.get("axis"), steps.x.array.shape
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return math.prod(shape[k] for k in axes)


def _keepdims(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"keepdims": True} if options.get("keepdims") else {}


EXPANSIONS: dict[Any, Callable[[_Steps], bool]] = {
    **dict.fromkeys(REDUCTIONS, _reduction),
    np.mean: _mean, "mean": _mean, np.var: _var, "var": _var, np.std: _std, "std": _std,
}  # fmt: skip
