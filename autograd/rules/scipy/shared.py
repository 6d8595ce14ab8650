"""What the rules of several tables share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def whole(n: Any) -> Any:
    """An order as it is; an array of integers as int64, in which n - 1 does not wrap."""
    return n.astype(np.int64) if hasattr(n, "dtype") and n.dtype.kind in "biu" else n


def pulled(g: Sequence[Any], *slopes: Any) -> Any:
    """Of a function with several outputs, the sum of g * slope over those through which a gradient came in."""
    terms = [part * slope for part, slope in zip(g, slopes, strict=True) if part is not None]
    return sum(terms[1:], terms[0])


def of_outputs(g: Any, *slopes: Callable[[], Any]) -> Any:
    """The same of slopes that are computed only where they are needed."""
    parts = [one * slope() for one, slope in zip(g, slopes, strict=True) if one is not None]
    return sum(parts[1:], parts[0])


def even_series(x: Any, coefficients: Sequence[float]) -> Any:
    """The sum of coefficients[k] x**(2 k), by Horner's scheme."""
    square, total = x * x, coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = coefficient + square * total
    return total


def around_0(x: Any, near: Callable[[Any], Any], away: Callable[[Any], Any]) -> Any:
    """near(x) where |x| < 1, away(x) elsewhere; neither meets a number of the other, nor is its derivative 0 times inf."""
    is_near = np.absolute(x) < 1
    return np.where(is_near, near(np.where(is_near, x, 0.5)), away(np.where(is_near, 1, x)))
