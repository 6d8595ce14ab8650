"""What `python -m mnist graph` draws: a training step of the network, on a few images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mnist import data
from mnist.networks import Network
from mnist.train import Images, Labels, as_input
from models.mlp import LOSSES

BATCH = 32


def loss_function(model: Network, name: str) -> Callable[..., Any]:
    """The function that is drawn: from images (n, 784) and labels (n,) to the loss of this name."""

    def loss(images: Any, labels: Any) -> Any:
        return LOSSES[name](model(images), labels)

    return loss


def batch(folder: str | None, seed: int) -> tuple[Any, Labels, str]:
    """Images (n, 784), their labels (n,), and what they are, in words.

    The first of MNIST's training images, from the folder, $MNIST_DATA or the cache. Nothing is downloaded for a
    picture: without them, random ones.
    """
    mnist = data.load_local(folder)
    if mnist is None:
        images, labels = random(seed)
        return as_input(images), labels, f"{BATCH} random images, as there is no MNIST on this machine; see --data"
    return as_input(mnist.train_images[:BATCH]), mnist.train_labels[:BATCH], f"the first {BATCH} training images"


def random(seed: int) -> tuple[Images, Labels]:
    """As bright as MNIST's on average: a fifth of the pixels are ink."""
    rng = np.random.default_rng(seed)
    ink = rng.random((BATCH, 28, 28)) < 0.2
    images = np.where(ink, rng.integers(0, 256, ink.shape), 0).astype(np.uint8)
    return images, rng.integers(0, 10, BATCH).astype(np.uint8)
