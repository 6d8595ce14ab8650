"""Real test digits to try the network on, where MNIST is on this machine; nothing is downloaded for them."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from mnist import data
from mnist.train import Images, Labels

MOST = 100  # at once
MISSING = (
    "there are no samples, as MNIST is not on this machine; `python -m mnist train` fetches it once, or start the page "
    "with --data DIR"
)


def load(folder: str | None) -> tuple[Images, Labels] | None:
    """The test images (n, 28, 28) and labels (n,); None if MNIST is neither named nor cached.

    A folder that is named, by the argument or by $MNIST_DATA, must hold it: raises DataError.
    """
    if folder is not None or os.environ.get("MNIST_DATA"):
        mnist = data.load(folder)
    else:
        try:
            mnist = data.load(data._cache_folder())
        except data.DataError:
            return None
    return mnist.test_images, mnist.test_labels


def choose(images: Images, labels: Labels, count: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """So many test digits drawn at random, of all ten labels as far as that goes, in the order of their labels."""
    order = rng.permutation(len(labels))
    # The how-manieth of its label each one is in that order: the first ten digits come first, then the second ten.
    rank = np.empty(len(labels), int)
    for label in range(10):
        here = labels[order] == label
        rank[here] = np.arange(np.count_nonzero(here))
    chosen = order[np.argsort(rank, kind="stable")[:count]]
    chosen = chosen[np.argsort(labels[chosen], kind="stable")]
    return [{"index": int(k), "label": int(labels[k]), "pixels": images[k].tolist()} for k in chosen]
