"""What was found, as a picture: the time of a step by contestant and batch size, and of a call."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from autograd._util import files
from benchmarks.contestants import BY_HAND, COMPILED, ENGINE, FLOOR
from benchmarks.measurements import Measurement
from benchmarks.report import amount

SUFFIXES = (".svg", ".png", ".pdf")
# Okabe and Ito's colours, which the colour-blind tell apart.
BAR_COLOURS = {
    COMPILED: "#d55e00", ENGINE: "#e69f00", BY_HAND: "#0072b2", "fastest by hand": "#56b4e9",
    "same bits by hand": "#56b4e9", FLOOR: "#bbbbbb",
}  # fmt: skip
OTHER = "#8a8a8a"
OUR_CONTESTANTS = (COMPILED, ENGINE)


LONGEST_BAR = (
    4  # bars longer than so many times the engine's are cut, or one slow contestant would make all others alike
)


def save_plot(rows: Sequence[Measurement], path: Path) -> None:
    """Draw the first table of steps, a panel for each batch size, and that of calls; nothing if there is neither."""
    step = next((row.table for row in rows if row.table.startswith("A step")), None)
    panels: dict[str, list[Measurement]] = {}
    for row in rows:
        if row.table == step:
            panels.setdefault(row.column, []).append(row)
        elif row.table.startswith("A call"):
            panels.setdefault("a recorded call", []).append(row)
    if not panels:
        return
    with mpl.rc_context({"svg.hashsalt": "benchmarks", "font.size": 9, "svg.fonttype": "path"}):
        tallest = max(map(len, panels.values()))
        figure = Figure(figsize=(2.6 * len(panels) + 1.0, 0.26 * tallest + 1.1), layout="constrained")
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for axis, (title, here) in zip(axes, panels.items(), strict=True):
            bars(axis, here)
            axis.set_title(title, fontsize=9, fontweight="bold")
        figure.suptitle(f"{step or 'A recorded call'}: shorter is faster", x=0.01, ha="left", fontsize=10)
        image, suffix = io.BytesIO(), path.suffix
        figure.savefig(image, dpi=160, format=suffix[1:], metadata={"Date": None} if suffix == ".svg" else None)
    files.write(path, image.getvalue())


def bars(axis: Any, rows: Sequence[Measurement]) -> None:
    """A bar for each contestant, the fastest on top."""
    rows = sorted(rows, key=lambda row: row.value, reverse=True)
    names = [row.contestant for row in rows]
    longest = LONGEST_BAR * next((row.value for row in rows if row.contestant == ENGINE), np.inf)
    lengths = [min(row.value, longest) for row in rows]
    drawn = axis.barh(names, lengths, color=[BAR_COLOURS.get(name, OTHER) for name in names], height=0.7)
    for bar, row in zip(drawn, rows, strict=True):
        if row.value > longest:
            middle = bar.get_y() + bar.get_height() / 2
            axis.plot(longest * 0.93, middle, marker=(2, 0, -20), markersize=13, color="white", markeredgewidth=2.5)
    axis.bar_label(drawn, [amount(row.value, row.unit) for row in rows], padding=3, fontsize=8)
    axis.margins(x=0.3)
    axis.spines[["top", "right", "bottom"]].set_visible(False)
    axis.tick_params(left=False, bottom=False, labelbottom=False)
    for label in axis.get_yticklabels():
        if label.get_text() in OUR_CONTESTANTS:
            label.set_fontweight("bold")
            label.set_color(BAR_COLOURS[label.get_text()])
