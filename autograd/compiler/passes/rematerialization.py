"""Rematerialization: what is cheap to compute again for the backward pass is not kept for it, where memory is scarcest.

    np.multiply(x_hat, weight, out=y)       # forward
    ...
    np.multiply(x_hat, weight, out=y)       # backward, where x_hat is needed anyway
    np.matmul(y.T, g, out=g_weight)

The same ops on the same values give the same bits (Briggs, Cooper and Torczon 1992; of networks Chen et al. 2016).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from autograd.compiler.ir import Kind, Op, Value, replaced
from autograd.compiler.passes.rewrites import Rewritten, is_elementwise, last_uses, substituted, touched

SMALLEST = 2**16  # bytes: of smaller arrays there is little to gain
Places = Mapping[Value, Sequence[int]]


def rematerialize(ops: list[Op], keep: set[Value]) -> Rewritten:
    """The ops, with arrays computed again that are alive, and not used, where most bytes are."""
    kept = {value.root for value in keep}
    uses, writes = _places(ops)
    peak = most_alive(ops, kept)
    again: dict[int, list[int]] = {}  # the ops that are done again before another one
    chosen: set[Value] = set()
    for y, made in writes.items():
        early, late = ([k for k in uses[y] if (k > peak) is is_late] for is_late in (False, True))
        if y in kept or not late or peak in early or not _is_cheap(y, made, early, ops):
            continue
        others = {x.root for k in made for x in ops[k].reads()} - {y}
        if chosen.isdisjoint(others) and all(_is_there(x, uses, writes, made[0], late[0]) for x in others):
            chosen.add(y)
            views = [k for k in early if any(x.is_view for x in ops[k].results())]
            again[late[0]] = [*again.get(late[0], []), *made, *views]
    new: dict[Value, Value] = {}
    found = []
    for k, op in enumerate(ops):
        found += [_copy(ops[j], op.stage, new) for j in again.get(k, ())]
        found.append(substituted(op, new))
    return found, {}


def most_alive(ops: list[Op], kept: set[Value]) -> int:
    """The op at which most bytes are alive."""
    last = last_uses(ops) | dict.fromkeys(kept, len(ops) - 1)
    change = [0] * (len(ops) + 1)
    for k, op in enumerate(ops):
        for y in op.results():
            if y.root is y and y.kind is Kind.MADE:
                change[k] += y.nbytes
                change[last[y] + 1] -= y.nbytes
    alive = list(accumulate(change))
    return alive.index(max(alive))


def _places(ops: list[Op]) -> tuple[Places, Places]:
    """By what owns memory: the ops that touch it, and those that make it or write into it."""
    uses: dict[Value, list[int]] = {}
    writes: dict[Value, list[int]] = {}
    for k, op in enumerate(ops):
        for root in dict.fromkeys(x.root for x in touched(op)):
            uses.setdefault(root, []).append(k)
        written = op.results() if op.writes is None else (op.writes.root,)
        for y in written:
            if not y.is_view:
                writes.setdefault(y, []).append(k)
    return uses, writes


def _is_cheap(y: Value, made: Sequence[int], early: Sequence[int], ops: Sequence[Op]) -> bool:
    """Whether y is large, and made by elementwise ops alone, before anything reads it."""
    is_large = y.kind is Kind.MADE and y.nbytes >= SMALLEST
    is_whole = all(is_elementwise(ops[k]) and ops[k].writes in (None, y) for k in made)
    return is_large and is_whole and list(made) == list(early[: len(made)])


def _is_there(x: Value, uses: Places, writes: Places, first: int, late: int) -> bool:
    """Whether x is needed anyway after it is needed again, and does not change until then."""
    return (x.kind is not Kind.MADE or uses[x][-1] > late) and not any(first <= k <= late for k in writes.get(x, ()))


def _copy(op: Op, stage: str, new: dict[Value, Value]) -> Op:
    """The op on what takes the place of its values. What it makes gets one, too."""

    def instead(x: Any) -> Any:
        return new.get(x, x) if isinstance(x, Value) else x

    args, options, writes = replaced((op.args, dict(op.options), op.writes), instead)
    for y in op.results():
        new[y] = Value(y.array, root=new.get(y.root), name=y.name)
    return replace(op, args=args, options=options, result=replaced(op.result, instead), writes=writes, stage=stage)
