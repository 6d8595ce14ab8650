"""The command line of `python -m mnist`: what commands there are, and how their errors are told."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import safetensors  # noqa: F401  # if it is missing, that must be said now, not after the training

from autograd.drawing.picture import RenderError
from mnist import data, model_file
from mnist.commands import evaluate, graph, predict, train, vae, web
from mnist.commands.options import CommandError, Parser
from mnist.train import DivergenceError

COMMANDS = {"train": train, "evaluate": evaluate, "predict": predict, "graph": graph, "vae": vae, "web": web}


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except MemoryError as error:
        print(f"error: there is not enough memory ({error}); choose smaller sizes", file=sys.stderr)
        return 1
    except (CommandError, DivergenceError, data.DataError, model_file.ModelError, RenderError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; nothing was saved", file=sys.stderr)
        return 130


def _parser() -> Parser:
    parser = Parser(
        prog="python -m mnist",
        description="Train a network on handwritten digits, measure it, and recognise digits with it.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.HELP, description=command.HELP)
        sub.set_defaults(run=command.run)
        command.add_options(sub)
    return parser
