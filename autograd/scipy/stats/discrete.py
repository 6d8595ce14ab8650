"""Distributions of whole numbers: from formulas for loc = 0 to SciPy's methods."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from inspect import Parameter
from typing import Any

import numpy as np

from autograd.rules.registry import primitive
from autograd.scipy.stats.distribution import Univariate, as_float, constant, differentiable, nan_unless
from autograd.scipy.stats.formulas import Ends, Formula, are_positive, as_function, complete, exponential

METHODS = ("pmf", "logpmf", "cdf", "logcdf", "sf", "logsf")


class Discrete(Univariate):
    """A distribution of whole numbers, by formulas for loc = 0: functions of k and of the shapes.

        geom = Discrete(stats.geom, support=(1, math.inf), logpmf=lambda k, p: ...)

    formulas   logpmf, pmf, cdf, sf, logcdf, logsf; those that are not given follow from others, as those of Continuous
               do.
    support    its two ends: numbers, or a function of the shapes.
    valid      whether shapes are: a function of them; that all are positive by default.
    whole      the shapes that are whole numbers.

    Gradients flow to the other shapes. To whole numbers, k and loc among them, there is none; nor is there one of ppf
    and isf, which are steps.
    """

    def __init__(
        self,
        scipys: Any,
        *,
        support: Ends | Callable[..., Ends] = (0, math.inf),
        valid: Formula | None = None,
        whole: Collection[str] = (),
        **formulas: Formula,
    ) -> None:
        self._shapes = scipys.shapes.split(", ")
        self._formulas = complete({"pmf": exponential(formulas["logpmf"])} | formulas)
        super().__init__(
            scipys,
            {**dict.fromkeys(self._shapes, Parameter.empty), "loc": 0},
            [name for name in METHODS if name in self._formulas],
        )
        self._support = as_function(support)
        self._valid = valid or are_positive
        self._whole = whole

    # -- SciPy's methods

    @differentiable
    def logpmf(self, k: Any, *parameters: Any) -> Any:
        return self._mass("logpmf", -math.inf, k, *parameters)

    @differentiable
    def pmf(self, k: Any, *parameters: Any) -> Any:
        return self._mass("pmf", 0.0, k, *parameters)

    @differentiable
    def cdf(self, k: Any, *parameters: Any) -> Any:
        return self._between("cdf", (0.0, 1.0), k, *parameters)

    @differentiable
    def sf(self, k: Any, *parameters: Any) -> Any:
        return self._between("sf", (1.0, 0.0), k, *parameters)

    @differentiable
    def logcdf(self, k: Any, *parameters: Any) -> Any:
        return self._between("logcdf", (-math.inf, 0.0), k, *parameters)

    @differentiable
    def logsf(self, k: Any, *parameters: Any) -> Any:
        return self._between("logsf", (0.0, -math.inf), k, *parameters)

    def ppf(self, q: Any, *args: Any, **kwds: Any) -> Any:
        return self._step("ppf", q, *args, **kwds)

    def isf(self, q: Any, *args: Any, **kwds: Any) -> Any:
        return self._step("isf", q, *args, **kwds)

    # -- what they have in common

    def _standard(self, k: Any, *parameters: Any) -> tuple[Any, list[Any]]:
        """k - loc, to which no gradient flows, and the shapes; NaN where a shape is invalid."""
        k, *shapes, loc = map(as_float, (constant(k), *parameters[:-1], constant(parameters[-1])))
        shapes = [constant(x) if name in self._whole else x for name, x in zip(self._shapes, shapes, strict=True)]
        k, *shapes = nan_unless(self._valid(*shapes), k - loc, *shapes)
        return k, shapes

    def _mass(self, name: str, outside: float, *args: Any) -> Any:
        k, shapes = self._standard(*args)
        lower, upper = self._support(*shapes)
        is_outside = (k < lower) | (k > upper) | np.isinf(k) | (np.floor(k) != k) & ~np.isnan(k)
        return np.where(is_outside, outside, self._formulas[name](np.where(is_outside, lower, k), *shapes))

    def _between(self, name: str, at_ends: Ends, *args: Any) -> Any:
        k, shapes = self._standard(*args)
        lower, upper = self._support(*shapes)
        below, above = k < lower, k >= upper
        y = self._formulas[name](np.floor(np.where(below | above, lower, k)), *shapes)
        return np.where(below, at_ends[0], np.where(above, at_ends[1], y))

    def _step(self, name: str, *args: Any, **kwds: Any) -> Any:
        of_arrays = primitive(getattr(self._scipys, name))
        return of_arrays(*map(constant, args), **{key: constant(value) for key, value in kwds.items()})
