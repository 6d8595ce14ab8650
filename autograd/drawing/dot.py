"""From a sketch to DOT text: the only place that knows DOT. (How things look is in `style`.)

Labels are plain, not HTML-like: not every renderer has those.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import fill
from typing import Any

from autograd.drawing import style
from autograd.drawing.picture import Picture
from autograd.drawing.sketch import CALL_ROLES, END_ROLES, Box, Edge, Flow, Item, Role, Sketch, nested_boxes
from autograd.drawing.style import Attributes
from autograd.drawing.text import Rows, comma_separated, form_text, shortened
from autograd.profiling.profiler import Profile

LABEL_WIDTH = 60  # characters of a line of a label
CAPTION_WIDTH = 80  # characters of a line of the caption
LEGEND_WIDTH = 4  # samples beside each other
PREFIXES = {**dict.fromkeys(CALL_ROLES, "n"), **dict.fromkeys(END_ROLES, "o"), Role.CONSTANT: "c"}


@dataclass(eq=False, slots=True)
class Notes:
    """What is told of an item besides its name.

    lines  further lines of its label.
    rows   its tooltip.
    look   further attributes: the colour of its heat, or that something is wrong with its value.
    """

    lines: list[str] = field(default_factory=list)
    rows: Rows = field(default_factory=list)
    look: dict[str, Any] = field(default_factory=dict)


def to_picture(
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

    mirrored     let the backward pass run upward beside the forward pass, which runs down.
    in_sections  it is a program, whose backward pass may lie far from what it reads of the forward pass.
    scale        the colours of heat, and what they mean.
    """
    writer = _Writer(sketch, notes, mirrored, in_sections)
    text = {"label": _escaped(fill(folded, CAPTION_WIDTH)), "tooltip": _escaped(title)}
    return Picture(
        [f"\t{line}\n" for line in writer.lines(scale)],
        title=title,
        warnings=warnings,
        folded=folded,
        details=writer.details,
        profile=profile,
        graph_attr={**_texts(style.GRAPH), **text},
        node_attr=_texts(style.NODES),
        edge_attr=_texts(style.EDGES),
    )


def _texts(attributes: Attributes) -> dict[str, str]:
    return {name: str(value) for name, value in attributes.items()}


class _Writer:
    """Writes the lines of DOT; `details` has what the tooltips of nodes and clusters say, by their names."""

    def __init__(self, sketch: Sketch, notes: Mapping[Item, Notes], mirrored: bool, in_sections: bool) -> None:
        self.sketch, self.notes, self.mirrored, self.in_sections = sketch, notes, mirrored, in_sections
        self.names: dict[Item, str] = {}
        numbers: Counter[str] = Counter()
        for item in sketch.items:
            prefix = PREFIXES.get(item.role, "l")
            numbers[prefix] += 1
            self.names[item] = f"{prefix}{numbers[prefix]}"
        self.details = {name: notes[item].rows for item, name in self.names.items()}

    def lines(self, scale: Sequence[tuple[str, str]]) -> Iterator[str]:
        yield from self._nodes()
        yield from self._edges()
        if self.mirrored:
            yield from self._side_by_side()
        yield from self._legend(scale)

    # -- nodes in clusters ---------------------------------------------------------------------------------------------

    def _nodes(self) -> Iterator[str]:
        root, alone_in = nested_boxes(self.sketch.items, self.mirrored)
        number = 0
        waiting: list[tuple[str, Box | Item | str]] = [("", part) for part in root.parts[::-1]]
        while waiting:
            indent, part = waiting.pop()
            if isinstance(part, str):
                yield indent + part
            elif isinstance(part, Item):
                yield f"{indent}{self.names[part]} {_attributes(self._node(part, alone_in.get(part, '')))}"
            else:
                number += 1
                name = f"cluster_{number}"
                self.details[name] = part.rows()
                text = {"id": name, "class": part.kind, "label": shortened(part.title, LABEL_WIDTH)}
                text["tooltip"] = _tooltip(self.details[name])
                yield f"{indent}subgraph {name} {{"
                yield f"{indent}\tgraph {_attributes({**text, **style.CLUSTER, **style.CLUSTERS[part.kind]})}"
                if part.kind == "pass":
                    yield f'{indent}\t{part.name.split()[0]} [style=invis label="" width=0 height=0]'
                waiting.append((indent, "}"))
                waiting += [(indent + "\t", each) for each in part.parts[::-1]]

    def _node(self, item: Item, alone_in: str) -> Attributes:
        name, notes = self.names[item], self.notes[item]
        label = "\n".join(shortened(line, LABEL_WIDTH) for line in (item.name, alone_in, *notes.lines) if line)
        text = {"id": name, "class": item.role.replace(" ", "-"), "label": label, "tooltip": _tooltip(notes.rows)}
        folded = style.FOLDED if item.is_folded and item.is_call else {}
        return {**text, **style.ROLES[item.role], **folded, **notes.look}

    def _side_by_side(self) -> Iterator[str]:
        """The forward pass to the left, and the start of the backward pass at the height of its end."""
        yield "{rank=same; forward; backward}"
        yield "forward -> backward [style=invis weight=1000]"
        for item, name in self.names.items():
            if item.role is Role.SEED and item.of in self.names:
                yield f"{{rank=same; {self.names[item.of]}; {name}}}"

    # -- edges ---------------------------------------------------------------------------------------------------------

    def _edges(self) -> Iterator[str]:
        in_forward = {edge.tail for edge in self.sketch.edges if not edge.head.is_backward}
        for edge in self.sketch.edges:
            tail, head = self.names[edge.tail], self.names[edge.head]
            text = {"label": f" {label} " if (label := _edge_label(edge)) else "", "tooltip": _edge_tooltip(edge)}
            attributes = {**text, **style.FLOWS[edge.flow]}
            if self.mirrored and edge.tail in in_forward and edge.head.role is Role.GRADIENT_CALL:
                attributes["constraint"] = "false"
            elif self.in_sections and edge.flow is Flow.SAVED:
                attributes["weight"] = "0"  # it may be long
            elif self.mirrored and edge.tail.is_backward:
                tail, head = head, tail  # so that it runs upward
                attributes |= {"dir": "back", "class": "back"}
            yield f"{tail} -> {head} {_attributes(attributes)}"

    # -- the legend ----------------------------------------------------------------------------------------------------

    def _legend(self, scale: Sequence[tuple[str, str]]) -> Iterator[str]:
        """A sample of each role that occurs, in rows below the picture."""
        samples = [*self._samples(), *(({**style.ROUND, "fillcolor": fill}, text) for fill, text in scale)]
        text = {"id": "legend", "class": "legend", "label": ""}
        yield "subgraph cluster_legend {"
        yield f"\tgraph {_attributes({**text, **style.CLUSTER, **style.CLUSTERS['legend']})}"
        for k, (look, label) in enumerate(samples):
            words = {"id": f"legend{k}", "label": label, "tooltip": label}
            yield f"\tlegend{k} {_attributes({**words, **look, **style.SAMPLE})}"
        for k in range(len(samples) - LEGEND_WIDTH):
            yield f"\tlegend{k} -> legend{k + LEGEND_WIDTH} [style=invis]"
        yield "}"
        for item in [item for item in self.sketch.items if item.role in (Role.LOSS, Role.OUTPUT, Role.SEED)][:1]:
            for k in range(min(LEGEND_WIDTH, len(samples))):
                yield f"{self.names[item]} -> legend{k} [style=invis]"

    def _samples(self) -> Iterator[tuple[Attributes, str]]:
        items, edges, notes = self.sketch.items, self.sketch.edges, self.notes.values()
        roles = {Role.GRADIENT if item.role is Role.SEED else item.role for item in items}
        yield from ((style.ROLES[role], text) for role, text in style.LEGEND.items() if role in roles)
        if any(item.is_folded for item in items):
            yield {**style.ROLES[Role.CALL], **style.FOLDED}, "several calls, folded"
        for look, text in style.LEGEND_OF_ALARMS:
            if any(look.items() <= note.look.items() for note in notes):
                yield {**style.ROLES[Role.CALL], **look}, text
        lines: Attributes = {"shape": "plaintext", "style": "", "fontcolor": style.GREY}
        if any("●" in _edge_label(edge) for edge in edges):
            yield lines, "● kept for the backward pass"
        if any("±" in line for note in notes for line in note.lines):
            yield lines, "mean ± spread, lowest to highest"
        flows = {edge.flow for edge in edges}
        yield from ((lines, text) for flow, text in style.LEGEND_OF_LINES.items() if flow in flows)


def _edge_label(edge: Edge) -> str:
    """What flows; constants and what rules read have said it before."""
    says = edge.tail.role is not Role.CONSTANT and edge.flow not in (Flow.SAVED, Flow.NEXT)
    parts = [form_text(edge.shape, edge.dtype) if says else ""]
    if edge.kept and edge.shape and edge.head.role is not Role.GRADIENT_CALL:
        parts.append("●")
    if edge.times > 1 and max(edge.tail.times, edge.head.times) < 2:  # of what is drawn once it has been said
        parts.append(f"×{edge.times:,}")
    return " ".join(part for part in parts if part)


def _edge_tooltip(edge: Edge) -> str:
    lines = [
        f"{edge.tail.name} to {edge.head.name}",
        comma_separated(edge.label, form_text(edge.shape, edge.dtype)),
        "kept for the backward pass" if edge.kept else "",
        {Flow.DETACHED: "no gradient flows back", Flow.NEXT: "on to the next round"}.get(edge.flow, ""),
    ]
    return "\n".join(line for line in lines if line)


def _tooltip(rows: Rows) -> str:
    return "\n".join(f"{term}: {text}" for term, text in rows)


# -- DOT text ----------------------------------------------------------------------------------------------------------

UNQUOTED = re.compile(r"[a-zA-Z_][a-zA-Z_0-9]*|-?(\.[0-9]+|[0-9]+(\.[0-9]*)?)")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
KEYWORDS = frozenset({"node", "edge", "graph", "digraph", "subgraph", "strict"})


def _attributes(attributes: Attributes) -> str:
    return "[" + " ".join(f"{name}={_quoted(value)}" for name, value in attributes.items()) + "]"


def _quoted(value: Any) -> str:
    """A value as DOT takes it: as it stands if it is a name or a number, or else between quotes."""
    text = str(value)
    if UNQUOTED.fullmatch(text) and text.lower() not in KEYWORDS:
        return text
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Text that DOT shows as it is: without quotes, escapes as \\N, and entities as &lt; of its own."""
    text = CONTROL.sub("\ufffd", text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("\t", "    ").replace("\n", "\\n")
