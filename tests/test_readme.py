"""What the README says is so: its examples, its line counts, its two commands."""

import doctest
import re
from pathlib import Path

import pytest

import mnist.cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_examples_print_what_they_show() -> None:
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert results.attempted > 20
    assert results.failed == 0


def test_the_line_counts_are_right() -> None:
    rows = re.findall(r"^\| \[`(.*?)`\]\((.*?)\) \| (\d+) \|", README, re.MULTILINE)
    assert len(rows) >= 4
    for name, path, lines in rows:
        assert (name, len((ROOT / path).read_text().splitlines())) == (path, int(lines))


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!http)(.*?)\)", README)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


@pytest.mark.parametrize(
    "line",
    ['    pip install -e ".[mnist]" && python -m mnist train', '    pip install -e ".[dev]" && python -m pytest'],
)
def test_each_of_the_two_commands_stands_there_once(line: str) -> None:
    assert README.splitlines().count(line) == 1


def test_the_commands_have_the_options_that_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for command, rest in re.findall(r"python -m mnist (\w+)(.*)", README):
        with pytest.raises(SystemExit):
            mnist.cli.main([command, "--help"])
        text = capsys.readouterr().out
        for option in re.findall(r"--[\w-]+", rest):
            assert option in text, (command, option)
