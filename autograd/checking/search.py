"""The gradient of one order, number by number or along random directions: the worst that is found."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.analytic import complex_slope, is_analytic
from autograd.checking.differences import LossAlongLine, Quick, quick, sweep
from autograd.checking.subject import InputElement, Subject
from autograd.checking.tolerance import ROUNDINGS, TINY, Tolerance
from autograd.checking.verdicts import Comparison, Verdict, judge
from autograd.engine.graph import Array

BESIDE = np.array([1.0, 2.3, 3.1, 4.7, 5.9, 7.4])  # in no step with whatever rounding repeats
ONE_BY_ONE = 256  # so many numbers are looked at one by one where a direction has shown that something is wrong


@dataclass(frozen=True)
class SearchOptions:
    rtol: float = 1e-7
    fast: bool = False
    directions: int = 5
    allow_kinks: bool = False
    seed: int = 0


class Spot(NamedTuple):
    """A line to look along, and what it is."""

    line: LossAlongLine
    analytic: float
    vector: Array | None
    """The direction, as `Subject.flat` holds it; None: the unit vector of `position`."""
    position: int


class Closest(NamedTuple):
    """Where, of all lines on which the gradient is right, it is farthest from the differences."""

    error: float
    """Relative to the largest gradient."""
    analytic: float = math.nan
    numeric: float = math.nan
    spot: Spot | None = None


@dataclass
class Search:
    """What was found for the gradient of one order."""

    subject: Subject
    order: int
    options: SearchOptions
    gradients: list[Array]
    worst: Comparison | None = None
    element: InputElement | None = None
    skip: frozenset[int] = frozenset()
    """Positions to leave out: kinks of the order before."""
    kinks: frozenset[int] = frozenset()
    """Positions where the slopes on both sides differ, and the gradient lies between them; with those to skip."""
    has_kinks: bool = False
    """Whether there were any, along directions, too."""
    count: int = 0

    def __post_init__(self) -> None:
        self.analytic = self.subject.flat(self.gradients) if self.gradients else np.zeros(0)
        finite = np.abs(self.analytic[np.isfinite(self.analytic)])
        self.scale = float(finite.max(initial=0))
        self.tolerance = Tolerance(self.options.rtol, self.scale)
        self.kinks = self.skip
        self.closest = Closest(-1.0)
        loss, terms = self.subject.here(self.order)
        x = self.subject.flat([self.subject.before[k] for k in self.subject.moved])
        rounded = np.abs(np.concatenate([terms, self.analytic * x]))
        magnitude = float(np.linalg.norm(rounded[np.isfinite(rounded)]))
        self.here = loss, float(np.sum(np.abs(terms))), magnitude
        self.is_analytic = self.order == 1 and is_analytic(self.subject)

    def run(self) -> Search:
        if self.options.fast:
            self.look(self.directions())
            if self.worst is not None:
                self.narrow()
        else:
            self.look(self.spot(k) for k in range(len(self.analytic)) if k not in self.skip)
        return self

    # -- lines --------------------------------------------------------------------------------------------------------

    def spot(self, position: int) -> Spot:
        element = self.subject.elements[position]
        line = self.subject.along_element(element, self.order, self.here)
        return Spot(line, float(self.analytic[position]), None, position)

    def along(self, v: Array) -> Spot:
        return Spot(self.subject.direction(v, self.order, self.here), float(self.analytic @ v), v, -1)

    def directions(self) -> Iterator[Spot]:
        rng = np.random.default_rng(self.options.seed + 1)
        for _ in range(self.options.directions if len(self.analytic) else 0):
            v = random_direction(len(self.analytic), rng)
            v[list(self.skip)] = 0
            yield self.along(v)

    # -- judging ------------------------------------------------------------------------------------------------------

    def look(self, spots: Iterable[Spot]) -> None:
        """Judge each line by a few steps, and where they do not settle it by all of them, the worst first."""
        open_ones: list[tuple[float, int, Spot, float]] = []
        for spot in spots:
            self.count += 1
            found = quick(spot.line)
            by_complex = self.by_complex_step(spot)
            error = abs(found.slope - spot.analytic)
            if self.is_settled(spot.analytic, found, by_complex):
                self.note_agreement(spot, found.slope)
            else:
                badness = error / max(abs(found.slope), abs(spot.analytic), 1e-300)
                open_ones.append((-badness if math.isfinite(badness) else -1.0, self.count, spot, by_complex))
        for _, _, spot, by_complex in sorted(open_ones, key=lambda item: item[:2]):
            finding = self.second_opinion(self.judged(spot), spot, by_complex)
            if finding.verdict == Verdict.AGREE:
                self.note_agreement(spot, finding.numeric)
            elif finding.verdict == Verdict.KINK and finding.is_between and self.options.allow_kinks:
                self.has_kinks = True
                self.kinks |= {spot.position} if spot.vector is None else set()
            elif self.worst is None or finding.severity > self.worst.severity:
                self.worst, self.element = finding, self.element_of(spot)
            if finding.verdict == Verdict.WRONG:
                break

    def note_agreement(self, spot: Spot, numeric: float) -> None:
        error = abs(spot.analytic - numeric) / max(self.scale, abs(spot.analytic), 1e-300)
        if error > self.closest.error:
            self.closest = Closest(error, spot.analytic, numeric, spot)

    def judged(self, spot: Spot) -> Comparison:
        magnitude = max(spot.line.magnitude, self.subject.magnitude(self.order)[0])
        line = spot.line._replace(magnitude=magnitude)
        finding = judge(sweep(line), spot.analytic, self.tolerance)
        if finding.verdict == Verdict.WRONG:
            apart, doubt = abs(finding.analytic - finding.numeric), 3 * finding.uncertainty + self.doubt(spot)
            if apart <= self.options.rtol * abs(finding.analytic) + doubt:
                finding = replace(finding, verdict=Verdict.AGREE, uncertainty=doubt, reason="")
                if not self.tolerance.is_known(abs(finding.analytic), doubt):
                    reason = "rounding changes the gradient itself as much as the differences"
                    finding = replace(finding, verdict=Verdict.NOISE, reason=reason)
        return finding

    def doubt(self, spot: Spot) -> float:
        """How far rounding may have changed the gradient itself."""
        v = self.unit(spot.position) if spot.vector is None else spot.vector
        _, added = self.subject.magnitude(self.order)
        return float(np.abs(v) @ (ROUNDINGS * self.subject.eps * added + 4 * self.scatter))

    @cached_property
    def scatter(self) -> Array:
        """How far gradients at points beside x, as near as the function can tell apart, are from a straight line."""
        subject = self.subject
        found: Any = []
        terms, added = subject.magnitude(self.order)
        x = subject.flat([subject.before[k] for k in subject.moved])
        size = np.maximum(np.where(x == 0, 1, np.abs(x)), np.minimum(terms / np.maximum(added, TINY), 1e8))
        step = subject.eps * size * random_direction(len(x), np.random.default_rng(self.options.seed))
        for t in BESIDE:
            inputs = list(subject.inputs)
            for k, moved in zip(subject.moved, subject.unflat(x + t * step), strict=True):
                inputs[k] = moved.astype(inputs[k].dtype)
            found.append(subject.flat(subject.gradients(inputs, self.order)))
        t, found = BESIDE - BESIDE.mean(), np.array(found) - np.mean(found, axis=0)
        apart = np.abs(found - np.outer(t, t @ found / (t @ t))).max(axis=0)
        return np.where(np.isfinite(apart), apart, 0)

    def unit(self, position: int) -> Array:
        v = np.zeros(len(self.analytic))
        v[position] = 1
        return v

    def is_settled(self, analytic: float, found: Quick, by_complex: float) -> bool:
        """Whether a few differences show that the gradient is right, and the complex step does not say otherwise."""
        larger = max(abs(analytic), abs(found.slope))
        if not math.isfinite(larger) or found.rounding > 1e-3 * (self.scale or 1.0):
            return False
        agrees = abs(analytic - found.slope) <= self.tolerance.of_quick(larger, found.rounding) and found.is_smooth
        return agrees and (
            math.isnan(by_complex) or abs(analytic - by_complex) <= self.tolerance.of_complex_step(analytic)
        )

    def by_complex_step(self, spot: Spot) -> float:
        if not self.is_analytic:
            return math.nan
        v = self.unit(spot.position) if spot.vector is None else spot.vector
        return complex_slope(self.subject, self.subject.unflat(v))

    def second_opinion(self, finding: Comparison, spot: Spot, by_complex: float) -> Comparison:
        """What the complex step, where it can be had, makes of a verdict by differences."""
        analytic = finding.analytic
        if finding.verdict not in (Verdict.AGREE, Verdict.NOISE) or not math.isfinite(by_complex):
            return finding
        apart, exact = abs(analytic - by_complex), self.tolerance.of_complex_step(analytic)
        if finding.verdict == Verdict.NOISE and apart <= exact:
            return replace(finding, verdict=Verdict.AGREE, numeric=by_complex, uncertainty=0.0, reason="")
        trusted = self.options.rtol * (abs(analytic) + self.scale) + 3 * finding.uncertainty
        is_trusted = finding.verdict == Verdict.NOISE or abs(finding.numeric - by_complex) <= trusted
        if is_trusted and apart > exact + self.doubt(spot):
            reason = "the gradient and the complex step disagree"
            return replace(finding, verdict=Verdict.WRONG, numeric=by_complex, uncertainty=0.0, reason=reason)
        return finding

    # -- from a direction to a number ---------------------------------------------------------------------------------

    def narrow(self) -> None:
        """Find a number whose gradient is not right, where a direction shows that there is one: by halves."""
        first, positions = self.worst, np.arange(len(self.analytic))
        rng = np.random.default_rng(self.options.seed)
        while len(positions) > ONE_BY_ONE:
            for half in np.array_split(positions, 2):
                v = np.zeros(len(self.analytic))
                v[half] = random_direction(len(half), rng)
                spot = self.along(v)
                if not self.is_settled(spot.analytic, quick(spot.line), math.nan):
                    positions = half
                    break
            else:
                return
        self.worst = None
        self.look(map(self.spot, positions.tolist()))
        if self.worst is None and not self.has_kinks:
            self.worst, self.element = first, None

    def element_of(self, spot: Spot) -> InputElement | None:
        return None if spot.position < 0 else self.subject.elements[spot.position]


def random_direction(n: int, rng: np.random.Generator) -> Array:
    return rng.uniform(0.5, 1.5, n) * rng.choice([-1.0, 1.0], n)
