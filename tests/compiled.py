"""What the tests of compiled functions share: a small training step, and a look at what was printed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from compared import bits

import autograd as ag
from autograd import nn, optim
from models.mlp import MLP

ROOT = Path(__file__).parents[1]
SNAPSHOTS = Path(__file__).parent / "snapshots"
IMAGES = np.random.default_rng(1).random((5, 6), np.float32)
LABELS = np.array([0, 1, 2, 0, 1])
Optimizers = dict[str, Callable[[Any], Any]]
OPTIMIZERS: Optimizers = {
    "sgd": lambda params: optim.SGD(params, 0.1),
    "momentum": lambda params: optim.SGD(params, 0.1, momentum=0.9),
    "adam": lambda params: optim.Adam(params, 1e-3),
}


def called(fn: Callable[..., Any], *args: Any, times: int = 4) -> Any:
    """The function, compiled and called so often with the same arguments."""
    step = ag.compile(fn)
    for _ in range(times):
        step(*args)
    return step


def check_compiled(f: Callable[..., Any], *inputs: Any) -> None:
    """A function and its gradients have the bits that they have without: traced, compared, by the program alone."""

    def total(*given: Any) -> Any:
        y = f(*given)
        return np.sum(y * np.cos(np.arange(y.size, dtype=y.dtype)).reshape(y.shape))

    plain: Any = ag.value_and_grad(total, tuple(range(len(inputs))))
    step = ag.compile(plain)
    for k in range(3):
        given = [x * (1 + k / 8) for x in inputs]
        assert bits(step(*given)) == bits(plain(*given))


def training_step(model: Any, opt: Any) -> Callable[[Any, Any], Any]:
    def train(x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(x), labels)
        opt.zero_grad()
        loss.backward()
        opt.step()
        return loss

    return train


def training(optimizer: str = "sgd", activation: str = "relu", sizes: tuple[int, ...] = (6, 4, 3)) -> Any:
    """A training step of a small network, called until it has the program that it keeps."""
    model = MLP(sizes, activation, rng=np.random.default_rng(0))
    opt = OPTIMIZERS[optimizer](model.parameters())

    return called(training_step(model, opt), IMAGES, LABELS)


def source(fn: Callable[..., Any], *args: Any, times: int = 3) -> str:
    text: str = called(fn, *args, times=times).source
    return text


def lines(text: str) -> list[str]:
    """The lines of the function in a source, without comments and indentation."""
    body = text.rpartition("\ndef ")[2].partition("):\n")[2]
    found = [line.partition("  # ")[0].strip() for line in body.split("\n")]
    return [line for line in found if line and not line.startswith("#")]


def head(text: str) -> str:
    """The first line of the function."""
    return text.rpartition("\ndef ")[2].partition(":")[0]


def check_snapshot(name: str, text: str) -> None:
    """Compare text with what is kept; UPDATE_SNAPSHOTS=1 in the environment keeps it anew."""
    path = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8"), "read it, and if it is right: UPDATE_SNAPSHOTS=1 pytest"


def python(*code: str, folder: Path = ROOT, **environment: str) -> str:
    """What fresh Python prints for some lines of code, run in a folder."""
    given = {"OPENBLAS_NUM_THREADS": "1", "PATH": os.environ["PATH"], **environment}
    command = [sys.executable, "-W", "error", "-c", "\n".join(code)]
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
