"""What became of a trace: how many calls and bytes the plan has saved, what lies where, and what was left as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import fill, shorten

from autograd._util.functions import name_of
from autograd._util.tables import Table, in_bytes
from autograd.compiler.ir import Kind, Program, Value
from autograd.compiler.passes.rewrites import is_foreign
from autograd.compiler.printing.constants import described
from autograd.compiler.printing.source import INDENT, WIDTH, PrintedProgram, form_of, values_by_place

MOST_ROWS = 12  # of a section
LIST_WIDTH = 80  # characters of a list of names
Rows = Iterator[tuple[str, str]]


def explanation(name: str, program: Program, source: PrintedProgram) -> Table:
    """A table of what the plan did."""
    loops = dict.fromkeys(op.loop for op in program.ops if op.loop is not None)
    places = [(form_of(values[0]), _listed(values, source, " -> ")) for values in values_by_place(program).values()]
    sections: dict[str, Iterable[tuple[str, str]]] = {
        "calls": _calls(program, len(source.statements)),
        "loops over pieces of big arrays": ((f"{x.stop // x.step:,}", f"pieces of {x.step:,} rows") for x in loops),
        "memory": _memory(program, source, len(places)),
        "one after the other in the same memory": ((form, names) for form, names in places if " -> " in names),
        # Python functions that are not NumPy's: the program calls them as they are, whatever they do inside.
        "called as they are": {name_of(op.fn): described(op.fn) for op in program.ops if is_foreign(op.fn)}.items(),
    }
    lines = [fill(name, WIDTH, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False)]
    for heading, found in sections.items():
        if rows := list(found):
            rows[MOST_ROWS:] = [("...", f"and {len(rows) - MOST_ROWS:,} more")] * (len(rows) > MOST_ROWS)
            width = max(len(first) for first, _ in rows)
            lines += ["", heading, *(f"{INDENT}{first.rjust(width)}  {text}" for first, text in rows)]
    return Table("\n".join(lines))


def _calls(program: Program, lines: int) -> Rows:
    counts, ops = program.counts, program.ops
    yield from ((f"{number:,}", change) for change, number in counts.items() if number or change == "traced")
    if more := len(ops) - sum(counts.values()):
        yield f"{more:,}", "by other functions, that are cheaper or write into memory which is there"
    views = sum(y.is_view for op in ops for y in op.results())
    in_place = sum(op.writes is not None for op in ops)
    about = f"in the program, on {_plural(lines, 'line')}: {views:,} make a view, {in_place:,} update in place"
    yield f"{len(ops):,}", about


def _memory(program: Program, source: PrintedProgram, places: int) -> Rows:
    made = [y for op in program.ops for y in op.results() if y.root is y and y.kind is Kind.MADE and y.nbytes]
    anew = [y for y in made if y not in program.buffers and y.array.ndim]
    yield in_bytes(sum(y.nbytes for y in made)), f"if each of {_plural(len(made), 'array')} had memory of its own"
    if program.buffers:
        shared = f"{len(program.buffers):,} of them share {_plural(places, 'place')}"
        yield in_bytes(program.size), f"in one piece, in which {shared}"
    names = _listed(anew, source, ", ")
    yield in_bytes(sum(y.nbytes for y in anew)), f"made anew in each call{': ' if names else ''}{names}"


def _plural(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _listed(values: Iterable[Value], source: PrintedProgram, between: str) -> str:
    """Their names, as many as a line has room for."""
    names = dict.fromkeys(source.names[y] for y in values if y in source.names)
    return shorten(between.join(names), LIST_WIDTH, placeholder=" ...")
