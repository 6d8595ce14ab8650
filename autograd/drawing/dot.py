"""From a sketch to DOT text: how things look, and the only place that knows DOT.

Labels are plain, not HTML-like: not every renderer has those. Colours are tints of Okabe and Ito's palette (2008,
"Color Universal Design"), which colour-blind people can tell apart; corners and lines say the same again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import fill
from typing import Any

from autograd.drawing.picture import Picture
from autograd.drawing.sketch import CALL_ROLES, END_ROLES, Box, Edge, Flow, Item, Role, Sketch, nested_boxes
from autograd.drawing.text import Rows, comma_separated, form_text, shortened
from autograd.profiling.profiler import Profile

LABEL_WIDTH = 60  # characters of a line of a label
CAPTION_WIDTH = 80  # characters of a line of the caption
LEGEND_WIDTH = 4  # samples beside each other
PREFIXES = {**dict.fromkeys(CALL_ROLES, "n"), **dict.fromkeys(END_ROLES, "o"), Role.CONSTANT: "c"}

# -- looks -------------------------------------------------------------------------------------------------------------

Attributes = Mapping[str, Any]

FONT = "Helvetica,Arial,Liberation Sans,sans-serif"
INK, GREY, LINE = "#1f2933", "#5a6672", "#7b8794"
ORANGE = "#9c4600"

GRAPH = {
    "fontname": FONT, "fontsize": "11", "fontcolor": INK, "bgcolor": "white", "rankdir": "TB", "nodesep": "0.25",
    "ranksep": "0.35", "pad": "0.2", "labelloc": "b", "newrank": "true",
}  # fmt: skip
NODES = {
    "fontname": FONT, "fontsize": "11", "fontcolor": INK, "height": "0.3", "margin": "0.12,0.06", "shape": "box",
    "style": "filled",
}  # fmt: skip
EDGES = {"fontname": FONT, "fontsize": "9", "fontcolor": GREY, "color": LINE, "arrowsize": "0.6"}

SAMPLE: Attributes = {"fontsize": 9, "height": 0.2, "width": 0.2, "margin": "0.07,0.03"}
ROUND: Attributes = {"style": "rounded,filled"}
DASHED: Attributes = {"fillcolor": "#f8f9fa", "color": "#9aa5b1", "fontcolor": GREY, "style": "rounded,filled,dashed"}
ROLES: dict[Role, tuple[Attributes, str]] = {  # each with its word in the legend
    Role.INPUT: ({"fillcolor": "#d6eaf8", "color": "#2471a3"}, "input"),
    Role.PARAMETER: ({"fillcolor": "#d5efe3", "color": "#1d7a55"}, "parameter"),
    Role.CONSTANT: ({"fillcolor": "#f1f3f4", "color": "#f1f3f4", "fontcolor": GREY, **SAMPLE}, "constant"),
    Role.CALL: ({"fillcolor": "#ffffff", "color": "#52606d", **ROUND}, "call"),
    Role.UNTRACKED: (DASHED, "call without a gradient"),
    Role.OUTPUT: ({"fillcolor": "#f4dfec", "color": "#8e3a6d"}, "output"),
    Role.LOSS: ({"fillcolor": "#f4dfec", "color": "#8e3a6d", "peripheries": 2}, "loss: backward starts here"),
    Role.GRADIENT_CALL: ({"fillcolor": "#fff6ec", "color": "#c26a1b", **ROUND}, "call of the backward pass"),
    Role.UPDATE: (
        {"fillcolor": "#eef9f3", "color": "#1d7a55", "penwidth": 2, **ROUND}, "update of what lives outside, in place"
    ),
    Role.GRADIENT: ({"fillcolor": "#fde3c8", "color": ORANGE}, "gradient"),
    Role.SEED: ({"fillcolor": "#fde3c8", "color": ORANGE}, "gradient"),
}  # fmt: skip
FOLDED: Attributes = {"shape": "folder", "style": "filled"}
AFFECTED: Attributes = {"color": "#c1121f", "penwidth": 2}
CAUSE: Attributes = {**AFFECTED, "penwidth": 3, "fillcolor": "#f8cdd0"}
ALARMS = ((CAUSE, "something goes wrong here"), (AFFECTED, "NaN, inf, or a gradient too small or too large"))

FLOWS: dict[Flow, tuple[Attributes, str]] = {  # likewise; what is solid needs no word
    Flow.VALUE: ({}, ""),
    Flow.GRADIENT: ({"color": "#c26a1b", "fontcolor": ORANGE}, ""),
    Flow.SAVED: ({"style": "dotted", "color": "#9aa5b1"}, "dotted: what a rule reads of the forward pass"),
    Flow.DETACHED: ({"style": "dashed"}, "dashed: no gradient flows back"),
    Flow.NEXT: ({"style": "dashed", "constraint": "false"}, "dashed: on to the next round"),
}

CLUSTER: Attributes = {  # all of it, because a cluster inherits from the one around it
    "labeljust": "l", "labelloc": "t", "fontsize": 10, "fontcolor": GREY, "margin": 8, "peripheries": 1, "penwidth": 1,
}  # fmt: skip
CLUSTERS: dict[str, Attributes] = {
    "module": {"style": "rounded,filled", "fillcolor": "#1f29330a", "color": "#b8c2cc"},
    "rule": {"style": "rounded", "color": "#e3b587", "fontcolor": ORANGE},
    "repeat": {"style": "rounded,dashed", "color": "#52606d", "penwidth": 1.5, "fontcolor": INK},
    "update": {"style": "rounded,filled", "fillcolor": "#1f29330a", "color": "#b8c2cc"},
    "loop": {"style": "rounded,dashed", "color": "#52606d", "fontcolor": INK},
    "section": {"style": "rounded", "color": "#e4e7eb", "fontsize": 12, "fontcolor": INK},
    "pass": {"peripheries": 0, "margin": 4, "fontsize": 12, "fontcolor": INK, "labeljust": "c"},
    "legend": {"style": "rounded", "color": "#e4e7eb", "margin": 6},
}

COLD, HOT = (255, 255, 255), (240, 140, 40)  # of the scale of times


def heat(share: float) -> str:
    """A colour from white, for 0, to orange, for 1."""
    return "#" + "".join(f"{round(cold + share * (hot - cold)):02x}" for cold, hot in zip(COLD, HOT, strict=True))


# -- the text ----------------------------------------------------------------------------------------------------------


def to_picture(
    sketch: Sketch,
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
    writer = _Writer(sketch, mirrored, in_sections)
    text = {"label": _escaped(fill(folded, CAPTION_WIDTH)), "tooltip": _escaped(title)}
    return Picture(
        [f"\t{line}\n" for line in writer.lines(scale)],
        title=title,
        warnings=warnings,
        folded=folded,
        details=writer.details,
        profile=profile,
        graph_attr={**GRAPH, **text},
        node_attr=NODES,
        edge_attr=EDGES,
    )


class _Writer:
    """Writes the lines of DOT; `details` has what the tooltips of nodes and clusters say, by their names."""

    def __init__(self, sketch: Sketch, mirrored: bool, in_sections: bool) -> None:
        self.sketch, self.mirrored, self.in_sections = sketch, mirrored, in_sections
        self.names: dict[Item, str] = {}
        numbers: Counter[str] = Counter()
        for item in sketch.items:
            prefix = PREFIXES.get(item.role, "l")
            numbers[prefix] += 1
            self.names[item] = f"{prefix}{numbers[prefix]}"
        self.details = {name: item.rows for item, name in self.names.items()}

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
                yield f"{indent}\tgraph {_attributes({**text, **CLUSTER, **CLUSTERS[part.kind]})}"
                if part.kind == "pass":
                    yield f'{indent}\t{part.name.split()[0]} [style=invis label="" width=0 height=0]'
                waiting.append((indent, "}"))
                waiting += [(indent + "\t", each) for each in part.parts[::-1]]

    def _node(self, item: Item, alone_in: str) -> Attributes:
        name = self.names[item]
        label = "\n".join(shortened(line, LABEL_WIDTH) for line in (item.name, alone_in, *item.lines) if line)
        text = {"id": name, "class": item.role.replace(" ", "-"), "label": label, "tooltip": _tooltip(item.rows)}
        folded = FOLDED if item.is_folded and item.is_call else {}
        return {**text, **ROLES[item.role][0], **folded, **item.look}

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
            attributes = {**text, **FLOWS[edge.flow][0]}
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
        samples = [*self._samples(), *(({**ROUND, "fillcolor": fill}, text) for fill, text in scale)]
        text = {"id": "legend", "class": "legend", "label": ""}
        yield "subgraph cluster_legend {"
        yield f"\tgraph {_attributes({**text, **CLUSTER, **CLUSTERS['legend']})}"
        for k, (look, label) in enumerate(samples):
            words = {"id": f"legend{k}", "label": label, "tooltip": label}
            yield f"\tlegend{k} {_attributes({**words, **look, **SAMPLE})}"
        for k in range(len(samples) - LEGEND_WIDTH):
            yield f"\tlegend{k} -> legend{k + LEGEND_WIDTH} [style=invis]"
        yield "}"
        for item in [item for item in self.sketch.items if item.role in (Role.LOSS, Role.OUTPUT, Role.SEED)][:1]:
            for k in range(min(LEGEND_WIDTH, len(samples))):
                yield f"{self.names[item]} -> legend{k} [style=invis]"

    def _samples(self) -> Iterator[tuple[Attributes, str]]:
        items, edges = self.sketch.items, self.sketch.edges
        roles = {Role.GRADIENT if item.role is Role.SEED else item.role for item in items}
        yield from (sample for role, sample in ROLES.items() if role in roles)
        if any(item.is_folded for item in items):
            yield {**ROLES[Role.CALL][0], **FOLDED}, "several calls, folded"
        for look, text in ALARMS:
            if any(look.items() <= item.look.items() for item in items):
                yield {**ROLES[Role.CALL][0], **look}, text
        lines: Attributes = {"shape": "plaintext", "style": "", "fontcolor": GREY}
        if any("●" in _edge_label(edge) for edge in edges):
            yield lines, "● kept for the backward pass"
        if any("±" in line for item in items for line in item.lines):
            yield lines, "mean ± spread, lowest to highest"
        flows = {edge.flow for edge in edges}
        yield from ((lines, text) for flow, (_, text) in FLOWS.items() if flow in flows and text)


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
