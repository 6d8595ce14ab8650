"""What looks wrong in the values and gradients of a graph: the items to mark, and a sentence on each.

Magnitudes of gradients are compared by their norm (the root of the sum of squares), which a mean over more elements
leaves alone more than it does each element.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.drawing.sketch import BACKWARD, CALLS, ENDS, LEAVES, Item, Role
from autograd.drawing.statistics import Statistics
from autograd.drawing.watching import Watcher
from autograd.drawing.words import count

VANISHED = 1e-6  # of the largest gradient of a leaf
EXPLODED = 1e6  # times the gradient that the backward pass starts with
SATURATED = 0.5  # of the outputs lie where the function is flat
MARGIN = 0.01  # to 0 and 1, or to -1 and 1: the gradient of sigmoid is below 0.01 there, that of tanh below 0.02
DEAD = 0.5  # of the units are zero for the whole batch
BATCH = 8  # the smallest in which that means anything
MOST = 5  # sentences of a kind, and names in a sentence

FLAT: Mapping[str, Callable[[Any], Any]] = {
    "sigmoid": lambda y: np.minimum(np.abs(y), np.abs(1 - y)) < MARGIN,
    "tanh": lambda y: 1 - np.abs(y) < MARGIN,
}

FINITE = Statistics.of(0.0)


@dataclass(eq=False, slots=True)
class Alarm:
    """That something is wrong with an item: whether it is a cause or only affected by another, and the sentences."""

    is_cause: bool = False
    texts: list[str] = field(default_factory=list)


Alarms = dict[Item, Alarm]
Finding = tuple[Sequence[Item], bool, str]
"""Items, whether they are causes, and a sentence on them, or "" if another finding has it."""
Named = Callable[[Item], str]


def find(
    items: Sequence[Item],
    values: Mapping[Item, Statistics],
    gradients: Mapping[Item, Statistics],
    watcher: Watcher,
    named: Named,
) -> tuple[Alarms, list[str]]:
    """The items to mark, and the warnings.

    named  says which item is meant, for a sentence: "relu in layers.1 (mlp.py:12)".
    """
    forward = [item for item in items if item.role not in BACKWARD]
    alarms: Alarms = {}
    warnings: list[str] = []
    for findings in (
        _not_finite(forward, values, watcher, named),
        _flat(forward, values, named),
        _gradients_not_finite(forward, values, gradients, watcher, named),
        _magnitudes(forward, gradients, named),
    ):
        texts = []
        for marked, is_cause, text in findings:
            for item in marked:
                alarm = alarms.setdefault(item, Alarm())
                alarm.is_cause |= is_cause
                alarm.texts += [text] if text else []
            texts += [text] if text else []
        warnings += texts[:MOST]
        if len(texts) > MOST:
            warnings.append(f"There are {len(texts) - MOST:,} more warnings of the kind of the last.")
    return alarms, warnings


def _not_finite(
    items: Sequence[Item], values: Mapping[Item, Statistics], watcher: Watcher, named: Named
) -> Iterator[Finding]:
    """Where NaN or infinity comes from: a leaf that has it, or the first call whose inputs have not."""
    bad = [item for item in items if item in values and not values[item].is_finite]
    yield bad, False, ""
    order = ", the first call to do so"
    for item in bad:
        what = _bad_numbers(values[item])
        call = watcher.calls.get(item.source, item.source)
        if item.role in LEAVES:
            yield [item], True, f"{named(item)} has {what}."
        elif getattr(call, "spoils", False):
            yield [item], True, f"{named(item)} makes {what} of finite inputs{order}."
            order = ""
        elif order and item.role in CALLS and item.source not in watcher.calls:
            yield [item], True, f"{named(item)} is the first call known to give {what}."
            order = ""


def _bad_numbers(found: Statistics) -> str:
    parts = [f"{number:,} {name}" for number, name in ((found.nans, "NaN"), (found.infinities, "inf")) if number]
    return f"{' and '.join(parts)} (of {count(found.size, 'element')})"


def _flat(items: Sequence[Item], values: Mapping[Item, Statistics], named: Named) -> Iterator[Finding]:
    """Activations that pass hardly any gradient."""
    for item in items:
        found = values.get(item)
        if found is None or not found.size or item.role is not Role.CALL:
            continue
        if item.name == "relu" and found.is_zero:
            yield [item], True, f"{named(item)} is dead: all its outputs are zero, and no gradient passes."
        elif item.name == "relu":
            dead, units = dead_units(item.value)
            if dead >= DEAD * units > 0:
                text = f"{dead:,} of {count(units, 'unit')} are zero for the whole batch, and learn nothing from it"
                yield [item], True, f"{named(item)} is mostly dead: {text}."
        elif item.name in FLAT and isinstance(item.value, np.ndarray) and item.value.dtype.kind == "f":
            share = float(np.mean(FLAT[item.name](item.value)))
            if share > SATURATED:
                yield [item], True, f"{named(item)} is saturated: {share:.0%} of its outputs lie where it is flat."


def dead_units(value: Any) -> tuple[int, int]:
    """How many units (the last axis) are zero for the whole batch (all other axes), and of how many.

    (0, 0) for what has no units, or too small a batch to tell.
    """
    if not isinstance(value, np.ndarray) or value.ndim < 2 or value.size < BATCH * value.shape[-1]:
        return 0, 0
    return int(np.count_nonzero(~value.any(axis=tuple(range(value.ndim - 1))))), value.shape[-1]


def _gradients_not_finite(
    items: Sequence[Item],
    values: Mapping[Item, Statistics],
    gradients: Mapping[Item, Statistics],
    watcher: Watcher,
    named: Named,
) -> Iterator[Finding]:
    """Where a gradient becomes NaN or infinite although the values are finite."""
    yield [item for item in items if item in gradients and not gradients[item].is_finite], False, ""
    spoilers = set(watcher.spoilers)
    order = ", the first of the backward pass to do so"
    for item in reversed(items):
        if item.source in spoilers and values.get(item, FINITE).is_finite:
            yield [item], True, f"The rules of {named(item)} make a gradient that is not finite of one that is{order}."
            order = ""


def _magnitudes(items: Sequence[Item], gradients: Mapping[Item, Statistics], named: Named) -> Iterator[Finding]:
    """Gradients of leaves that are zero, or far smaller than others, or far larger than what they come from."""
    norms = {item: gradients[item].norm for item in items if item in gradients and math.isfinite(gradients[item].norm)}
    leaves = {item: norm for item, norm in norms.items() if item.role in LEAVES}
    start = max((norm for item, norm in norms.items() if item.role in ENDS), default=1.0)
    largest = max(leaves.values(), default=0.0)

    exploded = [item for item, norm in leaves.items() if norm > EXPLODED * start]
    yield [item for item, norm in norms.items() if norm > EXPLODED * start], False, ""
    text = f"has exploded: its norm, up to {largest:.1e}, is over {EXPLODED:,.0f} times that of the output's gradient"
    yield exploded, False, _on_all(exploded, text, named)
    zero = [item for item in leaves if gradients[item].is_zero]
    yield zero, False, _on_all(zero, "is zero everywhere", named)
    if exploded:  # then that is what makes the others look small
        return
    yield [item for item, norm in norms.items() if norm < VANISHED * largest and item.role in CALLS], False, ""
    vanished = [item for item, norm in leaves.items() if 0 < norm < VANISHED * largest]
    text = f"has vanished: its norm is less than a millionth of the largest of a leaf, {largest:.1e}"
    yield vanished, False, _on_all(vanished, text, named)


def _on_all(items: Sequence[Item], text: str, named: Named) -> str:
    """A sentence on the gradient of several."""
    if not items:
        return ""
    others = f" and {len(items) - MOST:,} more" if len(items) > MOST else ""
    return f"The gradient of {', '.join(named(item) for item in items[:MOST])}{others} {text}."
