"""Where in the source a piece of code stands, as Python's own syntax tree says it."""

from __future__ import annotations

import ast
import functools
import linecache
from collections.abc import Iterator
from typing import Any, TypeAlias

Position: TypeAlias = tuple[int | None, int | None, int | None, int | None]
"""Of an instruction, as `code.co_positions()` has it: first and last line, first and last column."""


def path_to(file: str, position: Position, span: tuple[int, int] | None = None) -> list[ast.AST]:
    """The nodes around a position, from the outermost statement to the innermost; none where there is no source.

    span  the first and the last line to look at, in place of the whole file, which takes longer to parse. None are
          found where these are no statements by themselves.
    """
    line, end_line, column, end_column = position
    if line is None or end_line is None or column is None or end_column is None:
        return []
    lines = linecache.getlines(file)
    first, last = span or (1, len(lines))
    block = "".join(lines[first - 1 : last])
    is_indented = block[:1].isspace()
    before, within = first - 1 - is_indented, _parsed("if 1:\n" * is_indented + block)
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
