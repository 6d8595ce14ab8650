"""What is told of an item: the further lines of its label, and the rows of its tooltip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd.drawing import looks
from autograd.drawing.alarms import MOST, Alarms, dead_units
from autograd.drawing.collecting import UNKNOWN, uses
from autograd.drawing.dot import Notes
from autograd.drawing.facts import Facts
from autograd.drawing.sketch import CALLS, Item, Role
from autograd.drawing.sources import source_of
from autograd.drawing.words import constant, count, form, index_text, option_text, shortened, tally
from autograd.engine.graph import Node
from autograd.nn.paths import module_paths, modules_of
from autograd.profiling.profiler import Call
from autograd.profiling.tables import in_bytes, in_seconds
from autograd.rules.operation import OUTPUT

NOT_SEEN = "not seen; draw the function that computes it, or compute it inside ag.profile()"
COLD, HOT = (255, 255, 255), (240, 140, 40)  # of the scale of times


Scale = list[tuple[str, str]]


def described(items: Sequence[Item], facts: Facts, alarms: Alarms) -> tuple[dict[Item, Notes], Scale]:
    """The notes on each item that is drawn; and the colours of the times among them, each with what it means."""
    paths = module_paths(item.source.scope for item in items if hasattr(item.source, "scope"))
    costs = {item: cost for item in items if (cost := facts.cost(item)) is not None}
    hottest = max((cost.forward + cost.backward for cost in costs.values()), default=0.0)
    notes = {}
    for item in items:
        note = Notes(_lines(item, facts), list(_rows(item, facts, paths)))
        if worries := [alarms[part] for part in item.all() if part in alarms]:
            note.look = looks.CAUSE if any(alarm.is_cause for alarm in worries) else looks.AFFECTED
            note.rows += [("warning", text) for alarm in worries for text in alarm.texts][:MOST]
        if (cost := costs.get(item)) is not None:
            seconds = cost.forward + cost.backward
            note.lines.append(in_seconds(seconds))
            note.fill = heat(seconds / hottest if hottest else 0.0)
            note.rows += _cost_rows(cost)
        notes[item] = note
    shares = (0.0, 0.5, 1.0) if hottest else ()
    return notes, [(heat(share), in_seconds(share * hottest)) for share in shares]


def heat(share: float) -> str:
    """A colour from white, for 0, to orange, for 1."""
    return "#" + "".join(f"{round(cold + share * (hot - cold)):02x}" for cold, hot in zip(COLD, HOT, strict=True))


# -- labels ------------------------------------------------------------------------------------------------------------


def _lines(item: Item, facts: Facts) -> list[str]:
    if item.is_folded:
        return [shortened(item.detail, 48)]
    lines = []
    if item.role in CALLS:
        lines.append(shortened(item.detail))
    elif item.role not in (Role.CONSTANT, Role.LOSS, Role.OUTPUT):
        lines.append(form(item.shape, item.dtype))
    if (found := facts.values.get(item)) is not None and item.role is not Role.CONSTANT:
        lines += found.lines()
    if (found := facts.gradients.get(item)) is not None and item.role not in (Role.LOSS, Role.OUTPUT):
        first, *rest = found.lines()
        lines += [f"gradient {first}", *rest]
    return [line for line in lines if line]


# -- tooltips ----------------------------------------------------------------------------------------------------------


def _rows(item: Item, facts: Facts, paths: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    if item.times == 0:
        yield from _folded_rows(item)
        return
    if item.times > 1:
        yield "drawn once", f"the first of {item.times:,} equal ones"
    if item.members:
        yield from _rows(item.members[0], facts, paths)
        return
    source = item.source
    if item.role in CALLS:
        function = source.operation.fn if isinstance(source, Node) else source.fn
        yield "function", name_of(function, qualified=True)
        if item.of is not None:
            yield "made by", f"the rules of {item.of.name}"
        scope = source.scope if item.of is None else item.of.source.scope
        if modules := modules_of(scope):
            yield "module", paths.get(id(modules[-1]), type(modules[-1]).__name__)
        yield from _place(item, facts)
        yield from _inputs(source, facts)
    elif item.role is Role.CONSTANT:
        yield "constant", constant(item.value, item.shape, item.dtype)
    else:
        yield item.role.value, item.name
    if (text := form(item.shape, item.dtype)) and item.role is not Role.CONSTANT:
        yield ("output" if item.role in CALLS else "shape"), text
    if isinstance(source, Node):
        yield from _options(source)
        yield from _saved(source)
        yield from _rules(source)
    if (found := facts.values.get(item)) is not None:
        yield "value", str(found)
        dead, units = dead_units(item.value)
        if item.name == "relu" and units:
            yield "zero for the whole batch", f"{dead:,} of {count(units, 'unit')}"
    if (found := facts.gradients.get(item)) is not None:
        yield "gradient", f"{found}; norm {found.norm:.3g}"


def _place(item: Item, facts: Facts) -> Iterator[tuple[str, str]]:
    location = facts.location(item)
    if location is None:
        yield "called at", NOT_SEEN
    else:
        yield "called at", location.brief
        if location.source:
            yield "line", location.source


def _inputs(source: Any, facts: Facts) -> Iterator[tuple[str, str]]:
    for use in list(uses(source, facts.watcher))[:8]:
        origin = facts.items.get(use.source)
        value = None if use.value is UNKNOWN else use.value
        words = [form(use.shape, use.dtype) if use.shape or origin else constant(value, use.shape, use.dtype)]
        if origin is not None:
            words.append(f"from {origin.name}")
        if not use.flows and origin is not None and origin.role in CALLS:
            words.append("no gradient flows back")
        if use.kept:
            words.append("kept")
        yield f"input {use.label}".strip(), ", ".join(word for word in words if word)


def _options(node: Node) -> Iterator[tuple[str, str]]:
    for name, value in node.options.items():
        yield f"option {name}", shortened(index_text(value) if name == "index" else option_text(value), 80)


def _saved(node: Node) -> Iterator[tuple[str, str]]:
    operation, sources = node.operation, node.plan.sources
    names = ("y", *operation.hidden)
    known = ", ".join(operation.inputs[k] if k >= 0 else names[OUTPUT - k] for k in sources)
    if node.saved is None:
        yield "kept for the backward pass", f"{known}: freed by an earlier backward()"
    elif not known:
        yield "kept for the backward pass", "nothing"
    else:
        parts = [part for value in node.saved for part in (value if isinstance(value, list | tuple) else (value,))]
        size = sum(part.nbytes for part in parts if isinstance(part, np.ndarray))
        yield "kept for the backward pass", f"{known}: {in_bytes(size)}"


def _rules(node: Node) -> Iterator[tuple[str, str]]:
    operation = node.operation
    if operation.variadic:
        rule = operation.rules["xs"]
        if rule is not None:
            yield "rule for each input", source_of(rule)
        return
    for k, name in enumerate(operation.inputs):
        rule = operation.rules[name]
        if rule is not None and k < len(node.parents) and node.parents[k] is not None:
            yield f"rule for {name}", source_of(rule)


def _cost_rows(cost: Call) -> list[tuple[str, str]]:
    return [
        ("forward", in_seconds(cost.forward)),
        ("backward", in_seconds(cost.backward)),
        ("bytes made", in_bytes(cost.made)),
        ("bytes kept", in_bytes(cost.kept)),
    ]


def _folded_rows(item: Item) -> Iterator[tuple[str, str]]:
    parts = list(item.all())
    calls = Counter(part.name for part in parts if part.role in CALLS)
    yield "folded", item.name
    if calls:
        yield "calls", f"{sum(calls.values()):,}: {tally(calls)}"
    leaves = Counter(part.role.value for part in parts if part.role not in CALLS)
    if leaves:
        yield "leaves", tally(leaves)
    if parameters := [part for part in parts if part.role is Role.PARAMETER]:
        names = ", ".join(part.name for part in parameters[:8])
        yield "parameters", names + (f" and {len(parameters) - 8:,} more" if len(parameters) > 8 else "")
