"""What a benchmark found: rows, each one number of one contestant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks.problem import Array

NOISY = 0.15  # a ratio whose middle half is wider than this part of it does not tell two contestants apart


class Ratio(NamedTuple):
    """Of two measurements within a round: the median over the rounds, and the middle half."""

    median: float
    low: float
    high: float

    @property
    def is_noisy(self) -> bool:
        return self.high - self.low > NOISY * self.median

    @classmethod
    def of(cls, values: Array) -> Ratio:
        low, median, high = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
        return cls(median, low, high)


@dataclass(frozen=True)
class Measurement:
    """A cell of a table: `value` in `unit`, and its ratio to that of `to`."""

    table: str
    column: str
    contestant: str
    value: float
    unit: str
    ratio: Ratio | None = None
    to: str = ""
    page_faults: float | None = None
