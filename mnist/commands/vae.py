"""`vae`: train a variational autoencoder on the images, and draw what it has made of them."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from autograd._util import files
from mnist import data, vae
from mnist.commands.options import CommandError, Parser, add_data, count_or_auto, non_negative, option, positive
from models.vae import VAE

HELP = "train a variational autoencoder on the images, and draw digits that nobody wrote"
DEFAULT_MODEL = Path("vae.safetensors")


def add_options(parser: Parser) -> None:
    default = vae.Recipe()
    commands = parser.add_subparsers(dest="vae_command", metavar="COMMAND", required=True)

    text = "train one, say its ELBO on the test set, and save it"
    train = commands.add_parser("train", help=text, description=text)
    option(train, "--latent", "numbers in which an image is told", 2, type=positive(int), metavar="N")
    option(train, "--hidden", "size of the hidden layers", 400, type=positive(int), metavar="N")
    option(train, "--epochs", "passes over the training images", default.epochs, type=positive(int), metavar="N")
    option(train, "--batch-size", "images for each step", default.batch_size, type=positive(int), metavar="N")
    option(train, "--learning-rate", "the first", default.learning_rate, type=positive(float), metavar="RATE")
    text = "same seed and --threads, same weights"
    option(train, "--seed", text, default.seed, type=non_negative, metavar="N")
    text = "do not compile the training step: slower, and the same weights"
    train.add_argument("--eager", action="store_true", help=text)
    text = "threads of the BLAS; auto measures before each epoch whether one is faster than one a core"
    option(train, "--threads", text, "auto", type=count_or_auto, metavar="N")
    option(train, "--out", "where to save the model", DEFAULT_MODEL, type=Path, metavar="FILE")
    add_data(train)

    text = "draw digits, and of a model with --latent 2 the plane in which they lie"
    picture = commands.add_parser("picture", help=text, description=text)
    option(picture, "--model", "a file that `vae train` saved", DEFAULT_MODEL, type=Path, metavar="FILE")
    option(picture, "--out", "picture to write: .png, .svg or .pdf", Path("vae.png"), type=Path, metavar="FILE")
    option(picture, "--seed", "of what is drawn from the prior", 0, type=non_negative, metavar="N")
    add_data(picture)


def run(options: argparse.Namespace) -> int:
    return train(options) if options.vae_command == "train" else picture(options)


def train(options: argparse.Namespace) -> int:
    files.check_writable(options.out)  # now, not after the training
    mnist = data.load_mnist(options.data)
    recipe = vae.Recipe(options.epochs, options.batch_size, options.learning_rate, options.seed)
    model = VAE(options.latent, options.hidden, rng=np.random.default_rng(options.seed))
    start, saved = time.perf_counter(), 0
    try:
        for elbo in vae.train(model, mnist.train_images, recipe, options.eager, options.threads):
            vae.save(options.out, model)
            saved += 1
            last = elbo
    except KeyboardInterrupt:
        if not saved:
            raise
        print(f"interrupted; {options.out} holds the model after {saved} of {recipe.epochs} epochs", file=sys.stderr)
        return 130
    seconds, parameters = time.perf_counter() - start, sum(p.size for p in model.parameters())
    print(f"latent {model.latent}, {parameters:,} parameters: {saved} epoch{'s' * (saved > 1)} in {seconds:.1f} s")
    print(f"ELBO {last:.2f} nats an image in training, {vae.elbo(model, mnist.test_images):.2f} on the test set")
    print(f"saved the model: {options.out}")
    return 0


def picture(options: argparse.Namespace) -> int:
    files.check_writable(options.out)
    try:
        from mnist import vae_picture
    except ImportError as error:
        raise CommandError(f"a picture needs the library {error.name}: pip install -e '.[plot]'") from error
    model = vae.load(options.model)
    means, labels = None, None
    if model.latent == 2:
        mnist = data.load_mnist(options.data)
        means, labels = vae.means(model, mnist.test_images), mnist.test_labels
    try:
        drawn = vae_picture.draw(model, means, labels, options.seed, options.out.suffix.removeprefix("."))
    except ValueError as error:  # of a suffix that is no format
        raise CommandError(f"{options.out} can't be drawn: {error}; name a .png, .svg or .pdf") from error
    files.write(options.out, drawn)
    print(f"wrote {options.out}")
    return 0
