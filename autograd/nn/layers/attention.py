"""MultiheadAttention, with PyTorch's parameters, by its names and of its shapes (out_proj is a Linear of ours)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.engine.graph import Array
from autograd.engine.tensor import Tensor, call
from autograd.nn import init
from autograd.nn.functional.affine import project
from autograd.nn.functional.attention import attend
from autograd.nn.inputs import of_dtype
from autograd.nn.layers.linear import Linear
from autograd.nn.module import Module
from autograd.rules import OPERATIONS
from autograd.rules.products import as_array

PARTS = ("query", "key", "value")
PROJECT = OPERATIONS[project]


def uniform(shape: tuple[int, ...], dtype: DTypeLike, rng: np.random.Generator) -> Array:
    """Within 1 / sqrt(in_features)."""
    return init.aligned(rng.uniform(-1, 1, shape) / math.sqrt(shape[0]), dtype)


class MultiheadAttention(Module):
    """Attention of `num_heads` heads, each of a part of the projected query, key and value, projected once more.

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.2.2: out_proj(concat of the heads' scaled_dot_product_attention).

    query (L, N, embed_dim), key (S, N, kdim), value (S, N, vdim); with batch_first (N, L, embed_dim) and so on; without
    a batch (L, embed_dim) and so on. kdim and vdim are embed_dim if they are not given. Returns (output, weights):
    output like the query; weights the softmax averaged over heads, (N, L, S), with average_attn_weights=False those of
    each head, (N, num_heads, L, S), without a batch without N, and None with need_weights=False.

    attn_mask         (L, S) or (N * num_heads, L, S): True where a key does not take part (that of
                      `scaled_dot_product_attention` says the opposite, as in PyTorch), or floats to be added.
    key_padding_mask  (N, S): True for keys to be ignored, or floats to be added.
    is_causal         query l sees the keys 0 to l; no attn_mask is needed for that.
    dropout           the rate with which weights are zeroed in training.

    Parameters: in_proj_weight (3 * embed_dim, embed_dim), or, if kdim or vdim is another, q_proj_weight
    (embed_dim, embed_dim), k_proj_weight (embed_dim, kdim), v_proj_weight (embed_dim, vdim); in_proj_bias
    (3 * embed_dim,), zero; out_proj, a Linear. Weights are uniform as in PyTorch, by Glorot and Bengio 2010 (equation
    16), those of out_proj within 1 / sqrt(embed_dim); or drawn by `initialiser`.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        *,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | None = None,
        initialiser: init.Initialiser | None = None,
    ) -> None:
        if num_heads < 1 or embed_dim < 1 or embed_dim % num_heads:
            raise ValueError(
                f"MultiheadAttention was given {embed_dim=} and {num_heads=}; embed_dim must be a multiple of num_heads"
            )
        if not 0 <= dropout < 1:
            raise ValueError(f"MultiheadAttention was given dropout={dropout}; it must lie in [0, 1)")
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, float(dropout)
        self.kdim, self.vdim = embed_dim if kdim is None else kdim, embed_dim if vdim is None else vdim
        self.batch_first, self.rng = batch_first, rng
        draw = init.generator(rng)

        def weight(rows: int, columns: int) -> Tensor:
            if initialiser is not None:
                values = initialiser((columns, rows), dtype, draw).T
            else:
                bound = math.sqrt(6 / max(rows + columns, 1))
                values = draw.uniform(-bound, bound, (rows, columns))
            return Tensor(init.aligned(values, dtype), requires_grad=True)

        if self.kdim == self.vdim == embed_dim:
            self.in_proj_weight = weight(3 * embed_dim, embed_dim)
        else:
            self.q_proj_weight = weight(embed_dim, embed_dim)
            self.k_proj_weight = weight(embed_dim, self.kdim)
            self.v_proj_weight = weight(embed_dim, self.vdim)
        if bias:
            self.in_proj_bias = Tensor(init.aligned(np.zeros(3 * embed_dim), dtype), requires_grad=True)
        self.out_proj = Linear(embed_dim, embed_dim, dtype, draw, initialiser or uniform, bias=bias)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        is_self = query is key is value
        given = [as_array(x) for x in (query, key, value)]
        self._check(given)
        ndim, shape = given[0].ndim, given[0].shape
        is_first = self.batch_first or ndim == 2
        lengths = [x.shape[0 if ndim == 2 or not self.batch_first else 1] for x in given]
        batch = 1 if ndim == 2 else shape[0 if self.batch_first else 1]
        mask = self._mask(attn_mask, key_padding_mask, batch, lengths, given[0].dtype)
        size = self.embed_dim // self.num_heads
        heads = [
            x.reshape(batch, n, self.num_heads, size).transpose(0, 2, 1, 3)
            if is_first
            else x.reshape(n, batch, self.num_heads, size).transpose(1, 2, 0, 3)
            for x, n in zip(self._projected(given, is_self), lengths, strict=True)
        ]
        q, k, v = heads
        rate = self.dropout if self.training else 0.0
        y, weights = attend(q, k, v, mask, rate, is_causal, None, self.rng, need_weights)
        rows = y.transpose(0, 2, 1, 3) if is_first else y.transpose(2, 0, 1, 3)
        y = self.out_proj(rows.reshape(batch * lengths[0], self.embed_dim)).reshape(shape)
        if not need_weights:
            return y, None
        if average_attn_weights:
            weights = np.mean(weights, axis=1)
        if weights.dtype != y.dtype:  # those of float16 are computed in float32
            weights = weights.astype(y.dtype)
        return y, weights[0] if ndim == 2 else weights

    def _projected(self, given: list[Any], is_self: bool) -> Any:
        """Query, key and value as rows (..., embed_dim): of one input by one product."""
        rows = [x.reshape(math.prod(x.shape[:-1]), x.shape[-1]) for x in given[: 1 if is_self else 3]]
        weight, bias = vars(self).get("in_proj_weight"), vars(self).get("in_proj_bias")
        if is_self and weight is not None:
            return np.split(call(PROJECT, (rows[0], weight, bias)), 3, axis=-1)
        rows = rows * 3 if is_self else rows
        weights: Any
        if weight is None:
            weights = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        else:
            weights = np.split(weight, 3)
        biases = [None] * 3 if bias is None else np.split(bias, 3)
        return [call(PROJECT, part) for part in zip(rows, weights, biases, strict=True)]

    def _mask(self, attn_mask: Any, key_padding_mask: Any, batch: int, lengths: list[int], dtype: Any) -> Any:
        """Both masks as one of `scaled_dot_product_attention`, (..., L, S); None if there are none."""
        n_queries, n_keys, _ = lengths
        masks = []
        if attn_mask is not None:
            whole = (batch * self.num_heads, n_queries, n_keys)
            attn_mask = self._checked_mask("attn_mask", attn_mask, (whole[1:], whole), dtype)
            if attn_mask.ndim == 3:
                attn_mask = attn_mask.reshape(batch, self.num_heads, n_queries, n_keys)
            masks.append(attn_mask)
        if key_padding_mask is not None:
            shapes = ((batch, n_keys), (n_keys,)) if batch == 1 else ((batch, n_keys),)
            padding = self._checked_mask("key_padding_mask", key_padding_mask, shapes, dtype)
            masks.append(padding.reshape(batch, 1, 1, n_keys))
        if not masks:
            return None
        if all(mask.dtype == bool for mask in masks):
            return ~(masks[0] | masks[1]) if len(masks) > 1 else ~masks[0]
        found = [np.where(x, dtype.type(-np.inf), dtype.type(0)) if x.dtype == bool else x for x in masks]
        return found[0] + found[1] if len(found) > 1 else found[0]

    def _checked_mask(self, name: str, mask: Any, shapes: tuple[tuple[int, ...], ...], dtype: Any) -> Any:
        mask = as_array(mask)
        if mask.shape not in shapes or (mask.dtype != bool and mask.dtype != dtype):
            raise ValueError(
                f"{self!r} was given {name} of {mask.dtype} and shape {mask.shape}, and expects shape "
                f"{' or '.join(map(str, shapes))} of bool, True where a key does not take part, or {dtype}, to be "
                f"added; reshape or convert it"
            )
        return mask

    def _check(self, given: list[Any]) -> None:
        query, key, value = given
        sizes, own = (self.embed_dim, self.kdim, self.vdim), self.out_proj.weight.dtype
        axis = 0 if query.ndim == 2 or not self.batch_first else 1
        is_alike = key.shape[:-1] == value.shape[:-1] and key.shape[:axis] == query.shape[:axis]
        if query.ndim == 3 and axis == 0 and key.ndim == 3:
            is_alike = is_alike and key.shape[1] == query.shape[1]
        fits = all(
            x.ndim in (2, 3) and x.ndim == query.ndim and x.shape[-1] == n for x, n in zip(given, sizes, strict=True)
        )
        if not (fits and is_alike):
            told = ", ".join(f"{name} {x.shape}" for name, x in zip(PARTS, given, strict=True))
            axes = ("N, L", "N, S") if self.batch_first else ("L, N", "S, N")
            raise ValueError(
                f"{self!r} was given {told}, and expects ({axes[0]}, {sizes[0]}), ({axes[1]}, {sizes[1]}) and "
                f"({axes[1]}, {sizes[2]}), or all without N: reshape them"
            )
        for name, x in zip(PARTS, given, strict=True):
            if x.dtype != own:
                raise of_dtype(repr(self), own, x, f"a {name}")

    def extra_repr(self) -> str:
        parts = {"dropout": (self.dropout, 0.0), "bias": ("in_proj_bias" in vars(self), True),
                 "kdim": (self.kdim, self.embed_dim), "vdim": (self.vdim, self.embed_dim),
                 "batch_first": (self.batch_first, False)}  # fmt: skip
        told = [f"{name}={value}" for name, (value, default) in parts.items() if value != default]
        return ", ".join([f"{self.embed_dim}, {self.num_heads}", *told])

    def __repr__(self) -> str:
        return f"MultiheadAttention({self.extra_repr()})"
