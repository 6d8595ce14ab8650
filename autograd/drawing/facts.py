"""What is known of the items of a sketch besides the graph: values, gradients, costs, and lines of code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd._util.locations import Location
from autograd.drawing import alarms
from autograd.drawing.sketch import BACKWARD, CALLS, Item, Role, Sketch
from autograd.drawing.statistics import Statistics
from autograd.drawing.watching import Seen, Watcher
from autograd.drawing.words import count
from autograd.engine.graph import Node
from autograd.profiling.profiler import Call, Profile


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

    def measure(
        self, sketch: Sketch, found: Mapping[Any, Any], ends: Sequence[Item]
    ) -> tuple[alarms.Alarms, list[str]]:
        """Fill in the statistics, and return what looks wrong in them: see `alarms.find`.

        found  the gradient of each leaf; that of each of the `ends` is 1.
        """
        for item in sketch.items:
            source = item.source
            if source in self.watcher.values:  # what it was when it was made
                self.values[item] = self.watcher.values[source]
            elif item.value is not None and item.role is not Role.SEED:
                self.values[item] = Statistics.of(item.value)
            if item.role not in BACKWARD and source in self.watcher.gradients:
                self.gradients[item] = self.watcher.gradients[source]
            elif source in found:
                self.gradients[item] = Statistics.of(found[source])
        self.gradients |= {end: Statistics.of(np.ones(end.shape or ())) for end in ends}
        marked, warnings = alarms.find(sketch.items, self.values, self.gradients, self.watcher, self.named)
        if missing := sum(item.role in CALLS and item not in self.values for item in sketch.items):
            warnings.append(
                f"The values of {count(missing, 'call')} are not known, because no rule keeps them; to see all, draw "
                f"the function that computes them: draw(f, x, values=True)."
            )
        return marked, warnings

    def cost(self, item: Item) -> Call | None:
        """That of a call of the forward pass, or of all that is folded into an item."""
        if self.profile is None:
            return None
        parts = [part.source for part in item.all() if part.role is Role.CALL and isinstance(part.source, Node)]
        calls = [call for part in parts if (call := self.profile.of(part)) is not None]
        if not calls:
            return None
        made, kept = sum(call.made for call in calls), sum(call.kept for call in calls)
        forward, backward = sum(call.forward for call in calls), sum(call.backward for call in calls)
        return Call(item.name, None, None, calls[0].location, forward, backward, made, kept)

    def location(self, item: Item) -> Location | None:
        """The user's line; of a rule, the line of the call whose rule it is."""
        source = item.source if item.of is None else item.of.source
        seen = source if isinstance(source, Seen) else self.watcher.calls.get(source)
        if seen is not None:
            return seen.location
        call = self.profile.of(source) if self.profile is not None and isinstance(source, Node) else None
        return None if call is None else call.location

    def named(self, item: Item) -> str:
        """Which item is meant, in a sentence: "relu in layers.1 (mlp.py:12)"."""
        if item.role not in CALLS:
            return f"the constant {item.name}" if item.role is Role.CONSTANT else item.name
        module = "" if item.group is None else f" in {item.group.name.partition(':')[0]}"
        location = self.location(item)
        return f"{item.name}{module}" + (f" ({location.brief})" if location is not None else "")
