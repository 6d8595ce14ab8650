"""compile: the program of a function, derived by running it once."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import threading
import warnings
import weakref
from collections.abc import Callable
from typing import Any

from autograd._util.functions import name_of
from autograd._util.pytree import tree_map
from autograd.compiler.ir import Program
from autograd.compiler.passes.plan import plan
from autograd.compiler.printing.source import PrintedProgram, loaded, printed
from autograd.compiler.reading import Readable
from autograd.compiler.runtime.binding import MISS, Run, bound, fitting
from autograd.compiler.runtime.comparing import Plain, check, plainly
from autograd.compiler.runtime.guards import forms_of
from autograd.compiler.runtime.releasing import release
from autograd.compiler.tracing.capture import Capture
from autograd.compiler.tracing.snapshot import Snapshot
from autograd.compiler.tracing.trace import TRACING, trace
from autograd.compiler.tracing.tracer import Tracer
from autograd.engine.observer import observer
from autograd.engine.tensor import Tensor

MOST_PROGRAMS = 16
COMPILED: weakref.WeakSet[Compiled] = weakref.WeakSet()  # all that there are, for a forked process


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
    (On another number of BLAS threads both have other bits: a sum that is divided in another way rounds in another.)

    Arguments are arrays and Tensors, in lists, tuples and dicts; other arguments are part of what a program is for, as
    are shapes, dtypes and strides, train or eval mode, and other settings that the function reaches. For new ones
    another program is made; the last 16 are kept. A call of Python's standard library that may tell something else the
    next time (files, the environment, the clock, queues, context variables) is refused: pass what it tells as an
    argument. Not seen is what iterators, functools.lru_cache and objects of other libraries keep to themselves, nor
    attributes of the standard library's objects; and while a profiler is at work, nothing of it is refused.

    What the function returns is new in each call. `.grad` of a parameter lies in the program's memory after a call, and
    the next one overwrites it: copy what you keep. Any number of threads may call; they take turns. While one compiles,
    others may read the same parameters, train other ones, and draw random numbers. A pickle holds the function, by its
    name as usual, and no programs: another process makes its own.

    `step.explain()` tells what the plan did, `step.save(path)` writes a file that runs with NumPy alone, and
    `ag.draw(step)` draws the program. Raises TraceError, with the line and the way out, for what no program can repeat,
    and where the second call gives other bits than the function; all state is as it was before that call then.
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
    def printed(self) -> PrintedProgram:
        return printed(self.fn, self.program, self.captured)

    @functools.cached_property
    def fits(self) -> Run:
        """Returns MISS for arguments that it is not for, without a program having to be made."""
        return fitting(self.captured, self.forms)

    @functools.cached_property
    def run(self) -> Run:
        step = loaded(self.program.name, self.printed)
        return bound(self.program, step, self.captured, self.forms, lambda: Snapshot(self.captured.outside).restore)


class Compiled(Readable):
    """A function, and the programs that were derived from it: one for each kind of arguments."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        if not callable(fn):
            raise TypeError(f"compile was given {fn!r}, which is no function; pass the function: ag.compile(f)")
        functools.update_wrapper(self, fn, updated=())
        given: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})
        while isinstance(fn, functools.partial):  # whose arguments are arguments like others
            given = (*fn.args, *given[0]), {**fn.keywords, **given[1]}
            fn = fn.func
        self._given = given if given[0] or given[1] else None
        if inspect.iscoroutinefunction(fn) or inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
            raise TypeError(
                f"compile was given {name_of(fn)}, which runs in pieces, between which anything may happen; compile "
                f"what it calls, functions that return"
            )
        self.fn = fn
        self._versions: list[Version] = []
        self._latest: Run = _never
        self._lock = threading.RLock()  # the buffers of a program are for one call at a time
        COMPILED.add(self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._given is not None:
            args, kwargs = (*self._given[0], *args), {**self._given[1], **kwargs}
        if type(observer()) in (Tracer, Plain):  # compiled functions that call each other are one program
            return self.fn(*args, **kwargs)
        with self._lock:
            output = self._run(args, kwargs)
        if output is MISS:
            with TRACING, self._lock:  # in this order, as the function may call others that are compiled
                output = self._make(args, kwargs)
        return output

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the program for such arguments returns; MISS if there is none."""
        try:
            output = self._latest(args, kwargs)
            return self._other(args, kwargs) if output is MISS else output
        except Exception as error:
            return self._instead(error, args, kwargs)

    def _other(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The same, of the programs but that which was used last."""
        for version in self._versions:
            if version.is_checked and version.run is not self._latest:
                before, self._latest = self._latest, version.run  # which has failed, if one does
                output = version.run(args, kwargs)
                if output is not MISS:
                    self._versions.remove(version)
                    self._versions.insert(0, version)
                    return output
                self._latest = before
        return MISS

    def _make(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A program for such arguments: traced in the first call, compared with the function in the second."""
        if (output := self._run(args, kwargs)) is not MISS:  # another thread has made it
            return output
        for version in self._versions:
            if not version.is_checked and version.fits(args, kwargs) is not MISS:
                output = check(self.fn, version.run, version.captured, args, kwargs)
                if output is not MISS:
                    version.is_checked = True
                    del version.fits  # which holds the arrays that it has seen
                    self._latest = version.run
                    self._versions.remove(version)
                    self._versions.insert(0, version)
                    return output
        output, captured = trace(self.fn, args, kwargs)
        release(captured)
        self._versions.insert(0, Version(self.fn, captured, forms_of(args, kwargs)))
        self._latest = _never  # the first of the list is that which was used last
        del self._versions[MOST_PROGRAMS:]
        if len(self._versions) == MOST_PROGRAMS and not any(version.is_checked for version in self._versions):
            warnings.warn(
                f"{name_of(self.fn)} was compiled {MOST_PROGRAMS} times, and no program fitted a second call, so it is "
                f"slower than it would be as it is; let the arguments differ in their arrays alone, and keep the "
                f"objects that it reaches in place of making new ones for each call",
                RuntimeWarning,
                stacklevel=3,
            )
        return output

    def _instead(self, error: Exception, args: Any, kwargs: Any) -> Any:
        """Where a program fails, the function does, too, and says what is wrong. If it does not, it knows better."""
        version = next(version for version in self._versions if version.run is self._latest)
        if not version.captured.is_repeatable():
            error.add_note(f"in the program of {name_of(self.fn)}, which may have updated parameters by then")
            raise error
        output = plainly(self.fn, args, kwargs)
        return tree_map(output, lambda leaf: leaf.detach() if isinstance(leaf, Tensor) and leaf.node else leaf)

    def __reduce__(self) -> Any:
        """As a function: by its name, if that leads to it. Otherwise by the function, of which programs are made anew.

        So it is copied, too: a copy of a model that it is part of works on the parameters that were copied.
        """
        named = vars(self).get("__qualname__", "")
        found: Any = sys.modules.get(self.__module__)
        for name in named.split("."):
            found = getattr(found, name, None)
        if found is self:
            return named
        given, named = self._given or ((), {})
        return Compiled, (functools.partial(self.fn, *given, **named) if self._given else self.fn,)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


def _after_fork() -> None:
    """In a child process, of whose parent's threads there is one alone: no other will open what it has locked."""
    for compiled in COMPILED:
        compiled._lock = threading.RLock()
    TRACING.release()


if hasattr(os, "register_at_fork"):  # a process is forked between two traces, so that parameters are what they are
    os.register_at_fork(before=TRACING.acquire, after_in_parent=TRACING.release, after_in_child=_after_fork)


def _never(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return MISS
