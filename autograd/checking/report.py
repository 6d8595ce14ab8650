"""What a gradient check returns: a verdict with its evidence, as text and as a picture."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from autograd.checking.blame import Blame
from autograd.checking.differences import Sweep
from autograd.checking.picture import plot_sweep
from autograd.checking.verdicts import Comparison, Verdict
from autograd.engine.graph import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Check:
    """A verdict and its evidence. True in a condition if the gradients agree; print it for the report.

    verdict     "agree", "wrong", "kink" or "noise".
    reason      in words.
    order       1: of the gradient, 2: of the gradient's gradient, ...
    input       the number of the input that shows it, and its `name`, if the function tells it.
    index       of the element; with `part`, "real" or "imaginary", of a complex one.
    analytic    the gradient that the rules give there.
    numeric     what differences give, give or take the `uncertainty`, with steps of about `step`.
    left, right the slopes on both sides of x.
    blame       the recorded calls that show it by themselves, the first ones.
    count       so many numbers (or directions) were looked at.
    largest     the largest error that was let pass, relative to the largest gradient.
    notes       what was not checked.
    is_weighted whether the values are of outputs that were added up with random weights.
    error       what was raised, if anything was.
    """

    verdict: Verdict
    reason: str = ""
    order: int = 1
    input: int | None = None
    name: str = ""
    index: tuple[int, ...] | None = None
    part: str = ""
    analytic: float = math.nan
    numeric: float = math.nan
    uncertainty: float = math.nan
    left: float = math.nan
    right: float = math.nan
    step: float = math.nan
    blame: tuple[Blame, ...] = ()
    count: int = 0
    largest: float = 0.0
    notes: tuple[str, ...] = ()
    is_weighted: bool = False
    error: Exception | None = field(default=None)
    take_sweep: Callable[[], Sweep | None] = field(default=lambda: None, compare=False)

    def __bool__(self) -> bool:
        return self.verdict == Verdict.AGREE

    @property
    def relative_error(self) -> float:
        return self._comparison.error

    @property
    def is_between(self) -> bool:
        """At a kink: whether the analytic value lies between the slopes on both sides, as it should."""
        return self._comparison.is_between

    @property
    def _comparison(self) -> Comparison:
        return Comparison(self.verdict, self.analytic, self.numeric, left=self.left, right=self.right)

    @cached_property
    def sweep(self) -> Sweep | None:
        return self.take_sweep()

    @property
    def steps(self) -> Array:
        """The sizes of step that were tried, the largest first."""
        return np.zeros(0) if self.sweep is None else self.sweep.steps

    @property
    def errors(self) -> Array:
        """The relative error of the central difference for each of the `steps`."""
        return np.zeros(0) if self.sweep is None else self._comparison.relative(self.sweep.quotients)

    # -- text ---------------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        """The report: what one wants to see of a check at the prompt."""
        return str(self)

    def __str__(self) -> str:
        lines = [f"{self.verdict}: {self.headline()}", *self.evidence()]
        for call in self.blame:
            lines.append(f"  {call}")
            if call.reason:
                lines.append(f"    {call.reason}")
            elif call.verdict == Verdict.WRONG:
                at = "" if call.index in (None, ()) else f" at index {call.index}"
                rule = f"its rule for {call.input}" if call.input else "its rule"
                what = "gives" if self.order == 1 else "leads to"
                lines.append(f"    {rule} {what} {call.analytic:.10g}, differences give {call.numeric:.10g}{at}")
        if not self.blame and self.verdict == Verdict.WRONG and not math.isnan(self.analytic):
            lines.append(f"  {NOBODY}")
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)

    def headline(self) -> str:
        if self.verdict == Verdict.AGREE:
            orders = "order 1" if self.order == 1 else f"orders 1 to {self.order}"
            return f"{self.count} slopes of {orders}, the largest relative error {self.largest:.1e}"
        return f"{self.where()}: {self.reason}" if self.input is not None else self.reason

    def where(self) -> str:
        what = "gradient" if self.order == 1 else f"gradient of order {self.order}"
        text = f"{what} of input {self.input}" + (f" ({self.name})" if self.name else "")
        text += f" at index {self.index}" if self.index else ""
        return text + (f", {self.part} part" if self.part else "")

    def evidence(self) -> list[str]:
        if self.verdict == Verdict.AGREE or (math.isnan(self.analytic) and math.isnan(self.numeric)):
            return []
        of_sum = ", of the outputs added up with random weights" if self.is_weighted else ""
        lines = [f"  analytic  {self.analytic:.12g}{of_sum}"]
        if self.verdict == Verdict.KINK:
            between = "lies between them" if self.is_between else "does not lie between them"
            return [*lines, f"  slopes    {self.left:.12g} on the left, {self.right:.12g} on the right; it {between}"]
        if math.isfinite(self.numeric):
            give_or_take = f"give or take {self.uncertainty:.1e}"
            lines.append(f"  numeric   {self.numeric:.12g}, {give_or_take}, with steps of {self.step:.1e}")
            lines.append(f"  relative error {self.relative_error:.1e}")
        return lines

    # -- picture ------------------------------------------------------------------------------------------------------

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draw the error of the differences against the size of the step; with a path, write it there (.png, .svg)."""
        if self.sweep is None:
            raise ValueError(
                f"this check has no step sizes to draw ({self.reason or 'it looked at no number'}); "
                f"a picture is of a gradient that was compared with differences"
            )
        where = self.where() if self.input is not None else "a random direction"
        return plot_sweep(self.sweep, self._comparison, where, path)


NOBODY = (
    "each recorded call's rule is right by itself. So a gradient may be lost where no call is recorded: by .data, "
    ".item(), .numpy() or detach(), under no_grad(), in a Tensor updated in place. Or calls meet where they have no "
    "derivative, or lose all digits"
)
