"""Observers of a run: which functions are called, how precisely they compute, and from which line they are called.

They pass over checkpoints: the calls made in one are seen themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd._util.locations import Location, location
from autograd.engine.dispatch import plain
from autograd.engine.graph import Leaf, Node, Options
from autograd.engine.observer import Observer
from autograd.functional.checkpointing import Checkpoint


class RecordedCall(NamedTuple):
    """A recorded call with its live values."""

    node: Node
    args: Sequence[Any]
    options: Options
    location: Location | None


def is_checkpoint(node: Node | None) -> bool:
    return node is not None and isinstance(node.operation, Checkpoint)


class Calls(Observer):
    """Notes which functions are called, and in what precision those of the graph compute."""

    def __init__(self) -> None:
        self.functions: set[Any] = set()
        self.dtypes: set[np.dtype[Any]] = set()

    def on_call(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        if is_checkpoint(node):
            return
        self.functions.add(fn)
        if node is not None:
            self.dtypes.update(part.dtype for part in (output if isinstance(output, list | tuple) else (output,)))

    @property
    def eps(self) -> float:
        """The relative rounding error of the least precise call."""
        return max((float(np.finfo(dtype).eps) for dtype in self.dtypes if dtype.kind in "fc"), default=0.0)


class Magnitudes(Observer):
    """What is rounded on the way, as far as it makes a difference: times the precision, the rounding error.

    squares  of the end result: the sum of |g * y|**2 and |gx * x|**2 over all calls, as if each rounded its output and
             its inputs (Higham 2002, "Accuracy and Stability of Numerical Algorithms", sections 1.5 and 3.3). Squares,
             because roundings fall to both sides.
    curved   the sum of |g * y| over calls whose rules depend on values, and may round them.
    added    by leaf, the sum of |gx| over calls that add to its gradient.
    """

    def __init__(self) -> None:
        self.values: dict[Node, tuple[Any, Sequence[Any]]] = {}
        self.restart()

    def restart(self) -> None:
        self.squares = self.curved = 0.0
        self.added: dict[Leaf, Any] = {}

    def on_call(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        if node is not None and not is_checkpoint(node):
            self.values[node] = output, args

    def on_backward(self, node: Node, g: Any, gx: Any, seconds: float) -> None:
        if node not in self.values:
            return
        y, args = self.values[node]
        ys = y if isinstance(y, list | tuple) else (y,)
        gs = g if isinstance(g, tuple) else (g,)
        for k, part in gx.items():
            leaf = node.parents[k]
            if isinstance(leaf, Leaf):
                self.added[leaf] = self.added.get(leaf, 0.0) + np.abs(plain(part))
        for value, part in (*zip(ys, gs, strict=False), *((args[k], part) for k, part in gx.items())):
            self.squares += size_of(value, part) ** 2
        if node.plan.sources:
            self.curved += sum(size_of(value, part, 1) for value, part in zip(ys, gs, strict=False))


def size_of(value: Any, g: Any, order: int = 2) -> float:
    """The norm of value * g; 0 if there is no g, or it is not finite."""
    if g is None:
        return 0.0
    size = float(np.linalg.norm(np.ravel(value * plain(g)), order))
    return size if np.isfinite(size) else 0.0


class LocatedCalls(Observer):
    """Notes each call of the graph, and the line of the user's that it comes from."""

    def __init__(self) -> None:
        self.calls: list[RecordedCall] = []

    def on_call(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        if node is not None and not is_checkpoint(node):
            self.calls.append(RecordedCall(node, args, options, location()))
