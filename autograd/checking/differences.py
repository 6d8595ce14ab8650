"""The slope of a function along a line, from its values: how well it is known, and where there is none.

A difference quotient errs in two ways: by curvature, which grows with the step, and by rounding, which grows as the
step shrinks. In between is a plateau. `quick` looks for it where it most often is; `sweep` tries every size of step.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.tolerance import ROUNDINGS

Values = Any  # an array of floats, one for each step

FIRST_STEP, HALVINGS = 2.0**-6, 4  # of `quick`, whose error falls with FIRST_STEP ** (2 * HALVINGS)
MOST_STEPS = 128
LAST = 6  # so many of the smallest steps show nothing but rounding


class LossAlongLine(NamedTuple):
    """A loss along a line through the inputs."""

    at: Callable[[float], float]
    """t to L(x + t v)."""
    here: float
    """L(x)."""
    terms: float
    """The sum of the absolute values of what L adds up."""
    magnitude: float
    """The size of what is rounded on the way to L, as far as it makes a difference to L: times eps, the error."""
    size: float
    """The largest |x| that is moved; 0 if all are 0."""
    eps: float
    """The relative rounding error of the calls in L."""
    input_eps: float
    """The relative rounding error of x itself."""


class Quick(NamedTuple):
    slope: float
    jump: float
    """The slope on the right minus that on the left, as the step goes to 0."""
    rounding: float
    """A bound for the rounding error of both, unless the function itself is badly conditioned."""
    is_smooth: bool


def quick(line: LossAlongLine) -> Quick:
    """The slope by eight values near x, extrapolated to a step of 0 (Richardson).

    Central differences err by even powers of the step. Second differences divided by the step, of which a kink leaves
    the jump of the slope, err by odd ones.
    """
    slopes: list[float] = []
    jumps: list[float] = []
    slope = jump = before = 0.0
    step, largest = FIRST_STEP, max(line.terms, line.magnitude)
    if 16 < line.size < math.inf:
        step *= 2.0 ** math.frexp(line.size / 16)[1]
    for _ in range(HALVINGS):
        above, below = line.at(step), line.at(-step)
        largest = max(largest, abs(above), abs(below))
        slope, jump, power = (above - below) / (2 * step), (above - 2 * line.here + below) / step, 2.0
        for k, (coarse_slope, coarse_jump) in enumerate(zip(slopes, jumps, strict=True)):
            slopes[k], jumps[k] = slope, jump
            slope += (slope - coarse_slope) / (power * power - 1)
            jump += (jump - coarse_jump) / (power * power / 2 - 1)
            power *= 2
        before = jumps[-1] if jumps else 0.0
        slopes.append(slope)
        jumps.append(jump)
        step /= 2
    rounding = ROUNDINGS * line.eps * largest / step
    # What is left of the second difference goes on falling where it was curvature, and stays where it is a kink.
    is_smooth = abs(jump) <= 2 * abs(jump - before) + 4 * rounding
    return Quick(slope, jump, rounding, is_smooth)


class Estimate(NamedTuple):
    value: float
    uncertainty: float
    step: float


NOWHERE = Estimate(math.nan, math.inf, math.nan)


@dataclass(frozen=True, eq=False)
class Sweep:
    """The values of a function on both sides of x, at steps from half of x (or 1/2) down to its last digits."""

    steps: Values
    above: Values
    below: Values
    line: LossAlongLine

    @cached_property
    def right(self) -> Estimate:
        return one_sided((self.above - self.line.here) / self.steps, self)

    @cached_property
    def left(self) -> Estimate:
        return one_sided((self.line.here - self.below) / self.steps, self)

    @cached_property
    def central(self) -> Estimate:
        return plateau(self.quotients, self.steps, self.noise, powers=(2, 4))

    @property
    def quotients(self) -> Values:
        return (self.above - self.below) / (2 * self.steps)

    @cached_property
    def scatter(self) -> float:
        """How much the values scatter: what the second differences are where the steps are too small for curvature."""
        second = np.abs(self.above - 2 * self.line.here + self.below)[-LAST:]
        second = second[np.isfinite(second)]
        return float(np.median(second)) if len(second) else 0.0

    @cached_property
    def noise(self) -> Values:
        """The rounding error of the values, for each step; with what rounding x does to them."""
        largest = np.fmax(self.line.magnitude, np.fmax(np.abs(self.above), np.abs(self.below)))
        by_input = self.line.input_eps * np.nan_to_num(self.line.size * np.abs(self.quotients))
        return np.maximum(self.line.eps * largest, self.scatter) + by_input

    @property
    def jumps(self) -> bool:
        """Whether the function itself differs on both sides, however small the step."""
        apart = np.abs(self.above - self.below)
        return bool(apart[-1] > 0.5 * apart[-LAST])

    @cached_property
    def is_resolved(self) -> bool:
        """Whether the values scatter less than they change: a function that turns faster than x can move does not."""
        changes = np.abs(np.concatenate([self.above, self.below]) - self.line.here)[np.tile(self.steps, 2).argsort()]
        changes = changes[np.isfinite(changes)][-2 * LAST :]  # at the largest steps
        typical = float(np.median(changes)) if len(changes) else 0.0
        return self.scatter <= max(0.05 * typical, 32 * self.line.eps * self.line.terms)


def sweep(line: LossAlongLine) -> Sweep:
    """The values at steps that are powers of 2."""
    size = line.size if math.isfinite(line.size) and line.size else 1.0
    exponent = math.frexp(max(1.0, size))[1] - 2
    last = ROUNDINGS * line.input_eps * size or sys.float_info.min
    count = min(exponent - math.frexp(last)[1] + 2, MOST_STEPS)
    steps = 2.0 ** (exponent - np.arange(count))
    above, below = (np.array([line.at(sign * step) for step in steps.tolist()]) for sign in (1, -1))
    return Sweep(steps, above, below, line)


def one_sided(quotients: Values, sweep: Sweep) -> Estimate:
    """The slope on one side; infinite where the quotients grow without end, as those of sqrt do at 0."""
    last = quotients[-8:]
    if (np.abs(last) * sweep.steps[-8:] > 64 * sweep.line.eps * sweep.line.magnitude).all():
        with np.errstate(all="ignore"):
            growth = np.log2(last[1:] / last[:-1])
        if growth.min() > 0.25 and np.ptp(growth) < 0.2:
            return Estimate(math.copysign(math.inf, last[-1]), 0.0, float(sweep.steps[-1]))
    return plateau(quotients, sweep.steps, sweep.noise, powers=(1, 2))


def plateau(values: Values, steps: Values, noise: Values, powers: Sequence[int]) -> Estimate:
    """Where estimates at neighbouring steps agree best, and no estimate at smaller steps says otherwise.

    values  an estimate for each step, which errs by these powers of the step.
    noise   what rounding may do to it, times the step.

    As in Ridders 1982, "Accurate computation of F'(x) and F'(x) F''(x)", estimates of neighbouring steps are combined
    so that the powers cancel, and how far one is from its neighbours is how well it is known.
    """
    finite = np.isfinite(values)
    start = 0 if finite.all() else len(values) - int(np.argmin(finite[::-1]))
    values, steps, noise = values[start:], steps[start:], noise[start:]
    candidates: list[tuple[Values, Values, Values]] = []
    for power in (*powers, None):
        if len(values) < 3:
            break
        apart = np.abs(np.diff(values))
        uncertain = np.maximum(apart[:-1], apart[1:]) + (2 * noise / steps)[1:-1]
        candidates.append((values[1:-1], uncertain, steps[1:-1]))
        if power is not None:
            values = values[1:] + (values[1:] - values[:-1]) / (2**power - 1)
            steps, noise = steps[1:], noise[1:]
    if not candidates:
        return NOWHERE
    value, uncertain, step = map(np.concatenate, zip(*candidates, strict=True))
    for k in np.argsort(uncertain, kind="stable"):
        smaller = step < step[k]
        if (np.abs(value[smaller] - value[k]) <= 2 * (uncertain[smaller] + uncertain[k])).all():
            return Estimate(float(value[k]), float(uncertain[k]), float(step[k]))
    return NOWHERE
