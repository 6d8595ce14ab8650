"""The commands of models that write: `python -m models.gpt train` and `sample`."""

from __future__ import annotations

import argparse
import sys
import time
from itertools import islice
from pathlib import Path

import numpy as np

import autograd as ag
from autograd._util import files
from models import text
from models.text import MILTON, Recipe, Text, TextError, TextModel


def main(kind: type[TextModel], arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    options = _parser(kind).parse_args(arguments)
    try:
        return _train(kind, options) if options.command == "train" else _sample(kind, options)
    except (TextError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130


def _parser(kind: type[TextModel]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m models.{kind.NAME}",
        description="A model that learns to write in the manner of a text, character by character.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    default = Path(f"{kind.NAME}.safetensors")

    def command(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about, formatter_class=parser.formatter_class)

    train = command("train", "learn from a text, and save the model")
    train.add_argument("--text", type=Path, default=MILTON, metavar="FILE", help="a text in UTF-8")
    train.add_argument("--steps", type=_positive, default=kind.STEPS, metavar="N", help="of gradient descent")
    train.add_argument("--batch-size", type=_positive, default=kind.BATCH_SIZE, metavar="N", help="texts at once")
    train.add_argument("--learning-rate", type=float, default=kind.LEARNING_RATE, metavar="RATE", help="the highest")
    for name, (size, about) in kind.SIZES.items():
        train.add_argument(f"--{name}", type=_positive, default=size, metavar="N", help=about)
    train.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same weights")
    train.add_argument("--eager", action="store_true", help="do not compile the training step: slower, same weights")
    train.add_argument("--out", type=Path, default=default, metavar="FILE", help="where to save the model")

    sample = command("sample", "write with a model that was trained")
    sample.add_argument("--model", type=Path, default=default, metavar="FILE", help="that `train` saved")
    sample.add_argument("--prompt", default="\n", metavar="TEXT", help="what it goes on from")
    sample.add_argument("--length", type=_positive, default=500, metavar="N", help="characters to write")
    about = "below 1 it keeps to the probable, above it dares more; 0: always the most probable"
    sample.add_argument("--temperature", type=float, default=0.8, metavar="T", help=about)
    about = "draw from so many of the most probable characters"
    sample.add_argument("--top-k", type=_positive, default=1000, metavar="N", help=about)
    sample.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same text")
    return parser


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} was given; it takes 1 or more")
    return number


def _train(kind: type[TextModel], options: argparse.Namespace) -> int:
    files.check_writable(options.out)  # now, not after the training
    read = Text.read(options.text)
    ag.seed(options.seed)
    model = kind(len(read.characters), **{name: getattr(options, name) for name in kind.SIZES})
    needed = options.batch_size * (model.sizes.get("context", 1) + 1)
    if len(read.validation) < needed:
        raise TextError(
            f"{options.text} has {len(read.train) + len(read.validation):,} characters, and {needed * 10:,} are needed "
            f"for batches of that size; take a longer text, or a smaller --batch-size"
        )
    parameters = sum(p.size for p in model.parameters())
    print(f"{options.text.name}: {len(read.train):,} characters, {len(read.characters)} different ones")
    print(f"{kind.__name__}: {parameters:,} parameters")
    start = time.perf_counter()
    best = np.inf
    recipe = Recipe(options.steps, options.batch_size, options.learning_rate, options.seed)
    try:
        for step, loss, validation in text.train(model, read, recipe, options.eager):
            print(f"step {step:,}: loss {loss:.3f}, validation {validation:.3f} ({time.perf_counter() - start:.0f} s)")
            if validation < best:
                best = validation
                text.save(options.out, model, read.characters)
    finally:
        if np.isfinite(best):
            print(f"saved the model: {options.out} (validation {best:.3f})")
    return 0


def _sample(kind: type[TextModel], options: argparse.Namespace) -> int:
    model, characters = text.load(options.model, kind)
    prompt = text.encoded(options.prompt or "\n", characters)
    print(options.prompt.lstrip("\n"), end="", flush=True)
    written = text.sampled(model, prompt, options.temperature, options.top_k, np.random.default_rng(options.seed))
    for code in islice(written, options.length):
        print(characters[code], end="", flush=True)
    print()
    return 0
