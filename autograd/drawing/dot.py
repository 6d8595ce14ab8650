"""From a sketch to DOT text: the only place that knows DOT. (How things look is in `looks`.)

Labels are plain, not HTML-like: not every renderer has those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import fill
from typing import Any

from autograd.drawing import looks
from autograd.drawing.boxes import Box, boxed
from autograd.drawing.looks import Attributes
from autograd.drawing.picture import Picture
from autograd.drawing.sketch import BACKWARD, CALLS, ENDS, Edge, Flow, Item, Role, Sketch
from autograd.drawing.words import form, shortened
from autograd.profiling.profiler import Profile

LONGEST = 60  # characters of a line of a label
WIDEST = 80  # characters of a line of the caption
ROW = 4  # samples beside each other in the legend
PREFIXES = {**dict.fromkeys(CALLS, "n"), **dict.fromkeys(ENDS, "o"), Role.CONSTANT: "c"}


@dataclass(eq=False, slots=True)
class Notes:
    """What is told of an item besides its name.

    lines  further lines of its label.
    rows   its tooltip, as (term, text).
    fill   the colour of its heat.
    look   further attributes, if something is wrong with its value.
    """

    lines: list[str] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)
    fill: str = ""
    look: Attributes = field(default_factory=dict)


def picture(
    sketch: Sketch,
    notes: Mapping[Item, Notes],
    *,
    title: str,
    warnings: Iterable[str] = (),
    folded: str = "",
    mirrored: bool = False,
    in_sections: bool = False,
    scale: Sequence[tuple[str, str]] = (),
    profile: Profile | None = None,
) -> Picture:
    """The DOT text of a sketch. Items are numbered in their order, so the same sketch gives the same text.

    mirrored  let the backward pass run upward beside the forward pass, which runs down.
    in_sections  it is a program, whose backward pass may lie far from what it reads of the forward pass.
    scale     the colours of heat, and what they mean.
    """
    names = _named(sketch.items)
    root, labels = boxed(sketch.items, mirrored)
    details = {names[item]: notes[item].rows for item in sketch.items}
    body = [*_nodes(root, names, notes, labels, details), *_edges(sketch.edges, names, mirrored, in_sections)]
    if mirrored:
        body += _side_by_side(sketch.items, names)
    body += _legend(sketch, names, notes, scale)
    text = {"label": _escaped(fill(folded, WIDEST)), "tooltip": _escaped(title)}
    return Picture(
        [f"\t{line}\n" for line in body],
        title=title,
        warnings=warnings,
        folded=folded,
        details=details,
        profile=profile,
        graph_attr={**_texts(looks.GRAPH), **text},
        node_attr=_texts(looks.NODE),
        edge_attr=_texts(looks.EDGE),
    )


def _texts(attributes: Attributes) -> dict[str, str]:
    return {name: str(value) for name, value in attributes.items()}


def _named(items: Iterable[Item]) -> dict[Item, str]:
    numbers: dict[str, int] = {}
    names = {}
    for item in items:
        prefix = PREFIXES.get(item.role, "l")
        numbers[prefix] = numbers.get(prefix, 0) + 1
        names[item] = f"{prefix}{numbers[prefix]}"
    return names


# -- nodes in boxes ----------------------------------------------------------------------------------------------------


def _nodes(
    root: Box,
    names: Mapping[Item, str],
    notes: Mapping[Item, Notes],
    labels: Mapping[Item, str],
    details: dict[str, list[tuple[str, str]]],
) -> Iterator[str]:
    """The nodes, within the subgraphs of their boxes; what is to be told of a box is added to the details."""
    number = 0
    waiting: list[tuple[str, Box | Item | str]] = [("", part) for part in root.parts[::-1]]
    while waiting:
        indent, part = waiting.pop()
        if isinstance(part, str):
            yield indent + part
        elif isinstance(part, Item):
            lines = [part.name, labels.get(part, ""), *notes[part].lines]
            yield f"{indent}{names[part]} {_attributes(_node(part, names[part], notes[part], lines))}"
        else:
            number += 1
            name = f"cluster_{number}"
            details[name] = part.rows()
            text = {"id": name, "class": part.kind, "label": shortened(part.title, LONGEST)}
            text["tooltip"] = _lines(details[name])
            yield f"{indent}subgraph {name} {{"
            yield f"{indent}\tgraph {_attributes({**text, **looks.BOX, **looks.BOXES[part.kind]})}"
            if part.kind == "pass":
                yield f'{indent}\t{part.label.split()[0]} [style=invis label="" width=0 height=0]'
            waiting.append((indent, "}"))
            waiting += [(indent + "\t", each) for each in part.parts[::-1]]


def _node(item: Item, name: str, notes: Notes, lines: Iterable[str]) -> Attributes:
    label = "\n".join(shortened(line, LONGEST) for line in lines if line)
    text = {"id": name, "class": item.role.replace(" ", "-"), "label": label, "tooltip": _lines(notes.rows)}
    attributes: dict[str, Any] = {**text, **looks.ROLES[item.role]}
    if item.is_folded and item.role in CALLS:
        attributes |= looks.FOLDED
    if notes.fill:
        attributes["fillcolor"] = notes.fill
    return {**attributes, **notes.look}


def _side_by_side(items: Iterable[Item], names: Mapping[Item, str]) -> Iterator[str]:
    """The forward pass to the left, and the start of the backward pass at the height of its end."""
    yield "{rank=same; forward; backward}"
    yield "forward -> backward [style=invis weight=1000]"
    for item in items:
        if item.role is Role.SEED and item.of is not None and item.of in names:
            yield f"{{rank=same; {names[item.of]}; {names[item]}}}"


def _lines(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{term}: {text}" for term, text in rows)


# -- edges -------------------------------------------------------------------------------------------------------------


def _edges(edges: Sequence[Edge], names: Mapping[Item, str], mirrored: bool, in_sections: bool) -> Iterator[str]:
    in_forward = {edge.tail for edge in edges if edge.head.role not in BACKWARD}
    for edge in edges:
        tail, head = names[edge.tail], names[edge.head]
        text = {"label": f" {label} " if (label := _label(edge)) else "", "tooltip": _tooltip(edge)}
        attributes = {**text, **looks.FLOWS[edge.flow]}
        if mirrored and edge.tail in in_forward and edge.head.role is Role.GRADIENT_CALL:
            attributes["constraint"] = "false"
        elif in_sections and edge.flow is Flow.SAVED:
            attributes["weight"] = "0"  # it may be long
        elif mirrored and edge.tail.role in BACKWARD:
            tail, head = head, tail  # so that it runs upward
            attributes |= {"dir": "back", "class": "back"}
        yield f"{tail} -> {head} {_attributes(attributes)}"


def _label(edge: Edge) -> str:
    """What flows; constants and what rules read have said it before."""
    says = edge.tail.role is not Role.CONSTANT and edge.flow not in (Flow.SAVED, Flow.NEXT)
    parts = [form(edge.shape, edge.dtype) if says else ""]
    if edge.kept and edge.shape and edge.head.role is not Role.GRADIENT_CALL:
        parts.append("●")
    if edge.times > 1 and max(edge.tail.times, edge.head.times) < 2:  # of what is drawn once it has been said
        parts.append(f"×{edge.times:,}")
    return " ".join(part for part in parts if part)


def _tooltip(edge: Edge) -> str:
    words = [f"{edge.tail.name} to {edge.head.name}"]
    words.append(", ".join(part for part in (edge.label, form(edge.shape, edge.dtype)) if part))
    if edge.kept:
        words.append("kept for the backward pass")
    if edge.flow is Flow.DETACHED:
        words.append("no gradient flows back")
    if edge.flow is Flow.NEXT:
        words.append("on to the next round")
    return "\n".join(word for word in words if word)


# -- the legend --------------------------------------------------------------------------------------------------------


def _legend(
    sketch: Sketch, names: Mapping[Item, str], notes: Mapping[Item, Notes], scale: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """A sample of each role that occurs, in rows below the picture."""
    samples = [*_samples(sketch, notes), *(({**looks.ROUND, "fillcolor": fill}, text) for fill, text in scale)]
    text = {"id": "legend", "class": "legend", "label": ""}
    yield "subgraph cluster_legend {"
    yield f"\tgraph {_attributes({**text, **looks.BOX, **looks.BOXES['legend']})}"
    for k, (look, label) in enumerate(samples):
        words = {"id": f"legend{k}", "label": label, "tooltip": label}
        yield f"\tlegend{k} {_attributes({**words, **look, **looks.SMALL})}"
    for k in range(len(samples) - ROW):
        yield f"\tlegend{k} -> legend{k + ROW} [style=invis]"
    yield "}"
    for item in [item for item in sketch.items if item.role in (Role.LOSS, Role.OUTPUT, Role.SEED)][:1]:
        for k in range(min(ROW, len(samples))):
            yield f"{names[item]} -> legend{k} [style=invis]"


def _samples(sketch: Sketch, notes: Mapping[Item, Notes]) -> Iterator[tuple[Attributes, str]]:
    roles = {Role.GRADIENT if item.role is Role.SEED else item.role for item in sketch.items}
    yield from ((looks.ROLES[role], text) for role, text in looks.LEGEND.items() if role in roles)
    if any(item.is_folded for item in sketch.items):
        yield {**looks.ROLES[Role.CALL], **looks.FOLDED}, "several calls, folded"
    alarms = [note.look for note in notes.values()]
    yield from (({**looks.ROLES[Role.CALL], **look}, text) for look, text in looks.LEGEND_OF_ALARMS if look in alarms)
    lines: Attributes = {"shape": "plaintext", "style": "", "fontcolor": looks.GREY}
    if any("●" in _label(edge) for edge in sketch.edges):
        yield lines, "● kept for the backward pass"
    if any("±" in line for note in notes.values() for line in note.lines):
        yield lines, "mean ± spread, lowest to highest"
    flows = {edge.flow for edge in sketch.edges}
    yield from ((lines, text) for flow, text in looks.LEGEND_OF_LINES.items() if flow in flows)


# -- DOT text ----------------------------------------------------------------------------------------------------------

PLAIN = re.compile(r"[a-zA-Z_][a-zA-Z_0-9]*|-?(\.[0-9]+|[0-9]+(\.[0-9]*)?)")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
KEYWORDS = frozenset({"node", "edge", "graph", "digraph", "subgraph", "strict"})


def _attributes(attributes: Attributes) -> str:
    return "[" + " ".join(f"{name}={_quoted(value)}" for name, value in attributes.items()) + "]"


def _quoted(value: Any) -> str:
    """A value as DOT takes it: as it stands if it is a name or a number, or else between quotes."""
    text = str(value)
    if PLAIN.fullmatch(text) and text.lower() not in KEYWORDS:
        return text
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Text that DOT shows as it is: without quotes, escapes as \\N, and entities as &lt; of its own."""
    text = CONTROL.sub("\ufffd", text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("\t", "    ").replace("\n", "\\n")
