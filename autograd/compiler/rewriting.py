"""Rewrites of the list of calls that keep the bits of every value.

Calls that nothing reads are dropped, equal calls merged; views of a whole array, and copies of what is not used again,
are the array itself. Each rewrite takes the calls and returns those that remain, with what takes whose place.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.compiler.program import Call, Kind, Value, replaced

VIEWS = {"reshape", "ravel", ".T", ".mT", "transpose", "swapaxes", ".real", ".imag", "squeeze", operator.getitem}


def substituted(calls: list[Call], new: Mapping[Value, Value]) -> list[Call]:
    """The same calls on other values."""

    def changed(leaf: Any) -> Any:
        return final(leaf, new) if isinstance(leaf, Value) else leaf

    for call in calls:
        call.args, call.options = replaced(call.args, changed), replaced(call.options, changed)
        call.writes = changed(call.writes)
    return calls


def final(value: Value, new: Mapping[Value, Value]) -> Value:
    """The value that has taken its place, if one has."""
    while value in new:
        value = new[value]
    return value


def without_idle_views(calls: list[Call], keep: set[Value]) -> tuple[list[Call], dict[Value, Value]]:
    """reshape(x, x.shape) and their like are x itself."""
    new: dict[Value, Value] = {}
    kept = []
    for call in calls:
        result = call.result
        if call.fn in VIEWS and isinstance(result, Value) and result.is_view:
            source = final(call.args[0], new)
            if source.layout() == result.layout() and _start(source.array) == _start(result.array):
                new[result] = source
                continue
        kept.append(call)
    return kept, new


def _start(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def merged(calls: list[Call], keep: set[Value]) -> tuple[list[Call], dict[Value, Value]]:
    """Of equal calls on the same values, the first alone."""
    written = Counter(call.writes.root for call in calls if call.writes is not None)
    version: Counter[Value] = Counter()
    first: dict[Any, Value] = {}
    new: dict[Value, Value] = {}
    kept = []
    for call in calls:
        if call.writes is not None:
            version[call.writes.root] += 1
        elif _is_pure(call) and written[call.result.root] == version[call.result.root]:
            key = (call.fn, _key(call.args, new, version), _key(call.options, new, version))
            if key in first and (call.result not in keep or not call.result.is_array):  # numbers may be shared
                new[call.result] = first[key]
                continue
            first[key] = call.result
        kept.append(call)
    return kept, new


def _is_pure(call: Call) -> bool:
    return not call.effect and isinstance(call.result, Value)


def _key(tree: Any, new: Mapping[Value, Value], version: Mapping[Value, int]) -> Any:
    if isinstance(tree, Value):
        value = final(tree, new)
        return value, version[value.root]
    if isinstance(tree, tuple | list):
        return (type(tree), *(_key(item, new, version) for item in tree))
    if isinstance(tree, Mapping):
        return tuple((name, _key(item, new, version)) for name, item in sorted(tree.items()))
    if isinstance(tree, slice):
        return "slice", _key((tree.start, tree.stop, tree.step), new, version)
    if isinstance(tree, np.ndarray | np.generic):
        return type(tree), tree.dtype, tree.shape, tree.strides, tree.tobytes()
    return type(tree), repr(tree) if isinstance(tree, float | complex) else tree


def without_idle_copies(calls: list[Call], keep: set[Value]) -> tuple[list[Call], dict[Value, Value]]:
    """A copy of a value that is not used again is the value itself."""
    last: dict[Value, int] = {}
    for k, call in enumerate(calls):
        for value in (*call.reads(), *call.results(), *([call.writes] if call.writes else ())):
            last[value.root] = k
    new: dict[Value, Value] = {}
    kept = []
    for k, call in enumerate(calls):
        if call.fn in ("copy", np.copy) and isinstance(call.result, Value):
            source = final(call.args[0], new)
            is_last = last[source.root] == k and source not in keep
            fits = source.is_array and source.layout() == call.result.layout()  # of NumPy's scalars, copies are arrays
            if source.kind is Kind.MADE and not source.is_view and is_last and fits:
                new[call.result] = source
                last[source] = max(last[source], last[call.result])
                continue
        kept.append(call)
    return kept, new


def needed(calls: list[Call], keep: Iterable[Value]) -> list[Call]:
    """Without the calls whose results nothing reads."""
    live: set[Value] = set(keep)
    live |= {value.root for value in live}
    kept = []
    for call in reversed(calls):
        is_needed = call.effect or any(value in live for value in call.results())
        if call.writes is not None:
            is_needed |= call.writes.root in live or call.writes.root.kind is not Kind.MADE
        if is_needed:
            kept.append(call)
            for value in (*call.reads(), *([call.writes] if call.writes else ())):
                live |= {value, value.root}
    return kept[::-1]
