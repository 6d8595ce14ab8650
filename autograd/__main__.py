"""python -m autograd: the table of the rules, the gradient check and pictures of graphs, from the command line."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import pkgutil
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from itertools import chain
from textwrap import wrap
from types import ModuleType
from typing import Any

import numpy as np

from autograd._util import locations
from autograd._util.functions import name_of, parameter_names
from autograd.checking import gradcheck
from autograd.checking.reference import inputs_of, resolved
from autograd.drawing import api as drawing
from autograd.nn import Module
from autograd.rules import COMPOSED, NO_GRADIENT, OPERATIONS, PLAIN, REFUSED, WRITES
from autograd.rules.operation import Operation
from autograd.rules.registry import SCIPYS

HEADER = ("function", "gradient for", "a node saves", "checked to order", "where there is no derivative")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m autograd",
        description="What the engine can differentiate, whether a gradient is right, what a graph is like.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    rules = commands.add_parser(
        "rules",
        help="print the table of the rules",
        description="Print, for every function that has rules: the inputs that a gradient flows to, what a node of the "
        "graph saves for that, up to which order the derivatives are checked, and what holds where there is none. Then "
        "what autograd.scipy offers, if SciPy is installed, the functions without a gradient, and those that are "
        "refused.",
    )
    rules.add_argument("pattern", nargs="?", default="", help="only functions whose name, or group, contains this")
    rules.add_argument("--markdown", action="store_true", help="print a Markdown table")
    check = commands.add_parser(
        "gradcheck",
        help="compare the gradients of a function with differences",
        description="Compare the gradients of a function with differences, and say what was found. Its inputs are "
        "random; or what the function, or its module, holds as `inputs`: a tuple of arrays, or a function that makes "
        "one (in a module also a dict of such, by the name of the function). A subclass of Module is made without "
        "arguments, and checked in float64.",
        epilog="example: python -m autograd gradcheck numpy.linalg:solve --shape 3,3 --shape 3 --order 2",
    )
    check.add_argument("function", metavar="MODULE:FUNCTION", help="such as mymodule:loss, numpy.linalg:inv")
    add_inputs(check)
    check.add_argument(
        "--order", type=int, default=1, choices=(1, 2, 3, 4), help="2 checks the gradient's gradient, too (default: 1)"
    )
    check.add_argument("--fast", action="store_true", help="a few random directions, not every number by itself")
    check.add_argument("--rtol", type=float, default=1e-7, help="the relative error to let pass (default: 1e-7)")
    check.add_argument("--allow-kinks", action="store_true", help="accept a gradient between the slopes at a kink")
    check.add_argument("--plot", metavar="FILE", help="draw the error against the size of the step (needs matplotlib)")
    picture = commands.add_parser(
        "draw",
        help="draw the graph of a function or a model",
        description="Draw the graph of a function, or of a model, that is called with random inputs; or with those "
        "that it, or its module, holds as `inputs` (see gradcheck). A subclass of Module is made without arguments.",
        epilog="example: python -m autograd draw models.mlp:MLP --shape 32,784 --backward -o mlp.svg",
    )
    picture.add_argument("function", metavar="MODULE:FUNCTION", help="such as mymodule:loss, mymodule:Model")
    add_inputs(picture)
    drawing.add_options(picture, "FUNCTION.svg")
    options = parser.parse_args(arguments)
    if options.command == "rules":
        return print_rules(options.pattern, options.markdown)
    sys.path.insert(0, "")  # the folder in which the command is run, as for every module
    return run_draw(options) if options.command == "draw" else run_check(options)


def add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--shape", type=shape, action="append", default=[], metavar="N,M",
        help="of a random input; once for each (default: 3,3 for each parameter); '' is a number",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers (default: 0)")


# -- gradcheck ---------------------------------------------------------------------------------------------------------


def shape(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in text.replace("x", ",").split(",") if n.strip())


def run_check(options: argparse.Namespace) -> int:
    """Print the verdict. Returns 0 if the gradients agree, 1 if not, 2 if they could not be compared."""
    try:
        module, f = resolved(options.function)
        f = as_model(f, options.function, "gradcheck")
        if isinstance(f, Module):
            f = f.double()  # in float32 differences tell little
        inputs = inputs_of(f, module, options.shape, options.seed)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        found = gradcheck(
            f, *inputs, order=options.order, fast=options.fast, rtol=options.rtol, allow_kinks=options.allow_kinks,
            seed=options.seed,
        )  # fmt: skip
    except Exception:  # whatever the function raises
        return report_failure(options.function, inputs)
    print(found)
    if options.plot:
        try:
            found.plot(options.plot)
        except (ValueError, ImportError, OSError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        print(f"drawn: {options.plot}")
    return 0 if found else 1


def report_failure(function: str, inputs: Sequence[Any]) -> int:
    """Print the error of the user's own that is being handled, and with what it came."""
    traceback.print_exc()
    shapes = ", ".join(str(np.shape(x)) for x in inputs)
    print(f"error: {function} failed with inputs of shapes {shapes}; see --shape", file=sys.stderr)
    return 2


# -- draw --------------------------------------------------------------------------------------------------------------


def run_draw(options: argparse.Namespace) -> int:
    """Write the picture. Returns 0, or 2 if there is none."""
    inputs: tuple[Any, ...] = ()
    try:
        module, f = resolved(options.function, "draw")
        f = as_model(f, options.function, "draw")
        inputs = inputs_of(f, module, options.shape, options.seed)
        if isinstance(f, Module):
            inputs = in_precision_of(inputs, f)
        drawing.draw_and_write(f, inputs, options, f"{options.function.split(':')[1].replace('.', '_')}.svg")
    except Exception as error:
        files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        if all(file.startswith(locations.OURS) for file in files):  # it came up in the drawing, and says what to do
            print(f"error: {error}", file=sys.stderr)
            return 2
        return report_failure(options.function, inputs)
    return 0


def as_model(f: Any, reference: str, command: str) -> Any:
    """Of a subclass of Module an instance, made without arguments; what else it is, as it is."""
    if not (isinstance(f, type) and issubclass(f, Module)):
        return f
    try:
        return f()
    except TypeError as error:
        raise ValueError(
            f"{command} was given {reference!r}, which is not made without arguments ({error}); "
            f"name a model that the module has made"
        ) from error


def in_precision_of(inputs: tuple[Any, ...], model: Module) -> tuple[Any, ...]:
    """Inputs in the precision of a model, which would refuse another."""
    dtype = next((p.dtype for p in model.parameters() if p.dtype.kind == "f"), None)
    return tuple(x.astype(dtype or x.dtype) if np.asarray(x).dtype.kind == "f" else x for x in inputs)


# -- rules -------------------------------------------------------------------------------------------------------------


def print_rules(pattern: str, markdown: bool) -> int:
    modules = scipys_modules()  # before the table is read, which so is the same whatever has been imported
    offered = offered_by(modules, pattern)
    groups = {group: matching(rows, group, pattern) for group, rows in grouped_rows().items()}
    groups = {group: rows for group, rows in groups.items() if rows}
    if not (groups or offered):
        print(f"no function with rules has {pattern!r} in its name", end="", file=sys.stderr)
        if others_of(pattern):
            print("; these others have:", file=sys.stderr)
            print_others(pattern)
        else:
            print(f", and no other that the engine knows; {nearest(pattern)}", file=sys.stderr)
        return 1
    widths = [max(map(len, column)) for column in zip(HEADER, *chain.from_iterable(groups.values()), strict=True)]
    for group, rows in groups.items():
        if markdown:
            print(f"\n### {group}\n\n| {' | '.join(HEADER)} |\n|{' --- |' * len(HEADER)}")
            print("\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows))
            continue
        print(f"\n{group}\n")
        for row in (HEADER, tuple("-" * width for width in widths), *rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for name, names in offered.items():
        print_list(f"autograd.scipy.{name} offers with gradients ({len(names)})", names)
    print_others(pattern)
    if not pattern:
        print(f"\n{counts()}")
    return 0


def scipys_modules() -> dict[str, ModuleType]:
    """The modules of autograd.scipy, which give rules as they are imported; none where SciPy is not installed."""
    if importlib.util.find_spec("scipy") is None:
        return {}
    importlib.import_module(SCIPYS)
    room = importlib.import_module("autograd.scipy")
    names = sorted(module.name for module in pkgutil.iter_modules(room.__path__) if not module.name.startswith("_"))
    return {name: importlib.import_module(f"{room.__name__}.{name}") for name in names}


def offered_by(modules: dict[str, ModuleType], pattern: str) -> dict[str, list[str]]:
    """The names of what each module offers with gradients; what a module within it does, with its name before it."""
    found: dict[str, list[str]] = {}
    for home, module in modules.items():
        for name in sorted(module.__all__):
            inner = getattr(getattr(module, name), "__all__", ()) if is_module(module, name) else ()
            names = [f"{name}.{part}" for part in sorted(inner)] or [name]
            if matched := [part for part in names if pattern in f"scipy.{home}.{part}"]:
                found.setdefault(home, []).extend(matched)
    return found


def is_module(module: ModuleType, name: str) -> bool:
    return isinstance(getattr(module, name), ModuleType)


def counts() -> str:
    """How many functions have rules, or are made of others."""
    names = [name_of(fn, qualified=True) for fn in {*OPERATIONS, *COMPOSED}]
    of_numpy, of_scipy = (sum(name.startswith(prefix) for name in names) for prefix in ("np.", "scipy.special."))
    return f"{of_numpy} of NumPy's functions and {of_scipy} of SciPy's ufuncs have rules or are made of others"


def grouped_rows() -> dict[str, list[tuple[str, ...]]]:
    """The rows of the table by the group of their rules: the module that they stand in."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for fn, operation in OPERATIONS.items():
        rules = [rule for rule in operation.rules.values() if rule is not None]
        groups.setdefault(group_of(rules[0] if rules else fn), []).append(row_of(operation))
    for fn, definition in COMPOSED.items():
        row = (name_of(fn, qualified=True), "composed of functions with rules", "", "2", "")
        groups.setdefault(group_of(definition), []).append(row)
    scipys = sorted(group for group in groups if group.startswith("scipy."))  # not in the order of their imports
    return {group: groups[group] for group in (*(group for group in groups if group not in scipys), *scipys)}


def group_of(fn: Callable[..., Any]) -> str:
    return (getattr(fn, "__module__", None) or "yours").removeprefix("autograd.rules.").removeprefix("autograd.")


def row_of(operation: Operation) -> tuple[str, ...]:
    saved = ("y", *operation.hidden, *operation.inputs)
    named = {name for rule in operation.rules.values() if rule for name in parameter_names(rule)}
    return (
        name_of(operation.fn, qualified=True),
        ", ".join(name for name, rule in operation.rules.items() if rule),
        ", ".join(name for name in saved if name in named),
        str(operation.orders),
        "; ".join(filter(None, (operation.convention, *(f"refused for {name}" for name in operation.refused)))),
    )


def matching(rows: list[tuple[str, ...]], group: str, pattern: str) -> list[tuple[str, ...]]:
    return [row for row in rows if pattern in row[0] or pattern in group]


def nearest(pattern: str) -> str:
    """What to type in place of a name that no function has."""
    known = [name_of(fn, qualified=True) for fn in (*OPERATIONS, *COMPOSED, *NO_GRADIENT, *PLAIN, *WRITES, *REFUSED)]
    short = {name.split(".")[-1]: name for name in sorted(known, key=lambda name: name.startswith("np."))}
    found = [short[name] for name in get_close_matches(pattern.split(".")[-1], short, n=3)]
    return f"did you mean {' or '.join(found)}?" if found else "see all of them: python -m autograd rules"


def others_of(pattern: str) -> dict[str, list[str]]:
    """The names of the functions without rules, by what becomes of them."""
    groups = {
        "Without a gradient; they give Tensors without a graph": NO_GRADIENT,
        "Plain; they return no array to compute with": PLAIN,
        "Refused, because they write into an array": WRITES,
        **{f"Refused: {why}": {fn for fn in REFUSED if REFUSED[fn] == why} for why in dict.fromkeys(REFUSED.values())},
    }
    names = {title: {name_of(fn, qualified=True) for fn in functions} for title, functions in groups.items()}
    found = {title: sorted(name for name in those if pattern in name) for title, those in names.items()}
    return {title: those for title, those in found.items() if those}


def print_others(pattern: str) -> None:
    for title, names in others_of(pattern).items():
        print_list(title, names)


def print_list(title: str, names: list[str]) -> None:
    width = min(shutil.get_terminal_size().columns, 120)
    print("\n".join(["", *wrap(title, width), *(f"  {line}" for line in wrap(", ".join(names), width - 2))]))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # of `| head`: nobody reads on
        sys.stdout = None  # or Python would complain when it flushes
        sys.exit(0)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
