"""The command `python -m benchmarks.conformance`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.conformance.running import CommandError, Outcome, run_both
from benchmarks.conformance.suites import SUITES, WITHOUT_TESTS, Suite

HEAD = """\
| suite | version | pass on HIPS | of these portable | pass here | not portable, and why |
| --- | --- | ---: | ---: | ---: | --- |"""


def main() -> int:
    """Print the table; 1 if a portable test that passes on HIPS autograd fails here."""
    options = parse_arguments()
    print(HEAD)
    lost = 0
    for name in options.suites or SUITES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                on_hips, here = run_both(SUITES[name], Path(folder))
            except CommandError as error:
                print(f"error: {name}: {error}", file=sys.stderr)
                return 2
        print(row(SUITES[name], on_hips, here), flush=True)
        for test in sorted(missing(SUITES[name], on_hips, here)):
            print(f"fails here: {test}", file=sys.stderr)
            lost = 1
    return lost


def missing(suite: Suite, on_hips: Outcome, here: Outcome) -> set[str]:
    """The portable tests that pass on HIPS autograd and not here."""
    return {test for test in on_hips.passed - here.passed if suite.reason(test) is None}


def row(suite: Suite, on_hips: Outcome, here: Outcome) -> str:
    name, _, number = suite.package.partition("==")
    kept = {test for test in on_hips.passed if suite.reason(test) is None}
    reasons: dict[str, int] = {}
    for test in sorted(on_hips.passed - kept):
        why = suite.reason(test) or ""
        reasons[why] = reasons.get(why, 0) + 1
    told = "; ".join(f"{count} {why}" for why, count in reasons.items())
    return f"| {name} | {number} | {len(on_hips.passed)} | {len(kept)} | {len(kept & here.passed)} | {told} |"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.conformance",
        description="Run test suites that were written for HIPS autograd on it and on this engine, and print a table. "
        "Everything is fetched and installed into a temporary folder.",
        epilog=f"Without tests in their source distributions, and so not here: {', '.join(WITHOUT_TESTS)}.",
    )
    parser.add_argument("suites", nargs="*", choices=[[], *SUITES], metavar="suite", help=f"any of {', '.join(SUITES)}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
