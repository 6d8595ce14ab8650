"""convolve: SciPy's, and that of HIPS autograd, along some axes and summed over others."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from string import ascii_letters
from typing import Any

import numpy as np

from autograd.scipy.signal import convolutions

Axes = Sequence[Sequence[int]]


@functools.wraps(convolutions.convolve)
def convolve(in1: Any, in2: Any, *args: Any, **options: Any) -> Any:
    """convolve(in1, in2, mode="full", method="auto") as in SciPy, or `contracted(in1, in2, ...)` if that gives axes."""
    has_axes = bool(args and not isinstance(args[0], str)) or not options.keys().isdisjoint(("axes", "dot_axes"))
    return (contracted if has_axes else convolutions.convolve)(in1, in2, *args, **options)


def contracted(a: Any, b: Any, axes: Axes | None = None, dot_axes: Axes = ((), ()), mode: str = "full") -> Any:
    """The convolution of a and b as HIPS autograd has it.

    axes      the axes of a, and those of b, along which to convolve: ([0], [1]); None for all.
    dot_axes  the axes of a, and those of b, over which products are summed.

    The axes of the result are the other axes of a, the other axes of b, and those of the convolution.
    """
    a_axes, b_axes = axes or (range(np.ndim(a)), range(np.ndim(b)))
    a_dots, b_dots = dot_axes
    lengths = [np.shape(b)[k] for k in b_axes]
    if mode == "valid" and any(n > np.shape(a)[k] for k, n in zip(a_axes, lengths, strict=True)):
        y = contracted(b, a, (b_axes, a_axes), (b_dots, a_dots), mode)
        b_others = np.ndim(b) - len(b_axes) - len(b_dots)
        a_others = np.ndim(a) - len(a_axes) - len(a_dots)
        return np.moveaxis(y, range(b_others), range(a_others, a_others + b_others))
    widths = [(0, 0)] * np.ndim(a)
    for k, n in zip(a_axes, lengths, strict=True):
        widths[k] = {"full": (n - 1, n - 1), "same": (n // 2, (n - 1) // 2), "valid": (0, 0)}[mode]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(a, widths), lengths, tuple(a_axes))
    # Windows have an axis for each position and one for each place in it, by the name that b has for it.
    names = iter(ascii_letters)
    of_a, of_places = ([next(names) for _ in x] for x in (widths, lengths))
    of_b = [next(names) for _ in range(np.ndim(b))]
    for k, name in (*zip(b_axes, of_places, strict=True), *zip(b_dots, (of_a[k] for k in a_dots), strict=True)):
        of_b[k] = name
    of_y = [name for name in (*of_a, *of_b) if name not in of_places and (name in of_a) != (name in of_b)]
    positions = [of_a[k] for k in a_axes]
    of_y = [*(name for name in of_y if name not in positions), *positions]
    subscripts = f"{''.join(of_a + of_places)},{''.join(of_b)}->{''.join(of_y)}"
    return np.einsum(subscripts, windows, np.flip(b, tuple(b_axes)))
