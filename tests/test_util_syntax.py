"""Where in the source a piece of code stands."""

import ast
import linecache
from pathlib import Path

import pytest

from autograd._util.syntax import Position, path_to

TEXT = "@str\ndef f(x):\n    y = [x + k for k in range(3)]\n    return y, lambda: (y\n        .pop())\n"
FILE = "<the source of a test>"
linecache.cache[FILE] = (len(TEXT), None, TEXT.splitlines(keepends=True), FILE)


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ((3, 3, 9, 14), ["FunctionDef", "Assign", "ListComp", "BinOp"]),
        ((3, 3, 24, 32), ["FunctionDef", "Assign", "ListComp", "Call"]),  # in a comprehension, which has no position
        ((5, 5, 9, 14), ["FunctionDef", "Return", "Tuple", "Lambda", "Call"]),  # as Python places .pop() in a chain
        ((1, 1, 1, 4), []),  # a decorator
        ((9, 9, 0, 1), []),
        ((3, 3, None, None), []),
    ],
)
def test_the_nodes_around_a_position(position: Position, expected: list[str]) -> None:
    assert [type(node).__name__ for node in path_to(FILE, position)] == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((3, 3), ["If", "Assign", "ListComp", "BinOp"]),
        ((2, 5), ["FunctionDef", "Assign", "ListComp", "BinOp"]),
        ((4, 4), []),
    ],
)
def test_only_some_lines_are_looked_at(span: tuple[int, int], expected: list[str]) -> None:
    """Indented ones as those of an `if`, and none where they are part of a statement."""
    assert [type(node).__name__ for node in path_to(FILE, (3, 3, 9, 14), span)] == expected


def test_without_source_there_are_none(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("def f(:")
    for file in ("<stdin>", str(broken)):
        assert path_to(file, (1, 1, 0, 1)) == list[ast.AST]()
