"""Taking elements by position or by rank: take, choose, sort, partition."""

from __future__ import annotations
