"""The picture of a compiled function's program: each line a node, each value that goes from one to another an edge.

The sections of the program are boxes, and so are the modules within them. What lives outside of the program (arguments,
parameters, moments) are leaves; a line that updates such a thing where it lives is told by its colour.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd.compiler import Compiled
from autograd.compiler.ir import Kind, Op, Value
from autograd.compiler.printing.source import LONG, form_of
from autograd.compiler.specialization import Specialization
from autograd.drawing.build import ModuleBoxes
from autograd.drawing.dot import to_picture
from autograd.drawing.folding import fold as folded
from autograd.drawing.picture import Picture
from autograd.drawing.sketch import Box, Edge, Flow, Item, Role, Sketch, boxes_around, contract
from autograd.drawing.text import form_text, shortened
from autograd.nn.paths import module_paths, modules_of

EXPRESSION_WIDTH = 30  # characters of an expression in a label
MOST_UPDATES = 12  # nodes for updates like another


def draw_program(step: Compiled, depth: int | None, fold: bool | None) -> Picture:
    """See `draw`."""
    drawn = _ProgramSketch(step._last())
    sketch, first = (drawn.sketch, "") if fold is False else _updates_once(drawn.sketch)
    sketch, then = folded(sketch, None if depth is None else depth + 1, fold)
    for item in sketch.items:
        if item.members:
            item.lines, item.rows = [item.detail], []
    told = " ".join(sentence for sentence in (first, then) if sentence)
    return to_picture(sketch, title=f"the program of {name_of(step.fn)}", folded=told, in_sections=True)


def _updates_once(sketch: Sketch) -> tuple[Sketch, str]:
    """Of the updates of parameters that consist of the same calls, all but the first as one node each, if they are
    long; and as one node together, if they are many.
    """
    parts: dict[Box, list[Item]] = {}
    for item in sketch.items:
        for box in boxes_around(item.box):
            if box.kind == "update":
                parts.setdefault(box, []).append(item)
    alike: dict[Any, list[Box]] = {}
    for box, items in parts.items():
        alike.setdefault(tuple(item.name for item in items if item.is_call), []).append(box)
    into: dict[Item, Item] = {}
    told: dict[str, list[str]] = {}
    for calls, (first, *others) in alike.items():
        is_many = len(others) > MOST_UPDATES
        if not others or not (is_many or len(calls) > LONG):
            continue
        told.setdefault("as one node" if is_many else "as one node each", []).append(first.name)
        node: Item | None = None
        for box in others:
            if node is None or not is_many:
                name = f"updates of {len(others)} others" if is_many else f"update of {box.name}"
                node = Item(Role.UPDATE, name, detail=f"like that of {first.name}", box=box.parent, times=0)
            into |= dict.fromkeys(parts[box], node)
    edges = [edge for edge in sketch.edges if edge.head not in into or edge.shape]  # numbers go there as to the first
    sentences = (f"Updates like that of {' or '.join(whose)} are drawn {how}." for how, whose in told.items())
    return contract(Sketch(sketch.items, edges), into), " ".join(sentences)


class _ProgramSketch:
    """Makes the sketch of a program, with what is told of its items.

    latest  by the value that owns memory: the item that has written into it last; of what lives outside, by section:
            a leaf is drawn in each that reads it.
    views   by the value that owns memory: the items that have made views of it since.
    """

    def __init__(self, specialization: Specialization) -> None:
        self.program, self.captured = specialization.program, specialization.captured
        self.source = specialization.printed
        self.names: Mapping[Value, str] = self.source.names
        self.sources = {value: source for source, value in self.captured.reads.items()}
        self.paths = module_paths(call.scope for call in self.program.ops)
        self.sketch = Sketch([], [])
        self.latest: dict[Any, Item] = {}
        self.views: dict[Value, dict[Value, Item]] = {}
        self._boxes: dict[Any, Box] = {}  # of sections, updates and loops
        self._modules = ModuleBoxes(self.paths)
        for call, code, owner in self.source.statements:
            self._add_line(call, code, owner)
        self._add_results()
        self.sketch.put_in_boxes(item for item in self.sketch.items if item.is_leaf)

    # -- lines ---------------------------------------------------------------------------------------------------------

    def _add_line(self, call: Op, code: str, owner: str) -> None:
        made = [y for y in call.results() if y in self.names]
        target = call.writes.root if call.writes is not None else None
        is_update = target is not None and target.kind is Kind.STATE
        role = Role.UPDATE if is_update else Role.GRADIENT_CALL if call.stage == "backward" else Role.CALL
        name, detail = self._label(call, code, made, target)
        item = Item(role, name, call, detail=detail, box=self._box(call, owner))
        values = made or ([target] if target is not None else [])
        if values:
            item.shape, item.dtype = _shape_and_dtype(values[0])
        edges = [self._edge(value, item) for value in dict.fromkeys(self._read(call))]
        self._add(item, [detail], self._rows(call, code, made, target))
        self.sketch.edges += edges
        for y in (*call.results(), *([target] if target is not None else [])):
            if y.is_view:
                self.views.setdefault(y.root, {})[y] = item
            else:
                self.latest[y] = item
                self.views.pop(y, None)

    def _label(self, call: Op, code: str, made: list[Value], target: Value | None) -> tuple[str, str]:
        """The function, and what becomes of its result; or the whole line, if that is an expression."""
        inner = [v for v in call.reads() if v in self.source.inside and not v.is_view]
        if made and (inner or not made[0].is_array):
            variable, _, expression = code.partition(" = ")
            return variable, shortened(expression, EXPRESSION_WIDTH)
        if call.fn is operator.setitem:
            return shortened(code, EXPRESSION_WIDTH), ""
        if target is not None:
            return self._function(call), f"{self._name(target)} in place"
        names = ", ".join(self.names[y] for y in made)
        return self._function(call), f"→ {names}" if names else ""

    def _function(self, call: Op) -> str:
        fn = call.fn
        if isinstance(fn, str):
            return fn.lstrip(".")
        owner = getattr(fn, "__self__", None)
        return f"{owner.__name__}.{fn.__name__}" if isinstance(owner, np.ufunc) else name_of(fn)

    def _name(self, value: Value) -> str:
        return self.names.get(value) or self.names.get(value.root, "")

    def _read(self, call: Op) -> Iterator[Value]:
        """The values that a line reads, through the calls that stand within it; and the view into which it writes."""
        into = [call.writes] if call.writes is not None and call.writes.is_view else []
        for value in (*call.reads(), *into):
            if value in call.results():  # which it fills
                continue
            if call.loop is not None and value is call.loop.index:  # which stands on its box
                continue
            if value in self.source.inside:
                yield from self._read(self.source.inside[value])
            elif value.kind is not Kind.CONSTANT:
                yield value

    def _rows(self, call: Op, code: str, made: list[Value], target: Value | None) -> Iterator[tuple[str, str]]:
        yield "line", code
        if modules := modules_of(call.scope):
            yield "module", self.paths[id(modules[-1])]
        elif call.part:
            yield "part of", call.part
        for y in made:
            yield self.names[y], form_of(y)
        if target is not None:
            yield "updates", f"{self._name(target)}, {form_of(target)}, in place"
        for y in made:
            if (buffer := self.program.buffers.get(y)) is None:
                continue
            before = [self.names[v] for v in buffer.values[: buffer.values.index(y)] if v in self.names]
            if before and before[-1] != self.names[y]:
                yield "memory", f"takes over that of {before[-1]}"

    # -- leaves and results --------------------------------------------------------------------------------------------

    def _edge(self, value: Value, head: Item) -> Edge:
        root = value.root
        tail = self.views.get(root, {}).get(value) or self.latest.get(root)
        if tail is None:
            section = next(iter(boxes_around(head.box)), None)
            tail = self.latest.get((root, section)) or self.latest.setdefault((root, section), self._leaf(root))
        flow = Flow.VALUE
        if head.role is Role.GRADIENT_CALL and tail.is_call:
            flow = Flow.GRADIENT if tail.role is Role.GRADIENT_CALL else Flow.SAVED
        return Edge(tail, head, *_shape_and_dtype(value), self._name(value), flow=flow)

    def _leaf(self, value: Value) -> Item:
        source = self.sources.get(value)
        role = Role.INPUT if source is None else Role.PARAMETER
        shape, dtype = getattr(value.array, "shape", None), getattr(value.array, "dtype", None)
        kind = form_text(shape, dtype) or type(value.array).__name__
        item = Item(role, self.names.get(value, "value"), None, shape, dtype)
        told = [("lives in", self.source.parameters.of(source)[1])] if source is not None else [("argument", item.name)]
        return self._add(item, [kind], [*told, ("form", form_of(value))])

    def _add(self, item: Item, lines: list[str], rows: Iterable[tuple[str, str]]) -> Item:
        item.lines, item.rows = lines, list(rows)
        self.sketch.items.append(item)
        return item

    def _add_results(self) -> None:
        outputs, grads, _ = self.captured.results()
        count = len(outputs)
        for k, value in enumerate(map(self.program.now, (*outputs, *grads))):
            if value.kind is Kind.CONSTANT:
                continue
            name = self._name(value)
            role = Role.GRADIENT if k >= count else Role.LOSS if name == "loss" else Role.OUTPUT
            shape, dtype = _shape_and_dtype(value)
            title = f"{name.removeprefix('g_')}.grad" if k >= count else name
            item = Item(role, title, None, shape, dtype)
            edge = self._edge(value, item)
            edge.flow = Flow.GRADIENT if k >= count else Flow.VALUE
            self._add(item, [form_text(shape, dtype)], [("returned" if k < count else "left in", title)])
            self.sketch.edges.append(edge)

    # -- boxes ---------------------------------------------------------------------------------------------------------

    def _box(self, call: Op, owner: str) -> Box:
        """The section, the module in it, the parameter that is updated, or the loop."""
        section = box = self._boxes.setdefault(call.stage, Box(call.stage, "section"))
        if owner:
            box = self._boxes.setdefault((owner, section), Box(owner, "update", section))
        if (loop := call.loop) is not None:
            head = f"for {self.names[loop.index]} in range(0, {loop.stop}, {loop.step})"
            return self._boxes.setdefault(loop, Box(head, "loop", box))
        return box if owner else self._modules.of(call.scope, section, call.stage == "forward") or section


def _shape_and_dtype(value: Value) -> tuple[Any, Any]:
    """Those of a number are those of an array of no dtype."""
    return getattr(value.array, "shape", ()), getattr(value.array, "dtype", None)
