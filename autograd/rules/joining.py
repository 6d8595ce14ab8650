"""Joining arrays, and splitting them: each other's adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.registry import rule


def concatenate_gxs(g: Any, xs_shape: tuple[tuple[int, ...], ...], axis: int | None) -> list[Any]:
    if axis is None:
        parts = np.split(g, np.cumsum([int(np.prod(shape)) for shape in xs_shape])[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, xs_shape, strict=True)]
    return list(np.split(g, np.cumsum([shape[axis] for shape in xs_shape])[:-1], axis=axis))


def split_gx(g: tuple[Any, ...], y_shape: tuple[tuple[int, ...], ...], x_dtype: np.dtype[Any], axis: int) -> Any:
    parts = [np.zeros(shape, x_dtype) if part is None else part for part, shape in zip(g, y_shape, strict=True)]
    return np.concatenate(parts, axis=axis)


# fmt: off
rule(np.concatenate,       xs=concatenate_gxs, signature="(arrays, axis=0, out=None, *, dtype=None, casting=None)")
rule(np.stack,             xs=lambda g, axis: list(np.moveaxis(g, axis, 0)))
rule(np.split,             x=split_gx, several=True, accepts=("indices_or_sections",))
rule(np.array_split,       x=split_gx, several=True, accepts=("indices_or_sections",))
