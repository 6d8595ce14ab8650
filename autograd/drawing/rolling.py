"""Rolling: what repeats in a row, as the steps of an unrolled network do, is drawn once.

The calls in their order are a sequence of signs: equal signs for equal functions, options and shapes, wired alike. The
wiring of a call is told relative to its own place in the sequence, so that it is the same in every round. A run is a
stretch in which each sign is that of one period before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.drawing.sketch import (
    BACKWARD,
    CALLS,
    ENDS,
    LEAVES,
    Edge,
    Flow,
    Group,
    Item,
    Role,
    Sketch,
    innermost_common,
    merged,
)

LONGEST = 2000  # calls in a round
FEWEST = 4  # calls that a run must save, to be worth it
SHARED = 3  # uses from which on a leaf is taken for one that all rounds share
OFTEN = 8  # likewise for the output of a call


@dataclass(frozen=True)
class Run:
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


def rolled(sketch: Sketch) -> Sketch:
    """The sketch with each run drawn as one round; itself if there is none. Runs may lie within rounds of others."""
    while True:
        calls = [item for item in sketch.items if item.role in CALLS]
        wired, plain = signs(sketch, calls)
        runs = found_runs(wired, plain)
        if not runs:
            return sketch
        sketch = _rolled_up(sketch, calls, [_aligned(run, calls) for run in runs])


# -- finding what repeats ----------------------------------------------------------------------------------------------


Signs = NDArray[np.int64]


def signs(sketch: Sketch, calls: Sequence[Item]) -> tuple[Signs, Signs]:
    """A number for each call, equal for equal calls that are wired alike; and one equal for all equal calls."""
    place = {item: k for k, item in enumerate(calls)}
    uses: dict[Any, int] = {}  # of an item, in each of the passes
    inputs: dict[Item, list[Edge]] = {}
    for edge in sketch.edges:
        use = edge.tail, edge.head.role in BACKWARD
        uses[use] = uses.get(use, 0) + 1
        if edge.head in place and edge.flow is not Flow.NEXT:
            inputs.setdefault(edge.head, []).append(edge)
    plain = {
        item: (
            item.role,
            *_kind(item),
            item.dtype,
            item.times,
            *(edge.shape for edge in inputs.get(item, ())),
        )
        for item in calls
    }
    last_use: dict[Any, int] = {}
    numbers: dict[Any, int] = {}
    wired, unwired = np.empty(len(calls), np.int64), np.empty(len(calls), np.int64)
    for k, item in enumerate(calls):
        wires: list[Any] = []
        for edge in inputs.get(item, ()):
            tail, use = edge.tail, (edge.tail, item.role in BACKWARD)
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


def found_runs(wired: Signs, plain: Signs) -> list[Run]:
    """The runs that save most, none of which overlaps another, in their order."""
    candidates = [run for period in range(1, min(len(wired) // 2, LONGEST) + 1) for run in _runs(wired, period)]
    candidates.sort(key=lambda run: (-run.saves, run.period, run.start))
    taken = np.zeros(len(wired), bool)
    runs = []
    for run in candidates:
        if not taken[run.start : run.end].any():
            run = _from_its_beginning(run, plain, taken)
            taken[run.start : run.end] = True
            runs.append(run)
    return sorted(runs, key=lambda run: run.start)


def _from_its_beginning(run: Run, plain: Signs, taken: NDArray[np.bool_]) -> Run:
    """The run with what comes before it, as far as that is wired to something else only because it is the first."""
    start, earliest = run.start, max(0, run.start - run.period)
    while start > earliest and not taken[start - 1] and plain[start - 1] == plain[start - 1 + run.period]:
        start -= 1
    end = run.end if taken[run.end : run.end + run.rest].any() else run.end + run.rest
    return Run(start, run.period, (end - start) // run.period)


def _runs(sequence: Signs, period: int) -> Iterator[Run]:
    """The longest stretches with this period."""
    equal = np.concatenate([[False], sequence[period:] == sequence[:-period], [False]])
    edges = np.flatnonzero(equal[1:] != equal[:-1])
    for start, end in edges.reshape(-1, 2).tolist():
        rounds, rest = divmod(end - start, period)
        run = Run(start, period, rounds + 1, rest)
        if run.saves >= max(period, FEWEST):
            yield run


def _aligned(run: Run, calls: Sequence[Item]) -> Run:
    """The run, begun where boxes begin, if it need not lose a round for that or has many."""

    def shared(k: int) -> int:
        """How many boxes the calls k - 1 and k are in together."""
        if k == 0:
            return 0
        common = innermost_common([calls[k - 1].group, calls[k].group])
        return 0 if common is None else len(common.chain())

    first = min(range(run.period), key=lambda shift: (shared(run.start + shift), shift))
    if first == 0 or run.rounds < 3:
        return run
    return Run(run.start + first, run.period, run.rounds - 1)


# -- drawing it once ---------------------------------------------------------------------------------------------------


def _rolled_up(sketch: Sketch, calls: Sequence[Item], runs: Sequence[Run]) -> Sketch:
    place: dict[Item, tuple[Run, int, int]] = {}  # of each call that repeats: its run, its round, and its place there
    for run in runs:
        for k in range(run.start, run.end):
            place[calls[k]] = (run, *divmod(k - run.start, run.period))
    equal: dict[Any, list[Item]] = {}
    for item, (run, _, k) in place.items():
        equal.setdefault((run, k), []).append(item)
    equal |= _equal_ends(sketch, place)
    boxes = _Boxes(equal, calls)
    into: dict[Item, Item] = {}
    for (run, *_), items in equal.items():
        into |= dict.fromkeys(items, _first_of(items, run, boxes))
    for edge in sketch.edges:  # a leaf of the first round alone has no box of the rounds to be in
        leaf = edge.tail
        if (
            leaf.role in LEAVES
            and leaf not in into
            and edge.head in place
            and boxes.is_inside(leaf, place[edge.head][0])
        ):
            into[leaf] = replace(leaf, members=[leaf], group=boxes.around[place[edge.head][0]])

    def between_rounds(edge: Edge) -> bool:
        tail, head = place.get(edge.tail), place.get(edge.head)
        return tail is not None and head is not None and tail[0] is head[0] and tail[1] != head[1]

    edges = [replace(edge, flow=Flow.NEXT) if between_rounds(edge) else edge for edge in sketch.edges]
    return merged(Sketch(sketch.items, edges), into)


def _equal_ends(sketch: Sketch, place: Mapping[Item, tuple[Run, int, int]]) -> dict[Any, list[Item]]:
    """The leaves and outputs that rounds have of their own, by a run and by where in a round they are used."""
    numbers: dict[tuple[Item, bool], int] = {}
    uses: dict[Item, dict[Run, tuple[int, list[Any]]]] = {}  # of each end in each run: the round, and where in it
    shared: set[Item] = set()
    for edge in sketch.edges:
        for is_output, end, call in ((False, edge.tail, edge.head), (True, edge.head, edge.tail)):
            if not is_output or end.role in ENDS:
                number = numbers[call, is_output] = numbers.get((call, is_output), -1) + 1
            if end.role not in LEAVES | ENDS or call.role not in CALLS:
                continue
            if call not in place:
                shared.add(end)
                continue
            run, round_, k = place[call]
            its_round, places = uses.setdefault(end, {}).setdefault(run, (round_, []))
            places.append((k, number))
            if its_round != round_:
                shared.add(end)
    found: dict[Any, list[Item]] = {}
    for end, runs in uses.items():
        if end not in shared:
            key = tuple((run, *places) for run, (_, places) in runs.items())
            found.setdefault((next(iter(runs)), end.role, end.shape, key), []).append(end)
    return {key: ends for key, ends in found.items() if len(ends) > 1}


def _first_of(items: Sequence[Item], run: Run, boxes: _Boxes) -> Item:
    """One item for equal ones."""
    first, last = items[0], items[-1]
    name, detail = _from_to(first.name, last.name), _from_to(first.detail, last.detail)
    group = boxes.of(first, run)
    once = replace(first, name=name, detail=detail, members=list(items), times=len(items), group=group)
    if run.period == 1 and first.role in CALLS:
        once.detail = ", ".join(text for text in (detail, f"×{run.rounds:,}") if text)
    if first.role is Role.CONSTANT and any(item.value is not first.value for item in items):
        once.value = None
    return once


def _from_to(first: str, last: str) -> str:
    return first if first == last else f"{first} … {last}"


class _Boxes:
    """The boxes of what is drawn once: around its own boxes one that tells how often it repeats."""

    def __init__(self, equal: Mapping[Any, Sequence[Item]], calls: Sequence[Item]) -> None:
        groups: dict[Run, list[Group | None]] = {}
        for (run, *_), items in equal.items():
            if items[0].role in CALLS:
                groups.setdefault(run, []).extend(item.group for item in items)
        self.around = {run: innermost_common(found) for run, found in groups.items()}
        self._copies: dict[Any, Group] = {}

    def of(self, item: Item, run: Run) -> Group | None:
        """The box of what is drawn for one item of each round."""
        around = self.around[run]
        if run.period == 1 or not self._is_at_least(item, around):
            return around if item.role in CALLS else item.group
        group = self._copies.setdefault(run, Group(f"×{run.rounds:,}", "repeat", around))
        for inner in _chain(item.group)[len(_chain(around)) :]:
            group = self._copies.setdefault((run, inner), replace(inner, parent=group))
        return group

    def is_inside(self, item: Item, run: Run) -> bool:
        """Whether an item lies in a box that only rounds have."""
        return item.group is not self.around[run] and self._is_at_least(item, self.around[run])

    def _is_at_least(self, item: Item, around: Group | None) -> bool:
        outside = _chain(around)
        return _chain(item.group)[: len(outside)] == outside


def _chain(group: Group | None) -> list[Group]:
    return group.chain() if group is not None else []
