"""One training step of the 784-128-64-10 network: derived backpropagation against the same written by hand.

Both take turns in one process, a few steps each, so that whatever else the machine does meets both. Only the ratio
within a round is compared; the table gives its median and quartiles.

Where in memory the weights happen to lie matters more than anything else for small batches (see `nn.init.aligned`), so
the contestants are built anew several times, each time with other arrays about them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import nn, optim
from models.mlp import LOSSES, MLP
from models.mlp_by_hand import MLPByHand

SIZES = (784, 128, 64, 10)
LEARNING_RATE = 0.01


@dataclass(frozen=True)
class Row:
    """Microseconds a step, and the ratio of the engine's time to by-hand's in the same round."""

    batch: int
    by_hand: float
    engine: float
    ratio: tuple[float, float, float]  # lower quartile, median, upper quartile


def measure(
    batches: tuple[int, ...] = (32, 128, 512),
    activation: str = "relu",
    loss: str = "cross_entropy",
    builds: int = 12,
    rounds: int = 12,
    steps: int = 20,
) -> Iterator[Row]:
    """A row for each batch size. Raises RuntimeError if the contestants do not compute the same."""
    rng = np.random.default_rng(0)
    for batch in batches:
        seconds = []
        for _ in range(builds):
            about = [np.empty(rng.integers(1, 1000), np.float32) for _ in range(100)]
            by_hand, engine = contestants(batch, activation, loss)
            for _ in range(20):  # to warm up, and to see that both do the same work
                losses = by_hand(), engine()
                if not np.isclose(*losses, rtol=1e-5):
                    raise RuntimeError(
                        f"by hand the loss is {losses[0]}, on the engine {losses[1]}: no fair comparison"
                    )
            seconds += [(_time(by_hand, steps), _time(engine, steps)) for _ in range(rounds)]
            del about
        times = np.array(seconds)
        low, median, high = np.quantile(times[:, 1] / times[:, 0], [0.25, 0.5, 0.75]).tolist()
        hand_us, engine_us = (1e6 * np.median(times, axis=0)).tolist()
        yield Row(batch, hand_us, engine_us, (low, median, high))


def contestants(batch: int, activation: str, loss: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """A step by hand and a step on the engine, from the same weights on the same batch."""
    rng = np.random.default_rng(0)
    x = rng.random((batch, SIZES[0]), np.float32)
    labels = rng.integers(0, SIZES[-1], batch)
    model = MLP(SIZES, activation, rng=rng)
    linears = [layer for layer in model.layers if isinstance(layer, nn.Linear)]
    twin = MLPByHand(
        [layer.weight.data.copy() for layer in linears],
        [layer.bias.data.copy() for layer in linears],
        activation,
        loss,
    )
    optimizer = optim.SGD(model.parameters(), LEARNING_RATE)
    loss_of = LOSSES[loss]

    def engine_step() -> Any:
        value = loss_of(model(x), labels)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value.item()

    return lambda: twin.step(x, labels, LEARNING_RATE), engine_step


def _time(step: Callable[[], Any], steps: int) -> float:
    """Seconds a step."""
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - start) / steps
