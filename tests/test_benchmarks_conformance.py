"""The table of other projects' suites: which tests are portable, what a report tells, and how a row is counted."""

import re
import sys
from pathlib import Path

import pytest

from benchmarks.conformance import __main__ as command
from benchmarks.conformance import running
from benchmarks.conformance.running import Outcome, outcome_of
from benchmarks.conformance.suites import SUITES, WITHOUT_TESTS, Suite

SUITE = Suite("some==1.2", left_out={"test_a::test_old*": "is about the past", "test_b::*": "needs a GPU"})
REPORT = """<testsuites><testsuite>
<testcase classname="tests.test_a.TestX" name="test_fine" />
<testcase classname="tests.test_a" name="test_wrong"><failure message="no">...</failure></testcase>
<testcase classname="tests.test_a" name="test_left"><skipped /></testcase>
<testcase classname="" name="tests.test_broken"><error message="collection">...</error></testcase>
</testsuite></testsuites>"""


def test_what_a_report_tells() -> None:
    assert outcome_of(REPORT, "tests") == (
        {"test_a.TestX::test_fine"},
        {"test_a::test_wrong", "tests.test_broken"},
    )


def test_a_row_counts_what_passes_on_hips_and_is_portable() -> None:
    on_hips = Outcome(
        frozenset({"test_a::test_1", "test_a::test_2", "test_a::test_old_1", "test_b::test_3"}), frozenset()
    )
    here = Outcome(frozenset({"test_a::test_1", "test_a::test_more", "test_b::test_3"}), frozenset({"test_a::test_2"}))
    row = command.row(SUITE, on_hips, here)
    assert row == "| some | 1.2 | 4 | 2 | 1 | 1 is about the past; 1 needs a GPU |"
    assert command.missing(SUITE, on_hips, here) == {"test_a::test_2"}
    assert row.count("|") == command.HEAD.splitlines()[0].count("|")


def test_every_suite_is_pinned_and_every_reason_told() -> None:
    for suite in SUITES.values():
        assert re.fullmatch(r"[a-z]+==[\d.]+", suite.package)
        assert all(suite.left_out.values())
    assert not {suite.package for suite in SUITES.values()} & set(WITHOUT_TESTS)


def test_the_command_says_what_is_lost(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = iter([Outcome(frozenset({"a"}), frozenset()), Outcome(frozenset(), frozenset({"a"}))])
    monkeypatch.setattr(command, "run_both", lambda suite, folder: (next(outcomes), next(outcomes)))
    monkeypatch.setattr(sys, "argv", ["conformance", "mici"])
    assert command.main() == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "| mici | 0.4.1 | 1 | 1 | 0 |  |"
    assert err == "fails here: a\n"


def test_a_command_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def run_both(suite: Suite, folder: Path) -> None:
        running.command([sys.executable, "-c", "raise SystemExit('no network')"])

    monkeypatch.setattr(command, "run_both", run_both)
    monkeypatch.setattr(sys, "argv", ["conformance", "mici"])
    assert command.main() == 2
    assert "no network" in capsys.readouterr().err


def test_tests_run_without_what_the_surroundings_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "somewhere")
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_it.py").write_text(
        "import os\n\ndef test_fine():\n    assert 'PYTHONPATH' not in os.environ\n\ndef test_wrong():\n    assert 0\n",
        encoding="utf-8",
    )
    (tests / "test_broken.py").write_text("import nothing_of_that_name\n", encoding="utf-8")
    outcome = running.run(SUITE, sys.executable, tests)
    assert outcome.passed == {"test_it::test_fine"}
    assert {"test_it::test_wrong"} < outcome.failed
