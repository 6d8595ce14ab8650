"""What became of a trace: how many calls and bytes the plan has saved, what lies where, and what was left as it was."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, chain
from textwrap import fill
from typing import Any

from autograd._util.functions import name_of
from autograd.compiler.ir import Kind, Program, Value
from autograd.compiler.printing.constants import is_foreign
from autograd.compiler.printing.lines import INDENT, WIDTH, form_of
from autograd.compiler.printing.source import PrintedProgram
from autograd.compiler.tracing.opaque_steps import OpaqueStep
from autograd.profiling.tables import Table, in_bytes

MOST_PLACES = 12
LIST_WIDTH = 80  # characters of a list of names
# What each pass leaves out, by the name of its function.
LEFT_OUT = {
    "elide_views": "views of a whole array, and scalars that need not become arrays",
    "eliminate_common_subexpressions": "equal to another: merged",
    "elide_copies": "copies of what is not used again: avoided",
    "eliminate_dead_code": "read by nothing: dropped",
    "update_elements": "elements that are taken, changed and put back: updated in place",
    "cast_once": "casts of numbers, each once for several calls",
    "tile_loops": "to make chains of calls on big arrays piece by piece",
}


def explanation(name: str, program: Program, source: PrintedProgram) -> Table:
    """A table of what the plan did."""
    heading = fill(name, WIDTH, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False)
    parts = [_calls(program, len(source.statements)), _memory(program, source), _shared(program, source)]
    return Table("\n".join([heading, *chain.from_iterable([*parts, _opaque(program)])]))


def _calls(program: Program, lines: int) -> Iterator[str]:
    counts, ops = dict(program.counts), program.ops
    views = sum(y.is_view for op in ops for y in op.results())
    in_place = sum(op.writes is not None for op in ops)
    rows = [(counts.pop("traced"), "traced")]
    rows += [(-number, LEFT_OUT[step]) for step, number in counts.items() if number]
    if more := len(ops) - sum(number for number, _ in rows):
        rows.append((more, "by other functions, that are cheaper or write into memory which is there"))
    about = f"in the program, on {_plural(lines, 'line')}: {views:,} make a view, {in_place:,} update in place"
    rows.append((len(ops), about))
    yield from _section("calls", [(f"{number:,}", text) for number, text in rows])
    loops = dict.fromkeys(op.loop for op in ops if op.loop is not None)
    rows = [(loop.stop // loop.step, f"pieces of {loop.step:,} rows") for loop in loops]
    yield from _section("loops over pieces of big arrays", [(f"{number:,}", text) for number, text in rows])


def _section(heading: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    width = max((len(first) for first, _ in rows), default=0)
    if rows:
        yield from ["", heading, *(f"    {first.rjust(width)}  {text}" for first, text in rows)]


def _memory(program: Program, source: PrintedProgram) -> Iterator[str]:
    made = [y for op in program.ops for y in op.results() if y.root is y and y.kind is Kind.MADE and y.nbytes]
    anew = [y for y in made if y not in program.buffers and y.array.ndim]
    rows = [(sum(y.nbytes for y in made), f"if each of {_plural(len(made), 'array')} had memory of its own")]
    if program.buffers:
        shared = f"{len(program.buffers):,} of them share {_plural(len(_places(program)), 'place')}"
        rows.append((program.size, f"in one piece, in which {shared}"))
    names = _joined_names(_names(anew, source), ", ")
    rows.append((sum(y.nbytes for y in anew), f"made anew in each call{': ' if names else ''}{names}"))
    yield from _section("memory", [(in_bytes(size), text) for size, text in rows])


def _plural(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _names(values: list[Value], source: PrintedProgram) -> list[str]:
    return list(dict.fromkeys(source.names[y] for y in values if y in source.names))


def _joined_names(words: list[str], between: str) -> str:
    """As many of the words as a line has room for."""
    length = list(accumulate(len(word) + len(between) for word in words))
    shown = max(1, sum(end <= LIST_WIDTH for end in length))
    more = f" and {len(words) - shown:,} more" if len(words) > shown else ""
    return between.join(words[:shown]) + more


def _places(program: Program) -> dict[Any, list[Value]]:
    """What lies in the same memory, in the order in which it is there."""
    places: dict[Any, list[Value]] = {}
    for y, buffer in program.buffers.items():
        places.setdefault((buffer.offset, *y.layout()), []).append(y)
    return places


def _shared(program: Program, source: PrintedProgram) -> Iterator[str]:
    held = [(form_of(values[0]), _names(values, source)) for values in _places(program).values()]
    rows = [(kind, _joined_names(names, " -> ")) for kind, names in held if len(names) > 1]
    more = [("...", f"and {len(rows) - MOST_PLACES:,} more")] if len(rows) > MOST_PLACES else []
    yield from _section("one after the other in the same memory", rows[:MOST_PLACES] + more)


def _opaque(program: Program) -> Iterator[str]:
    """Calls of Python functions that are not NumPy's: the program makes them as they are, whatever they do inside."""
    found: dict[str, str] = {}
    for op in program.ops:
        if isinstance(op.fn, OpaqueStep):
            found.setdefault(name_of(op.fn), op.fn.kind + (", or draws random numbers" if op.effect else ""))
        elif is_foreign(op.fn):
            found.setdefault(name_of(op.fn), f"of {op.fn.__module__}: its code looks at values")
    yield from _section("called as they are", list(found.items()))
