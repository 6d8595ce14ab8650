"""What one call cost, and which call made the memory that others use and save."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final
from weakref import ref

import numpy as np

from autograd._util.locations import Location
from autograd.engine.graph import Scope
from autograd.engine.versions import owner_of


@final
@dataclass(slots=True, eq=False)
class Call:
    """What one call cost. Times are in seconds, and without those of the calls made within it.

    name      of the function: "multiply", "linalg.inv", "SGD.step".
    order     the number of its node in the graph; None if it was not recorded.
    scope     the modules in whose `forward` it was made (see `Node.scope`).
    location  the user's line; None for a call that was made before the profile began.
    forward   how long the call took.
    backward  how long its rules took, and adding up what they returned; 0.0 if no backward pass came by.
    made      bytes of new memory that hold its output; 0 for a view, or where it wrote into memory that was there.
    kept      bytes of memory made by calls that its node saves for the backward pass, and no node before it did.
              Neither parameters nor inputs are among them: they would be there anyway.
    """

    name: str
    order: int | None
    scope: Scope
    location: Location | None
    forward: float = 0.0
    backward: float = 0.0
    made: int = 0
    kept: int = 0


@dataclass(slots=True, eq=False)
class Memory:
    """Memory that a call made, by the array that owns it; and the call whose node was the first to save it."""

    owner: ref[Any]
    size: int
    keeper: Call | None = None


class Allocations:
    """The memory that calls have made, as long as it lives."""

    def __init__(self) -> None:
        self.by_owner: dict[int, Memory] = {}  # by the identity of the owner, which is worth as much as its reference

    def count(self, call: Call, given: Any, output: Any, saved: Any) -> list[Memory]:
        """Count the bytes that the call made and that its node saves; hidden outputs are seen only if they are saved.

        Returns the memory that no node before it saved.
        """
        inputs = {id(owner_of(array)) for array in _arrays(given)}
        saved_owners = [owner_of(array) for array in _arrays(saved)]
        for owner in (*(owner_of(array) for array in _arrays(output)), *saved_owners):
            if self._made(owner) is None and id(owner) not in inputs and isinstance(owner, np.ndarray):
                self.by_owner[id(owner)] = Memory(ref(owner), owner.nbytes)
                call.made += owner.nbytes
        kept = []
        for owner in saved_owners:
            memory = self._made(owner)
            if memory is not None and memory.keeper is None:
                memory.keeper = call
                call.kept += memory.size
                kept.append(memory)
        return kept

    def _made(self, owner: Any) -> Memory | None:
        """The memory of an array, if a call made it."""
        memory = self.by_owner.get(id(owner))
        return memory if memory is not None and memory.owner() is owner else None


def _arrays(*values: Any) -> list[Any]:
    """The arrays in lists, tuples and dicts: not by tree_leaves, which takes three times as long, for every call."""
    arrays, waiting = [], list(values)
    for value in waiting:
        if isinstance(value, np.ndarray):
            arrays.append(value)
        elif isinstance(value, list | tuple):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
    return arrays
