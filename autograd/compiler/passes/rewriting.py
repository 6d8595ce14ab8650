"""Rewrites of the list of calls that keep the bits of every value.

Calls that nothing reads are dropped, equal calls merged; views of a whole array, and copies that nothing tells from
the array itself, are that array. Each rewrite takes the calls, and what must stay apart because it is handed out; it
returns the calls that remain, with what takes whose place.

Functions that are neither NumPy's nor Python's may do anything: their calls are never dropped, merged or reordered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograd._util.functions import home_of
from autograd.compiler.ir import Kind, Op, Value, replaced

COPIES = {"copy", "astype", "flatten", np.copy, np.positive}


def is_known(fn: Any) -> bool:
    """Whether a function gives equal results for equal arguments, and does nothing else: NumPy's and Python's own."""
    if isinstance(fn, str | np.ufunc) or isinstance(getattr(fn, "__self__", None), np.ufunc):
        return True
    return home_of(fn) in ("numpy", "_operator", "operator", "math")


def stays(call: Op) -> bool:
    """Whether a call must be made, once and where it is, even if nothing reads its result."""
    return call.effect or not is_known(call.fn)


def is_of_numbers(call: Op) -> bool:
    """Whether a call computes a number from numbers alone."""
    values = list(touched(call))
    return call.writes is None and not stays(call) and not any(hasattr(value.array, "dtype") for value in values)


def substituted(calls: list[Op], new: Mapping[Value, Value]) -> list[Op]:
    """The same calls on other values."""

    def changed(leaf: Any) -> Any:
        return final(leaf, new) if isinstance(leaf, Value) else leaf

    for call in calls:
        call.args, call.options = replaced(call.args, changed), replaced(call.options, changed)
        call.writes = changed(call.writes)
        for value in call.results():
            value.root = root_of(value, new)
    return calls


def final(value: Value, new: Mapping[Value, Value]) -> Value:
    """The value that has taken its place, if one has."""
    while value in new:
        value = new[value]
    return value


def root_of(value: Value, new: Mapping[Value, Value]) -> Value:
    """The value that owns the memory, after what was replaced."""
    root: Value = value.root
    while root in new:
        root = new[root].root
    return root


def touched(call: Op) -> Iterator[Value]:
    """The values that a call reads, makes or writes into."""
    yield from call.reads()
    yield from call.results()
    if call.writes is not None:
        yield call.writes


def last_uses(calls: list[Op]) -> dict[Value, int]:
    """For each value that owns memory, the number of the last call that needs it, through a view too."""
    return {value.root: k for k, call in enumerate(calls) for value in touched(call)}


def without_idle_views(calls: list[Op], keep: set[Value]) -> tuple[list[Op], dict[Value, Value]]:
    """reshape(x, x.shape) and their like are x itself."""
    new: dict[Value, Value] = {}
    kept = []
    for call in calls:
        y = call.result
        if isinstance(y, Value) and y.is_view and not stays(call):
            sources = (final(x, new) for x in call.reads())
            same = next((x for x in sources if x.root is y.root and x.layout() == y.layout() and _start(x, y)), None)
            if same is not None:
                new[y] = same
                continue
        kept.append(call)
    return kept, new


def _start(a: Value, b: Value) -> bool:
    """Whether both begin at the same place."""
    first, second = (value.array.__array_interface__["data"][0] for value in (a, b))
    return bool(first == second)


def merged(calls: list[Op], keep: set[Value]) -> tuple[list[Op], dict[Value, Value]]:
    """Of equal calls on the same values, the first alone."""
    written = Counter(call.writes.root for call in calls if call.writes is not None)
    version: Counter[Value] = Counter()
    first: dict[Any, Value] = {}
    new: dict[Value, Value] = {}
    kept = []
    for call in calls:
        if call.writes is not None:
            version[call.writes.root] += 1
        elif isinstance(call.result, Value) and not stays(call):
            root = root_of(call.result, new)
            if written[root] == version[root]:  # nothing will be written into the result
                key = (call.fn, _key(call.args, new, version), _key(call.options, new, version))
                if key in first and (call.result not in keep or not call.result.is_array):  # numbers may be shared
                    new[call.result] = first[key]
                    continue
                first.setdefault(key, call.result)
        kept.append(call)
    return kept, new


def _key(tree: Any, new: Mapping[Value, Value], version: Mapping[Value, int]) -> Any:
    """What is equal for equal arguments: values by what their memory holds, constants by type and bits."""
    if isinstance(tree, Value):
        value = final(tree, new)
        return value, version[root_of(value, new)]
    if isinstance(tree, tuple | list):
        return (type(tree), *(_key(item, new, version) for item in tree))
    if isinstance(tree, Mapping):
        return tuple((name, _key(item, new, version)) for name, item in sorted(tree.items()))
    if isinstance(tree, slice):
        return "slice", _key((tree.start, tree.stop, tree.step), new, version)
    if isinstance(tree, np.ndarray | np.generic):
        return type(tree), tree.dtype, tree.shape, tree.strides, tree.tobytes()
    if isinstance(tree, float | complex):
        return type(tree), repr(tree)  # 0.0 == -0.0
    return type(tree), tree if isinstance(tree, int | str | type(None)) else id(tree)


def without_idle_copies(calls: list[Op], keep: set[Value]) -> tuple[list[Op], dict[Value, Value]]:
    """A copy is the value itself if that is not used again, or if nothing is written into either any more."""
    last, keep = last_uses(calls), set(keep)
    writes = {call.writes.root: k for k, call in enumerate(calls) if call.writes is not None}  # the last of each
    maker = {value: call for call in calls for value in call.results()}
    new: dict[Value, Value] = {}
    kept = []
    for k, call in enumerate(calls):
        y = call.result
        if call.fn in COPIES and isinstance(y, Value) and not y.is_view and isinstance(call.args[0], Value):
            x = final(call.args[0], new)
            root = root_of(x, new)
            is_ours = root not in maker or not stays(maker[root])  # what another function returned, it may keep
            dies = x is root and x.kind is Kind.MADE and x not in keep and last[x] == k
            rests = y not in keep and max(writes.get(y, -1), writes.get(root, -1)) < k
            is_same = x.is_array == y.is_array and x.layout() == y.layout()
            if is_ours and is_same and (dies or rests):
                new[y] = x
                last[root] = max(last[root], last[y])
                writes[root] = max(writes.get(root, -1), writes.get(y, -1))
                if y in keep:
                    keep.add(x)
                continue
        kept.append(call)
    return kept, new


def without_idle_arrays(calls: list[Op], keep: set[Value]) -> tuple[list[Op], dict[Value, Value]]:
    """np.asarray of a scalar is that scalar to those who compute with it: ufuncs, and np.stack."""
    written = {call.writes.root for call in calls if call.writes is not None}
    elsewhere = {value for call in calls if not _takes_scalars(call) for value in call.reads()}
    taken = keep | written | elsewhere
    new: dict[Value, Value] = {}
    kept = []
    for call in calls:
        x, y = call.args[0] if call.args else None, call.result
        idle = call.fn is np.asarray and not call.options and y not in taken
        if idle and isinstance(x, Value) and isinstance(x.array, np.generic):
            new[y] = x
        else:
            kept.append(call)
    return kept, new


def _takes_scalars(call: Op) -> bool:
    return call.fn is np.stack or (isinstance(call.fn, np.ufunc) and call.writes is None)


def without_dead_calls(calls: list[Op], keep: set[Value]) -> tuple[list[Op], dict[Value, Value]]:
    """Without the calls whose results nothing reads."""
    live = {value for result in keep for value in (result, result.root)}
    kept = []
    for call in reversed(calls):
        writes = () if call.writes is None else (call.writes, call.writes.root)
        into_state = call.writes is not None and call.writes.root.kind is not Kind.MADE
        if stays(call) or into_state or not live.isdisjoint((*writes[1:], *call.results())):
            kept.append(call)
            live.update(writes)
            for value in call.reads():
                live |= {value, value.root}
    return kept[::-1], {}
