"""Blocks: chains of elementwise calls on big arrays, made piece by piece, so that a piece stays in the cache.

    for k in range(0, 784, 56):
        end = k + 56
        np.multiply(lr, g_w0[k:end], out=step)
        np.subtract(w0[k:end], step, out=w0[k:end])

An element is computed by the same calls as before, so its bits are the same. A temporary is no larger than a piece.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.compiler.ir import Kind, Loop, Op, Value, replaced, values_in
from autograd.compiler.passes.rewriting import final, is_of_numbers, last_uses, root_of, stays, touched

# Bytes. Measured with 1 MB of second-level and 32 MB of third-level cache: in pieces, 16 products and sums of 4 MB take
# 1.07 times as long, of 40 MB half as long; a step of Adam of a layer of 2048 x 2048 takes 0.86 of the time.
BIG = 2**22  # smaller arrays stay in the cache anyway
BLOCK = 2**19  # of an array that are a piece, at most
LEAST = 2**14  # and at least, or the calls would cost more than the cache saves
KINDS = "biuf"  # complex products round otherwise in the last elements of an array


def cut(calls: list[Op], keep: set[Value]) -> tuple[list[Op], dict[Value, Value]]:
    """The calls, with loops in place of chains of elementwise calls on big arrays; and what takes whose place.

    keep  what is handed out.
    """
    calls = _with_constants(calls)
    last = last_uses(calls) | {value.root: len(calls) for value in keep}
    maker = {value: call for call in calls for value in call.results()}
    found: list[Op] = []
    new: dict[Value, Value] = {}
    k = 0
    while k < len(calls):
        chain = _Chain(calls, k)
        if chain.length > 1:
            found += _looped(chain, last, maker, new)
            k = chain.end
        else:
            found.append(calls[k])
            k += 1
    return found, new


class _Chain:
    """The longest chain of elementwise calls on arrays of one shape that begins with call `start`.

    calls    those that compute arrays; `numbers` those between them that compute numbers, and can be made before.
    rows     of a piece; 0 if there are no pieces of a good size.
    """

    def __init__(self, calls: list[Op], start: int) -> None:
        self.start = self.end = start
        first = _computed(calls[start])
        self.shape = () if first is None else first.array.shape
        sizes = [x.nbytes for x in touched(calls[start]) if x.is_array and x.array.shape == self.shape]
        self.rows = 0 if first is None else _rows(len(first.array), max(sizes))
        self.calls, self.numbers, made, waiting = list[Op](), list[Op](), set[Value](), list[Op]()
        for k in range(start, len(calls) if self.rows else start):
            call = calls[k]
            if self._fits(call):
                self.numbers += waiting
                self.calls.append(call)
                self.end, waiting = k + 1, []
                made.update(call.results())
            elif is_of_numbers(call):
                waiting.append(call)
            else:
                break

    @property
    def length(self) -> int:
        return len(self.calls)

    def _fits(self, call: Op) -> bool:
        y = _computed(call)
        if y is None or not self.is_cut(y):
            return False
        return all(self.is_cut(x) or _is_alike_in_each_piece(x, self.shape) for x in values_in(call.args))

    def is_cut(self, x: Value) -> bool:
        """Whether x is made, or taken, piece by piece. All rows of a constant may lie in one place."""
        array = x.array
        if not x.is_array or array.shape != self.shape or array.dtype.kind not in KINDS:
            return False
        return bool(array.flags.c_contiguous or (x.kind is Kind.CONSTANT and not array.strides[0]))


def _looped(chain: _Chain, last: Mapping[Value, int], maker: Mapping[Value, Op], new: dict[Value, Value]) -> list[Op]:
    """What stands in place of a chain: memory for what it leaves, and a loop over the pieces."""
    made = [call.result for call in chain.calls if call.result is not None]
    temporary = {y: Value(y.array[: chain.rows], name=y.name) for y in made if last[y] < chain.end}
    new.update(_taken_over(chain, [y for y in made if y not in temporary], last, maker))
    used = [x for call in chain.calls for x in touched(call) if chain.is_cut(x) and x not in temporary]
    whole = list(dict.fromkeys(final(x, new) for x in used))
    part = {x: Value(x.array[: chain.rows], x.kind, root_of(x, new)) for x in whole}
    part |= {x: part[final(x, new)] for x in used} | temporary

    index, end = Value(0, name="k"), Value(chain.rows, name="end")
    loop = Loop(index, len(whole[0].array), chain.rows)
    like = replace(chain.calls[0], options={}, writes=None, errors={})
    left = [
        replace(like, fn=np.empty, args=(y.array.shape, y.array.dtype), result=y)
        for y in made
        if y not in temporary and y not in new
    ]
    body = [replace(like, fn=operator.add, args=(index, chain.rows), result=end)]
    body += [replace(like, fn=operator.getitem, args=(x, slice(index, end)), result=part[x]) for x in whole]
    for call in chain.calls:
        args = replaced(call.args, lambda x: part.get(x, x) if isinstance(x, Value) else x)
        if call.result in temporary:
            body.append(replace(call, args=args, result=part[call.result]))
        else:
            target = call.result if call.writes is None else call.writes
            body.append(replace(call, args=args, result=None, writes=part[target]))
    return [*chain.numbers, *left, *(replace(call, loop=loop) for call in body)]


def _taken_over(
    chain: _Chain, left: list[Value], last: Mapping[Value, int], maker: Mapping[Value, Op]
) -> dict[Value, Value]:
    """What the chain leaves, where an array dies in it that it can be written over."""
    found: dict[Value, Value] = {}
    made = {call.result for call in chain.calls}
    dying = [
        x
        for x in dict.fromkeys(x for call in chain.calls for x in values_in(call.args))
        if x.kind is Kind.MADE and x.root is x and last[x] < chain.end and x not in made
        if x in maker and not stays(maker[x])
    ]
    final_use = {x: k for k, call in enumerate(chain.calls) for x in touched(call)}
    of_those_left = set(left)
    for k, call in enumerate(chain.calls):
        if call.result in of_those_left:
            free = (x for x in dying if final_use[x] <= k and x.layout() == call.result.layout())
            if (x := next(free, None)) is not None:
                found[call.result] = x
                dying.remove(x)
    return found


def _with_constants(calls: list[Op]) -> list[Op]:
    """The calls with values in place of arrays that stand in them as they are, so that these are cut like others."""
    known: dict[int, Value] = {}

    def value(arg: Any) -> Any:
        return known.setdefault(id(arg), Value(arg, Kind.CONSTANT)) if type(arg) is np.ndarray and arg.ndim else arg

    return [call if _computed(call) is None else replace(call, args=tuple(map(value, call.args))) for call in calls]


def _computed(call: Op) -> Any:
    """The array that an elementwise call computes; None if it does anything else."""
    if not isinstance(call.fn, np.ufunc) or call.fn.signature is not None or call.fn.nout != 1 or call.options:
        return None
    if any(isinstance(arg, list | tuple) for arg in call.args):  # of which each call makes an array
        return None
    y = call.result if call.writes is None else call.writes
    return y if y.is_array and y.array.ndim else None


def _rows(n: int, nbytes: int) -> int:
    """How many of n rows make a piece: as many as a block holds, of those numbers that divide n evenly."""
    if nbytes <= BIG:
        return 0
    row = nbytes // n
    rows = max((k for k in range(1, min(n, BLOCK // row) + 1) if n % k == 0), default=0)
    return rows if rows * row >= LEAST else 0


def _is_alike_in_each_piece(x: Value, shape: tuple[int, ...]) -> bool:
    """Whether x is a number, or an array that is broadcast along the first axis."""
    return not x.is_array or x.array.ndim < len(shape) or x.array.shape[0] == 1
