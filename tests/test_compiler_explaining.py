"""What a compiled function tells of its plan."""

import re
from typing import Any

import numpy as np
import pytest
from compiled import IMAGES, LABELS, called, lines, training, training_step

import autograd as ag
from autograd import optim
from models.mlp import MLP

X = np.array([1.0, 2.0, 3.0])


def numbers(text: str, words: str) -> int:
    """The number on the line that contains some words."""
    (line,) = [line for line in text.split("\n") if words in line]
    return int(line.split()[0].replace(",", ""))


def section(text: str, heading: str) -> list[str]:
    found: str = text.partition(f"\n{heading}\n")[2].partition("\n\n")[0]
    return [line.strip() for line in found.split("\n") if line.strip()]


def test_it_says_for_what_the_program_is() -> None:
    assert training().explain().startswith("train for x (5, 6) float32, labels (5,) int64\n")


def test_many_arguments_stand_on_several_lines() -> None:
    heading = called(lambda xs: xs[0] * xs[1], [X] * 9).explain().partition("\n\n")[0].split("\n")
    assert len(heading) == 2
    assert max(map(len, heading)) <= 120


def test_calls_add_up() -> None:
    step = training("adam")
    text = step.explain()
    rows = [line.split(None, 1) for line in section(text, "calls")]
    *parts, whole = [int(number) for number, _ in rows]
    assert sum(parts) == whole == len(step._last().program.ops)
    assert parts[0] == len(step._last().captured.ops)
    assert numbers(text, "equal to another: merged") < -20


def test_lines_are_those_of_the_source() -> None:
    step = training("adam")
    (count,) = re.findall(r"in the program, on (\d+) lines", step.explain())
    assert int(count) == len(lines(step.source)) - 1  # and one that returns


def test_what_nothing_reads_is_dropped_and_told() -> None:
    def f(x: Any) -> Any:
        np.exp(x)
        return np.sin(x) + np.sin(x)

    text = called(f, X).explain()
    assert numbers(text, "read by nothing: dropped") == -1
    assert numbers(text, "equal to another: merged") == -1
    assert numbers(text, "traced") == 4


def test_memory_with_and_without_the_plan() -> None:
    def f(x: Any) -> Any:
        for _ in range(5):
            x = np.exp(np.sin(x))
        return np.sum(x), x * 2

    large = np.ones(1000)
    one_by_one, together, anew = section(called(f, large).explain(), "memory")
    assert one_by_one.startswith("85.9 KiB  if each of 11 arrays")  # ten, and the one that is returned
    assert together.endswith("10 of them share 1 place")
    assert together.startswith("7.88 KiB")
    assert anew.startswith("7.81 KiB  made anew in each call: output")


def test_who_takes_over_whose_memory() -> None:
    rows = section(training().explain(), "one after the other in the same memory")
    assert "(5, 4) float32  z0 -> h0" in rows
    assert "(5, 4) float32  g_h0 -> g_z0" in rows


def test_what_is_called_as_it_is_and_why() -> None:
    rows = section(training().explain(), "called as they are")
    assert rows == ["not_negative  autograd.nn.functional.labels.not_negative: its code looks at values"]
    step = called(ag.grad(lambda x: np.sum(np.interp(x, [0.0, 1.0], [1.0, 2.0]))), np.array([0.5, 0.7]))
    assert any(
        row.endswith("a rule whose code looks at values") for row in section(step.explain(), "called as they are")
    )
    step = called(ag.grad(lambda x: np.sum(np.cumprod(x))), X)
    assert "recurrence  a primitive whose code looks at values" in section(step.explain(), "called as they are")


def test_where_there_is_nothing_to_tell_it_is_not_told() -> None:
    text = called(lambda x: np.exp(x), X).explain()
    assert "called as they are" not in text
    assert "one after the other" not in text
    assert "in one piece" not in text
    assert "in the program, on 1 line: " in text
    assert called(lambda: np.ones(3) * 2).explain().startswith("<lambda> for no arguments\n")


def test_long_lists_are_cut() -> None:
    model = MLP((6, *[5] * 20, 3), rng=np.random.default_rng(0))
    opt = optim.Adam(model.parameters())

    rows = section(
        called(training_step(model, opt), IMAGES, LABELS).explain(), "one after the other in the same memory"
    )
    assert len(rows) == 13
    assert re.fullmatch(r"\.\.\.  and \d+ more", rows[-1])
    assert re.fullmatch(r"\(5, 5\) float32  z\d+ -> .* -> \.\.\.", max(rows, key=len))
    assert max(map(len, rows)) < 110


def test_a_table_shows_itself_as_it_is() -> None:
    text = training().explain()
    assert repr(text) == str(text)


def test_a_function_that_was_not_called_has_nothing_to_tell() -> None:
    with pytest.raises(RuntimeError, match="has no program yet"):
        ag.compile(np.exp).explain()
