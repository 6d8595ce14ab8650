"""What the commands have in common: options, and the error that ends one."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mnist.train import RECIPES

DEFAULT_MODEL = Path("mnist.safetensors")
COUNT_LIMIT = 1_000_000_000  # of sizes and counts: NumPy says less clearly that it can't go further
Parser = argparse.ArgumentParser


class CommandError(Exception):
    """What stops a command; the message says what to do."""


def option(parser: Parser, name: str, text: str, default: Any, **keywords: Any) -> None:
    """Add an option whose help says its default."""
    shown = " ".join(map(str, default)) if isinstance(default, list) else "%(default)s"
    text = f"{text} (default: {shown})" if default is not None else text
    parser.add_argument(name, help=text, default=default, **keywords)


def recipe_option(parser: Parser, name: str, text: str, **keywords: Any) -> None:
    """Add an option for a part of the recipe, None if it is not given; its help says what then holds for each model."""
    field = name.removeprefix("--").replace("-", "_")
    values = {model: getattr(recipe, field) for model, recipe in RECIPES.items()}
    shown = {model: " ".join(map(str, v)) if isinstance(v, tuple) else str(v) for model, v in values.items()}
    first = next(iter(shown.values()))
    others = "".join(f"; {value} for {model}" for model, value in shown.items() if value != first)
    parser.add_argument(name, help=f"{text} (default: {first}{others})", **keywords)


def add_data(parser: Parser) -> None:
    text = "folder with MNIST's four files (default: $MNIST_DATA, or download them once)"
    parser.add_argument("--data", metavar="DIR", help=text)


def add_model(parser: Parser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="a file that train saved")


def positive(kind: type[Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        value = kind(text)
        limit = COUNT_LIMIT if kind is int else math.inf
        if not 0 < value < limit:
            raise argparse.ArgumentTypeError(f"{text} is not greater than 0 and less than {limit:,}")
        return value

    parse.__name__ = kind.__name__
    return parse


def count_or_auto(text: str) -> int | None:
    if text == "auto":
        return None
    count: int = positive(int)(text)
    if count > (cores := os.cpu_count() or 1):
        raise argparse.ArgumentTypeError(f"{text} is more than the {cores} cores here, and many times as slow as fewer")
    return count


def non_negative(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return value


def up_to(limit: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        value = float(text)
        if not 0 <= value <= limit:
            raise argparse.ArgumentTypeError(f"{text} does not lie in [0, {limit:g}]")
        return value

    parse.__name__ = "float"
    return parse


def fraction(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text} does not lie in [0, 1)")
    return value


# What argparse calls them when they refuse a text.
non_negative.__name__, fraction.__name__, count_or_auto.__name__ = "int", "float", "int or auto"
