"""Windows that slide along an axis: how many there are, and which elements each tap of theirs meets.

    size 5, kernel 3, stride 2, padding (1, 1):   [. 0 1] [1 2 3] [3 4 .]     three windows, of three taps each

Padding is (before, after); `after` may be negative, and leaves out windows that would reach past it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Ints = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]


def extent(kernel: int, dilation: int) -> int:
    """From the first to the last tap of a window."""
    return (kernel - 1) * dilation + 1


def count(size: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int) -> int:
    """How many windows there are on an axis of this length."""
    return (size + sum(padding) - extent(kernel, dilation)) // stride + 1


def taps(size: int, number: int, kernel: int, stride: int, before: int, dilation: int = 1) -> list[tuple[slice, slice]]:
    """For each tap those of the `number` windows in which it meets an element, not padding; and these elements."""
    found = []
    for k in range(kernel):
        start = k * dilation - before  # of the first window
        first = max(0, -(start // stride))
        stop = max(first, min(number, (size - 1 - start) // stride + 1))
        begin = max(0, start + first * stride)
        found.append((slice(first, stop), slice(begin, begin + max(0, (stop - first - 1) * stride + 1), stride)))
    return [(windows, elements if windows.stop > windows.start else slice(0, 0, stride)) for windows, elements in found]


def per_axis(who: Any, what: str, value: Any, ndim: int, least: int = 1) -> Ints:
    """A number for each axis. Raises ValueError if one is no whole number, or smaller than `least`."""
    values = tuple(value) if isinstance(value, tuple | list) else (value,) * ndim
    if len(values) == 1:
        values *= ndim
    is_int = all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in values)
    if len(values) != ndim or not is_int or min(values) < least:
        kind = "a whole number" if ndim == 1 else f"a whole number or a tuple of {ndim}"
        raise ValueError(f"{who} was given {what}={value!r}; it must be {kind}, at least {least}")
    return tuple(map(int, values))


def check_axes(who: Any, shape: Ints, ndim: int) -> None:
    """Raise ValueError unless a shape is that of (N, C, ...) or (C, ...) with so many axes more."""
    if len(shape) not in (ndim + 1, ndim + 2):
        axes = ("length",) if ndim == 1 else ("height", "width")
        raise ValueError(
            f"{who} was given an input of shape {shape}; it takes (batch, channels, {', '.join(axes)}) or "
            f"(channels, {', '.join(axes)}): reshape it, or add the axis of the channels, x[:, None]"
        )


def check_fit(who: Any, shape: Ints, kernel_size: Ints, padding: Pads, dilation: Ints) -> None:
    """Raise ValueError unless there is a window along each of the last axes."""
    sizes = shape[len(shape) - len(kernel_size) :]
    padded = tuple(size + sum(pad) for size, pad in zip(sizes, padding, strict=True))
    extents = tuple(map(extent, kernel_size, dilation))
    if min(sizes) < 1 or any(reach > size for reach, size in zip(extents, padded, strict=True)):
        raise ValueError(
            f"{who} was given an input of shape {shape}, whose last axes with padding are {padded}, and a kernel that "
            f"reaches over {extents}; give it a larger input, more padding or a smaller kernel"
        )


def check_floats(who: Any, x: Any) -> None:
    if x.dtype.kind not in "fc":
        raise TypeError(f"{who} was given an input of {x.dtype}, which has no means; pass x.astype(np.float32)")
