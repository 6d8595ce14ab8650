"""The watcher: sees a function run, forward and backward, and notes what a graph does not keep.

Which line made a call, what its constants were, which calls no gradient flows through, which belong to the backward
pass, and, if asked, what the values were like. It keeps the arrays that it sees until it is dropped.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from autograd._util.locations import Location, location
from autograd.drawing.statistics import Statistics
from autograd.engine import backward as engine
from autograd.engine.graph import Leaf, Node, Options, Scope, next_order
from autograd.engine.modes import SCOPE, current
from autograd.engine.observer import Observer
from autograd.engine.tensor import Tensor

IN_BACKWARD = engine.backward.__code__


@dataclass(eq=False, slots=True)
class Input:
    """An array that a function was given, to which no gradient flows."""

    name: str
    value: Any
    order: int


@dataclass(eq=False, slots=True)
class Seen:
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
        self.calls: dict[Node, Seen] = {}
        self.made_by: dict[int, Any] = {}
        self.values: dict[Any, Statistics] = {}
        self.gradients: dict[Any, Statistics] = {}
        self.spoilers: list[Node] = []
        self._of_rules: list[Seen] = []  # of the node whose rules are running
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

    def on_call(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        for arg, parent in zip(args, node.parents if node is not None else (), strict=False):
            if isinstance(parent, Leaf):
                self.note(arg, parent)
        order = next_order() if node is None else node.order
        call = Seen(fn, args, options, output, order, current()[SCOPE], location(), _is_in_backward())
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
            call.spoils = not found.is_finite and all(map(is_finite, args))

    def on_backward(self, node: Node, g: Any, gx: Mapping[int, Any], seconds: float) -> None:
        for call in self._of_rules:
            call.of = node
        self._of_rules = []
        if self.measure:
            self.gradients[node] = found = Statistics.of(g)
            if found.is_finite and not all(map(is_finite, gx.values())):
                self.spoilers.append(node)


def is_finite(value: Any) -> bool:
    value = value.data if isinstance(value, Tensor) else value
    if isinstance(value, list | tuple):
        return all(map(is_finite, value))
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def _is_in_backward() -> bool:
    """Whether the call that is being noted was made by a backward pass."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code is IN_BACKWARD:
            return True
        frame = frame.f_back
    return False
