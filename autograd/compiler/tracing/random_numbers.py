"""Random numbers in a program: drawn anew in each call, in the order in which the function drew them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiler.ir import Value
from autograd.compiler.tracing.refusing import of_generator, of_value
from autograd.compiler.tracing.traced import Traced, concrete, without_graphs

# Those that return new numbers; shuffle writes into an array, and spawn makes generators.
DRAWS = {name for name in dir(np.random.Generator) if not name.startswith("_")} - {"bit_generator", "shuffle", "spawn"}


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
            self._tracer.refuse(of_generator(name))
        return lambda *args, **options: self._draw(name, args, options)

    def _draw(self, name: str, args: Any, options: Any) -> Any:
        args, options = without_graphs((args, options))
        bits = self.bit_generator
        asked = repr((name, concrete(args), concrete(options), bits.state))  # as text: some states hold arrays
        for question, after, result in self._drawn:
            if question == asked:
                bits.state = after
                return result
        if self._drawn and repr(bits.state) != repr(self._drawn[-1][1]):
            what = "its state was changed, so that no program can draw the same from"
            self._tracer.refuse(of_value(what, self))
        result = self._tracer.call(name, (self, *args), options, effect=True)
        self._drawn.append((asked, bits.state, result))
        return result
