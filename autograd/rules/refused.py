"""Functions in which a gradient would be lost, and why they have no rule; any other unknown function is refused, too."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib import recfunctions

from autograd.rules.registry import REFUSED


def refuse(why: str, *names: str, module: Any = np) -> None:
    """Refuse those of the functions that this version of NumPy has."""
    REFUSED.update({getattr(module, name): why for name in names if hasattr(module, name)})


refuse(
    "which elements are left depends on which are equal; choose them with np.isin, x[np.isin(x, y)], or np.unique",
    "intersect1d", "setdiff1d", "setxor1d", "union1d", "in1d",
)  # fmt: skip
refuse(
    "counts change in steps; take the histogram of t.data, or add up weights with np.bincount",
    "histogram", "histogram2d", "histogramdd", "histogram_bin_edges",
)  # fmt: skip
refuse(
    "coefficients are arrays like others; write it with np.linalg.eigvals, np.linalg.lstsq and np.convolve",
    "poly", "roots", "polyfit", "polydiv",
)  # fmt: skip
refuse("it converts what it is given; np.broadcast_to(t, shape) repeats a Tensor", "full", "arange", "fromiter")
for _name in ("sqrt", "log", "log10", "log2", "power", "arccos", "arcsin", "arctanh", "logn"):
    refuse(
        "it turns to complex numbers where it must, as the values say; choose, by "
        f"np.{_name.replace('logn', 'log')}(t), or the same of np.astype(t, complex)",
        _name, module=np.emath,
    )  # fmt: skip
refuse(
    "it turns numbers to fields of a structured array",
    "append_fields", "apply_along_fields", "assign_fields_by_name", "drop_fields", "find_duplicates", "join_by",
    "merge_arrays", "rec_append_fields", "rec_drop_fields", "rec_join", "recursive_fill_fields", "rename_fields",
    "repack_fields", "require_fields", "stack_arrays", "structured_to_unstructured", "unstructured_to_structured",
    module=recfunctions,
)  # fmt: skip
refuse("it is about dates", "busday_count", "busday_offset", "is_busday", "datetime_as_string")
