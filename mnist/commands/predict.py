"""`predict`: recognise the digit in each image."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist import model_file, preprocess
from mnist import train as training
from mnist.commands.options import Parser, add_model

HELP = "recognise the digit in each image"


def add_options(parser: Parser) -> None:
    add_model(parser)
    parser.add_argument(
        "images",
        nargs="+",
        metavar="IMAGE",
        help="a picture of one digit, light or dark: PNG, JPEG, BMP, GIF, WebP or TIFF",
    )
    parser.add_argument("--show", action="store_true", help="print what the network sees, too")


def run(options: argparse.Namespace) -> int:
    model = model_file.load_model(options.model)
    status = 0
    for path in options.images:
        try:
            image = preprocess.read_image(path)
        except preprocess.ImageError as error:
            print(f"error: {error}", file=sys.stderr)
            status = 1
            continue
        probability = training.predict(model, image[None])[0]
        best, second = probability.argsort()[::-1][:2]
        name = path.encode(errors="replace").decode()  # of a file whose name is no text
        print(f"{name}: {best} ({probability[best]:.1%}; next {second}, {probability[second]:.1%})")
        if options.show:
            print(in_characters(image))
    return status


def in_characters(image: NDArray[Any]) -> str:
    """An image (28, 28) of 0-255 in characters: what the network sees."""
    shades = np.array(list(" .:-=+*#%@"))
    return "\n".join("  " + "".join(shade * 2 for shade in shades[row // 26]) for row in image)
