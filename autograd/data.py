"""Batches: arrays in pieces along their first axis, for one epoch after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.engine.dispatch import plain
from autograd.engine.random import generator


class batches:  # noqa: N801  # it is called like a function
    """The batches of an epoch: `for images, labels in batches((images, labels), 64, shuffle=True):`.

        >>> for x, y in batches((np.arange(5), np.arange(5) ** 2), 2):
        ...     print(x, y)
        [0 1] [0 1]
        [2 3] [4 9]
        [4] [16]

    arrays     an array, or a tuple, list or dict of arrays (or Tensors, whose arrays are taken) with equally long first
               axes; each batch is the same of their pieces. A piece in order is a view, a shuffled one a copy.
    size       how many elements of the first axis a batch has; the last may have fewer,
    drop_last  unless it is left out then.
    shuffle    draw a new order for each epoch, that is each time an iteration begins.
    rng        which draws it; the one that ag.seed seeds unless told.
    prefetch   so many batches are made ahead, in a background thread: it reads from a memory map, or copies, while the
               step computes. What raises there is raised in the iteration. The thread ends with the iteration.

    len() is the number of batches.
    """

    def __init__(
        self,
        arrays: Any,
        size: int,
        *,
        shuffle: bool = False,
        rng: np.random.Generator | None = None,
        drop_last: bool = False,
        prefetch: int = 0,
    ) -> None:
        if not isinstance(size, int | np.integer) or size < 1:
            raise ValueError(f"batches was given size={size!r}; it must be a whole number, at least 1")
        if prefetch < 0:
            raise ValueError(f"batches was given prefetch={prefetch}; it is a number of batches, from 0 up")
        if rng is not None:
            generator(rng)  # raises TypeError if it is none
        self.arrays = _indexable(arrays)
        self.length = _common_length(self.arrays)
        self.size, self.shuffle, self.rng, self.drop_last, self.prefetch = size, shuffle, rng, drop_last, prefetch

    def __len__(self) -> int:
        return self.length // self.size if self.drop_last else -(-self.length // self.size)

    def __iter__(self) -> Iterator[Any]:
        order = generator(self.rng).permutation(self.length) if self.shuffle else None
        begins = range(0, len(self) * self.size, self.size)
        return self._ahead(order, begins) if self.prefetch else (self._batch(order, begin) for begin in begins)

    def _batch(self, order: Any, begin: int) -> Any:
        piece = slice(begin, begin + self.size)
        return _picked(self.arrays, piece if order is None else order[piece])

    def _ahead(self, order: Any, begins: Sequence[int]) -> Iterator[Any]:
        pool = ThreadPoolExecutor(1, "batches")
        try:
            waiting: deque[Future[Any]] = deque()
            for begin in begins:
                waiting.append(pool.submit(self._batch, order, begin))
                if len(waiting) > self.prefetch:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # at the end, too, of an iteration that is left half-way
            pool.shutdown(cancel_futures=True)

    def __repr__(self) -> str:
        return f"batches({len(self)} of {self.size}, {self.length} in all, shuffle={self.shuffle})"


def _indexable(arrays: Any) -> Any:
    """Arrays in place of Tensors and of what else np.asarray takes; what has a shape and is indexed stays as it is."""
    if isinstance(arrays, Mapping):
        return {key: _array(value) for key, value in arrays.items()}
    if isinstance(arrays, tuple | list):
        return _like(arrays, [_array(value) for value in arrays])
    return _array(arrays)


def _array(value: Any) -> Any:
    value = plain(value)
    return value if hasattr(value, "shape") and hasattr(value, "__getitem__") else np.asarray(value)


def _common_length(arrays: Any) -> int:
    named = arrays if isinstance(arrays, Mapping) else dict(enumerate(_listed(arrays)))
    if not named:
        raise ValueError("batches was given no arrays; pass one, or a tuple, list or dict of them")
    shapes = {key: tuple(array.shape) for key, array in named.items()}
    if not all(shapes.values()) or len({shape[0] for shape in shapes.values()}) > 1:
        told = ", ".join(f"{key}: {shape}" for key, shape in shapes.items())
        raise ValueError(
            f"batches was given arrays of shapes {told}; their first axes, along which they are cut, must be equally "
            f"long"
        )
    return next(iter(shapes.values()))[0]


def _listed(arrays: Any) -> Any:
    return arrays if isinstance(arrays, tuple | list) else [arrays]


def _picked(arrays: Any, index: Any) -> Any:
    if isinstance(arrays, Mapping):
        return {key: array[index] for key, array in arrays.items()}
    if isinstance(arrays, tuple | list):
        return _like(arrays, [array[index] for array in arrays])
    return arrays[index]


def _like(arrays: Any, values: list[Any]) -> Any:
    """A tuple, a named one, or a list, of other values."""
    return arrays._make(values) if hasattr(arrays, "_make") else type(arrays)(values)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Of a name of PyTorch's, an error that says how it is written here."""
        told = {
            "DataLoader": "write batches((images, labels), size, shuffle=True)",
            "TensorDataset": "a tuple of arrays will do: batches((images, labels), size)",
        }
        if name not in told:
            raise AttributeError(f"module 'autograd.data' has no attribute {name!r}")
        raise AttributeError(f"ag.data has no {name}: {told[name]}")
