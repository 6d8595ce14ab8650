"""Proxies stand for leaves, and for the default random generator, while a function is traced (see autograd/compiler).

They are those of the thread or task in which it is traced: others see nothing of its gradients, nor of what it draws.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

proxies: ContextVar[MutableMapping[Any, Any] | None] = ContextVar("proxies", default=None)


def proxy_of(x: T) -> T:
    """What stands for x; x itself where nothing is traced."""
    found = proxies.get()
    return x if found is None else found[x]
