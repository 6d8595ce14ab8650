"""The boxes of a picture: groups within groups, without those that would hold one thing only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from autograd.drawing.sketch import BACKWARD, CALLS, Group, Item
from autograd.drawing.words import count

KINDS = {
    "module": "module", "rule": "rules", "repeat": "repeats", "pass": "part", "section": "section",
    "update": "update of", "loop": "loop",
}  # fmt: skip


@dataclass(eq=False, slots=True)
class Box:
    """A rectangle around items and other boxes, with a label."""

    kind: str
    label: str
    parameters: int = 0
    parts: list[Box | Item] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.label + (f"   {count(self.parameters, 'parameter')}" if self.parameters else "")

    def rows(self) -> list[tuple[str, str]]:
        """What its tooltip says."""
        rows = [(KINDS[self.kind], self.label)]
        if self.parameters:
            rows.append(("parameters", f"{self.parameters:,}"))
        calls = sum(part.role in CALLS for box in self._all() for part in box.parts if isinstance(part, Item))
        return [*rows, ("calls", f"{calls:,}")]

    def _all(self) -> Iterator[Box]:
        yield self
        for part in self.parts:
            if isinstance(part, Box):
                yield from part._all()


def boxed(items: Iterable[Item], mirrored: bool) -> tuple[Box, dict[Item, str]]:
    """All in one box, in order; and for items that were alone in theirs, its label.

    mirrored  the two passes have a box each.
    """
    root = Box("", "")
    passes: list[Box] = [Box("pass", "forward pass"), Box("pass", "backward pass")] if mirrored else [root]
    if mirrored:
        root.parts += passes
    boxes: dict[Group, Box] = {}
    for item in items:
        box = passes[mirrored and item.role in BACKWARD]
        for group in item.group.chain() if item.group is not None else ():
            if group not in boxes:
                boxes[group] = Box(group.kind, group.name, group.parameters)
                box.parts.append(boxes[group])
            box = boxes[group]
        box.parts.append(item)
    labels: dict[Item, str] = {}
    _simplify(root, labels)
    return root, labels


def _simplify(box: Box, labels: dict[Item, str]) -> None:
    """Open the boxes of modules and rules around one call, and join those around one box with it."""
    for k, part in enumerate(box.parts):
        if not isinstance(part, Box):
            continue
        _simplify(part, labels)
        if len(part.parts) != 1 or part.kind not in ("module", "rule"):
            continue
        (only,) = part.parts
        if isinstance(only, Item):
            if only.role in CALLS and not part.parameters:
                labels.setdefault(only, part.label)
                box.parts[k] = only
        elif only.kind == part.kind:
            only.label = f"{part.label} / {only.label}"
            only.parameters = part.parameters
            box.parts[k] = only
