"""Folding: how a graph too big to be read becomes one that can be.

Modules below some depth become one item each; what repeats is drawn once (see `rolling`); and where that is not enough,
neighbours in the order of the calls are drawn as one. What is folded into one item is a stretch of that order, apart
from leaves, so a path that leaves it never comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from autograd.drawing.rolling import rolled
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
from autograd.drawing.words import count, tally

LIMIT = 300  # of the items of a picture
REACH = 2000  # rows that all edges together may cross: a weight that each of 60 steps uses took Graphviz over a minute
FEWEST = 8  # items that a picture of folded modules should have, to be worth drawing
SLICES = 40 / 300  # of the limit: with their leaves of 3 roles and their outputs of 2 they must stay below it


def fold(sketch: Sketch, depth: int | None, automatic: bool | None, limit: int = LIMIT) -> tuple[Sketch, str]:
    """The sketch with less in it, and a sentence on what was folded: "" if nothing was.

    depth      fold modules that are within so many others.
    automatic  True: draw what repeats once; False: do not; None: fold whatever is needed to stay below the limit.
    """
    given, how = sketch, []
    if depth is not None:
        sketch = to_depth(sketch, depth)
        how = [] if sketch is given else [at_depth(depth)]
    is_tangled = automatic is None and len(sketch.items) < limit and reach(sketch) > REACH
    if automatic or is_tangled:
        sketch, how = _rolled(sketch, how)
    if automatic is not False and len(sketch.items) >= limit:
        sketch, how = _small_enough(sketch, how, limit)
    if not how:
        return sketch, ""
    return sketch, f"Folded from {count(len(given.items), 'node')} to {len(sketch.items):,}: {', '.join(how)}."


def reach(sketch: Sketch) -> int:
    """How many rows the edges of a picture cross, if each item is drawn in the first row below all that lead to it."""
    row = dict.fromkeys(sketch.items, 0)
    tails: dict[Item, list[Item]] = {}
    for edge in sketch.edges:
        if edge.flow not in (Flow.SAVED, Flow.NEXT):
            tails.setdefault(edge.head, []).append(edge.tail)
    for item in sketch.items:
        row[item] = max((row[tail] + 1 for tail in tails.get(item, ())), default=0)
    return sum(row[head] - row[tail] - 1 for head, found in tails.items() for tail in found)


def at_depth(depth: int) -> str:
    return f"modules within {count(depth, 'other')} are folded" if depth else "modules are folded"


def _rolled(sketch: Sketch, how: list[str]) -> tuple[Sketch, list[str]]:
    once = rolled(sketch)
    return (sketch, how) if once is sketch else (once, [*how, "what repeats is drawn once, marked ×"])


def _small_enough(sketch: Sketch, how: list[str], limit: int) -> tuple[Sketch, list[str]]:
    """The first that fits: with repeats drawn once; with modules folded, from the innermost on; whatever fits."""
    best, best_how = _rolled(sketch, how)
    if len(best.items) >= limit and (folded := by_rule(sketch)) is not sketch:
        best, best_how = _rolled(folded, ["the rules of a call are folded", *how])
    if len(best.items) < limit:
        return best, best_how
    deepest = max((len(item.group.chain()) for item in sketch.items if item.group is not None), default=0)
    for depth in range(deepest - 1, -1, -1):
        folded, words = _rolled(to_depth(sketch, depth), [at_depth(depth), *how])
        if FEWEST <= len(folded.items) < limit:
            return folded, words
        if limit <= len(folded.items) < len(best.items):
            best, best_how = folded, words
    best, best_how = by_use(best), [*best_how, "leaves with the same use are drawn as one"]
    if len(best.items) >= limit:
        best = without_shortcuts(slices(best, int(limit * SLICES)))
        best_how += ["so are calls in a row", "and where a path leads from one to another, no other value between them"]
    return best, best_how


# -- modules and rules -------------------------------------------------------------------------------------------------

Place = tuple[bool, Group] | None
"""What an item is folded into: a group, or what is the gradient of a group."""


def to_depth(sketch: Sketch, depth: int) -> Sketch:
    """Each module within `depth` others as one item; and all its rules in the backward pass as another."""

    def place(item: Item) -> Place:
        group = item.group if item.of is None else item.of.group
        chain = group.chain() if group is not None else []
        if len(chain) <= depth or chain[depth].kind != "module":
            return None
        of_program = chain[0].kind == "section" and chain[0].name == "backward"  # where leaves are drawn once more
        return item.role in BACKWARD or of_program, chain[depth]

    return _in_one(sketch, {item: place(item) for item in sketch.items})


def by_rule(sketch: Sketch) -> Sketch:
    """What the rules of a call do in the backward pass as one item."""

    def place(item: Item) -> Place:
        return (False, item.group) if item.group is not None and item.group.kind == "rule" else None

    return _in_one(sketch, {item: place(item) for item in sketch.items})


def _in_one(sketch: Sketch, places: Mapping[Item, Place]) -> Sketch:
    """Each stretch of calls with the same place as one item."""
    places = {**places, **_constants(sketch, places)}
    into: dict[Item, Item] = {}
    before: Item | None = None
    for item in sketch.items:
        if item.role not in LEAVES | ENDS:
            found = places[item]
            if found is not None:
                is_same = before is not None and places[before] == found
                into[item] = into[before] if before is not None and is_same else _group(item, *found)
            before = item
    for edge in sketch.edges:  # a leaf is folded into the first call that uses it, if that has the same place
        for end, call in ((edge.tail, edge.head), (edge.head, edge.tail)):
            is_inside = places[end] is not None and places[end] == places[call]
            if end.role in LEAVES | ENDS and end not in into and call in into and is_inside:
                into[end] = into[call]
    return gathered(sketch, into)


def _constants(sketch: Sketch, places: Mapping[Item, Place]) -> dict[Item, Place]:
    """Constants have the place of the calls that use them, if that is the same."""
    found: dict[Item, set[Place]] = {}
    for edge in sketch.edges:
        if edge.tail.role is Role.CONSTANT:
            found.setdefault(edge.tail, set()).add(places[edge.head])
    return {constant: next(iter(heads)) for constant, heads in found.items() if len(heads) == 1}


def _group(first: Item, is_gradient: bool, group: Group) -> Item:
    name = f"gradient of {group.name}" if is_gradient else group.name
    parameters = count(group.parameters, "parameter") if group.parameters and not is_gradient else ""
    in_section = group.chain()[0].kind == "section"  # of a program, whose backward pass has groups of its own
    outer = group.parent if in_section or not is_gradient else None
    return Item(first.role, name, detail=parameters, group=outer, times=0)


def gathered(sketch: Sketch, into: Mapping[Item, Item]) -> Sketch:
    """The sketch with items folded, each of which says how many calls it stands for."""
    if not into:
        return sketch
    for item in sketch.items:
        if item in into:
            into[item].members.append(item)
    for folded in dict.fromkeys(into.values()):
        calls = sum(part.role in CALLS for part in folded.all())
        folded.detail = ", ".join(text for text in (count(calls, "call") if calls else "", folded.detail) if text)
    return merged(sketch, into)


# -- whatever fits -----------------------------------------------------------------------------------------------------


def by_use(sketch: Sketch) -> Sketch:
    """Leaves of one role that the same calls use as one, and so outputs of one role that the same call gives."""
    others: dict[Item, set[Item]] = {}
    for edge in sketch.edges:
        others.setdefault(edge.tail, set()).add(edge.head)
        others.setdefault(edge.head, set()).add(edge.tail)
    alike: dict[Any, list[Item]] = {}
    for item in sketch.items:
        if item.role in LEAVES | ENDS:
            alike.setdefault((item.role, frozenset(others.get(item, ()))), []).append(item)
    into: dict[Item, Item] = {}
    for (role, _), items in alike.items():
        if len(items) > 1:
            into |= dict.fromkeys(items, _several(role, items))
    return gathered(sketch, into)


def _several(role: Role, items: Iterable[Item]) -> Item:
    items = list(items)
    return Item(role, count(len(items), role.value), group=innermost_common([item.group for item in items]), times=0)


def slices(sketch: Sketch, number: int) -> Sketch:
    """Calls in a row as one item each, about `number` of them, and the leaves and outputs of each by their role."""
    calls = [item for item in sketch.items if item.role in CALLS]
    seeds = [k for k, item in enumerate(sketch.items) if item.role is Role.SEED]
    in_pass = set(sketch.items[seeds[0] :]) if seeds else set()  # a backward pass has items of its own
    longest = -(-len(calls) // number)
    stretches: list[list[Item]] = []
    for item in calls:
        if not stretches or len(stretches[-1]) == longest or (item in in_pass) is not (stretches[-1][-1] in in_pass):
            stretches.append([])
        stretches[-1].append(item)
    into: dict[Item, Item] = {}
    for stretch in stretches:
        role = Role.GRADIENT_CALL if stretch[0] in in_pass else Role.CALL
        name = tally(Counter(part.name for item in stretch for part in item.all() if part.role in CALLS), 3)
        into |= dict.fromkeys(
            stretch, Item(role, name, group=innermost_common([item.group for item in stretch]), times=0)
        )
    ends: dict[Any, list[Item]] = {}
    for edge in sketch.edges:
        for end, call in ((edge.tail, edge.head), (edge.head, edge.tail)):
            if end.role in LEAVES | ENDS and end not in into and call in into:
                ends.setdefault((end.role, into[call]), []).append(end)
                into[end] = end  # the first that uses it has it
    for (role, _), items in ends.items():
        if len(items) == 1:
            del into[items[0]]
        else:
            into |= dict.fromkeys(items, _several(role, items))
    return gathered(sketch, into)


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
