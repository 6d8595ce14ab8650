"""Attention and its gradient, in NumPy alone; see attention.py for the shapes.

Scores lie transposed, (..., S, L), so that softmax goes along their last axis but one: maxima and sums are those of
whole rows, where NumPy takes many short rows one by one. What does not fit into the cache is done in pieces: a few
items of the first axis at a time and, where attention is causal, a few queries, whose scores with later keys are never
computed. float16 is computed in float32.

A compiled function calls these as they are, and a program that is saved brings a copy of them along.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.nn.functional.precision import upcast

# Measured with 1 MB of second-level and 16 MB of third-level cache, forth and back, 4 heads of 32: a batch of 8 with
# 256 time steps takes 0.7 of the time in pieces of items, one of 4 with 512 steps in those of queries another 0.8.
PIECE = 2**19  # bytes of scores
QUERIES = 128  # in a piece of causal attention


def attention_forward(
    q: Any, k: Any, v: Any, mask: Any, keep: Any, is_causal: bool, scale: float, rate: float
) -> tuple[Any, Any]:
    """y (..., L, Ev), and the softmax of the scores (..., S, L)."""
    dtype = q.dtype
    q, k, v, mask = upcast(q, k, v, mask)
    n_queries, n_keys = q.shape[-2], k.shape[-2]
    p = (np.zeros if is_causal else np.empty)((*q.shape[:-2], n_keys, n_queries), q.dtype)
    y = np.empty_like(q, shape=(*q.shape[:-1], v.shape[-1]))
    if mask is not None:
        mask = np.broadcast_to(mask, (*q.shape[:-1], n_keys)).mT
    for items, queries, keys in pieces(p.shape, p.itemsize, is_causal):
        s = p[items][..., keys, queries]
        np.matmul(k[items][..., keys, :], (q[items][..., queries, :] * scale).mT, out=s)
        if is_causal:
            later = s[..., queries, :]  # those keys of which some come after a query
            later += later_keys(later.shape[-2:], s.dtype)
        if mask is not None:
            mask_softmax(s, mask[items][..., keys, queries])
        elif n_keys:
            s -= np.maximum.reduce(s, axis=-2, keepdims=True)
            np.exp(s, out=s)
            s /= np.add.reduce(s, axis=-2, keepdims=True)
        w = s if keep is None else s * keep[items][..., keys, queries] * (1 / (1 - rate))
        np.matmul(w.mT, v[items][..., keys, :], out=y[items][..., queries, :])
    return y.astype(dtype, copy=False), p


def attention_backward(
    g_y: Any, g_p: Any, q: Any, k: Any, v: Any, keep: Any, p: Any, is_causal: bool, scale: float, rate: float,
    has_gmask: bool,
) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    """The gradients of q, k, v and, if it has one, of the mask, of the shape of all scores."""
    q, k, v = upcast(q, k, v)
    gq, gk, gv = np.empty_like(q), np.zeros_like(k), np.zeros_like(v)
    gmask = np.zeros_like(p) if has_gmask else None
    for items, queries, keys in pieces(p.shape, p.itemsize, is_causal):
        p_part, q_part, k_part = p[items][..., keys, queries], q[items][..., queries, :], k[items][..., keys, :]
        g, w = g_y[items][..., queries, :], p_part
        gs = v[items][..., keys, :] @ g.mT
        if keep is not None:
            factor = keep[items][..., keys, queries] * p.dtype.type(1 / (1 - rate))
            w = p_part * factor
            gs *= factor
        if g_p is not None:
            gs += g_p[items][..., keys, queries]
        gs -= np.add.reduce(gs * p_part, axis=-2, keepdims=True)
        gs *= p_part
        gv_part, gk_part = gv[items][..., keys, :], gk[items][..., keys, :]
        if p_part.shape[-1] == p.shape[-1]:
            np.matmul(w, g, out=gv_part)
            np.matmul(gs, q_part, out=gk_part)
        else:
            gv_part += w @ g
            gk_part += gs @ q_part
        np.matmul(gs.mT, k_part, out=gq[items][..., queries, :])
        if gmask is not None:
            gmask[items][..., keys, queries] = gs
    gq *= scale
    gk *= scale
    return gq, gk, gv, None if gmask is None else gmask.mT


def pieces(shape: tuple[int, ...], itemsize: int, is_causal: bool) -> Iterator[tuple[slice, slice, slice]]:
    """Which items of the first axis, which queries and which keys to do at a time, for scores (..., S, L)."""
    n_items, n_keys, n_queries = shape[0], *shape[-2:]
    count = max(1, PIECE // max(itemsize * math.prod(shape[1:]), 1))
    step = QUERIES if is_causal and n_queries >= 2 * QUERIES else max(n_queries, 1)
    for first in range(0, n_items, count):
        for start in range(0, n_queries, step):
            end = min(start + step, n_queries)
            yield slice(first, first + count), slice(start, end), slice(0, min(end, n_keys) if is_causal else n_keys)


@functools.lru_cache(maxsize=16)
def later_keys(shape: tuple[int, int], dtype: Any) -> Any:
    """-inf for keys that come after a query, 0 for the others: (S, L), from the first query on."""
    later = np.where(np.tri(*shape, -1, dtype=bool), dtype.type(-np.inf), dtype.type(0))
    later.flags.writeable = False
    return later


def mask_softmax(s: Any, mask: Any) -> None:
    """Mask and softmax of scores in place, along the last axis but one; 0 where all is masked.

    mask  what is added, or where the keys are that take part.
    """
    if mask.dtype == bool:
        np.copyto(s, -np.inf, where=~mask)
    else:
        s += mask
    largest = np.maximum.reduce(s, axis=-2, keepdims=True, initial=-np.inf)
    s -= np.where(largest == -np.inf, 0, largest)
    np.exp(s, out=s)
    total = np.add.reduce(s, axis=-2, keepdims=True)
    s /= np.where(total == 0, 1, total)
