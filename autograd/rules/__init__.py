"""The rules: one line for each NumPy function, in tables grouped as NumPy's reference is."""

from autograd.rules import (
    bessel,
    constant,
    covariance,
    decompositions,
    einsum,
    elementwise,
    fourier,
    functional,
    indexing,
    joining,
    linalg,
    norms,
    polynomials,
    products,
    reductions,
    refused,
    scans,
    selecting,
    shapes,
    signal,
    sparse,
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
    "COMPOSED", "NO_GRADIENT", "OPERATIONS", "PLAIN", "REFUSED", "WRITES", "bessel", "composed", "constant", "covariance",
    "decompositions", "einsum", "elementwise", "fourier", "functional", "indexing", "joining", "linalg", "norms",
    "polynomials", "primitive", "products", "reductions", "refusal", "refused", "rule", "scans", "selecting",
    "shapes", "signal", "sparse", "statistics",
]  # fmt: skip
