"""The walk over what a function reaches: which objects are visited, in which order, and what is guarded of them.

State is looked for everywhere. Of plain values, those count whose names occur in the code that may run: a trainer's
history, which no code of a step names, may grow from step to step. Where that code computes names (getattr, vars), all
count.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.tracing.code_analysis import ANY, STATEFUL, is_library
from autograd.compiler.tracing.refusing import TraceError
from autograd.compiler.tracing.sources import PLAIN, Guard, Read, Source, State, is_state

MOST_OBJECTS = 50_000  # that are looked at
# Methods that run without being named; others that do not matter to what a call computes.
CALLED = {"forward", "__call__"}
NOT_CALLED = {"__init__", "__new__", "__repr__", "__str__", "__init_subclass__", "__class_getitem__", "__del__"}


class Found(NamedTuple):
    """A value, the path that leads to it, where it lives, and through which attribute it was reached."""

    name: str
    value: Any
    source: Source | None = None
    via: str | None = None

    def at(self, key: Any, root: Any, *steps: tuple[str, Any], via: str | None = None) -> Found:
        """What is found in this one, where the steps lead."""
        source = Source(root, steps, f"{self.name}.{key}" if self.name else str(key))
        return Found(source.name, source.get(), source, via)

    def parts(self, *keys: str) -> Iterator[Found]:
        """What it is made of, which can't be replaced."""
        return (Found(self.name, getattr(self.value, key)) for key in keys)


class Walker:
    """Visits all objects, the nearest first.

    visits   for each kind of value, what notes one and tells where it leads. The first that fits counts.
    last     what is visited last: parameters of optimisers, which are called after where they are used.
    classes  those that were visited.
    methods  those that nothing has named so far; and `modules`, with what was named of their variables.
    """

    def __init__(self, visits: Sequence[tuple[Any, Callable[[Walker, Found], Iterable[Found]]]]) -> None:
        self.visits = visits
        self.state = State()
        self.waiting: deque[Found] = deque()
        self.last: list[Found] = []
        self.seen: dict[int, Found] = {}  # which keeps them alive: an id is not given twice
        self.classes: set[type] = set()
        self.methods: list[tuple[str, Found]] = []
        self.modules: list[tuple[Found, set[str]]] = []
        self._variables: set[tuple[int, str]] = set()

    def run(self, where: str) -> State:
        """Visit what is waiting, and all that it leads to. Raises TraceError if that is too much."""
        while self.waiting or self._go_on():
            if len(self.seen) >= MOST_OBJECTS:
                variables = Counter(found.name.partition(".")[0] for found in self.seen.values())
                variable, count = variables.most_common(1)[0]
                raise TraceError(
                    f"{where}: it reaches more than {MOST_OBJECTS:,} objects, {count:,} of them through {variable}, "
                    f"and a program depends on all of them; let it use less of that, or pass what it needs as an "
                    f"argument"
                )
            self._visit(self.waiting.popleft())
        names = self.state.names
        self.state.guards = [
            guard for guard in self.state.guards
            if guard.via is None or guard.via in names or ANY in names or isinstance(guard.expected, STATEFUL)
        ]  # fmt: skip
        return self.state

    def _go_on(self) -> bool:
        """Let methods, and variables of modules, wait that what was seen names; then, what comes last."""
        names, methods, self.methods = self.state.names | CALLED, self.methods, []
        for key, found in methods:
            is_called = key not in NOT_CALLED and (key in names or key.startswith("__"))
            self.waiting.append(found) if is_called else self.methods.append((key, found))
        for found, known in self.modules:
            new = (names & vars(found.value).keys()) - known
            known |= new
            self.waiting += self.variables(found, vars(found.value), new, names)
        if not self.waiting:
            self.waiting, self.last = deque(self.last), []
        return bool(self.waiting)

    def _visit(self, found: Found) -> None:
        _, value, source, via = found
        if is_state(value):
            self.state.arrays.append((source or Source(value, (), "array"), value))
            return
        if source is not None and not is_library(value):
            self.guard(source, value, via=via)
        if isinstance(value, np.random.Generator):
            self.state.generators.append((source or Source(value, (), "rng"), value))
        elif not isinstance(value, PLAIN) and id(value) not in self.seen:
            self.seen[id(value)] = found
            visit = next(visit for kinds, visit in self.visits if isinstance(value, kinds))
            self.waiting += visit(self, found)

    def guard(self, source: Source, value: Any, read: Read = None, via: str | None = None) -> None:
        self.state.guards.append(Guard(source, value if read is None else read(value), read, via))

    def variables(
        self, found: Found, namespace: dict[str, Any], wanted: AbstractSet[str], names: AbstractSet[str]
    ) -> Iterator[Found]:
        """Variables of a module; of a module among them, those that are named as its attributes."""
        spaces = [(found, namespace, wanted)]
        for found, space, wanted in spaces:  # to which others are added
            for name in filter(str.isidentifier, sorted(wanted & space.keys())):  # pytest has others, for `assert`
                inner = found.at(name, space, ("item", name))
                if isinstance(inner.value, ModuleType):
                    others = vars(inner.value)
                    if not is_library(inner.value) and all(others is not known for _, known, _ in spaces):
                        spaces.append((inner, others, names))
                elif (id(space), name) not in self._variables:
                    self._variables.add((id(space), name))
                    yield inner
