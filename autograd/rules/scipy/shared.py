"""What the rules of several tables share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def whole(n: Any) -> Any:
    """An order as it is; an array of integers as int64, in which n - 1 does not wrap."""
    return n.astype(np.int64) if hasattr(n, "dtype") and n.dtype.kind in "biu" else n


def pulled(g: Sequence[Any], *slopes: Any) -> Any:
    """Of a function with several outputs, the sum of g * slope over those through which a gradient came in."""
    terms = [part * slope for part, slope in zip(g, slopes, strict=True) if part is not None]
    return sum(terms[1:], terms[0])
