"""Tables of costs as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd._util.tables import Table, aligned, in_bytes, in_seconds

COST_COLUMNS = ("calls", "forward", "backward", "total", "share", "made", "kept")
WIDEST_SOURCE = 60


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
    lines = aligned(cells)
    rule = "-" * len(lines[0])
    sources = ["", *(_shortened(row.source) for row in rows), ""]
    lines = [f"{line}  {source}".rstrip() for line, source in zip(lines, sources, strict=True)]
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


def check_choice(what: str, given: Any, choices: Sequence[str]) -> None:
    if given not in choices:
        raise ValueError(
            f"table() was given {what}={given!r}, and expects {', '.join(map(repr, choices[:-1]))} or {choices[-1]!r}; "
            f"give one of these, or leave it out for {choices[0]!r}"
        )
