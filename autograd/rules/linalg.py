"""Linear algebra: determinants, inverses, decompositions, norms."""

from __future__ import annotations
