"""compile: the program of a function, derived by running it once."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import tensor
from autograd.compiler.binding import MISS, bound, leaves_of
from autograd.compiler.capture import Capture, capture, handed_out
from autograd.compiler.comparing import check
from autograd.compiler.planning import plan
from autograd.compiler.program import Program
from autograd.compiler.source import Source, loaded, printed
from autograd.compiler.traced import TracedArray, TracedNumber, traced_in
from autograd.operation import name_of

tensor.CONSTANTS.update({TracedArray, TracedNumber})

MOST_PROGRAMS = 16
SIMPLE = (np.ndarray, int, float, bool)


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
    """The program for one kind of arguments. It is made when such arguments come for the second time."""

    def __init__(self, fn: Callable[..., Any], captured: Capture, paths: list[str], leaves: list[Any]) -> None:
        self.fn, self.captured, self.paths, self.leaves = fn, captured, paths, leaves
        self.is_checked = False

    @functools.cached_property
    def program(self) -> Program:
        return plan(self.fn, self.captured)

    @functools.cached_property
    def source(self) -> str:
        return self.printed.text

    @functools.cached_property
    def printed(self) -> Source:
        return printed(self.fn, self.program, self.captured)

    @functools.cached_property
    def run(self) -> Callable[..., Any]:
        step = loaded(self.program.name, self.printed)
        return bound(self.program, step, self.captured, self.leaves)


class Compiled:
    """A function, and the programs that were derived from it: one for each kind of arguments.

    source  the program that was used last.
    """

    def __init__(self, fn: Callable[..., Any]) -> None:
        functools.update_wrapper(self, fn)
        self.fn = fn
        self._versions: list[Version] = []
        self._lock = threading.RLock()  # the buffers of a program are for one call at a time

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        paths, leaves = leaves_of(args, kwargs)
        with self._lock:
            for k, version in enumerate(self._versions):
                if version.paths != paths:
                    continue
                if version.is_checked:
                    found = version.run(*leaves)
                    if found is MISS:
                        continue
                    output = handed_out(version.captured, found)
                else:
                    output = check(self.fn, version.run, version.captured, args, kwargs, leaves)
                    if output is MISS:
                        continue
                    version.is_checked = True
                if k:
                    self._versions.insert(0, self._versions.pop(k))
                return output
            if traced_in((args, kwargs)):  # compiled functions that call each other are one program
                return self.fn(*args, **kwargs)
            output, captured = capture(self.fn, args, kwargs)
            self._versions.insert(0, Version(self.fn, captured, paths, leaves))
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
