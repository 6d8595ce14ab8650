"""What can't be compiled: the error, and calls whose results have a length or a dtype that depends on values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd._util.locations import location
from autograd.compiler.ir import Kind, Value, leaves_in
from autograd.compiler.tracing.traced import Traced, TracedArray
from autograd.engine.graph import Leaf, Parent


class TraceError(TypeError):
    """What a compiled function can't do; the message says where it does it, and the way out."""


class LengthError(TraceError):
    """A call whose result may be longer or shorter the next time."""


def line_of(fn: Callable[..., Any]) -> str:
    """How errors call a function of which no single line is at fault: train.py:12: compile(step)."""
    code = getattr(fn, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}: compile({name_of(fn)})" if code else f"compile({name_of(fn)})"


def of_value(what: str, traced: Traced, kind: type[TraceError] = TraceError) -> TraceError:
    """The error for what would make a constant of a value: "a float was to be made of"."""
    array, is_input = traced._value.array, traced._value.kind is Kind.INPUT
    sort = f"{array.dtype} of shape {array.shape}" if isinstance(traced, TracedArray) else "a number"
    if not is_input:
        last = "pass it in as an argument"
    elif array.ndim:
        last = "work it out before the call, and pass it in"
    else:
        last = f"pass a Python number, {type(array.item()).__name__}(x): for each there is a program"
    return kind(
        f"{location()}: {what} a value that a compiled function computes anew in each call ({sort}), and the program "
        f"would repeat today's for ever; compute it with NumPy (np.where in place of if), return it and go on outside, "
        f"or {last}"
    )


def of_draws(where: str) -> TraceError:
    """The error for random numbers that a program would not draw anew."""
    return TraceError(
        f"{where}: random numbers were drawn, or seeded, that a program would repeat for ever; draw them from a "
        f"np.random.Generator that the function reaches as a variable or is given, or outside"
    )


def no_target(target: Any, fixed: Container[Value]) -> TraceError | None:
    """The error for an array that is not the function's to write to; None if it is."""
    if not isinstance(target, TracedArray):
        who, way = "made in the function", "make it by np.zeros_like(x, shape=...) of an array x that was computed"
    elif (root := target._value.root).kind is Kind.INPUT:
        who, way = "an argument", "change a copy (x = x.copy()), or make a new array (x = x + 1)"
    elif root.kind is Kind.STATE and root in fixed:
        who, way = "outside of the function", "let it be a Tensor's, or put a new array in its place (a = a + 1)"
    else:
        return None
    return TraceError(
        f"{location()}: an array of shape {np.shape(target)} that is {who} was to be changed in place, and a program "
        f"would not change it; {way}"
    )


def of_parent(arg: Any, parent: Parent) -> TraceError:
    """The error for a Tensor from outside that stands for nothing in the trace."""
    if isinstance(parent, Leaf):
        return TraceError(
            f"{location()}: a parameter of shape {np.shape(arg)} was used that can't be reached from the compiled "
            f"function's variables; make it an attribute of a Module, or pass it as an argument"
        )
    return TraceError(
        f"{location()}: a Tensor of shape {np.shape(arg)} was used that {parent!r} computed outside of the compiled "
        f"function, to which no gradient can flow from a program; compute it inside, or use t.detach()"
    )


# What these return has another length, or another dtype, where the arrays hold other values.
ALWAYS = {
    np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.unique_all, np.unique_counts, np.unique_inverse,
    np.unique_values, np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d, np.trim_zeros, np.bincount, np.roots,
    np.polymul, np.polydiv, np.real_if_close, "nonzero",
}  # fmt: skip
# So it has if these arguments are computed: the k-th, or by name.
BY_ARGUMENT: dict[Any, tuple[int, str]] = {
    np.compress: (0, "condition"), "compress": (1, "condition"), np.extract: (0, "condition"),
    np.repeat: (1, "repeats"), "repeat": (1, "repeats"), np.delete: (1, "obj"), np.insert: (1, "obj"),
    np.split: (1, "indices_or_sections"), np.array_split: (1, "indices_or_sections"), np.pad: (1, "pad_width"),
    np.histogram: (1, "bins"), np.tile: (1, "reps"), np.broadcast_to: (1, "shape"), np.reshape: (1, "shape"),
}  # fmt: skip


def unknown_length(fn: Any, args: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """The name of a call whose result has another length or dtype for other values; None for every other call."""
    if fn is operator.getitem:
        parts = args[1] if isinstance(args[1], tuple) else (args[1],)
        if any(isinstance(part, slice) and leaves_in(part, Traced) for part in parts):
            return "a slice"
        is_mask = any(isinstance(part, TracedArray) and part.dtype == bool for part in parts)
        return "a boolean index" if is_mask else None
    k, key = BY_ARGUMENT.get(fn, (0, ""))
    depends = bool(key and leaves_in((args[k : k + 1], options.get(key)), Traced))
    if fn in ALWAYS or (fn is np.where and len(args) + len(options) == 1) or depends:
        return fn if isinstance(fn, str) else name_of(fn)
    return None
