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
from autograd.checking.report import Check
from autograd.checking.verdicts import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FLOOR = 1e-17  # an error of 0 is drawn here
COLOURS = {"central": "#1f4e9c", "left": "#c2762b", "right": "#3f8f5f", "plateau": "#9db8e0"}


def draw(check: Check, path: str | os.PathLike[str] | None) -> Figure:
    sweep = check.sweep
    if sweep is None:
        raise ValueError(
            f"this check has no step sizes to draw ({check.reason or 'it looked at no number'}); "
            f"a picture is of a gradient that was compared with differences"
        )
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError('a picture of a gradient check needs matplotlib; pip install "tiny-autograd[plot]"') from None
    figure = Figure(figsize=(7.5, 4.8), layout="constrained")
    axes: Any = figure.add_subplot()
    draw_errors(axes, check, sweep)
    draw_plateau(axes, check, sweep)
    axes.set(xscale="log", yscale="log", xlabel="size of the step", ylabel="difference from the gradient, relative")
    axes.set_ylim(FLOOR / 3, None)
    axes.grid(True, color="0.92")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    figure.suptitle(title(check), fontsize=11, x=0.01, ha="left")
    if path is not None:
        image = io.BytesIO()
        figure.savefig(image, dpi=150, format=Path(path).suffix[1:] or "png")
        files.write(path, image.getvalue())
    return figure


def draw_errors(axes: Any, check: Check, sweep: Sweep) -> None:
    steps, here = sweep.steps, sweep.line.here
    sides = {"left": (here - sweep.below) / steps, "right": (sweep.above - here) / steps}
    for (name, slopes), marker in zip(sides.items(), "<>", strict=True):
        label = f"on the {name} of x"
        axes.plot(steps, drawn(check.relative(slopes)), marker, ms=3.5, mew=0, color=COLOURS[name], label=label)
    axes.plot(steps, drawn(check.errors), "o-", ms=3.5, lw=1.2, color=COLOURS["central"], label="central differences")
    with np.errstate(all="ignore"):
        rounding = drawn(check.relative(check.analytic + sweep.noise / steps))
    axes.plot(steps, rounding, "--", lw=1, color="0.6", label="what rounding may do")


def draw_plateau(axes: Any, check: Check, sweep: Sweep) -> None:
    """The slope that all the differences together say, and how well it is known."""
    value, uncertainty, step = sweep.central
    if not (math.isfinite(value) and math.isfinite(uncertainty)) or check.verdict == Verdict.KINK:
        return
    error = float(check.relative(value))
    known = float(check.relative(check.analytic + uncertainty))
    axes.axhspan(max(error - known, FLOOR / 3), max(error + known, FLOOR), color=COLOURS["plateau"], alpha=0.35, lw=0)
    axes.plot(
        step, max(error, FLOOR), "D", ms=8, mfc="white", mec=COLOURS["central"], mew=1.8, zorder=5,
        label=f"extrapolated: {value:.7g} ± {uncertainty:.0e}",
    )  # fmt: skip


def drawn(errors: Any) -> Any:
    """With a place on a logarithmic axis for an error of 0, and none for what is not finite."""
    return np.where(np.isfinite(errors), np.maximum(errors, FLOOR), np.nan)


def title(check: Check) -> str:
    where = check.where() if check.input is not None else "a random direction"
    values = f"analytic {check.analytic:.7g}"
    if check.verdict == Verdict.KINK:
        values += f", slopes {check.left:.7g} on the left and {check.right:.7g} on the right"
    elif math.isfinite(check.numeric):
        values += f", numeric {check.numeric:.7g}"
    return f"{check.verdict}: {where}\n{values}"
