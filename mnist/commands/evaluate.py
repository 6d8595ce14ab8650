"""`evaluate`: measure a model on the test set."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist import data, model_file
from mnist import train as training
from mnist.commands.options import Parser, add_data, add_model

HELP = "measure a model on the test set, with a confusion matrix"


def add_options(parser: Parser) -> None:
    add_model(parser)
    add_data(parser)


def run(options: argparse.Namespace) -> int:
    model = model_file.load_model(options.model)
    mnist = data.load_mnist(options.data)
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
