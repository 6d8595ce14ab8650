"""`models/vae.py`: a variational autoencoder. The noise is part of the batch, so that all have the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import nn
from benchmarks.models.model_problem import ModelProblem
from benchmarks.problem import Array
from models import vae


@dataclass(frozen=True)
class VAE(ModelProblem):
    name = "VAE"
    batch: int = 128
    pixels: int = 784
    hidden: int = 400
    latent: int = 20

    def draw(self, rng: np.random.Generator) -> tuple[Array, ...]:
        """Images, and noise."""
        return rng.random((self.batch, self.pixels), np.float32), rng.standard_normal(
            (self.batch, self.latent), np.float32
        )

    def model(self) -> nn.Module:
        return vae.VAE(self.latent, self.hidden, self.pixels, rng=np.random.default_rng(0))

    def loss(self, model: Any, x: Any, noise: Any) -> Any:
        mean, log_variance = model.encode(x)
        logits = model.decode(mean + np.exp(0.5 * log_variance) * noise)
        reconstruction = nn.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        return (reconstruction + vae.kl_divergence(mean, log_variance)) / len(x)

    def torch_model(self, torch: Any) -> Any:
        functional, pixels, hidden, latent = torch.nn.functional, self.pixels, self.hidden, self.latent

        class VAE(torch.nn.Module):  # type: ignore[misc]  # imported by name, it has no type
            def __init__(self) -> None:
                super().__init__()
                self.hidden = torch.nn.Sequential(torch.nn.Linear(pixels, hidden), torch.nn.ReLU())
                self.mean = torch.nn.Linear(hidden, latent)
                self.log_variance = torch.nn.Linear(hidden, latent)
                self.decoder = torch.nn.Sequential(
                    torch.nn.Linear(latent, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, pixels)
                )

            def forward(self, x: Any, noise: Any) -> Any:
                h = self.hidden(x)
                mean, log_variance = self.mean(h), self.log_variance(h)
                logits = self.decoder(mean + torch.exp(0.5 * log_variance) * noise)
                reconstruction = functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
                divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
                return (reconstruction + divergence) / len(x)

        return VAE()

    def jax_loss(self, jax: Any, parameters: Any, x: Any, noise: Any) -> Any:
        jnp = jax.numpy

        def dense(name: str, x: Any) -> Any:
            return x @ parameters[f"{name}.weight"] + parameters[f"{name}.bias"]

        h = jax.nn.relu(dense("hidden.0", x))
        mean, log_variance = dense("mean", h), dense("log_variance", h)
        h = jax.nn.relu(dense("decoder.0", mean + jnp.exp(0.5 * log_variance) * noise))
        logits = dense("decoder.2", h)
        reconstruction = jnp.sum(jax.nn.softplus(logits) - x * logits)
        divergence = -0.5 * jnp.sum(1 + log_variance - mean**2 - jnp.exp(log_variance))
        return (reconstruction + divergence) / len(x)
