"""The kinds of networks that read digits, by the name that `--model` and a model's file give them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.lenet import LeNet
from models.mlp import MLP

Network = MLP | LeNet
NETWORKS: dict[str, type[Network]] = {"mlp": MLP, "lenet": LeNet}


def kind_of(model: Network) -> str:
    """Its name in NETWORKS."""
    return next(name for name, network in NETWORKS.items() if type(model) is network)


def new(kind: str, hidden: Sequence[int], activation: str, rng: np.random.Generator) -> Network:
    """A network that is not trained yet, whose hidden dense layers have these sizes."""
    if kind == "lenet":
        return LeNet(hidden=hidden, activation=activation, rng=rng)
    return MLP((28 * 28, *hidden, 10), activation, rng=rng)
