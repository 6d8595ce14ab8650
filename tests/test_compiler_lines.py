"""The lines of a program: order, sections, comments, width."""

import numpy as np
import pytest
from compiled import lines, training
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.ir import Buffer, Program, Value
from autograd.compiler.printing.source import WIDTH, SourceLine, bracketed, form_of, memory_of, with_comments

NAMES = st.lists(st.text("abc_", min_size=1, max_size=30), min_size=1, max_size=40)


def test_comments_stand_under_each_other() -> None:
    given_lines = [
        SourceLine("a = 1", "(3,) int64", "Linear"),
        SourceLine("# forward"),
        SourceLine("long = 2", "(10, 4) bool"),
        SourceLine("b()"),
    ]
    assert list(with_comments(given_lines)) == [
        "a = 1     # (3,) int64  Linear",
        "# forward",
        "long = 2  # (10, 4) bool",
        "b()",
    ]


def test_a_comment_gives_way_to_a_long_line() -> None:
    code = f"f({'x' * 100})"
    assert list(with_comments([SourceLine(code, "(3, 4) float64", "Linear")])) == [code]


@given(NAMES)
def test_what_is_too_long_for_a_line_is_broken_after_commas(names: list[str]) -> None:
    found = bracketed("def f(", names, "):")
    assert max(map(len, found)) <= WIDTH - 4
    together = "".join(line.strip() + " " for line in found).replace("( ", "(").replace(", )", ")").replace(" )", ")")
    assert together.strip() == f"def f({', '.join(names)}):"


@pytest.mark.parametrize(("items", "expected"), [([], "return "), (["a"], "return (a,)"), (["a", "b"], "return a, b")])
def test_a_function_returns_a_tuple(items: list[str], expected: str) -> None:
    assert bracketed("return ", items, "") == [expected]


def test_what_is_returned_may_stand_on_several_lines() -> None:
    first, *_, last = bracketed("return ", ["a_name_that_is_long"] * 10, "")
    assert (first, last) == ("return (", ")")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.ones((2, 3), np.float32), "(2, 3) float32"),
        (np.float64(1), "() float64"),
        (1.5, "float"),
        (None, "NoneType"),
    ],
)
def test_forms(value: object, expected: str) -> None:
    assert form_of(Value(value)) == expected


def memory(*buffers: tuple[str, int, np.ndarray]) -> list[str]:
    values = {Value(array): (name, offset) for name, offset, array in buffers}
    made = {
        v: Buffer(v.array.shape, v.array.dtype, v.array.strides, v.nbytes, 0, 0, [v], at)
        for v, (_, at) in values.items()
    }
    program = Program("f", [], [], (), made, 1000)
    return list(memory_of(program, {v: name for v, (name, _) in values.items()}))


def test_buffers_are_parts_of_one_piece_of_memory() -> None:
    comment, first, second, *rest = memory(
        ("z", 0, np.ones((2, 3))), ("h", 0, np.ones((2, 3))), ("t", 64, np.ones((2, 3)).T), ("m", 128, np.ones(2, bool))
    )
    assert comment.startswith("# ")
    assert first == "memory = np.empty(1_064, np.uint8)"
    assert second.startswith("memory = memory[-memory.ctypes.data % 64 :]")
    assert rest == [
        "z = h = np.ndarray((2, 3), np.float64, memory, 0)",
        "t = np.ndarray((3, 2), np.float64, memory, 64, (8, 24))",
        "m = np.ndarray((2,), np.bool, memory, 128)",
    ]
    namespace = {"np": np}
    exec("\n".join([first, second, *rest]), namespace)
    assert namespace["z"] is namespace["h"]
    assert namespace["t"].strides == (8, 24)
    assert namespace["memory"].ctypes.data % 64 == 0


def test_the_memory_of_many_names_is_made_once() -> None:
    found = memory(*((f"a_rather_long_name_{k}", 0, np.ones(3)) for k in range(20)))[3:]
    assert len(found) > 1
    assert [("np.ndarray(" in line) for line in found] == [True] + [False] * (len(found) - 1)
    assert max(map(len, found)) <= WIDTH
    namespace = {"np": np}
    exec("\n".join(["memory = np.empty(100, np.uint8)", *found]), namespace)
    assert all(namespace[f"a_rather_long_name_{k}"] is namespace["a_rather_long_name_0"] for k in range(20))


def test_no_memory_is_made_where_none_is_needed() -> None:
    assert not memory()


def test_updates_of_several_lines_stand_apart() -> None:
    text = training("adam").source.partition("# update\n")[2]
    groups = [group.strip().split("\n") for group in text.split("\n\n")]
    assert groups[0][0].strip() == "step = step + 1"
    assert [group[-1].strip() for group in groups[1:5]] == [f"{p} -= step_{p}" for p in ("w0", "b0", "w1", "b1")]


def test_short_updates_stand_together() -> None:
    text = training("sgd").source.partition("# update\n")[2].partition("\n\n")[0]
    assert lines(f"\ndef f():\n{text}")[2::2] == [f"{p} -= scratch_{p}" for p in ("w0", "b0", "w1", "b1")]
