"""B-splines of an image: from its values to coefficients, and from these to values between the pixels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage

from autograd.rules.registry import primitive, rule

spline_filter1d, spline_filter = primitive(ndimage.spline_filter1d), primitive(ndimage.spline_filter)

# -- coefficients ------------------------------------------------------------------------------------------------------

SYMMETRIC = (
    "reflect",
    "grid-mirror",
    "nearest",
    "grid-wrap",
)  # of the others SciPy mirrors the array at its end values
REFLECTED = SYMMETRIC[:3]
SHORT = 32  # elements: from here on what lies beyond both ends, at most 0.431**(2 * 32) of it, is rounded away


def spline1d_gx(g: Any, order: int, axis: int, mode: str) -> Any:
    """The coefficients solve B c = x, where B takes samples of the spline, and is symmetric but for the ends.

    Mirrored at its end values, which stand there once, an array has B = D B' D⁻¹ with D = 1/2 at the ends; then the
    adjoint of B⁻¹ is D B⁻¹ D⁻¹. With mode="reflect" SciPy solves it inexactly for a short line, so there the adjoint is
    that of the matrix that it amounts to.
    """
    n = g.shape[axis]
    if order < 2 or n < 2:
        return g
    if mode in REFLECTED and n < SHORT:
        matrix = ndimage.spline_filter1d(np.eye(n), order, 0, mode=mode).astype(g.real.dtype)
        return np.moveaxis(np.moveaxis(g, axis, -1) @ matrix, -1, axis)
    ends = np.ones(n, g.real.dtype)
    if mode not in SYMMETRIC:
        ends[0] = ends[-1] = 0.5
    ends = ends.reshape(-1, *(1,) * (g.ndim - 1 - axis % g.ndim))
    return ends * spline_filter1d(g / ends, order, axis, g.dtype, mode)


def spline_gx(g: Any, order: int, mode: str) -> Any:
    for axis in range(g.ndim):
        g = spline1d_gx(g, order, axis, mode)
    return g


# -- values between the pixels -----------------------------------------------------------------------------------------


class Stencil(NamedTuple):
    """Along one axis, for each coordinate the coefficients near it. All arrays are as the coordinates are."""

    indices: list[Any]
    """Of the order + 1 coefficients."""
    is_beyond: list[Any] | None
    """Which of them stand for the value outside; None if none can."""
    along: Any
    """How far on the coordinate is between two knots, 0 to 1."""
    direction: Any
    """What becomes of a step along the coordinate: 1, -1 where the array is mirrored, 0 where its end goes on."""
    is_inside: Any
    """False where there is no value but the one outside."""


def mapped(c: Any, n: int, mode: str) -> tuple[Any, Any]:
    """Where in an array of length n, or within a pixel of it, coordinates beyond its edges are: (place, direction).

    SciPy's "wrap" puts the last element onto the first; "grid-wrap" goes on to the first after the last.
    """
    one = np.ones(c.shape)
    if mode in ("constant", "grid-constant"):
        return c, one
    is_outside = (c < 0) | (c > n - 1)
    if mode == "nearest" or n == 1:
        return np.clip(c, 0, n - 1), np.where(is_outside, 0, one)
    if mode == "grid-wrap":
        return np.where(is_outside, c - n * np.floor(c / n), c), one
    if mode == "wrap":  # where both ends lie, it is the last element from below 0, the first from above
        turns = np.where(c < 0, -np.floor(-c / (n - 1)) - 1, np.floor(c / (n - 1)))
        return np.where(is_outside, c - (n - 1) * turns, c), one
    first, period = (0.0, 2 * n - 2) if mode == "mirror" else (-0.5, 2 * n)
    turned = (c - first) % period + first
    # Beyond the last pixel SciPy mirrors from a whole pixel on: of order 0 that decides between two that are as near.
    is_back = is_outside & np.where((c > 0) & (mode == "mirror"), turned >= n, turned - first > period / 2)
    return np.where(is_back, 2 * first + period - turned, np.where(is_outside, turned, c)), np.where(is_back, -one, one)


def stencil(c: Any, n: int, order: int, mode: str) -> Stencil:
    """For coordinates c along an axis of n coefficients."""
    is_inside = (c >= 0) & (c <= n - 1) if mode == "constant" else np.isfinite(c)
    place = np.where(is_inside, c, 0)
    place, direction = (place, np.ones(c.shape)) if mode == "nearest" else mapped(place, n, mode)
    half = 0.5 * (order % 2 == 0)
    below = np.floor(place + half)
    numbers = [below + (k - order // 2) for k in range(order + 1)]
    if mode == "grid-constant":
        is_beyond = [(k < 0) | (k >= n) for k in numbers]
        places = [np.clip(k, 0, n - 1) for k in numbers]
    else:
        is_beyond, side = None, "mirror" if mode in ("constant", "wrap") else mode
        places = [mapped(k, n, side)[0] for k in numbers]
    return Stencil([np.astype(k, np.intp) for k in places], is_beyond, place - below + half, direction, is_inside)


def weights(order: int, u: Any) -> list[Any]:
    """The order + 1 B-splines that are not 0 between two knots, at u, 0 to 1 (the recursion of Cox and de Boor)."""
    found = [np.ones_like(u)]
    for n in range(1, order + 1):
        found = [
            ((u + (n - k)) * found[k - 1] if k else 0) + ((1 + k - u) * found[k] if k < n else 0) for k in range(n + 1)
        ]
        found = [weight / n for weight in found]
    return found


def slopes(order: int, u: Any) -> list[Any]:
    """Their derivatives, of which a step to the next is 0."""
    if not order:
        return [np.zeros_like(u)]
    lower = weights(order - 1, u)
    return [(lower[k - 1] if k else 0) - (lower[k] if k < order else 0) for k in range(order + 1)]


# fmt: off
rule(spline_filter1d, x=spline1d_gx, accepts=("output",))
rule(spline_filter,   x=spline_gx, accepts=("output",))
