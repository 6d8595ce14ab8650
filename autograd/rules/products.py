"""Products of arrays: dot, inner, outer, matmul, einsum and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.registry import rule


def matmul_ga(g: Any, a_shape: tuple[int, ...], b: Any) -> Any:
    """g @ b.mT. A 1-d operand was a row (a) or a column (b), whose axis the result does not have."""
    if b.ndim == 1:
        return g[..., None] * b
    if len(a_shape) == 1:
        return (g[..., None, :] @ b.mT)[..., 0, :]
    return g @ b.mT


def matmul_gb(g: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    """a.mT @ g. A 1-d operand was a row (a) or a column (b), whose axis the result does not have."""
    if a.ndim == 1:
        return a * g[..., None] if len(b_shape) == 1 else a[:, None] * g[..., None, :]
    if len(b_shape) == 1:
        return (a.mT @ g[..., None])[..., 0]
    return a.mT @ g


rule(np.matmul, a=matmul_ga, b=matmul_gb, broadcasts=True)
