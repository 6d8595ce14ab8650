"""Scaled dot-product attention as one recorded call (Vaswani et al. 2017, arXiv:1706.03762, equation 1)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.engine.tensor import Tensor, call
from autograd.nn import init
from autograd.nn.functional.attention_loops import all_weights, attention_backward, attention_forward
from autograd.nn.functional.dropouts import dropout
from autograd.nn.inputs import began
from autograd.rules import OPERATIONS, primitive, rule
from autograd.rules.duck_arrays import opaque
from autograd.rules.products import as_array


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    rng: np.random.Generator | None = None,
) -> Tensor:
    """softmax(query @ key.mT * scale) @ value, of shape (..., L, Ev).

    query (..., L, E), key (..., S, E), value (..., S, Ev), all of one dtype; axes before the last two broadcast.

    attn_mask  broadcasts to (..., L, S): True where a key takes part (that of a `MultiheadAttention` says the opposite,
               as in PyTorch), or floats that are added to the scores. A query of which all keys are masked gets 0.
    dropout_p  each weight is zeroed with this probability, always: pass 0 in evaluation.
    is_causal  query l sees the keys 0 to l.
    scale      1 / sqrt(E), if it is not given.
    """
    return attend(query, key, value, attn_mask, dropout_p, is_causal, scale, rng)[0]


def attend(
    q: Any, k: Any, v: Any, mask: Any, rate: float, is_causal: bool, scale: float | None, rng: Any,
    need_weights: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """Attention and, if they are needed, its weights (..., L, S), without dropout."""
    q, k, v = map(as_array, (q, k, v))
    if mask is not None:
        mask = as_array(mask)
    lead = _checked_lead(q, k, v, mask, rate)
    if is_flat := not lead:
        lead = (1,)
    q, k, v = (x if x.shape[:-2] == lead else np.broadcast_to(x, (*lead, *x.shape[-2:])) for x in (q, k, v))
    options: dict[str, Any] = {"scale": 1 / math.sqrt(max(q.shape[-1], 1)) if scale is None else float(scale)}
    if is_causal:
        options["is_causal"] = True
    p = None
    if need_weights:
        p = call(ATTENTION_WEIGHTS, (q, k, mask), options)
        w = dropout(p, float(rate), init.generator(rng)) if rate else p
        y = w.mT @ v
        y = y if y.dtype == q.dtype else y.astype(q.dtype)  # p of float16 is float32
    else:
        if rate:
            options |= {"rate": float(rate), "rng": init.generator(rng)}
        y = call(ATTENTION, (q, k, v, mask), options)
    if is_flat:
        y, p = y[0], None if p is None else p[0]
    return y, None if p is None else p.mT


@primitive
def attention(
    xs: Any, scale: float, is_causal: bool = False, rate: float = 0.0, rng: np.random.Generator | None = None
) -> Any:
    """Of [q, k, v, mask] attention; and, for dropout, which weights (..., S, L) are kept."""
    q, k, v, mask = xs
    keep = ALL if rng is None else rng.random((*k.shape[:-1], q.shape[-2]), dtype=np.float32) >= rate
    return opaque(attention_forward, q, k, v, mask, keep, is_causal, scale, rate), keep


@primitive
def attention_weights(xs: Any, scale: float, is_causal: bool = False) -> Any:
    """Of [q, k, mask] the softmax of the scores (..., S, L)."""
    return opaque(all_weights, *xs, is_causal, scale)


def attention_gxs(g: Any, xs: Any, keep: Any, scale: float, is_causal: bool, rate: float, node: Any) -> Any:
    q, k, v, mask = xs
    if not any(isinstance(x, Tensor) for x in (g, *xs)):
        has_gmask = node.parents[3] is not None
        gxs = opaque(attention_backward, g, q, k, v, mask, keep, is_causal, scale, rate, has_gmask)
        return (*gxs, None)[:4]
    p = attention_weights([q, k, mask], scale=scale, is_causal=is_causal)
    factor = keep.astype(p.dtype) * (1 / (1 - rate))
    gq, gk, gmask = attention_weights_gxs((v @ g.mT) * factor, (q, k, mask), p, scale)
    return gq, gk, (p * factor) @ g, gmask


def attention_weights_gxs(g: Any, xs: Any, y: Any, scale: float) -> Any:
    q, k, mask = xs
    gs = y * (g - np.sum(g * y, axis=-2, keepdims=True))
    return gs.mT @ k * scale, gs @ q * scale, None if mask is None else gs.mT


ALL = np.ones((), bool)  # are kept
rule(attention, xs=attention_gxs, hidden=("keep",), broadcasts=True, accepts=("rng",))
rule(attention_weights, xs=attention_weights_gxs, broadcasts=True, accepts=("is_causal",))
ATTENTION, ATTENTION_WEIGHTS = OPERATIONS[attention], OPERATIONS[attention_weights]


def _checked_lead(q: Any, k: Any, v: Any, mask: Any, rate: float) -> tuple[int, ...]:
    """The axes before the last two, broadcast."""
    shapes = f"scaled_dot_product_attention was given query {q.shape}, key {k.shape} and value {v.shape}"
    try:
        lead = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    except ValueError:
        lead = None
    is_of_matrices = min(q.ndim, k.ndim, v.ndim) >= 2 and q.shape[-1] == k.shape[-1] and k.shape[-2] == v.shape[-2]
    if lead is None or not is_of_matrices:
        raise ValueError(
            f"{shapes}, and expects (..., L, E), (..., S, E) and (..., S, Ev), of which axes before the last two "
            f"broadcast: reshape them, heads before the last two axes"
        )
    if not (q.dtype == k.dtype == v.dtype and q.dtype.kind == "f"):
        widest = max((q, k, v), key=lambda x: x.dtype.itemsize)
        raise TypeError(
            f"scaled_dot_product_attention was given query, key and value of {q.dtype}, {k.dtype} and {v.dtype}, and "
            f"expects floats of one dtype{began(widest)}; convert them, x.astype(np.float32)"
        )
    if not 0 <= rate < 1:
        raise ValueError(f"scaled_dot_product_attention was given dropout_p={rate}; it must lie in [0, 1)")
    if mask is not None:
        _check_mask(shapes, mask, (*lead, q.shape[-2], k.shape[-2]), q.dtype)
    return lead


def _check_mask(shapes: str, mask: Any, scores: tuple[int, ...], dtype: Any) -> None:
    if mask.dtype not in (bool, dtype):
        raise TypeError(
            f"scaled_dot_product_attention was given attn_mask of {mask.dtype}; it must be bool, True where a key "
            f"takes part, or {dtype}, to be added to the scores: convert it, attn_mask.astype(bool)"
        )
    fits = all(n in (1, m) for n, m in zip(mask.shape[::-1], scores[::-1], strict=False))
    if mask.ndim > len(scores) or not fits:
        raise ValueError(
            f"{shapes}, and attn_mask {mask.shape}, which does not broadcast to the scores {scores}: reshape it"
        )
