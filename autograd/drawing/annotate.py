"""What is told of an item: the further lines of its label, and the rows of its tooltip."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from textwrap import dedent
from types import CodeType
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd._util.syntax import path_to
from autograd._util.tables import in_bytes, in_seconds
from autograd.drawing import dot
from autograd.drawing.build import Builder, uses
from autograd.drawing.picture import WARNING
from autograd.drawing.sketch import Item, Role
from autograd.drawing.text import (
    Rows,
    comma_separated,
    constant_text,
    form_text,
    index_text,
    option_text,
    plural,
    shortened,
    tally_text,
)
from autograd.drawing.values import MOST_WARNINGS, Alarms, dead_units
from autograd.engine.graph import Node
from autograd.nn.paths import module_paths, modules_of
from autograd.profiling.profiler import Profile
from autograd.profiling.tables import Row, added_up
from autograd.rules.operation import OUTPUT

NOT_SEEN = "not seen; draw the function that computes it, or compute it inside ag.profile()"
MOST_TOLD = 8  # inputs or parameters that a tooltip names
RULE_LINES = 12  # of a rule, before the rest is left out


def annotate(items: Sequence[Item], builder: Builder, alarms: Alarms) -> Rows:
    """Fill in lines, rows and looks of what is drawn. Returns the colours of the times, each with what it means."""
    paths = module_paths(item.source.scope for item in items if hasattr(item.source, "scope"))
    costs = {item: cost for item in items if (cost := cost_of(item, builder.profile)) is not None}
    hottest = max((cost.total for cost in costs.values()), default=0.0)
    for item in items:
        lines, rows, look = _label(item), list(_tooltip_rows(item, builder, paths)), {}
        worries = [alarm for part in item.all() for alarm in alarms.get(part, ())]
        rows += [(WARNING, text) for _, text in worries if text][:MOST_WARNINGS]
        if (cost := costs.get(item)) is not None:
            lines.append(in_seconds(cost.total))
            look["fillcolor"] = dot.heat(cost.total / hottest if hottest else 0.0)
            rows += [("forward", in_seconds(cost.forward)), ("backward", in_seconds(cost.backward))]
            rows += [("bytes made", in_bytes(cost.made)), ("bytes kept", in_bytes(cost.kept))]
        if worries:
            look |= dot.CAUSE if any(is_cause for is_cause, _ in worries) else dot.AFFECTED
        item.lines, item.rows, item.look = lines, rows, look
    return [(dot.heat(share), in_seconds(share * hottest)) for share in (0.0, 0.5, 1.0) if hottest]


def cost_of(item: Item, profile: Profile | None) -> Row | None:
    """That of a call of the forward pass, or of all that is folded into an item."""
    if profile is None:
        return None
    parts = [part.source for part in item.all() if part.role is Role.CALL and isinstance(part.source, Node)]
    calls = [call for part in parts if (call := profile.of(part)) is not None]
    return added_up(item.name, "", calls) if calls else None


def _label(item: Item) -> list[str]:
    """The lines of its label below its name."""
    if item.is_folded:
        return [shortened(item.detail, 48)]
    lines = []
    if item.is_call:
        lines.append(shortened(item.detail))
    elif item.role not in (Role.CONSTANT, Role.LOSS, Role.OUTPUT):
        lines.append(form_text(item.shape, item.dtype))
    if item.members:  # which differ in what their values are like
        return lines
    if item.measured is not None and item.role is not Role.CONSTANT:
        lines += item.measured.lines()
    if item.gradient is not None and item.role not in (Role.LOSS, Role.OUTPUT):
        first, *rest = item.gradient.lines()
        lines += [f"gradient {first}", *rest]
    return lines


# -- tooltips ----------------------------------------------------------------------------------------------------------


def _tooltip_rows(item: Item, builder: Builder, paths: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    if item.times == 0:
        yield from _folded_rows(item)
        return
    if item.times > 1:
        yield "drawn once", f"the first of {item.times:,} equal ones"
    if item.members:
        yield from _tooltip_rows(item.members[0], builder, paths)
        return
    form = form_text(item.shape, item.dtype)
    if item.is_call:
        yield from _call_rows(item, builder, paths)
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
    if item.measured is not None:
        yield "value", str(item.measured)
        dead, units = dead_units(item.value)
        if item.name == "relu" and units:
            yield "zero for the whole batch", f"{dead:,} of {plural(units, 'unit')}"
    if item.gradient is not None:
        yield "gradient", f"{item.gradient}; norm {item.gradient.norm:.3g}"


def _call_rows(item: Item, builder: Builder, paths: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    source = item.source
    yield "function", name_of(source.operation.fn if isinstance(source, Node) else source.fn, qualified=True)
    if item.of is not None:
        yield "made by", f"the rules of {item.of.name}"
    if modules := modules_of(source.scope if item.of is None else item.of.source.scope):
        yield "module", paths.get(id(modules[-1]), type(modules[-1]).__name__)
    yield "called at", NOT_SEEN if item.location is None else item.location.brief
    if item.location is not None and item.location.source:
        yield "line", item.location.source
    for use in list(uses(source, builder.watcher))[:MOST_TOLD]:
        origin = builder.items.get(use.source)
        is_array = use.shape or origin is not None
        yield (
            f"input {use.label}".strip(),
            comma_separated(
                form_text(use.shape, use.dtype) if is_array else constant_text(use.value, use.shape, use.dtype),
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


# -- rules -------------------------------------------------------------------------------------------------------------


def rule_text(rule: Any) -> str:
    """The source of a rule, of a lambda that lambda alone; its name and parameters, if the source cannot be read."""
    code = getattr(rule, "__code__", None)
    text = _source(code, "".join(linecache.getlines(code.co_filename))) if isinstance(code, CodeType) else None
    if text is None:
        try:
            parameters = ", ".join(inspect.signature(rule).parameters)
        except (ValueError, TypeError):  # it is written in C
            parameters = "..."
        return f"{getattr(rule, '__name__', type(rule).__name__)}({parameters})"
    lines = text.splitlines()
    return "\n".join([*lines[:RULE_LINES], "..."] if len(lines) > RULE_LINES else lines)


@functools.lru_cache(1024)
def _source(code: CodeType, file: str) -> str | None:
    """Of a lambda the innermost around the last of its instructions that stands in its body; `file` is the whole text.

    Kept, because Python tokenizes a function to find its end: that took two fifths of the time of a picture.
    """
    if code.co_name != "<lambda>":
        try:
            return dedent(inspect.getsource(code)).strip()
        except OSError:
            return None
    last = max((p for p in code.co_positions() if None not in p), key=lambda p: (p[0], p[2]), default=None)
    path = path_to(code.co_filename, last) if last is not None else []
    within = [node for node, inner in pairwise(path) if isinstance(node, ast.Lambda) and inner is node.body]
    found = ast.get_source_segment(file, within[-1]) if within else None
    return None if found is None else " ".join(found.split())
