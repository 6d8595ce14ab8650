"""Covariance and correlation.

The definitions compute what NumPy does, in its order, so that the values agree to the last bit.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd.rules.functional import cast
from autograd.rules.products import as_array, conj
from autograd.rules.registry import composed

Shape = tuple[int, ...]


@composed(np.cov)
def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, fweights: Any = None,
    aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    """A variable in each row, an observation in each column. The weights are constants."""
    if ddof is not None and ddof != int(ddof):
        raise ValueError(f"cov was given ddof={ddof}, which must be an integer")
    ddof = ddof if ddof is not None else 0 if bias else 1
    given = [as_array(x) for x in ((m,) if y is None else (m, y))]
    if any(x.ndim > 2 for x in given):
        raise ValueError(f"cov was given arrays of shapes {[x.shape for x in given]}; give it one or two axes")
    dtype = dtype or np.result_type(*(x.dtype for x in given), np.float64)
    x, *others = ((np.reshape(x, (1, -1)) if x.ndim < 2 else x).astype(dtype) for x in given)
    if not rowvar and given[0].ndim != 1:
        x = x.T
    if not len(x):
        return np.zeros_like(x, shape=(0, 0), dtype=np.float64)
    for other in others:
        x = np.concatenate([x, other if rowvar or len(other) == 1 else other.T])
    count = x.shape[1]
    f, a = checked_weights("fweights", fweights, count), checked_weights("aweights", aweights, count)
    w = a if f is None else f if a is None else f * a
    if w is None:
        freedom, mean = count - ddof, np.mean(x, axis=1)
    else:
        total = np.sum(w, dtype=np.result_type(dtype, w.dtype))
        freedom = total - (0 if ddof == 0 else ddof if a is None else ddof * np.sum(w * a) / total)
        mean = np.sum(x * w, axis=1) / total
    if freedom <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=2)
        freedom = 0.0
    x = cast(x - mean[:, None], dtype)
    weighted = x if w is None else x * w
    c = np.dot(x, conj(weighted.T))
    return np.squeeze(cast(c * np.true_divide(1, freedom), c.dtype))


def checked_weights(name: str, weights: Any, count: int) -> Any:
    if weights is None:
        return None
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != (count,) or np.any(w < 0) or (name == "fweights" and np.any(w != np.round(w))):
        raise ValueError(
            f"cov was given {name}={weights}; it expects {count} numbers, one for each observation, none negative, and "
            f"as fweights none broken"
        )
    return w


@composed(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    every = np.arange(len(c))
    deviation = np.sqrt(np.real(c[every, every]))
    c = c / deviation[:, None] / deviation[None, :]
    if c.dtype.kind != "c":
        return np.clip(c, -1, 1)
    return np.clip(np.real(c), -1, 1) + 1j * np.clip(np.imag(c), -1, 1)
