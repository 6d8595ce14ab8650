"""Train a variational autoencoder on MNIST's images, measure it, and keep it in a file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import autograd as ag
from autograd import io as storage
from autograd import optim
from mnist.model_file import ModelError
from mnist.threads import limited, measured, thread_count
from mnist.train import TRY, DivergenceError, Images, as_input
from models.vae import VAE, negative_elbo

FORMAT = "tiny-autograd vae 1"
TrainingStep = Callable[[NDArray[np.float32]], ag.Tensor]


@dataclass(frozen=True)
class Recipe:
    """How to train: Adam, its learning rate falling to 0 along half a cosine."""

    epochs: int = 20
    batch_size: int = 128
    learning_rate: float = 1e-3
    seed: int = 0


def train(
    model: VAE, images: Images, recipe: Recipe, eager: bool = False, threads: int | None = 1, progress: bool = True
) -> Iterator[float]:
    """Train a model on images (n, 28, 28). Yields the mean ELBO of each epoch, as the model was meanwhile.

    Steps are compiled, unless `eager`: the same weights either way. On how many threads the BLAS computes, None
    measures before each epoch (see mnist/threads.py). Raises DivergenceError as soon as the loss is no finite number.
    """
    rng = np.random.default_rng(recipe.seed)
    step = training_step(model, recipe, len(images), eager)
    rehearse = _rehearsal(model, images, recipe, eager) if threads is None else None
    with tqdm(total=recipe.epochs * len(images), unit=" images", disable=not progress, unit_scale=True) as bar:
        for epoch in range(1, recipe.epochs + 1):
            bar.set_description(f"epoch {epoch}/{recipe.epochs}", refresh=False)
            total, seen = 0.0, 0
            count = threads or thread_count(measured(rehearse) if rehearse else {})
            with limited(count), np.errstate(over="ignore", invalid="ignore"):  # what overflows ends in the loss
                for batch in ag.data.batches(images, recipe.batch_size, shuffle=True, rng=rng):
                    total += step(as_input(batch)).item() * len(batch)
                    if not math.isfinite(total):
                        raise DivergenceError(f"the loss became {total} in epoch {epoch}; {TRY}")
                    seen += len(batch)
                    bar.set_postfix_str(f"ELBO {-total / seen:.1f}", refresh=False)
                    bar.update(len(batch))
            yield -total / seen


def training_step(model: VAE, recipe: Recipe, count: int, eager: bool) -> TrainingStep:
    """The function that trains on a batch (n, 784) of `count` images, and returns the loss before it."""
    optimizer = optim.Adam(model.parameters(), recipe.learning_rate)
    schedule = optim.Cosine(optimizer, recipe.epochs * -(-count // recipe.batch_size))

    def step(x: NDArray[np.float32]) -> ag.Tensor:
        optimizer.zero_grad()
        loss = negative_elbo(model, x)
        loss.backward()
        optimizer.step()
        schedule.step()
        return loss

    return step if eager else ag.compile(step)


def _rehearsal(model: VAE, images: Images, recipe: Recipe, eager: bool) -> Callable[[], object]:
    """A step of another model of the same sizes, which takes as long."""
    rng = np.random.default_rng(0)
    step = training_step(VAE(model.latent, model.mean.weight.shape[0], rng=rng), recipe, len(images), eager)
    x = as_input(images[: recipe.batch_size])
    with limited(1):
        for _ in range(3):  # until it has its program
            step(x)
    return lambda: step(x)


def elbo(model: VAE, images: Images, seed: int = 0) -> float:
    """The mean ELBO of images (n, 28, 28) in nats, one z drawn for each."""
    noise = np.random.default_rng(seed).standard_normal((len(images), model.latent), np.float32)
    total = 0.0
    with ag.no_grad(), limited(1):
        for batch, e in ag.data.batches((images, noise), 1000):
            total += negative_elbo(model, as_input(batch), e).item() * len(batch)
    return -total / len(images)


def means(model: VAE, images: Images) -> NDArray[Any]:
    """The mean of q(z|x), (n, latent), of images (n, 28, 28)."""
    with ag.no_grad(), limited(1):
        return np.concatenate([model.encode(as_input(batch))[0].data for batch in ag.data.batches(images, 1000)])


def save(path: str | Path, model: VAE) -> None:
    ag.save(path, model.state_dict(), {"format": FORMAT})


def load(path: str | Path) -> VAE:
    """Read a model that `save` wrote. Raises ModelError if it is anything else."""
    expected = "expected a model that `python -m mnist vae train` saved; train one, or pass its path"
    try:
        state, about = ag.load(path), storage.metadata(path)
    except (OSError, ValueError) as error:
        raise ModelError(f"{error}; {expected}") from error
    if about.get("format") != FORMAT:
        raise ModelError(f"{path} is a safetensors file of another program; {expected}")
    try:
        hidden, latent = state["mean.weight"].shape
        model = VAE(latent, hidden)
        model.load_state_dict(state)
    except (KeyError, ValueError) as error:
        raise ModelError(f"{path} does not hold the model that it says ({error}); {expected}") from error
    return model
