"""The tracer: sees the calls of the engine, traces primitives and pullbacks through, and lets arrays be stood for."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd._util.functions import name_of
from autograd._util.locations import location
from autograd.compiler.ir import Kind, Value, leaves_in, replaced
from autograd.compiler.tracing.opaque_steps import OpaqueStep, PullbackStep
from autograd.compiler.tracing.recorder import Recorder
from autograd.compiler.tracing.refusing import LengthError, TraceError, of_parent, of_value
from autograd.compiler.tracing.traced import Traced, TracedArray, TracedNumber, concrete, without_graphs
from autograd.compiler.tracing.variables import assigned
from autograd.engine.graph import Node, Options, Parent, next_order
from autograd.engine.observer import Observer
from autograd.engine.recomputation import is_recomputing
from autograd.engine.tensor import Tensor
from autograd.rules import OPERATIONS
from autograd.rules.duck_arrays import asarray
from autograd.rules.operation import Pullback


class Tracer(Recorder, Observer):
    """An observer of one run of a function.

    since   the number of the first node that is of the run.
    output  of each node, the value that its call returned; `gradients` of each node, the one that came into it.
    """

    def __init__(self, codes: Container[int] = ()) -> None:
        super().__init__(codes)
        self.since = next_order()
        self.output: dict[Node, Value] = {}
        self.gradients: dict[Value, Node] = {}
        self._told = 0  # of the calls, how many came before the pullback that is running

    # -- standing for ------------------------------------------------------------------------------------------------

    def stand_for(self, value: Any, name: str, key: Any = None) -> Traced:
        """What stands for what lives outside: an array or a generator, or a number with a key."""
        key = id(value) if key is None else key
        if key not in self.known:
            state = Value(value, Kind.STATE, name=name)
            is_array, is_generator = isinstance(value, np.ndarray | np.generic), isinstance(value, np.random.Generator)
            kind = TracedArray if is_array else TracedGenerator if is_generator else TracedNumber
            self.known[key] = kind(self, state, value)
        return self.known[key]

    def constant(self, array: Any) -> Any:
        """What stands for an array that is the same in each call, in memory of its own."""
        return self.call(np.copy, (TracedArray(self, Value(array, Kind.CONSTANT)),), {})

    # -- primitives and pullbacks ------------------------------------------------------------------------------------

    def primitive(self, fn: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        if self.is_elsewhere():
            return fn(*self.outside(tuple(args)), **self.outside(dict(options)))
        y = self._through(fn._primitive, args, options)
        operation = OPERATIONS.get(fn)
        return y[0] if operation is not None and operation.hidden else y

    def wrap_function(self, compute: Callable[..., Any], args: Sequence[Any], parents: Sequence[Parent | None]) -> Any:
        for arg, parent in zip(args, parents, strict=False):
            if parent is not None and parent.order < self.since and not isinstance(arg, Traced):
                raise of_parent(arg, parent)
        return lambda *args, **options: self._through(compute, args, options)

    def _through(self, fn: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        """What a primitive returns: what it calls is noted. The Generators that it is given are traced, too."""

        def drawing(leaf: Any) -> Any:
            return self.stand_for(leaf, "rng") if type(leaf) is np.random.Generator else leaf

        given, named = replaced((tuple(args), dict(options)), drawing)
        if not (traced := leaves_in((given, named), Traced)):
            return fn(*args, **options)
        states = [(t, t.state()) for t in traced if isinstance(t, TracedGenerator)]
        mark = len(self.ops)

        def run() -> Any:
            y = fn(*given, **named)
            name = name_of(fn)
            for op in self.ops[mark:]:
                op.part = name
            return y

        def step() -> Any:
            for generator, state in states:
                generator.go_back(state)
            return self.call(OpaqueStep(fn), given, named, effect=bool(states))

        return self._attempted(run, step)

    def wrap_pullback(self, pullback: Pullback) -> Pullback:
        def traced(g: Any, saved: Any, node: Node) -> list[tuple[int, Any]]:
            if node.order < self.since:
                raise of_parent(g, node)

            def step() -> list[tuple[int, Any]]:
                whole = PullbackStep(pullback, node)
                found = self.call(whole, (g, saved, *node.options.values()), {})
                return list(zip(whole.indices, found, strict=True))

            is_plain = not leaves_in((g, saved), Tensor)
            pairs = self._attempted(lambda: list(pullback(g, saved, node)), step if is_plain else None)
            return [(i, asarray(gx) if isinstance(gx, TracedArray) else gx) for i, gx in pairs]

        return traced

    def _attempted(self, run: Callable[[], Any], step: Callable[[], Any] | None) -> Any:
        """What `run` returns or, if it fails because it is traced, as its code looks at values, what `step` does."""
        mark, refused = len(self.ops), len(self.refused)
        try:
            return run()
        except Exception as error:  # it may have caught the refusal, and raised another
            if step is None or not self.is_open or len(self.refused) == refused or isinstance(error, LengthError):
                raise
            del self.ops[mark:], self.refused[refused:]
        return step()

    # -- observing ---------------------------------------------------------------------------------------------------

    def on_call(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        if isinstance(output, TracedArray):
            if node is not None:
                self.output[node] = output._value
            if not output._value.name:
                self.watch.pause()
                output._value.name = next(iter(assigned()), "")
                self.watch.go_on()

    def on_backward(self, node: Node, g: Any, gx: Mapping[int, Any], seconds: float) -> None:
        array = g.data if isinstance(g, Tensor) else g
        if isinstance(array, TracedArray):
            self.gradients.setdefault(array._value, node)
        for op in self.ops[self._told :]:
            if op.stage == "backward":  # made by the rules of this node
                op.part, op.scope = op.part or node.operation.name, node.scope
        self._told = len(self.ops)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        before, self._stage = self._stage, name
        try:
            yield
        finally:
            self._stage = before


# -- random numbers --------------------------------------------------------------------------------------------------

# Those that return new numbers; shuffle writes into an array, and spawn makes generators.
DRAWS = {name for name in dir(np.random.Generator) if not name.startswith("_")} - {"bit_generator", "shuffle", "spawn"}
WAYS = {"shuffle": "draw a permutation: x = rng.permutation(x)", "spawn": "make the generators outside"}


class TracedGenerator(Traced):
    """Stands for a Generator: what it draws, a program draws anew in each call.

    Numbers that are drawn again from an earlier state, as a checkpoint does, are those that were drawn from it before.
    """

    __slots__ = ("_drawn",)

    __class__ = property(lambda self: np.random.Generator)  # what isinstance asks

    def __init__(self, tracer: Any, value: Value, outside: Any) -> None:
        super().__init__(tracer, value, outside)
        self._drawn: list[tuple[str, Any, Any]] = []  # what was asked in which state, the state after it, the result

    @property
    def bit_generator(self) -> Any:
        return self._value.array.bit_generator

    def state(self) -> Any:
        """What `go_back` takes."""
        return len(self._drawn), self.bit_generator.state

    def go_back(self, state: Any) -> None:
        """Forget the draws since `state()` returned this."""
        count, self.bit_generator.state = state
        del self._drawn[count:]

    def __getattr__(self, name: str) -> Any:
        if self._tracer.is_elsewhere():
            return getattr(self._outside, name)
        if name not in dir(np.random.Generator):
            raise AttributeError(name)
        if name not in DRAWS:
            way = WAYS.get(name, "use it outside of the function")
            self._tracer.refuse(
                TraceError(
                    f"{location()}: .{name} of a random generator was used, and a program would not repeat it; {way}"
                )
            )
        return lambda *args, **options: self._draw(name, args, options)

    def _draw(self, name: str, args: Any, options: Any) -> Any:
        args, options = without_graphs((args, options))
        bits = self.bit_generator
        asked = repr((name, concrete(args), concrete(options), bits.state))  # as text: some states hold arrays
        for question, after, result in self._drawn:
            if question == asked:
                bits.state = after
                return result
        if is_recomputing():
            self._tracer.refuse(
                TraceError(
                    f"{location()}: a function within ag.checkpoint drew other random numbers in the backward pass "
                    f"than before, so that its gradient would be wrong; draw them outside, and pass them to it"
                )
            )
        if self._drawn and repr(bits.state) != repr(self._drawn[-1][1]):
            what = "its state was changed, so that no program can draw the same from"
            self._tracer.refuse(of_value(what, self))
        result = self._tracer.call(name, (self, *args), options, effect=True)
        self._drawn.append((asked, bits.state, result))
        return result
