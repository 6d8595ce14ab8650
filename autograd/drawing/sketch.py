"""The sketch: what a picture of a graph shows, before anything is said about how it looks.

An item is a leaf, a constant, a call or an output; an edge is a value that goes from one to another; a box is drawn
around items, and boxes nest. Items are in an order in which every edge goes forward, the order of the calls; where
items are folded into one, they are neighbours in that order, and so no fold can make a cycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from autograd._util.locations import Location
from autograd.drawing.text import Rows, comma_separated, plural

if TYPE_CHECKING:
    from autograd.drawing.values import Statistics

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


CALL_ROLES = frozenset({Role.CALL, Role.UNTRACKED, Role.GRADIENT_CALL, Role.UPDATE})
LEAF_ROLES = frozenset({Role.INPUT, Role.PARAMETER, Role.CONSTANT, Role.SEED})
END_ROLES = frozenset({Role.OUTPUT, Role.LOSS, Role.GRADIENT})
BACKWARD_ROLES = frozenset({Role.SEED, Role.GRADIENT_CALL, Role.GRADIENT})


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


BOX_TERMS = {
    "module": "module", "rule": "rules", "repeat": "repeats", "pass": "part",
    "section": "section", "update": "update of", "loop": "loop",  # of a program
}  # fmt: skip


@dataclass(eq=False, slots=True)
class Box:
    """A call of a module, the rules of a call, or a round of what is repeated.

    parts  in the copies that are drawn (see `nested_boxes`), what is in it.
    """

    name: str
    kind: str = "module"  # or another of BOX_TERMS
    parent: Box | None = None
    parameters: int = 0
    parts: list[Box | Item] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.name + (f"   {plural(self.parameters, 'parameter')}" if self.parameters else "")

    def rows(self) -> Rows:
        """What its tooltip says."""
        parameters = [("parameters", f"{self.parameters:,}")] if self.parameters else []
        return [(BOX_TERMS[self.kind], self.name), *parameters, ("calls", f"{self._calls():,}")]

    def _calls(self) -> int:
        return sum(part._calls() if isinstance(part, Box) else part.is_call for part in self.parts)


def boxes_around(box: Box | None) -> list[Box]:
    """This box and those around it, the outermost first."""
    found: list[Box] = []
    while box is not None:
        found.append(box)
        box = box.parent
    return found[::-1]


def innermost_common(boxes: Iterable[Box | None]) -> Box | None:
    """The innermost box that all of these are, or are in."""
    first, *others = [boxes_around(box) for box in dict.fromkeys(boxes)] or [[]]
    common = None
    for level, box in enumerate(first):
        if not all(len(chain) > level and chain[level] is box for chain in others):
            break
        common = box
    return common


@dataclass(eq=False, slots=True, repr=False)
class Item:
    """Something with a place of its own in the picture.

    source    the Node, Leaf or watched call that it stands for, and `value` the array, where it is known.
    detail    what tells it from others of its name: the options of a call.
    shape     of its value; None if unknown or several.
    of        of a call of the backward pass, the call whose rules make it; of a gradient, what it is the gradient of.
    members   the items that are folded into this one.
    times     it is drawn for so many equal ones, its members; 0 if what is folded into it is of several kinds.
    location  the user's line; of a rule, that of the call whose rule it is.
    measured  what its value is like, and `gradient` what its gradient is, if that was asked for.
    lines     what its label tells below its name, `rows` what its tooltip tells.
    look      attributes beside those of its role: the colour of its heat, or that something is wrong with its value.
    """

    role: Role
    name: str
    source: Any = None
    shape: Shape | None = None
    dtype: Any = None
    value: Any = None
    detail: str = ""
    box: Box | None = None
    of: Item | None = None
    members: list[Item] = field(default_factory=list)
    times: int = 1
    location: Location | None = None
    measured: Statistics | None = None
    gradient: Statistics | None = None
    lines: Sequence[str] = ()
    rows: Rows = ()
    look: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<{self.role} {self.name}>"

    @property
    def is_call(self) -> bool:
        return self.role in CALL_ROLES

    @property
    def is_leaf(self) -> bool:
        return self.role in LEAF_ROLES

    @property
    def is_end(self) -> bool:
        return self.role in END_ROLES

    @property
    def is_backward(self) -> bool:
        """Whether it belongs to the backward pass."""
        return self.role in BACKWARD_ROLES

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

    def put_in_boxes(self, leaves: Iterable[Item], only_forward: bool = False) -> None:
        """Put leaves into the innermost box around all that uses them, or all of the forward pass."""
        found: dict[Item, list[Box | None]] = {leaf: [] for leaf in leaves}
        for edge in self.edges:
            if edge.tail in found and not (only_forward and edge.head.is_backward):
                found[edge.tail].append(edge.head.box)
        for leaf, boxes in found.items():
            if boxes:
                leaf.box = innermost_common(boxes)


def contract(sketch: Sketch, into: Mapping[Item, Item]) -> Sketch:
    """The sketch with each item folded into what `into` says, if it says anything, and equal edges drawn once.

    Edges within one item vanish, but for those that go on to the next round. An item that stands for several has the
    place of the last of them that is no end, so that leaves which only some of these use come before it. If its members
    are not said, they are filled in, and their calls counted in its detail.
    """
    if not into:
        return sketch
    new = {item for item in into.values() if not item.members}
    place: dict[Item, tuple[bool, int]] = {}
    for k, item in enumerate(sketch.items):
        one = into.get(item, item)
        place[one] = max((not item.is_end, k), place.get(one, (False, -1)))
        if one in new:
            one.members.append(item)
    for one in new:
        calls = sum(part.is_call for part in one.all())
        one.detail = comma_separated(plural(calls, "call") if calls else "", one.detail)
    edges: dict[Any, Edge] = {}
    for edge in sketch.edges:
        tail, head = into.get(edge.tail, edge.tail), into.get(edge.head, edge.head)
        if tail is head and edge.flow is not Flow.NEXT:
            continue
        if (same := edges.get((tail, head, edge.flow))) is None:
            edges[tail, head, edge.flow] = replace(edge, tail=tail, head=head)
            continue
        if (same.shape, same.dtype) != (edge.shape, edge.dtype):
            same.shape = same.dtype = None
        if same.label != edge.label:
            same.label = ""
        same.kept |= edge.kept
        same.times += edge.times
    return Sketch(sorted(place, key=lambda item: place[item][1]), list(edges.values()))


def nested_boxes(items: Iterable[Item], mirrored: bool) -> tuple[Box, dict[Item, str]]:
    """Copies of the boxes with their parts, all in one, in order; and of items that were alone in a box, its name.

    mirrored  the two passes have a box each.
    """
    root = Box("")
    passes = [Box("forward pass", "pass"), Box("backward pass", "pass")] if mirrored else [root]
    root.parts += passes if mirrored else []
    copies: dict[Box, Box] = {}
    for item in items:
        outer = passes[mirrored and item.is_backward]
        for box in boxes_around(item.box):
            if box not in copies:
                copies[box] = replace(box, parts=[])
                outer.parts.append(copies[box])
            outer = copies[box]
        outer.parts.append(item)
    alone_in: dict[Item, str] = {}
    _simplify(root, alone_in)
    return root, alone_in


def _simplify(box: Box, alone_in: dict[Item, str]) -> None:
    """Open the boxes of modules and rules around one call, and join those around one box with it."""
    for k, part in enumerate(box.parts):
        if not isinstance(part, Box):
            continue
        _simplify(part, alone_in)
        if len(part.parts) != 1 or part.kind not in ("module", "rule"):
            continue
        (only,) = part.parts
        if isinstance(only, Item):
            if only.is_call and not part.parameters:
                alone_in.setdefault(only, part.name)
                box.parts[k] = only
        elif only.kind == part.kind:
            only.name = f"{part.name} / {only.name}"
            only.parameters = part.parameters
            box.parts[k] = only
