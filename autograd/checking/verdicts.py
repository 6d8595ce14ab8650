"""From a sweep of step sizes and the analytic value to a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from autograd.checking.differences import Sweep
from autograd.checking.tolerance import Tolerance


class Verdict(StrEnum):
    AGREE = "agree"
    """The gradient is right, as far as the differences can tell, which is far."""
    WRONG = "wrong"
    """The differences, or another check, show that it is not."""
    KINK = "kink"
    """There is no derivative at this point: the slopes on both sides differ, or one is infinite or missing."""
    NOISE = "noise"
    """No step size resolves it: rounding hides the slope."""


@dataclass(frozen=True)
class Comparison:
    """What was found along one line through the inputs."""

    verdict: Verdict
    analytic: float
    numeric: float = math.nan
    uncertainty: float = math.nan
    left: float = math.nan
    right: float = math.nan
    step: float = math.nan
    reason: str = ""
    sweep: Sweep | None = None

    @property
    def error(self) -> float:
        """The difference relative to the mean of both."""
        if self.analytic == self.numeric:
            return 0.0
        larger = abs(self.analytic) + abs(self.numeric)
        return 2 * abs(self.analytic - self.numeric) / larger if math.isfinite(larger) else math.inf

    def relative(self, slopes: Any) -> Any:
        """How far slopes are from the analytic one, relative to the larger of both."""
        scale = max(abs(x) for x in (self.analytic, self.numeric, 0.0) if math.isfinite(x))
        return np.abs(slopes - self.analytic) / (scale or 1.0)

    @property
    def is_between(self) -> bool:
        """Whether the analytic value lies between the slopes on both sides, so that it is a fair choice at a kink."""
        slopes = [slope for slope in (self.left, self.right) if not math.isnan(slope)]
        slack = max((1e-6 * abs(slope) for slope in slopes if math.isfinite(slope)), default=0.0)
        return bool(slopes) and min(slopes) - slack <= self.analytic <= max(slopes) + slack

    @property
    def severity(self) -> int:
        """What is reported first where several things are found."""
        kink = 1 if self.is_between else 3
        return {Verdict.AGREE: 0, Verdict.NOISE: 2, Verdict.KINK: kink, Verdict.WRONG: 4}[self.verdict]


def judge(sweep: Sweep, analytic: float, tolerance: Tolerance) -> Comparison:
    """Compare an analytic slope with what all the step sizes say."""
    if not math.isfinite(sweep.line.here):
        return Comparison(Verdict.NOISE, analytic, reason="the function is not finite at its inputs", sweep=sweep)
    left, right, central = sweep.left, sweep.right, sweep.central

    def found(verdict: Verdict, reason: str) -> Comparison:
        return Comparison(
            verdict, analytic, central.value, central.uncertainty, left.value, right.value, central.step, reason, sweep
        )  # fmt: skip

    missing = [name for name, side in (("left", left), ("right", right)) if math.isnan(side.value)]
    if len(missing) == 2:
        return found(Verdict.NOISE, "the function is not finite within the smallest step on either side")
    if missing:
        return found(Verdict.KINK, f"the function is not finite on the {missing[0]} of x, however small the step")
    if math.isinf(left.value) or math.isinf(right.value):
        what = "function jumps here" if sweep.jumps else "slope grows without end as the step shrinks"
        return found(Verdict.KINK, f"the {what}")
    larger = max(abs(analytic), abs(central.value))
    agrees = abs(analytic - central.value) <= tolerance.of_sweep(larger, central.uncertainty, sweep.line.eps)
    is_known = tolerance.is_known(larger, central.uncertainty)
    if not sweep.is_resolved and not (agrees and is_known):
        return found(Verdict.NOISE, "the values scatter as much at the smallest steps as at the largest")
    if tolerance.is_kink(left.value, right.value, left.uncertainty + right.uncertainty):
        return found(Verdict.KINK, "the slopes on the left and on the right differ")
    if math.isnan(central.value):
        return found(Verdict.NOISE, "the differences are not finite")
    if not math.isfinite(analytic):
        return found(Verdict.WRONG, f"the gradient is {analytic}, where the function has a finite slope")
    if not agrees and is_beside_kink(sweep, analytic):
        return found(Verdict.NOISE, "a kink is so near that rounding hides on which side of it x lies")
    if not agrees:
        return found(Verdict.WRONG, "the gradient and the differences disagree")
    if not is_known:
        return found(Verdict.NOISE, "rounding hides the slope at every step size")
    return found(Verdict.AGREE, "")


def is_beside_kink(sweep: Sweep, analytic: float) -> bool:
    """Whether x may be so near a kink that rounding hides on which side it lies: in float64 only nearer than 1e-7.

    What looks like the slope from both sides was then taken across the kink, and the gradient is that of one side.
    """
    sides = (sweep.left, sweep.right)
    low, high = (sign * max(sign * side.value + 2 * side.uncertainty for side in sides) for sign in (-1, 1))
    return sweep.line.eps > 1e-12 and low <= analytic <= high
