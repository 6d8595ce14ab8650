"""What a rule returns, as a gradient of its input: of its shape, where it was broadcast, and of its dtype.

The gradient of a float16 array is float32 until it is handed out: in float16 sums overflow at 65,504, and 1 / n is 0
for the n of a long mean.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autograd.engine import errors
from autograd.engine.graph import Node, ndarray

HALF, SINGLE = np.dtype(np.float16), np.dtype(np.float32)


def like_input(gx: Any, node: Node, i: int, halves: set[Any]) -> Any:
    """What the rule of input i returned, with its shape and dtype; None if it returned none.

    halves  takes the parents whose gradient is float16 when it is handed out.
    """
    if type(gx) is not ndarray:
        if gx is None:
            return None
        if isinstance(gx, np.generic) or not hasattr(gx, "shape"):
            gx = np.asarray(gx)
    if gx.shape != node.shapes[i]:
        gx = _unbroadcast(gx, node, i)
    dtype = node.dtypes[i]
    if gx.dtype is dtype or gx.dtype == dtype:
        return gx
    if gx.dtype.kind == "c" and dtype.kind != "c":  # a real input of a complex function: see backward.py
        gx = gx.real
    if dtype == HALF:
        halves.add(node.parents[i])
        dtype = SINGLE
    return gx if gx.dtype == dtype else gx.astype(dtype)


def _unbroadcast(gx: Any, node: Node, i: int) -> Any:
    """Sum a gradient back to the shape that its input had before it was broadcast."""
    shape, wide = node.shapes[i], gx.shape
    extra = len(wide) - len(shape)
    if node.operation.broadcasts and extra > 0 and wide[extra:] == shape:  # a bias: nothing is broadcast more often
        return sum_of_rows(gx if extra == 1 else gx.reshape(math.prod(wide[:extra]), *shape))
    stretched = extra >= 0 and all(n in (1, m) for n, m in zip(shape, wide[extra:], strict=True))
    if not (node.operation.broadcasts and stretched):
        raise errors.of_gradient_shape(node, i, wide)
    axes = (*range(extra), *(extra + k for k, n in enumerate(shape) if n == 1 and wide[extra + k] != 1))
    gx = np.add.reduce(gx, axis=axes)
    return gx if gx.shape == shape else gx.reshape(shape)


def sum_of_rows(gx: Any) -> Any:
    """Of a matrix as a product, which takes a third of the time of a sum, and rounds less; of Tensors as what it is.

    Not of five rows: of them OpenBLAS also adds up what nobody wrote, and NumPy warns of invalid values, by chance (see
    findings/openblas_five_rows.sh).
    """
    if gx.ndim == 2 and len(gx) != 5 and gx.dtype.char in "fdFD" and not hasattr(gx, "node"):
        return _ones(len(gx), gx.dtype) @ gx
    return np.add.reduce(gx, axis=0)


@functools.lru_cache
def _ones(n: int, dtype: np.dtype[Any]) -> Any:
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones
