"""The sketch: what a picture of a graph shows, before anything is said about how it looks.

An item is a leaf, a constant, a call or an output; an edge is a value that goes from one to another; a group is a box
around items, and groups nest. Items are in an order in which every edge goes forward, the order of the calls; where
items are folded into one, they are neighbours in that order, and so no fold can make a cycle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Shape = tuple[int, ...]


class Role(StrEnum):
    """What an item is; colours and the legend go by it."""

    INPUT = "input"
    PARAMETER = "parameter"
    CONSTANT = "constant"
    CALL = "call"
    UNTRACKED = "untracked"
    """A call through which no gradient flows."""
    OUTPUT = "output"
    LOSS = "loss"
    SEED = "seed"
    """The gradient with which a backward pass starts."""
    GRADIENT_CALL = "gradient call"
    UPDATE = "update"
    """A call of a program that changes in place what lives outside of it."""
    GRADIENT = "gradient"
    """What a backward pass ends with: the gradient of a leaf."""


CALLS = frozenset({Role.CALL, Role.UNTRACKED, Role.GRADIENT_CALL, Role.UPDATE})
LEAVES = frozenset({Role.INPUT, Role.PARAMETER, Role.CONSTANT, Role.SEED})
ENDS = frozenset({Role.OUTPUT, Role.LOSS, Role.GRADIENT})
BACKWARD = frozenset({Role.SEED, Role.GRADIENT_CALL, Role.GRADIENT})


class Flow(StrEnum):
    """What goes along an edge."""

    VALUE = "value"
    DETACHED = "detached"
    """A value through which no gradient flows back, though it was computed."""
    GRADIENT = "gradient"
    SAVED = "saved"
    """A value of the forward pass that a rule reads."""
    NEXT = "next"
    """From one round of what is repeated to the next: the only edges that may go backward."""


@dataclass(eq=False, slots=True)
class Group:
    """A box: a call of a module, the rules of a call, or a round of what is repeated."""

    name: str
    kind: str = "module"  # or "rule", "repeat"; "section", "update", "loop" of a program
    parent: Group | None = None
    parameters: int = 0

    def chain(self) -> list[Group]:
        """This group and those around it, the outermost first."""
        found: list[Group] = []
        group: Group | None = self
        while group is not None:
            found.append(group)
            group = group.parent
        return found[::-1]


def innermost_common(groups: Sequence[Group | None]) -> Group | None:
    """The innermost group that all of these are, or are in."""
    if not groups or None in groups:
        return None
    first, *others = [group.chain() for group in dict.fromkeys(groups) if group is not None]
    common = None
    for level, group in enumerate(first):
        if not all(len(chain) > level and chain[level] is group for chain in others):
            break
        common = group
    return common


@dataclass(eq=False, slots=True, repr=False)
class Item:
    """Something with a place of its own in the picture.

    source   the Node, Leaf or watched call that it stands for, and `value` the array, where it is known.
    detail   what tells it from others of its name: the options of a call.
    shape    of its value; None if unknown or several.
    of       of a call of the backward pass, the call whose rules make it; of a gradient, what it is the gradient of.
    members  the items that are folded into this one.
    times    it is drawn for so many equal ones, its members; 0 if what is folded into it is of several kinds.
    """

    role: Role
    name: str
    source: Any = None
    shape: Shape | None = None
    dtype: Any = None
    value: Any = None
    detail: str = ""
    group: Group | None = None
    of: Item | None = None
    members: list[Item] = field(default_factory=list)
    times: int = 1

    def __repr__(self) -> str:
        return f"<{self.role} {self.name}>"

    @property
    def is_folded(self) -> bool:
        """Whether it, or each of what it is drawn for, is several of different kinds."""
        item = self
        while item.times and item.members:
            item = item.members[0]
        return item.times == 0

    def all(self) -> Iterator[Item]:
        """What it stands for: itself, or all that is folded into it."""
        waiting = [self]
        while waiting:
            item = waiting.pop()
            if item.members:
                waiting += item.members[::-1]
            else:
                yield item


@dataclass(eq=False, slots=True)
class Edge:
    """A value on its way.

    label  the name of the input that it is, and which of several outputs, for the tooltip.
    kept   the value stays in memory for the backward pass.
    times  how many edges it stands for.
    """

    tail: Item
    head: Item
    shape: Shape | None = None
    dtype: Any = None
    label: str = ""
    kept: bool = False
    flow: Flow = Flow.VALUE
    times: int = 1


@dataclass(eq=False, slots=True, repr=False)
class Sketch:
    items: list[Item]
    edges: list[Edge]


def merged(sketch: Sketch, into: Mapping[Item, Item]) -> Sketch:
    """The sketch with each item replaced by what `into` says, and equal edges drawn once.

    Edges within one item vanish, but for those that go on to the next round. An item that stands for several has the
    place of the last of them that is no end, so that leaves which only some of these use come before it.
    """
    edges: dict[Any, Edge] = {}
    for edge in sketch.edges:
        tail, head = into.get(edge.tail, edge.tail), into.get(edge.head, edge.head)
        if tail is head and edge.flow is not Flow.NEXT:
            continue
        key = (tail, head, edge.flow)
        if (same := edges.get(key)) is None:
            edges[key] = Edge(tail, head, edge.shape, edge.dtype, edge.label, edge.kept, edge.flow, edge.times)
            continue
        if (same.shape, same.dtype) != (edge.shape, edge.dtype):
            same.shape = same.dtype = None
        if same.label != edge.label:
            same.label = ""
        same.kept |= edge.kept
        same.times += edge.times
    last: dict[Item, tuple[bool, int]] = {}
    for k, item in enumerate(sketch.items):
        place = (item.role not in ENDS, k)
        last[into.get(item, item)] = max(place, last.get(into.get(item, item), place))
    return Sketch(sorted(last, key=lambda item: last[item][1]), list(edges.values()))
