"""The recorder: notes every call that is made on traced arrays, and refuses what can't be replayed."""

from __future__ import annotations

import threading
from collections.abc import Container, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from autograd._util.functions import name_of
from autograd._util.locations import location
from autograd.compiler.ir import Kind, Op, Value, leaves_in, replaced
from autograd.compiler.tracing.code_analysis import Watch
from autograd.compiler.tracing.opaque_steps import GUARDED, GuardedStep
from autograd.compiler.tracing.refusing import (
    LengthError,
    TraceError,
    no_target,
    of_value,
    unknown_length,
)
from autograd.compiler.tracing.traced import Traced, TracedArray, TracedNumber, concrete
from autograd.compiler.tracing.variables import assigned
from autograd.engine.graph import NO_OPTIONS
from autograd.engine.modes import SCOPE, current

MOST_HELD = 2**16  # bytes: what a guard can compare in a few microseconds


class Recorder:
    """The calls of one run of a function.

    known   what stands for what lives outside: for arrays, which the function may also use as they are, and random
            generators by their identity.
    fixed   values that the function must not change, and those computed from them alone; and from which they were.
    held    what the function looked at, and a program is for then: the bytes of fixed values outside, whether a number
            is true.
    """

    def __init__(self, codes: Container[int] = ()) -> None:
        self.ops: list[Op] = []
        self.known: dict[Any, Traced] = {}
        self.fixed: dict[Value, frozenset[Value]] = {}
        self.held: dict[Value, bytes | bool] = {}
        self.refused: list[TraceError] = []  # and not handled by tracing on in another way
        self.watch = Watch(codes, self.refused)
        self.is_open = True
        self._stage = "forward"
        self._thread = threading.get_ident()
        self._errors = np.geterr()

    # -- noting ------------------------------------------------------------------------------------------------------

    def call(
        self, fn: Any, args: Sequence[Any], options: Mapping[str, Any], effect: bool = False, target: Any = None
    ) -> Any:
        """Call a function on values, and note it. Returns what stands for the result.

        target  the array that it writes into, if it is such a function; whatever is given as `out` is one.
        """
        args, options = tuple(args), dict(options)
        out = options.pop("out", None)
        if isinstance(out, tuple):
            out = out[0] if len(out) == 1 else out
        into = {} if out is None else {"out": out}
        if self.is_elsewhere():
            found = _call_op(fn, self.outside(args), self.outside({**options, **into}))
            return found if out is None else out
        self.watch.pause()  # the recorder itself calls much
        try:
            if isinstance(out, tuple):
                self.refuse(of_value("several outputs were to be written into, of", leaves_in((args, out), Traced)[0]))
            args, options = self._checked(fn, args, options)
            target = target if out is None else out
            if target is None:
                return self._made(fn, args, options, effect)
            if (error := no_target(target, self.fixed)) is not None:
                self.refuse(error)
            _call_op(fn, *concrete((args, {**options, **into})))
            self._note(fn, args, options, None, target._value, effect)
            self.fixed = {value: of for value, of in self.fixed.items() if value.root is not target._value.root}
            return out
        finally:
            self.watch.go_on()

    def _made(self, fn: Any, args: Any, options: Any, effect: bool) -> Any:
        if fn in GUARDED:
            fn = GuardedStep(fn)
        given, named = concrete((args, options))
        found = _call_op(fn, given, named)
        traced = leaves_in((args, options), Traced)
        if not traced:
            return found
        if fn is np.asarray and found is given[0]:
            return args[0]
        result = self._standing_for(found, fn, (args, options))
        values = self.values(result)
        if isinstance(values, list | tuple):
            values = tuple(Value(None) if value is None else value for value in values)
        op = self._note(fn, args, options, values, None, effect)
        if self.fixed and all(part._value in self.fixed for part in traced):
            sources = frozenset().union(*(self.fixed[part._value] for part in traced))
            self.fixed.update(dict.fromkeys(op.results(), sources))
        return result

    def _note(self, fn: Any, args: Any, options: Any, result: Any, writes: Value | None, effect: bool) -> Op:
        errors = {kind: str(how) for kind, how in np.geterr().items() if how != self._errors.get(kind)}
        scope = current()[SCOPE]
        given, named = self.values((args, options))
        op = Op(fn, given, named or NO_OPTIONS, result, writes, scope, self._stage, effect, errors or NO_OPTIONS)
        for value, name in zip(op.results(), assigned(), strict=False):
            if isinstance(value, Value):  # and no list of them
                value.name = name
        self.ops.append(op)
        return op

    def _checked(self, fn: Any, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Any]:
        """The arguments. Raises TraceError for a call that no program can repeat."""
        if not self.is_open:
            raise TraceError(
                f"{location()}: an array of an earlier trace was used, which was kept in a variable outside of the "
                f"compiled function; return it from the function instead"
            )
        if (what := unknown_length(fn, args, options)) is not None:
            args, options = (*args[:1], *replaced(args[1:], self._hold)), replaced(options, self._hold)
            if unknown_length(fn, args, options):
                args = replaced(args, self._hold)
            if (traced := leaves_in((args, options), Traced)) and unknown_length(fn, args, options):
                what = f"how long what {what} returns is, or of which dtype, depends on"
                self.refuse(of_value(what, traced[-1], LengthError))  # an index, most often, not what is indexed
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
                raise TraceError(
                    f"{location()}: this thread uses what a function that is being compiled in another one has "
                    f"computed; let threads share arrays after the compiled function has returned them"
                )
            return leaf._outside

        return replaced(tree, found)

    # -- standing for ------------------------------------------------------------------------------------------------

    def _standing_for(self, found: Any, fn: Any, given: Any) -> Any:
        """What stands for the result of a call."""
        if isinstance(found, tuple | list):
            return replaced(found, lambda part: self._standing_for(part, fn, given))
        if isinstance(found, np.ndarray | np.generic):
            return TracedArray(self, Value(found, root=_owner(found, given)))
        if isinstance(found, int | float | complex):
            return TracedNumber(self, Value(found))
        if found is None:
            return None
        what = f"{fn if isinstance(fn, str) else name_of(fn)} makes a {type(found).__name__}, no array, of"
        if isinstance(found, str):
            what = "a text (print, str, an f-string) was to be made of"
        return self.refuse(of_value(what, leaves_in(given, Traced)[0]))

    def values(self, tree: Any) -> Any:
        """What a program has in place of what stood for it in the trace."""

        def value(leaf: Any) -> Any:
            if type(leaf) is np.ndarray:
                leaf = self.known.get(id(leaf), leaf)
            return leaf._value if isinstance(leaf, Traced) else leaf

        return replaced(tree, value)

    # -- refusing ----------------------------------------------------------------------------------------------------

    def refuse(self, error: TraceError) -> NoReturn:
        """Raise an error; whoever catches it and goes on in another way, as NumPy does, does not make it undone."""
        self.refused.append(error)
        raise error

    def refuse_value(self, what: str, traced: Traced) -> Any:
        """Refuse what no program can make of a value; in another thread, that is what it stands for."""
        if self.is_elsewhere():
            return self.outside(traced)
        return self.refuse(of_value(f"{what} was to be made of", traced))

    def fixed_value(self, what: str, traced: Traced) -> Any:
        """The values themselves, if they come from fixed arrays alone. The program holds as long as those stay so."""
        found = traced if self.is_elsewhere() else self._hold(traced)
        return self.refuse_value(what, traced) if found is traced else found

    def truth(self, traced: Traced) -> bool:
        """Whether a number is true. The program holds as long as it stays so."""
        value = traced._value
        if self.is_elsewhere() or value.kind is not Kind.STATE or value.is_array:
            return bool(self.fixed_value("a truth (by if, while, and, or, assert)", traced))
        return bool(self.held.setdefault(value, bool(value.array)))

    def _hold(self, leaf: Any) -> Any:
        if not isinstance(leaf, Traced) or leaf._value not in self.fixed:
            return leaf
        sources = self.fixed[leaf._value]
        if sum(source.nbytes for source in sources) > MOST_HELD:
            return leaf
        self.held |= {source: source.array.tobytes() for source in sources}
        return leaf._value.array


def _call_op(fn: Any, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """Call a function, or the method or attribute (".T") of this name of the first argument."""
    if isinstance(fn, str):
        return getattr(args[0], fn[1:]) if fn.startswith(".") else getattr(args[0], fn)(*args[1:], **options)
    return fn(*args, **options)


def _owner(found: Any, given: Any) -> Value | None:
    """The value that owns the memory of an array that is one of the arguments, or a view of one."""
    if not isinstance(found, np.ndarray):
        return None
    for leaf in leaves_in(given, Traced, np.ndarray):
        array = leaf._value.array if isinstance(leaf, Traced) else leaf
        if isinstance(array, np.ndarray) and np.may_share_memory(found, array):
            return leaf._value.root if isinstance(leaf, Traced) else Value(array, Kind.CONSTANT)
    return None
