"""A variational autoencoder: images from a few numbers, drawn from a normal distribution (Kingma and Welling 2014).

    python -m mnist vae train              # on MNIST, with a latent plane
    python -m mnist vae picture            # what it has made of that plane

"The paper" below is arXiv:1312.6114.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import nn
from autograd.engine.tensor import Tensor


class VAE(nn.Module):
    """Images x (batch, pixels) of numbers in [0, 1], by way of `latent` numbers each, to logits of the same shape.

    The encoder gives the mean and the logarithm of the variance of q(z|x), each (batch, latent), and the decoder the
    logits of p(x|z), a Bernoulli distribution for each pixel (the paper's appendix C). Both have one hidden layer.

    rng  draws the weights, and afterwards the noise of each call.
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
            raise ValueError(f"VAE was given latent={latent}, hidden={hidden}, pixels={pixels}; each must be at least 1")
        self.latent, self.rng = latent, rng
        self.hidden = nn.Sequential(nn.Linear(pixels, hidden, dtype, rng), nn.ReLU())
        self.mean = nn.Linear(hidden, latent, dtype, rng, nn.init.xavier)
        self.log_variance = nn.Linear(hidden, latent, dtype, rng, nn.init.xavier)
        self.decoder = nn.Sequential(
            nn.Linear(latent, hidden, dtype, rng), nn.ReLU(), nn.Linear(hidden, pixels, dtype, rng, nn.init.xavier)
        )

    def encode(self, x: Any) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of q(z|x)."""
        h = self.hidden(x)
        return self.mean(h), self.log_variance(h)

    def decode(self, z: Any) -> Tensor:
        """The logits of p(x|z)."""
        return self.decoder(z)

    def forward(self, x: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of x by way of one z drawn from q(z|x); and the mean and the logarithm of the variance of that."""
        mean, log_variance = self.encode(x)
        return self.decode(reparametrised(mean, log_variance, nn.init.generator(self.rng))), mean, log_variance


def reparametrised(mean: Any, log_variance: Any, rng: np.random.Generator) -> Any:
    """z = mean + deviation * noise: a draw through which gradients flow (section 2.4 of the paper)."""
    noise = rng.standard_normal(mean.shape, np.float32).astype(mean.dtype, copy=False)
    return mean + np.exp(0.5 * log_variance) * noise


def kl_divergence(mean: Any, log_variance: Any) -> Any:
    """KL(q(z|x) || N(0, 1)), the sum over the batch, in nats: (mean**2 + variance - 1 - log variance) / 2 of each
    latent number (appendix B of the paper)."""
    return 0.5 * np.sum(mean * mean + np.exp(log_variance) - 1 - log_variance)


def negative_elbo(model: VAE, x: Any) -> Tensor:
    """The negative ELBO, a bound of -log p(x): nats an image, the mean over the batch (eq. 10 of the paper, with L = 1).

    A grey pixel counts as the mean of black and white ones.
    """
    logits, mean, log_variance = model(x)
    reconstruction = nn.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    return (reconstruction + kl_divergence(mean, log_variance)) / len(x)
