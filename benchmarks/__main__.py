"""The command `python -m benchmarks`."""

from __future__ import annotations

import argparse
import os
import platform

import numpy as np

from benchmarks import step
from models.mlp import ACTIVATIONS, LOSSES


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time a training step of the 784-128-64-10 network in float32, its backpropagation derived by the "
        "engine and written by hand, in turns.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--activation", choices=list(ACTIVATIONS), default="relu", help="of the hidden layers")
    parser.add_argument("--loss", choices=list(LOSSES), default="cross_entropy", help="what is made small")
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 128, 512], metavar="N", help="batch sizes")
    parser.add_argument("--builds", type=int, default=12, help="how often the contestants are built anew")
    parser.add_argument("--rounds", type=int, default=12, help="how often they take turns, each time they are built")
    options = parser.parse_args()
    if min(options.builds, options.rounds, *options.batch) < 1:
        parser.error("--batch, --builds and --rounds must be positive")

    print(f"NumPy {np.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    print(f"{options.activation}, {options.loss}; ratios within a round: median (quartiles)\n")
    print("batch   by hand    engine   engine / by hand")
    for row in step.measure(tuple(options.batch), options.activation, options.loss, options.builds, options.rounds):
        low, median, high = row.ratio
        print(f"{row.batch:5}{row.by_hand:7.0f} µs{row.engine:7.0f} µs   {median:.3f} ({low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main()
