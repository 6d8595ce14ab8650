"""Filters that select an element of each window: the largest, the smallest, the one of a rank."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from scipy import ndimage

from autograd.rules.elementwise import EQUALLY, is_selected
from autograd.rules.indexing import scatter_add
from autograd.rules.registry import primitive, rule
from autograd.scipy.ndimage.edges import by_axis, folded, numbers_of, padded, reach

# -- values ------------------------------------------------------------------------------------------------------------


def as_row(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A rank filter that goes over a line as over a row of a plane.

    Of a line, SciPy 1.15 to 1.17 ignore the holes in a footprint, and where the window is longer than the line they
    return what lies in memory beside it; of a plane they do as they say.
    """
    signature = inspect.signature(fn)

    @functools.wraps(fn)
    def compute(*args: Any, **options: Any) -> Any:
        bound = signature.bind(*args, **options)
        given = bound.arguments
        if np.ndim(given["input"]) != 1:
            return fn(*args, **options)
        normalize_axis_tuple(0 if given.get("axes") is None else given.pop("axes"), 1)
        for name in ("input", "footprint", "output"):
            if given.get(name) is not None and np.ndim(given[name]):
                given[name] = np.asarray(given[name])[None]
        if given.get("footprint") is None and "size" in given:
            given["size"] = (1, *by_axis(given["size"], 1))
        if "origin" in given:
            given["origin"] = (0, *by_axis(given["origin"], 1))
        return fn(*bound.args, **bound.kwargs)[0]

    return compute


maximum_filter, minimum_filter = primitive(ndimage.maximum_filter), primitive(ndimage.minimum_filter)
maximum_filter1d, minimum_filter1d = primitive(ndimage.maximum_filter1d), primitive(ndimage.minimum_filter1d)
rank_filter, median_filter = primitive(as_row(ndimage.rank_filter)), primitive(as_row(ndimage.median_filter))
percentile_filter = primitive(as_row(ndimage.percentile_filter))

# -- gradients ---------------------------------------------------------------------------------------------------------


def selected_gx(g: Any, x: Any, y: Any, footprint: Any, origins: Sequence[int], modes: Sequence[str], cval: Any) -> Any:
    """What was selected takes the gradient, in equal shares where it is there more than once."""
    if not g.size:
        return g
    shapes = [g.shape]  # of x, and after it was continued along each axis
    widths = [reach(size, origin) for size, origin in zip(footprint.shape, origins, strict=True)]
    alone = [[pair if k == axis else (0, 0) for k in range(g.ndim)] for axis, pair in enumerate(widths)]
    for pairs, mode in zip(alone, modes, strict=True):
        x = padded(x, pairs, mode, cval)
        shapes.append(x.shape)
    windows = [
        tuple(slice(k, k + n) for k, n in zip(start, g.shape, strict=True))
        for start in np.ndindex(footprint.shape)
        if footprint[start]
    ]
    taken = [is_selected(x[window], y) for window in windows]
    share = g / sum(each.astype(g.dtype) for each in taken)
    gx = sum(
        scatter_add(np.where(each, share, 0), x.shape, window) for each, window in zip(taken, windows, strict=True)
    )
    for pairs, mode, shape in zip(alone[::-1], modes[::-1], shapes[-2::-1], strict=True):
        gx = folded(gx, shape, pairs, mode)
    return gx


def line_gx(g: Any, x: Any, y: Any, size: int, axis: int, mode: str, cval: Any, origin: int) -> Any:
    """The rule of maximum_filter1d and minimum_filter1d."""
    axis = axis % g.ndim
    sizes, origins = [1] * g.ndim, [0] * g.ndim
    sizes[axis], origins[axis] = size, origin
    return selected_gx(g, x, y, np.ones(sizes, bool), origins, [mode] * g.ndim, cval)


def window(
    ndim: int, size: Any, footprint: Any, origin: Any, mode: Any, axes: Any, by_line: bool
) -> tuple[Any, list[int], list[str]]:
    """The footprint, the origins and the modes along all axes.

    by_line  SciPy goes over a box line by line, and takes the axes in the order in which `axes` names them; else those
             of the footprint in ascending order, and the origins as `axes` names them, unless it names all.
    """
    axes = numbers_of(axes, ndim)
    footprint = np.ones(by_axis(size, len(axes)), bool) if footprint is None else np.asarray(footprint, bool)
    by_line = by_line and bool(footprint.all())
    order = axes if by_line else sorted(axes)
    sizes, origins, modes = [1] * ndim, [0] * ndim, ["constant"] * ndim
    for axis, length in zip(order, footprint.shape, strict=True):
        sizes[axis] = length
    named = axes if by_line or len(axes) < ndim else sorted(axes)
    for axis, first, side in zip(named, by_axis(origin, len(axes)), by_axis(mode, len(axes)), strict=True):
        origins[axis], modes[axis] = first, side
    return footprint.reshape(sizes), origins, modes


def extremum_gx(g: Any, x: Any, y: Any, size: Any, footprint: Any, mode: Any, cval: Any, origin: Any, axes: Any) -> Any:
    return selected_gx(g, x, y, *window(g.ndim, size, footprint, origin, mode, axes, by_line=True), cval)


def rank_gx(g: Any, x: Any, y: Any, size: Any, footprint: Any, mode: Any, cval: Any, origin: Any, axes: Any) -> Any:
    return selected_gx(g, x, y, *window(g.ndim, size, footprint, origin, mode, axes, by_line=False), cval)


# fmt: off
rule(maximum_filter1d,  x=line_gx, convention=EQUALLY)
rule(minimum_filter1d,  x=line_gx, convention=EQUALLY)
rule(maximum_filter,    x=extremum_gx, convention=EQUALLY)
rule(minimum_filter,    x=extremum_gx, convention=EQUALLY)
rule(median_filter,     x=rank_gx, convention=EQUALLY)
rule(rank_filter,       x=rank_gx, accepts=("rank",), convention=EQUALLY)
rule(percentile_filter, x=rank_gx, accepts=("percentile",), convention=EQUALLY)
