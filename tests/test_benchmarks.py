"""Every benchmark runs, on tiny sizes, and finds out contestants that compute something else. No time is tested."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from benchmarks import compiled, contestants, engine, same_bits_by_hand
from benchmarks.contestants import BY_HAND, COMPILED, ENGINE, FLOOR, Contestant
from benchmarks.models.model_problem import ModelProblem
from benchmarks.problem import Problem, TrainingTask
from benchmarks.questions import QUESTIONS, depth, training
from benchmarks.questions.models import TINY_PROBLEMS
from benchmarks.timing import Key, Session, Turns, compare

pytestmark = pytest.mark.slow  # it starts processes of contestants

SIZES = (6, 5, 4, 10)
TINY = Turns(builds=2, rounds=3, seconds=1e-4)
ALONE = ("compile", "models", "training", "page", "drawings")  # these have tests of their own
COMPARING = [name for name in QUESTIONS if name not in ALONE]
ON_NUMPY = [FLOOR, "fastest by hand", "same bits by hand", BY_HAND, "compiled", "engine"]
FAKE = Contestant("fake", "tests.contestants", "numpy")


@contextmanager
def session_of(*names: str, fake: bool = False) -> Iterator[Session]:
    players = contestants.selected(names) + [FAKE] * fake
    with contestants.processes_for(players, threads=1) as processes:
        yield Session(players, processes, 1, TINY, sizes=SIZES)


def tiny_task(seed: int) -> TrainingTask:
    """Images whose brightest pixel is the label."""
    labels = np.random.default_rng(seed).integers(0, SIZES[0], 256)
    images = (np.eye(SIZES[0])[labels] * 255).astype(np.uint8)
    return TrainingTask(images, labels, images, labels, (6, 16, 16, 10), epochs=20, batch=16, lr=0.05, seed=seed)


@pytest.mark.parametrize("question", COMPARING)
def test_each_question_has_an_answer(question: str) -> None:
    with session_of(*ON_NUMPY) as session:
        rows = list(QUESTIONS[question](session))
    assert session.failures == []
    assert {"engine"} <= {row.contestant for row in rows} <= set(ON_NUMPY)
    assert len({(row.table, row.column, row.contestant) for row in rows}) == len(rows)
    for row in rows:
        assert row.value >= 0
        if row.contestant == row.to:
            assert row.ratio == (1, 1, 1)
        if row.ratio:
            assert 0 < row.ratio.low <= row.ratio.median <= row.ratio.high


def test_those_that_compile_say_how_long_it_takes() -> None:
    with session_of(ENGINE, COMPILED, fake=True) as session:
        session.contestants[-1] = FAKE._replace(module="tests.missing", compiles=True)
        rows = list(QUESTIONS["compile"](session))
    assert [(row.column, row.contestant, row.ratio) for row in rows] == [
        ("SGD", COMPILED, (1, 1, 1)), ("Adam", COMPILED, (1, 1, 1)),
    ]  # fmt: skip
    assert all(row.value > 0 for row in rows)
    assert len(session.failures) == 1
    assert "fake" in session.failures[0]


def test_models_have_times_and_peaks_of_memory() -> None:
    with session_of(ENGINE, COMPILED) as session:
        rows = list(QUESTIONS["models"](session))
    assert session.failures == []
    tables: dict[str, list[str]] = {}
    for row in rows:
        tables.setdefault(row.table, []).append(f"{row.contestant}: {row.column}")
        assert row.value > 0
    problems = ["LeNet, batch 2", "LSTM, batch 2", "GPT, batch 2", "VAE, batch 2"]
    expected = [f"{name}: {problem}" for problem in problems for name in (COMPILED, ENGINE)]
    assert tables == {"A step of models, Adam": expected, "Peak memory beyond parameters and batch: models": expected}


@pytest.mark.parametrize("problem", TINY_PROBLEMS, ids=str)
def test_models_have_the_same_bits_compiled(problem: ModelProblem) -> None:
    steps = [module.model_step(problem) for module in (engine, compiled)]
    start = [step.answer() for step in steps]
    for _ in range(6):
        (loss, gradients), (other_loss, other_gradients) = (step.answer() for step in steps)
        assert other_loss == loss
        assert [g.tobytes() for g in other_gradients] == [g.tobytes() for g in gradients]
        for step in steps:
            step.run()
    assert loss < start[0][0]


@pytest.mark.parametrize("problem", TINY_PROBLEMS, ids=str)
def test_what_models_are_given_is_the_same_each_time(problem: ModelProblem) -> None:
    for made in (problem.arrays, lambda: list(problem.weights().values())):
        for once, again in zip(made(), made(), strict=True):
            np.testing.assert_array_equal(once, again)
            assert not np.may_share_memory(once, again)
    given = [*problem.weights().values(), *problem.arrays()]
    assert problem.given_bytes() == sum(array.nbytes for array in given)


def test_training_ends_at_the_goal() -> None:
    with session_of(BY_HAND, "compiled", "engine") as session:
        rows = list(training.measure(session, tiny_task))
    assert session.failures == []
    steps = {row.contestant: row.value for row in rows if row.column == "steps"}
    assert steps.keys() == {BY_HAND, "compiled", "engine"}
    assert all(0 < n <= 320 for n in steps.values())
    assert steps["compiled"] == steps["engine"]


def test_who_never_learns_is_no_row() -> None:
    with session_of(BY_HAND, fake=True) as session:
        rows = list(training.measure(session, tiny_task))
    assert {row.contestant for row in rows} == {BY_HAND}
    assert [f.split(":")[0] for f in session.failures] == ["fake, training"] * 3
    assert "over after 320 steps" in session.failures[0]


def test_training_without_data_says_so(tmp_path: Path) -> None:
    with session_of(BY_HAND) as session:
        session.data = str(tmp_path)
        assert list(training.measure(session)) == []
    assert "MNIST" in session.failures[0]


@pytest.mark.parametrize(("batch", "what"), [(4, "value 2 by"), (8, "value 0 by")], ids=["gradient", "update"])
def test_who_computes_something_else_is_no_row(batch: int, what: str) -> None:
    """A wrong gradient; or a right one that is not used: then after three steps the loss is another."""
    with session_of(BY_HAND, "engine", fake=True) as session:
        times = compare(session, ["step"], Problem(SIZES, batch))
    assert times.seconds.keys() == {Key(BY_HAND, "step"), Key("engine", "step")}
    assert [len(seconds) for seconds in times.seconds.values()] == [6, 6]
    (failure,) = session.failures
    assert f"fake and by hand differ, so there is nothing to compare: step of 6-5-4-10, SGD, batch {batch}" in failure
    assert what in failure


def test_who_fails_drops_out() -> None:
    with session_of(BY_HAND, fake=True) as session:
        times = compare(session, ["step"], Problem(SIZES, 4, "adam"))
    assert times.seconds.keys() == {Key(BY_HAND, "step")}
    assert session.failures == ["fake, step of 6-5-4-10, Adam, batch 4: RuntimeError: it has no Adam"]


@pytest.mark.parametrize("question", COMPARING)
def test_who_cannot_be_imported_is_no_row(question: str) -> None:
    with session_of("engine", fake=True) as session:
        session.contestants[-1] = FAKE._replace(module="tests.missing")
        rows = list(QUESTIONS[question](session))
    assert {row.contestant for row in rows} == {"engine"}
    assert set(session.failures) == {"fake: ModuleNotFoundError: No module named 'tests.missing'"}


def test_a_process_that_ends_is_a_failure() -> None:
    with session_of("engine", fake=True) as session:
        rows = list(depth.measure(session))
    assert {row.contestant for row in rows} == {"engine"}
    assert session.failures == ["fake, a chain of 10: the process ended with code 3"]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("sizes", [SIZES, (784, 128, 64, 10), (5, 3), (260, 300, 10)])
def test_what_has_the_same_bits(sizes: tuple[int, ...], optimizer: str) -> None:
    """By hand and compiled, after several steps."""
    problem = Problem(sizes, 32, optimizer)
    steps = [module.step(problem) for module in (engine, compiled, same_bits_by_hand)]
    for _ in range(6):
        (loss, gradients), *others = [step.answer() for step in steps]
        for other_loss, other_gradients in others:
            assert other_loss == loss
            assert [g.tobytes() for g in other_gradients] == [g.tobytes() for g in gradients]
        for step in steps:
            step.run()


def test_contestants_that_are_not_there() -> None:
    with pytest.raises(ValueError, match=r"there is no contestant me; there are floor, "):
        contestants.selected(["me", BY_HAND])


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "benchmarks", *arguments], capture_output=True, text=True, check=False)


def test_the_command(tmp_path: Path) -> None:
    done = command("--quick", "--contestant", BY_HAND, "--contestant", "engine", "--out", str(tmp_path / "out"), "call")
    assert done.returncode == 0, done.stderr
    assert "A call on ten numbers" in done.stdout
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert [row["contestant"] for row in results["rows"]] == [BY_HAND, "engine"]
    assert results["machine"]["NumPy"] == np.__version__
    assert "### A call on ten numbers" in (tmp_path / "out" / "tables.md").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "plot.svg").read_text(encoding="utf-8").count("<svg") == 1


def test_the_command_lists_contestants() -> None:
    lines = command("--list").stdout.splitlines()
    assert len(lines) == len(contestants.CONTESTANTS)
    assert f"engine           numpy {np.__version__}" in lines


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fast"], "there is no question fast; there are step, call"),
        (["--threads", "0"], "--threads was given 0"),
        (["--contestant", "me"], "there is no contestant me"),
        (["--json", "nowhere/x.json"], "nowhere/x.json can't be written: there is no folder nowhere; make it"),
        (["--plot", "x.gif"], "its name must end with .svg, .png, .pdf"),
    ],
)
def test_what_the_command_refuses(arguments: list[str], message: str) -> None:
    done = command(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""
