"""Running a suite on HIPS autograd and on this engine, each installed into an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from benchmarks.conformance.suites import HIPS, Suite

ROOT = Path(__file__).parents[2]
LIMIT = 3600  # seconds for one run of a suite
TELLING = 2000  # characters of the output of a command that failed


class Outcome(NamedTuple):
    """What became of the tests of a suite, by their names."""

    passed: frozenset[str]
    failed: frozenset[str]


class CommandError(Exception):
    """A command failed; the text is the end of what it wrote."""


def run_both(suite: Suite, folder: Path) -> tuple[Outcome, Outcome]:
    """(on HIPS autograd, on this engine); what is downloaded and installed lies in `folder`."""
    tests = fetched_tests(suite, folder)
    theirs, ours = (environment(suite, folder / name) for name in ("hips", "here"))
    command([theirs, "-m", "pip", "install", "--quiet", HIPS])
    command([ours, "-m", "pip", "uninstall", "--quiet", "--yes", HIPS.partition("=")[0]])
    command([ours, "-m", "pip", "install", "--quiet", f"{copy_of_engine(folder)}[scipy]"])
    return run(suite, theirs, tests), run(suite, ours, tests)


def fetched_tests(suite: Suite, folder: Path) -> Path:
    """The folder of the tests, copied from the source distribution: beside it lies no code that could be imported."""
    command([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
             "--dest", str(folder), suite.package])  # fmt: skip
    name, _, number = suite.package.partition("==")
    with tarfile.open(folder / f"{name}-{number}.tar.gz") as archive:
        archive.extractall(folder / "source", filter="data")
    tests = folder / "run" / Path(suite.folder).name
    shutil.copytree(folder / "source" / f"{name}-{number}" / suite.folder, tests)
    for file, lines in suite.edits.items():
        text = (tests / file).read_text(encoding="utf-8")
        for old, new in lines.items():
            if old not in text:
                raise CommandError(f"{file} of {suite.package} has no {old!r}, which was to be {new!r}; fix suites.py")
            text = text.replace(old, new)
        (tests / file).write_text(text, encoding="utf-8")
    return tests


def copy_of_engine(folder: Path) -> Path:
    """What the engine is installed from: to build a wheel leaves files behind."""
    shutil.copytree(ROOT / "autograd", folder / "engine" / "autograd", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "engine")
    return folder / "engine"


def environment(suite: Suite, folder: Path) -> str:
    """The Python of a new environment that has the package and all that it requires: HIPS autograd, too."""
    venv.create(folder, with_pip=True)
    python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    pins = [f"{name}=={version(name)}" for name in ("numpy", "scipy")]
    command([python, "-m", "pip", "install", "--quiet", suite.package, HIPS, "pytest", *suite.requirements, *pins])
    return python


def run(suite: Suite, python: str, tests: Path) -> Outcome:
    report = tests.parent / "report.xml"
    report.unlink(missing_ok=True)
    wanted = [str(tests / name) for name in suite.tests] or [str(tests)]
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "--continue-on-collection-errors",
        f"--rootdir={tests.parent}",
        f"--junitxml={report}",
    ]
    done = subprocess.run(
        [python, "-m", "pytest", *options, *wanted], cwd=tests.parent, env=own_environment(), capture_output=True,
        text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    if not report.exists():
        raise CommandError((done.stdout + done.stderr)[-TELLING:])
    return outcome_of(report.read_text(encoding="utf-8"), tests.name)


def outcome_of(report: str, folder: str) -> Outcome:
    """What a report in JUnit's format tells; a test that was skipped is in neither."""
    passed, failed = set(), set()
    for test in ElementTree.fromstring(report).iter("testcase"):
        name = f"{test.get('classname', '').removeprefix(f'{folder}.')}::{test.get('name', '')}".removeprefix("::")
        kinds = {child.tag for child in test}
        if kinds & {"failure", "error"}:
            failed.add(name)
        elif "skipped" not in kinds:
            passed.add(name)
    return Outcome(frozenset(passed - failed), frozenset(failed))


def own_environment() -> dict[str, str]:
    """Without what would let a Python of an environment import from elsewhere; BLAS on one core."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}


def command(words: list[str]) -> None:
    done = subprocess.run(words, env=own_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"{' '.join(words)} failed:\n{(done.stdout + done.stderr)[-TELLING:]}")
