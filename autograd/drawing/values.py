"""What values and gradients are like, in numbers, and what looks wrong in them.

Magnitudes of gradients are compared by their norm (the root of the sum of squares), which a mean over more elements
leaves alone more than it does each element.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from autograd.drawing.sketch import Item, Role
from autograd.drawing.text import digits_text, percent_text, plural
from autograd.engine.tensor import Tensor

ROUNDING = 1e-7  # of the largest element: a mean or a spread below that is no more than the rounding of a float32
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


class Statistics(NamedTuple):
    """Of the finite elements of an array; of complex numbers, of their absolute values."""

    size: int
    mean: float
    std: float
    low: float
    high: float
    norm: float
    """The square root of the sum of the squares."""
    zeros: int
    nans: int
    infinities: int

    @classmethod
    def of(cls, value: Any) -> Self:
        """`value` is an array, a Tensor, or several; None is nothing."""
        parts = value if isinstance(value, list | tuple) else (value,)
        arrays = [np.asarray(part.data if isinstance(part, Tensor) else part).ravel() for part in parts]
        arrays = [array for array in arrays if array.dtype.kind in "biufc"]
        flat = arrays[0] if len(arrays) == 1 else np.concatenate(arrays) if arrays else np.zeros(0)
        numbers = np.abs(flat) if flat.dtype.kind == "c" else flat.astype(float, copy=False)
        is_finite = np.isfinite(numbers)
        finite, nans, infinities = numbers, 0, 0
        if not is_finite.all():
            finite, nans = numbers[is_finite], int(np.count_nonzero(np.isnan(numbers)))
            infinities = numbers.size - finite.size - nans
        if not finite.size:
            return cls(flat.size, math.nan, math.nan, math.nan, math.nan, math.nan, 0, nans, infinities)
        with np.errstate(over="ignore", invalid="ignore"):
            mean, std, norm = float(finite.mean()), float(finite.std()), float(np.linalg.norm(finite))
        zeros = finite.size - int(np.count_nonzero(finite))
        return cls(flat.size, mean, std, float(finite.min()), float(finite.max()), norm, zeros, nans, infinities)

    @property
    def is_finite(self) -> bool:
        return not (self.nans or self.infinities)

    @property
    def is_zero(self) -> bool:
        return self.size > 0 and self.zeros == self.size

    def not_finite(self) -> list[str]:
        """How many numbers are none: "3 NaN", "1 inf"."""
        return [f"{number:,} {name}" for number, name in ((self.nans, "NaN"), (self.infinities, "inf")) if number]

    def lines(self, digits: int = 2) -> list[str]:
        """In short lines: "0.41 ± 0.58", mean and standard deviation; and "0 to 3.2, 48% zeros"."""
        if not self.size:
            return ["empty"]
        bad = self.not_finite()
        if self.nans + self.infinities == self.size:
            return [", ".join(bad)]
        if self.low == self.high and not bad:
            return [f"all {digits_text(self.low, digits)}" if self.size > 1 else digits_text(self.low, digits + 1)]
        size = max(abs(self.low), abs(self.high))
        moments = (0.0 if abs(x) < ROUNDING * size else x for x in (self.mean, self.std))
        mean, std, low, high = (digits_text(x, digits) for x in (*moments, self.low, self.high))
        lines = [f"{mean} ± {std}", f"{low} to {high}"]
        if self.zeros:
            lines[1] += f", {percent_text(self.zeros, self.size)} zeros"
        return [*lines, ", ".join(bad)] if bad else lines

    def __str__(self) -> str:
        return ", ".join(self.lines(3))


def all_finite(value: Any) -> bool:
    value = value.data if isinstance(value, Tensor) else value
    if isinstance(value, list | tuple):
        return all(map(all_finite, value))
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def measure(
    items: Sequence[Item], values: Mapping[Any, Statistics], gradients: Mapping[Any, Statistics], ends: Sequence[Item]
) -> None:
    """Fill in what is measured of items; the gradient of each of the `ends` is 1.

    values, gradients  by the source of an item, of what was measured when it was made; other values are, now.
    """
    for item in items:
        if item.source in values:
            item.measured = values[item.source]
        elif item.value is not None and item.role is not Role.SEED:
            item.measured = Statistics.of(item.value)
        if item.source in gradients and not item.is_backward:
            item.gradient = gradients[item.source]
    for end in ends:
        end.gradient = Statistics.of(np.ones(end.shape or ()))


# -- alarms ------------------------------------------------------------------------------------------------------------


Alarms = dict[Item, list[tuple[bool, str]]]
"""What is wrong with items: of each thing whether they cause it, and a sentence, or "" if another item has it."""
Diagnosis = tuple[Sequence[Item], bool, str]


def find_alarms(
    items: Sequence[Item], watched: Container[Any], spoilers: Container[Any], spoiling_rules: Container[Any]
) -> tuple[Alarms, list[str]]:
    """The items to mark, and the warnings. What was watched, and what spoils, is what the `Watcher` says."""
    forward = [item for item in items if not item.is_backward]
    alarms: Alarms = {}
    warnings: list[str] = []
    for found in (
        _values_not_finite(forward, watched, spoilers),
        _no_gradient_passes(forward),
        _gradients_not_finite(forward, spoiling_rules),
        _magnitudes(forward),
    ):
        texts = []
        for marked, is_cause, text in found:
            for item in marked:
                alarms.setdefault(item, []).append((is_cause, text))
            texts += [text] if text else []
        warnings += texts[:MOST_WARNINGS]
        if len(texts) > MOST_WARNINGS:
            warnings.append(f"There are {len(texts) - MOST_WARNINGS:,} more warnings of the kind of the last.")
    if missing := sum(item.is_call and item.measured is None for item in items):
        warnings.append(
            f"The values of {plural(missing, 'call')} are not known, because no rule keeps them; to see all, draw "
            f"the function that computes them: draw(f, x, values=True)."
        )
    return alarms, warnings


def _values_not_finite(items: Sequence[Item], watched: Container[Any], spoilers: Container[Any]) -> Iterator[Diagnosis]:
    """Where NaN or infinity comes from: a leaf that has it, or the first call whose inputs have not."""
    bad = [(item, item.measured) for item in items if item.measured is not None and not item.measured.is_finite]
    yield [item for item, _ in bad], False, ""
    order = ", the first call to do so"
    for item, found in bad:
        what = f"{' and '.join(found.not_finite())} (of {plural(found.size, 'element')})"
        if item.is_leaf:
            yield [item], True, f"{told(item)} has {what}."
        elif item.source in spoilers:
            yield [item], True, f"{told(item)} makes {what} of finite inputs{order}."
            order = ""
        elif order and item.is_call and item.source not in watched:
            yield [item], True, f"{told(item)} is the first call known to give {what}."
            order = ""


def _no_gradient_passes(items: Sequence[Item]) -> Iterator[Diagnosis]:
    """Activations that pass hardly any gradient."""
    for item in items:
        found = item.measured
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
            yield [item], True, f"{told(item)} is {text}."


def told(item: Item) -> str:
    """Which item is meant, in a sentence: "relu in layers.1 (mlp.py:12)"."""
    if not item.is_call:
        return f"the constant {item.name}" if item.role is Role.CONSTANT else item.name
    module = "" if item.box is None else f" in {item.box.name.partition(':')[0]}"
    return f"{item.name}{module}" + (f" ({item.location.brief})" if item.location is not None else "")


def dead_units(value: Any) -> tuple[int, int]:
    """How many units (the last axis) are zero for the whole batch (all other axes), and of how many.

    (0, 0) for what has no units, or too small a batch to tell.
    """
    if not isinstance(value, np.ndarray) or value.ndim < 2 or value.size < SMALLEST_BATCH * value.shape[-1]:
        return 0, 0
    return int(np.count_nonzero(~value.any(axis=tuple(range(value.ndim - 1))))), value.shape[-1]


def _gradients_not_finite(items: Sequence[Item], spoiling_rules: Container[Any]) -> Iterator[Diagnosis]:
    """Where a gradient becomes NaN or infinite although the values are finite."""
    yield [item for item in items if item.gradient is not None and not item.gradient.is_finite], False, ""
    order = ", the first of the backward pass to do so"
    for item in reversed(items):
        if item.source in spoiling_rules and (item.measured is None or item.measured.is_finite):
            rules = f"The rules of {told(item)}"
            yield [item], True, f"{rules} make a gradient that is not finite of one that is{order}."
            order = ""


def _magnitudes(items: Sequence[Item]) -> Iterator[Diagnosis]:
    """Gradients of leaves that are zero, or far smaller than others, or far larger than what they come from."""
    gradients = {item: item.gradient for item in items if item.gradient is not None}
    norms = {item: found.norm for item, found in gradients.items() if math.isfinite(found.norm)}
    leaves = {item: norm for item, norm in norms.items() if item.is_leaf}
    start = max((norm for item, norm in norms.items() if item.is_end), default=1.0)
    largest = max(leaves.values(), default=0.0)

    def on_all(marked: Sequence[Item], text: str) -> Diagnosis:
        others = f" and {len(marked) - MOST_WARNINGS:,} more" if len(marked) > MOST_WARNINGS else ""
        names = ", ".join(map(told, marked[:MOST_WARNINGS]))
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
