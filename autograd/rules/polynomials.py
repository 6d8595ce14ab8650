"""Polynomials, by their coefficients from the highest power down.

The definitions compute what NumPy does, in its order, so that the values agree to the last bit.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograd.rules.products import as_array
from autograd.rules.registry import composed, rule

Shape = tuple[int, ...]


def vander_gx(g: Any, x: Any, increasing: bool) -> Any:
    """The derivative of x**k is k * x**(k-1)."""
    g = g if increasing else g[:, ::-1]
    powers = np.vander(x, max(g.shape[1] - 1, 0), increasing=True)
    return np.sum(g[:, 1:] * np.arange(1, g.shape[1], dtype=g.dtype) * powers, axis=1)


@composed(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """By Horner's rule."""
    if isinstance(x, np.poly1d):
        raise TypeError("polyval was given a poly1d as x, which can't hold Tensors; give it an array of places")
    p, x = as_array(p), as_array(x)
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


def same_length(a1: Any, a2: Any) -> tuple[Any, Any]:
    """The coefficients of two polynomials, with zeros before the shorter."""
    a1, a2 = (np.reshape(a, (1,)) if np.ndim(a) == 0 else as_array(a) for a in (a1, a2))
    if len(a1) < len(a2):
        a1 = np.concatenate([np.zeros(len(a2) - len(a1), a1.dtype), a1])
    if len(a2) < len(a1):
        a2 = np.concatenate([np.zeros(len(a1) - len(a2), a2.dtype), a2])
    return a1, a2


@composed(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    return operator.add(*same_length(a1, a2))


@composed(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    return operator.sub(*same_length(a1, a2))


@composed(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    """NumPy drops zeros at the front first; no gradient flows to them."""
    return np.convolve(without_zeros(a1), without_zeros(a2))


def without_zeros(p: Any) -> Any:
    p = np.ravel(p)
    start = int(np.argmax(p != 0)) if np.any(p != 0) else len(p) - 1
    return p[start:]


@composed(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    p = as_array(p)
    for _ in range(times(m, "polyder")):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composed(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """k are the constants of integration, one for each time or one for all."""
    p, m = as_array(p), times(m, "polyint")
    k = np.zeros(m) if k is None else np.reshape(k, -1)
    if len(k) == 1 and m > 1:
        k = k[0] * np.ones(m)
    if len(k) < m:
        raise ValueError(f"polyint was given {len(k)} constants to integrate {m} times; give one for each, or one")
    for i in range(m):
        p = np.concatenate([p / np.arange(len(p), 0, -1), k[i : i + 1]])
    return p


def times(m: Any, name: str) -> int:
    if int(m) < 0:
        raise ValueError(f"{name} was given m={m}, and expects how often to do it; give it 0 or more")
    return int(m)


rule(np.vander, x=vander_gx, accepts=("N",))
