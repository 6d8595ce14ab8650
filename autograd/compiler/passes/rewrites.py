"""Rewrites of the list of ops that keep the bits of every value.

Each takes the ops, and what must stay apart because it is handed out; it returns the ops that remain, with what takes
whose place. Functions that are neither NumPy's nor Python's may do anything: their calls are never left out or moved.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import FunctionType
from typing import Any

import numpy as np

from autograd._util.functions import home_of, parameter_names
from autograd.compiler.ir import Kind, Op, Value, replaced

Rewritten = tuple[list[Op], dict[Value, Value]]
# The operators that update an array in place.
IN_PLACE: dict[Any, str] = {np.add: "+=", np.subtract: "-=", np.multiply: "*=", np.divide: "/="}
COPIES = {"copy", "astype", "flatten", np.copy, np.positive}
KNOWN = {"numpy", "_operator", "operator", "math", "builtins"}  # whose functions do nothing but compute


def is_foreign(fn: Any) -> bool:
    """Whether a function is neither NumPy's nor Python's."""
    is_ufunc = isinstance(fn, np.ufunc) or isinstance(getattr(fn, "__self__", None), np.ufunc)  # np.add.reduce
    return not (is_ufunc or isinstance(fn, str) or home_of(fn) in KNOWN)


def fills(fn: Any) -> bool:
    """Whether a function that is called as it is writes what it returns into memory that it is given as `out`."""
    return isinstance(fn, FunctionType) and is_foreign(fn) and "out" in parameter_names(fn)


def is_elementwise(op: Op) -> bool:
    """Whether each element of the result is computed of one of each operand."""
    is_ufunc = isinstance(op.fn, np.ufunc) and op.fn.signature is None and op.fn.nout == 1
    return is_ufunc or getattr(op.fn, "is_elementwise", False)


def stays(op: Op) -> bool:
    """Whether an op must be done, once and where it is, even if nothing reads its result."""
    return op.effect or is_foreign(op.fn) or home_of(op.fn) == "builtins"


def rewritten(ops: list[Op], instead: Callable[[int, Op], Value | None]) -> Rewritten:
    """Without the ops for whose result `instead` gives another value, which the ops after them are on then."""
    new: dict[Value, Value] = {}
    kept = []
    for k, op in enumerate(ops):
        op = substituted(op, new)
        x = instead(k, op)
        if x is None:
            kept.append(op)
        else:
            new[op.result] = x
            x.name = x.name or op.result.name  # somebody found it worth a name
    return kept, new


def substituted(op: Op, new: Mapping[Value, Value]) -> Op:
    """The op on the values that take the place of others."""
    for value in op.results():
        value.root = new.get(value.root, value).root
    if new.keys().isdisjoint((*op.reads(), op.writes)):
        return op

    def changed(leaf: Any) -> Any:
        return new.get(leaf, leaf) if isinstance(leaf, Value) else leaf

    args, options = replaced((op.args, op.options), changed)
    return replace(op, args=args, options=options, writes=changed(op.writes))


def touched(op: Op) -> Iterator[Value]:
    """The values that an op reads, makes or writes into."""
    yield from op.reads()
    yield from op.results()
    if op.writes is not None:
        yield op.writes


def last_uses(ops: list[Op]) -> dict[Value, int]:
    """For each value that owns memory, the number of the last op that needs it, through a view too.

    What a loop uses and does not make itself is needed until its last round.
    """
    made = {y: op.loop for op in ops for y in op.results()}
    ends = {op.loop: k for k, op in enumerate(ops)}
    last: dict[Value, int] = {}
    for k, op in enumerate(ops):
        for root in (value.root for value in touched(op)):
            last[root] = k if op.loop is None or made.get(root) is op.loop else ends[op.loop]
    return last


def elide_views(ops: list[Op], keep: set[Value]) -> Rewritten:
    """A view of a whole array is that array; np.asarray of a scalar is that scalar to those who compute with it."""
    as_array = keep | {x for op in ops if not _takes_scalars(op) for x in (*op.reads(), op.writes)}

    def whole(k: int, op: Op) -> Value | None:
        y = op.result
        if isinstance(y, Value) and y.is_view and not stays(op):
            return next((x for x in op.reads() if _is_whole(x, y)), None)
        is_cast = op.fn is np.asarray and not op.options and y not in as_array
        return op.args[0] if is_cast and isinstance(getattr(op.args[0], "array", 0), np.generic) else None

    return rewritten(ops, whole)


def _takes_scalars(op: Op) -> bool:
    return op.fn is np.stack or (isinstance(op.fn, np.ufunc) and op.writes is None)


def _is_whole(x: Value, view: Value) -> bool:
    if x.root is not view.root or x.layout() != view.layout():
        return False
    first, second = (value.array.__array_interface__["data"][0] for value in (x, view))
    return bool(first == second)


def eliminate_common_subexpressions(ops: list[Op], keep: set[Value]) -> Rewritten:
    """Of equal ops on the same values, the first alone."""
    written = Counter(op.writes.root for op in ops if op.writes is not None)
    version: Counter[Value] = Counter()
    first: dict[Any, Value] = {}

    def equal(k: int, op: Op) -> Value | None:
        y = op.result
        if op.writes is not None:
            version[op.writes.root] += 1
        elif isinstance(y, Value) and not stays(op) and written[y.root] == version[y.root]:  # nothing more is written
            x = first.setdefault((op.fn, _key((op.args, dict(op.options)), version)), y)
            return x if x is not y and (y not in keep or not y.is_array) else None  # numbers may be shared
        return None

    return rewritten(ops, equal)


def _key(tree: Any, version: Mapping[Value, int]) -> str:
    """What is equal for equal arguments: values by what their memory holds, constants by type and bits."""

    def leaf(x: Any) -> Any:
        if isinstance(x, Value):
            return id(x), version.get(x.root)
        if isinstance(x, np.ndarray | np.generic):
            return type(x), x.dtype, x.shape, x.strides, x.tobytes()
        return x if isinstance(x, bool | int | float | complex | str | None) else (type(x), id(x))

    return repr(replaced(tree, leaf))


def elide_copies(ops: list[Op], keep: set[Value]) -> Rewritten:
    """A copy is the value itself if that is not used again, or if nothing is written into either any more."""
    last, keep = last_uses(ops), set(keep)
    writes = {op.writes.root: k for k, op in enumerate(ops) if op.writes is not None}  # the last of each
    # What another function returned, it may keep.
    others = {value for op in ops if stays(op) and not fills(op.fn) for value in op.results()}

    def original(k: int, op: Op) -> Value | None:
        x, y = op.args[0] if op.args else None, op.result
        if op.fn not in COPIES or not isinstance(x, Value) or not isinstance(y, Value) or y.is_view:
            return None
        root = x.root
        dies = x is root and x.kind is Kind.MADE and x not in keep and last[x] == k
        rests = y not in keep and max(writes.get(y, -1), writes.get(root, -1)) < k
        is_same = x.is_array == y.is_array and x.layout() == y.layout()
        if root in others or not is_same or not (dies or rests):
            return None
        last[root] = max(last[root], last[y])
        writes[root] = max(writes.get(root, -1), writes.get(y, -1))
        if y in keep:
            keep.add(x)
        return x

    return rewritten(ops, original)


def eliminate_dead_code(ops: list[Op], keep: set[Value]) -> Rewritten:
    """Without the ops whose results nothing reads."""
    live = {value for result in keep for value in (result, result.root)}
    kept = []
    for op in reversed(ops):
        target = op.writes
        into_state = target is not None and target.root.kind is not Kind.MADE
        if stays(op) or into_state or not live.isdisjoint(op.results() if target is None else (target.root,)):
            kept.append(op)
            live.update(x for value in touched(op) for x in (value, value.root))
    return kept[::-1], {}


def update_elements(ops: list[Op], keep: set[Value]) -> Rewritten:
    """Elements that are taken, changed in place and put back: a[index] -= b, as setitem with the ufunc."""
    uses = Counter(value for op in ops for value in op.reads())
    found: list[Op | None] = [*ops]
    for k, (taken, changed, put) in enumerate(zip(ops, ops[1:], ops[2:], strict=False)):
        y = taken.result
        if (taken.fn, put.fn) != (operator.getitem, operator.setitem) or y.is_view or uses[y] != 2 or changed.options:
            continue
        is_same = put.args[2] is y and _key(taken.args, {}) == _key(put.args[:2], {})
        if is_same and changed.fn in IN_PLACE and changed.writes is y is changed.args[0]:
            found[k : k + 3] = None, None, replace(put, args=(*put.args[:2], changed.args[1], changed.fn))
    return [op for op in found if op is not None], {}
