"""The picture of a gradient check: how far the differences are from the gradient, for every size of step.

Needs matplotlib: pip install "tiny-autograd[plot]".
"""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd._util import files
from autograd.checking.differences import Sweep
from autograd.checking.verdicts import Comparison, Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SMALLEST_ERROR = 1e-17  # an error of 0 is drawn here
LINE_COLOURS = {"central": "#1f4e9c", "left": "#c2762b", "right": "#3f8f5f", "plateau": "#9db8e0"}


def plot_sweep(sweep: Sweep, found: Comparison, where: str, path: str | os.PathLike[str] | None) -> Figure:
    """What the values of a sweep say about a gradient; `where` it was taken stands in the title."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError('a picture of a gradient check needs matplotlib; pip install "tiny-autograd[plot]"') from None
    figure = Figure(figsize=(7.5, 4.8), layout="constrained")
    axes: Any = figure.add_subplot()
    plot_errors(axes, found, sweep)
    plot_plateau(axes, found, sweep)
    axes.set(xscale="log", yscale="log", xlabel="size of the step", ylabel="difference from the gradient, relative")
    axes.set_ylim(SMALLEST_ERROR / 3, None)
    axes.grid(True, color="0.92")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    figure.suptitle(figure_title(found, where), fontsize=11, x=0.01, ha="left")
    if path is not None:
        image = io.BytesIO()
        figure.savefig(image, dpi=150, format=Path(path).suffix[1:] or "png")
        files.write(path, image.getvalue())
    return figure


def plot_errors(axes: Any, found: Comparison, sweep: Sweep) -> None:
    steps, here = sweep.steps, sweep.line.here
    sides = {"left": (here - sweep.below) / steps, "right": (sweep.above - here) / steps}
    for (name, slopes), marker in zip(sides.items(), "<>", strict=True):
        label = f"on the {name} of x"
        axes.plot(steps, drawn(found.relative(slopes)), marker, ms=3.5, mew=0, color=LINE_COLOURS[name], label=label)
    axes.plot(
        steps,
        drawn(found.relative(sweep.quotients)),
        "o-",
        ms=3.5,
        lw=1.2,
        color=LINE_COLOURS["central"],
        label="central differences",
    )
    with np.errstate(all="ignore"):
        rounding = drawn(found.relative(found.analytic + sweep.noise / steps))
    axes.plot(steps, rounding, "--", lw=1, color="0.6", label="what rounding may do")


def plot_plateau(axes: Any, found: Comparison, sweep: Sweep) -> None:
    """The slope that all the differences together say, and how well it is known."""
    value, uncertainty, step = sweep.central
    if not (math.isfinite(value) and math.isfinite(uncertainty)) or found.verdict == Verdict.KINK:
        return
    error = float(found.relative(value))
    known = float(found.relative(found.analytic + uncertainty))
    axes.axhspan(
        max(error - known, SMALLEST_ERROR / 3),
        max(error + known, SMALLEST_ERROR),
        color=LINE_COLOURS["plateau"],
        alpha=0.35,
        lw=0,
    )
    axes.plot(
        step, max(error, SMALLEST_ERROR), "D", ms=8, mfc="white", mec=LINE_COLOURS["central"], mew=1.8, zorder=5,
        label=f"extrapolated: {value:.7g} ± {uncertainty:.0e}",
    )  # fmt: skip


def drawn(errors: Any) -> Any:
    """With a place on a logarithmic axis for an error of 0, and none for what is not finite."""
    return np.where(np.isfinite(errors), np.maximum(errors, SMALLEST_ERROR), np.nan)


def figure_title(found: Comparison, where: str) -> str:
    values = f"analytic {found.analytic:.7g}"
    if found.verdict == Verdict.KINK:
        values += f", slopes {found.left:.7g} on the left and {found.right:.7g} on the right"
    elif math.isfinite(found.numeric):
        values += f", numeric {found.numeric:.7g}"
    return f"{found.verdict}: {where}\n{values}"
