"""The source: a planned program, printed as the NumPy that a careful person would have written."""

from __future__ import annotations

import builtins
import itertools
import linecache
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd._util.identifiers import RESERVED
from autograd.compiler.ir import Op, Program, Value
from autograd.compiler.printing.constants import Constants
from autograd.compiler.printing.inlining import inlined
from autograd.compiler.printing.lines import Statement, Writer, bracketed, form_of, memory_of
from autograd.compiler.printing.naming import Naming
from autograd.compiler.tracing.capture import Capture

next_number = itertools.count(1).__next__


@dataclass(frozen=True, eq=False)
class PrintedProgram:
    """A printed program.

    docstring  what it is for; then `imports`, `constants`, `memory`, `function`, the parts of its text in order.
    rows       of each argument of the function: its name, its form, and where it lives.
    objects    the functions and constants that it names and does not make: `given` to it, or import_lines.
    names      of its values.
    statements the lines of the function; `inside` the ops that stand within others, by their result.
    """

    docstring: str
    imports: str
    constants: str
    memory: str
    function: str
    rows: Sequence[tuple[str, str, str]]
    objects: Mapping[str, Any]
    given: Mapping[str, Any]
    names: Mapping[Value, str]
    statements: Sequence[Statement]
    inside: Mapping[Value, Op]

    @property
    def text(self) -> str:
        head = [part for part in (self.docstring, self.imports, self.constants, self.memory) if part]
        return "\n\n".join(head) + f"\n\n\n{self.function}\n"


def printed(program: Program, captured: Capture) -> PrintedProgram:
    inside, last = inlined(program)
    naming = Naming(program, captured, inside, last)
    names = naming.of
    constants = Constants({*RESERVED, *names.values(), program.name})
    writer = Writer(program, naming, inside, constants)
    body = writer.body()
    head = bracketed(f"def {program.name}(", [names[value] for value in program.arguments], "):")
    rows = _argument_rows(program, captured, naming)
    given = ", ".join(name for name, _, told in rows if told == "argument")
    title = f'"""{program.name}({given}) as a NumPy program, derived by autograd.compile.'
    return PrintedProgram(
        docstring="\n".join([title, "", *tabulated(rows), '"""']) if rows else f'{title}"""',
        imports=import_lines(constants.imports),
        constants="\n".join([*(f"# from outside: {line}" for line in constants.told()), *constants.lines]),
        memory="\n".join(memory_of(program, names)),
        function="\n".join([*head, body]),
        rows=rows,
        objects=constants.objects,
        given=constants.given,
        names=names,
        statements=writer.statements,
        inside=inside,
    )


def loaded(name: str, source: PrintedProgram) -> Callable[..., Any]:
    """The function that a source defines. Tracebacks and debuggers show its lines."""
    file, text = f"<compiled {name} {next_number()}>", source.text
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace = dict(source.given)
    exec(builtins.compile(text, file, "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    return function


def import_lines(lines: Iterable[str]) -> str:
    """Imports, in the order of PEP 8: Python's own, then NumPy and the rest."""
    ours = {line: line.split()[1].split(".")[0] in sys.stdlib_module_names for line in lines}
    own = sorted((line for line in ours if ours[line]), key=lambda line: (line.startswith("from "), line))
    rest = sorted(line for line in ours if not ours[line])
    return "\n".join([*own, *([""] if own else []), "import numpy as np", *rest])


def _argument_rows(program: Program, captured: Capture, naming: Naming) -> list[tuple[str, str, str]]:
    """Of each argument of the program: its name, its form, and where it lives."""
    written = {op.writes.root for op in program.ops if op.writes is not None}
    sources = {value: source for source, value in captured.reads.items()}
    rows = []
    for value in program.arguments:
        name = naming.of[value]
        told = naming.parameters.told(sources[value]) if value in sources else "argument"
        words = [told if told != name else "", "updated in place" if value in written else ""]
        rows.append((name, form_of(value), ", ".join(filter(None, words))))
    return rows


def tabulated(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Rows under each other, indented."""
    widths = [max((len(row[k]) for row in rows), default=0) for k in range(2)]
    return [f"    {name.ljust(widths[0])}  {kind.ljust(widths[1])}  {told}".rstrip() for name, kind, told in rows]
