"""What the commands of `python -m mnist` do."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import safetensors  # noqa: F401  # if it is missing, that must be said now, not after the training
from numpy.typing import NDArray

from autograd.drawing import command as drawing
from autograd.drawing.renderers import RenderError
from autograd.tensor import Tensor
from mnist import data, model_file, preprocess
from mnist import graph as drawn
from mnist import train as training
from models.mlp import ACTIVATIONS, LOSSES, MLP

DEFAULT_MODEL = "mnist.safetensors"
LIMIT = 1_000_000_000  # of sizes and counts: NumPy says less clearly that it can't go further
Parser = argparse.ArgumentParser


class CommandError(Exception):
    """What stops a command; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except MemoryError as error:
        print(f"error: there is not enough memory ({error}); choose smaller sizes", file=sys.stderr)
        return 1
    except (CommandError, data.DataError, model_file.ModelError, RenderError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; nothing was saved", file=sys.stderr)
        return 130


# -- train -----------------------------------------------------------------------------------------------------------


def train(options: argparse.Namespace) -> int:
    if options.metrics and options.out.resolve() == options.metrics.resolve():
        raise CommandError(f"--out and --metrics are both {options.out}; give each a file of its own")
    for path in filter(None, (options.out, options.metrics)):
        _check_writable(path)  # now, not after the training
    if options.shift >= 28:
        raise CommandError(
            f"--shift was {options.shift}, which moves an image of 28 x 28 out of itself; give fewer pixels"
        )
    recipe = training.Recipe(
        hidden=tuple(options.hidden),
        activation=options.activation,
        loss=options.loss,
        optimizer=options.optimizer,
        learning_rate=options.learning_rate,
        epochs=options.epochs,
        batch_size=options.batch_size,
        label_smoothing=options.label_smoothing if options.loss == "cross_entropy" else 0.0,
        shift=options.shift,
        seed=options.seed,
    )
    mnist = data.load(options.data)
    images, labels = mnist.train_images, mnist.train_labels
    validation = None
    if held := options.validation:
        if held >= len(images):
            raise CommandError(f"--validation was {held}; there are {len(images)} training images, give fewer")
        validation = images[-held:], labels[-held:]
        images, labels = images[:-held], labels[:-held]

    result = training.train(images, labels, recipe, validation)
    model = result.model
    parameters = sum(p.size for p in model.parameters())
    metrics: dict[str, Any] = {
        "train_seconds": round(result.seconds, 3),
        "epochs": recipe.epochs,
        "parameters": parameters,
        "seed": recipe.seed,
        "history": result.history,
        "recipe": asdict(recipe),
    }
    shape = "-".join(map(str, model.sizes))
    print(f"{shape}, {parameters:,} parameters: {recipe.epochs} epochs in {result.seconds:.1f} s")
    if not all(np.isfinite(p.data).all() for p in model.parameters()):
        raise CommandError("the weights are no longer finite, so nothing was saved; try a lower --learning-rate")
    if validation is not None:
        metrics["validation_accuracy"] = result.history[-1]["validation_accuracy"]
        print(f"validation accuracy {metrics['validation_accuracy']:.2%} ({held:,} training images held out)")
    else:
        metrics["test_accuracy"] = training.accuracy(model, mnist.test_images, mnist.test_labels)
        print(f"test accuracy {metrics['test_accuracy']:.2%} ({len(mnist.test_labels):,} images)")
    model_file.save(options.out, model, {key: value for key, value in metrics.items() if key != "history"})
    print(f"saved the model: {options.out}")
    if options.metrics:
        options.metrics.write_text(json.dumps(metrics, indent=2) + "\n")
        print(f"saved the metrics: {options.metrics}")
    return 0


def _check_writable(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise CommandError(f"{path} can't be written: there is no folder {folder}; make it, or choose another")
    if path.exists() and not path.is_dir() and not path.is_file():
        raise CommandError(f"{path} can't be written: it is no ordinary file; choose another name")
    if path.is_dir():
        raise CommandError(f"{path} can't be written: it is a folder; choose a file name in it")
    if not os.access(path if path.exists() else folder, os.W_OK) or not os.access(folder, os.W_OK):
        raise CommandError(f"{path} can't be written: permission denied; choose another place")


# -- evaluate --------------------------------------------------------------------------------------------------------


def evaluate(options: argparse.Namespace) -> int:
    model = model_file.load(options.model)
    mnist = data.load(options.data)
    predicted = training.predict(model, mnist.test_images).argmax(axis=1)
    print(f"test accuracy {np.mean(predicted == mnist.test_labels):.2%} ({len(predicted):,} images)\n")
    print(confusion_table(mnist.test_labels, predicted))
    return 0


def confusion_table(labels: NDArray[Any], predicted: NDArray[Any]) -> str:
    """How often each digit (row) was taken for each (column), with the share of each row that was right."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, predicted), 1)
    lines = ["       predicted", "      " + "".join(f"{digit:6}" for digit in range(10)) + "   right"]
    for digit, row in enumerate(counts):
        cells = "".join(f"{count or '.':>6}" for count in row)
        share = f"{row[digit] / row.sum():8.2%}" if row.sum() else f"{'-':>8}"
        lines.append(f"{'is' if digit == 0 else '':4}{digit:2}{cells}{share}")
    return "\n".join(lines)


# -- predict ---------------------------------------------------------------------------------------------------------


def predict(options: argparse.Namespace) -> int:
    model = model_file.load(options.model)
    status = 0
    for path in options.images:
        try:
            image = preprocess.read(path)
        except preprocess.ImageError as error:
            print(f"error: {error}", file=sys.stderr)
            status = 1
            continue
        probability = training.predict(model, image[None])[0]
        best, second = probability.argsort()[::-1][:2]
        name = path.encode(errors="replace").decode()  # of a file whose name is no text
        print(f"{name}: {best} ({probability[best]:.1%}; next {second}, {probability[second]:.1%})")
        if options.show:
            print(picture(image))
    return status


def picture(image: NDArray[Any]) -> str:
    """An image (28, 28) of 0-255 in characters: what the network sees."""
    shades = np.array(list(" .:-=+*#%@"))
    return "\n".join("  " + "".join(shade * 2 for shade in shades[row // 26]) for row in image)


# -- graph -----------------------------------------------------------------------------------------------------------


def graph(options: argparse.Namespace) -> int:
    default = training.Recipe()
    if options.model is None:
        hidden = default.hidden if options.hidden is None else options.hidden
        activation = options.activation or default.activation
        model = MLP((784, *hidden, 10), activation, rng=np.random.default_rng(options.seed))
    elif options.hidden is not None or options.activation is not None:
        raise CommandError(f"{options.model} says what its layers are; leave --hidden and --activation out")
    else:
        model = model_file.load(options.model)
    images, labels, what = drawn.batch(options.data, options.seed)
    title = f"Training step, {'-'.join(map(str, model.sizes))}"
    try:
        # A Tensor without a graph stays so: training has no gradient of the images.
        inputs = Tensor(images), labels
        drawing.draw_and_write(drawn.step(model, options.loss), inputs, options, "mlp.svg", title)
    except ValueError as error:  # of a suffix that is no format
        raise CommandError(error) from error
    print(f"the values are those of {what}" if options.values else f"drawn with {what}")
    return 0


# -- the command line ------------------------------------------------------------------------------------------------


def _parser() -> Parser:
    parser = Parser(
        prog="python -m mnist",
        description="Train a network on handwritten digits, measure it, and recognise digits with it.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    default = training.Recipe()

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str) -> Parser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        return sub

    sub = add("train", train, "train a network on MNIST, measure it on the test set and save it")

    def option(name: str, text: str, default: Any, **keywords: Any) -> None:
        shown = " ".join(map(str, default)) if isinstance(default, list) else "%(default)s"
        text = f"{text} (default: {shown})" if default is not None else text
        sub.add_argument(name, help=text, default=default, **keywords)

    option("--epochs", "passes over the training images", default.epochs, type=_positive(int), metavar="N")
    option("--batch-size", "images for each step", default.batch_size, type=_positive(int), metavar="N")
    option("--optimizer", "how to descend", default.optimizer, choices=list(training.LEARNING_RATES))
    rates = ", ".join(f"{rate} for {name}" for name, rate in training.LEARNING_RATES.items())
    text = f"the highest of the one-cycle schedule (default: {rates})"
    option("--learning-rate", text, None, type=_positive(float), metavar="RATE")
    option("--hidden", "sizes of the hidden layers", list(default.hidden), type=_positive(int), nargs="*", metavar="N")
    option("--activation", "of the hidden layers", default.activation, choices=list(ACTIVATIONS))
    option("--loss", "what is made small", default.loss, choices=list(LOSSES))
    option("--label-smoothing", "of the cross-entropy", default.label_smoothing, type=_fraction, metavar="S")
    option("--shift", "move images by up to so many pixels", default.shift, type=_not_negative, metavar="PIXELS")
    option("--seed", "same seed, same weights", default.seed, type=_not_negative, metavar="N")
    text = "hold out the last N training images, and measure on them instead of the test set"
    option("--validation", text, None, type=_positive(int), metavar="N")
    option("--out", "where to save the model", Path(DEFAULT_MODEL), type=Path, metavar="FILE")
    option("--metrics", "where to save the figures, as JSON", None, type=Path, metavar="FILE")
    _add_data(sub)

    sub = add("evaluate", evaluate, "measure a model on the test set, with a confusion matrix")
    sub.add_argument("model", type=Path, metavar="MODEL", help="a file that train saved")
    _add_data(sub)

    sub = add("predict", predict, "recognise the digit in each image")
    sub.add_argument("model", type=Path, metavar="MODEL", help="a file that train saved")
    sub.add_argument("images", nargs="+", metavar="IMAGE", help="a PNG or JPEG of one digit, light or dark")
    sub.add_argument("--show", action="store_true", help="print what the network sees, too")

    sub = add("graph", graph, "draw a training step: the network, its loss and, if wanted, the backward pass")
    text = "a file that train saved (default: a new network)"
    sub.add_argument("model", nargs="?", type=Path, metavar="MODEL", help=text)
    drawing.add_options(sub, "mlp.svg")
    text = f"sizes of the hidden layers (default: {' '.join(map(str, default.hidden))})"
    option("--hidden", text, None, type=_positive(int), nargs="*", metavar="N")
    option("--activation", f"of the hidden layers (default: {default.activation})", None, choices=list(ACTIVATIONS))
    option("--loss", "what is made small", default.loss, choices=list(LOSSES))
    option("--seed", "of the weights of a new network", default.seed, type=_not_negative, metavar="N")
    text = "folder with MNIST's four files (default: $MNIST_DATA, or what train has downloaded, or random images)"
    sub.add_argument("--data", metavar="DIR", help=text)
    return parser


def _add_data(parser: Parser) -> None:
    text = "folder with MNIST's four files (default: $MNIST_DATA, or download them once)"
    parser.add_argument("--data", metavar="DIR", help=text)


def _positive(kind: type[Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        value = kind(text)
        limit = LIMIT if kind is int else math.inf
        if not 0 < value < limit:
            raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and {limit:,}")
        return value

    parse.__name__ = kind.__name__
    return parse


def _not_negative(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return value


def _fraction(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text} does not lie in [0, 1)")
    return value


_not_negative.__name__, _fraction.__name__ = "int", "float"
