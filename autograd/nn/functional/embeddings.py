"""Embedding: a row of a table for each index."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from autograd.engine.tensor import Tensor
from autograd.rules import primitive, rule
from autograd.rules.duck_arrays import opaque
from autograd.rules.indexing import scatter_add
from autograd.rules.products import as_array


@primitive
def embed(indices: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """The rows of weight (num, dim) at indices (...), as (..., dim)."""
    return np.take(weight, opaque(checked, indices, len(weight)), axis=0)


def checked(indices: Any, num: int) -> Any:
    """The indices. Raises IndexError if one is negative, which would count from the end, or too large."""
    if indices.size and not (indices.min() >= 0 and indices.max() < num):
        raise IndexError(
            f"embedding was given indices from {indices.min()} to {indices.max()}; of a table with {num} rows they "
            f"are 0 to {num - 1}: make it larger, or map what is unknown to a row of its own"
        )
    return indices


def embed_gweight(g: Any, indices: Any, weight_shape: tuple[int, int], padding_idx: int | None) -> Any:
    """What np.take's adjoint adds up, without what comes from padding."""
    if padding_idx is not None:
        g = np.where((indices == padding_idx % weight_shape[0])[..., None], 0, g)
    return scatter_add(g, weight_shape, indices)


rule(embed, indices=None, weight=embed_gweight)


def embedding(indices: Tensor | ArrayLike, weight: Any, padding_idx: int | None = None) -> Any:
    """The rows of weight (num, dim) at integer indices (...), as (..., dim).

    The row `padding_idx` gets no gradient.
    """
    array: Any = as_array(indices)
    if array.dtype.kind not in "iu":
        raise TypeError(
            f"embedding was given indices of dtype {array.dtype}, and expects whole numbers, rows of the table; pass "
            f"indices.astype(int)"
        )
    if weight.ndim != 2:
        raise ValueError(
            f"embedding was given a weight of shape {weight.shape}; it must be (num, dim), a row for each index: "
            f"reshape it"
        )
    check_padding("embedding", padding_idx, len(weight))
    return embed(array, weight, padding_idx)


def check_padding(name: str, padding_idx: int | None, num: int) -> None:
    if padding_idx is not None and not -num <= padding_idx < num:
        raise ValueError(
            f"{name} was given padding_idx={padding_idx} for a table of {num} rows; it must be one of them, or None"
        )
