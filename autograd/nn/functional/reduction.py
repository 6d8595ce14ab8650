"""What a loss makes of its elements, after PyTorch: their mean, their sum, or the elements themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

REDUCTIONS = ("mean", "sum", "none")


def check_reduction(name: str, reduction: Any, known: Sequence[str] = REDUCTIONS) -> None:
    if reduction not in known:
        raise ValueError(f"{name} was given reduction={reduction!r}; it takes {', '.join(map(repr, known))}")


def reduced(name: str, losses: Any, reduction: str) -> Any:
    """The mean or the sum of all losses, of shape (), or the losses themselves."""
    if reduction == "mean":
        if not losses.size:
            raise ValueError(f"{name} was given an empty batch, of shape {losses.shape}, which has no mean; skip it")
        return np.mean(losses)
    check_reduction(name, reduction)
    return losses if reduction == "none" else summed(losses)


def summed(losses: Any) -> Any:
    """The sum, of float16 added up in float32."""
    if losses.dtype == np.float16:
        return np.sum(losses.astype(np.float32)).astype(np.float16)
    return np.sum(losses)
