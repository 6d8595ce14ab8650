"""Where in the source a piece of code stands, as Python's own syntax tree says it."""

from __future__ import annotations

import ast
import functools
import linecache
from collections.abc import Iterator
from types import CodeType
from typing import Any, TypeAlias

Position: TypeAlias = tuple[int | None, int | None, int | None, int | None]
"""Of an instruction, as `code.co_positions()` has it: first and last line, first and last column."""


def path_to(file: str, position: Position, code: CodeType | None = None) -> list[ast.AST]:
    """The nodes around a position, from the outermost statement to the innermost; none where there is no source.

    code  of the function that it lies in: only that is parsed then, if it stands in lines of its own.
    """
    line, end_line, column, end_column = position
    if line is None or end_line is None or column is None or end_column is None:
        return []
    lines, before, within = linecache.getlines(file), 0, None
    if code is not None:
        first, last = code.co_firstlineno, max(end or 0 for _, end, _, _ in code.co_positions())
        block = lines[first - 1 : last]
        is_indented = bool(block) and block[0][:1].isspace()
        before, within = first - 1 - is_indented, _parsed("if 1:\n" * is_indented + "".join(block))
    if within is None:
        before, within = 0, _parsed("".join(lines))
    start, end = (line - before, column), (end_line - before, end_column)
    path: list[ast.AST] = []
    while within is not None:
        path.append(within)
        within = next((node for node in _children(within) if _start(node) <= start and end <= _end(node)), None)
    return path[1:]


def _start(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: Any) -> tuple[int, int]:
    return node.end_lineno, node.end_col_offset


def _children(node: Any) -> Iterator[Any]:
    """The nodes within one; those of a comprehension, say, in place of what has no position."""
    for child in ast.iter_child_nodes(node):
        if hasattr(child, "lineno"):
            yield child
        else:
            yield from _children(child)


@functools.lru_cache(256)
def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:
        return None
