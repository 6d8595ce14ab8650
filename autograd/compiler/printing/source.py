"""The source: a planned program, printed as the NumPy that a careful person would have written.

Its lines have sections, loops and settings of errors, and comments beside them.
"""

from __future__ import annotations

import ast
import builtins
import itertools
import linecache
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill, indent, wrap
from typing import Any, NamedTuple

import numpy as np

from autograd._util.identifiers import RESERVED
from autograd.compiler.ir import Loop, Op, Program, Value
from autograd.compiler.passes.buffers import ALIGNED
from autograd.compiler.printing.constants import Constants, type_text
from autograd.compiler.printing.expressions import Expressions
from autograd.compiler.printing.naming import Naming, ParameterNames
from autograd.compiler.tracing.capture import Capture
from autograd.nn.paths import module_label, module_paths, modules_of

WIDTH = 120
COLUMN = 76  # where comments begin, at most
LONG = 3  # lines of an update from which on there is space around it
INDENT = "    "

next_number = itertools.count(1).__next__


class Statement(NamedTuple):
    """A line of a program: its op, its text, and the parameter whose update it is part of, or ""."""

    op: Op
    text: str
    owner: str


class SourceLine(NamedTuple):
    """code; the form of what it makes; the module or primitive that it belongs to, where that is another."""

    code: str
    form: str = ""
    part: str = ""


@dataclass(frozen=True, eq=False)
class PrintedProgram:
    """A printed program.

    docstring   what it is for; then `constants`, `memory`, `function`, the parts of its text in order.
    rows        of each argument of the function: its name, its form, and where it lives.
    names       of its values; `parameters` of what lives outside.
    statements  the lines of the function; `inside` the ops that stand within others, by their result.
    """

    docstring: str
    constants: Constants
    memory: str
    function: str
    rows: Sequence[tuple[str, str, str]]
    names: Mapping[Value, str]
    parameters: ParameterNames
    statements: Sequence[Statement]
    inside: Mapping[Value, Op]

    @property
    def text(self) -> str:
        constants = "\n".join([*self.constants.told(), *self.constants.lines])
        head = self.docstring, import_lines(self.constants.imports), constants, self.memory
        return "\n\n".join(filter(None, head)) + f"\n\n\n{self.function}\n"


def printed(program: Program, captured: Capture) -> PrintedProgram:
    naming = Naming(program, captured)
    names, inside = naming.of, naming.inside
    constants = Constants({*RESERVED, *names.values(), program.name})
    expressions = Expressions(names, inside, program.buffers, constants)
    statements = [
        Statement(op, expressions.statement(op), naming.owners.get(op, ""))
        for op in program.ops
        if inside.keys().isdisjoint(op.results())
    ]
    head = bracketed(f"def {program.name}(", [names[value] for value in program.arguments], "):")
    body = [*with_comments(list(_lines(statements, naming))), ""]
    body += bracketed("return ", [expressions.text(y) for y in program.results], "")
    rows = _argument_rows(program, captured, naming)
    given = ", ".join(name for name, _, told in rows if told == "argument")
    title = f'"""{program.name}({given}) as a NumPy program, derived by autograd.compile.'
    return PrintedProgram(
        docstring="\n".join([title, "", *tabulated(rows), '"""']) if rows else f'{title}"""',
        constants=constants,
        memory="\n".join(memory_of(program, names)),
        function="\n".join([*head, indent("\n".join(body), INDENT)]),
        rows=rows,
        names=names,
        parameters=naming.parameters,
        statements=statements,
        inside=inside,
    )


def loaded(name: str, source: PrintedProgram) -> Callable[..., Any]:
    """The function that a source defines. Tracebacks and debuggers show its lines."""
    file, text = f"<compiled {name} {next_number()}>", source.text
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace = dict(source.constants.given)
    exec(builtins.compile(text, file, "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    return function


# -- before the function -----------------------------------------------------------------------------------------------


def import_lines(lines: Iterable[str]) -> str:
    """Imports, in the order of PEP 8: Python's own, then NumPy and the rest."""
    ordered = sorted(lines, key=lambda line: (line.startswith("from "), line))
    own = [line for line in ordered if line.split()[1].split(".")[0] in sys.stdlib_module_names]
    rest = [line for line in ordered if line not in own]
    return "\n".join([*own, *([""] if own else []), "import numpy as np", *rest])


def form_of(value: Value) -> str:
    """As "(32, 784) float32", "float"."""
    if value.is_array or isinstance(value.array, np.generic):
        return f"{value.array.shape} {value.array.dtype}"
    return type(value.array).__name__


def _argument_rows(program: Program, captured: Capture, naming: Naming) -> list[tuple[str, str, str]]:
    """Of each argument of the program: its name, its form, and where it lives."""
    written = {op.writes.root for op in program.ops if op.writes is not None}
    sources = {value: source for source, value in captured.reads.items()}
    rows = []
    for value in program.arguments:
        name = naming.of[value]
        told = naming.parameters.of(sources[value])[1] if value in sources else "argument"
        words = [told if told != name else "", "updated in place" if value in written else ""]
        rows.append((name, form_of(value), ", ".join(filter(None, words))))
    return rows


def tabulated(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Rows under each other, indented."""
    widths = [max((len(row[k]) for row in rows), default=0) for k in range(2)]
    return [f"    {name.ljust(widths[0])}  {form.ljust(widths[1])}  {told}".rstrip() for name, form, told in rows]


def values_by_place(program: Program) -> dict[Any, list[Value]]:
    """What lies in the same memory, in the order in which it is there; by where that begins, and its layout."""
    places: dict[Any, list[Value]] = {}
    for value, buffer in program.buffers.items():
        places.setdefault((buffer.offset, *value.layout()), []).append(value)
    return places


def memory_of(program: Program, names: Mapping[Value, str]) -> Iterator[str]:
    """The buffers, those in the same place by one line."""
    if not program.buffers:
        return
    yield "# What is computed on the way lies in one piece of memory, one value after the other in the same place."
    yield f"memory = np.empty({program.size + ALIGNED:_}, np.uint8)"
    yield f"memory = memory[-memory.ctypes.data % {ALIGNED} :]  # it begins with a cache line"
    for (offset, shape, dtype, strides), values in values_by_place(program).items():
        rest = "" if np.empty(shape, dtype).strides == strides else f", {strides}"
        made = f"np.ndarray({shape}, {type_text(dtype)}, memory, {offset:_}{rest})"
        held = dict.fromkeys(names[value] for value in values)
        for part in wrap(" = ".join(held), WIDTH // 2):  # a target, or several, to a line
            yield f"{part.strip(' =')} = {made}"
            made = next(iter(held))


# -- the lines of the function -----------------------------------------------------------------------------------------


def _lines(statements: Sequence[Statement], naming: Naming) -> Iterator[SourceLine]:
    stage = part = about = errors = ""
    loop: Loop | None = None
    seen: set[str] = set()
    sizes = Counter(statement.owner for statement in statements)
    paths = module_paths(op.scope for op in naming.program.ops)
    for op, code, owner in statements:
        if op.stage != stage:
            yield from [SourceLine("")] * bool(stage)
            yield SourceLine(f"# {op.stage}")
            stage, part, about = op.stage, "", ""
        elif owner and owner != about and sizes[owner] > LONG:
            yield SourceLine("")
        about = owner or about
        depth = INDENT * (op.loop is not None)
        if op.loop is not loop and op.loop is not None:
            yield SourceLine(f"for {naming.of[op.loop.index]} in range(0, {op.loop.stop}, {op.loop.step}):")
        setting = ", ".join(f"{kind}={how!r}" for kind, how in op.errors.items())
        if setting and (setting != errors or op.loop is not loop):
            yield SourceLine(f"{depth}with np.errstate({setting}):")
        loop, errors = op.loop, setting
        told, is_shown = _part(op, paths)
        new = [y for y in op.results() if y.is_array and y.array.ndim and naming.of[y] not in seen]
        seen |= {naming.of[y] for y in op.results()}
        shown = told if is_shown and told != part else ""
        yield SourceLine(depth + INDENT * bool(setting) + code, form_of(new[0]) if new else "", shown)
        part = told or part


def _part(op: Op, paths: Mapping[int, str]) -> tuple[str, bool]:
    """The module, or else the primitive, that an op belongs to; and whether that is worth saying."""
    if modules := modules_of(op.scope):
        return module_label(modules[-1], paths), True
    is_itself = op.part in (op.fn, getattr(op.fn, "__name__", ""))
    is_numpy = hasattr(np, op.part.partition(".")[0])
    return op.part, not is_itself and (op.stage == "backward" or not is_numpy)


def with_comments(lines: Sequence[SourceLine]) -> Iterator[str]:
    """Lines with their comments under each other; a comment gives way where there is no room for it."""
    column = max((len(code) for code, *comment in lines if any(comment) and len(code) <= COLUMN), default=0)
    width = max((len(form) for _, form, part in lines if part), default=0)
    for code, form, part in lines:
        comment = f"{form.ljust(width)}  {part}" if part and width else part or form
        line = f"{code.ljust(column)}  # {comment}" if comment else code
        if len(line) + len(INDENT) <= WIDTH:
            yield line
        elif "(" in code and isinstance(getattr(ast.parse(code.strip()).body[0], "value", None), ast.Call):
            start, end = code.index("(") + 1, code.rindex(")")
            yield from bracketed(code[:start], [code[start:end]], code[end:])
        else:
            yield code


def bracketed(start: str, items: Sequence[str], end: str) -> list[str]:
    """start a, b, c end; over several lines, if it is too long for one."""
    inner = ", ".join(items)
    if start == "return " and len(items) == 1:
        return [f"return ({inner},)"]
    if len(start) + len(inner) + len(end) + len(INDENT) <= WIDTH:
        return [start + inner + end]
    opened, closed = (start, end) if start[-1] in "([" else (f"{start}(", f"){end}")
    comma = "," if len(items) > 1 else ""
    text = fill(inner + comma, WIDTH - 2 * len(INDENT), break_long_words=False, break_on_hyphens=False)
    return [opened, *indent(text, INDENT).split("\n"), closed]
