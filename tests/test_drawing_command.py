"""What the drawing commands share: which files they write, in which order they complain, what they print."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.drawing import command
from autograd.drawing.picture import Picture

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(f: Any, *arguments: str, title: str = "") -> None:
    parser = argparse.ArgumentParser()
    command.add_options(parser, "default.gv")
    command.draw_and_write(f, (np.ones(3),), parser.parse_args(arguments), "default.gv", title)


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files(folder: Path, capsys: Output) -> None:
    run(np.sin)
    run(np.sin, "-o", "a.svg", "--html")
    run(np.sin, "--out", "b.html", "--html")
    assert entries(folder) == ["a.html", "a.svg", "b.html", "default.gv"]
    assert capsys.readouterr().out == "drawn: default.gv\ndrawn: a.svg\ndrawn: a.html\ndrawn: b.html\n"


def test_a_title_is_that_of_the_page() -> None:
    run(np.sin, "-o", "a.html", title="One <sine>")
    assert "<title>One &lt;sine&gt;</title>" in Path("a.html").read_text()


def test_what_cannot_be_written_is_refused_before_anything_is_computed(folder: Path) -> None:
    (folder / "taken.html").mkdir()
    for arguments, error in (
        (["-o", "a.xyz"], ValueError),
        (["-o", "none/a.svg"], FileNotFoundError),
        (["-o", "taken.svg", "--html"], IsADirectoryError),
    ):
        with pytest.raises(error):
            run(lambda x: pytest.fail("it has begun"), *arguments)
    assert entries(folder) == ["taken.html"]


def test_with_a_profile_the_second_call_is_measured(capsys: Output) -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(x)
        return np.sum(np.exp(x))

    run(f)
    assert len(calls) == 1
    assert "forward" not in capsys.readouterr().out
    run(f, "--profile")
    assert len(calls) == 3
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith(("exp", "sum"))] in (
        [["exp", "1"], ["sum", "1"]], [["sum", "1"], ["exp", "1"]],
    )  # fmt: skip


def test_what_was_folded_and_what_is_wrong_is_printed(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Picture(folded="Much was folded.", warnings=["one thing", "another"])
    monkeypatch.setattr(command, "draw", lambda *_, **__: picture)
    run(np.sin)
    assert capsys.readouterr().out == "drawn: default.gv\nMuch was folded.\nwarning: one thing\nwarning: another\n"
