"""Tables as text: columns under each other, times and sizes as people read them."""

from __future__ import annotations

from collections.abc import Sequence

TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
BYTE_UNITS = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"))


class Table(str):
    """Text that shows itself as it is, in an interpreter and a notebook, too."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def aligned(rows: Sequence[Sequence[str]], to_the_left: int = 1) -> list[str]:
    """The rows as lines, their columns under each other: the first ones begin there, the others end there."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_padded(row, widths, to_the_left)) for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int], to_the_left: int) -> list[str]:
    return [
        text.ljust(width) if k < to_the_left else text.rjust(width)
        for k, (text, width) in enumerate(zip(row, widths, strict=True))
    ]


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
