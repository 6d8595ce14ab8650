"""draw: from Tensors, a function or a model to a picture; and what the commands that draw have in common."""

from __future__ import annotations

import argparse
import gc
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from autograd._util import files
from autograd.compiler import Compiled
from autograd.drawing.annotate import annotate
from autograd.drawing.build import Builder, ancestors, check_saved, gradients_of
from autograd.drawing.dot import to_picture
from autograd.drawing.folding import fold as folded
from autograd.drawing.picture import Picture, suffix_of
from autograd.drawing.programs import draw_program
from autograd.drawing.sketch import Role
from autograd.drawing.text import plural
from autograd.drawing.values import Alarms, Statistics, find_alarms, measure
from autograd.drawing.watcher import (
    LeafNames,
    WatchedCall,
    Watcher,
    call_arguments,
    given_names,
    outputs_of,
    variables_of,
)
from autograd.engine.graph import Node
from autograd.engine.modes import enable_grad, observe
from autograd.engine.tensor import Tensor
from autograd.functional.linearize import called
from autograd.nn.paths import outermost
from autograd.profiling.profiler import Profile


def draw(
    what: Any,
    *inputs: Any,
    backward: bool = False,
    values: bool = False,
    profile: Profile | bool | None = None,
    depth: int | None = None,
    fold: bool | None = None,
    names: Mapping[Any, Any] | None = None,
) -> Picture:
    """The picture of a graph, a `graphviz.Digraph`: of what Tensors were computed from, or of a call of a function.

        ag.draw(loss).save("loss.svg")
        ag.draw(model, x, backward=True)

    what      a Tensor; a list, tuple or dict of them; or a model or another function, which is called once with the
              inputs and does what it always does (a dropout draws random numbers). Of a call that draw makes itself it
              can tell more: the line of each call, the constants, the values. Of a compiled function (`ag.compile`) the
              program that was used last is drawn, each of its lines a node; only depth and fold go with that.
    inputs    examples for the arguments of the function: arrays, or lists, tuples and dicts of arrays. Floats become
              Tensors that require a gradient, so that what is computed from them is recorded; for a model with
              parameters of its own they stay constants. A Tensor is taken as it is: one without a gradient stays so.
    backward  the backward pass, too: the calls that the rules make. It starts with ones, so of several outputs, or
              of one that is no scalar, it is the gradient of their sum.
    values    the mean, spread, range and share of zeros of every value and of its gradient. What looks wrong in them is
              marked, and told by `.warnings`. Of Tensors that were computed before, only values that some rule keeps
              are known.
    profile   a profile of the calls that are drawn, or True to time the call that draw makes: heats them by the time
              that they took, forward and backward.
    depth     draw modules that are within so many others as one node each; with 0 those that are within none.
    fold      True: draw what repeats once; False: draw everything, however much it is; None: fold what must be, so that
              there are fewer than 300 nodes. `.folded` says what was.
    names     what Tensors are called: {"w": w}. Otherwise parameters are called by their path in the model, inputs
              after the arguments of the function, and other leaves after the caller's variables.

    The graph stays as it was: no `.grad` is touched, and nothing that it keeps is freed.
    """
    _check_inputs(what, inputs, profile, depth, fold)
    if isinstance(what, Compiled):
        _check_program(inputs, backward=backward, values=values, profile=profile, names=names)
        return draw_program(what, depth, fold)
    caller = sys._getframe(1)
    spoken = given_names(names or {})
    variables = [*caller.f_locals.items(), *variables_of(what), *caller.f_globals.items()]
    watcher = Watcher(values)
    arguments: Mapping[Tensor, str] = {}
    costs = Profile() if profile is True else profile or None
    timed = costs if profile is True and costs is not None else nullcontext()
    result = what
    if callable(what):
        args, arguments = call_arguments(what, inputs, watcher)
        with enable_grad(), observe(watcher), timed:
            result = what(*args)
    outputs = outputs_of(what, result)
    tensors = [tensor for _, tensor in outputs]

    with without_garbage_collection():
        sources = ancestors(tensors, watcher)
        _check_profile(costs, sources)
        modules = outermost(source.scope for source in sources if isinstance(source, Node | WatchedCall))
        known = LeafNames(spoken, arguments, modules, variables)
        builder = Builder(known, watcher, costs)
        builder.add(sources)
        role = _role_of_outputs(tensors)
        ends = [builder.add_output(role, _name(path, tensor, role, known), tensor) for path, tensor in outputs]

        found: Mapping[Any, Any] = {}
        if backward or values or profile is True:
            check_saved(sources)
        if profile is True or (values and not backward):
            with observe(watcher), timed:
                found = gradients_of(tensors)
        if backward:
            found = builder.add_backward(list(zip(ends, tensors, strict=True)))
        sketch = builder.finish()

        alarms: Alarms = {}
        warnings: list[str] = []
        if values:
            gradients = {leaf: Statistics.of(gx) for leaf, gx in found.items()}
            measure(sketch.items, watcher.values, gradients | watcher.gradients, ends)
            alarms, warnings = find_alarms(sketch.items, watcher.values, watcher.spoilers, watcher.spoiling_rules)
        sketch, sentence = folded(sketch, depth, fold)
        scale = annotate(sketch.items, builder, alarms)
        title = called(what) if callable(what) else ", ".join(end.name for end in ends[:3])
        return to_picture(
            sketch, title=title, warnings=warnings, folded=sentence, mirrored=backward, scale=scale, profile=costs
        )


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """A sketch has no cycles, and of a large graph the collector looks at every node again and again.

    A picture of 6,000 calls takes a tenth longer with it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _check_inputs(what: Any, inputs: Sequence[Any], profile: Any, depth: Any, fold: Any) -> None:
    if inputs and not callable(what):
        raise TypeError(
            f"draw was given a {type(what).__name__} and {plural(len(inputs), 'input')}; inputs are for a function "
            f"that draw calls, draw(f, x); of Tensors, give a list of all: draw([y, z])"
        )
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int | np.integer) or depth < 0):
        raise ValueError(
            f"draw was given depth={depth!r}; it takes a whole number from 0 on: how deep modules are drawn open"
        )
    if not isinstance(fold, bool | None):
        raise TypeError(
            f"draw was given fold={fold!r:.60}; it takes True, False, or None to fold what must be; depth= says how "
            f"deep modules are drawn open"
        )
    if not isinstance(profile, Profile | bool | None):
        raise TypeError(
            f"draw was given profile={profile!r:.60}; it takes what `with ag.profile() as p:` gives, or True to time a "
            f"function that draw calls"
        )
    if profile is True and not callable(what):
        raise TypeError(
            "draw was given profile=True and a Tensor, whose calls are over; profile them as they are made, `with "
            "ag.profile() as p:`, and pass profile=p, or pass the function that makes them"
        )
    if isinstance(profile, Profile) and callable(what):
        raise TypeError(
            "draw was given a profile and a function, which draw calls anew, so that the profile knows nothing of it; "
            "pass profile=True to time that call, or draw the result of the calls that were profiled"
        )


def _check_program(inputs: Sequence[Any], **options: Any) -> None:
    """A program is drawn as it is: it is not run for that."""
    given = ["inputs"] * bool(inputs) + [name for name, value in options.items() if value]
    if given:
        raise TypeError(
            f"draw was given a compiled function and {', '.join(given)}; of such a one it draws the program that was "
            f"used last, draw(step); to draw the graph, pass the function itself: draw(step.fn, x, values=True)"
        )


def _check_profile(profile: Profile | None, sources: Sequence[Any]) -> None:
    nodes = [source for source in sources if isinstance(source, Node)]
    if profile is not None and nodes and all(profile.of(node) is None for node in nodes):
        raise ValueError(
            f"draw was given a profile of {plural(len(profile.calls), 'call')}, none of which is in this graph; pass "
            f"the profile inside whose `with` the graph was computed"
        )


def _role_of_outputs(outputs: Sequence[Tensor]) -> Role:
    (first, *others) = outputs
    return Role.LOSS if not others and first.size == 1 and first.dtype.kind == "f" else Role.OUTPUT


def _name(path: str, tensor: Tensor, role: Role, known: LeafNames) -> str:
    """What the caller calls an output; or else where it is in what was given."""
    if (name := known.of_tensor.get(tensor)) is not None:
        return name
    key = re.fullmatch(r"\['(\w+)'\]", path)
    return key[1] if key is not None else ("loss" if role is Role.LOSS else "output") + path


# -- commands ----------------------------------------------------------------------------------------------------------


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
