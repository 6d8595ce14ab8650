"""The watcher: sees a function run, forward and backward, and notes what a graph does not keep.

Which line made a call, what its constants were, which calls no gradient flows through, which belong to the backward
pass, and, if asked, what the values were like. It keeps the arrays that it sees until it is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from autograd._util.locations import Location, location
from autograd.drawing.text import digits_text, percent_text
from autograd.engine.graph import Leaf, Node, Options, Scope, next_order
from autograd.engine.modes import SCOPE, current
from autograd.engine.observer import Observer
from autograd.engine.tensor import Tensor

ROUNDING = 1e-7  # of the largest element: a mean or a spread below that is no more than the rounding of a float32


@dataclass(eq=False, slots=True)
class Input:
    """An array that a function was given, to which no gradient flows."""

    name: str
    value: Any
    order: int


@dataclass(eq=False, slots=True)
class WatchedCall:
    """A call that was watched.

    order    places it among the nodes and leaves of the graph.
    is_rule  it was made in a backward pass, by a rule of the call `of`.
    spoils   its output is not finite, although its inputs are.
    """

    fn: Any
    args: Sequence[Any]
    options: Options
    output: Any
    order: int
    scope: Scope
    location: Location | None
    is_rule: bool
    of: Node | None = None
    spoils: bool = False


class Watcher(Observer):
    """An observer of one run.

    calls      by node.
    made_by    by the id of an array: the Node, Leaf, Input or watched call that it came from.
    values     if they are measured, the statistics of the output of each node or watched call.
    gradients  likewise, of the gradient that came into each node.
    spoilers   the nodes whose rules made a gradient that is not finite of one that is.
    """

    def __init__(self, measure: bool = False) -> None:
        self.measure = measure
        self.calls: dict[Node, WatchedCall] = {}
        self.made_by: dict[int, Any] = {}
        self.values: dict[Any, Statistics] = {}
        self.gradients: dict[Any, Statistics] = {}
        self.spoilers: set[Node] = set()
        self._is_in_backward = False
        self._of_rules: list[WatchedCall] = []  # of the node whose rules are running
        self._kept: list[Any] = []  # so that no other array gets the id of one that is gone

    def note(self, array: Any, source: Any) -> None:
        """Remember where an array comes from."""
        if isinstance(array, np.ndarray):
            self._kept.append(array)
            self.made_by[id(array)] = source

    def source_of(self, value: Any) -> Any:
        """Where an array, or the one that it is a view of, comes from; None if that was not seen."""
        while isinstance(value, np.ndarray):
            if (source := self.made_by.get(id(value))) is not None:
                return source
            value = value.base
        return None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        before, self._is_in_backward = self._is_in_backward, self._is_in_backward or name == "backward"
        try:
            yield
        finally:
            self._is_in_backward = before

    def on_call(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        for arg, parent in zip(args, node.parents if node is not None else (), strict=False):
            if isinstance(parent, Leaf):
                self.note(arg, parent)
        order = next_order() if node is None else node.order
        call = WatchedCall(fn, args, options, output, order, current()[SCOPE], location(), self._is_in_backward)
        source = call if node is None else node
        if node is not None:
            self.calls[node] = call
        if node is not None or any(self.source_of(arg) is not None for arg in args):
            for part in output if isinstance(output, list | tuple) else (output,):
                self.note(part, source)
        if call.is_rule:
            self._of_rules.append(call)
        if self.measure:
            self.values[source] = found = Statistics.of(output)
            call.spoils = not found.is_finite and all(map(all_finite, args))

    def on_backward(self, node: Node, g: Any, gx: Mapping[int, Any], seconds: float) -> None:
        for call in self._of_rules:
            call.of = node
        self._of_rules = []
        if self.measure:
            self.gradients[node] = found = Statistics.of(g)
            if found.is_finite and not all(map(all_finite, gx.values())):
                self.spoilers.add(node)


def all_finite(value: Any) -> bool:
    value = value.data if isinstance(value, Tensor) else value
    if isinstance(value, list | tuple):
        return all(map(all_finite, value))
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


# -- statistics --------------------------------------------------------------------------------------------------------


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
