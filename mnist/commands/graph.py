"""`graph`: draw a training step."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from autograd.drawing import api as drawing
from autograd.engine.tensor import Tensor
from mnist import graph as drawn
from mnist import model_file, networks
from mnist.commands.options import CommandError, Parser, non_negative, option, positive, recipe_option
from mnist.networks import NETWORKS
from mnist.train import RECIPES, Recipe
from models.mlp import ACTIVATIONS, LOSSES

HELP = "draw a training step: the network, its loss and, if wanted, the backward pass"


def add_options(parser: Parser) -> None:
    text = "a file that train saved (default: a new network)"
    parser.add_argument("file", nargs="?", type=Path, metavar="MODEL", help=text)
    drawing.add_options(parser, "mlp.svg, or lenet.svg of a lenet")
    text = "the kind of a new network: mlp, of dense layers, or lenet, convolutional (default: mlp)"
    option(parser, "--model", text, None, choices=list(NETWORKS))
    recipe_option(parser, "--hidden", "sizes of the hidden dense layers", type=positive(int), nargs="*", metavar="N")
    recipe_option(parser, "--activation", "of the hidden layers", choices=list(ACTIVATIONS))
    option(parser, "--loss", "what is made small", Recipe.loss, choices=list(LOSSES))
    option(parser, "--seed", "of the weights of a new network", Recipe.seed, type=non_negative, metavar="N")
    text = "folder with MNIST's four files (default: $MNIST_DATA, or what train has downloaded, or random images)"
    parser.add_argument("--data", metavar="DIR", help=text)


def run(options: argparse.Namespace) -> int:
    if options.file is None:
        recipe = RECIPES[options.model or "mlp"]
        hidden = recipe.hidden if options.hidden is None else options.hidden
        activation = options.activation or recipe.activation
        model = networks.new(recipe.model, hidden, activation, np.random.default_rng(options.seed))
    elif (options.model, options.hidden, options.activation) != (None, None, None):
        raise CommandError(f"{options.file} says what its layers are; leave --model, --hidden and --activation out")
    else:
        model = model_file.load_model(options.file)
    images, labels, what = drawn.batch(options.data, options.seed)
    title = f"Training step, {model.architecture}"
    try:
        # A Tensor without a graph stays so: training has no gradient of the images.
        inputs = Tensor(images), labels
        drawing.draw_and_write(
            drawn.loss_function(model, options.loss), inputs, options, f"{networks.kind_of(model)}.svg", title
        )
    except ValueError as error:  # of a suffix that is no format
        raise CommandError(error) from error
    print(f"the values are those of {what}" if options.values else f"drawn with {what}")
    return 0
