"""What is told of an item: the further lines of its label, and the rows of its tooltip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd.drawing import style
from autograd.drawing.build import UNKNOWN, uses
from autograd.drawing.dot import Notes
from autograd.drawing.facts import MOST_WARNINGS, Alarms, Facts, dead_units
from autograd.drawing.sketch import Item, Role
from autograd.drawing.text import (
    Rows,
    comma_separated,
    constant_text,
    form_text,
    index_text,
    option_text,
    plural,
    rule_text,
    shortened,
    tally_text,
)
from autograd.engine.graph import Node
from autograd.nn.paths import module_paths, modules_of
from autograd.profiling.tables import in_bytes, in_seconds
from autograd.rules.operation import OUTPUT

NOT_SEEN = "not seen; draw the function that computes it, or compute it inside ag.profile()"
MOST_TOLD = 8  # inputs or parameters that a tooltip names


def annotate(items: Sequence[Item], facts: Facts, alarms: Alarms) -> tuple[dict[Item, Notes], Rows]:
    """The notes on each item that is drawn; and the colours of the times among them, each with what it means."""
    paths = module_paths(item.source.scope for item in items if hasattr(item.source, "scope"))
    costs = {item: cost for item in items if (cost := facts.cost(item)) is not None}
    hottest = max((cost.total for cost in costs.values()), default=0.0)
    notes = {}
    for item in items:
        notes[item] = note = Notes(_label(item, facts), list(_tooltip_rows(item, facts, paths)))
        worries = [alarms[part] for part in item.all() if part in alarms]
        note.rows += [("warning", text) for alarm in worries for text in alarm.texts][:MOST_WARNINGS]
        if (cost := costs.get(item)) is not None:
            note.lines.append(in_seconds(cost.total))
            note.look |= {"fillcolor": style.heat(cost.total / hottest if hottest else 0.0)}
            note.rows += [("forward", in_seconds(cost.forward)), ("backward", in_seconds(cost.backward))]
            note.rows += [("bytes made", in_bytes(cost.made)), ("bytes kept", in_bytes(cost.kept))]
        if worries:
            note.look |= style.CAUSE if any(alarm.is_cause for alarm in worries) else style.AFFECTED
    shares = (0.0, 0.5, 1.0) if hottest else ()
    return notes, [(style.heat(share), in_seconds(share * hottest)) for share in shares]


def _label(item: Item, facts: Facts) -> list[str]:
    """The lines of its label below its name."""
    if item.is_folded:
        return [shortened(item.detail, 48)]
    lines = []
    if item.is_call:
        lines.append(shortened(item.detail))
    elif item.role not in (Role.CONSTANT, Role.LOSS, Role.OUTPUT):
        lines.append(form_text(item.shape, item.dtype))
    if (found := facts.values.get(item)) is not None and item.role is not Role.CONSTANT:
        lines += found.lines()
    if (found := facts.gradients.get(item)) is not None and item.role not in (Role.LOSS, Role.OUTPUT):
        first, *rest = found.lines()
        lines += [f"gradient {first}", *rest]
    return lines


# -- tooltips ----------------------------------------------------------------------------------------------------------


def _tooltip_rows(item: Item, facts: Facts, paths: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    if item.times == 0:
        yield from _folded_rows(item)
        return
    if item.times > 1:
        yield "drawn once", f"the first of {item.times:,} equal ones"
    if item.members:
        yield from _tooltip_rows(item.members[0], facts, paths)
        return
    form = form_text(item.shape, item.dtype)
    if item.is_call:
        yield from _call_rows(item, facts, paths)
        if form:
            yield "output", form
    elif item.role is Role.CONSTANT:
        yield "constant", constant_text(item.value, item.shape, item.dtype)
    else:
        yield item.role.value, item.name
        if form:
            yield "shape", form
    if isinstance(item.source, Node):
        yield from _node_rows(item.source)
    if (found := facts.values.get(item)) is not None:
        yield "value", str(found)
        dead, units = dead_units(item.value)
        if item.name == "relu" and units:
            yield "zero for the whole batch", f"{dead:,} of {plural(units, 'unit')}"
    if (found := facts.gradients.get(item)) is not None:
        yield "gradient", f"{found}; norm {found.norm:.3g}"


def _call_rows(item: Item, facts: Facts, paths: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    source = item.source
    yield "function", name_of(source.operation.fn if isinstance(source, Node) else source.fn, qualified=True)
    if item.of is not None:
        yield "made by", f"the rules of {item.of.name}"
    if modules := modules_of(source.scope if item.of is None else item.of.source.scope):
        yield "module", paths.get(id(modules[-1]), type(modules[-1]).__name__)
    location = facts.location(item)
    yield "called at", NOT_SEEN if location is None else location.brief
    if location is not None and location.source:
        yield "line", location.source
    for use in list(uses(source, facts.watcher))[:MOST_TOLD]:
        origin = facts.items.get(use.source)
        value = None if use.value is UNKNOWN else use.value
        is_array = use.shape or origin is not None
        yield (
            f"input {use.label}".strip(),
            comma_separated(
                form_text(use.shape, use.dtype) if is_array else constant_text(value, use.shape, use.dtype),
                f"from {origin.name}" if origin is not None else "",
                "no gradient flows back" if origin is not None and origin.is_call and not use.flows else "",
                "kept" if use.kept else "",
            ),
        )


def _node_rows(node: Node) -> Iterator[tuple[str, str]]:
    """The options of a call, what it keeps, and its rules."""
    operation, sources = node.operation, node.plan.sources
    for name, value in node.options.items():
        yield f"option {name}", shortened(index_text(value) if name == "index" else option_text(value), 80)
    outputs = ("y", *operation.hidden)
    kept = ", ".join(operation.inputs[k] if k >= 0 else outputs[OUTPUT - k] for k in sources) or "nothing"
    if sources and node.saved is None:
        kept += ": freed by an earlier backward()"
    elif sources and node.saved is not None:
        parts = [part for value in node.saved for part in (value if isinstance(value, list | tuple) else (value,))]
        kept += f": {in_bytes(sum(part.nbytes for part in parts if isinstance(part, np.ndarray)))}"
    yield "kept for the backward pass", kept
    if operation.variadic:
        rules: list[tuple[str, Any]] = [("each input", operation.rules["xs"])]
    else:
        inputs = zip(operation.inputs, node.parents, strict=False)
        rules = [(name, operation.rules[name]) for name, parent in inputs if parent is not None]
    yield from ((f"rule for {name}", rule_text(rule)) for name, rule in rules if rule is not None)


def _folded_rows(item: Item) -> Iterator[tuple[str, str]]:
    parts = list(item.all())
    calls = Counter(part.name for part in parts if part.is_call)
    yield "folded", item.name
    if calls:
        yield "calls", f"{sum(calls.values()):,}: {tally_text(calls)}"
    leaves = Counter(part.role.value for part in parts if not part.is_call)
    if leaves:
        yield "leaves", tally_text(leaves)
    if parameters := [part for part in parts if part.role is Role.PARAMETER]:
        names = ", ".join(part.name for part in parameters[:MOST_TOLD])
        more = len(parameters) - MOST_TOLD
        yield "parameters", names + (f" and {more:,} more" if more > 0 else "")
