"""What rules do with the parameters of a function that are no arrays of floats."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_float(a: Any, g: Any) -> Any:
    """A Python number, or whole numbers, as an array of floats of the precision of g.

    SciPy's ufuncs compute of a Python number alone in float64, and so would what their result is multiplied by.
    """
    dtype = np.finfo(g.dtype).dtype
    if not hasattr(a, "dtype"):
        return np.asarray(a, np.result_type(dtype, a))
    return a.astype(dtype) if a.dtype.kind in "biu" else a


def precision_of(*xs: Any) -> Any:
    """The dtype in which SciPy's ufuncs return what they compute of these."""
    dtype = np.result_type(*xs)
    return dtype if dtype.kind in "fc" else np.dtype(float)
