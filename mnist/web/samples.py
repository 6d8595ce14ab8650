"""Real test digits to try the network on, where MNIST is on this machine; nothing is downloaded for them."""

from __future__ import annotations

import functools
import json

import numpy as np

from mnist import data
from mnist.train import Images, Labels

MOST_SAMPLES = 100  # at once
NO_SAMPLES = (
    "there are no samples, as MNIST is not on this machine; `python -m mnist train` fetches it once, or start the page "
    "with --data DIR"
)


def load_samples(folder: str | None) -> SampleDigits | None:
    """MNIST's test digits; None if MNIST is neither named nor cached.

    A folder that is named, by the argument or by $MNIST_DATA, must hold it: raises DataError.
    """
    mnist = data.load_local(folder)
    return None if mnist is None else SampleDigits(mnist.test_images, mnist.test_labels)


class SampleDigits:
    """Test digits (n, 28, 28) with their labels (n,), of which some are drawn at random."""

    def __init__(self, images: Images, labels: Labels) -> None:
        self.images, self.labels = images, labels
        self.rng = np.random.default_rng()
        self.text = functools.cache(self._text)  # 25 MB when all have been asked for

    def choose(self, count: int) -> list[int]:
        """The indices of so many, of all ten labels as far as that goes, in the order of their labels."""
        labels = self.labels
        order = self.rng.permutation(len(labels))
        # The how-manieth of its label each one is in that order: the first ten digits come first, then the second ten.
        rank = np.empty(len(labels), int)
        for label in range(10):
            here = labels[order] == label
            rank[here] = np.arange(np.count_nonzero(here))
        chosen = order[np.argsort(rank, kind="stable")[:count]]
        found: list[int] = chosen[np.argsort(labels[chosen], kind="stable")].tolist()
        return found

    def json(self, count: int) -> bytes:
        """So many as the answer's JSON."""
        return f'{{"samples":[{",".join(map(self.text, self.choose(count)))}]}}'.encode()

    def _text(self, index: int) -> str:
        pixels = json.dumps(self.images[index].tolist(), separators=(",", ":"))
        return f'{{"index":{index},"label":{self.labels[index]},"pixels":{pixels}}}'
