"""The variables that the result of a call is assigned to: a program is easiest to recognise by the function's names."""

from __future__ import annotations

import ast
import functools
import sys
from itertools import islice
from types import CodeType, FrameType
from typing import Any

from autograd._util.syntax import path_to

# Modules that stand between a function and NumPy; and those of ours whose variables are worth a name in a program.
MACHINERY = ("autograd._util.", "autograd.compiler.", "autograd.engine.", "numpy.")
LIBRARY, NAMING = ("autograd.",), ("autograd.nn.", "autograd.optim.", "autograd.rules.")
# What rules and primitives call everything.
GENERIC = frozenset({"a", "b", "g", "gx", "i", "k", "n", "x", "xs", "y"})


def assigned() -> tuple[str, ...]:
    """The variables that the result of the running call is assigned to; several if it is unpacked, () if to none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        role = _kind_of_module(frame.f_globals.get("__name__"))
        if role is not MACHINERY and (names := _targets(frame.f_code, frame.f_lasti)) is not None:
            return names if role is None or (role is NAMING and GENERIC.isdisjoint(names)) else ()
        frame = frame.f_back
    return ()


@functools.cache
def _kind_of_module(module: str | None) -> Any:
    """MACHINERY, NAMING or LIBRARY; None for a module of the user's."""
    return next((role for role in (MACHINERY, NAMING, LIBRARY) if f"{module}.".startswith(role)), None)


@functools.lru_cache(4096)
def _targets(code: CodeType, at: int) -> tuple[str, ...] | None:
    """The variables that what the instruction makes is assigned to; None if it is returned to the frame around."""
    if code.co_name == "<lambda>":  # which need not stand in lines of its own: is that all, but for the return?
        positions = list(code.co_positions())
        return None if {*positions[at // 2 : -1]} == {positions[at // 2]} else ()
    path = _path(code, next(islice(code.co_positions(), at // 2, None)))
    while len(path) > 1 and isinstance(path[-2], ast.IfExp) and path[-1] is not path[-2].test:
        path.pop()
    match path:
        case [*_, ast.Return(), _]:
            return None
        case [*_, ast.Assign(targets=[ast.Tuple(elts=targets)]), ast.Tuple(elts=values), made]:  # a, b = f(x), g(x)
            if len(targets) != len(values):
                return ()
            target = targets[values.index(made)]
        case (
            [*_, ast.Assign(targets=[target]), _]
            | [*_, ast.AnnAssign(target=target) | ast.NamedExpr(target=target), _]
            | [*_, ast.AugAssign(target=target)]
        ):
            pass
        case _:
            return ()
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    names = tuple(part.id for part in parts if isinstance(part, ast.Name))
    return names if len(names) == len(parts) else ()


def _path(code: CodeType, position: Any) -> list[Any]:
    """The nodes around it in the syntax tree of its lines or, where these are part of a statement, of its function."""
    file, (line, end_line, *_) = code.co_filename, position
    path = path_to(file, position, (line, end_line)) if line else []
    if path and not any(isinstance(node, ast.Expr) for node in path):
        return path
    last = max(end or 0 for _, end, _, _ in code.co_positions())
    return path_to(file, position, (code.co_firstlineno, last)) or path_to(file, position)
