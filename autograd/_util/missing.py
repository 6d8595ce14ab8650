"""Attributes that a class does not have, and that its users may look for, as another library has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn


class Missing:
    """Raises an error that says what there is. To `hasattr` it is not there.

    In place of `__getattr__`, for which Python looks up every attribute of an instance in the slow way: a call of the
    engine took 1.06 of the time.
    """

    def __init__(self, name: str, error: Callable[[type, str], AttributeError]) -> None:
        self.name, self.error = name, error

    def __get__(self, instance: Any, owner: type) -> NoReturn:
        raise self.error(owner, self.name)


def let_miss(cls: type, names: Iterable[str], error: Callable[[type, str], AttributeError]) -> None:
    """Let a class answer for the names with such errors."""
    for name in names:
        setattr(cls, name, Missing(name, error))
