"""Loop tiling: chains of elementwise ops on big arrays, done piece by piece, so that a piece stays in the cache.

    for k in range(0, 784, 56):
        end = k + 56
        np.multiply(lr, g_w0[k:end], out=step)
        np.subtract(w0[k:end], step, out=w0[k:end])

An element is computed by the same ufuncs as before, so its bits are the same. A temporary is no larger than a piece.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograd.compiler.ir import Kind, Loop, Op, Value, replaced, values_in
from autograd.compiler.passes.rewrites import Rewritten, last_uses, stays, touched

# Bytes. Measured with 2 MB of second-level cache and a slow third level, in pieces: 16 products and sums of 1.25 MB and
# more take 0.45 of the time, those of 0.5 MB as long; a step of Adam of a layer of 784 x 400 takes 0.7. With 1 MB and a
# fast third level: 1.07 of the time for 4 MB, half for 40 MB, and 0.86 for a step of Adam of a layer of 2048 x 2048.
BIG = 2**20  # smaller arrays stay in the cache anyway
TILE = 2**18  # of an array that are a piece, at most
SMALLEST_TILE = 2**14  # and at least, or the ops would cost more than the cache saves
TILED_KINDS = "biuf"  # complex products round otherwise in the last elements of an array


@dataclass
class OpChain:
    """Elementwise ops on arrays of one shape that follow each other, up to op `end`.

    numbers  ops between them that compute numbers, and can be done before.
    rows     of a piece.
    """

    shape: tuple[int, ...] = ()
    rows: int = 0
    end: int = 0
    ops: list[Op] = field(default_factory=list)
    numbers: list[Op] = field(default_factory=list)

    def is_tiled(self, x: Value) -> bool:
        """Whether x is made, or taken, piece by piece. All rows of a constant may lie in one place."""
        array = x.array
        if not x.is_array or array.shape != self.shape or array.dtype.kind not in TILED_KINDS:
            return False
        return bool(array.flags.c_contiguous or (x.kind is Kind.CONSTANT and not array.strides[0]))

    def fits(self, op: Op) -> bool:
        """Whether an op takes pieces, numbers, and arrays that are broadcast along the first axis."""
        y = _computed(op)
        broadcast = (x for x in values_in(op.args) if not self.is_tiled(x) and x.is_array)
        is_alike = all(x.array.ndim < len(self.shape) or x.array.shape[0] == 1 for x in broadcast)
        return y is not None and self.is_tiled(y) and is_alike


def tile_loops(ops: list[Op], keep: set[Value]) -> Rewritten:
    """The ops, with loops in place of chains of elementwise ops on big arrays."""
    constants: dict[int, Value] = {}  # of arrays that stand in ops as they are, so that these are tiled like others

    def value(arg: Any) -> Any:
        is_array = type(arg) is np.ndarray and arg.ndim
        return constants.setdefault(id(arg), Value(arg, Kind.CONSTANT)) if is_array else arg

    ops = [op if _computed(op) is None else replace(op, args=tuple(map(value, op.args))) for op in ops]
    last = last_uses(ops) | {value.root: len(ops) for value in keep}
    found: list[Op] = []
    k = 0
    while k < len(ops):
        chain = _longest_chain(ops, k)
        found += _loop(chain, last) if len(chain.ops) > 1 else [ops[k]]
        k = chain.end if len(chain.ops) > 1 else k + 1
    return found, {}


def _longest_chain(ops: list[Op], start: int) -> OpChain:
    """The longest that begins with op `start`."""
    if (y := _computed(ops[start])) is None:
        return OpChain()
    shape = y.array.shape
    largest = max(x.nbytes for x in touched(ops[start]) if np.shape(x.array) == shape)
    chain = OpChain(shape, _rows_of_tile(shape[0], largest))
    waiting: list[Op] = []
    for k in range(start, len(ops) if chain.rows else start):
        op = ops[k]
        if chain.fits(op):
            chain.numbers += waiting
            chain.ops.append(op)
            chain.end, waiting = k + 1, []
        elif op.writes is None and not stays(op) and not any(np.ndim(x.array) for x in touched(op)):
            waiting.append(op)  # of numbers alone
        else:
            break
    return chain


def _computed(op: Op) -> Value | None:
    """The array that an elementwise op computes; None if it does anything else."""
    if not isinstance(op.fn, np.ufunc) or op.fn.signature is not None or op.fn.nout != 1 or op.options:
        return None
    if any(isinstance(arg, list | tuple) for arg in op.args):  # of which each op makes an array
        return None
    y: Value = op.result if op.writes is None else op.writes
    return y if y.is_array and y.array.ndim else None


def _rows_of_tile(n: int, nbytes: int) -> int:
    """How many of n rows make a piece: as many as a tile holds, of those numbers that divide n evenly; 0 if none do."""
    if nbytes <= BIG:
        return 0
    row = nbytes // n
    rows = max((k for k in range(1, min(n, TILE // row) + 1) if n % k == 0), default=0)
    return rows if rows * row >= SMALLEST_TILE else 0


def _loop(chain: OpChain, last: Mapping[Value, int]) -> list[Op]:
    """What stands in place of a chain: memory for what it leaves, and a loop over the pieces."""
    made = [op.result for op in chain.ops if op.result is not None]
    left = [y for y in made if last[y] >= chain.end]
    part = {y: Value(y.array[: chain.rows], name=y.name) for y in made if last[y] < chain.end}  # temporaries
    used = dict.fromkeys(x for op in chain.ops for x in touched(op) if chain.is_tiled(x))
    whole = {x: Value(x.array[: chain.rows], x.kind, x.root) for x in used if x not in part}
    part |= whole

    index, end = Value(0, name="k"), Value(chain.rows, name="end")
    loop = Loop(index, chain.shape[0], chain.rows)
    like = replace(chain.ops[0], options={}, writes=None, errors={})
    memory = [replace(like, fn=np.empty, args=(y.array.shape, y.array.dtype), result=y) for y in left]
    body = [replace(like, fn=operator.add, args=(index, chain.rows), result=end)]
    body += [replace(like, fn=operator.getitem, args=(x, slice(index, end)), result=y) for x, y in whole.items()]
    for op in chain.ops:
        args = replaced(op.args, lambda x: part.get(x, x) if isinstance(x, Value) else x)
        y = op.result if op.writes is None else op.writes
        is_temporary = op.writes is None and y not in whole
        result, writes = (part[y], None) if is_temporary else (None, part[y])
        body.append(replace(op, args=args, result=result, writes=writes))
    return [*chain.numbers, *memory, *(replace(op, loop=loop) for op in body)]
