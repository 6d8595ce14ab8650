"""The tracer: notes every call that is made on traced arrays, and tells what can't be replayed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd._util.locations import location
from autograd.compiler.ir import Kind, Op, Value, like, replaced
from autograd.compiler.tracing.opaque_steps import GUARDED, GuardedStep
from autograd.compiler.tracing.purity import Watch
from autograd.compiler.tracing.random_numbers import TracedGenerator
from autograd.compiler.tracing.refusing import (
    LengthError,
    TraceError,
    no_target,
    of_other_thread,
    of_parent,
    of_value,
    unknown_length,
)
from autograd.compiler.tracing.through import traced_pullback, traced_through
from autograd.compiler.tracing.traced import Traced, TracedArray, TracedNumber, concrete, traced_in
from autograd.compiler.tracing.variables import assigned
from autograd.engine.graph import Node, Options, Parent, next_order
from autograd.engine.modes import SCOPE, current
from autograd.engine.observer import Observer
from autograd.rules import OPERATIONS
from autograd.rules.operation import Pullback

MOST_HELD = 2**16  # bytes: what a guard can compare in a few microseconds


class Tracer(Observer):
    """An observer of one run of a function, which makes the list of its calls.

    known   arrays outside that the function may use as they are, by identity, and the values that they are.
    fixed   values that the function must not change, and those computed from them alone; and from which they were.
    held    fixed values outside whose bytes a program is for, because the function looked at them.
    truths  by the value of a number outside: whether it was true, where an `if` asked.
    output  of each node, the value that its call returned; `gradients` of each node, the one that came into it.
    """

    def __init__(self, codes: Container[int] = ()) -> None:
        self.ops: list[Op] = []
        self.known: dict[int, Value] = {}
        self.fixed: dict[Value, frozenset[Value]] = {}
        self.held: dict[Value, bytes] = {}
        self.truths: dict[Value, bool] = {}
        self.output: dict[Node, Value] = {}
        self.gradients: dict[Value, Node] = {}
        self.generators: dict[int, TracedGenerator] = {}
        self.refused: list[TraceError] = []  # and not handled by tracing on in another way
        self.watch = Watch(codes, self.refused)
        self.is_open = True
        self.since = next_order()
        self._told = 0
        self._stage = "forward"
        self._thread = threading.get_ident()
        self._errors = np.geterr()

    # -- noting ------------------------------------------------------------------------------------------------------

    def call(self, fn: Any, args: Sequence[Any], options: Mapping[str, Any], effect: bool = False) -> Any:
        """Call a function on values, and note it. Returns what stands for the result."""
        if self.is_elsewhere():
            return _called(fn, self.outside(tuple(args)), self.outside(dict(options)))
        self.watch.pause()
        try:
            return self._call(fn, args, options, effect)
        finally:
            self.watch.go_on()

    def _call(self, fn: Any, args: Sequence[Any], options: Mapping[str, Any], effect: bool) -> Any:
        args, options = self.check(fn, args, options)
        if fn in GUARDED:
            fn = GuardedStep(fn)
        given = concrete(args)
        found = _called(fn, given, concrete(options))
        traced = traced_in((args, options))
        if not traced:
            return found
        if fn is np.asarray and found is given[0]:
            return args[0]
        result = self.standing_for(found, fn, (args, options))
        noted = self.values(result)
        if isinstance(noted, list | tuple):
            noted = tuple(Value(None) if part is None else part for part in noted)
        self.note(fn, args, options, noted, None, effect)
        if all(part._value in self.fixed for part in traced):
            sources = frozenset().union(*(self.fixed[part._value] for part in traced))
            self.fixed.update(dict.fromkeys(self.ops[-1].results(), sources))
        return result

    def write(self, fn: Any, args: Sequence[Any], options: Mapping[str, Any], target: Any, by_out: bool = False) -> Any:
        """Call a function that writes into the array `target`, and note it."""
        if self.is_elsewhere():
            out = {"out": target} if by_out else {}
            _called(fn, self.outside(tuple(args)), self.outside({**options, **out}))
            return target if by_out else None
        self.watch.pause()
        try:
            self._write(fn, args, options, target, by_out)
        finally:
            self.watch.go_on()
        return target if by_out else None

    def _write(self, fn: Any, args: Sequence[Any], options: Mapping[str, Any], target: Any, by_out: bool) -> None:
        args, options = self.check(fn, args, options)
        if (error := no_target(target, self.fixed)) is not None:
            self.refused.append(error)
            raise error
        found_in = concrete(dict(options))
        if by_out:
            found_in["out"] = target._value.array
        _called(fn, concrete(tuple(args)), found_in)
        self.note(fn, args, options, None, target._value, False)
        for value in [value for value in self.fixed if value.root is target._value.root]:
            del self.fixed[value]

    def note(self, fn: Any, args: Any, options: Any, result: Any, writes: Value | None, effect: bool) -> None:
        scope = current()[SCOPE]
        values, named = self.values(tuple(args)), self.values(dict(options))
        errors = {kind: str(how) for kind, how in np.geterr().items() if how != self._errors.get(kind)}
        for value, name in zip(result if isinstance(result, tuple) else (result,), assigned(), strict=False):
            if isinstance(value, Value):
                value.name = name
        self.ops.append(Op(fn, values, named, result, writes, scope, self._stage, effect, errors))

    def check(self, fn: Any, args: Any, options: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments. Raises TraceError for a call that no program can repeat."""
        args, options = tuple(args), dict(options)
        if not self.is_open:
            raise TraceError(
                f"{location()}: an array of an earlier trace was used, which was kept in a variable outside of the "
                f"compiled function; return it from the function instead"
            )
        if (what := unknown_length(fn, args, options)) is not None:
            args, options = (*args[:1], *replaced(args[1:], self._hold)), replaced(options, self._hold)
            if unknown_length(fn, args, options):
                args = replaced(args, self._hold)
            if (traced := traced_in((args, options))) and unknown_length(fn, args, options):
                what = f"how long what {what} returns is, or of which dtype, depends on"
                raise self.refusal(what, traced[-1], LengthError)  # an index, most often, not what is indexed
        return args, options

    # -- other threads -----------------------------------------------------------------------------------------------

    def is_elsewhere(self) -> bool:
        """Whether this is another thread than that in which the function is traced."""
        return threading.get_ident() != self._thread

    def outside(self, tree: Any) -> Any:
        """What it is in another thread, in place of what stands for it."""

        def found(leaf: Any) -> Any:
            if not isinstance(leaf, Traced):
                return leaf
            if leaf._outside is None:
                raise of_other_thread()
            return leaf._outside

        return replaced(tree, found)

    # -- standing for ------------------------------------------------------------------------------------------------

    def standing_for(self, found: Any, fn: Any, given: Any) -> Any:
        """What stands for the result of a call."""
        if isinstance(found, tuple | list):
            return replaced(found, lambda part: self.standing_for(part, fn, given))
        if isinstance(found, np.ndarray | np.generic):
            return TracedArray(self, Value(found, root=_owner(found, given)))
        if isinstance(found, int | float | complex):
            return TracedNumber(self, Value(found))
        if found is None:
            return None
        if isinstance(found, str):
            raise self.refusal("a text (print, str, an f-string) was to be made of", traced_in(given)[0])
        name = fn if isinstance(fn, str) else name_of(fn)
        raise self.refusal(f"{name} makes a {type(found).__name__}, no array, of", traced_in(given)[0])

    def stand_for(self, value: Any, name: str) -> Traced:
        """What stands for an array, a number or a generator that lives outside: for a copy of it."""
        if isinstance(value, np.random.Generator):
            made = TracedGenerator(self, Value(value, Kind.STATE, name=name), value)
            return self.generators.setdefault(id(value), made)
        if isinstance(value, np.ndarray):
            return TracedArray(self, Value(like(value), Kind.STATE, name=name), value)
        kind = TracedArray if isinstance(value, np.generic) else TracedNumber
        return kind(self, Value(value, Kind.STATE, name=name), value)

    def constant(self, array: Any) -> Any:
        """What stands for an array that is the same in each call, in memory of its own."""
        return self.call(np.copy, (TracedArray(self, Value(array, Kind.CONSTANT)),), {})

    def values(self, tree: Any) -> Any:
        """What a program has in place of what stood for it in the trace."""

        def value(leaf: Any) -> Any:
            if isinstance(leaf, Traced):
                return leaf._value
            return self.known.get(id(leaf), leaf) if type(leaf) is np.ndarray else leaf

        return replaced(tree, value)

    # -- refusing ----------------------------------------------------------------------------------------------------

    def refusal(self, what: str, traced: Traced, kind: type[TraceError] = TraceError) -> TraceError:
        self.refused.append(of_value(what, traced, kind))
        return self.refused[-1]

    def truth(self, traced: Traced) -> bool:
        """Whether a number is true. The program holds as long as it stays so."""
        if self.is_elsewhere():
            return bool(self.outside(traced))
        value = traced._value
        if value.kind is not Kind.STATE or value.is_array:
            return bool(self.settled(traced, "a truth (by if, while, and, or, assert)"))
        self.truths[value] = bool(value.array)
        return self.truths[value]

    def settled(self, traced: Traced, what: str) -> Any:
        """The values themselves, if they come from fixed arrays alone. The program holds as long as those stay so."""
        if self.is_elsewhere():
            return self.outside(traced)
        found = self._hold(traced)
        if found is traced:
            raise self.refusal(f"{what} was to be made of", traced)
        return found

    def _hold(self, leaf: Any) -> Any:
        if not isinstance(leaf, Traced) or leaf._value not in self.fixed:
            return leaf
        sources = self.fixed[leaf._value]
        if sum(source.nbytes for source in sources) > MOST_HELD:
            return leaf
        self.held |= {source: source.array.tobytes() for source in sources}
        return leaf._value.array

    # -- primitives and rules ----------------------------------------------------------------------------------------

    def primitive(self, fn: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        """A primitive that was called on traced arrays by itself."""
        if self.is_elsewhere():
            return fn(*self.outside(tuple(args)), **self.outside(dict(options)))
        y = traced_through(self, fn._primitive, args, options)
        operation = OPERATIONS.get(fn)
        return y[0] if operation is not None and operation.hidden else y

    def wrap_function(self, compute: Callable[..., Any], args: Sequence[Any], parents: Sequence[Parent | None]) -> Any:
        for arg, parent in zip(args, parents, strict=False):
            if parent is not None and parent.order < self.since and not isinstance(arg, Traced):
                raise of_parent(arg, parent)
        return lambda *args, **options: traced_through(self, compute, args, options)

    def wrap_pullback(self, pullback: Pullback) -> Pullback:
        return traced_pullback(self, pullback)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        before, self._stage = self._stage, name
        try:
            yield
        finally:
            self._stage = before

    # -- observing ---------------------------------------------------------------------------------------------------

    def on_call(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        if isinstance(output, TracedArray):
            if node is not None:
                self.output[node] = output._value
            if not output._value.name and (names := assigned()):
                output._value.name = names[0]

    def on_backward(self, node: Node, g: Any, gx: Mapping[int, Any], seconds: float) -> None:
        array = g.data if hasattr(g, "node") else g
        if isinstance(array, TracedArray):
            self.gradients.setdefault(array._value, node)
        for call in self.ops[self._told :]:
            if call.stage == "backward":  # made by the rules of this node
                call.part, call.scope = call.part or node.operation.name, node.scope
        self._told = len(self.ops)


def _called(fn: Any, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    if isinstance(fn, str):
        return getattr(args[0], fn[1:]) if fn.startswith(".") else getattr(args[0], fn)(*args[1:], **options)
    return fn(*args, **options)


def _owner(found: Any, given: Any) -> Value | None:
    """The value that owns the memory of an array that is one of the arguments, or a view of one."""
    if not isinstance(found, np.ndarray):
        return None
    owners: list[Value] = []

    def look(leaf: Any) -> None:
        array = leaf._value.array if isinstance(leaf, Traced) else leaf
        if isinstance(array, np.ndarray) and np.may_share_memory(found, array):
            owners.append(leaf._value.root if isinstance(leaf, Traced) else Value(array, Kind.CONSTANT))

    replaced(given, look)
    return owners[0] if owners else None
