"""The lines of a program: what is on each, in which order and sections, and the comments beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import fill, indent
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.ir import Loop, Op, Program, Value
from autograd.compiler.printing.constants import Constants, type_text
from autograd.compiler.printing.expressions import Expressions
from autograd.compiler.printing.inlining import Layout
from autograd.compiler.printing.naming import Names
from autograd.nn.paths import module_paths, modules_of

WIDTH = 120
COLUMN = 76  # where comments begin, at most
LONG = 3  # lines of an update from which on there is space around it
STEP = "    "


class Statement(NamedTuple):
    """A line of a program: its call, its text, and the parameter whose update it is part of, or ""."""

    call: Op
    text: str
    owner: str


class Line(NamedTuple):
    """code; the form of what it makes; the module or primitive that it belongs to, where that is another."""

    code: str
    form: str = ""
    part: str = ""


def form(value: Value) -> str:
    """As "(32, 784) float32", "float"."""
    if value.is_array or isinstance(value.array, np.generic):
        return f"{value.array.shape} {value.array.dtype}"
    return type(value.array).__name__


class Writer:
    def __init__(self, program: Program, names: Names, layout: Layout, constants: Constants) -> None:
        self.program, self.names, self.owners, self.layout = program, names.of, names.owners, layout
        self.expressions = Expressions(names.of, layout.inside, program.buffers, constants)
        self.paths = module_paths(call.scope for call in program.ops)
        self.statements = self._numbers_first(
            [Statement(call, text, self._owner(call)) for call, text in self._texts()]
        )

    def body(self) -> str:
        """The function, without its first line."""
        results = [self.expressions.text(y) for y in self.program.results]
        lines = [*aligned(list(self._lines())), "", *bracketed("return ", results, "")]
        return "\n".join(STEP + line if line else "" for line in lines)

    def _lines(self) -> Iterator[Line]:
        stage = part = about = errors = ""
        loop: Loop | None = None
        seen: set[str] = set()
        sizes = Counter(statement.owner for statement in self.statements)
        for call, code, owner in self.statements:
            if call.stage != stage:
                yield from [Line("")] * bool(stage)
                yield Line(f"# {call.stage}")
                part = ""
            elif owner and owner != about and sizes[owner] > LONG:
                yield Line("")
            about = owner or (about if call.stage == stage else "")
            if call.loop is not loop and call.loop is not None:
                index = self.names[call.loop.index]
                yield Line(f"for {index} in range(0, {call.loop.stop}, {call.loop.step}):")
            inside = STEP if call.loop is not None else ""
            if ((setting := _errstate(call)) != errors or call.loop is not loop) and setting:
                yield Line(inside + setting)
            stage, errors, loop = call.stage, setting, call.loop
            told, is_shown = self._part(call)
            new = [y for y in call.results() if y.is_array and y.array.ndim and self.names[y] not in seen]
            seen |= {self.names[y] for y in call.results()}
            indented = inside + (STEP if errors else "") + code
            yield Line(indented, form(new[0]) if new else "", told if is_shown and told != part else "")
            part = told or part

    def _texts(self) -> Iterator[tuple[Op, str]]:
        """The calls that do not stand inside of others, and their text."""
        absorbed = set(self.layout.augmented.values())
        for call in self.program.ops:
            if call in self.layout.augmented:
                yield call, self.expressions.augmented(call, self.layout.augmented[call])
            elif call not in absorbed and not any(y in self.layout.inside for y in call.results()):
                yield call, self.expressions.statement(call)

    # -- updates -------------------------------------------------------------------------------------------------------

    def _owner(self, call: Op) -> str:
        """The parameter whose update a call is part of."""
        if call.stage != "update":
            return ""
        values = call.results() or [v for v in (call.writes, *call.reads()) if v is not None]
        return next((owner for v in values if (owner := self.owners.get(v))), "")

    def _numbers_first(self, statements: Sequence[Statement]) -> list[Statement]:
        """What is computed once for the updates of several parameters comes before them."""

        def is_later(statement: Statement) -> bool:
            call, y = statement.call, statement.call.result
            return call.loop is not None or not (isinstance(y, Value) and not y.is_array and self.owners.get(y) == "")

        found: list[Statement] = []
        for stage, group in groupby(statements, key=lambda statement: statement.call.stage):
            found += sorted(group, key=is_later if stage == "update" else lambda _: False)
        return found

    def _part(self, call: Op) -> tuple[str, bool]:
        """The module, or else the primitive, that a call belongs to; and whether that is worth saying."""
        if modules := modules_of(call.scope):
            path, kind = self.paths[id(modules[-1])].partition(".")[2], type(modules[-1]).__name__
            return f"{path}: {kind}" if path and path != kind else kind, True
        is_itself = call.part in (call.fn, getattr(call.fn, "__name__", ""))
        is_numpy = hasattr(np, call.part.partition(".")[0])
        return call.part, not is_itself and (call.stage == "backward" or not is_numpy)


def _errstate(call: Op) -> str:
    settings = ", ".join(f"{kind}={how!r}" for kind, how in call.errors.items())
    return f"with np.errstate({settings}):" if settings else ""


# -- text --------------------------------------------------------------------------------------------------------------


def aligned(lines: Sequence[Line]) -> Iterator[str]:
    """Lines with their comments under each other."""
    column = max((len(code) for code, *comment in lines if any(comment) and len(code) <= COLUMN), default=0)
    width = max((len(shown) for _, shown, part in lines if part), default=0)
    for code, shown, part in lines:
        comment = f"{shown.ljust(width)}  {part}" if part and width else part or shown
        line = f"{code.ljust(column)}  # {comment}" if comment else code
        if len(line) + len(STEP) <= WIDTH:
            yield line
        elif len(code) + len(STEP) <= WIDTH or "(" not in code:
            yield code
        elif is_one_bracket(code):
            start, end = code.index("(") + 1, code.rindex(")")
            yield from bracketed(code[:start], [code[start:end]], code[end:])
        else:
            target, equals, right = code.partition(" = ")
            yield from bracketed(f"{target}{equals}(", [right], ")") if equals else [code]


def is_one_bracket(code: str) -> bool:
    """Whether the first bracket is closed by the last one: not so in f(a) + g(b)."""
    depth = 0
    for k, letter in enumerate(code[: code.rindex(")")]):
        depth += (letter == "(") - (letter == ")")
        if not depth and k >= code.index("("):
            return False
    return True


def bracketed(start: str, items: Iterable[str], end: str) -> list[str]:
    """start a, b, c end; over several lines, if it is too long for one."""
    items = list(items)
    inner = ", ".join(items)
    if start == "return " and len(items) == 1:
        return [f"return ({inner},)"]
    if len(start) + len(inner) + len(end) + len(STEP) <= WIDTH:
        return [start + inner + end]
    opened, closed = (start, end) if start[-1] in "([" else (f"{start}(", f"){end}")
    comma = "," if len(items) > 1 else ""
    text = fill(inner + comma, WIDTH - 2 * len(STEP), break_long_words=False, break_on_hyphens=False)
    return [opened, *indent(text, STEP).split("\n"), closed]


def memory_of(program: Program, names: Mapping[Value, str], aligned_to: int) -> Iterator[str]:
    """The buffers, those in the same place by one line."""
    if not program.buffers:
        return
    places: dict[Any, dict[str, None]] = {}
    for value, buffer in program.buffers.items():
        places.setdefault((buffer.offset, *value.layout()), {})[names[value]] = None
    assert len({name for held in places.values() for name in held}) == sum(map(len, places.values()))
    yield "# What is computed on the way lies in one piece of memory, one value after the other in the same place."
    yield f"memory = np.empty({program.size + aligned_to:_}, np.uint8)"
    yield f"memory = memory[-memory.ctypes.data % {aligned_to} :]  # it begins with a cache line"
    for (offset, shape, dtype, strides), held in places.items():
        rest = "" if np.empty(shape, dtype).strides == strides else f", {strides}"
        made = f"np.ndarray({shape}, {type_text(dtype)}, memory, {offset:_}{rest})"
        first, *others = held
        line = f"{first} ="
        for name in others:
            if len(line) + len(name) + len(made) + 4 > WIDTH:
                yield f"{line} {made}"
                line, made = f"{name} =", first
            else:
                line += f" {name} ="
        yield f"{line} {made}"
