"""How things look: colours, shapes and lines of roles, flows and boxes, and the words of the legend.

Colours are tints of Okabe and Ito's palette (2008, "Color Universal Design"), which colour-blind people can tell apart;
corners and lines say the same again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd.drawing.sketch import Flow, Role

Attributes = Mapping[str, Any]

FONT = "Helvetica,Arial,Liberation Sans,sans-serif"
INK, GREY, LINE = "#1f2933", "#5a6672", "#7b8794"
ORANGE = "#9c4600"

GRAPH: Attributes = {
    "fontname": FONT, "fontsize": 11, "fontcolor": INK, "bgcolor": "white", "rankdir": "TB", "nodesep": 0.25,
    "ranksep": 0.35, "pad": 0.2, "labelloc": "b", "newrank": "true",
}  # fmt: skip
NODES: Attributes = {
    "fontname": FONT, "fontsize": 11, "fontcolor": INK, "height": 0.3, "margin": "0.12,0.06", "shape": "box",
    "style": "filled",
}  # fmt: skip
EDGES: Attributes = {"fontname": FONT, "fontsize": 9, "fontcolor": GREY, "color": LINE, "arrowsize": 0.6}

SAMPLE: Attributes = {"fontsize": 9, "height": 0.2, "width": 0.2, "margin": "0.07,0.03"}
ROUND: Attributes = {"style": "rounded,filled"}
ROLES: dict[Role, Attributes] = {
    Role.INPUT: {"fillcolor": "#d6eaf8", "color": "#2471a3"},
    Role.PARAMETER: {"fillcolor": "#d5efe3", "color": "#1d7a55"},
    Role.CONSTANT: {"fillcolor": "#f1f3f4", "color": "#f1f3f4", "fontcolor": GREY, **SAMPLE},
    Role.CALL: {"fillcolor": "#ffffff", "color": "#52606d", **ROUND},
    Role.UNTRACKED: {"fillcolor": "#f8f9fa", "color": "#9aa5b1", "fontcolor": GREY, "style": "rounded,filled,dashed"},
    Role.OUTPUT: {"fillcolor": "#f4dfec", "color": "#8e3a6d"},
    Role.LOSS: {"fillcolor": "#f4dfec", "color": "#8e3a6d", "peripheries": 2},
    Role.SEED: {"fillcolor": "#fde3c8", "color": ORANGE},
    Role.GRADIENT_CALL: {"fillcolor": "#fff6ec", "color": "#c26a1b", **ROUND},
    Role.UPDATE: {"fillcolor": "#eef9f3", "color": "#1d7a55", "penwidth": 2, **ROUND},
    Role.GRADIENT: {"fillcolor": "#fde3c8", "color": ORANGE},
}
FOLDED: Attributes = {"shape": "folder", "style": "filled"}
AFFECTED: Attributes = {"color": "#c1121f", "penwidth": 2}
CAUSE: Attributes = {**AFFECTED, "penwidth": 3, "fillcolor": "#f8cdd0"}

FLOWS: dict[Flow, Attributes] = {
    Flow.VALUE: {},
    Flow.DETACHED: {"style": "dashed"},
    Flow.GRADIENT: {"color": "#c26a1b", "fontcolor": ORANGE},
    Flow.SAVED: {"style": "dotted", "color": "#9aa5b1"},
    Flow.NEXT: {"style": "dashed", "constraint": "false"},
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

LEGEND: dict[Role, str] = {
    Role.INPUT: "input",
    Role.PARAMETER: "parameter",
    Role.CONSTANT: "constant",
    Role.CALL: "call",
    Role.UNTRACKED: "call without a gradient",
    Role.OUTPUT: "output",
    Role.LOSS: "loss: backward starts here",
    Role.GRADIENT_CALL: "call of the backward pass",
    Role.UPDATE: "update of what lives outside, in place",
    Role.GRADIENT: "gradient",
}
LEGEND_OF_ALARMS: tuple[tuple[Attributes, str], ...] = (
    (CAUSE, "something goes wrong here"),
    (AFFECTED, "NaN, inf, or a gradient too small or too large"),
)
LEGEND_OF_LINES: dict[Flow, str] = {
    Flow.SAVED: "dotted: what a rule reads of the forward pass",
    Flow.DETACHED: "dashed: no gradient flows back",
    Flow.NEXT: "dashed: on to the next round",
}

COLD, HOT = (255, 255, 255), (240, 140, 40)  # of the scale of times


def heat(share: float) -> str:
    """A colour from white, for 0, to orange, for 1."""
    return "#" + "".join(f"{round(cold + share * (hot - cold)):02x}" for cold, hot in zip(COLD, HOT, strict=True))
