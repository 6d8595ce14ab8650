"""What became of a trace: how many calls and bytes the plan has saved, what lies where, and what was left as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import accumulate, chain
from textwrap import fill
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd.compiler.ir import Kind, Loop, Op, Program, Value
from autograd.compiler.printing.constants import is_foreign
from autograd.compiler.printing.lines import STEP, WIDTH, form
from autograd.compiler.printing.source import PrintedProgram
from autograd.compiler.tracing.opaque_steps import OpaqueStep
from autograd.profiling.tables import Table, in_bytes

MOST = 12  # rows of one kind
LONGEST = 80  # characters of a list of names
# What each step of the plan leaves out, by the name of its function.
LEFT_OUT = {
    "without_idle_views": "views of a whole array: that array",
    "without_idle_arrays": "scalars that need not become arrays",
    "merged": "equal to another: merged",
    "without_idle_copies": "copies of what is not used again: avoided",
    "without_dead_calls": "read by nothing: dropped",
    "cut": "to make chains of calls on big arrays piece by piece",
    "cast_once": "casts of numbers, each once for several calls",
}


def explained(name: str, program: Program, source: PrintedProgram) -> Table:
    """A table of what the plan did."""
    names = source.names
    parts = [_calls(program, len(source.statements)), _pieces(program), _memory(program, names)]
    parts += [_shared(program, names), _opaque(program)]
    heading = fill(name, WIDTH, subsequent_indent=STEP, break_long_words=False, break_on_hyphens=False)
    return Table("\n".join([heading, *chain.from_iterable(parts)]))


def _calls(program: Program, lines: int) -> Iterator[str]:
    counts, calls = dict(program.counts), program.ops
    views = sum(y.is_view for call in calls for y in call.results())
    in_place = sum(call.writes is not None for call in calls)
    rows = [(counts.pop("traced"), "traced")]
    rows += [(-number, LEFT_OUT.get(step, step)) for step, number in counts.items() if number]
    if more := len(calls) - sum(number for number, _ in rows):
        rows.append((more, "by other functions, that write into memory which is there"))
    about = f"in the program, on {_count(lines, 'line')}: {views:,} make a view, {in_place:,} update in place"
    yield from ["", "calls", *_table([*rows, (len(calls), about)])]


def _table(rows: list[tuple[Any, str]], step: str = "    ") -> Iterator[str]:
    texts = [(f"{number:,}" if isinstance(number, int) else number, text) for number, text in rows]
    width = max((len(number) for number, _ in texts), default=0)
    return (f"{step}{number.rjust(width)}  {text}" for number, text in texts)


def _pieces(program: Program) -> Iterator[str]:
    """Chains of calls on big arrays, which are made of one piece after the other, so that each stays in the cache."""
    calls: dict[Loop, int] = Counter()
    for call in program.ops:
        if call.loop is not None and isinstance(call.fn, np.ufunc):
            calls[call.loop] += 1
    rows = [(count, f"in {loop.stop // loop.step:,} pieces of {loop.step:,} rows") for loop, count in calls.items()]
    if rows:
        yield from ["", "calls on big arrays, piece by piece", *_table(rows)]


def _memory(program: Program, names: Mapping[Value, str]) -> Iterator[str]:
    made = [y for call in program.ops for y in call.results() if y.root is y and y.kind is Kind.MADE and y.nbytes]
    places = {(buffer.offset, *y.layout()) for y, buffer in program.buffers.items()}
    anew = [y for y in made if y not in program.buffers and y.array.ndim]
    rows = [(in_bytes(sum(y.nbytes for y in made)), f"if each of {_count(len(made), 'array')} had memory of its own")]
    if places:
        shared = f"in one piece, in which {len(program.buffers):,} of them share {_count(len(places), 'place')}"
        rows.append((in_bytes(program.size), shared))
    names_anew = f": {_listed(of, ', ')}" if (of := _names(anew, names)) else ""
    rows.append((in_bytes(sum(y.nbytes for y in anew)), f"made anew in each call{names_anew}"))
    yield from ["", "memory", *_table(rows)]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _names(values: list[Value], names: Mapping[Value, str]) -> list[str]:
    return list(dict.fromkeys(names[y] for y in values if y in names))


def _listed(words: list[str], between: str) -> str:
    """As many of the words as a line has room for."""
    length = list(accumulate(len(word) + len(between) for word in words))
    shown = max(1, sum(end <= LONGEST for end in length))
    more = f" and {len(words) - shown:,} more" if len(words) > shown else ""
    return between.join(words[:shown]) + more


def _shared(program: Program, names: Mapping[Value, str]) -> Iterator[str]:
    """What lies in the same memory, in the order in which it is there."""
    places: dict[Any, list[Value]] = {}
    for y, buffer in program.buffers.items():
        places.setdefault((buffer.offset, *y.layout()), []).append(y)
    rows = [(form(held[0]), _listed(of, " -> ")) for held in places.values() if len(of := _names(held, names)) > 1]
    if rows:
        more = [("...", f"and {len(rows) - MOST:,} more")] if len(rows) > MOST else []
        yield from ["", "one after the other in the same memory", *_table([*rows[:MOST], *more])]


def _opaque(program: Program) -> Iterator[str]:
    """Calls that the program makes as they are, whatever they do inside."""
    found: dict[str, str] = {}
    for call in program.ops:
        if (why := _why(call)) is not None:
            found.setdefault(name_of(call.fn), why)
    if found:
        yield from ["", "called as they are", *_table(list(found.items()))]


def _why(call: Op) -> str | None:
    """Why a call is one step of the program, if it is a Python function that is not NumPy's."""
    fn = call.fn
    if isinstance(fn, OpaqueStep):
        return fn.kind + (", or draws random numbers" if call.effect else "")
    return f"of {fn.__module__}: its code looks at values" if is_foreign(fn) else None
