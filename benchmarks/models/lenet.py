"""`models/lenet.py`: convolutions, pooling, dense layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import nn
from benchmarks.models.model_problem import ModelProblem, jax_cross_entropy
from benchmarks.problem import Array
from models import lenet


@dataclass(frozen=True)
class LeNet(ModelProblem):
    name = "LeNet"
    batch: int = 64
    channels: tuple[int, int] = (16, 32)
    hidden: int = 128

    def draw(self, rng: np.random.Generator) -> tuple[Array, ...]:
        return rng.random((self.batch, 1, 28, 28), np.float32), rng.integers(0, 10, self.batch)

    def model(self) -> nn.Module:
        return lenet.LeNet(self.channels, (self.hidden,), rng=np.random.default_rng(0))

    def loss(self, model: Any, images: Any, labels: Any) -> Any:
        return nn.cross_entropy(model(images), labels)

    def torch_model(self, torch: Any) -> Any:
        first, second = self.channels
        hidden, functional = self.hidden, torch.nn.functional

        class LeNet(torch.nn.Module):  # type: ignore[misc]  # imported by name, it has no type
            def __init__(self) -> None:
                super().__init__()
                self.layers = torch.nn.Sequential(
                    torch.nn.Conv2d(1, first, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
                    torch.nn.Conv2d(first, second, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
                    torch.nn.Flatten(),
                    torch.nn.Linear(4 * 4 * second, hidden), torch.nn.ReLU(),
                    torch.nn.Linear(hidden, 10),
                )  # fmt: skip

            def forward(self, images: Any, labels: Any) -> Any:
                return functional.cross_entropy(self.layers(images), labels)

        return LeNet()

    def jax_loss(self, jax: Any, parameters: Any, images: Any, labels: Any) -> Any:
        weights, biases = ({k: parameters[f"layers.{k}.{kind}"] for k in (0, 3, 7, 9)} for kind in ("weight", "bias"))

        def convolved(k: int, x: Any) -> Any:
            return jax.lax.conv_general_dilated(x, weights[k], (1, 1), "VALID") + biases[k][:, None, None]

        def pooled(x: Any) -> Any:
            return jax.lax.reduce_window(x, -np.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

        x = pooled(jax.nn.relu(convolved(0, images)))
        x = pooled(jax.nn.relu(convolved(3, x)))
        x = jax.nn.relu(x.reshape(len(x), -1) @ weights[7] + biases[7])
        return jax_cross_entropy(jax, x @ weights[9] + biases[9], labels)
