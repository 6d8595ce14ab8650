"""What is known of the items of a sketch besides the graph (values, gradients, costs, lines of code), and what looks
wrong in it.

Magnitudes of gradients are compared by their norm (the root of the sum of squares), which a mean over more elements
leaves alone more than it does each element.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd._util.locations import Location
from autograd.drawing.sketch import Item, Role, Sketch
from autograd.drawing.text import plural
from autograd.drawing.watcher import Statistics, WatchedCall, Watcher
from autograd.engine.graph import Node
from autograd.profiling.profiler import Profile
from autograd.profiling.tables import Row, added_up

VANISHED = 1e-6  # of the largest gradient of a leaf
EXPLODED = 1e6  # times the gradient that the backward pass starts with
SATURATED = 0.5  # of the outputs lie where the function is flat
MARGIN = 0.01  # to 0 and 1, or to -1 and 1: the gradient of sigmoid is below 0.01 there, that of tanh below 0.02
DEAD = 0.5  # of the units are zero for the whole batch
SMALLEST_BATCH = 8  # in which that means anything
MOST_WARNINGS = 5  # of a kind, and names in one

SATURATING: Mapping[str, Callable[[Any], Any]] = {
    "sigmoid": lambda y: np.minimum(np.abs(y), np.abs(1 - y)) < MARGIN,
    "tanh": lambda y: 1 - np.abs(y) < MARGIN,
}

FINITE = Statistics.of(0.0)


@dataclass
class Facts:
    """What was asked for, of the items that there are by Node, Leaf, Input or watched call.

    values, gradients  the statistics of each item's value, and of its gradient.
    """

    watcher: Watcher
    items: Mapping[Any, Item]
    profile: Profile | None = None
    values: dict[Item, Statistics] = field(default_factory=dict)
    gradients: dict[Item, Statistics] = field(default_factory=dict)

    def measure(self, sketch: Sketch, found: Mapping[Any, Any], ends: Sequence[Item]) -> None:
        """Fill in the statistics.

        found  the gradient of each leaf; that of each of the `ends` is 1.
        """
        for item in sketch.items:
            source = item.source
            if source in self.watcher.values:  # what it was when it was made
                self.values[item] = self.watcher.values[source]
            elif item.value is not None and item.role is not Role.SEED:
                self.values[item] = Statistics.of(item.value)
            if not item.is_backward and source in self.watcher.gradients:
                self.gradients[item] = self.watcher.gradients[source]
            elif source in found:
                self.gradients[item] = Statistics.of(found[source])
        self.gradients |= {end: Statistics.of(np.ones(end.shape or ())) for end in ends}

    def cost(self, item: Item) -> Row | None:
        """That of a call of the forward pass, or of all that is folded into an item."""
        if self.profile is None:
            return None
        parts = [part.source for part in item.all() if part.role is Role.CALL and isinstance(part.source, Node)]
        calls = [call for part in parts if (call := self.profile.of(part)) is not None]
        return added_up(item.name, "", calls) if calls else None

    def location(self, item: Item) -> Location | None:
        """The user's line; of a rule, the line of the call whose rule it is."""
        source = item.source if item.of is None else item.of.source
        call: Any = source if isinstance(source, WatchedCall) else self.watcher.calls.get(source)
        if call is None and self.profile is not None and isinstance(source, Node):
            call = self.profile.of(source)
        return None if call is None else call.location

    def told(self, item: Item) -> str:
        """Which item is meant, in a sentence: "relu in layers.1 (mlp.py:12)"."""
        if not item.is_call:
            return f"the constant {item.name}" if item.role is Role.CONSTANT else item.name
        module = "" if item.box is None else f" in {item.box.name.partition(':')[0]}"
        location = self.location(item)
        return f"{item.name}{module}" + (f" ({location.brief})" if location is not None else "")


# -- alarms ------------------------------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class Alarm:
    """That something is wrong with an item: whether it is a cause or only affected by another, and the sentences."""

    is_cause: bool = False
    texts: list[str] = field(default_factory=list)


Alarms = dict[Item, Alarm]
Diagnosis = tuple[Sequence[Item], bool, str]
"""Items, whether they are causes, and a sentence on them, or "" if another has it."""


def find_alarms(items: Sequence[Item], facts: Facts) -> tuple[Alarms, list[str]]:
    """The items to mark, and the warnings."""
    forward = [item for item in items if not item.is_backward]
    alarms: Alarms = {}
    warnings: list[str] = []
    for check in (_values_not_finite, _no_gradient_passes, _gradients_not_finite, _magnitudes):
        texts = []
        for marked, is_cause, text in check(forward, facts):
            for item in marked:
                alarm = alarms.setdefault(item, Alarm())
                alarm.is_cause |= is_cause
                alarm.texts += [text] if text else []
            texts += [text] if text else []
        warnings += texts[:MOST_WARNINGS]
        if len(texts) > MOST_WARNINGS:
            warnings.append(f"There are {len(texts) - MOST_WARNINGS:,} more warnings of the kind of the last.")
    if missing := sum(item.is_call and item not in facts.values for item in items):
        warnings.append(
            f"The values of {plural(missing, 'call')} are not known, because no rule keeps them; to see all, draw "
            f"the function that computes them: draw(f, x, values=True)."
        )
    return alarms, warnings


def _values_not_finite(items: Sequence[Item], facts: Facts) -> Iterator[Diagnosis]:
    """Where NaN or infinity comes from: a leaf that has it, or the first call whose inputs have not."""
    bad = [item for item in items if item in facts.values and not facts.values[item].is_finite]
    yield bad, False, ""
    order = ", the first call to do so"
    for item in bad:
        found, calls = facts.values[item], facts.watcher.calls
        what = f"{' and '.join(found.not_finite())} (of {plural(found.size, 'element')})"
        if item.is_leaf:
            yield [item], True, f"{facts.told(item)} has {what}."
        elif getattr(calls.get(item.source, item.source), "spoils", False):
            yield [item], True, f"{facts.told(item)} makes {what} of finite inputs{order}."
            order = ""
        elif order and item.is_call and item.source not in calls:
            yield [item], True, f"{facts.told(item)} is the first call known to give {what}."
            order = ""


def _no_gradient_passes(items: Sequence[Item], facts: Facts) -> Iterator[Diagnosis]:
    """Activations that pass hardly any gradient."""
    for item in items:
        found = facts.values.get(item)
        if found is None or not found.size or item.role is not Role.CALL:
            continue
        text = ""
        if item.name == "relu" and found.is_zero:
            text = "dead: all its outputs are zero, and no gradient passes"
        elif item.name == "relu":
            dead, units = dead_units(item.value)
            if dead >= DEAD * units > 0:
                zero = f"{dead:,} of {plural(units, 'unit')} are zero for the whole batch"
                text = f"mostly dead: {zero}, and learn nothing from it"
        elif item.name in SATURATING and isinstance(item.value, np.ndarray) and item.value.dtype.kind == "f":
            share = float(np.mean(SATURATING[item.name](item.value)))
            if share > SATURATED:
                text = f"saturated: {share:.0%} of its outputs lie where it is flat"
        if text:
            yield [item], True, f"{facts.told(item)} is {text}."


def dead_units(value: Any) -> tuple[int, int]:
    """How many units (the last axis) are zero for the whole batch (all other axes), and of how many.

    (0, 0) for what has no units, or too small a batch to tell.
    """
    if not isinstance(value, np.ndarray) or value.ndim < 2 or value.size < SMALLEST_BATCH * value.shape[-1]:
        return 0, 0
    return int(np.count_nonzero(~value.any(axis=tuple(range(value.ndim - 1))))), value.shape[-1]


def _gradients_not_finite(items: Sequence[Item], facts: Facts) -> Iterator[Diagnosis]:
    """Where a gradient becomes NaN or infinite although the values are finite."""
    yield [item for item in items if item in facts.gradients and not facts.gradients[item].is_finite], False, ""
    order = ", the first of the backward pass to do so"
    for item in reversed(items):
        if item.source in facts.watcher.spoilers and facts.values.get(item, FINITE).is_finite:
            rules = f"The rules of {facts.told(item)}"
            yield [item], True, f"{rules} make a gradient that is not finite of one that is{order}."
            order = ""


def _magnitudes(items: Sequence[Item], facts: Facts) -> Iterator[Diagnosis]:
    """Gradients of leaves that are zero, or far smaller than others, or far larger than what they come from."""
    gradients = {item: facts.gradients[item] for item in items if item in facts.gradients}
    norms = {item: found.norm for item, found in gradients.items() if math.isfinite(found.norm)}
    leaves = {item: norm for item, norm in norms.items() if item.is_leaf}
    start = max((norm for item, norm in norms.items() if item.is_end), default=1.0)
    largest = max(leaves.values(), default=0.0)

    def on_all(marked: Sequence[Item], text: str) -> Diagnosis:
        others = f" and {len(marked) - MOST_WARNINGS:,} more" if len(marked) > MOST_WARNINGS else ""
        names = ", ".join(map(facts.told, marked[:MOST_WARNINGS]))
        return marked, False, f"The gradient of {names}{others} {text}." if marked else ""

    exploded = [item for item, norm in leaves.items() if norm > EXPLODED * start]
    yield [item for item, norm in norms.items() if norm > EXPLODED * start], False, ""
    times = f"over {EXPLODED:,.0f} times that of the output's gradient"
    yield on_all(exploded, f"has exploded: its norm, up to {largest:.1e}, is {times}")
    yield on_all([item for item in leaves if gradients[item].is_zero], "is zero everywhere")
    if exploded:  # then that is what makes the others look small
        return
    yield [item for item, norm in norms.items() if norm < VANISHED * largest and item.is_call], False, ""
    vanished = [item for item, norm in leaves.items() if 0 < norm < VANISHED * largest]
    yield on_all(vanished, f"has vanished: its norm is less than a millionth of the largest of a leaf, {largest:.1e}")
