"""What lies beyond the edges of an array, and the adjoint of a filter that looks there.

A filter is a correlation of its taps with the array continued on all sides: y[i] = sum of w[k] x[i + k - before]. Its
adjoint goes over g, between zeros, with the taps reversed, and adds what falls beyond the edges to the elements that
stood there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.rules.shapes import pad_gx

# SciPy's modes, in np.pad's words.
PADDING = {
    "reflect": "symmetric", "grid-mirror": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap",
    "grid-wrap": "wrap", "constant": "constant", "grid-constant": "constant",
}  # fmt: skip

Widths = list[tuple[int, int]]


def by_axis(value: Any, count: int) -> list[Any]:
    """An option for each axis, where one may be given for all."""
    return list(value) if np.iterable(value) and not isinstance(value, str) else [value] * count


def numbers_of(axes: Any, ndim: int) -> list[int]:
    if axes is None:
        return list(range(ndim))
    return [axis % ndim for axis in (axes if np.iterable(axes) else (axes,))]


def reach(size: int, origin: int) -> tuple[int, int]:
    """How far a window reaches before an element and after it."""
    return size // 2 + origin, size - 1 - size // 2 - origin


def padded(x: Any, widths: Widths, mode: str, cval: Any) -> Any:
    """x continued on all sides."""
    pad: Any = np.pad  # whose type has one signature for each mode
    return pad(x, widths, PADDING[mode], **({"constant_values": cval} if PADDING[mode] == "constant" else {}))


def folded(g: Any, shape: tuple[int, ...], widths: Widths, mode: str) -> Any:
    """The adjoint of `padded`."""
    return pad_gx(g, shape, widths, PADDING[mode], "even", None)


def filtered_gx(
    by: Callable[[Any], Any], g: Any, sizes: Sequence[int], origins: Sequence[int], modes: Sequence[str]
) -> Any:
    """The adjoint of a filter whose window is of sizes along all axes.

    by  the filter between zeros, of origin 0, with its taps reversed.
    """
    if not g.size:
        return g
    g_shape = g.shape
    g = by(np.pad(g, [(size - 1, size - 1) for size in sizes]))
    g = g[tuple(slice(size // 2, size // 2 + n + size - 1) for size, n in zip(sizes, g_shape, strict=True))]
    for axis, (size, origin, mode) in enumerate(zip(sizes, origins, modes, strict=True)):
        shape, widths = list(g.shape), [(0, 0)] * g.ndim
        shape[axis], widths[axis] = g_shape[axis], reach(size, origin)
        g = folded(g, tuple(shape), widths, mode) if size > 1 else g
    return g


def line_gx(by: Callable[[Any], Any], g: Any, size: int, axis: int, mode: str, origin: int = 0) -> Any:
    """The adjoint of a filter along one axis."""
    sizes, origins, modes = [1] * g.ndim, [0] * g.ndim, ["constant"] * g.ndim
    sizes[axis], origins[axis], modes[axis] = size, origin, mode
    return filtered_gx(by, g, sizes, origins, modes)
