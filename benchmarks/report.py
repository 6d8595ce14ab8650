"""What was found, as tables in text or Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tabulate import tabulate

from benchmarks.measurements import Measurement, Ratio


def tables(rows: Sequence[Measurement], style: str = "simple") -> str:
    """All tables, each under its title. style: of tabulate; "github" for Markdown."""
    titles = list(dict.fromkeys(row.table for row in rows))
    parts = []
    for title in titles:
        here = [row for row in rows if row.table == title]
        parts += [
            f"### {title}" if style == "github" else title,
            contestant_table(here, style),
            *page_fault_lines(here),
        ]
    return "\n\n".join(parts)


def contestant_table(rows: Sequence[Measurement], style: str = "simple") -> str:
    """Contestants by columns: the value, and its ratio with its middle half."""
    columns = list(dict.fromkeys(row.column for row in rows))
    cells = {(row.contestant, row.column): row for row in rows}
    compared = {row.column: row.to for row in rows if row.ratio}
    headers = [""]
    for column in columns:
        headers += [column, f"/ {compared[column]}"] if column in compared else [column]
    lines = []
    for name in dict.fromkeys(row.contestant for row in rows):
        line: list[str | None] = [name]
        for column in columns:
            row = cells.get((name, column))
            line.append(amount(row.value, row.unit) if row else None)
            if column in compared:
                line.append(ratio_text(row.ratio) if row and row.ratio else None)
        lines.append(line)
    align = ["left", *["right"] * (len(headers) - 1)]
    return tabulate(lines, headers, style, missingval="–", colalign=align, disable_numparse=True)


def page_fault_lines(rows: Sequence[Measurement]) -> Iterator[str]:
    """A line for those who have any: memory that is asked of the system anew in each step."""
    counts: dict[str, list[float]] = {}
    for row in rows:
        if row.page_faults is not None:
            counts.setdefault(row.contestant, []).append(row.page_faults)
    if counts:
        some = {name: faults for name, faults in counts.items() if max(faults) >= 1}
        text = "; ".join(f"{name} {', '.join(f'{n:.0f}' for n in faults)}" for name, faults in some.items())
        yield f"Page faults a step: {text + '; the others' if text else 'all'} none."


def amount(value: float, unit: str) -> str:
    """Three digits or more, with the unit."""
    if unit == "%":  # a hundredth is one of MNIST's 10,000 test images
        return f"{value:.2f} %"
    digits = next((digits for digits, least in ((2, 10), (1, 99.95)) if abs(value) < least and unit), 0)
    return f"{value:,.{digits}f} {unit}".strip()


def ratio_text(ratio: Ratio) -> str:
    """The median with the middle half; with the words "too noisy" if that is too wide to tell two contestants apart."""
    if ratio.low == ratio.high:
        return f"{ratio.median:.2f}"
    noisy = " too noisy" if ratio.is_noisy else ""
    return f"{ratio.median:.2f} ({ratio.low:.2f}-{ratio.high:.2f}){noisy}"


def facts(machine: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in machine.items())
