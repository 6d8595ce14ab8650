"""The command `python -m benchmarks`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

try:
    from autograd._util import files
    from benchmarks import contestants, machine, plot, report
    from benchmarks.measurements import Measurement
    from benchmarks.questions import QUESTIONS
    from benchmarks.timing import Session, Turns
except ImportError as error:
    sys.exit(f"benchmarks need the library {error.name}, which is not installed: pip install -e '.[bench]'")
except KeyboardInterrupt:  # the libraries take a second or so
    print("interrupted", file=sys.stderr)
    sys.exit(130)

SLOW_QUESTIONS = ("training", "drawings")  # with --quick only if they are asked for

EPILOG = """\
questions:
  step      one training step of two networks, with SGD and Adam, at batch 32, 128 and 512
  call      what each recorded call costs, forward and backward
  compile   how long it takes until a step is compiled
  depth     what it costs, and what memory it holds, in graphs of a thousand to a million calls
  memory    the peak of a training step
  models    a step of a convolutional network, a recurrent one, a transformer and an autoencoder; and its memory
  order     a Hessian-vector product against the gradient
  training  seconds until the network recognises 97.8 % of MNIST's test images
  page      how fast the page on which one draws a digit answers, to one visitor and to 32
  drawings  how many test digits are read when they are drawn larger or smaller, elsewhere, thinner or thicker

Contestants must agree on losses and gradients before they are timed. Those on NumPy take turns in one process, each
other runtime has its own; ratios are taken within a round, and shown as median (middle half). Measure on a machine
that does nothing else.
"""


def main() -> int:
    options = parse_arguments()
    if options.list:
        print(listing())
        return 0
    try:
        players = contestants.selected(options.contestant, options.quick)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    threads = options.threads or machine.cores()
    facts = machine.description(threads)
    print(report.facts(facts))
    for missing in sorted({c.package for c in contestants.CONTESTANTS if c.version is None}):
        print(f"not here: {missing}, which comes with: {contestants.INSTALL_COMMANDS[missing]}")
    if options.quick:
        print("--quick: few rounds, without the wide network, Adam, torch.compile, the deepest graphs and what is slow")
    rows: list[Measurement] = []
    with contestants.processes_for(players, threads) as processes:
        turns = Turns(builds=2, rounds=3, seconds=0.02) if options.quick else Turns()
        session = Session(players, processes, threads, turns, options.quick, data=options.data)
        for question in options.questions or [q for q in QUESTIONS if not (options.quick and q in SLOW_QUESTIONS)]:
            start, failed = time.monotonic(), len(session.failures)
            for _, found in groupby(QUESTIONS[question](session), key=lambda row: row.table):
                table = list(found)
                rows += table
                print(f"\n{report.tables(table)}", flush=True)
                written(options, facts, rows, session.failures)  # after each table, so that nothing is lost
            print("", *(f"left out: {failure}" for failure in session.failures[failed:]), sep="\n")
            print(f"({question}: {time.monotonic() - start:.0f} s)", flush=True)
        written(options, facts, rows, session.failures)
    return int(any("differ" in failure for failure in session.failures))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="How fast is backpropagation that was derived? The engine against the same written by hand, "
        "against other libraries, and against the matrix products alone. A full run takes half an hour.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=f"{', '.join(QUESTIONS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="less of everything, in two to four minutes")
    parser.add_argument("--contestant", action="append", default=[], metavar="NAME", help="only these; see --list")
    parser.add_argument("--threads", type=int, metavar="N", help="for each contestant (default: one a core)")
    parser.add_argument("--data", metavar="DIR", help="the folder with MNIST's files, for training")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw them, as SVG, PNG or PDF")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write results.json, tables.md and plot.svg")
    parser.add_argument("--list", action="store_true", help="list the contestants, and which of them are installed")
    options = parser.parse_args()
    if unknown := [q for q in options.questions if q not in QUESTIONS]:
        parser.error(f"there is no question {', '.join(unknown)}; there are {', '.join(QUESTIONS)}")
    if options.threads is not None and options.threads < 1:
        parser.error(f"--threads was given {options.threads}; it takes 1 or more")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
    for path in (options.json, options.plot):
        if path:
            try:
                files.check_writable(path)
            except OSError as error:
                parser.error(str(error))
    if options.plot and options.plot.suffix not in plot.SUFFIXES:
        parser.error(f"--plot was given {options.plot}; its name must end with {', '.join(plot.SUFFIXES)}")
    return options


def listing() -> str:
    lines = []
    for c in contestants.CONTESTANTS:
        here = f"{c.package} {c.version}" if c.version else f"not installed: {contestants.INSTALL_COMMANDS[c.package]}"
        lines.append(f"{c.name:16} {here}")
    return "\n".join(lines)


def written(options: argparse.Namespace, facts: dict[str, Any], rows: list[Measurement], failures: list[str]) -> None:
    everything = {"machine": facts, "rows": [asdict(row) for row in rows], "left out": failures}
    text = (json.dumps(everything, indent=1, ensure_ascii=False, default=float) + "\n").encode()
    if options.json:
        files.write(options.json, text)
    if options.plot:
        plot.save_plot(rows, options.plot)
    if options.out:
        files.write(options.out / "results.json", text)
        tables = f"# The last full run\n\n{report.facts(facts)}.\n\n{report.tables(rows, 'github')}\n"
        left_out = "".join(f"\n- left out: {failure}" for failure in failures)
        files.write(options.out / "tables.md", (tables + left_out + "\n" * bool(left_out)).encode())
        plot.save_plot(rows, options.out / "plot.svg")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted; the tables that are finished are written", file=sys.stderr)
        sys.exit(130)
