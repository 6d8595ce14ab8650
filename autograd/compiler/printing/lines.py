"""The lines of a program: its sections, loops and settings of errors, and the comments beside them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import fill, indent, wrap
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.ir import Loop, Op, Program, Value
from autograd.compiler.passes.buffers import ALIGNED
from autograd.compiler.printing.constants import Constants, type_text
from autograd.compiler.printing.expressions import Expressions
from autograd.compiler.printing.naming import Naming
from autograd.nn.paths import module_paths, modules_of

WIDTH = 120
COLUMN = 76  # where comments begin, at most
LONG = 3  # lines of an update from which on there is space around it
INDENT = "    "


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


def form_of(value: Value) -> str:
    """As "(32, 784) float32", "float"."""
    if value.is_array or isinstance(value.array, np.generic):
        return f"{value.array.shape} {value.array.dtype}"
    return type(value.array).__name__


class Writer:
    def __init__(self, program: Program, naming: Naming, inside: Mapping[Value, Op], constants: Constants) -> None:
        self.program, self.naming = program, naming
        self.expressions = Expressions(naming.of, inside, program.buffers, constants)
        self.paths = module_paths(op.scope for op in program.ops)
        self.statements = [
            Statement(op, self.expressions.statement(op), self._owner(op))
            for op in program.ops
            if not any(y in inside for y in op.results())
        ]

    def body(self) -> str:
        """The function, without its first line."""
        results = [self.expressions.text(y) for y in self.program.results]
        lines = [*with_comments(list(self._lines())), "", *bracketed("return ", results, "")]
        return "\n".join(INDENT + line if line else "" for line in lines)

    def _lines(self) -> Iterator[SourceLine]:
        stage = part = about = errors = ""
        loop: Loop | None = None
        seen: set[str] = set()
        sizes = Counter(statement.owner for statement in self.statements)
        for op, code, owner in self.statements:
            if op.stage != stage:
                yield from [SourceLine("")] * bool(stage)
                yield SourceLine(f"# {op.stage}")
                stage, part, about = op.stage, "", ""
            elif owner and owner != about and sizes[owner] > LONG:
                yield SourceLine("")
            about = owner or about
            if op.loop is not loop and op.loop is not None:
                yield SourceLine(f"for {self.naming.of[op.loop.index]} in range(0, {op.loop.stop}, {op.loop.step}):")
            depth = INDENT * (op.loop is not None)
            setting = ", ".join(f"{kind}={how!r}" for kind, how in op.errors.items())
            if setting and (setting != errors or op.loop is not loop):
                yield SourceLine(f"{depth}with np.errstate({setting}):")
            loop, errors = op.loop, setting
            told, is_shown = self._part(op)
            new = [y for y in op.results() if y.is_array and y.array.ndim and self.naming.of[y] not in seen]
            seen |= {self.naming.of[y] for y in op.results()}
            shown = told if is_shown and told != part else ""
            yield SourceLine(depth + INDENT * bool(setting) + code, form_of(new[0]) if new else "", shown)
            part = told or part

    def _owner(self, op: Op) -> str:
        """The parameter whose update an op is part of."""
        values = op.results() or [v for v in (op.writes, *op.reads()) if v is not None]
        owners = self.naming.owners if op.stage == "update" else {}
        return next((owner for v in values if (owner := owners.get(v))), "")

    def _part(self, op: Op) -> tuple[str, bool]:
        """The module, or else the primitive, that an op belongs to; and whether that is worth saying."""
        if modules := modules_of(op.scope):
            path, kind = self.paths[id(modules[-1])].partition(".")[2], type(modules[-1]).__name__
            return f"{path}: {kind}" if path and path != kind else kind, True
        is_itself = op.part in (op.fn, getattr(op.fn, "__name__", ""))
        is_numpy = hasattr(np, op.part.partition(".")[0])
        return op.part, not is_itself and (op.stage == "backward" or not is_numpy)


# -- text --------------------------------------------------------------------------------------------------------------


def with_comments(lines: Sequence[SourceLine]) -> Iterator[str]:
    """Lines with their comments under each other; a comment gives way where there is no room for it."""
    column = max((len(code) for code, *comment in lines if any(comment) and len(code) <= COLUMN), default=0)
    width = max((len(shown) for _, shown, part in lines if part), default=0)
    for code, shown, part in lines:
        comment = f"{shown.ljust(width)}  {part}" if part and width else part or shown
        line = f"{code.ljust(column)}  # {comment}" if comment else code
        if len(line) + len(INDENT) <= WIDTH:
            yield line
        elif "(" in code and isinstance(getattr(ast.parse(code.strip()).body[0], "value", None), ast.Call):
            start, end = code.index("(") + 1, code.rindex(")")
            yield from bracketed(code[:start], [code[start:end]], code[end:])
        else:
            yield code


def bracketed(start: str, items: Iterable[str], end: str) -> list[str]:
    """start a, b, c end; over several lines, if it is too long for one."""
    items = list(items)
    inner = ", ".join(items)
    if start == "return " and len(items) == 1:
        return [f"return ({inner},)"]
    if len(start) + len(inner) + len(end) + len(INDENT) <= WIDTH:
        return [start + inner + end]
    opened, closed = (start, end) if start[-1] in "([" else (f"{start}(", f"){end}")
    comma = "," if len(items) > 1 else ""
    text = fill(inner + comma, WIDTH - 2 * len(INDENT), break_long_words=False, break_on_hyphens=False)
    return [opened, *indent(text, INDENT).split("\n"), closed]


def memory_of(program: Program, names: Mapping[Value, str]) -> Iterator[str]:
    """The buffers, those in the same place by one line."""
    if not program.buffers:
        return
    places: dict[Any, dict[str, None]] = {}
    for value, buffer in program.buffers.items():
        places.setdefault((buffer.offset, *value.layout()), {})[names[value]] = None
    assert len({name for held in places.values() for name in held}) == sum(map(len, places.values()))
    yield "# What is computed on the way lies in one piece of memory, one value after the other in the same place."
    yield f"memory = np.empty({program.size + ALIGNED:_}, np.uint8)"
    yield f"memory = memory[-memory.ctypes.data % {ALIGNED} :]  # it begins with a cache line"
    for (offset, shape, dtype, strides), held in places.items():
        rest = "" if np.empty(shape, dtype).strides == strides else f", {strides}"
        made = f"np.ndarray({shape}, {type_text(dtype)}, memory, {offset:_}{rest})"
        for part in wrap(" = ".join(held), WIDTH // 2):  # a target, or several, to a line
            yield f"{part.strip(' =')} = {made}"
            made = next(iter(held))
