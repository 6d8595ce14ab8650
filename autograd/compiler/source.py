"""The source: a planned program, printed as the NumPy that a careful person would have written."""

from __future__ import annotations

import builtins
import itertools
import linecache
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill, indent
from typing import Any

import numpy as np

from autograd.compiler.capture import Capture
from autograd.compiler.constants import Constants
from autograd.compiler.expressions import IN_PLACE, Expressions
from autograd.compiler.inlining import Layout, laid_out
from autograd.compiler.naming import Names, named
from autograd.compiler.parameters import Parameters
from autograd.compiler.program import Call, Kind, Program, Value
from autograd.names import module_paths, modules_of
from autograd.operation import name_of

WIDTH = 120
COLUMN = 76  # where comments begin, at most
ALIGNED = 64  # bytes: a cache line

numbers = itertools.count(1).__next__


@dataclass(frozen=True)
class Source:
    """A printed program.

    text       all of it.
    constants  the objects that must be handed to it, by name.
    names      of its values.
    """

    text: str
    constants: Mapping[str, Any]
    names: Mapping[Value, str]
    parts: Mapping[str, str]


def printed(fn: Callable[..., Any], program: Program, captured: Capture) -> Source:
    layout = laid_out(program)
    found = named(fn, program, captured, layout)
    names = found.of
    held = {id(s.expected): s.place.name for s in captured.outside.settings if isinstance(s.expected, np.ndarray)}
    constants = Constants({*names.values(), program.name, "np", "math", "memory"}, held)
    writer = _Writer(program, found, layout, constants)
    body = writer.body()
    signature = wrapped(f"def {program.name}(", [names[value] for value in program.arguments], "):")
    parts = {
        "docstring": _docstring(program, captured, names),
        "imports": imported(constants.imports),
        "constants": "\n".join([*(f"# from outside: {line}" for line in constants.told()), *constants.lines]),
        "memory": "\n".join(writer.memory()),
        "function": f"{signature}\n{body}",
    }
    head = "\n\n".join(parts[name] for name in ("docstring", "imports", "constants", "memory") if parts[name])
    return Source(f"{head}\n\n\n{parts['function']}\n", constants.given, names, parts)


def loaded(name: str, source: Source) -> Callable[..., Any]:
    """The function that a source defines. Tracebacks and debuggers show its lines."""
    file = f"<compiled {name} {numbers()}>"
    linecache.cache[file] = (len(source.text), None, source.text.splitlines(keepends=True), file)
    namespace = dict(source.constants)
    exec(builtins.compile(source.text, file, "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    return function


# -- what it is for ----------------------------------------------------------------------------------------------------


def _docstring(program: Program, captured: Capture, names: Mapping[Value, str]) -> str:
    parameters = Parameters(captured)
    written = {call.writes.root for call in program.calls if call.writes is not None}
    given = [value for _, value in captured.inputs.values() if value in names]
    rows = [(names[value], form(value), "") for value in given]
    places = {value: place for place, value in reversed(captured.reads.items())}
    for value in program.arguments:
        if (place := places.get(value)) is not None:
            told = parameters.told(place)
            words = [told if told != names[value] else "", "updated in place" if value in written else ""]
            rows.append((names[value], form(value), ", ".join(word for word in words if word)))
    widths = [max((len(row[k]) for row in rows), default=0) for k in range(2)]
    table = [f"    {a.ljust(widths[0])}  {b.ljust(widths[1])}  {c}".rstrip() for a, b, c in rows]
    call = f"{program.name}({', '.join(names[value] for value in given)})"
    lines = [f'"""{call} as a NumPy program, derived by autograd.compile.', *([""] if table else []), *table, '"""']
    return "\n".join(lines)


def form(value: Value) -> str:
    """As "(32, 784) float32", "float"."""
    if value.is_array or isinstance(value.array, np.generic):
        return f"{value.array.shape} {value.array.dtype}"
    return type(value.array).__name__


Line = tuple[str, str, str]  # the code; the shape of what it makes; the module or primitive that it belongs to


# -- lines -------------------------------------------------------------------------------------------------------------


class _Writer:
    def __init__(self, program: Program, names: Names, layout: Layout, constants: Constants) -> None:
        self.program, self.names, self.owners, self.layout = program, names.of, names.owners, layout
        self.expressions = Expressions(names.of, layout.inside, program.buffers, constants)
        self.paths = module_paths(call.scope for call in program.calls)

    def memory(self) -> Iterator[str]:
        """The buffers, those in the same place by one line."""
        if not self.program.buffers:
            return
        places: dict[Any, dict[str, None]] = {}
        for value, buffer in self.program.buffers.items():
            places.setdefault((buffer.offset, *value.layout()), {})[self.names[value]] = None
        size = self.program.size + ALIGNED
        yield "# All values that are computed on the way lie in one piece of memory, one after the other in the same place."
        yield f"memory = np.empty({size:_}, np.uint8)"
        yield f"memory = memory[-memory.ctypes.data % {ALIGNED} :]  # it begins with a cache line"
        for (offset, shape, dtype, strides), names in places.items():
            is_plain = np.empty(0, dtype).itemsize and strides == _c_strides(shape, dtype.itemsize)
            rest = "" if is_plain else f", {strides}"
            made = f"np.ndarray({shape}, np.{dtype}, memory, {offset:_}{rest})"
            chained = [f"{name} =" for name in names]
            yield (
                fill(" ".join([*chained, made]), WIDTH, subsequent_indent="    ")
                if len(chained) < 3
                else " ".join([*chained, made])
            )

    def body(self) -> str:
        found: list[Line] = []
        stage = part = about = ""
        seen: set[str] = set()
        statements = self._numbers_first(list(self._statements()))
        sizes = Counter(self._owner(call) for call, _ in statements)
        for call, text in statements:
            if call.stage != stage:
                found += [("", "", ""), (f"# {call.stage}", "", "")] if stage else [(f"# {call.stage}", "", "")]
                stage, part, about = call.stage, "", ""
            if (
                (owner := self._owner(call))
                and owner != about
                and sizes[owner] > 3
                and not found[-1][0].startswith("#")
            ):
                found.append(("", "", ""))
            about = owner or about
            told, is_shown = self._part(call)
            shown = [form(y) for y in call.results() if y.is_array and y.array.ndim and self.names[y] not in seen]
            seen |= {self.names[y] for y in call.results()}
            found.append((text, shown[0] if shown else "", told if is_shown and told != part else ""))
            part = told or part
        results = [self.expressions.text(y) for y in self.program.results]
        lines = [*_aligned(found), "", *wrapped("return ", results, "").split("\n")]
        return "\n".join("    " + line if line else "" for line in lines)

    def _owner(self, call: Call) -> str:
        """The parameter whose update a call is part of."""
        if call.stage != "update":
            return ""
        values = call.results() or [v for v in (call.writes, *call.reads()) if v is not None]
        return next((owner for v in values if (owner := self.owners.get(v))), "")

    def _numbers_first(self, statements: list[tuple[Call, str]]) -> list[tuple[Call, str]]:
        """What is computed once for the updates of several parameters comes before them."""

        def is_first(call: Call) -> bool:
            y = call.result
            return call.stage == "update" and isinstance(y, Value) and not y.is_array and self.owners.get(y) == ""

        found: list[tuple[Call, str]] = []
        for _, group in itertools.groupby(statements, key=lambda pair: pair[0].stage):
            found += sorted(group, key=lambda pair: not is_first(pair[0]))
        return found

    def _part(self, call: Call) -> tuple[str, bool]:
        """The module, or else the primitive, that a call belongs to; and whether that is worth saying."""
        modules = modules_of(call.scope)
        if modules:
            path = self.paths[id(modules[-1])].partition(".")[2]
            kind = type(modules[-1]).__name__
            return f"{path}: {kind}" if path and path != kind else kind, True
        return call.part, call.part not in (call.fn, getattr(call.fn, "__name__", ""))

    def _statements(self) -> Iterator[tuple[Call, str]]:
        calls, k = self.program.calls, 0
        while k < len(calls):
            call = calls[k]
            if call.result in self.layout.inside and isinstance(call.result, Value):
                k += 1
            elif _is_augmented(calls[k : k + 3], self.layout):
                yield calls[k + 2], self.expressions.augmented(call.args[1], call.args[0], calls[k + 1])
                k += 3
            else:
                yield call, self.expressions.statement(call)
                k += 1


def _is_augmented(calls: Sequence[Call], layout: Layout) -> bool:
    """Whether elements are taken, changed in place and put back."""
    if len(calls) < 3:
        return False
    taken, changed, put = calls
    y = taken.result
    return (
        taken.fn is operator.getitem
        and isinstance(y, Value)
        and not y.is_view
        and y.is_array
        and changed.fn in IN_PLACE
        and not changed.options
        and changed.writes is changed.args[0] is y
        and put.fn is operator.setitem
        and put.args[0] is taken.args[0]
        and _is_same(put.args[1], taken.args[1])
        and put.args[2] is y
        and layout.uses[y] == 2
    )


def _is_same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_is_same, a, b))
    return a is b or (type(a) is type(b) and isinstance(a, int | slice | None) and a == b)


def _c_strides(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    strides, step = [], itemsize
    for n in reversed(shape):
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))


def _aligned(lines: Sequence[Line]) -> Iterator[str]:
    """Lines with their comments under each other."""
    column = max((len(code) for code, *comment in lines if any(comment) and len(code) <= COLUMN), default=0)
    width = max((len(shape) for _, shape, part in lines if part), default=0)
    for code, shape, part in lines:
        comment = f"{shape.ljust(width)}  {part}" if part else shape
        line = f"{code.ljust(column)}  # {comment}" if comment else code
        if len(line) + 4 > WIDTH:
            yield from wrapped_line(code)
        else:
            yield line


def imported(lines: Iterable[str]) -> str:
    """Imports, in the order of PEP 8: Python's own, then NumPy, then the rest."""
    own = sorted(line for line in lines if line.startswith("import "))
    rest = sorted(line for line in lines if line.startswith("from "))
    return "\n".join([*own, *([""] if own else []), "import numpy as np", *rest])


def wrapped_line(code: str) -> list[str]:
    """A line that is too long, broken after the first bracket and after commas."""
    if len(code) + 4 <= WIDTH or "(" not in code:
        return [code]
    start = code.index("(") + 1
    end = code.rindex(")")
    inner = fill(code[start:end], WIDTH - 8, break_long_words=False, break_on_hyphens=False)
    return [code[:start], *indent(inner, "    ").split("\n"), code[end:]]


def wrapped(start: str, items: Sequence[str], end: str) -> str:
    """start a, b, c end; over several lines, if it is too long for one."""
    inner = ", ".join(items)
    if len(start) + len(inner) + len(end) + 4 <= WIDTH:
        return f"return ({inner},)" if start == "return " and len(items) == 1 else start + inner + end
    opened, closed = (start, end) if start.endswith("(") else (start + "(", ")" + end)
    return f"{opened}\n{indent(fill(inner + ',', WIDTH - 8), '    ')}\n{closed}"
