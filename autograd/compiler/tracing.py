"""The tracer: notes every call that is made on traced arrays, and tells what can't be replayed."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType, FrameType, SimpleNamespace
from typing import Any

import numpy as np

from autograd import backward as engine
from autograd.compiler.program import Call, Kind, Value, replaced
from autograd.compiler.traced import Traced, TracedArray, TracedNumber, concrete, traced_in
from autograd.compiler.variables import assigned
from autograd.graph import Leaf, Node, Observer, Options, context
from autograd.locations import location
from autograd.operation import Operation, Rule, name_of
from autograd.optim import Optimizer, Schedule, clip_grad_norm
from autograd.rules import OPERATIONS


class TraceError(TypeError):
    """What a compiled function can't do; the message says where it does it, and the way out."""


# The length of what these return depends on what the arrays hold.
UNKNOWN_LENGTH = {
    np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.extract, np.compress, np.union1d, np.intersect1d,
    np.setdiff1d, np.setxor1d, np.trim_zeros, np.bincount, "nonzero", "compress",
}  # fmt: skip
STAGES: dict[CodeType, str] = {
    engine.backward.__code__: "backward", Optimizer.step.__code__: "update", Schedule.step.__code__: "schedule",
    clip_grad_norm.__code__: "clip_grad_norm",
}  # fmt: skip


class Tracer(Observer):
    """An observer of one run of a function, which makes the list of its calls.

    truths  by the value of a number outside: whether it was true, where an `if` asked.
    output  of each node, the value that its call returned; `gradients` of each node, the one that came into it.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.truths: dict[Value, bool] = {}
        self.output: dict[Node, Value] = {}
        self.gradients: dict[Value, Node] = {}
        self.generators: dict[int, TracedGenerator] = {}
        self.is_open = True
        self.cleared: set[Leaf] = set()
        self._told = 0
        self._kept: list[Any] = []

    # -- noting ------------------------------------------------------------------------------------------------------

    def call(self, fn: Any, args: Sequence[Any], options: Mapping[str, Any], effect: bool = False) -> Any:
        """Call a function on values, and note it. Returns what stands for the result."""
        self._check(fn, args)
        found = _called(fn, concrete(tuple(args)), concrete(dict(options)))
        result = self._standing_for(found, fn, args)
        noted = self.values(result)
        self._note(fn, args, options, tuple(noted) if isinstance(noted, list) else noted, None, effect)
        return result

    def write(self, fn: Any, args: Sequence[Any], options: Mapping[str, Any], target: Any, by_out: bool = False) -> Any:
        """Call a function that writes into the array `target`, and note it."""
        self._check(fn, args)
        if not isinstance(target, TracedArray):
            raise self.refusal("an array from outside was to be written to, from", traced_in(args)[0])
        if target._value.root.kind is Kind.INPUT:
            raise self.refusal("an argument was to be changed in place:", target)
        found_in = concrete(dict(options))
        if by_out:
            found_in["out"] = target._value.array
        _called(fn, concrete(tuple(args)), found_in)
        self._note(fn, args, options, None, target._value, False)
        return target if by_out else None

    def _note(self, fn: Any, args: Any, options: Any, result: Any, writes: Value | None, effect: bool) -> None:
        scope = context.get()[1]
        values, named = self.values(tuple(args)), self.values(dict(options))
        for value, name in zip(result if isinstance(result, tuple) else (result,), assigned(), strict=False):
            if isinstance(value, Value):
                value.name = name
        self.calls.append(Call(fn, values, named, result, writes, scope, _stage(), effect))

    def _check(self, fn: Any, args: Any) -> None:
        if not self.is_open:
            raise TraceError(
                f"{location()}: an array of an earlier trace was used, which was kept in a variable outside of the "
                f"compiled function; return it from the function instead"
            )
        by_mask = fn is operator.getitem and any(
            isinstance(index, TracedArray) and index.dtype == bool
            for index in (args[1] if isinstance(args[1], tuple) else args[1:])
        )
        if by_mask or fn in UNKNOWN_LENGTH or (fn is np.where and len(args) == 1):
            name = "a boolean index" if by_mask else fn if isinstance(fn, str) else name_of(fn)
            raise self.refusal(f"the length of what {name} returns depends on the values of", traced_in(args)[0])

    def _standing_for(self, found: Any, fn: Any, args: Any) -> Any:
        if isinstance(found, tuple | list):
            return replaced(found, lambda part: self._standing_for(part, fn, args))
        if isinstance(found, np.ndarray | np.generic):
            return TracedArray(self, Value(found, root=_owner(found, args)))
        if isinstance(found, int | float | complex) and all(isinstance(x, TracedNumber) for x in traced_in(args)):
            return TracedNumber(self, Value(found))
        name = fn if isinstance(fn, str) else name_of(fn)
        raise self.refusal(f"{name} makes a {type(found).__name__}, no array, of", traced_in(args)[0])

    def values(self, tree: Any) -> Any:
        """What a program has in place of what stood for it in the trace."""
        return replaced(tree, lambda leaf: leaf._value if isinstance(leaf, Traced) else leaf)

    # -- refusing ----------------------------------------------------------------------------------------------------

    def refusal(self, what: str, traced: Traced) -> TraceError:
        value = traced._value
        kind = f"{value.array.dtype} of shape {value.array.shape}" if value.is_array else "a number"
        return TraceError(
            f"{location()}: {what} a value that a compiled function computes anew in each call ({kind}), and the "
            f"program would repeat today's for ever; compute it with NumPy (np.where in place of if), return it and "
            f"go on outside, or pass it in as an argument"
        )

    def truth(self, number: TracedNumber) -> bool:
        """Whether a number is true. The program holds as long as it stays so."""
        value = number._value
        if value.kind is not Kind.STATE:
            raise self.refusal("a truth was to be made of", number)
        self.truths[value] = bool(value.array)
        return self.truths[value]

    # -- primitives, rules and random numbers ------------------------------------------------------------------------

    def primitive(self, fn: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        """A primitive that was called on traced arrays by itself."""
        y = self.computing(fn._primitive)(*args, **options)
        operation = OPERATIONS.get(fn)
        return y[0] if operation is not None and operation.hidden else y

    def computing(self, compute: Callable[..., Any]) -> Callable[..., Any]:
        """A primitive is traced through; one that can't be is a single call of the program."""

        def traced(*args: Any, **options: Any) -> Any:
            mark = len(self.calls)
            draws = bool(_generators_in((args, options)))
            if not draws and not traced_in((args, options)):
                return compute(*args, **options)
            given, named = replaced((args, options), self._drawing)
            try:
                y = compute(*given, **named)
            except TraceError:
                if not self.is_open:
                    raise
                del self.calls[mark:]
                return self.call(compute, args, options, effect=draws)
            for call in self.calls[mark:]:
                call.part = name_of(compute)
            return y

        return traced

    def _drawing(self, leaf: Any) -> Any:
        if not isinstance(leaf, np.random.Generator):
            return leaf
        return self.generators.setdefault(id(leaf), TracedGenerator(self, Value(leaf, Kind.STATE)))

    def steps(self, node: Node, steps: Any) -> Iterator[tuple[int, Rule]]:
        """A rule is traced through; one that can't be is a single call of the program."""
        for i, rule in steps:
            yield i, lambda g, saved, node, i, rule=rule: self._ruled(rule, g, saved, node, i)

    def _ruled(self, rule: Rule, g: Any, saved: Any, node: Node, i: int) -> Any:
        mark = len(self.calls)
        try:
            return rule(g, saved, node, i)
        except TraceError:
            if not self.is_open or not traced_in((g, saved)):
                raise
        del self.calls[mark:]
        facts = SimpleNamespace(
            shapes=node.shapes, dtypes=node.dtypes, options=concrete(dict(node.options)), operation=node.operation,
            parents=tuple(None if parent is None else True for parent in node.parents),
        )  # fmt: skip
        return self.call(RuleCall(rule, facts, i, node.operation), (g, *saved), {})

    # -- observing ---------------------------------------------------------------------------------------------------

    def recorded(
        self, fn: Any, args: Sequence[Any], options: Options, output: Any, node: Node | None, seconds: float
    ) -> None:
        for arg, parent in zip(args, node.parents if node is not None else (), strict=False):
            if isinstance(parent, Leaf) and not isinstance(arg, Traced):
                raise TraceError(
                    f"{location()}: a parameter of shape {np.shape(arg)} was used that can't be reached from the "
                    f"compiled function's variables; make it an attribute of a Module, or pass it as an argument"
                )
        if isinstance(output, TracedArray):
            if node is not None:
                self.output[node] = output._value
            if not output._value.name and (names := assigned()):
                output._value.name = names[0]

    def forgotten(self, leaf: Leaf) -> None:
        self.cleared.add(leaf)

    def propagated(self, node: Node, g: Any, gx: Mapping[int, Any], seconds: float) -> None:
        if isinstance(g, TracedArray):
            self.gradients.setdefault(g._value, node)
        for call in self.calls[self._told :]:
            if call.stage == "backward":  # made by the rules of this node
                call.part, call.scope = call.part or node.operation.name, node.scope
        self._told = len(self.calls)


class RuleCall:
    """A rule as a function of arrays: of g, and of what its node saved."""

    def __init__(self, rule: Rule, facts: Any, i: int, operation: Operation) -> None:
        self.rule, self.facts, self.i = rule, facts, i
        name = operation.name.replace(".", "_")
        self.__name__ = f"g_{name}_{'xs' if operation.variadic else operation.inputs[i]}"

    def __call__(self, g: Any, *saved: Any) -> Any:
        return self.rule(g, saved, self.facts, self.i)


class TracedGenerator(Traced):
    """Stands for a Generator: what it draws is drawn anew in each call of the program."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._value.array, name)

        def draw(*args: Any, **options: Any) -> Any:
            found = method(*concrete(args), **concrete(options))
            result = self._tracer._standing_for(found, name, args)
            self._tracer._note(name, (self, *args), options, result._value, None, True)
            return result

        return draw


def _generators_in(tree: Any) -> list[Any]:
    found: list[Any] = []
    replaced(tree, lambda leaf: found.append(leaf) if isinstance(leaf, np.random.Generator) else None)
    return found


def _called(fn: Any, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    if isinstance(fn, str):
        return getattr(args[0], fn[1:]) if fn.startswith(".") else getattr(args[0], fn)(*args[1:], **options)
    return fn(*args, **options)


def _owner(found: Any, args: Any) -> Value | None:
    """The value that owns the memory of an array that is one of the arguments, or a view of one."""
    if isinstance(found, np.ndarray):
        for traced in traced_in(args):
            array = traced._value.array
            if isinstance(array, np.ndarray) and np.may_share_memory(found, array):
                root: Value = traced._value.root
                return root
    return None


def _stage() -> str:
    """In which section of the program the call that is being noted belongs."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if (stage := STAGES.get(frame.f_code)) is not None:
            return stage
        frame = frame.f_back
    return "forward"
