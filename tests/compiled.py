"""What the tests of compiled functions share: small training steps and what is said of their programs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
from autograd import nn, optim
from models.mlp import MLP

SNAPSHOTS = Path(__file__).parent / "snapshots"
IMAGES = np.random.default_rng(1).random((5, 6), np.float32)
LABELS = np.array([0, 1, 2, 0, 1])


def training(
    optimizer: Callable[[Any], Any] = lambda params: optim.SGD(params, 0.1), sizes: tuple[int, ...] = (6, 4, 3), **given: Any
) -> Any:
    """A training step of a small network, compiled and called until it has the program that it keeps."""
    model = MLP(sizes, rng=np.random.default_rng(0), **given)
    opt = optimizer(model.parameters())

    def train(x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(x), labels)
        opt.zero_grad()
        loss.backward()
        opt.step()
        return loss

    return called(train, IMAGES, LABELS)


def called(fn: Callable[..., Any], *args: Any, times: int = 4) -> Any:
    """The function, compiled and called so often with the same arguments."""
    step = ag.compile(fn)
    for _ in range(times):
        step(*args)
    return step


def body(step: Any) -> list[str]:
    """The lines of the function in its source, without comments."""
    lines = step.source.partition("\ndef ")[2].split("\n")[1:]
    return [line.partition("  #")[0].strip() for line in lines if line.strip() and not line.strip().startswith("#")]


def check_snapshot(name: str, text: str) -> None:
    """Compare text with what is kept; UPDATE_SNAPSHOTS=1 in the environment keeps it anew."""
    path = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8"), "read it, and if it is right: UPDATE_SNAPSHOTS=1 pytest"
