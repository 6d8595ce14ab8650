"""compile: the program of a function, derived by running it once."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from autograd import tensor
from autograd.compiler.binding import MISS, Run, bound
from autograd.compiler.capture import Capture, capture
from autograd.compiler.comparing import check
from autograd.compiler.guards import forms_of
from autograd.compiler.planning import plan
from autograd.compiler.program import Program
from autograd.compiler.source import loaded, printed
from autograd.compiler.traced import TracedArray, TracedNumber
from autograd.compiler.tracing import Tracer
from autograd.graph import observer
from autograd.operation import name_of

tensor.CONSTANTS.update({TracedArray, TracedNumber})

MOST_PROGRAMS = 16


def compile(fn: Callable[..., Any]) -> Compiled:  # noqa: A001  # JAX and PyTorch, too, call it so
    """A function as a NumPy program that computes the same, bit for bit. Also a decorator.

        @ag.compile
        def step(x, y):
            loss = nn.cross_entropy(model(x), y)
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            return loss

    The first call runs the function and notes every call of NumPy, those of the backward pass and of the optimiser,
    too. They are planned (what nothing reads is dropped, memory is shared) and printed as a program: `step.source`.
    The second call runs both and compares them; from then on the program runs alone, and nothing of the function does.

    Arguments are arrays and Tensors, in lists, tuples and dicts; other arguments are part of what a program is for, as
    are shapes, dtypes and strides, train or eval mode, and other settings that the function reaches. For new ones
    another program is made; the last 16 are kept.
    """
    return Compiled(fn)


class Version:
    """The program for one kind of arguments. It is made when such arguments come for the second time.

    forms  the arguments, without what their arrays hold.
    """

    def __init__(self, fn: Callable[..., Any], captured: Capture, forms: tuple[Any, Any]) -> None:
        self.fn, self.captured, self.forms = fn, captured, forms
        self.is_checked = False

    @functools.cached_property
    def program(self) -> Program:
        return plan(self.fn, self.captured)

    @functools.cached_property
    def source(self) -> str:
        return self._printed[0]

    @functools.cached_property
    def _printed(self) -> tuple[str, dict[str, Any]]:
        return printed(self.program)

    @functools.cached_property
    def run(self) -> Run:
        source, constants = self._printed
        step = loaded(self.program.name, source, constants)
        return bound(self.program, step, self.captured, self.forms)


class Compiled:
    """A function, and the programs that were derived from it: one for each kind of arguments.

    source  the program that was used last.
    """

    def __init__(self, fn: Callable[..., Any]) -> None:
        functools.update_wrapper(self, fn)
        self.fn = fn
        self._versions: list[Version] = []
        self._latest: Run = _never
        self._lock = threading.RLock()  # the buffers of a program are for one call at a time

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            if type(observer()) is Tracer:  # compiled functions that call each other are one program
                return self.fn(*args, **kwargs)
            output = self._latest(args, kwargs)
            return self._other(args, kwargs) if output is MISS else output

    def _other(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """By a program that was not used last, or by none."""
        for k, version in enumerate(self._versions):
            if version.is_checked:
                output = version.run(args, kwargs)
            else:
                output = check(version, args, kwargs)
            if output is not MISS:
                version.is_checked = True
                self._versions.insert(0, self._versions.pop(k))
                self._latest = version.run
                return output
        output, captured = capture(self.fn, args, kwargs)
        self._versions.insert(0, Version(self.fn, captured, forms_of(args, kwargs)))
        del self._versions[MOST_PROGRAMS:]
        return output

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    @property
    def source(self) -> str:
        return self._last().source

    def _last(self) -> Version:
        if not self._versions:
            raise RuntimeError(f"{name_of(self.fn)} has no program yet; call it once with its arguments")
        return self._versions[0]


def _never(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return MISS
