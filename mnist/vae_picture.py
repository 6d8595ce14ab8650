"""What a variational autoencoder makes of the numbers that it is given, as one picture."""

from __future__ import annotations

import io
from statistics import NormalDist
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from models.vae import VAE, images_of, sample

SIDE = 16  # images in a row, and rows of them
REACH = 3.5  # of the plane that is shown; of the prior one point in a thousand lies beyond


def draw(model: VAE, means: NDArray[Any] | None, labels: NDArray[Any] | None, seed: int, suffix: str) -> bytes:
    """A picture file: images for z drawn from the prior; and of a model whose z lies in a plane, the plane itself.

    means, labels  of q(z|x) of some images, (n, 2), and their digits; None where z lies in no plane.
    suffix         of the file, "png", "svg" or "pdf". Raises ValueError for others.
    """
    panels = 1 if means is None else 3
    figure = Figure(figsize=(4.6 * panels + 0.4 * (panels > 1), 4.9), dpi=100, layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    tiled(axes[0], sample(model, SIDE * SIDE, np.random.default_rng(seed)))
    axes[0].set_title("drawn from the prior")
    if means is not None:
        tiled(axes[1], images_of(model, plane(SIDE)))
        axes[1].set_title("across the latent plane, by quantiles")
        scattered(axes[2], means, labels)
        axes[2].set_title("where the test images lie in it")
    file = io.BytesIO()
    figure.savefig(file, format=suffix)
    return file.getvalue()


def plane(side: int) -> NDArray[Any]:
    """Points (side * side, 2) of the plane, row by row from the top, between each and the next as much of the prior.

    The quantiles of the normal distribution are at (k + 1/2) / side (the paper's appendix A).
    """
    quantiles = np.array([NormalDist().inv_cdf((k + 0.5) / side) for k in range(side)])
    z1, z2 = np.meshgrid(quantiles, quantiles[::-1])
    return np.stack([z1.ravel(), z2.ravel()], axis=1)


def tiled(axes: Axes, images: NDArray[Any]) -> None:
    """Images (side * side, 784) as one, ink dark on white."""
    side = round(len(images) ** 0.5)
    whole = images.reshape(side, side, 28, 28).swapaxes(1, 2).reshape(side * 28, side * 28)
    axes.imshow(whole, cmap="gray_r", vmin=0, vmax=1)
    axes.set_axis_off()


def scattered(axes: Axes, means: NDArray[Any], labels: Any) -> None:
    """Points of the plane, in the colours of their digits."""
    for digit in range(10):
        z1, z2 = means[labels == digit].T
        axes.scatter(z1, z2, s=2, linewidths=0, color=f"C{digit}", label=str(digit))
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=5, frameon=False, handletextpad=0)
