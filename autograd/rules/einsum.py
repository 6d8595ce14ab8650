"""einsum: a sum of products over the axes that share a letter. Its gradients are einsums, with letters swapped."""

from __future__ import annotations

import operator
import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.rules.indexing import scatter_add
from autograd.rules.registry import composed, primitive, rule

Shape = tuple[int, ...]

LETTERS = string.ascii_uppercase + string.ascii_lowercase  # by their numbers in einsum(a, [0, 1])


@primitive
def einsum(
    operands: Sequence[Any],
    subscripts: str,
    optimize: Any = False,
    dtype: Any = None,
    order: Any = "K",
    casting: Any = "safe",
) -> Any:
    """np.einsum with its operands in a list: what every call of it records."""
    return np.einsum(subscripts, *operands, optimize=optimize, dtype=dtype, order=order, casting=casting)


@composed(np.einsum)
def einsum_call(*operands: Any, **options: Any) -> Any:
    """np.einsum("ij,jk->ik", a, b), or np.einsum(a, [0, 1], b, [1, 2], [0, 2]), whose letters are ABC...abc..."""
    if isinstance(operands[0], str):
        return einsum(list(operands[1:]), subscripts=operands[0], **options)
    arrays, axes = operands[: len(operands) // 2 * 2 : 2], operands[1::2]
    output = "->" + spelled(operands[-1]) if len(operands) % 2 else ""
    return einsum(list(arrays), subscripts=",".join(map(spelled, axes)) + output, **options)


def spelled(axes: Any) -> str:
    """[0, ..., 1] as "A...B"."""
    numbers = [k if k is Ellipsis else operator.index(k) for k in axes]
    if any(k is not Ellipsis and not 0 <= k < len(LETTERS) for k in numbers):
        raise ValueError(
            f"einsum was given axes {numbers}, whose numbers must be from 0 to {len(LETTERS) - 1}; number them anew"
        )
    return "".join("..." if k is Ellipsis else LETTERS[k] for k in numbers)


def lettered(subscripts: str, shapes: Sequence[Shape]) -> tuple[list[str], str]:
    """A letter for each axis of each operand, and of the output: "...i,i" of (2, 3) and (3,) gives ["Ai", "i"], "A"."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    parts = inputs.split(",")
    if not arrow:
        output = "..." + "".join(sorted(c for c in set(inputs) - set(",.") if inputs.count(c) == 1))
    extra = [len(shape) - len(part.replace("...", "")) for part, shape in zip(parts, shapes, strict=True)]
    spare = [c for c in LETTERS if c not in subscripts][: max(extra)]
    # Of operands whose ellipses stand for fewer axes, those are the last.
    parts = [part.replace("...", "".join(spare[len(spare) - n :])) for part, n in zip(parts, extra, strict=True)]
    return parts, output.replace("...", "".join(spare))


def einsum_gx(g: Any, xs: Sequence[Any], xs_shape: Sequence[Shape], i: int, subscripts: str, optimize: Any) -> Any:
    """The einsum of g and the other operands to the letters of operand i: those that it alone has are stretched."""
    letters, output = lettered(subscripts, xs_shape)
    sizes = dict(zip(letters[i], xs_shape[i], strict=True))  # each letter once
    shape = tuple(sizes.values())
    others = [k for k in range(len(xs)) if k != i]
    terms = [output, *(letters[k] for k in others)]
    # An axis of length 1 is summed over: another operand may have stretched it.
    known = [c for c, n in sizes.items() if n != 1 and any(c in term for term in terms)]
    if isinstance(optimize, list) or (isinstance(optimize, tuple) and optimize[0] == "einsum_path"):
        optimize = True  # the path was that of the call
    gx = einsum([g, *(xs[k] for k in others)], subscripts=f"{','.join(terms)}->{''.join(known)}", optimize=optimize)
    if len(known) < len(sizes):
        gx = np.expand_dims(gx, tuple(k for k, c in enumerate(sizes) if c not in known))
    if gx.shape != shape:
        gx = np.broadcast_to(gx, shape)
    if len(sizes) < len(letters[i]):  # a letter stands twice: only the diagonal was read
        grid = dict(zip(sizes, np.ix_(*map(np.arange, shape)), strict=True))
        gx = scatter_add(gx, xs_shape[i], tuple(grid[c] for c in letters[i]))
    return gx


rule(einsum, xs=einsum_gx)
