"""What repeats in a row, as the steps of an unrolled network do, is folded into one round.

The calls in their order are a sequence of signs: equal signs for equal functions, options and shapes, wired alike. The
wiring of a call is told relative to its own place in the sequence, so that it is the same in every round. A repeat is a
stretch in which each sign is that of one period before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.drawing.sketch import Box, Edge, Flow, Item, Role, Sketch, boxes_around, contract, innermost_common
from autograd.drawing.text import comma_separated

LONGEST_PERIOD = 2000  # calls in a round
FEWEST_SAVED = 4  # calls that a repeat must save, to be worth it
SHARED = 3  # uses from which on a leaf is taken for one that all rounds share
OFTEN = 8  # likewise for the output of a call

Signs = NDArray[np.int64]


@dataclass(frozen=True)
class Repeat:
    """`rounds` rounds of `period` calls from place `start` of the sequence on, and `rest` calls of one more."""

    start: int
    period: int
    rounds: int
    rest: int = 0

    @property
    def end(self) -> int:
        return self.start + self.period * self.rounds

    @property
    def saves(self) -> int:
        return self.period * (self.rounds - 1)


Place = tuple[Repeat, int, int]
"""Of a call that repeats: its repeat, its round, and its place there."""


def fold_repeats(sketch: Sketch) -> Sketch:
    """The sketch with each repeat as one round; itself if there is none. Repeats may lie within rounds of others."""
    while True:
        calls = [item for item in sketch.items if item.is_call]
        repeats = find_repeats(*signs(sketch, calls))
        if not repeats:
            return sketch
        sketch = _fold(sketch, calls, [_aligned(repeat, calls) for repeat in repeats])


# -- finding what repeats ----------------------------------------------------------------------------------------------


def signs(sketch: Sketch, calls: Sequence[Item]) -> tuple[Signs, Signs]:
    """A number for each call, equal for equal calls that are wired alike; and one equal for all equal calls."""
    place = {item: k for k, item in enumerate(calls)}
    inputs: dict[Item, list[Edge]] = {item: [] for item in calls}
    for edge in sketch.edges:
        if edge.head in place and edge.flow is not Flow.NEXT:
            inputs[edge.head].append(edge)
    uses = Counter((edge.tail, edge.head.is_backward) for edge in sketch.edges)  # of an item, in each of the passes
    plain = {
        item: (item.role, *_kind(item), item.dtype, item.times, *(edge.shape for edge in inputs[item]))
        for item in calls
    }
    last_use: dict[Any, int] = {}
    numbers: dict[Any, int] = {}
    wired, unwired = np.empty(len(calls), np.int64), np.empty(len(calls), np.int64)
    for k, item in enumerate(calls):
        wires: list[Any] = []
        for edge in inputs[item]:
            tail, use = edge.tail, (edge.tail, item.is_backward)
            if tail not in place:
                if uses[use] >= SHARED:
                    wires.append(tail)
                else:
                    wires.append((tail.role, tail.shape, k - last_use[use] if use in last_use else None))
                    last_use[use] = k
            elif edge.flow is Flow.SAVED:  # the passes run in opposite directions
                wires.append(plain[tail])
            else:
                wires.append(tail if uses[use] >= OFTEN else k - place[tail])
        wired[k] = numbers.setdefault((plain[item], *wires), len(numbers))
        unwired[k] = numbers.setdefault(plain[item], len(numbers))
    return wired, unwired


def _kind(item: Item) -> tuple[str, str]:
    """What is equal for equal calls: not the path of a module, nor the index by which a round takes its input."""
    name = item.name.rpartition(": ")[2].partition(", ")[0] if item.is_folded else item.name
    return name, "" if item.name == "getitem" else item.detail


def find_repeats(wired: Signs, plain: Signs) -> list[Repeat]:
    """The repeats that save most, none of which overlaps another, in their order."""
    longest = min(len(wired) // 2, LONGEST_PERIOD)
    candidates = [repeat for period in range(1, longest + 1) for repeat in _with_period(wired, period)]
    candidates.sort(key=lambda repeat: (-repeat.saves, repeat.period, repeat.start))
    taken = np.zeros(len(wired), bool)
    found = []
    for repeat in candidates:
        if not taken[repeat.start : repeat.end].any():
            repeat = _from_its_beginning(repeat, plain, taken)
            taken[repeat.start : repeat.end] = True
            found.append(repeat)
    return sorted(found, key=lambda repeat: repeat.start)


def _with_period(sequence: Signs, period: int) -> Iterator[Repeat]:
    """The longest stretches with this period."""
    equal = np.concatenate([[False], sequence[period:] == sequence[:-period], [False]])
    edges = np.flatnonzero(equal[1:] != equal[:-1])
    for start, end in edges.reshape(-1, 2).tolist():
        rounds, rest = divmod(end - start, period)
        repeat = Repeat(start, period, rounds + 1, rest)
        if repeat.saves >= max(period, FEWEST_SAVED):
            yield repeat


def _from_its_beginning(repeat: Repeat, plain: Signs, taken: NDArray[np.bool_]) -> Repeat:
    """With what comes before it, as far as that is wired to something else only because it is the first."""
    start, period, end = repeat.start, repeat.period, repeat.end
    earliest = max(0, start - period)
    while start > earliest and not taken[start - 1] and plain[start - 1] == plain[start - 1 + period]:
        start -= 1
    if not taken[end : end + repeat.rest].any():
        end += repeat.rest
    return Repeat(start, period, (end - start) // period)


def _aligned(repeat: Repeat, calls: Sequence[Item]) -> Repeat:
    """The repeat, begun where boxes begin, if it need not lose a round for that or has many."""

    def shared(k: int) -> int:
        """How many boxes the calls k - 1 and k are in together."""
        return len(boxes_around(innermost_common([calls[k - 1].box, calls[k].box]))) if k else 0

    first = min(range(repeat.period), key=lambda shift: (shared(repeat.start + shift), shift))
    if first == 0 or repeat.rounds < 3:
        return repeat
    return Repeat(repeat.start + first, repeat.period, repeat.rounds - 1)


# -- folding it --------------------------------------------------------------------------------------------------------


def _fold(sketch: Sketch, calls: Sequence[Item], repeats: Sequence[Repeat]) -> Sketch:
    place: dict[Item, Place] = {}
    around: dict[Repeat, Box | None] = {}
    equal: dict[Any, list[Item]] = {}
    for repeat in repeats:
        for k, item in enumerate(calls[repeat.start : repeat.end]):
            place[item] = (repeat, *divmod(k, repeat.period))
            equal.setdefault((repeat, k % repeat.period), []).append(item)
        around[repeat] = innermost_common(item.box for item in calls[repeat.start : repeat.end])
    equal |= _equal_ends(sketch, place)
    copies: dict[Any, Box] = {}
    into: dict[Item, Item] = {}
    for (repeat, *_), items in equal.items():
        box = _box(items[0], repeat, around[repeat], copies)
        into |= dict.fromkeys(items, _one_for(items, repeat, box))
    for edge in sketch.edges:  # a leaf of the first round alone has no box of the rounds to be in
        leaf = edge.tail
        if leaf.is_leaf and leaf not in into and edge.head in place:
            outside = around[place[edge.head][0]]
            if leaf.box is not outside and _is_in(leaf, outside):
                into[leaf] = replace(leaf, members=[leaf], times=1, box=outside)

    def is_between_rounds(edge: Edge) -> bool:
        tail, head = place.get(edge.tail), place.get(edge.head)
        return tail is not None and head is not None and tail[0] is head[0] and tail[1] != head[1]

    edges = [replace(edge, flow=Flow.NEXT) if is_between_rounds(edge) else edge for edge in sketch.edges]
    return contract(Sketch(sketch.items, edges), into)


def _equal_ends(sketch: Sketch, place: Mapping[Item, Place]) -> dict[Any, list[Item]]:
    """The leaves and outputs that rounds have of their own, by a repeat and by where in a round they are used."""
    numbers: Counter[tuple[Item, bool]] = Counter()
    uses: dict[Item, dict[Repeat, tuple[int, list[Any]]]] = {}  # of each end in each repeat: the round, and where in it
    shared: set[Item] = set()
    for edge in sketch.edges:
        for is_output, end, call in ((False, edge.tail, edge.head), (True, edge.head, edge.tail)):
            if is_output and not end.is_end:
                continue
            number = numbers[call, is_output]
            numbers[call, is_output] += 1
            if not (end.is_leaf or end.is_end) or not call.is_call:
                continue
            if call not in place:
                shared.add(end)
                continue
            repeat, round_, k = place[call]
            its_round, places = uses.setdefault(end, {}).setdefault(repeat, (round_, []))
            places.append((k, number))
            if its_round != round_:
                shared.add(end)
    found: dict[Any, list[Item]] = {}
    for end, repeats in uses.items():
        if end not in shared:
            key = tuple((repeat, *places) for repeat, (_, places) in repeats.items())
            found.setdefault((next(iter(repeats)), end.role, end.shape, key), []).append(end)
    return {key: ends for key, ends in found.items() if len(ends) > 1}


def _one_for(items: Sequence[Item], repeat: Repeat, box: Box | None) -> Item:
    """One item for equal ones."""
    first, last = items[0], items[-1]
    name, detail = (a if a == b else f"{a} … {b}" for a, b in ((first.name, last.name), (first.detail, last.detail)))
    if repeat.period == 1 and first.is_call:
        detail = comma_separated(detail, f"×{repeat.rounds:,}")
    is_one_value = first.role is not Role.CONSTANT or all(item.value is first.value for item in items)
    value = first.value if is_one_value else None
    return replace(first, name=name, detail=detail, value=value, members=list(items), times=len(items), box=box)


def _box(item: Item, repeat: Repeat, around: Box | None, copies: dict[Any, Box]) -> Box | None:
    """The box for one item of each round: its own boxes, in one that tells how often they repeat."""
    if repeat.period == 1 or not _is_in(item, around):
        return around if item.is_call else item.box
    box = copies.setdefault(repeat, Box(f"×{repeat.rounds:,}", "repeat", around))
    for inner in boxes_around(item.box)[len(boxes_around(around)) :]:
        box = copies.setdefault((repeat, inner), replace(inner, parent=box))
    return box


def _is_in(item: Item, box: Box | None) -> bool:
    outside = boxes_around(box)
    return boxes_around(item.box)[: len(outside)] == outside
