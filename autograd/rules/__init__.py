"""The rules: one line for each NumPy function, in tables grouped as NumPy's reference is."""

from autograd.rules import (
    constant,
    elementwise,
    fourier,
    indexing,
    joining,
    linalg,
    products,
    reductions,
    scans,
    selecting,
    shapes,
    signal,
    statistics,
)
from autograd.rules.registry import (
    COMPOSED,
    NO_GRADIENT,
    OPERATIONS,
    PLAIN,
    REFUSED,
    WRITES,
    composed,
    primitive,
    refusal,
    rule,
)

__all__ = [
    "COMPOSED", "NO_GRADIENT", "OPERATIONS", "PLAIN", "REFUSED", "WRITES", "composed", "constant", "elementwise",
    "fourier", "indexing", "joining", "linalg", "primitive", "products", "reductions", "refusal", "rule", "scans",
    "selecting", "shapes", "signal", "statistics",
]  # fmt: skip
