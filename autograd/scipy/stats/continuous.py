"""Continuous distributions: from formulas of the standard form to SciPy's methods."""

from __future__ import annotations

import math
from collections.abc import Callable
from inspect import Parameter
from typing import Any

import numpy as np

from autograd.rules.registry import primitive
from autograd.scipy.stats.distribution import (
    Univariate,
    as_float,
    constant,
    differentiable,
    is_number,
    nan_unless,
)
from autograd.scipy.stats.formulas import Ends, Formula, are_positive, as_function, complete, inverse, mirrored

REAL_LINE, POSITIVE, UNIT = (-math.inf, math.inf), (0.0, math.inf), (0.0, 1.0)
METHODS = ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf")


class Continuous(Univariate):
    """A continuous distribution, by formulas for loc = 0 and scale = 1.

        expon = Continuous(stats.expon, support=(0, math.inf), logpdf=lambda x: -x, ...)

    formulas   logpdf, cdf, sf, logcdf, logsf, ppf, isf: functions of x, or q, and of the shapes. Of those that are not
               given, most follow from the others (see formulas.py).
    support    its two ends: numbers, or a function of the shapes. By default the real line with both of its ends:
               formulas hold at infinities, too.
    ends       what the density is at both, or at each: "finite", "zero", or "varying" with the shapes, for some of
               which it is 0 or infinite.
    valid      whether shapes are: a function of them; that all are positive by default.
    symmetric  about 0.

    Formulas are called with numbers within the support alone. `np.where` computes both of its branches, and 0 times
    the infinite slope of the one that is not taken is NaN: so what lies outside is replaced, before, by a number
    within, and the result, after, by what it is outside. There the gradient is 0. So it is at an end at which the
    density is 0 or infinite, and that of cdf, sf and their logarithms at both ends. Invalid parameters give NaN, in
    gradients, too.
    """

    def __init__(
        self,
        scipys: Any,
        *,
        support: Ends | Callable[..., Ends] | None = None,
        ends: str | tuple[str, str] = "finite",
        valid: Formula | None = None,
        symmetric: bool = False,
        **formulas: Formula,
    ) -> None:
        shapes = scipys.shapes.split(", ") if scipys.shapes else []
        self._formulas = f = complete(mirrored(formulas) if symmetric else formulas)
        if "cdf" in f:
            f.setdefault("ppf", inverse(f["cdf"], f["logpdf"], 1, primitive(scipys.ppf)))
            f.setdefault("isf", inverse(f["sf"], f["logpdf"], -1, primitive(scipys.isf)))
        super().__init__(
            scipys,
            {**dict.fromkeys(shapes, Parameter.empty), "loc": 0, "scale": 1},
            ["pdf", *(name for name in METHODS if name in self._formulas)],
        )
        self._support = as_function(support or REAL_LINE)
        self._has_ends = support is not None
        self._ends = (ends, ends) if isinstance(ends, str) else ends
        self._valid = valid or are_positive

    # -- SciPy's methods

    @differentiable
    def logpdf(self, x: Any, *parameters: Any) -> Any:
        return self._logpdf(x, *parameters)

    @differentiable
    def pdf(self, x: Any, *parameters: Any) -> Any:
        return np.exp(self._logpdf(x, *parameters))

    @differentiable
    def cdf(self, x: Any, *parameters: Any) -> Any:
        return self._between("cdf", (0.0, 1.0), x, *parameters)

    @differentiable
    def sf(self, x: Any, *parameters: Any) -> Any:
        return self._between("sf", (1.0, 0.0), x, *parameters)

    @differentiable
    def logcdf(self, x: Any, *parameters: Any) -> Any:
        return self._between("logcdf", (-math.inf, 0.0), x, *parameters)

    @differentiable
    def logsf(self, x: Any, *parameters: Any) -> Any:
        return self._between("logsf", (0.0, -math.inf), x, *parameters)

    @differentiable
    def ppf(self, q: Any, *parameters: Any) -> Any:
        return self._quantile("ppf", q, *parameters)

    @differentiable
    def isf(self, q: Any, *parameters: Any) -> Any:
        return self._quantile("isf", q, *parameters)

    # -- what they have in common

    def _checked(self, x: Any, *parameters: Any) -> tuple[Any, list[Any], Any, Any]:
        """x, shapes, loc, scale: in float64, the parameters NaN where one of them is invalid."""
        x, *shapes, loc, scale = map(as_float, (x, *parameters))
        *shapes, scale = nan_unless(self._valid(*shapes) & (scale > 0), *shapes, scale)
        return x, shapes, loc, scale

    def _standard(self, x: Any, *parameters: Any) -> tuple[Any, list[Any], Any]:
        """(x - loc) / scale, shapes, scale."""
        x, shapes, loc, scale = self._checked(x, *parameters)
        x = x if is_number(loc, 0) else x - loc
        return (x if is_number(scale, 1) else x / scale), shapes, scale

    def _logpdf(self, *args: Any) -> Any:
        x, shapes, scale = self._standard(*args)
        formula, less = self._formulas["logpdf"], 0.0 if is_number(scale, 1) else np.log(scale)
        if not self._has_ends:
            return formula(x, *shapes) - less
        lower, upper = self._support(*shapes)
        outside, y = (x < lower) | (x > upper) | np.isinf(x), np.asarray(-math.inf)
        for end, density in zip((lower, upper), self._ends, strict=True):
            if density == "zero":
                outside = outside | (x == end)
            if density == "varying" and math.isfinite(end):
                at_end = formula(np.float64(end), *map(constant, shapes))
                is_infinite = (x == end) & np.isinf(at_end)
                outside, y = outside | is_infinite, np.where(is_infinite, at_end, y)
        return np.where(outside, y, formula(np.where(outside, inner(lower, upper), x), *shapes) - less)

    def _between(self, name: str, at_ends: Ends, *args: Any) -> Any:
        x, shapes, _ = self._standard(*args)
        if not self._has_ends:
            return self._formulas[name](x, *shapes)
        lower, upper = self._support(*shapes)
        below, above = x <= lower, x >= upper
        y = self._formulas[name](np.where(below | above, inner(lower, upper), x), *shapes)
        return np.where(below, at_ends[0], np.where(above, at_ends[1], y))

    def _quantile(self, name: str, *args: Any) -> Any:
        q, shapes, loc, scale = self._checked(*args)
        (q,) = nan_unless((q >= 0) & (q <= 1), q)
        y = self._formulas[name](np.where((q == 0) | (q == 1), 0.5, q), *shapes)
        lower, upper = self._support(*shapes)
        at_0, at_1 = (lower, upper) if name == "ppf" else (upper, lower)
        return np.where(q == 0, at_0, np.where(q == 1, at_1, y)) * scale + loc


def inner(lower: Any, upper: Any) -> Any:
    """A number between the two, finite also where they are not."""
    lower, upper = constant(lower), constant(upper)
    return (np.maximum(lower, np.minimum(upper, 0) - 1) + np.minimum(upper, np.maximum(lower, 0) + 1)) / 2
