"""What can't be compiled: the error, and calls whose results have a length or a dtype that depends on values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.compiler.traced import Traced, TracedArray, traced_in
from autograd.operation import name_of


class TraceError(TypeError):
    """What a compiled function can't do; the message says where it does it, and the way out."""


class LengthError(TraceError):
    """A call whose result may be longer or shorter the next time."""


def line_of(fn: Callable[..., Any]) -> str:
    """How errors call a function of which no single line is at fault: train.py:12: compile(step)."""
    code = getattr(fn, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}: compile({name_of(fn)})" if code else f"compile({name_of(fn)})"


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
        if any(isinstance(part, slice) and traced_in(part) for part in parts):
            return "a slice"
        return "a boolean index" if any(isinstance(part, Traced) and _is_bool(part) for part in parts) else None
    name = fn if isinstance(fn, str) else None
    k, key = BY_ARGUMENT.get(fn, (0, ""))
    depends = bool(key) and bool(traced_in(args[k : k + 1]) or traced_in(options.get(key)))
    if fn in ALWAYS or (fn is np.where and len(args) + len(options) == 1) or depends:
        return name or name_of(fn)
    return None


def _is_bool(traced: Traced) -> bool:
    return isinstance(traced, TracedArray) and traced.dtype == bool
