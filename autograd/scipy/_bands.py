"""Linear equations whose matrix has a few diagonals, as those by which splines are found."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from autograd.rules.registry import primitive, rule


@primitive
def solve_bands(bands: Any, b: Any, lower: int) -> Any:
    """(n, n) bands, (n, ...) to (n, ...): the solution of A x = b.

    bands[k, j] is A[j + k - upper, j], as scipy.linalg.solve_banded has it; `lower` of them are below the diagonal.
    """
    columns = np.reshape(b, (len(b), -1))
    x = linalg.solve_banded((lower, len(bands) - 1 - lower), bands, columns, check_finite=False)
    return np.reshape(x, b.shape)


def shifted(row: Any, k: int) -> Any:
    """The elements k places further on, and 0 where there are none."""
    n = row.shape[0]
    kept = row[max(-k, 0) : max(n - max(k, 0), 0)]
    if not k:
        return kept
    zeros = np.zeros_like(row, shape=(min(abs(k), n), *row.shape[1:]))
    return np.concatenate([zeros, kept] if k > 0 else [kept, zeros])


def transposed(bands: Any, lower: int) -> Any:
    """The bands of the transposed matrix, which has as many above the diagonal as A has below."""
    upper = len(bands) - 1 - lower
    return np.stack([shifted(bands[k], k - upper) for k in range(len(bands))][::-1])


def solve_bands_gb(g: Any, bands: Any, lower: int) -> Any:
    return solve_bands(transposed(bands, lower), g, len(bands) - 1 - lower)


def solve_bands_gbands(g: Any, bands: Any, y: Any, lower: int) -> Any:
    gb, upper = solve_bands_gb(g, bands, lower), len(bands) - 1 - lower
    others = tuple(range(1, y.ndim))
    return np.stack([-np.sum(shifted(gb, upper - k) * y, axis=others) for k in range(len(bands))])


rule(solve_bands, bands=solve_bands_gbands, b=solve_bands_gb)
