"""Random straight-line functions of arrays: views, copies, reductions, writes in place, several outputs.

A function is a list of steps; a step is a number of an operation and numbers of operands, taken from what there is. An
operation looks at shapes and dtypes alone, so a function computes the same whether it is traced or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

import autograd as ag

Step = tuple[int, int, int]
SHAPES = [(3, 4), (4,), (3, 1), (), (4, 3), (0, 4), (1,)]


def fitting(a: Any, b: Any) -> Any:
    """b, or its sum where its shape does not fit that of a."""
    try:
        np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        return np.add.reduce(b, axis=None)
    return b


def narrow(a: Any, b: Any) -> Any:
    """b as something that can be written into a."""
    b = fitting(a, b)
    return b if np.broadcast_shapes(a.shape, b.shape) == a.shape else np.add.reduce(b, axis=None)


def matrix(a: Any) -> Any:
    return a if a.ndim == 2 else a.reshape(1, -1)


def broadcast(a: Any, b: Any) -> Any:
    """A view that can't be written to."""
    return np.broadcast_to(a, (2, *a.shape))


def add_in_place(a: Any, b: Any) -> Any:
    b = narrow(a, b)
    a += b
    return a


def set_part(a: Any, b: Any) -> Any:
    if a.ndim and a.size:
        a[-1:] = narrow(a[-1:], b)
    return a


def into_view(a: Any, b: Any) -> Any:
    if a.ndim:
        np.multiply(a[::-1], narrow(a, b), out=a)
    return a


def scatter(a: Any, b: Any) -> Any:
    if a.ndim and a.size:
        np.add.at(a, [0, 0], np.add.reduce(b, axis=None))
    return a


def with_tail(a: Any, b: Any) -> Any:
    return np.concatenate([np.ravel(a), b.reshape(-1)])


PURE: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + fitting(a, b),
    lambda a, b: a * fitting(a, b),
    lambda a, b: a - 0.5,
    lambda a, b: a + a,
    lambda a, b: np.maximum(fitting(b, a), b),
    lambda a, b: np.tanh(a),
    lambda a, b: np.exp(-np.abs(a)),
    lambda a, b: np.square(a) + 1,
    lambda a, b: -a,
    lambda a, b: a.T,
    lambda a, b: a[::-1] if a.ndim else a,
    lambda a, b: a[..., 1:] if a.ndim and a.shape[-1] > 1 else a,
    lambda a, b: a.reshape(-1),
    lambda a, b: a.reshape(a.shape),
    lambda a, b: np.ravel(a),
    lambda a, b: a.copy(),
    lambda a, b: np.copy(a),
    lambda a, b: np.copy(a.T),
    lambda a, b: a.astype(np.float32),
    lambda a, b: a.astype(np.float64),
    lambda a, b: np.sum(a, axis=0) if a.ndim else np.sum(a),
    lambda a, b: np.sum(a, axis=-1, keepdims=True) if a.ndim else a,
    lambda a, b: np.mean(a, axis=0) if a.size and a.ndim else a,
    lambda a, b: np.var(a, axis=-1, keepdims=True) if a.size and a.ndim else a,
    lambda a, b: np.std(a) if a.size and a.ndim else a,
    lambda a, b: np.max(a, axis=-1) if a.size and a.ndim else a,
    lambda a, b: np.cumsum(a, axis=0) if a.ndim else a,
    lambda a, b: np.where(a > fitting(a, b), a, fitting(a, b)),
    lambda a, b: np.where(np.less(a, 0), 0, a),
    lambda a, b: matrix(a) @ matrix(a).T,
    lambda a, b: matrix(a).T @ matrix(a),
    with_tail,
    lambda a, b: np.stack([a, a]),
    lambda a, b: np.zeros_like(a),
    lambda a, b: np.ones_like(a) * fitting(a, b),
    broadcast,
    lambda a, b: a[[0, -1, 0]] if a.ndim and a.size else a,
    lambda a, b: np.any(a > 0.3, axis=0) * fitting(a[0], b) if a.ndim and len(a) else a,
]
WRITES: list[Callable[[Any, Any], Any]] = [add_in_place, set_part, into_view, scatter]


def computed(steps: Sequence[Step], arrays: Sequence[Any], state: Sequence[Any]) -> list[Any]:
    """Run the steps. Arrays can't be written to; the arrays of Tensors, and what is computed, can."""
    there = [*arrays, *(t.data for t in state)]
    ours = [False] * len(arrays) + [True] * len(state)
    for operation, i, j in steps:
        i, j = (len(there) - 1 - k % len(there) for k in (i, j))  # most often of those that were made last
        a, b = there[i], there[j]
        if a.size * max(b.size, 1) > 2000:
            continue
        operation %= len(PURE) + 2 * len(WRITES)
        if operation < len(PURE):
            y = PURE[operation](a, b)
            ours.append(ours[i] and PURE[operation] is not broadcast)  # it may be a view of a
        elif ours[i] and not (a.ndim and 0 in a.strides):
            y = WRITES[operation % len(WRITES)](a, b)
            ours.append(True)
        else:
            continue
        there.append(y)
    return there


operands = st.one_of(st.integers(0, 2), st.integers(0, 20))
steps = st.lists(st.tuples(st.integers(0, 45), operands, operands), min_size=1, max_size=16)


def draw_arrays(rng: np.random.Generator, shapes: Sequence[tuple[int, ...]], dtypes: Sequence[Any]) -> list[Any]:
    """Every second one in Fortran's order."""
    made = [rng.standard_normal(shape).astype(dtype) for shape, dtype in zip(shapes, dtypes, strict=True)]
    return [np.asfortranarray(x) if k % 2 and x.ndim else x for k, x in enumerate(made)]


def tensors(arrays: Sequence[Any]) -> list[Any]:
    return [ag.Tensor(np.copy(x)) for x in arrays]
