"""Discrete Fourier transforms. They are linear, and their matrices symmetric: each is nearly its own adjoint."""

from __future__ import annotations
