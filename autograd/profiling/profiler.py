"""What a computation costs: the time and the memory of each call, forward and backward.

    with ag.profile() as p:
        loss = nn.cross_entropy(model(x), labels)
        loss.backward()
    print(p.table())                    # by function; by="module" or by="line"

A Profile is an observer. It keeps numbers and names, never an array or a node, so that what it measures is freed as it
would be without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from time import perf_counter
from types import MethodType
from typing import Any, NamedTuple, Self

from autograd._util.functions import name_of
from autograd._util.locations import Location, location
from autograd._util.tables import Table, in_seconds
from autograd.engine.graph import Leaf, Node, Options, OutputEdge, Scope
from autograd.engine.modes import SCOPE, current, observe
from autograd.engine.observer import Observer, observer
from autograd.nn.paths import module_paths
from autograd.profiling.costs import Allocations, Call, Memory
from autograd.profiling.tables import SORTED, Row, added_up, check_choice, format_table


class Span(NamedTuple):
    """A call that may turn out to have been made within another, which ends later."""

    end: float
    seconds: float
    """What it takes off the other's time: its own, and that of measuring it."""
    kept: list[Memory]


class Spans(threading.local):
    """The calls that have ended, of each thread: others may run with a copy of the context of the first."""

    def __init__(self) -> None:
        self.ended: list[Span] = []


def profile() -> Profile:
    """A profile, to be filled inside `with`: `with ag.profile() as p:`.

    It sees the calls of the thread or task in which it is entered. It can be entered again, and then adds to what it
    has. An observer that was set before, another profile too, goes on seeing every call.
    """
    return Profile()


class Profile(Observer):
    """The calls made inside `with`, and what they cost. `print(p)` shows the table by function.

    Where a backward pass is recorded itself (create_graph=True), or computes again what a checkpoint has not saved, the
    calls that it makes are calls like others; the backward time of the node is what remains. So no time is counted
    twice, and all times together are at most `seconds`. What the calls within a checkpoint save counts when they are
    made again, not the first time. Bytes are added up over all calls; they need not be in use at the same time.

    Updates in place are seen where the engine sees them: `t += u` inside `no_grad()`, `out=`, adding to a `.grad`, and
    `step()` of an optimiser, as one call. What is computed on plain arrays is not.

    calls     in the order in which they ended.
    seconds   how long the `with` took.
    overhead  how long measuring took, of these seconds.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.overhead = 0.0
        self._seconds = 0.0
        self._since: float | None = None  # when it was entered
        self._block: AbstractContextManager[None]
        self._outer: Observer | None = None
        self._of: dict[int, Call] = {}  # by the number of the node
        self._allocations = Allocations()
        self._scopes: dict[int, Scope] = {}  # by the identity of the innermost reference, one for each module
        self._paths: dict[int, str] = {}
        self._spans = Spans()

    # -- recording ---------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        if self._since is not None:
            raise RuntimeError(
                "a profile was entered that is being recorded already; leave its `with` first, or take another: "
                "with ag.profile() as inner:"
            )
        self._outer = observer()
        self._block = observe(self)
        self._block.__enter__()
        self._since = perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self._seconds, self._since = self.seconds, None
        self._block.__exit__(None, None, None)
        self._outer = None
        self._spans = Spans()
        self._name_modules()

    def stage(self, name: str) -> AbstractContextManager[None]:
        return super().stage(name) if self._outer is None else self._outer.stage(name)

    def on_call(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        end = perf_counter()
        if self._outer is not None:
            self._outer.on_call(fn, args, options, output, node, seconds)
        inside, dropped = self._within(end - seconds)
        for memory in dropped:  # what was recorded within a call ends with it
            assert memory.keeper is not None
            memory.keeper.kept -= memory.size
            memory.keeper = None
        name, order, saved = (node.operation.name, node.order, node.saved) if node else (_call_name(fn), None, ())
        call = Call(name, order, current()[SCOPE], location(), max(0.0, seconds - inside))
        kept = self._allocations.count(call, (args, options), output, saved)
        self._add(call)
        self._close(end, seconds, kept)

    def on_backward(self, node: Node, g: Any, gx: Mapping[int, Any], seconds: float) -> None:
        end = perf_counter()
        if self._outer is not None:
            self._outer.on_backward(node, g, gx, seconds)
        inside, kept = self._within(end - seconds)
        call = self._of.get(node.order)
        if call is None:
            call = Call(node.operation.name, node.order, node.scope, None)
            self._add(call)
        call.backward += max(0.0, seconds - inside)
        self._close(end, seconds, kept)

    def _add(self, call: Call) -> None:
        self.calls.append(call)
        if call.order is not None:
            self._of[call.order] = call
        if call.scope is not None:
            self._scopes.setdefault(id(call.scope[0]), call.scope)

    # -- time --------------------------------------------------------------------------------------------------------

    def _within(self, start: float) -> tuple[float, list[Memory]]:
        """Of what was measured since `start`, and so within a call: the seconds, and the memory saved."""
        spans, seconds, kept = self._spans.ended, 0.0, []
        while spans and spans[-1].end > start:
            span = spans.pop()
            seconds += span.seconds
            kept += span.kept
        return seconds, kept

    def _close(self, end: float, seconds: float, kept: list[Memory]) -> None:
        overhead = perf_counter() - end
        self.overhead += overhead
        self._spans.ended.append(Span(end, seconds + overhead, kept))

    @property
    def seconds(self) -> float:
        return self._seconds + (0.0 if self._since is None else perf_counter() - self._since)

    # -- reading -----------------------------------------------------------------------------------------------------

    def of(self, node: Node | OutputEdge | Leaf | None) -> Call | None:
        """The call that a node of the graph records; None if the profile has not seen it."""
        if isinstance(node, OutputEdge):
            node = node.parents[0]
        return None if node is None else self._of.get(node.order)

    def rows(self, by: str = "function", sort: str = "time") -> list[Row]:
        """The calls added up by "function", "module" or "line"; the highest by `sort` first. See `format_table`."""
        check_choice("by", by, tuple(GROUPS))
        check_choice("sort", sort, tuple(SORTED))
        self._name_modules()
        groups: dict[Any, list[Call]] = {}
        for call in self.calls:
            groups.setdefault(GROUPS[by](self, call), []).append(call)
        rows = [added_up(*_titled(key), calls) for key, calls in groups.items()]
        return sorted(rows, key=SORTED[sort], reverse=True)

    def table(self, by: str = "function", sort: str = "time", limit: int | None = None) -> Table:
        """The calls as text, added up by "function", "module" or "line". A module's row is without those in it.

        sort   by "time" (forward and backward), "calls", "forward", "backward", "made" or "kept"; the highest first.
        limit  at most so many rows; one more adds up the others.
        """
        rows = self.rows(by, sort)
        if limit is not None and limit < 1:
            raise ValueError(f"table() was given limit={limit}, and expects at least 1; leave it out for all rows")
        return format_table(self._summary(), by, rows, limit)

    def _summary(self) -> str:
        spent = sum(call.forward + call.backward for call in self.calls)
        calls = f"{len(self.calls)} call{'' if len(self.calls) == 1 else 's'}"
        whole = self.seconds
        if not whole:  # given to ag.observe, which takes no time
            return f"{in_seconds(spent)} in {calls}"
        return (
            f"{in_seconds(whole)} inside `with`: {in_seconds(spent)} ({100 * spent / whole:.0f} %) in {calls}, "
            f"{in_seconds(self.overhead)} in measuring them; the rest is Python, and what is not recorded"
        )

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        return f"<profile: {self._summary()}>"

    # -- names -------------------------------------------------------------------------------------------------------

    def _name_modules(self) -> None:
        """While they exist: a module that is gone by the time of the table keeps its name."""
        if self._scopes.keys() <= self._paths.keys():
            return
        paths = module_paths(self._scopes.values())
        for key, scope in self._scopes.items():
            module = scope[0]() if scope else None
            if module is not None:
                self._paths[key] = paths[id(module)]

    def _module(self, call: Call) -> str:
        if call.scope is None:
            return "(in no module)"
        return self._paths.get(id(call.scope[0]), "(a module that is gone)")


GROUPS: dict[str, Callable[[Profile, Call], Any]] = {
    "function": lambda profile, call: call.name,
    "module": Profile._module,
    "line": lambda profile, call: call.location,
}


def _titled(key: Any) -> tuple[str, str]:
    """The name of a row, and the text of the line if it is of one."""
    if isinstance(key, Location):
        return key.brief, key.source
    return (key, "") if key else ("(before the profile)", "")


def _call_name(fn: Any) -> str:
    """What a call that is in no graph is called: a method with its class, "SGD.step"."""
    return f"{type(fn.__self__).__name__}.{fn.__name__}" if isinstance(fn, MethodType) else name_of(fn)
