"""Statistics of a value: mean, spread, range, and the share of zeros; and how many of its numbers are none."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Self

import numpy as np

from autograd.engine.tensor import Tensor

ROUNDING = 1e-7  # of the largest element: a mean or a spread below that is no more than the rounding of a float32


class Statistics(NamedTuple):
    """Of the finite elements of an array; of complex numbers, of their absolute values."""

    size: int
    mean: float
    std: float
    low: float
    high: float
    norm: float
    """The square root of the sum of the squares."""
    zeros: int
    nans: int
    infinities: int

    @classmethod
    def of(cls, value: Any) -> Self:
        """`value` is an array, a Tensor, or several; None is nothing."""
        parts = value if isinstance(value, list | tuple) else (value,)
        arrays = [np.asarray(part.data if isinstance(part, Tensor) else part).ravel() for part in parts]
        arrays = [array for array in arrays if array.dtype.kind in "biufc"]
        flat = arrays[0] if len(arrays) == 1 else np.concatenate(arrays) if arrays else np.zeros(0)
        numbers = np.abs(flat) if flat.dtype.kind == "c" else flat.astype(float, copy=False)
        is_finite = np.isfinite(numbers)
        finite, nans, infinities = numbers, 0, 0
        if not is_finite.all():
            finite, nans = numbers[is_finite], int(np.count_nonzero(np.isnan(numbers)))
            infinities = numbers.size - finite.size - nans
        if not finite.size:
            return cls(flat.size, math.nan, math.nan, math.nan, math.nan, math.nan, 0, nans, infinities)
        with np.errstate(over="ignore", invalid="ignore"):
            mean, std, norm = float(finite.mean()), float(finite.std()), float(np.linalg.norm(finite))
        zeros = finite.size - int(np.count_nonzero(finite))
        return cls(flat.size, mean, std, float(finite.min()), float(finite.max()), norm, zeros, nans, infinities)

    @property
    def is_finite(self) -> bool:
        return not (self.nans or self.infinities)

    @property
    def is_zero(self) -> bool:
        return self.size > 0 and self.zeros == self.size

    def lines(self, digits: int = 2) -> list[str]:
        """In short lines: "0.41 ± 0.58", mean and standard deviation; and "0 to 3.2, 48% zeros"."""
        if not self.size:
            return ["empty"]
        bad = [f"{number:,} {name}" for number, name in ((self.nans, "NaN"), (self.infinities, "inf")) if number]
        if self.nans + self.infinities == self.size:
            return [", ".join(bad)]
        if self.low == self.high and not bad:
            return [f"all {short(self.low, digits)}" if self.size > 1 else short(self.low, digits + 1)]
        size = max(abs(self.low), abs(self.high))
        moments = (0.0 if abs(x) < ROUNDING * size else x for x in (self.mean, self.std))
        mean, std, low, high = (short(x, digits) for x in (*moments, self.low, self.high))
        lines = [f"{mean} ± {std}", f"{low} to {high}"]
        if self.zeros:
            lines[1] += f", {share(self.zeros, self.size)} zeros"
        return [*lines, ", ".join(bad)] if bad else lines

    def __str__(self) -> str:
        return ", ".join(self.lines(3))


def share(part: int, whole: int) -> str:
    """A share in percent, and never 0% or 100% of what is neither."""
    percent = 100 * part / whole
    return f"{percent:.0f}%" if 1 <= percent <= 99 or part in (0, whole) else "<1%" if percent < 1 else ">99%"


def short(x: float, digits: int) -> str:
    """A number to so many digits, as 0.0034, 120, 1.2e+07."""
    text = f"{x:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text and abs(x) < 1e6 else text
