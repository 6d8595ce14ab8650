"""Shapes. The adjoint of moving elements moves them back; pairs that are each other's adjoint stand together.

What only moves, repeats or leaves out elements says where each came from if it is given their numbers: `put_back`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules.indexing import scatter_add
from autograd.rules.products import added, as_array
from autograd.rules.registry import composed, rule

sliding_window_view = np.lib.stride_tricks.sliding_window_view


def put_back(g: Any, x_shape: tuple[int, ...], fn: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The adjoint of a function that only takes elements of x: zeros of x_shape, with g added where y took them."""
    size = math.prod(x_shape)
    where = fn(np.arange(size).reshape(x_shape), *args, **options)
    return scatter_add(g.reshape(-1), (size,), where.reshape(-1)).reshape(x_shape)


# -- the same elements in another shape ------------------------------------------------------------------------------
# Which element goes where is not known for order="A" and "K": they ask the memory of the input.


def astype(x: Any, dtype: np.dtype[Any], copy: bool = True) -> Any:
    """np.astype, whose second parameter cannot be given by name."""
    return np.astype(x, dtype, copy=copy)


def transpose_gx(g: Any, axes: tuple[int, ...] | None) -> Any:
    return np.transpose(g, None if axes is None else tuple(np.argsort([axis % g.ndim for axis in axes]).tolist()))


def rollaxis_gx(g: Any, axis: int, start: int) -> Any:
    """`start` counts while the axis is still in its old place."""
    axis, start = axis % g.ndim, start + g.ndim if start < 0 else start
    return np.moveaxis(g, start - 1 if axis < start else start, axis)


def at_least(fn: Callable[..., Any]) -> Callable[..., Any]:
    """np.atleast_1d and its kin: one array gives one, several give a tuple."""

    def one(x: Any) -> Any:
        shape = fn(np.empty(x.shape)).shape
        return x if x.shape == shape else np.reshape(x, shape)

    def define(*arys: Any) -> Any:
        ys = tuple(one(as_array(x)) for x in arys)
        return ys[0] if len(ys) == 1 else ys

    return define


for atleast in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    composed(atleast)(at_least(atleast))


# -- copies and repetitions ------------------------------------------------------------------------------------------


@composed(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(as_array(x), shape) for x in args)


@composed(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    """The k-th along axis k; "xy" swaps the first two axes."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid was given indexing={indexing!r}; expected is 'xy' or 'ij': give one of them")
    axes = list(range(len(xi)))
    if indexing == "xy":
        axes[:2] = axes[:2][::-1]
    ys: Any = [np.reshape(as_array(x), [-1 if k == axis else 1 for k in sorted(axes)])
               for x, axis in zip(xi, axes, strict=True)]  # fmt: skip
    ys = ys if sparse else np.broadcast_arrays(*ys)
    return tuple(map(np.copy, ys) if copy else ys)


def tile_gx(g: Any, x_shape: tuple[int, ...], reps: Any) -> Any:
    """Both get as many axes as the longer has; then axis k of g is reps[k] times axis k of x."""
    times: list[int] = np.ravel(reps).tolist()
    n = max(len(times), len(x_shape))
    pairs = zip([1] * (n - len(times)) + times, (1,) * (n - len(x_shape)) + x_shape, strict=True)
    return np.sum(g.reshape([k for pair in pairs for k in pair]), axis=tuple(range(0, 2 * n, 2))).reshape(x_shape)


def repeat_gx(g: Any, x_shape: tuple[int, ...], repeats: Any, axis: int | None) -> Any:
    if np.size(repeats) != 1:
        return put_back(g, x_shape, np.repeat, repeats, axis)
    shape = x_shape if x_shape and axis is not None else (math.prod(x_shape),)
    after = 1 + (axis or 0) % len(shape)
    return np.sum(g.reshape(*shape[:after], np.ravel(repeats)[0], *shape[after:]), axis=after).reshape(x_shape)


# -- padding and cutting ---------------------------------------------------------------------------------------------

# Those in which the padding is linear in x; "maximum", "minimum", "median" and functions of the user's are not.
PAD_MODES = ("constant", "empty", "edge", "reflect", "symmetric", "wrap", "linear_ramp", "mean")


def by_axis(option: Any, ndim: int) -> list[Any]:
    """(before, after) for each axis, of all the forms in which np.pad takes it."""
    if isinstance(option, dict):
        option = [option.get(k, option.get(k - ndim, 0)) for k in range(ndim)]
        option = [pair if isinstance(pair, tuple) else (pair, pair) for pair in option]
    return np.broadcast_to(option, (ndim, 2)).tolist()


def pad_gx(g: Any, x_shape: tuple[int, ...], pad_width: Any, mode: str, reflect_type: str, stat_length: Any) -> Any:
    widths = by_axis(pad_width, g.ndim)
    if mode in ("constant", "empty"):
        return g[tuple(slice(before, before + n) for (before, _), n in zip(widths, x_shape, strict=True))]
    if mode not in ("linear_ramp", "mean") and reflect_type == "even":
        return put_back(g, x_shape, np.pad, pad_width, mode)
    # Whatever is linear is a matrix along each axis: what becomes of the unit vectors.
    lengths = by_axis(stat_length, g.ndim)
    for axis, n in enumerate(x_shape):
        options = {"stat_length": lengths[axis]} if stat_length is not None and mode == "mean" else {}
        options |= {"reflect_type": reflect_type} if mode in ("reflect", "symmetric") else {}
        pad: Any = np.pad  # whose type has one signature for each mode
        matrix = pad(np.eye(n), (widths[axis], (0, 0)), mode, **options)
        g = np.moveaxis(np.moveaxis(g, axis, -1) @ matrix.astype(g.dtype), -1, axis)
    return g


def resize_gx(g: Any, x_shape: tuple[int, ...]) -> Any:
    return None if 0 in x_shape else put_back(g, x_shape, np.resize, g.shape)


def trim_zeros_gx(g: Any, x: Any, trim: str, axis: Any) -> Any:
    """x without its margins of zeros is a slice of it, from the first number that is not 0 (along each axis)."""
    axes = range(x.ndim) if axis is None else [k % x.ndim for k in np.ravel(axis).tolist()]
    inner = np.nonzero(x)
    if not len(inner[0]):
        return None
    first = [int(np.min(inner[k])) if "f" in trim.lower() and k in axes else 0 for k in range(x.ndim)]
    return scatter_add(g, x.shape, tuple(slice(k, k + n) for k, n in zip(first, g.shape, strict=True)))


def inserted(x_shape: tuple[int, ...], values_shape: tuple[int, ...], obj: Any, axis: int | None) -> Any:
    """For each element of np.insert(x, obj, values, axis) the number of the value that it is, or -1 if it is of x."""
    return np.insert(np.full(x_shape, -1), obj, np.arange(math.prod(values_shape)).reshape(values_shape), axis)


def insert_gx(g: Any, x_shape: tuple[int, ...], values_shape: tuple[int, ...], obj: Any, axis: int | None) -> Any:
    return g[inserted(x_shape, values_shape, obj, axis) < 0].reshape(x_shape)


def insert_gvalues(g: Any, x_shape: tuple[int, ...], values_shape: tuple[int, ...], obj: Any, axis: int | None) -> Any:
    number = inserted(x_shape, values_shape, obj, axis)
    return scatter_add(g[number >= 0], (math.prod(values_shape),), number[number >= 0]).reshape(values_shape)


# -- from one number to another --------------------------------------------------------------------------------------


def ramp(num: int, endpoint: bool) -> tuple[Any, int]:
    """k / n for each k < num, and n: linspace gives start + k / n * (stop - start)."""
    n = max(num - 1 if endpoint else num, 0)
    return np.arange(num) / (n or 1), n


def weigh(g: Any, weights: Any, axis: int) -> Any:
    """The sum of g times the weights, along an axis."""
    return np.moveaxis(g, axis, -1) @ weights.astype(g.dtype)


def linspace_gend(g: Any, num: int, endpoint: bool, axis: int, is_stop: bool) -> Any:
    """With retstep=True the step, 1 / n * (stop - start), is a second output."""
    gy, gstep = g if isinstance(g, tuple) else (g, None)
    weights, n = ramp(num, endpoint)
    return added(
        None if gy is None else weigh(gy, weights if is_stop else 1 - weights, axis),
        None if gstep is None or n == 0 else gstep / (n if is_stop else -n),
    )


def geomspace_gend(g: Any, end: Any, y: Any, num: int, endpoint: bool, axis: int, is_stop: bool) -> Any:
    """y = start**(1 - k / n) * stop**(k / n)."""
    weights, _ = ramp(num, endpoint)
    return weigh(g * y, weights if is_stop else 1 - weights, axis) / end


@composed(np.logspace)
def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    if np.ndim(base):  # then start and stop get as many axes as it has
        ndim = np.broadcast(*(np.empty(np.shape(x)) for x in (start, stop, base))).ndim
        start, stop, base = (np.reshape(x, (1,) * (ndim - np.ndim(x)) + np.shape(x)) for x in (start, stop, base))
        base = np.expand_dims(base, axis)
    y = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else np.astype(y, dtype, copy=False)


@composed(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    limit = tol * np.finfo(a.dtype).eps if tol > 1 else tol
    return np.real(a) if np.iscomplexobj(a) and np.all(np.absolute(np.imag(a)) < limit) else a


# fmt: off
# Views of the same elements in another shape
rule(np.reshape,           x=lambda g, x_shape, order: np.reshape(g, x_shape, order=order), accepts=("shape", "copy"), only={"order": "CF"},
     signature="(a, shape, order='C', *, copy=None)")
rule(np.ravel,             x=lambda g, x_shape, order: np.reshape(g, x_shape, order=order), only={"order": "CF"})
rule(np.squeeze,           x=lambda g, x_shape: np.reshape(g, x_shape), accepts=("axis",))
rule(np.expand_dims,       x=lambda g, x_shape: np.reshape(g, x_shape), accepts=("axis",))
rule(np.transpose,         x=transpose_gx)
rule(np.matrix_transpose,  x=lambda g: np.matrix_transpose(g))
rule(np.swapaxes,          x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2))
rule(np.moveaxis,          x=lambda g, source, destination: np.moveaxis(g, destination, source))
rule(np.rollaxis,          x=rollaxis_gx)

# The same elements in another order
rule(np.flip,              x=lambda g, axis: np.flip(g, axis))
rule(np.flipud,            x=lambda g: np.flipud(g))
rule(np.fliplr,            x=lambda g: np.fliplr(g))
rule(np.roll,              x=lambda g, shift, axis: np.roll(g, -np.asarray(shift, int), axis))
rule(np.rot90,             x=lambda g, k, axes: np.rot90(g, -k, axes))

# Copies, of the whole or repeated
rule(np.copy,              x=lambda g: g)
rule(np.astype,            x=lambda g: g, accepts=("copy",), computed_by=astype)
rule(np.broadcast_to,      x=lambda g: g, accepts=("shape",), broadcasts=True)
rule(np.full_like,         x=None, value=lambda g: g, accepts=("shape", "device"), broadcasts=True)
rule(np.tile,              x=tile_gx)
rule(np.repeat,            x=repeat_gx)
rule(np.resize,            x=resize_gx, accepts=("new_shape",))
rule(sliding_window_view,  x=lambda g, x_shape, window_shape, axis: put_back(g, x_shape, sliding_window_view, window_shape, axis))

# Parts, and what stands around them
rule(np.tril,              x=lambda g, k: np.tril(g, k), broadcasts=True)  # of one row it makes a matrix
rule(np.triu,              x=lambda g, k: np.triu(g, k), broadcasts=True)
rule(np.diagonal,          x=lambda g, x_shape, offset, axis1, axis2: put_back(g, x_shape, np.diagonal, offset, axis1, axis2))
rule(np.diag,              x=lambda g, x_shape, k: np.diagonal(g, k) if len(x_shape) == 1 else put_back(g, x_shape, np.diagonal, k))
rule(np.diagflat,          x=lambda g, x_shape, k: np.diagonal(g, k).reshape(x_shape))
rule(np.pad,               x=pad_gx, accepts=("constant_values", "end_values"), only={"mode": PAD_MODES},
     signature="(x, pad_width, mode='constant', constant_values=None, end_values=None, stat_length=None, reflect_type='even')")
rule(np.trim_zeros,        x=trim_zeros_gx)
rule(np.delete,            x=lambda g, x_shape, obj, axis: put_back(g, x_shape, np.delete, obj, axis))
rule(np.insert,            x=insert_gx, values=insert_gvalues)

# From one number to another
rule(np.linspace,          start=lambda g, num, endpoint, axis: linspace_gend(g, num, endpoint, axis, False),
     stop=lambda g, num, endpoint, axis: linspace_gend(g, num, endpoint, axis, True),
     accepts=("retstep", "device"), several=True, broadcasts=True)
rule(np.geomspace,         start=lambda g, start, y, num, endpoint, axis: geomspace_gend(g, start, y, num, endpoint, axis, False),
     stop=lambda g, stop, y, num, endpoint, axis: geomspace_gend(g, stop, y, num, endpoint, axis, True), broadcasts=True)
