"""Dropout: of single elements, and of whole channels (Srivastava et al. 2014)."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules import primitive, rule


@primitive
def dropout(x: Any, rate: float, rng: np.random.Generator) -> Any:
    """x with each element zeroed with probability `rate`, the others scaled to keep the mean."""
    mask = rng.random(x.shape, dtype=np.float32) >= rate
    return masked(x, mask, rate), mask


@primitive
def dropout2d(x: Any, rate: float, rng: np.random.Generator) -> Any:
    """dropout of whole channels of x (batch, channels, ...)."""
    mask = rng.random((*x.shape[:2], *(1 for _ in x.shape[2:])), dtype=np.float32) >= rate
    return masked(x, mask, rate), mask


def masked(x: Any, mask: Any, rate: float) -> Any:
    """What is kept, scaled. By a product: np.where takes ten times as long where the mask is random."""
    y = x * (1 / (1 - rate))
    y *= mask
    return y


rule(dropout, x=lambda g, mask, rate: masked(g, mask, rate), hidden=("mask",), accepts=("rng",))
rule(dropout2d, x=lambda g, mask, rate: masked(g, mask, rate), hidden=("mask",), accepts=("rng",))
