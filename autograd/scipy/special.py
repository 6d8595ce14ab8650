"""scipy.special: its ufuncs, which are differentiated where they stand, and with gradients its other functions."""

from __future__ import annotations

from typing import Any

from scipy import special

from autograd.rules.scipy.gamma import polygamma

__all__ = ["polygamma"]


def __getattr__(name: str) -> Any:
    return getattr(special, name)
