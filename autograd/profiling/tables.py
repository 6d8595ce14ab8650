"""Tables of costs as text, with times and sizes as people read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COST_COLUMNS = ("calls", "forward", "backward", "total", "share", "made", "kept")
WIDEST_SOURCE = 60

TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
BYTE_UNITS = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"))


@dataclass(frozen=True)
class Row:
    """What the calls of one function, of one module or from one line cost together: see `costs.Call`.

    source  the text of the line, if the row is of one.
    """

    name: str
    calls: int = 0
    forward: float = 0.0
    backward: float = 0.0
    made: int = 0
    kept: int = 0
    source: str = ""

    @property
    def total(self) -> float:
        """Forward and backward, in seconds."""
        return self.forward + self.backward


SORTED: Mapping[str, Callable[[Row], float]] = {
    "time": lambda row: row.total,
    "calls": lambda row: row.calls,
    "made": lambda row: row.made,
    "kept": lambda row: row.kept,
    "forward": lambda row: row.forward,
    "backward": lambda row: row.backward,
}


class Table(str):
    """Text that shows itself as it is, in an interpreter and a notebook, too."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def format_table(heading: str, first: str, rows: Sequence[Row], limit: int | None = None) -> Table:
    """The rows under each other, their sum below; `first` is the name of the first column.

    limit  so many rows, and one for all others.
    """
    if not rows:
        return Table(heading)
    if limit is not None and len(rows) > limit:
        rows = [*rows[:limit], added_up(f"({len(rows) - limit} others)", "", rows[limit:])]
    last = added_up("total", "", rows)
    cells = [(first, *COST_COLUMNS), *(_cells(row, last.total) for row in (*rows, last))]
    widths = [max(len(line[k]) for line in cells) for k in range(len(cells[0]))]
    lines = [
        "  ".join(
            [line[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in cells
    ]
    sources = ["", *(_shortened(row.source) for row in rows), ""]
    lines = [f"{line}  {source}".rstrip() for line, source in zip(lines, sources, strict=True)]
    rule = "-" * (sum(widths) + 2 * len(COST_COLUMNS))
    return Table("\n".join([heading, "", lines[0], rule, *lines[1:-1], rule, lines[-1]]))


def added_up(name: str, source: str, costs: Sequence[Any]) -> Row:
    """The sum of calls or of rows, as one row."""
    return Row(
        name,
        sum(getattr(cost, "calls", 1) for cost in costs),
        sum(cost.forward for cost in costs),
        sum(cost.backward for cost in costs),
        sum(cost.made for cost in costs),
        sum(cost.kept for cost in costs),
        source,
    )


def _cells(row: Row, whole: float) -> tuple[str, ...]:
    share = f"{100 * row.total / whole:.1f} %" if whole else ""
    times = (in_seconds(row.forward), in_seconds(row.backward), in_seconds(row.total))
    return (row.name, str(row.calls), *times, share, in_bytes(row.made), in_bytes(row.kept))


def _shortened(source: str) -> str:
    return source if len(source) <= WIDEST_SOURCE else source[: WIDEST_SOURCE - 1] + "…"


def in_seconds(seconds: float) -> str:
    """A time to three digits: "1.25 ms"."""
    return _in_units(seconds, TIME_UNITS) if seconds else "0"


def in_bytes(size: float) -> str:
    """A size to three digits: "1.25 MiB", "100 B"."""
    return _in_units(size, BYTE_UNITS) if size > 1023 else f"{size:.0f} B" if size else "0"


def _in_units(value: float, units: Sequence[tuple[float, str]]) -> str:
    """In the largest unit of which there is one, or, after rounding, would be."""
    factor, unit = next(((factor, unit) for factor, unit in units if value >= 0.9995 * factor), units[-1])
    value /= factor
    digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:.{digits}f} {unit}"


def check_choice(what: str, given: Any, choices: Sequence[str]) -> None:
    if given not in choices:
        raise ValueError(
            f"table() was given {what}={given!r}, and expects {', '.join(map(repr, choices[:-1]))} or {choices[-1]!r}; "
            f"give one of these, or leave it out for {choices[0]!r}"
        )
