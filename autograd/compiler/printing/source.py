"""The source: a planned program, printed as the NumPy that a careful person would have written."""

from __future__ import annotations

import builtins
import itertools
import linecache
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.compiler.ir import Op, Program, Value
from autograd.compiler.printing.constants import Constants
from autograd.compiler.printing.inlining import laid_out
from autograd.compiler.printing.lines import Statement, Writer, bracketed, form, memory_of
from autograd.compiler.printing.naming import RESERVED, named
from autograd.compiler.printing.parameters import Parameters
from autograd.compiler.tracing.capture import Capture

ALIGNED = 64  # bytes: a cache line

next_number = itertools.count(1).__next__


@dataclass(frozen=True, eq=False)
class PrintedProgram:
    """A printed program.

    docstring  what it is for; then `imports`, `constants`, `memory`, `function`, the parts of its text in order.
    rows       of each argument of the function: its name, its form, and where it lives.
    objects    the functions and constants that it names. Of these `written_out` are made in the text, `given` must be
               handed to it, and the rest is imported.
    names      of its values.
    statements the lines of the function; `inside` the calls that stand within others, by their result.
    """

    docstring: str
    imports: str
    constants: str
    memory: str
    function: str
    rows: Sequence[tuple[str, str, str]]
    objects: Mapping[str, Any]
    written_out: Collection[str]
    given: Mapping[str, Any]
    names: Mapping[Value, str]
    statements: Sequence[Statement]
    inside: Mapping[Value, Op]

    @property
    def text(self) -> str:
        head = [part for part in (self.docstring, self.imports, self.constants, self.memory) if part]
        return "\n\n".join(head) + f"\n\n\n{self.function}\n"


def printed(program: Program, captured: Capture) -> PrintedProgram:
    layout = laid_out(program)
    names = named(program, captured, layout)
    constants = Constants({*RESERVED, *names.of.values(), program.name})
    writer = Writer(program, names, layout, constants)
    body = writer.body()
    head = bracketed(f"def {program.name}(", [names.of[value] for value in program.arguments], "):")
    rows = _rows(program, captured, names.of)
    given = ", ".join(name for name, _, told in rows if told == "argument")
    title = f'"""{program.name}({given}) as a NumPy program, derived by autograd.compile.'
    return PrintedProgram(
        docstring="\n".join([title, "", *tabulated(rows), '"""']) if rows else f'{title}"""',
        rows=rows,
        imports=imported(constants.imports),
        constants="\n".join([*(f"# from outside: {line}" for line in constants.told()), *constants.lines]),
        memory="\n".join(memory_of(program, names.of, ALIGNED)),
        function="\n".join([*head, body]),
        objects=constants.values,
        written_out=[line.partition(" = ")[0] for line in constants.lines],
        given=constants.given,
        names=names.of,
        statements=writer.statements,
        inside=layout.inside,
    )


def loaded(name: str, source: PrintedProgram) -> Callable[..., Any]:
    """The function that a source defines. Tracebacks and debuggers show its lines."""
    file, text = f"<compiled {name} {next_number()}>", source.text
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace = dict(source.given)
    exec(builtins.compile(text, file, "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    return function


def imported(lines: Iterable[str]) -> str:
    """Imports, in the order of PEP 8: Python's own, then NumPy and the rest."""
    ours = {line: line.split()[1].split(".")[0] in sys.stdlib_module_names for line in lines}
    own = sorted((line for line in ours if ours[line]), key=lambda line: (line.startswith("from "), line))
    rest = sorted(line for line in ours if not ours[line])
    return "\n".join([*own, *([""] if own else []), "import numpy as np", *rest])


def _rows(program: Program, captured: Capture, names: Mapping[Value, str]) -> list[tuple[str, str, str]]:
    """Of each argument of the program: its name, its form, and where it lives."""
    parameters = Parameters(captured)
    written = {call.writes.root for call in program.ops if call.writes is not None}
    sources = {value: source for source, value in captured.reads.items()}
    rows = []
    for value in program.arguments:
        told = parameters.told(sources[value]) if value in sources else "argument"
        words = [told if told != names[value] else "", "updated in place" if value in written else ""]
        rows.append((names[value], form(value), ", ".join(word for word in words if word)))
    return rows


def tabulated(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Rows under each other, indented."""
    widths = [max((len(row[k]) for row in rows), default=0) for k in range(2)]
    return [f"    {name.ljust(widths[0])}  {kind.ljust(widths[1])}  {told}".rstrip() for name, kind, told in rows]
