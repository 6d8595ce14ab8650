"""What the READMEs say is so: their examples, line counts, links and commands."""

import doctest
import re
import sys
from pathlib import Path

import pytest

import autograd.__main__
import benchmarks.__main__
import mnist.cli
from autograd import nn

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROOMS = (
    "autograd", "autograd/checking", "autograd/compiler", "autograd/drawing", "autograd/hips", "autograd/nn",
    "autograd/scipy", "benchmarks", "mnist", "models",
)  # fmt: skip
READMES = ["README.md", *(f"{room}/README.md" for room in ROOMS)]
LINK = re.compile(r"\]\((?!http)([^#)]*)(?:#([^)]*))?\)")


def text_of(readme: str) -> str:
    return (ROOT / readme).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """What GitHub calls the headings of a text, to lead to them."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("readme", [readme for readme in READMES if ">>>" in text_of(readme)])
def test_the_examples_print_what_they_show(readme: str) -> None:
    results = doctest.testfile(
        str(ROOT / readme), module_relative=False, encoding="utf-8", optionflags=doctest.ELLIPSIS
    )
    assert results.attempted >= 4
    assert results.failed == 0


def test_the_front_door_is_short() -> None:
    assert len(README.splitlines()) <= 170


def test_the_line_counts_are_right() -> None:
    rows = re.findall(r"^\| \[`(.*?)`\]\((.*?)\) \| (\d+) \|", README, re.MULTILINE)
    assert len(rows) >= 4
    for name, path, lines in rows:
        assert (name, len(text_of(path).splitlines())) == (path, int(lines))


def test_the_number_of_functions_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    """NumPy's: the table has the library's own primitives, too, and whatever another test has given a rule."""
    assert autograd.__main__.main(["rules", "--markdown"]) == 0
    functions = set(re.findall(r"^\| (np\.\S+) \|", capsys.readouterr().out, re.MULTILINE))
    assert f"{len(functions)} of NumPy's functions have rules or are made of others" in " ".join(README.split())


@pytest.mark.parametrize("readme", READMES)
def test_every_link_leads_somewhere(readme: str) -> None:
    links = LINK.findall(text_of(readme))
    assert links
    for path, anchor in links:
        target = (ROOT / readme).parent / path if path else ROOT / readme
        assert target.exists(), path
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), (path, anchor)


@pytest.mark.parametrize("room", ROOMS)
def test_every_file_of_a_room_stands_in_its_readme(room: str) -> None:
    """Every folder, too, but for what is not read."""
    named = {path.strip("/") for path, _ in LINK.findall(text_of(f"{room}/README.md"))}
    named |= {path.split("/")[0] for path in named}
    here = {path.name for path in (ROOT / room).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert {name for name in here if not name.startswith("_")} <= named


def test_the_table_of_nn_has_all_files_and_all_names() -> None:
    lines = text_of("autograd/nn/README.md").splitlines()
    rows = [row.split("|") for row in lines if row.startswith("| [")]
    files, layers, functions = (" ".join(row[column] for row in rows) for column in (1, 2, 3))
    here = {f"{folder}/{path.name}" for folder in ("functional", "layers")
            for path in (ROOT / "autograd/nn" / folder).glob("[!_]*.py")}  # fmt: skip
    assert here <= {path for path, _ in LINK.findall(files)}
    assert sorted(re.findall(r"`(\w+)`", layers)) == sorted(name for name in nn.__all__ if not name.islower())
    assert sorted(re.findall(r"`(\w+)`", functions)) == sorted(nn.functional.__all__)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_can_be_reached_from_the_front_door(room: str) -> None:
    assert f"]({room}/README.md" in README


@pytest.mark.parametrize(
    "line",
    ['    pip install -e ".[mnist]" && python -m mnist train', '    pip install -e ".[dev]" && python -m pytest -n 2'],
)
def test_each_of_the_two_commands_stands_there_once(line: str) -> None:
    assert README.splitlines().count(line) == 1


def help_of(package: str, command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [package, *command, "--help"])
    {
        "autograd": autograd.__main__.main,
        "benchmarks": benchmarks.__main__.main,
        "mnist": lambda: mnist.cli.main(sys.argv[1:]),
    }[package]()


@pytest.mark.parametrize("readme", READMES)
def test_the_commands_have_the_options_that_are_shown(
    readme: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = re.sub(r"\n(?=--)", " ", text_of(readme))  # a command may go on in the next line
    for package, rest in re.findall(r"python -m (autograd|benchmarks|mnist)\b([^#`\n]*)", text):
        words = re.match(r"(?: [a-z]+(?![\w.]))*", rest)
        command = words[0].split() if words and package != "benchmarks" else []
        with pytest.raises(SystemExit, match="0"):
            help_of(package, command, monkeypatch)
        shown = capsys.readouterr().out
        for option in re.findall(r"--[\w-]+", rest):
            assert option in shown, (package, command, option)
