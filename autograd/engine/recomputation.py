"""Functions that are called twice, as a checkpoint calls them: the second call draws and updates what the first did.

Whoever draws random numbers notes the Generator, so that the second call starts where the first one did; whoever keeps
statistics asks whether this is the second call, in which there is nothing new to keep.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

States = dict[int, tuple[Any, Any]]  # by id a bit generator, and the state in which it was

_noted: ContextVar[MutableMapping[int, tuple[Any, Any]] | None] = ContextVar("noted", default=None)
_is_again: ContextVar[bool] = ContextVar("is_again", default=False)


def is_recomputing() -> bool:
    """Whether a function is being called for the second time."""
    return _is_again.get()


def note(rng: Any) -> None:
    """Remember the state of a Generator that will be drawn from, where a function may be called again."""
    if (noted := _noted.get()) is not None and id(bits := rng.bit_generator) not in noted:
        noted[id(bits)] = (bits, bits.state)


@contextmanager
def noting() -> Iterator[States]:
    """The Generators that are noted inside, and the states in which they were first."""
    noted: States = {}
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)
        if (around := _noted.get()) is not None:
            for key, state in noted.items():
                around.setdefault(key, state)


@contextmanager
def recomputing(states: States) -> Iterator[None]:
    """The second call: Generators in the states in which they were, and afterwards as they are now."""
    before = [(bits, bits.state) for bits, _ in states.values()]
    token = _is_again.set(True)
    try:
        for bits, state in states.values():
            bits.state = state
        yield
    finally:
        _is_again.reset(token)
        for bits, state in before:
            bits.state = state
