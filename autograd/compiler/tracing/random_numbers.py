"""Random numbers in a program: drawn anew in each call, in the order in which the function drew them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from threading import RLock
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from autograd.compiler.ir import Op, Value
from autograd.compiler.tracing.refusing import line_of, of_draws, of_generator
from autograd.compiler.tracing.traced import Traced, concrete
from autograd.engine import random

if TYPE_CHECKING:
    from autograd.compiler.tracing.tracer import Tracer

REENTRANT = type(RLock())
# Those that return new numbers; shuffle writes into an array, and spawn makes generators.
DRAWS = {name for name in dir(np.random.Generator) if not name.startswith("_")} - {"bit_generator", "shuffle", "spawn"}


class TracedGenerator(Traced):
    """Stands for a Generator: what it draws, a program draws anew in each call.

    Numbers that are drawn again from an earlier state, as a checkpoint does, are those that were drawn from it before.
    """

    __slots__ = ("_drawn",)

    __class__ = property(lambda self: np.random.Generator)  # what isinstance asks

    def __init__(self, tracer: Tracer, value: Value, outside: Any) -> None:
        super().__init__(tracer, value, outside)
        self._drawn: list[tuple[str, Any, Any, Any]] = []  # what was asked, the state before and after, the result

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
        if name not in DRAWS:
            if hasattr(np.random.Generator, name):
                self._tracer.refused.append(of_generator(name))
                raise self._tracer.refused[-1]
            raise AttributeError(name)
        return lambda *args, **options: self._draw(name, args, options)

    def _draw(self, name: str, args: Any, options: Any) -> Any:
        bits, tracer = self.bit_generator, self._tracer
        tracer.check(name, args, options)
        asked, before = repr((name, concrete(args), concrete(options))), bits.state
        for question, start, after, result in self._drawn:
            if question == asked and start == before:
                bits.state = after
                return result
        if self._drawn and before != self._drawn[-1][2]:
            raise tracer.refusal("its state was changed, so that no program can draw the same from", self)
        found = getattr(self._value.array, name)(*concrete(args), **concrete(options))
        result = tracer.standing_for(found, name, (args, options))
        tracer.note(name, (self, *args), options, result._value, None, True)
        self._drawn.append((asked, before, bits.state, result))
        return result


class Chance:
    """The states of random generators: the library's, others, and NumPy's old one.

    Inside of `with chance:` other threads that draw from them wait, so that what has changed was drawn by this one, and
    no number that another has got is drawn again. (Not before NumPy 2.4, in which a thread that locks a generator could
    not draw from it.)
    """

    def __init__(self, others: Iterable[np.random.Generator]) -> None:
        self._generators = {id(g): g for g in (random.generator(), *others)}.values()
        self._locks = ExitStack()

    def __enter__(self) -> Self:
        old = np.random.get_bit_generator()  # type: ignore[attr-defined]  # NumPy's stubs leave it out
        for bits in (*(g.bit_generator for g in self._generators), old):
            if isinstance(bits.lock, REENTRANT):
                self._locks.enter_context(bits.lock)
        self.before = [(g, g.bit_generator.state) for g in self._generators]
        self._global = np.random.get_state()
        return self

    def __exit__(self, *_: object) -> None:
        self._locks.close()

    def restore(self) -> None:
        for generator, bits in self.before:
            generator.bit_generator.state = bits
        np.random.set_state(self._global)

    def check(self, fn: Callable[..., Any], calls: Iterable[Op]) -> None:
        """Raise TraceError for random numbers that a program would not draw anew."""
        drawn = {id(value.array) for call in calls for value in call.reads() if is_generator(value)}
        is_changed = any(id(g) not in drawn and g.bit_generator.state != bits for g, bits in self.before)
        if is_changed or any(np.any(a != b) for a, b in zip(np.random.get_state(), self._global, strict=True)):
            raise of_draws(line_of(fn))


def is_generator(value: Value) -> bool:
    return isinstance(value.array, np.random.Generator)
