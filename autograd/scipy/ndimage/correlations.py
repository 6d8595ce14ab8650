"""Correlations and convolutions, and the filters that are made of them: uniform, Gaussian, derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import ndimage

from autograd.rules.products import conj
from autograd.rules.registry import primitive, rule
from autograd.scipy.ndimage.edges import by_axis, filtered_gx, line_gx, numbers_of, padded, reach

correlate1d, convolve1d = primitive(ndimage.correlate1d), primitive(ndimage.convolve1d)
correlate, convolve = primitive(ndimage.correlate), primitive(ndimage.convolve)
uniform_filter1d, uniform_filter = primitive(ndimage.uniform_filter1d), primitive(ndimage.uniform_filter)
gaussian_filter1d, gaussian_filter = primitive(ndimage.gaussian_filter1d), primitive(ndimage.gaussian_filter)
sobel, prewitt, laplace = primitive(ndimage.sobel), primitive(ndimage.prewitt), primitive(ndimage.laplace)
gaussian_laplace = primitive(ndimage.gaussian_laplace)
gaussian_gradient_magnitude = primitive(ndimage.gaussian_gradient_magnitude)

Modes = str | Sequence[str]

# -- weights that are given --------------------------------------------------------------------------------------------

# SciPy conjugates complex weights in a correlation, as np.correlate does, and not in a convolution, which takes them in
# reverse. In what follows `taps` are what an element and its neighbours are multiplied by, in their order.


def windows(shape: tuple[int, ...], origin: Any, axes: Any, ndim: int, is_convolution: bool) -> tuple[list[int], ...]:
    """The sizes and the origins of weights of a shape, along all axes.

    SciPy takes the axes of the weights in ascending order, however `axes` names them; and the origins as it names them,
    unless it names all.
    """
    axes = numbers_of(axes, ndim)
    sizes, origins = [1] * ndim, [0] * ndim
    for axis, size in zip(sorted(axes), shape, strict=True):
        sizes[axis] = size
    for axis, first in zip(axes if len(axes) < ndim else range(ndim), by_axis(origin, len(axes)), strict=True):
        origins[axis] = -first - (sizes[axis] % 2 == 0) if is_convolution else first
    return sizes, origins


def taps_gx(g: Any, taps: Any, mode: str, sizes: Sequence[int], origins: Sequence[int]) -> Any:
    backward = conj(np.flip(np.reshape(taps, sizes)))
    return filtered_gx(lambda p: correlate(p, backward, mode="constant"), g, sizes, origins, [mode] * g.ndim)


def taps_gtaps(g: Any, x: Any, mode: str, cval: Any, sizes: Sequence[int], origins: Sequence[int]) -> Any:
    """For each tap the sum of g times what it is multiplied by."""
    if not g.size:
        return np.zeros_like(g, shape=sizes)
    x = padded(x, [reach(size, origin) for size, origin in zip(sizes, origins, strict=True)], mode, cval)
    starts = np.ndindex(*sizes)
    parts = (tuple(slice(k, k + n) for k, n in zip(start, g.shape, strict=True)) for start in starts)
    return np.reshape(np.stack([np.sum(g * x[part]) for part in parts]), sizes)


def correlate_gx(g: Any, weights: Any, weights_shape: Any, mode: str, origin: Any, axes: Any) -> Any:
    return taps_gx(g, conj(weights), mode, *windows(weights_shape, origin, axes, g.ndim, False))


def correlate_gweights(g: Any, x: Any, weights_shape: Any, mode: str, cval: Any, origin: Any, axes: Any) -> Any:
    found = taps_gtaps(g, x, mode, cval, *windows(weights_shape, origin, axes, g.ndim, False))
    return conj(np.reshape(found, weights_shape))


def convolve_gx(g: Any, weights: Any, weights_shape: Any, mode: str, origin: Any, axes: Any) -> Any:
    return taps_gx(g, np.flip(weights), mode, *windows(weights_shape, origin, axes, g.ndim, True))


def convolve_gweights(g: Any, x: Any, weights_shape: Any, mode: str, cval: Any, origin: Any, axes: Any) -> Any:
    found = taps_gtaps(g, x, mode, cval, *windows(weights_shape, origin, axes, g.ndim, True))
    return np.flip(np.reshape(found, weights_shape))


def taps1d_gx(g: Any, taps: Any, axis: int, mode: str, origin: int) -> Any:
    by = lambda p: correlate1d(p, conj(taps[::-1]), axis, mode="constant")
    return line_gx(by, g, len(taps), axis, mode, origin)


def correlate1d_gx(g: Any, weights: Any, axis: int, mode: str, origin: int) -> Any:
    return taps1d_gx(g, conj(weights), axis, mode, origin)


def convolve1d_gx(g: Any, weights: Any, weights_shape: Any, axis: int, mode: str, origin: int) -> Any:
    return taps1d_gx(g, weights[::-1], axis, mode, -origin - (weights_shape[0] % 2 == 0))


def correlate1d_gweights(g: Any, x: Any, weights_shape: Any, axis: int, mode: str, cval: Any, origin: int) -> Any:
    return correlate_gweights(g, x, weights_shape, mode, cval, origin, axis)


def convolve1d_gweights(g: Any, x: Any, weights_shape: Any, axis: int, mode: str, cval: Any, origin: int) -> Any:
    return convolve_gweights(g, x, weights_shape, mode, cval, origin, axis)


# -- means and Gaussians: their taps are symmetric, or antisymmetric for a derivative of an odd order ------------------


def uniform1d_gx(g: Any, size: int, axis: int, mode: str, origin: int) -> Any:
    return line_gx(lambda p: uniform_filter1d(p, size, axis, mode="constant"), g, size, axis, mode, origin)


def uniform_gx(g: Any, size: Any, mode: Modes, origin: Any, axes: Any) -> Any:
    axes = numbers_of(axes, g.ndim)
    options = (by_axis(value, len(axes)) for value in (size, mode, origin))
    for axis, length, side, first in zip(axes, *options, strict=True):
        g = uniform1d_gx(g, int(length), axis, side, first) if length > 1 else g
    return g


def gaussian1d_gx(g: Any, sigma: float, axis: int, order: int, mode: str, truncate: float, radius: int | None) -> Any:
    by = lambda p: gaussian_filter1d(p, sigma, axis, order, None, "constant", 0, truncate, radius=radius)
    size = 2 * (int(truncate * float(sigma) + 0.5) if radius is None else radius) + 1
    gx = line_gx(by, g, size, axis, mode)
    return -gx if order % 2 else gx


def gaussian_gx(g: Any, sigma: Any, order: Any, mode: Modes, truncate: float, radius: Any, axes: Any) -> Any:
    axes = numbers_of(axes, g.ndim)
    options = (by_axis(value, len(axes)) for value in (sigma, order, mode, radius))
    for axis, width, degree, side, far in zip(axes, *options, strict=True):
        g = gaussian1d_gx(g, width, axis, degree, side, truncate, far) if width > 1e-15 else g
    return g


# -- derivatives -----------------------------------------------------------------------------------------------------


def difference_gx(g: Any, axis: int, mode: Modes, across: Sequence[float]) -> Any:
    """Of sobel and prewitt: the difference of the neighbours along an axis, and sums of three `across` it."""
    for k, side in enumerate(by_axis(mode, g.ndim)):
        taps = np.array([-1.0, 0.0, 1.0] if k == axis % g.ndim else across)
        g = taps1d_gx(g, taps, k, side, 0)
    return g


def laplace_gx(g: Any, mode: Modes, axes: Any) -> Any:
    axes = numbers_of(axes, g.ndim)
    if not axes:
        return g
    taps = np.array([1.0, -2.0, 1.0])
    return sum(taps1d_gx(g, taps, axis, side, 0) for axis, side in zip(axes, by_axis(mode, len(axes)), strict=True))


def derivatives(ndim: int, axes: Any, mode: Modes, order: int) -> list[tuple[list[int], str]]:
    """For each axis the orders of the Gaussian filter that takes the derivative along it, and the mode."""
    axes = numbers_of(axes, ndim)
    modes = by_axis(mode, len(axes))
    return [([order * (k == axis) for k in range(ndim)], side) for axis, side in zip(axes, modes, strict=True)]


def gaussian_laplace_gx(g: Any, sigma: Any, mode: Modes, truncate: float, radius: Any, axes: Any) -> Any:
    numbers = numbers_of(axes, g.ndim)
    sigmas = dict(zip(numbers, by_axis(sigma, len(numbers)), strict=True))
    sigma = [sigmas.get(axis, 0) for axis in range(g.ndim)]
    parts = derivatives(g.ndim, axes, mode, 2)
    return sum(gaussian_gx(g, sigma, *part, truncate, radius, None) for part in parts) if parts else g


def gaussian_gradient_magnitude_gx(
    g: Any, x: Any, y: Any, sigma: Any, mode: Modes, cval: float, truncate: float, radius: Any, axes: Any
) -> Any:
    """Unlike gaussian_laplace, SciPy smooths along all axes here, whichever derivatives are taken."""
    g = np.where(y == 0, 0, g / np.where(y == 0, 1, y))
    gx: Any = 0
    for order, side in derivatives(g.ndim, axes, mode, 1):
        slope = gaussian_filter(x, sigma, order, None, side, cval, truncate, radius=radius)
        gx = gx + gaussian_gx(g * slope, sigma, order, side, truncate, radius, None)
    return gx


# fmt: off
rule(correlate1d,       x=correlate1d_gx, weights=correlate1d_gweights)
rule(convolve1d,        x=convolve1d_gx,  weights=convolve1d_gweights)
rule(correlate,         x=correlate_gx,   weights=correlate_gweights)
rule(convolve,          x=convolve_gx,    weights=convolve_gweights)

rule(uniform_filter1d,  x=uniform1d_gx,   accepts=("cval",))
rule(uniform_filter,    x=uniform_gx,     accepts=("cval",))
rule(gaussian_filter1d, x=gaussian1d_gx,  accepts=("cval",))
rule(gaussian_filter,   x=gaussian_gx,    accepts=("cval",))

rule(sobel,             x=lambda g, axis, mode: difference_gx(g, axis, mode, (1.0, 2.0, 1.0)), accepts=("cval",))
rule(prewitt,           x=lambda g, axis, mode: difference_gx(g, axis, mode, (1.0, 1.0, 1.0)), accepts=("cval",))
rule(laplace,           x=laplace_gx, accepts=("cval",))

# They hand on what they do not know themselves to gaussian_filter.
OF_GAUSSIANS = "(input, sigma, output=None, mode='reflect', cval=0.0, *, axes=None, truncate=4.0, radius=None)"

rule(gaussian_laplace,  x=gaussian_laplace_gx, accepts=("cval",), signature=OF_GAUSSIANS)
rule(gaussian_gradient_magnitude, x=gaussian_gradient_magnitude_gx, signature=OF_GAUSSIANS,
                        convention="where it is 0: gradient 0")
