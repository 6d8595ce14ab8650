"""Scans and differences along an axis: cumsum, cumprod, diff, gradient, trapezoid."""

from __future__ import annotations
