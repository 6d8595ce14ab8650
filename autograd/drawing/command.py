"""What the commands that draw have in common, `python -m autograd draw` and `python -m mnist graph`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd._util import files
from autograd.drawing import draw
from autograd.drawing.picture import suffix_of


def add_options(parser: argparse.ArgumentParser, default: str) -> None:
    """The options of a command that draws; `default` says what the file is called if they do not."""
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE",
        help=f"where to draw it; the suffix is the format: .svg, .png, .pdf, .html or .gv (default: {default})",
    )  # fmt: skip
    parser.add_argument("--html", action="store_true", help="make a web page to zoom and click in, too: FILE.html")
    parser.add_argument("--backward", action="store_true", help="draw the backward pass, too")
    parser.add_argument("--values", action="store_true", help="show what values and gradients are like, and warn")
    parser.add_argument("--profile", action="store_true", help="colour calls by the time they take; print the table")
    parser.add_argument("--depth", type=depth_argument, metavar="N", help="how many modules within each other to show")


def depth_argument(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return value


def draw_and_write(
    f: Callable[..., Any], inputs: tuple[Any, ...], options: argparse.Namespace, default: str, title: str = ""
) -> None:
    """Draw the call f(*inputs), write the files that the options name, and print what there is to say.

    default  the file to write if no option names one; `title` the title of the web page, if not that of the picture.
    """
    out = options.out or Path(default)
    paths = dict.fromkeys([out, out.with_suffix(".html")] if options.html else [out])
    for path in paths:  # now, not after all has been computed
        suffix_of(path)
        files.check_writable(path)
    for _ in range(2 if options.profile else 1):  # the first time in a process is slow, and no measure of the others
        picture = draw(
            f, *inputs, backward=options.backward, values=options.values, depth=options.depth, profile=options.profile
        )
    if picture.profile is not None:
        print(picture.profile, end="\n\n")
    picture.title = title or picture.title
    for path in paths:
        print(f"drawn: {picture.save(path)}")
    if picture.folded:
        print(picture.folded)
    for warning in picture.warnings:
        print(f"warning: {warning}")
