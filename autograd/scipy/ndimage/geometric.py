"""Values of an image between its pixels, and the transforms that are made of them.

y = sum of c[k] B(p - k) over the pixels k near a place p, where the coefficients c follow from the image (splines.py)
and B is a product of B-splines, one for each axis. It is linear in the image; the places have a gradient, too.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy import ndimage, special

from autograd.rules.indexing import scatter_add
from autograd.rules.registry import primitive, rule
from autograd.scipy._primitives import pulled_back
from autograd.scipy.ndimage.edges import by_axis, folded, padded
from autograd.scipy.ndimage.splines import Stencil, slopes, spline_filter, spline_gx, stencil, weights

map_coordinates, affine_transform = primitive(ndimage.map_coordinates), primitive(ndimage.affine_transform)
shift, zoom, rotate = primitive(ndimage.shift), primitive(ndimage.zoom), primitive(ndimage.rotate)

Shape = tuple[int, ...]

# -- at any coordinates ------------------------------------------------------------------------------------------------


def margin(order: int, mode: str, prefilter: bool) -> int:
    """By how many pixels SciPy continues an image before it computes the coefficients."""
    return 12 if prefilter and order > 1 and mode in ("nearest", "grid-constant") else 0


def products(stencils: Sequence[Stencil], shape: Shape) -> Iterator[tuple[tuple[int, ...], Any, Any]]:
    """For each combination of coefficients along the axes: their numbers, the index in all, which are beyond."""
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    for numbers in itertools.product(*(range(len(each.indices)) for each in stencils)):
        chosen = list(zip(numbers, stencils, strict=True))
        index = sum(each.indices[k] * stride for (k, each), stride in zip(chosen, strides, strict=True))
        are_beyond = [each.is_beyond[k] for k, each in chosen if each.is_beyond is not None]
        yield numbers, index, np.any(np.stack(are_beyond), axis=0) if are_beyond else None


def product(factors: Sequence[Any]) -> Any:
    return math.prod(factors[1:], start=factors[0])


def stencils_of(coordinates: Any, shape: Shape, order: int, mode: str, pad: int, dtype: Any) -> list[Stencil]:
    found = [stencil(np.astype(coordinates[k], float) + pad, n, order, mode) for k, n in enumerate(shape)]
    return [each._replace(along=each.along.astype(dtype)) for each in found]


def coordinates_gx(g: Any, x_shape: Shape, coordinates: Any, order: int, mode: str, prefilter: bool) -> Any:
    pad = margin(order, mode, prefilter)
    shape = tuple(n + 2 * pad for n in x_shape)
    stencils = stencils_of(coordinates, shape, order, mode, pad, g.real.dtype)
    by_axes = [weights(order, each.along) for each in stencils]
    g = np.where(np.all(np.stack([each.is_inside for each in stencils]), axis=0), g, 0)
    gx: Any = 0
    for numbers, index, is_beyond in products(stencils, shape):
        part = g * product([by_axis[k] for k, by_axis in zip(numbers, by_axes, strict=True)])
        part = part if is_beyond is None else np.where(is_beyond, 0, part)
        gx = gx + scatter_add(np.ravel(part), (math.prod(shape),), np.ravel(index))
    gx = np.reshape(gx, shape)
    gx = spline_gx(gx, order, mode) if prefilter and order > 1 else gx
    return folded(gx, x_shape, [(pad, pad)] * gx.ndim, mode) if pad else gx


def coordinates_gcoordinates(
    g: Any, x: Any, coordinates: Any, order: int, mode: str, cval: Any, prefilter: bool
) -> Any:
    pad = margin(order, mode, prefilter)
    x = padded(x, [(pad, pad)] * x.ndim, mode, cval) if pad else x
    x = spline_filter(x, order, x.dtype, mode) if prefilter and order > 1 else x
    stencils = stencils_of(coordinates, x.shape, order, mode, pad, g.real.dtype)
    g = np.where(np.all(np.stack([each.is_inside for each in stencils]), axis=0), g, 0)
    by_axes = [(weights(order, each.along), slopes(order, each.along)) for each in stencils]
    coefficients, sums = np.ravel(x), [np.zeros_like(g)] * len(stencils)
    for numbers, index, is_beyond in products(stencils, x.shape):
        part = coefficients[index]
        part = g * (part if is_beyond is None else np.where(is_beyond, cval, part))
        for axis in range(len(stencils)):
            factors = [by_axes[k][k == axis][number] for k, number in enumerate(numbers)]
            sums[axis] = sums[axis] + part * product(factors)
    return np.stack([total * each.direction.astype(g.real.dtype) for total, each in zip(sums, stencils, strict=True)])


# -- transforms of the plane and of space ------------------------------------------------------------------------------

# Each is a map from the pixels of the output to coordinates in the input.


def pixels(shape: Shape) -> Any:
    """(n, *shape): the coordinates of all pixels."""
    return np.indices(shape, float)


def affine_coordinates(matrix: Any, offset: Any, ndim: int, y_shape: Shape) -> Any:
    if matrix.ndim == 2 and matrix.shape[1] == ndim + 1:  # in homogeneous coordinates
        matrix, offset = matrix[:ndim, :ndim], matrix[:ndim, ndim]
    offset = np.reshape(np.broadcast_to(offset, (ndim,)), (-1, *(1,) * len(y_shape)))
    if matrix.ndim == 1:
        return np.reshape(matrix, offset.shape) * pixels(y_shape) + offset
    return np.tensordot(matrix, pixels(y_shape), 1) + offset


def affine_gx(
    g: Any, x_shape: Shape, matrix: Any, offset: Any, y_shape: Shape, order: int, mode: str, prefilter: bool
) -> Any:
    coordinates = affine_coordinates(matrix, offset, len(x_shape), y_shape)
    return coordinates_gx(g, x_shape, coordinates, order, mode, prefilter)


def affine_gmatrix(
    g: Any, x: Any, matrix: Any, offset: Any, y_shape: Shape, order: int, mode: str, cval: Any, prefilter: bool
) -> Any:
    gc = affine_gcoordinates(g, x, matrix, offset, y_shape, order, mode, cval, prefilter)
    return pulled_back(lambda matrix: affine_coordinates(matrix, offset, x.ndim, y_shape), gc, matrix)


def affine_goffset(
    g: Any, x: Any, matrix: Any, offset: Any, y_shape: Shape, order: int, mode: str, cval: Any, prefilter: bool
) -> Any:
    gc = affine_gcoordinates(g, x, matrix, offset, y_shape, order, mode, cval, prefilter)
    return pulled_back(lambda offset: affine_coordinates(matrix, offset, x.ndim, y_shape), gc, offset)


def affine_gcoordinates(
    g: Any, x: Any, matrix: Any, offset: Any, y_shape: Shape, order: int, mode: str, cval: Any, prefilter: bool
) -> Any:
    coordinates = affine_coordinates(matrix, offset, x.ndim, y_shape)
    return np.real(coordinates_gcoordinates(g, x, coordinates, order, mode, cval, prefilter))


def shift_gx(g: Any, x_shape: Shape, shift: Any, order: int, mode: str, prefilter: bool) -> Any:
    return affine_gx(g, x_shape, np.ones(g.ndim), -shift, g.shape, order, mode, prefilter)


def shift_gshift(g: Any, x: Any, shift: Any, order: int, mode: str, cval: Any, prefilter: bool) -> Any:
    return -affine_goffset(g, x, np.ones(g.ndim), -shift, g.shape, order, mode, cval, prefilter)


def zoom_gx(
    g: Any, x_shape: Shape, x_dtype: Any, zoom: Any, order: int, mode: str, prefilter: bool, grid_mode: bool
) -> Any:
    """The first and the last pixel stay where they are; in grid mode the edges of the image do.

    Of complex numbers SciPy ignores the grid mode, and where nothing is zoomed, the mode.
    """
    if prefilter and all(factor == 1 for factor in by_axis(zoom, g.ndim)):
        return g
    on_grid = grid_mode and x_dtype.kind != "c"
    sizes = [(n - (not on_grid), m - (not on_grid)) for n, m in zip(x_shape, g.shape, strict=True)]
    factors = np.array([n / m if m else 1.0 for n, m in sizes])
    return affine_gx(g, x_shape, factors, (factors - 1) / 2 if on_grid else 0.0, g.shape, order, mode, prefilter)


def rotate_gx(g: Any, x_shape: Shape, angle: float, axes: Sequence[int], order: int, mode: str, prefilter: bool) -> Any:
    """Plane by plane, about their centres."""
    first, last = sorted(axis % g.ndim for axis in axes)
    c, s = special.cosdg(angle), special.sindg(angle)
    matrix = np.array([[c, s], [-s, c]])
    plane, y_plane = (x_shape[first], x_shape[last]), (g.shape[first], g.shape[last])
    offset = (np.array(plane) - 1) / 2 - matrix @ ((np.array(y_plane) - 1) / 2)
    planes = np.reshape(np.moveaxis(g, (first, last), (-2, -1)), (-1, *y_plane))
    found = [affine_gx(part, plane, matrix, offset, y_plane, order, mode, prefilter) for part in planes]
    others = [n for axis, n in enumerate(g.shape) if axis not in (first, last)]
    gx = np.stack(found) if found else np.zeros_like(g, shape=(0, *plane))
    return np.moveaxis(np.reshape(gx, (*others, *plane)), (-2, -1), (first, last))


# fmt: off
LOST = ("cval",)
CONVENTION = "order 1 at a pixel: the slope to its right; order 0: none"

rule(map_coordinates,  x=coordinates_gx, coordinates=coordinates_gcoordinates, accepts=LOST, convention=CONVENTION)
rule(affine_transform, x=affine_gx, matrix=affine_gmatrix, offset=affine_goffset, accepts=("output_shape", *LOST),
                       convention=CONVENTION)
rule(shift,            x=shift_gx, shift=shift_gshift, accepts=LOST, convention=CONVENTION)
rule(zoom,             x=zoom_gx, accepts=LOST)
rule(rotate,           x=rotate_gx, accepts=("reshape", *LOST))
