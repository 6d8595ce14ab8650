"""`graph`: draw a training step."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from autograd.drawing import api as drawing
from autograd.engine.tensor import Tensor
from mnist import graph as drawn
from mnist import model_file
from mnist import train as training
from mnist.commands.options import CommandError, Parser, non_negative, option, positive
from models.mlp import ACTIVATIONS, LOSSES, MLP

HELP = "draw a training step: the network, its loss and, if wanted, the backward pass"


def add_options(parser: Parser) -> None:
    default = training.Recipe()
    text = "a file that train saved (default: a new network)"
    parser.add_argument("model", nargs="?", type=Path, metavar="MODEL", help=text)
    drawing.add_options(parser, "mlp.svg")
    text = f"sizes of the hidden layers (default: {' '.join(map(str, default.hidden))})"
    option(parser, "--hidden", text, None, type=positive(int), nargs="*", metavar="N")
    text = f"of the hidden layers (default: {default.activation})"
    option(parser, "--activation", text, None, choices=list(ACTIVATIONS))
    option(parser, "--loss", "what is made small", default.loss, choices=list(LOSSES))
    option(parser, "--seed", "of the weights of a new network", default.seed, type=non_negative, metavar="N")
    text = "folder with MNIST's four files (default: $MNIST_DATA, or what train has downloaded, or random images)"
    parser.add_argument("--data", metavar="DIR", help=text)


def run(options: argparse.Namespace) -> int:
    default = training.Recipe()
    if options.model is None:
        hidden = default.hidden if options.hidden is None else options.hidden
        activation = options.activation or default.activation
        model = MLP((784, *hidden, 10), activation, rng=np.random.default_rng(options.seed))
    elif options.hidden is not None or options.activation is not None:
        raise CommandError(f"{options.model} says what its layers are; leave --hidden and --activation out")
    else:
        model = model_file.load_model(options.model)
    images, labels, what = drawn.batch(options.data, options.seed)
    title = f"Training step, {'-'.join(map(str, model.sizes))}"
    try:
        # A Tensor without a graph stays so: training has no gradient of the images.
        inputs = Tensor(images), labels
        drawing.draw_and_write(drawn.loss_function(model, options.loss), inputs, options, "mlp.svg", title)
    except ValueError as error:  # of a suffix that is no format
        raise CommandError(error) from error
    print(f"the values are those of {what}" if options.values else f"drawn with {what}")
    return 0
