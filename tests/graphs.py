"""What the tests of drawing share: small graphs and models, and a look at what was drawn."""

from __future__ import annotations

import itertools
import linecache
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
from autograd import nn
from autograd.drawing.picture import Picture
from autograd.drawing.sketch import Edge, Item, Role, Sketch

SNAPSHOTS = Path(__file__).parent / "snapshots"
Rows = dict[str, str]


def leaf(*shape: int, value: float = 1.0) -> ag.Tensor:
    return ag.Tensor(np.full(shape, value), requires_grad=True)


def linear(inputs: int = 3, outputs: int = 3) -> nn.Linear:
    return nn.Linear(inputs, outputs, np.float64, np.random.default_rng(0))


def example(source: str, name: str = "f", **given: Any) -> Any:
    """What `source` defines, as from a file of the same name everywhere."""
    file = "<example>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = {"np": np, "ag": ag, "nn": nn, **given}
    exec(compile(source, file, "exec"), namespace)
    return namespace[name]


# -- what was drawn ----------------------------------------------------------------------------------------------------


def drawn(picture: Picture) -> dict[str, list[str]]:
    """The lines of the label of each node, by its name; neither boxes nor the legend are among them."""
    found = re.findall(
        r'^\s*([nlco]\d+) \[id=\w+ class="?[\w-]+"? label=("(?:[^"\\]|\\.)*"|[\w.-]+)', picture.source, re.M
    )
    return {name: text.strip('"').split("\\n") for name, text in found}


def titles(picture: Picture) -> list[str]:
    """The first line of each label, in order."""
    return [lines[0] for lines in drawn(picture).values()]


def called(picture: Picture, title: str) -> str:
    """The name of the only node whose label begins so."""
    (name,) = [name for name, lines in drawn(picture).items() if lines[0] == title]
    return name


def rows(picture: Picture, title: str) -> Rows:
    """What the tooltip of that node says."""
    return dict(picture.details[called(picture, title)])


def attribute(picture: Picture, name: str, what: str) -> str:
    """An attribute of a node; "" if it has none."""
    (line,) = re.findall(rf"^\s*{name} \[.*$", picture.source, re.M)
    found = re.search(rf' {what}=("(?:[^"\\]|\\.)*"|[^ \]]+)', line)
    return found[1].strip('"') if found else ""


def boxes(picture: Picture) -> list[str]:
    """The labels of the boxes, in order, without that of the legend."""
    return list(re.findall(r'graph \[id=cluster_\d+ class=\w+ label="?(.*?)"? tooltip', picture.source))


def edges(picture: Picture) -> list[tuple[str, str]]:
    """The pairs of titles between which values flow, whichever way the arrows are laid out."""
    label = {name: lines[0] for name, lines in drawn(picture).items()}
    found = re.findall(r"^\s*(\w+) -> (\w+) \[(.*)\]$", picture.source, re.M)
    pairs = [(head, tail) if "dir=back" in rest else (tail, head) for tail, head, rest in found if "invis" not in rest]
    return [(label[tail], label[head]) for tail, head in pairs]


def legend(picture: Picture) -> list[str]:
    return re.findall(r'^\s*legend\d+ \[id=\w+ label="?(.*?)"? tooltip', picture.source, re.M)


def check_snapshot(name: str, picture: Picture) -> None:
    """Compare DOT text with what is kept; UPDATE_SNAPSHOTS=1 in the environment keeps it anew."""
    path = SNAPSHOTS / f"{name}.dot"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(picture.source, "utf-8")
    assert picture.source == path.read_text("utf-8"), "see the picture, and if it is right: UPDATE_SNAPSHOTS=1 pytest"


# -- sketches ----------------------------------------------------------------------------------------------------------


def chain(*names: str, role: Role = Role.CALL) -> Sketch:
    """Calls of these names, each of which takes the output of the one before."""
    items = [Item(role, name, shape=(3,)) for name in names]
    return Sketch(items, [Edge(a, b, (3,)) for a, b in itertools.pairwise(items)])


def names(sketch: Sketch) -> list[str]:
    """Of the calls."""
    return [item.name for item in sketch.items if item.is_call]
