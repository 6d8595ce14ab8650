"""Folding: how a graph too big to be read becomes one that can be.

Modules below some depth become one item each; what repeats is drawn once (see `repeats`); and where that is not enough,
neighbours in the order of the calls are drawn as one. What is folded into one item is a stretch of that order, apart
from leaves, so a path that leaves it never comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autograd.drawing.repeats import fold_repeats
from autograd.drawing.sketch import Box, Edge, Flow, Item, Role, Sketch, boxes_around, contract, innermost_common
from autograd.drawing.text import plural, tally_text

MOST_ITEMS = 300  # of a picture
MOST_CROSSED = 2000  # rows, by all edges together: a weight that each of 60 steps uses took Graphviz over a minute
FEWEST_ITEMS = 8  # that a picture of folded modules should have, to be worth drawing
STRETCHES = 40 / 300  # of the most: with their leaves of 3 roles and their outputs of 2 they must stay below it


def fold(sketch: Sketch, depth: int | None, automatic: bool | None, most: int = MOST_ITEMS) -> tuple[Sketch, str]:
    """The sketch with less in it, and a sentence on what was folded: "" if nothing was.

    depth      fold modules that are within so many others.
    automatic  True: draw what repeats once; False: do not; None: fold whatever is needed to have fewer than `most`.
    """
    given, how = sketch, []
    if depth is not None:
        sketch = to_depth(sketch, depth)
        how = [] if sketch is given else [_at_depth(depth)]
    is_tangled = automatic is None and len(sketch.items) < most and rows_crossed(sketch) > MOST_CROSSED
    if automatic or is_tangled:
        sketch, how = _with_repeats(sketch, how)
    if automatic is not False and len(sketch.items) >= most:
        sketch, how = _small_enough(sketch, how, most)
    if not how:
        return sketch, ""
    return sketch, f"Folded from {plural(len(given.items), 'node')} to {len(sketch.items):,}: {', '.join(how)}."


def rows_crossed(sketch: Sketch) -> int:
    """By the edges of a picture together, if each item is drawn in the first row below all that lead to it."""
    row = dict.fromkeys(sketch.items, 0)
    tails: dict[Item, list[Item]] = {}
    for edge in sketch.edges:
        if edge.flow not in (Flow.SAVED, Flow.NEXT):
            tails.setdefault(edge.head, []).append(edge.tail)
    for item in sketch.items:
        row[item] = max((row[tail] + 1 for tail in tails.get(item, ())), default=0)
    return sum(row[head] - row[tail] - 1 for head, found in tails.items() for tail in found)


def _at_depth(depth: int) -> str:
    return f"modules within {plural(depth, 'other')} are folded" if depth else "modules are folded"


def _with_repeats(sketch: Sketch, how: list[str]) -> tuple[Sketch, list[str]]:
    once = fold_repeats(sketch)
    return (sketch, how) if once is sketch else (once, [*how, "what repeats is drawn once, marked ×"])


def _small_enough(sketch: Sketch, how: list[str], most: int) -> tuple[Sketch, list[str]]:
    """The first that fits: with repeats drawn once; with modules folded, from the innermost on; whatever fits."""
    best, best_how = _with_repeats(sketch, how)
    if len(best.items) >= most and (folded := by_rule(sketch)) is not sketch:
        best, best_how = _with_repeats(folded, ["the rules of a call are folded", *how])
    if len(best.items) < most:
        return best, best_how
    deepest = max(len(boxes_around(item.box)) for item in sketch.items)
    for depth in range(deepest - 1, -1, -1):
        folded, words = _with_repeats(to_depth(sketch, depth), [_at_depth(depth), *how])
        if FEWEST_ITEMS <= len(folded.items) < most:
            return folded, words
        if most <= len(folded.items) < len(best.items):
            best, best_how = folded, words
    best, best_how = by_use(best), [*best_how, "leaves with the same use are drawn as one"]
    if len(best.items) >= most:
        best = without_shortcuts(stretches(best, int(most * STRETCHES)))
        best_how += ["so are calls in a row", "and where a path leads from one to another, no other value between them"]
    return best, best_how


# -- modules and rules -------------------------------------------------------------------------------------------------

Target = tuple[bool, Box] | None
"""What an item is folded into: a box, or what is the gradient of a box."""


def to_depth(sketch: Sketch, depth: int) -> Sketch:
    """Each module within `depth` others as one item; and all its rules in the backward pass as another."""

    def target(item: Item) -> Target:
        boxes = boxes_around(item.box if item.of is None else item.of.box)
        if len(boxes) <= depth or boxes[depth].kind != "module":
            return None
        of_program = boxes[0].kind == "section" and boxes[0].name == "backward"  # where leaves are drawn once more
        return item.is_backward or of_program, boxes[depth]

    return _by_box(sketch, target)


def by_rule(sketch: Sketch) -> Sketch:
    """What the rules of a call do in the backward pass as one item."""
    return _by_box(sketch, lambda item: (False, item.box) if item.box is not None and item.box.kind == "rule" else None)


def _by_box(sketch: Sketch, target: Callable[[Item], Target]) -> Sketch:
    """Each stretch of calls with the same target as one item."""
    targets = {item: target(item) for item in sketch.items}
    of_constants: dict[Item, set[Target]] = {}  # that of the calls that use it, if all have the same
    for edge in sketch.edges:
        if edge.tail.role is Role.CONSTANT:
            of_constants.setdefault(edge.tail, set()).add(targets[edge.head])
    targets |= {constant: next(iter(found)) for constant, found in of_constants.items() if len(found) == 1}
    into: dict[Item, Item] = {}
    before: Item | None = None
    for item in sketch.items:
        if item.is_call:
            if (found := targets[item]) is not None:
                is_same = before is not None and targets[before] == found
                into[item] = into[before] if before is not None and is_same else _folded_box(item, *found)
            before = item
    for end, call in _ends(sketch):  # a leaf is folded into the first call that uses it, if that has the same target
        if end not in into and call in into and targets[end] == targets[call]:
            into[end] = into[call]
    return contract(sketch, into)


def _folded_box(first: Item, is_gradient: bool, box: Box) -> Item:
    name = f"gradient of {box.name}" if is_gradient else box.name
    parameters = plural(box.parameters, "parameter") if box.parameters and not is_gradient else ""
    in_section = boxes_around(box)[0].kind == "section"  # of a program, whose backward pass has boxes of its own
    outer = box.parent if in_section or not is_gradient else None
    return Item(first.role, name, detail=parameters, box=outer, times=0)


def _ends(sketch: Sketch) -> Iterator[tuple[Item, Item]]:
    """Each leaf and output, with what it goes to or comes from."""
    for edge in sketch.edges:
        for end, other in ((edge.tail, edge.head), (edge.head, edge.tail)):
            if end.is_leaf or end.is_end:
                yield end, other


# -- whatever fits -----------------------------------------------------------------------------------------------------


def by_use(sketch: Sketch) -> Sketch:
    """Leaves of one role that the same calls use as one, and so outputs of one role that the same call gives."""
    others: dict[Item, set[Item]] = {item: set() for item in sketch.items if item.is_leaf or item.is_end}
    for end, call in _ends(sketch):
        others[end].add(call)
    alike: dict[Any, list[Item]] = {}
    for end, calls in others.items():
        alike.setdefault((end.role, frozenset(calls)), []).append(end)
    return contract(sketch, _several(alike.values()))


def _several(groups: Iterable[list[Item]]) -> dict[Item, Item]:
    """Each group of leaves or outputs as one item, if there are several in it."""
    into: dict[Item, Item] = {}
    for items in groups:
        if len(items) > 1:
            name, box = plural(len(items), items[0].role.value), innermost_common(item.box for item in items)
            into |= dict.fromkeys(items, Item(items[0].role, name, box=box, times=0))
    return into


def stretches(sketch: Sketch, number: int) -> Sketch:
    """Calls in a row as one item each, about `number` of them, and the leaves and outputs of each by their role."""
    seeds = [k for k, item in enumerate(sketch.items) if item.role is Role.SEED]
    in_pass = set(sketch.items[seeds[0] :]) if seeds else set()  # a backward pass has items of its own
    calls = [item for item in sketch.items if item.is_call]
    longest = max(1, -(-len(calls) // number))
    into: dict[Item, Item] = {}
    for role, of_pass in (
        (Role.CALL, [call for call in calls if call not in in_pass]),
        (Role.GRADIENT_CALL, [call for call in calls if call in in_pass]),
    ):
        for k in range(0, len(of_pass), longest):
            row = of_pass[k : k + longest]
            name = tally_text(Counter(part.name for item in row for part in item.all() if part.is_call), 3)
            box = innermost_common(item.box for item in row)
            into |= dict.fromkeys(row, Item(role, name, box=box, times=0))
    ends: dict[Any, list[Item]] = {}
    taken: set[Item] = set()
    for end, call in _ends(sketch):
        if end not in taken and (call in into or call in taken):
            taken.add(end)  # the first that uses it has it
            ends.setdefault((end.role, into.get(call, call)), []).append(end)
    return contract(sketch, into | _several(ends.values()))


def without_shortcuts(sketch: Sketch) -> Sketch:
    """Without edges from an item to another to which a longer path leads, of which there would be hundreds."""
    place = {item: k for k, item in enumerate(sketch.items)}
    out: dict[Item, list[Edge]] = {}
    for edge in sketch.edges:
        out.setdefault(edge.tail, []).append(edge)
    reach: dict[Item, int] = {}  # a bit for each item to which a path leads
    kept: set[Edge] = set()
    for item in reversed(sketch.items):
        bits = 0
        for edge in sorted(out.get(item, ()), key=lambda edge: place[edge.head]):
            if edge.flow is Flow.NEXT or not bits >> place[edge.head] & 1:
                kept.add(edge)
                bits |= reach[edge.head] | 1 << place[edge.head] if edge.flow is not Flow.NEXT else 0
        reach[item] = bits
    return Sketch(sketch.items, [edge for edge in sketch.edges if edge in kept])
