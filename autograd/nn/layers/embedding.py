"""Embedding: a table that is learned, with a row for each index."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.nn import init
from autograd.nn.functional.embeddings import check_padding, embedding
from autograd.nn.module import Module
from autograd.nn.state import Parameter


class Embedding(Module):
    """Indices (...) to (..., embedding_dim): for each the row of a table that is learned. See `nn.embedding`.

    weight (num_embeddings, embedding_dim), normal at first (see `nn.init`). The row `padding_idx` is 0, and stays so.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | None = None,
        initialiser: init.Initialiser = init.normal,
    ) -> None:
        check_padding("Embedding", padding_idx, num_embeddings)
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        weight = initialiser((num_embeddings, embedding_dim), dtype, init.generator(rng))
        if padding_idx is not None:
            weight[padding_idx] = 0
        self.weight = Parameter(weight)

    def forward(self, indices: Any) -> Any:
        return embedding(indices, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return ", ".join(map(str, self.weight.shape)) + padding
