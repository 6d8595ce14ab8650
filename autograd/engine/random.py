"""The random numbers that the library draws where it is given no Generator: weights, dropout masks."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from autograd.engine.proxies import proxies, proxy_of
from autograd.engine.recomputation import note

_default = np.random.default_rng()


def seed(number: int | None) -> None:
    """Seed the Generator that `nn` draws from where no `rng=` is given: weights, dropout masks."""
    global _default
    made = np.random.default_rng(number)
    if (traced := proxies.get()) is None:
        _default = made
    else:
        traced[_default] = made


def generator(rng: np.random.Generator | None = None) -> np.random.Generator:
    """The Generator given, or the default one that `ag.seed` seeds."""
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng was given {rng!r}; it takes a NumPy Generator: np.random.default_rng(0)")
    if rng is not None:
        note(rng)
        return rng
    return proxy_of(_default)


_locks: list[Any] = []


def _before_fork() -> None:
    """Let a draw of another thread end, which would hold the Generator's lock for ever in the child process."""
    _locks.append(_default.bit_generator.lock)
    _locks[-1].acquire()


def _after_fork() -> None:
    _locks.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
