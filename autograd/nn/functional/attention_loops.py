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
PIECE = 2**18  # bytes of scores
QUERIES = 128  # in a piece of causal attention
Piece = tuple[slice, slice, slice]  # items, queries, keys


def attention_forward(
    q: Any, k: Any, v: Any, mask: Any, keep: Any, is_causal: bool, scale: float, rate: float, out: Any = None
) -> Any:
    """(..., L, Ev)"""
    y = np.empty_like(q, shape=(*q.shape[:-1], v.shape[-1])) if out is None else out
    q, k, v, mask = upcast(q, k, v, mask)
    for piece in pieces(q, k, is_causal):
        items, queries, keys = piece
        w = softmax_of_scores(q, k, mask, is_causal, scale, piece)
        if rate:
            w *= keep[items][..., keys, queries] * w.dtype.type(1 / (1 - rate))
        y[items][..., queries, :] = w.mT @ v[items][..., keys, :]
    return y


def attention_backward(
    g: Any, q: Any, k: Any, v: Any, mask: Any, keep: Any, is_causal: bool, scale: float, rate: float, has_gmask: bool,
    out: Any = None,
) -> tuple[Any, ...]:  # fmt: skip
    """The gradients of q, k, v and, if it has one, of the mask, of the shape of all scores.

    The softmax is computed again: as much memory as all scores take is not kept for it.
    """
    q, k, v, mask = upcast(q, k, v, mask)
    if out is None:
        gmask = [np.empty((*q.shape[:-1], k.shape[-2]), q.dtype)] * has_gmask
        out = *map(np.empty_like, (q, k, v)), *gmask
    gq, gk, gv, *gmask = out
    for gradient in out[1:]:
        gradient[...] = 0
    for piece in pieces(q, k, is_causal):
        items, queries, keys = piece
        p = w = softmax_of_scores(q, k, mask, is_causal, scale, piece)
        g_part = g[items][..., queries, :]
        gs = v[items][..., keys, :] @ g_part.mT
        if rate:
            factor = keep[items][..., keys, queries] * p.dtype.type(1 / (1 - rate))
            w = p * factor
            gs *= factor
        gv[items][..., keys, :] += w @ g_part
        gs -= np.add.reduce(gs * p, axis=-2, keepdims=True)
        gs *= p
        gk[items][..., keys, :] += gs @ q[items][..., queries, :]
        np.matmul(gs.mT, k[items][..., keys, :], out=gq[items][..., queries, :])
        for each in gmask:
            each[items][..., queries, keys] = gs.mT
    gq *= scale
    gk *= scale
    return tuple(out)


def all_weights(q: Any, k: Any, mask: Any, is_causal: bool, scale: float) -> Any:
    """The softmax of all scores, (..., S, L)."""
    q, k, mask = upcast(q, k, mask)
    p = np.zeros((*k.shape[:-1], q.shape[-2]), q.dtype)
    for piece in pieces(q, k, is_causal):
        items, queries, keys = piece
        p[items][..., keys, queries] = softmax_of_scores(q, k, mask, is_causal, scale, piece)
    return p


def softmax_of_scores(q: Any, k: Any, mask: Any, is_causal: bool, scale: float, piece: Piece) -> Any:
    """That of a piece, (..., keys, queries); 0 where all is masked.

    mask  what is added, or where the keys are that take part: (..., L, S), or None.
    """
    items, queries, keys = piece
    s = k[items][..., keys, :] @ (q[items][..., queries, :] * scale).mT
    if is_causal:
        later = s[..., queries, :]  # those keys of which some come after a query
        later += later_keys(later.shape[-2:], s.dtype)
    if mask is not None:
        mask = np.broadcast_to(mask, (*q.shape[:-1], k.shape[-2])).mT[items][..., keys, queries]
        if mask.dtype == bool:
            np.copyto(s, -np.inf, where=~mask)
        else:
            s += mask
    largest = np.maximum.reduce(s, axis=-2, keepdims=True, initial=-np.inf)
    s -= largest if mask is None else np.where(largest == -np.inf, 0, largest)
    np.exp(s, out=s)
    total = np.add.reduce(s, axis=-2, keepdims=True)
    s /= total if mask is None else np.where(total == 0, 1, total)
    return s


def pieces(q: Any, k: Any, is_causal: bool) -> Iterator[Piece]:
    """Which items of the first axis, which queries and which keys to do at a time."""
    n_items, n_keys, n_queries = len(q), k.shape[-2], q.shape[-2]
    count = max(1, PIECE // max(q.itemsize * math.prod(k.shape[1:-1]) * n_queries, 1))
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
