"""Where in the source a piece of code stands, as Python's own syntax tree says it."""

from __future__ import annotations

import ast
import functools
import linecache
from collections.abc import Iterator
from typing import Any, TypeAlias

Position: TypeAlias = tuple[int | None, int | None, int | None, int | None]
"""Of an instruction, as `code.co_positions()` has it: first and last line, first and last column."""


def path_to(file: str, position: Position) -> list[ast.AST]:
    """The nodes around a position, from the outermost statement to the innermost; none where there is no source."""
    line, end_line, column, end_column = position
    if line is None or end_line is None or column is None or end_column is None:
        return []
    start, end = (line, column), (end_line, end_column)
    path, within = [], _parsed("".join(linecache.getlines(file)))
    while True:
        for node in _children(within):
            if (node.lineno, node.col_offset) <= start and end <= (node.end_lineno, node.end_col_offset):
                path.append(within := node)
                break
        else:
            return path


def _children(node: Any) -> Iterator[Any]:
    """The nodes within one; those of a comprehension, say, in place of what has no position."""
    for child in ast.iter_child_nodes(node):
        if hasattr(child, "lineno"):
            yield child
        else:
            yield from _children(child)


@functools.lru_cache(64)
def _parsed(text: str) -> Any:
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module([], [])
