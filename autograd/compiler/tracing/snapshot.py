"""A snapshot of what a function reaches: it tells what was changed since, and puts it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from threading import RLock
from typing import Any, Self

import numpy as np

from autograd._util.atomic import atomic
from autograd.compiler.tracing.sources import GONE, GRAD, MISSING, PLAIN_TYPES, Guard, Source, State, is_state
from autograd.engine import random

REENTRANT = type(RLock())


class Snapshot:
    """The state of a function, its settings, and what is in its containers and objects.

        with Snapshot(state) as before:    # random generators belong to it, too
            ...                            # an error restores it, as before.restore() does

    Inside of the block other threads that draw from the generators wait, so that what has changed was drawn by this
    one, and no number that another has got is drawn again. (Not before NumPy 2.4, in which a thread that locks a
    generator could not draw from it.) Without a block, what was drawn stays drawn. Arrays are restored in the memory in
    which they were.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        sources = [source for _, source in state.sources()]
        self.arrays = [(source, source.get()) for source, _ in state.arrays]
        moments = {Source(optimizer).attribute("state"): optimizer.state for _, optimizer in state.optimizers}
        self._values: dict[Source, Any] = moments | {Source(leaf, GRAD): leaf.grad for leaf in state.leaves()}
        for source in (*sources, *(source for source, _ in (*state.arrays, *state.generators))):
            holder = source.outermost()
            self._values[holder] = holder.get()
        held: list[Any] = [*moments.values(), *(values for each in moments.values() for values in each.values())]
        containers = [*state.containers, *(("", container) for container in held)]
        self._containers = [(name, container, container.copy()) for name, container in containers]
        self._attributes = [(name, value, frozenset(vars(value))) for name, value in state.objects]
        self._unset = [(variables, name) for variables, name in state.unset if name not in variables]
        arrays = [source.get() for source in sources]
        arrays += [leaf.grad.data for leaf in state.leaves() if leaf.grad is not None]
        self._contents = [(array, array.copy()) for array in arrays if isinstance(array, np.ndarray)]
        self.generators: list[tuple[np.random.Generator, Any]] = []
        self._legacy: Any = None
        self._locks = ExitStack()

    def __enter__(self) -> Self:
        generators = dict.fromkeys((random.generator(), *(generator for _, generator in self.state.generators)))
        legacy = np.random.get_bit_generator()  # type: ignore[attr-defined]  # NumPy's stubs leave it out
        for bits in (*(generator.bit_generator for generator in generators), legacy):
            if isinstance(bits.lock, REENTRANT):
                self._locks.enter_context(bits.lock)
        self.generators = [(generator, generator.bit_generator.state) for generator in generators]
        self._legacy = np.random.get_state()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        with self._locks:
            if error is not None:
                self.restore()

    def restore(self) -> None:
        """Put everything back."""
        with atomic():
            self.put_back()
            for guard in self._changed():
                with suppress(*GONE):  # an item of a container that is restored as a whole
                    guard.source.set(guard.expected)
            for _, container, before in self._containers:
                if not _is_alike(container, before):
                    container.clear()
                    (container.extend if hasattr(container, "extend") else container.update)(before)
            for _, variables, name in list(self._made()):
                del variables[name]
            for array, values in self._contents:
                if array.flags.writeable:  # or it has not changed
                    array[...] = values
            for generator, bits in self.generators:
                generator.bit_generator.state = bits
            if self._legacy is not None:
                np.random.set_state(self._legacy)

    def put_back(self) -> None:
        """Let the values that were there be at each source of state again."""
        for source, value in self._values.items():
            if source.now() is not value:
                with suppress(*GONE):  # an item of a container that is restored as a whole
                    source.set(value)

    def _changed(self) -> Iterator[Guard]:
        """The settings that were changed. Of a container all items are looked at."""
        return (guard for guard in self.state.guards if guard.read is None and not guard.holds())

    def _made(self) -> Iterator[tuple[str, dict[str, Any], str]]:
        """The attributes and globals that there were none of: what they are called, what they are in, their names."""
        for name, value, keys in self._attributes:
            yield from ((f"{name}.{key}", vars(value), key) for key in vars(value).keys() - keys)
        yield from ((f"the global {name}", space, name) for space, name in self._unset if name in space)

    # -- what was changed --------------------------------------------------------------------------------------------

    def changes(self) -> Iterator[str]:
        """What was changed that is no state, in words: a program would not change it again."""
        for guard in self._changed():
            before, after = _shown(guard.expected), _shown(guard.now())
            yield f"{guard.source.name} was {before} before the call and {after} after it"
        for name, container, items in self._containers:
            if name and not _is_alike(container, items):
                what = f"items of {name}, a {type(container).__name__}, were changed"
                yield f"{what}: {len(items)} before the call, {len(container)} after it"
        yield from (f"{what} was made in the call" for what, _, _ in self._made())

    def was_drawn(self, known: set[int]) -> bool:
        """Whether random numbers were drawn: from others than the generators that are known, by identity."""
        now, before = np.random.get_state(), self._legacy
        return any(np.any(a != b) for a, b in zip(now, before, strict=True)) or any(
            id(generator) not in known and repr(generator.bit_generator.state) != repr(bits)  # some hold arrays
            for generator, bits in self.generators
        )

    def current(self) -> Iterator[tuple[str, Any]]:
        """The state as it is now, by name; of arrays that no Tensor holds those that have been replaced."""
        for leaf, name in self.state.leaves().items():
            yield f"{name}.grad", None if leaf.grad is None else leaf.grad.data.copy()
        yield from ((name, copied(source.get())) for name, source in self.state.sources())
        yield from ((source.name, copied(now)) for source, array in self.arrays if (now := source.now()) is not array)
        for generator, _ in self.generators:
            yield "the state of a random generator", repr(generator.bit_generator.state)


def copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _is_alike(container: Any, before: Any) -> bool:
    """Whether a container holds the same. An array in it is state, and has a source of its own."""
    if isinstance(container, set):
        return bool(container == before)
    if isinstance(container, dict):
        return container.keys() == before.keys() and all(_is_kept(container[key], before[key]) for key in before)
    return len(container) == len(before) and all(map(_is_kept, container, before))


def _is_kept(now: Any, before: Any) -> bool:
    return now is before or (is_state(now) and is_state(before))


def _shown(value: Any) -> str:
    if value is MISSING:
        return "missing"
    if hasattr(value, "__opaque__"):  # a traced value
        return "an array"
    return repr(value) if isinstance(value, PLAIN_TYPES) else f"a {type(value).__name__}"
