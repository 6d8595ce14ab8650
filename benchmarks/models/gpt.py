"""`models/gpt.py`: a transformer, in the manner of GPT-2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import nn
from benchmarks.models.model_problem import CHARACTERS, ModelProblem, jax_cross_entropy
from benchmarks.problem import Array
from models import gpt


@dataclass(frozen=True)
class GPT(ModelProblem):
    name = "GPT"
    weight_decay = 0.01
    batch: int = 8
    context: int = 64
    width: int = 128
    layers: int = 4
    heads: int = 4

    def draw(self, rng: np.random.Generator) -> tuple[Array, ...]:
        """Characters, and those that follow."""
        text = rng.integers(0, CHARACTERS, (self.batch, self.context + 1))
        return text[:, :-1].copy(), text[:, 1:].copy()

    def model(self) -> nn.Module:
        return gpt.GPT(CHARACTERS, self.context, self.width, self.layers, self.heads, np.random.default_rng(0))

    def loss(self, model: Any, characters: Any, following: Any) -> Any:
        return nn.cross_entropy(model(characters), following)

    def torch_model(self, torch: Any) -> Any:
        return torch_gpt(torch, self)

    def jax_loss(self, jax: Any, parameters: Any, characters: Any, following: Any) -> Any:
        def dense(name: str, x: Any) -> Any:
            return x @ parameters[f"{name}.weight"] + parameters[f"{name}.bias"]

        def norm(name: str, x: Any) -> Any:
            x = jax.nn.standardize(x, epsilon=1e-5)
            return x * parameters[f"{name}.weight"] + parameters[f"{name}.bias"]

        def attention(name: str, x: Any) -> Any:
            q, k, v = jax.numpy.moveaxis(dense(f"{name}.qkv", x).reshape(*x.shape[:2], 3, self.heads, -1), 2, 0)
            gathered = jax.nn.dot_product_attention(q, k, v, is_causal=True)  # of (batch, places, heads, width)
            return dense(f"{name}.out", gathered.reshape(x.shape))

        x = parameters["characters.weight"][characters] + parameters["places.weight"]
        for k in range(self.layers):
            x = x + attention(f"blocks.{k}.attention", norm(f"blocks.{k}.norm1", x))
            h = jax.nn.gelu(dense(f"blocks.{k}.mlp.0", norm(f"blocks.{k}.norm2", x)), approximate=True)
            x = x + dense(f"blocks.{k}.mlp.2", h)
        return jax_cross_entropy(jax, norm("norm", x) @ parameters["characters.weight"].T, following)


def torch_gpt(torch: Any, sizes: GPT) -> Any:
    """After the GPTs that one finds in PyTorch."""
    functional, width, heads = torch.nn.functional, sizes.width, sizes.heads

    class Attention(torch.nn.Module):  # type: ignore[misc]  # imported by name, it has no type
        def __init__(self) -> None:
            super().__init__()
            self.qkv = torch.nn.Linear(width, 3 * width)
            self.out = torch.nn.Linear(width, width)

        def forward(self, x: Any) -> Any:
            batch, places, _ = x.shape
            q, k, v = (
                part.view(batch, places, heads, width // heads).transpose(1, 2)
                for part in self.qkv(x).split(width, dim=2)
            )
            gathered = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.out(gathered.transpose(1, 2).reshape(batch, places, width))

    class Block(torch.nn.Module):  # type: ignore[misc]  # imported by name, it has no type
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
            self.attention = Attention()
            self.mlp = torch.nn.Sequential(
                torch.nn.Linear(width, 4 * width), torch.nn.GELU("tanh"), torch.nn.Linear(4 * width, width)
            )

        def forward(self, x: Any) -> Any:
            x = x + self.attention(self.norm1(x))
            return x + self.mlp(self.norm2(x))

    class GPT(torch.nn.Module):  # type: ignore[misc]  # imported by name, it has no type
        def __init__(self) -> None:
            super().__init__()
            self.characters = torch.nn.Embedding(CHARACTERS, width)
            self.places = torch.nn.Embedding(sizes.context, width)
            self.blocks = torch.nn.Sequential(*(Block() for _ in range(sizes.layers)))
            self.norm = torch.nn.LayerNorm(width)

        def forward(self, characters: Any, following: Any) -> Any:
            x = self.characters(characters) + self.places(torch.arange(characters.shape[1]))
            logits = functional.linear(self.norm(self.blocks(x)), self.characters.weight)
            return functional.cross_entropy(logits.flatten(0, 1), following.flatten())

    return GPT()
