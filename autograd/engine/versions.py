"""Version counters: which arrays were updated in place since a call saved them.

One counter for all updates. A backward pass compares it with what it was when each node was recorded; only where it has
moved is it worth asking whether a saved array was among those updated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

now = 0
# By the identity of the array that owns the memory: when it was last updated, and by what. A stale identity does no
# harm: whatever is given it later was made, and so saved, after that update.
_updates: dict[int, tuple[int, str]] = {}


def bump_version(array: Any, by: str) -> None:
    """Note that `array` was updated in place by the call named `by`."""
    global now
    now += 1
    _updates[id(array if array.base is None else owner_of(array))] = (now, by)


def bump_versions(owners: Iterable[int], by: str) -> None:
    """The same for several arrays at once, by the identities of those that own their memory (see `owner_of`)."""
    global now
    now += 1
    _updates.update(dict.fromkeys(owners, (now, by)))


def updated_since(array: Any, version: int) -> str | None:
    """What updated the memory of `array`, through any view, after `version`; None if nothing did."""
    if not hasattr(array, "base"):  # a Python scalar
        return None
    last, by = _updates.get(id(owner_of(array)), (0, ""))
    return by if last > version else None


def owner_of(array: Any) -> Any:
    """The array whose memory a view shows."""
    while (base := array.base) is not None:
        array = base
        if not hasattr(array, "base"):  # memory that is no array's; np.lib.stride_tricks has a class of its own
            break
    return array
