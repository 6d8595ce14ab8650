"""Joining arrays, and splitting them: each other's adjoint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.rules.registry import composed, rule

Shape = tuple[int, ...]


# -- joining ---------------------------------------------------------------------------------------------------------


def concatenate_gxs(g: Any, xs_shape: tuple[Shape, ...], axis: int | None) -> list[Any]:
    if axis is None:
        parts = np.split(g, np.cumsum([int(np.prod(shape)) for shape in xs_shape])[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, xs_shape, strict=True)]
    return list(np.split(g, np.cumsum([shape[axis] for shape in xs_shape])[:-1], axis=axis))


@composed(np.hstack)
def hstack(tup: Iterable[Any], *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Along the second axis, or the only one."""
    xs = [np.atleast_1d(x) for x in tup]
    return np.concatenate(xs, axis=min(1, xs[0].ndim - 1), dtype=dtype, casting=casting)


@composed(np.vstack)
def vstack(tup: Iterable[Any], *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    return np.concatenate([np.atleast_2d(x) for x in tup], axis=0, dtype=dtype, casting=casting)


@composed(np.dstack)
def dstack(tup: Iterable[Any]) -> Any:
    return np.concatenate([np.atleast_3d(x) for x in tup], axis=2)


@composed(np.column_stack)
def column_stack(tup: Iterable[Any]) -> Any:
    """Of one axis or none: a column."""
    return np.concatenate([x if np.ndim(x) > 1 else np.reshape(x, (-1, 1)) for x in tup], axis=1)


@composed(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    xs = (arr, values) if axis is not None else (np.ravel(arr), np.ravel(values))
    return np.concatenate(xs, axis=axis or 0)


@composed(np.block)
def block(arrays: Any) -> Any:
    """The innermost lists are joined along the last axis, those around them along the one before, and so on."""
    found = leaves(arrays)
    depth = found[0][0]
    for other, x in found:
        if other != depth or type(x) in (list, tuple):
            raise ValueError(
                f"block was given a {type(x).__name__} at depth {other}, and its first array at depth {depth}; expected "
                f"are arrays at one depth, in lists that are not empty: put all in equally many brackets []"
            )
    ndim = max(depth, *(np.ndim(x) for _, x in found))

    def join(item: Any, level: int) -> Any:
        if level < depth:
            return np.concatenate([join(part, level + 1) for part in item], axis=level - depth)
        return np.reshape(item, (1,) * (ndim - np.ndim(item)) + np.shape(item))

    return join(arrays, 0) if depth else np.copy(arrays)


def leaves(item: Any, depth: int = 0) -> list[tuple[int, Any]]:
    """What is in nested lists, each with its depth; an empty list counts as something."""
    if type(item) is list and item:
        return [leaf for part in item for leaf in leaves(part, depth + 1)]
    return [(depth, item)]


# -- splitting -------------------------------------------------------------------------------------------------------


def filled(g: tuple[Any, ...], y_shape: tuple[Shape, ...], x_dtype: np.dtype[Any]) -> list[Any]:
    """The gradients of all parts: zeros where nothing flowed."""
    return [np.zeros(shape, x_dtype) if part is None else part for part, shape in zip(g, y_shape, strict=True)]


def split_gx(g: tuple[Any, ...], y_shape: tuple[Shape, ...], x_dtype: np.dtype[Any], axis: int) -> Any:
    return np.concatenate(filled(g, y_shape, x_dtype), axis=axis)


def hsplit_gx(g: tuple[Any, ...], y_shape: tuple[Shape, ...], x_dtype: np.dtype[Any]) -> Any:
    """Along the second axis, or the only one."""
    return split_gx(g, y_shape, x_dtype, min(1, len(y_shape[0]) - 1))


# fmt: off
rule(np.concatenate,       xs=concatenate_gxs, signature="(arrays, axis=0, out=None, *, dtype=None, casting=None)")
rule(np.stack,             xs=lambda g, axis: list(np.moveaxis(g, axis, 0)))

rule(np.split,             x=split_gx, several=True, accepts=("indices_or_sections",))
rule(np.array_split,       x=split_gx, several=True, accepts=("indices_or_sections",))
rule(np.hsplit,            x=hsplit_gx, several=True, accepts=("indices_or_sections",))
rule(np.vsplit,            x=lambda g, y_shape, x_dtype: split_gx(g, y_shape, x_dtype, 0), several=True, accepts=("indices_or_sections",))
rule(np.dsplit,            x=lambda g, y_shape, x_dtype: split_gx(g, y_shape, x_dtype, 2), several=True, accepts=("indices_or_sections",))
rule(np.unstack,           x=lambda g, y_shape, x_dtype, axis: np.stack(filled(g, y_shape, x_dtype), axis=axis), several=True)
