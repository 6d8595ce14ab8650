"""`train`: train a network, measure it, and save it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from autograd._util import files
from mnist import data, model_file
from mnist import train as training
from mnist.commands.options import (
    DEFAULT_MODEL,
    CommandError,
    Parser,
    add_data,
    count_or_auto,
    fraction,
    non_negative,
    option,
    positive,
    recipe_option,
    up_to,
)
from models.mlp import ACTIVATIONS, LOSSES

HELP = "train a network on MNIST, measure it on the test set and save it"


def add_options(parser: Parser) -> None:
    def add(name: str, text: str, **keywords: Any) -> None:
        recipe_option(parser, name, text, **keywords)

    text = "the kind of network: mlp, of dense layers, or lenet, convolutional (to web, --model is a file)"
    option(parser, "--model", text, "mlp", choices=list(training.RECIPES))
    add("--epochs", "passes over the training images", type=positive(int), metavar="N")
    add("--batch-size", "images for each step", type=positive(int), metavar="N")
    add("--optimizer", "how to descend", choices=training.OPTIMIZERS)
    best = {
        model: ", ".join(f"{rate} for {name}" for name, rate in rates.items())
        for model, rates in training.LEARNING_RATES.items()
    }
    text = f"the highest of the one-cycle schedule (default: {best['mlp']}; with lenet {best['lenet']})"
    option(parser, "--learning-rate", text, None, type=positive(float), metavar="RATE")
    add("--hidden", "sizes of the hidden dense layers", type=positive(int), nargs="*", metavar="N")
    add("--activation", "of the hidden layers", choices=list(ACTIVATIONS))
    add("--loss", "what is made small", choices=list(LOSSES))
    add("--label-smoothing", "of the cross-entropy", type=fraction, metavar="S")
    add("--shift", "move images by up to so many pixels", type=non_negative, metavar="PIXELS")
    text = "make strokes thicker or thinner by up to so many pixels"
    add("--thickness", text, type=up_to(2), metavar="PIXELS")
    text = "turn, slant and stretch images by up to so much: 0.1 turns by up to 6 degrees"
    add("--distort", text, type=up_to(1), metavar="AMOUNT")
    add("--seed", "same seed and --threads, same weights", type=non_negative, metavar="N")
    text = "hold out the last N training images, and measure on them instead of the test set"
    option(parser, "--validation", text, None, type=positive(int), metavar="N")
    text = "do not compile the training step: slower, and the same weights"
    parser.add_argument("--eager", action="store_true", help=text)
    text = "threads of the BLAS; auto measures before each epoch whether one is faster than one a core"
    option(parser, "--threads", text, "auto", type=count_or_auto, metavar="N")
    option(parser, "--out", "where to save the model", DEFAULT_MODEL, type=Path, metavar="FILE")
    option(parser, "--metrics", "where to save the figures, as JSON", None, type=Path, metavar="FILE")
    add_data(parser)


def run(options: argparse.Namespace) -> int:
    recipe = recipe_of(options)
    if recipe.shift >= 28:
        raise CommandError(
            f"--shift was {recipe.shift}, which moves an image of 28 x 28 out of itself; give fewer pixels"
        )
    train_and_save(
        recipe, options.data, options.out, options.metrics, options.validation, options.eager, options.threads
    )
    return 0


def recipe_of(options: argparse.Namespace) -> training.Recipe:
    """What the options say, and where they say nothing, what is best for the model."""
    given = {field.name: getattr(options, field.name) for field in fields(training.Recipe)}
    recipe = replace(training.RECIPES[options.model], **{name: v for name, v in given.items() if v is not None})
    smoothing = recipe.label_smoothing if recipe.loss == "cross_entropy" else 0.0
    return replace(recipe, hidden=tuple(recipe.hidden), label_smoothing=smoothing)


def train_and_save(
    recipe: training.Recipe,
    folder: str | None,
    out: Path,
    metrics_file: Path | None = None,
    held: int | None = None,
    eager: bool = False,
    threads: int | None = None,
) -> None:
    """Train on the MNIST in `folder`, print how well it went, and write the model.

    held     so many training images are held out, and measured on instead of the test set.
    eager    do not compile the training step.
    threads  on which products are computed; None measures what is faster.
    """
    if metrics_file and out.resolve() == metrics_file.resolve():
        raise CommandError(f"--out and --metrics are both {out}; give each a file of its own")
    for path in filter(None, (out, metrics_file)):
        files.check_writable(path)  # now, not after the training
    mnist = data.load_mnist(folder)
    images, labels = mnist.train_images, mnist.train_labels
    validation = None
    if held:
        if held >= len(images):
            raise CommandError(f"--validation was {held}; there are {len(images)} training images, give fewer")
        validation = images[-held:], labels[-held:]
        images, labels = images[:-held], labels[:-held]

    result = training.train(images, labels, recipe, validation, eager=eager, threads=threads)
    model = result.model
    parameters = sum(p.size for p in model.parameters())
    metrics: dict[str, Any] = {
        "train_seconds": round(result.seconds, 3),
        "epochs": recipe.epochs,
        "parameters": parameters,
        "seed": recipe.seed,
        "threads": sorted({means["threads"] for means in result.history}),
        "history": result.history,
        "recipe": asdict(recipe),
    }
    epochs = f"{recipe.epochs} epoch{'s' if recipe.epochs > 1 else ''}"
    print(f"{model.architecture}, {parameters:,} parameters: {epochs} in {result.seconds:.1f} s")
    if result.measured:
        took = ", ".join(f"{1000 * seconds:.1f} ms on {count}" for count, seconds in result.measured.items())
        counts = " or ".join(map(str, metrics["threads"]))
        print(f"BLAS threads: {counts}, as a step took {took}; --threads N settles it")
    if not all(np.isfinite(p.data).all() for p in model.parameters()):
        raise CommandError(f"the weights are no longer finite; {training.TRY}")
    if validation is not None:
        metrics["validation_accuracy"] = result.history[-1]["validation_accuracy"]
        print(f"validation accuracy {metrics['validation_accuracy']:.2%} ({held:,} training images held out)")
        check_learnt(metrics["validation_accuracy"], validation[1])
    else:
        metrics["test_accuracy"] = training.accuracy(model, mnist.test_images, mnist.test_labels)
        print(f"test accuracy {metrics['test_accuracy']:.2%} ({len(mnist.test_labels):,} images)")
        check_learnt(metrics["test_accuracy"], mnist.test_labels)
    model_file.save_model(out, model, {key: value for key, value in metrics.items() if key != "history"})
    print(f"saved the model: {out}")
    if metrics_file:
        files.write(metrics_file, (json.dumps(metrics, indent=2) + "\n").encode())
        print(f"saved the metrics: {metrics_file}")


def check_learnt(accuracy: float, labels: training.Labels) -> None:
    """Raise CommandError if one answer to all images is right as often, as a network's that has diverged."""
    chance = np.bincount(labels).max() / len(labels)
    if accuracy <= chance:
        raise CommandError(
            f"it recognises no more images than one answer to all of them, which is right for {chance:.2%}; "
            f"{training.TRY}, or a higher one if the loss has hardly changed"
        )
