"""Scans and differences along an axis: cumsum, cumprod, diff, gradient, trapezoid.

A scan is undone by a scan from the other end. Both cumsum (all a = 1) and the gradient of cumprod are the recurrence
y[i] = b[i] + a[i] y[i - 1], a primitive here, whose own gradient is the same recurrence from the other end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.rules.indexing import scatter_add
from autograd.rules.registry import composed, primitive, rule

Shape = tuple[int, ...]


def slice_along(axis: int, ndim: int, part: slice) -> tuple[slice, ...]:
    """The index that takes a part along one axis, and all along the others."""
    return (slice(None),) * (axis % ndim) + (part,)


# -- sums and products -----------------------------------------------------------------------------------------------


def cumsum_gx(g: Any, x_shape: Shape, axis: int | None) -> Any:
    back = slice_along(axis or 0, g.ndim, slice(None, None, -1))
    return np.cumsum(g[back], axis=axis or 0)[back].reshape(x_shape)


def cumprod_gx(g: Any, x: Any, axis: int | None) -> Any:
    """x[j] is a factor of y[i] for i >= j: the product of those before it, times a sum over i of products of those after.

    No division: elements may be zero.
    """
    if axis is None or not x.ndim:
        return (before(np.cumprod(x), 1) * recurrence_gb(g, x.reshape(-1))).reshape(x.shape)
    g, x = np.swapaxes(g, axis, -1), np.swapaxes(x, axis, -1)
    return np.swapaxes(before(np.cumprod(x, axis=-1), 1) * recurrence_gb(g, x), axis, -1)


def before(x: Any, first: float) -> Any:
    """(..., n) to (..., n): each element's predecessor along the last axis, `first` being that of the first."""
    return np.concatenate([np.full_like(x[..., :1], first), x[..., :-1]], axis=-1)


@primitive
def recurrence(a: Any, b: Any) -> Any:
    """y[i] = b[i] + a[i] y[i - 1] along the last axis: (..., n) twice to (..., n).

    Each step composes y[i] as a function of y[i - k] with that of y[i - 2k], so that log2(n) steps do.
    """
    a, b = (np.array(v, np.result_type(a, b)) for v in (a, b))
    k, n = 1, b.shape[-1]
    while k < n:
        b[..., k:] += a[..., k:] * b[..., :-k]
        a[..., k:] *= a[..., :-k]
        k *= 2
    return b


def recurrence_gb(g: Any, a: Any) -> Any:
    """The recurrence from the other end: gb[i] = g[i] + a[i + 1] gb[i + 1]."""
    return recurrence(before(a[..., ::-1], 0), g[..., ::-1])[..., ::-1]


def after_initial(g: Any, axis: int | None, include_initial: bool) -> Any:
    """Without the gradient of the 0 or 1 that a cumulative sum or product may begin with."""
    return g[slice_along(axis or 0, g.ndim, slice(1, None))] if include_initial else g


# -- differences -----------------------------------------------------------------------------------------------------


def diff(x: Any, prepend: Any, append: Any, **options: Any) -> Any:
    """np.diff, which takes None for an array."""
    ends = {"prepend": prepend, "append": append}
    return np.diff(x, **options, **{name: end for name, end in ends.items() if end is not None})


def undo_diff(g: Any, n: int, axis: int) -> Any:
    """The adjoint of np.diff: -np.diff between zeros, n times. Each time one longer along the axis."""
    shape = list(g.shape)
    shape[axis] = 1
    zero = np.zeros_like(g, shape=tuple(shape))
    for _ in range(n):
        g = -np.diff(np.concatenate([zero, g, zero], axis=axis), axis=axis)
    return g


def diff_part(g: Any, n: int, axis: int, ends: tuple[Any, Any], x_shape: Shape, which: int) -> Any:
    """The gradient of one of prepend, x and append, which np.diff joins. An end of no dimensions counts as one long."""
    if n == 0:
        return g if which == 1 else None
    lengths = [0 if end is None else end.shape[axis] if np.ndim(end) else 1 for end in ends]
    bounds = np.cumsum([0, lengths[0], x_shape[axis], lengths[1]]).tolist()
    return undo_diff(g, n, axis)[slice_along(axis, g.ndim, slice(bounds[which], bounds[which + 1]))]


def ediff1d_gx(g: Any, x_shape: Shape, to_begin: Any) -> Any:
    first, n = 0 if to_begin is None else np.size(to_begin), int(np.prod(x_shape))
    return undo_diff(g[first : first + max(n - 1, 0)], 1, 0)[:n].reshape(x_shape)


@primitive
def slope(f: Any, spacing: Any, axis: int, edge_order: Any) -> Any:
    """np.gradient along one axis."""
    return np.gradient(f, spacing, axis=axis, edge_order=edge_order)


def slope_gf(g: Any, spacing: Any, axis: int, edge_order: Any) -> Any:
    """The transpose of the matrix of np.gradient.

    Its rows have three neighbouring elements. They are read off from the gradients of three combs, of which each is 1
    at every third point, so that no row sees two of one comb's teeth.
    """
    g = np.swapaxes(g, axis, -1)
    n = g.shape[-1]
    points = np.arange(n)
    combs = (points % 3 == np.arange(3)[:, None]).astype(g.dtype)
    columns = np.clip(points - 1, 0, max(n - 3, 0)) + np.arange(3)[:, None]
    elements = np.gradient(combs, spacing, axis=1, edge_order=edge_order)[columns % 3, points]
    gf = scatter_add(g[..., None, :] * elements, g.shape, (..., np.minimum(columns, n - 1)))
    return np.swapaxes(gf, axis, -1)


@composed(np.gradient)
def np_gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    if any(getattr(spacing, "requires_grad", False) for spacing in varargs):
        raise TypeError(
            "gradient was given a spacing that requires a gradient, and its rule takes only constant ones; "
            "pass spacing.detach(), or write the differences with slices: (f[2:] - f[:-2]) / (x[2:] - x[:-2])"
        )
    axes = normalize_axis_tuple(range(f.ndim) if axis is None else axis, f.ndim)
    spacings = varargs or (1.0,)
    if len(spacings) == 1 and np.ndim(spacings[0]) == 0:
        spacings *= len(axes)
    if len(spacings) != len(axes) or any(
        np.shape(spacing) not in ((), (f.shape[k],)) for spacing, k in zip(spacings, axes, strict=True)
    ):
        raise ValueError(
            f"gradient was given spacings of shapes {[np.shape(spacing) for spacing in varargs]} for the axes {axes} of "
            f"an array of shape {f.shape}; give one number for all axes, or for each a number or the places of its points"
        )
    slopes = tuple(slope(f, spacing, k, edge_order) for spacing, k in zip(spacings, axes, strict=True))
    return slopes[0] if len(axes) == 1 else slopes


@composed(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y, x = (v if v is None or hasattr(v, "shape") else np.asarray(v) for v in (y, x))
    if x is not None:
        dx = np.diff(x, axis=axis if x.ndim > 1 else 0)
        if x.ndim == 1:
            dx = dx.reshape(tuple(-1 if k == axis % y.ndim else 1 for k in range(y.ndim)))
    left, right = slice_along(axis, y.ndim, slice(None, -1)), slice_along(axis, y.ndim, slice(1, None))
    return np.sum(dx * (y[right] + y[left]) / 2.0, axis=axis)


# fmt: off
rule(recurrence,         a=lambda g, a, y: recurrence_gb(g, a) * before(y, 0), b=recurrence_gb)
rule(np.cumsum,          x=cumsum_gx)
rule(np.cumprod,         x=cumprod_gx)
rule(np.nancumsum,       x=lambda g, x, axis: np.where(np.isnan(x), 0, cumsum_gx(g, x.shape, axis)))
rule(np.nancumprod,      x=lambda g, x, axis:
                           np.where(np.isnan(x), 0, cumprod_gx(g, np.where(np.isnan(x), 1, x), axis)))
rule(np.cumulative_sum,  x=lambda g, x_shape, axis, include_initial:
                           cumsum_gx(after_initial(g, axis, include_initial), x_shape, axis))
rule(np.cumulative_prod, x=lambda g, x, axis, include_initial:
                           cumprod_gx(after_initial(g, axis, include_initial), x, axis))

rule(np.diff,            x=lambda g, n, axis, prepend, append, x_shape:
                           diff_part(g, n, axis, (prepend, append), x_shape, 1),
                         prepend=lambda g, n, axis, prepend, append, x_shape:
                           diff_part(g, n, axis, (prepend, append), x_shape, 0),
                         append=lambda g, n, axis, prepend, append, x_shape:
                           diff_part(g, n, axis, (prepend, append), x_shape, 2),
                         computed_by=diff, broadcasts=True,
                         signature="(a, n=1, axis=-1, prepend=None, append=None)")
rule(np.ediff1d,         x=ediff1d_gx,
                         to_begin=lambda g, to_begin_shape: g[:int(np.prod(to_begin_shape))].reshape(to_begin_shape),
                         to_end=lambda g, to_end_shape:
                           g[g.size - int(np.prod(to_end_shape)):].reshape(to_end_shape))
rule(np.unwrap,          x=lambda g: g, accepts=("discont", "axis", "period"),
                         convention="a jump keeps its number of periods")
rule(slope,              f=slope_gf)
