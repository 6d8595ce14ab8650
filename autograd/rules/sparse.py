"""Products with a sparse matrix of SciPy, which is a constant: `A @ t` and `t @ A` (see engine/operators.py).

They copy nothing: of a sparse matrix, the transpose shares the memory.
"""

from __future__ import annotations

import operator
import sys
from types import FrameType
from typing import Any

import numpy as np

from autograd.rules.duck_arrays import opaque
from autograd.rules.registry import primitive, rule


def is_sparse(x: Any) -> bool:
    """Whether x is a sparse matrix or array of SciPy, which need not be installed."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and sparse.issparse(x)


# SciPy leaves A @ t of a sparse matrix to t.__rmatmul__ if t can't be read as an array, of which this is its sign.
NO_ARRAY = np.array(None, dtype=object)


def is_factor_of_sparse(caller: FrameType) -> bool:
    """Whether the code that asks for an array is SciPy's A @ t."""
    return caller.f_code.co_name == "_matmul_dispatch" and caller.f_globals.get("__name__", "").startswith("scipy.")


@primitive
def sparse_matmul(x: Any, matrix: Any) -> Any:
    """matrix @ x, of a sparse matrix (m, n) and an array (n,) or (n, k): (m,) or (m, k).

    Raises ValueError for other shapes.
    """
    if matrix.ndim != 2 or x.ndim not in (1, 2) or matrix.shape[1] != x.shape[0]:
        raise ValueError(
            f"sparse_matmul was given a sparse matrix of shape {matrix.shape} and an array of shape {x.shape}, which do "
            f"not fit: (m, n) and (n,) or (n, k) are expected; reshape the array, or take matrix.toarray()"
        )
    return opaque(operator.matmul, matrix, x)


def matmul_with_sparse(a: Any, b: Any) -> Any:
    """a @ b, of which one is sparse and the other an array."""
    if is_sparse(a):
        return sparse_matmul(b, a) if a.ndim > 1 else a.toarray() @ b
    return np.transpose(sparse_matmul(np.transpose(a), b.T)) if b.ndim > 1 else a @ b.toarray()


rule(sparse_matmul, x=lambda g, matrix: sparse_matmul(g, matrix.T))
