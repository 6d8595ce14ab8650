"""`web`: serve the page on which one draws a digit."""

from __future__ import annotations

import argparse
from pathlib import Path

from mnist import model_file
from mnist.commands import train
from mnist.commands.options import DEFAULT_MODEL, CommandError, Parser, option
from mnist.train import RECIPES

HELP = "serve a page on which one draws a digit, and the network answers while one draws"


def add_options(parser: Parser) -> None:
    text = f"a file that train saved, mlp or lenet (default: the one that ships; with --train {DEFAULT_MODEL})"
    option(parser, "--model", text, None, type=Path, metavar="FILE")
    text = "train a network first, of this kind (default: mlp), and save it where --model says"
    parser.add_argument("--train", nargs="?", const="mlp", choices=list(RECIPES), help=text)
    option(parser, "--host", "the address to listen on; 0.0.0.0 for all", "127.0.0.1", metavar="HOST")
    option(parser, "--port", "the port; 0 for any that is free", 8000, type=port, metavar="N")
    text = "folder with MNIST's four files, for samples and --train (default: $MNIST_DATA, or what train downloaded)"
    parser.add_argument("--data", metavar="DIR", help=text)


def port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and 65535")
    return value


port.__name__ = "int"


def run(options: argparse.Namespace) -> int:
    if str(options.model) in RECIPES and not options.model.exists():
        raise CommandError(
            f"--model was {options.model}, a kind of network, and there is no such file; here it is a file that train "
            f"saved, or will: train one with --train {options.model}, or pass its path"
        )
    try:
        from mnist.web import app, samples, security, server
        from mnist.web.answers import ServedNetwork
    except ImportError as error:
        missing = f"the page needs the library {error.name}, which is not installed: pip install -e '.[web]'"
        raise CommandError(missing) from error
    try:
        listening = server.listen(options.host, options.port)  # now, not after the training
    except server.ListenError as error:
        raise CommandError(error) from error
    with listening:
        path = options.model or (DEFAULT_MODEL if options.train else model_file.PRETRAINED)
        if options.train:
            print("training a network first", flush=True)
            train.train_and_save(RECIPES[options.train], options.data, path)
        network = ServedNetwork.read(path)
        digits = samples.load_samples(options.data)
        address = server.address_of(listening)

        def ready() -> None:
            print(f"{address} is where you can draw a digit; Ctrl-C stops it", flush=True)
            if not server.is_local(listening):
                print("Whoever reaches this machine can use it, too: it asks for no password.", flush=True)

        server.serve(app.application(network, digits, security.Hosts(options.host)), listening, ready)
    return 0
