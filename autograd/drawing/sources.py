"""The source of a rule: of a lambda in a table of rules, that lambda alone."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
from textwrap import dedent
from types import CodeType
from typing import Any

LINES = 12  # of a rule, before the rest is left out


def source_of(rule: Any) -> str:
    """The text of a function; its name and parameters, if it cannot be read."""
    code = getattr(rule, "__code__", None)
    text = None
    if isinstance(code, CodeType) and code.co_name == "<lambda>":
        text = _of_lambda(code, "".join(linecache.getlines(code.co_filename)))
    elif isinstance(code, CodeType):
        text = _of_function(rule)
    if text is None:
        return f"{getattr(rule, '__name__', type(rule).__name__)}({', '.join(_parameters(rule))})"
    lines = text.splitlines()
    return "\n".join([*lines[:LINES], "..."] if len(lines) > LINES else lines)


def _parameters(rule: Any) -> list[str]:
    try:
        return list(inspect.signature(rule).parameters)
    except (ValueError, TypeError):  # it is written in C
        return ["..."]


def _of_function(rule: Any) -> str | None:
    try:
        return dedent(inspect.getsource(rule)).strip()
    except (OSError, TypeError):
        return None


@functools.lru_cache(1024)
def _of_lambda(code: CodeType, file: str) -> str | None:
    """Of the lambdas in the text of a file, the innermost whose body the last instruction comes from."""
    places = [(line, column) for line, _, column, _ in code.co_positions() if line is not None and column is not None]
    within = [
        node
        for node in _lambdas(file)
        if places and _start(node.body) <= max(places) < (node.body.end_lineno or 0, node.body.end_col_offset or 0)
    ]
    found = ast.get_source_segment(file, max(within, key=_start)) if within else None
    return None if found is None else " ".join(found.split())


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


@functools.lru_cache(64)
def _lambdas(file: str) -> tuple[ast.Lambda, ...]:
    try:
        tree = ast.parse(file)
    except SyntaxError:
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Lambda))
