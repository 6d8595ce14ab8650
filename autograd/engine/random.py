"""The random numbers that the library draws where it is given no Generator: weights, dropout masks."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import Any

import numpy as np

_default = np.random.default_rng()
# Stands for it in a thread or task in which a function is traced (see autograd/compiler).
_traced: ContextVar[Any] = ContextVar("_traced", default=None)


def seed(number: int | None) -> None:
    """Seed the Generator that `nn` draws from where no `rng=` is given: weights, dropout masks."""
    global _default
    if _traced.get() is not None:
        _traced.set(np.random.default_rng(number))
    else:
        _default = np.random.default_rng(number)


def generator(rng: np.random.Generator | None = None) -> np.random.Generator:
    """The Generator given, or the default one that `ag.seed` seeds."""
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng was given {rng!r}; it takes a NumPy Generator: np.random.default_rng(0)")
    return (_traced.get() or _default) if rng is None else rng


_locks: list[Any] = []


def _before_fork() -> None:
    """Let a draw of another thread end, which would hold the Generator's lock for ever in the child process."""
    _locks.append(_default.bit_generator.lock)
    _locks[-1].acquire()


def _after_fork() -> None:
    _locks.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
