"""`models/lstm.py`: a recurrence over the characters of a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import nn
from benchmarks.models.model_problem import CHARACTERS, ModelProblem, jax_cross_entropy
from benchmarks.problem import Array
from models import lstm


@dataclass(frozen=True)
class LSTM(ModelProblem):
    name = "LSTM"
    batch: int = 32
    context: int = 32
    hidden: int = 128

    def draw(self, rng: np.random.Generator) -> tuple[Array, ...]:
        """Characters, those that follow, and the state in which the stretch before has ended."""
        text = rng.integers(0, CHARACTERS, (self.batch, self.context + 1))
        h, c = rng.uniform(-0.5, 0.5, (2, 1, self.batch, self.hidden)).astype(np.float32)
        return text[:, :-1].copy(), text[:, 1:].copy(), h, c

    def model(self) -> nn.Module:
        return lstm.LSTM(CHARACTERS, self.context, self.hidden, rng=np.random.default_rng(0))

    def loss(self, model: Any, characters: Any, following: Any, h: Any, c: Any) -> Any:
        logits, _ = model(characters, (h, c))
        return nn.cross_entropy(logits, following)

    def torch_model(self, torch: Any) -> Any:
        hidden, functional = self.hidden, torch.nn.functional

        class LSTM(torch.nn.Module):  # type: ignore[misc]  # imported by name, it has no type
            def __init__(self) -> None:
                super().__init__()
                self.characters = torch.nn.Embedding(CHARACTERS, hidden)
                self.memory = torch.nn.LSTM(hidden, hidden, batch_first=True)
                self.head = torch.nn.Linear(hidden, CHARACTERS)

            def forward(self, characters: Any, following: Any, h: Any, c: Any) -> Any:
                y, _ = self.memory(self.characters(characters), (h, c))
                return functional.cross_entropy(self.head(y).flatten(0, 1), following.flatten())

        return LSTM()

    def jax_loss(self, jax: Any, parameters: Any, characters: Any, following: Any, h: Any, c: Any) -> Any:
        jnp, p = jax.numpy, parameters

        def step(state: Any, x: Any) -> Any:
            h, c = state
            gates = x + h @ p["memory.weight_hh_l0"].T
            i, f, g, o = jnp.split(gates, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        x = jnp.swapaxes(p["characters.weight"][characters], 0, 1)
        x = x @ p["memory.weight_ih_l0"].T + p["memory.bias_ih_l0"] + p["memory.bias_hh_l0"]
        _, y = jax.lax.scan(step, (h[0], c[0]), x)
        return jax_cross_entropy(jax, y @ p["head.weight"] + p["head.bias"], following.T)
