"""The rules: one line for each NumPy function, in tables grouped as NumPy's reference is."""

from autograd.rules import constant, elementwise, indexing, linalg, reductions, shapes
from autograd.rules.registry import NO_GRADIENT, OPERATIONS, PLAIN, WRITES, primitive, refusal, rule

__all__ = [
    "NO_GRADIENT", "OPERATIONS", "PLAIN", "WRITES", "constant", "elementwise", "indexing", "linalg", "primitive",
    "reductions", "refusal", "rule", "shapes",
]  # fmt: skip
