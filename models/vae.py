"""A variational autoencoder: images from a few numbers that are drawn from a normal distribution.

    python -m mnist vae train       # on MNIST, with a plane of such numbers
    python -m mnist vae picture     # of what lies where in the plane

After Kingma and Welling 2014, arXiv:1312.6114, to which the equations below refer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

import autograd as ag
from autograd import nn
from autograd.engine.tensor import Tensor

Array = NDArray[Any]


class VAE(nn.Module):
    """Images x (batch, pixels) of numbers in [0, 1], by way of `latent` numbers z each, to logits of the same shape.

    The encoder gives the mean and the logarithm of the variance of q(z|x), a normal distribution; the decoder gives the
    logits of p(x|z), a Bernoulli distribution for each pixel (appendix C). Each has one hidden layer.

    rng  draws the weights, and then the noise of each call.
    """

    def __init__(
        self,
        latent: int = 2,
        hidden: int = 400,
        pixels: int = 784,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        if min(latent, hidden, pixels) < 1:
            raise ValueError(
                f"VAE was given latent={latent}, hidden={hidden} and pixels={pixels}; each must be 1 or more"
            )
        self.latent, self.rng = latent, rng
        self.hidden = nn.Sequential(nn.Linear(pixels, hidden, dtype, rng), nn.ReLU())
        self.mean = nn.Linear(hidden, latent, dtype, rng, nn.init.xavier)
        self.log_variance = nn.Linear(hidden, latent, dtype, rng, nn.init.xavier)
        self.decoder = nn.Sequential(
            nn.Linear(latent, hidden, dtype, rng), nn.ReLU(), nn.Linear(hidden, pixels, dtype, rng, nn.init.xavier)
        )

    def encode(self, x: Array | Tensor) -> tuple[Tensor, Tensor]:
        """The mean and the logarithm of the variance of q(z|x), each (batch, latent)."""
        h = self.hidden(x)
        return self.mean(h), self.log_variance(h)

    def decode(self, z: Array | Tensor) -> Tensor:
        """The logits of p(x|z), (batch, pixels), for z (batch, latent)."""
        logits: Tensor = self.decoder(z)
        return logits

    def forward(self, x: Array | Tensor, noise: Array | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """The logits of p(x|z), for one z drawn from q(z|x); the mean and the logarithm of the variance of that.

        noise  (batch, latent), what z is drawn by: standard normal numbers, drawn anew unless they are given.
        """
        mean, log_variance = self.encode(x)
        if noise is None:
            noise = nn.init.generator(self.rng).standard_normal(mean.shape, np.float32).astype(mean.dtype, copy=False)
        return self.decode(reparametrised(mean, log_variance, noise)), mean, log_variance


def reparametrised(mean: Any, log_variance: Any, noise: Any) -> Any:
    """z = mean + deviation * noise, through which gradients flow to mean and deviation (section 2.4)."""
    return mean + np.exp(0.5 * log_variance) * noise


def kl_divergence(mean: Any, log_variance: Any) -> Any:
    """KL(q || N(0, 1)) in nats: the sum of (mean**2 + variance - 1 - log variance) / 2 (appendix B)."""
    return 0.5 * np.sum(mean * mean + np.exp(log_variance) - 1 - log_variance)


def negative_elbo(model: VAE, x: Array, noise: Array | None = None) -> Tensor:
    """The mean over the batch of -E[log p(x|z)] + KL(q(z|x) || p(z)), in nats (eq. 10, with one z for each image).

    -log p(x) is at most that. A grey pixel counts as a mean of white and black ones.
    """
    logits, mean, log_variance = model(x, noise)
    reconstruction = nn.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    loss: Tensor = (reconstruction + kl_divergence(mean, log_variance)) / len(x)
    return loss


def sample(model: VAE, count: int, rng: np.random.Generator) -> Array:
    """Images (count, pixels) of p(x|z), in [0, 1], for z from the prior."""
    return images_of(model, rng.standard_normal((count, model.latent)))


def images_of(model: VAE, z: Array) -> Array:
    """The mean of p(x|z), (batch, pixels) in [0, 1], for z (batch, latent)."""
    with ag.no_grad():
        return nn.sigmoid(model.decode(z.astype(model.mean.weight.dtype))).data
