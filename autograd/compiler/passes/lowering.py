"""Lowering: NumPy's functions that are written in Python, as the ufuncs that they call. Cheaper, with memory of ours.

    np.sum(x, axis=0)   np.add.reduce(x, axis=0)
    np.mean(x)          np.divide(np.add.reduce(x, axis=None), x.size)

The bits are those of NumPy. It divides float32 by a count in float64 and rounds, which is the same as dividing in
float32: twice the digits and two more make the second rounding harmless (Figueroa 1995), as long as float32 holds the
count exactly. Where it does otherwise (float16, complex numbers, a mask), the op is left as it is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.compiler.ir import Kind, Op, Value

REDUCED_BY: dict[Any, np.ufunc] = {
    np.sum: np.add, np.prod: np.multiply, np.max: np.maximum, np.min: np.minimum,
    np.any: np.logical_or, np.all: np.logical_and,
}  # fmt: skip
MOMENTS: dict[Any, str] = {fn: name for name in ("mean", "var", "std") for fn in (name, getattr(np, name))}
EXACT = 2**24  # up to which float32 holds all integers


def lower(ops: list[Op]) -> list[Op]:
    return [step for op in ops for step in _lowered(op)]


def _lowered(op: Op) -> list[Op]:
    """The ops that take the place of one."""
    x, y = op.args[0] if op.args else None, op.result
    is_known = op.fn in REDUCED_BY or op.fn in MOMENTS
    if not (is_known and isinstance(x, Value) and x.is_array and isinstance(y, Value)):
        return [op]
    given = dict(zip(("axis", "dtype", "out"), op.args[1:], strict=False)) | dict(op.options)
    options = {name: value for name, value in given.items() if value is not None and value is not np._NoValue}
    if not options.get("keepdims", True):
        del options["keepdims"]
    axis = options.pop("axis", None)
    if op.fn in REDUCED_BY:
        ufunc = REDUCED_BY[op.fn]
        dtype = {"dtype": bool} if ufunc in (np.logical_or, np.logical_and) else {}
        return [replace(op, fn=ufunc.reduce, args=(x,), options={"axis": axis, **options, **dtype})]
    axes = range(x.array.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    n, ddof = math.prod(x.array.shape[k] for k in axes), options.pop("ddof", 0)
    is_real = x.array.dtype in (np.float32, np.float64) and y.array.dtype == x.array.dtype and x.array.ndim > 0
    if not is_real or not options.keys() <= {"keepdims"} or not isinstance(ddof, int) or not ddof < n <= EXACT:
        return [op]
    return _moment(op, x, n, ddof, axis, options)


def _moment(op: Op, x: Value, n: int, ddof: int, axis: Any, keepdims: dict[str, Any]) -> list[Op]:
    """The sum of the elements or, for the variance, of the squares of what differs from the mean; over their number."""
    steps: list[Op] = []

    def step(fn: Callable[..., Any], x: Value, *args: Any, **options: Any) -> Value:
        with np.errstate(all="ignore"):  # arrays hold what was written last
            y = Value(fn(x.array, *(arg.array if isinstance(arg, Value) else arg for arg in args), **options))
        steps.append(replace(op, fn=fn, args=(x, *args), options=options, result=y))
        return y

    name = MOMENTS[op.fn]
    if name != "mean":
        mean = step(np.divide, step(np.add.reduce, x, axis=axis, keepdims=True), n)
        x = step(np.square, step(np.subtract, x, mean))
    y = step(np.divide, step(np.add.reduce, x, axis=axis, **keepdims), n - ddof)
    if name == "std":
        step(np.sqrt, y)
    steps[-1].result = op.result
    return steps


def cast_once(ops: list[Op], keep: set[Value]) -> tuple[list[Op], dict[Value, Value]]:
    """The ops, with one cast of each number that several of them would cast to the dtype of an array.

    lr = np.asarray(lr, np.float32)

    That is quick, but a step of Adam makes fifty such casts for biases, where they take as long as the arithmetic.
    """
    casts = [_cast(op) for op in ops]
    count = Counter(casts)
    made: dict[Any, Value] = {}
    found: list[Op] = []
    for op, cast in zip(ops, casts, strict=True):
        if cast is not None and count[cast] > 1:
            if cast not in made:
                number, dtype = cast
                y = Value(np.asarray(number.array, dtype), name=number.name if number.kind is Kind.MADE else "")
                found.append(replace(op, fn=np.asarray, args=cast, result=y, writes=None, scope=None, part=""))
                made[cast] = y
            op = replace(op, args=tuple(made[cast] if arg is cast[0] else arg for arg in op.args))
        found.append(op)
    return found, {}


def _cast(op: Op) -> tuple[Value, np.dtype[Any]] | None:
    """The number that an op casts, and to what."""
    if not isinstance(op.fn, np.ufunc) or op.fn.nin != 2 or op.options or op.errors or len(op.args) != 2:
        return None
    values = [arg for arg in op.args if isinstance(arg, Value) and (arg.is_array or type(arg.array) is float)]
    arrays, numbers = [x for x in values if x.is_array], [x for x in values if not x.is_array]
    if len(arrays) != 1 or len(numbers) != 1 or arrays[0].array.dtype.kind != "f":
        return None
    dtype = arrays[0].array.dtype
    kinds = tuple(float if arg is numbers[0] else dtype for arg in op.args)
    is_cast = op.fn.resolve_dtypes((*kinds, *[None] * op.fn.nout))[:2] == (dtype, dtype)
    return (numbers[0], dtype) if is_cast else None
