"""Order statistics and weighted or NaN-skipping reductions."""

from __future__ import annotations
