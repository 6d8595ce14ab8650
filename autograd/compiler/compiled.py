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
from contextlib import suppress
from operator import attrgetter
from typing import Any

from autograd._util.functions import name_of
from autograd._util.pytree import tree_map
from autograd._util.tables import Table
from autograd.compiler.export.program_file import save_program
from autograd.compiler.printing.explaining import explanation
from autograd.compiler.runtime.binding import MISS
from autograd.compiler.runtime.comparing import Plain, check, plainly
from autograd.compiler.specialization import Specialization, release
from autograd.compiler.tracing.signature import Signature
from autograd.compiler.tracing.trace import TRACING, trace
from autograd.compiler.tracing.tracer import Tracer
from autograd.engine.observer import observer
from autograd.engine.tensor import Tensor

MOST_PROGRAMS = 16
INSTANCES: weakref.WeakSet[Compiled] = weakref.WeakSet()  # all that there are, for a forked process


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


class Compiled:
    """A function, and its specializations: the programs that were derived from it, one for each signature.

    What tells of the program that was used last raises RuntimeError if the function was not called yet.
    """

    def __init__(self, fn: Callable[..., Any]) -> None:
        if not callable(fn):
            raise TypeError(f"compile was given {fn!r}, which is no function; pass the function: ag.compile(f)")
        functools.update_wrapper(self, fn, updated=())
        args: tuple[Any, ...] = ()
        keywords: dict[str, Any] = {}
        while isinstance(fn, functools.partial):  # whose arguments are arguments like others
            args, keywords, fn = (*fn.args, *args), {**fn.keywords, **keywords}, fn.func
        self._partial = functools.partial(fn, *args, **keywords) if args or keywords else None
        if inspect.iscoroutinefunction(fn) or inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
            raise TypeError(
                f"compile was given {name_of(fn)}, which runs in pieces, between which anything may happen; compile "
                f"what it calls, functions that return"
            )
        self.fn = fn
        self._specializations: list[Specialization] = []  # the one that was used last first
        self._lock = threading.RLock()  # the buffers of a program are for one call at a time
        INSTANCES.add(self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (given := self._partial) is not None:
            args, kwargs = (*given.args, *args), {**given.keywords, **kwargs}
        # Compiled functions that call each other are one program.
        if (watching := observer()) is not None and isinstance(watching, Tracer | Plain):
            return self.fn(*args, **kwargs)
        with self._lock:
            output = self._run(args, kwargs)
        if output is MISS:
            with TRACING, self._lock:  # in this order, as the function may call others that are compiled
                output = self._make(args, kwargs)
        return output

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the program for such arguments returns; MISS if there is none."""
        for specialization in self._specializations:
            if (run := specialization.checked) is not None:
                try:
                    output = run(args, kwargs)
                except Exception as error:
                    return self._instead(specialization, error, args, kwargs)
                if output is not MISS:
                    if specialization is not self._specializations[0]:
                        self._use(specialization)
                    return output
        return MISS

    def _use(self, specialization: Specialization) -> None:
        self._specializations.remove(specialization)
        self._specializations.insert(0, specialization)

    def _make(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A program for such arguments: traced in the first call, compared with the function in the second."""
        if (output := self._run(args, kwargs)) is not MISS:  # another thread has made it
            return output
        for each in self._specializations:
            if each.checked or each.fits(args, kwargs) is MISS:
                continue
            if (output := check(self.fn, each.run, each.captured, args, kwargs)) is not MISS:
                each.checked = each.run
                del each.fits  # which holds the arrays that it has seen
                self._use(each)
                return output
        output, captured = trace(self.fn, args, kwargs)
        release(captured)
        self._specializations.insert(0, Specialization(self.fn, captured, Signature(self.fn, args, kwargs)))
        del self._specializations[MOST_PROGRAMS:]
        if len(self._specializations) == MOST_PROGRAMS and not any(each.checked for each in self._specializations):
            warnings.warn(
                f"{name_of(self.fn)} was compiled {MOST_PROGRAMS} times, and no program fitted a second call, so it is "
                f"slower than it would be as it is; let the arguments differ in their arrays alone, and keep the "
                f"objects that it reaches in place of making new ones for each call",
                RuntimeWarning,
                stacklevel=3,
            )
        return output

    def _instead(self, failed: Specialization, error: Exception, args: Any, kwargs: Any) -> Any:
        """Where a program fails, the function does, too, and says what is wrong. If it does not, it knows better."""
        if not failed.captured.is_repeatable():
            error.add_note(f"in the program of {name_of(self.fn)}, which may have updated parameters by then")
            raise error
        output = plainly(self.fn, args, kwargs)
        return tree_map(output, lambda leaf: leaf.detach() if isinstance(leaf, Tensor) and leaf.node else leaf)

    # -- what one reads of it ------------------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The program that was used last, as Python: `print(step.source)`. It runs exactly so, and a debugger steps
        through it.

        Raises RuntimeError if the function was not called yet.
        """
        return self._last().printed.text

    @property
    def programs(self) -> list[str]:
        """What there are programs for, the one that was used last first: ["x (32, 784) float32"].

        There may be several for the same arguments: what is reached may differ, as moments are there from the second
        step of an optimiser on.
        """
        return [str(specialization.signature) for specialization in self._specializations]

    def explain(self) -> Table:
        """What the plan did with the calls of the function: how many it dropped, merged and fused, how much memory it
        saved, who takes over whose, and what it calls as it is and why. Of the program that was used last.

        Raises RuntimeError if the function was not called yet.
        """
        last = self._last()
        return explanation(f"{name_of(self.fn)} for {last.signature}", last.program, last.printed)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program that was used last to a file that runs with NumPy alone, and SciPy if it calls that.

            step.save("train_step.py")

            import train_step              # anywhere, without this library
            train_step.step(x, y)          # by the name and the parameters of the function; "run" if it has no name

        The parameters, moments and numbers that it works on, as they are now, and constants that are too long to be
        written out go to a file beside it: train_step.npz. The file says how to call it, how to go on from other state,
        and in what form those functions come along that the program calls as they are: copied if they need nothing but
        NumPy, as a table if they are a schedule's, and otherwise imported.

        Raises ValueError for a name that does not end in .py or hides a module, and for what no file can hold; OSError
        if it can't be written; RuntimeError if the function was not called yet, or once only where that made what later
        calls go on from. Each file is written whole or not at all.
        """
        with self._lock:
            save_program(path, self._last())

    def __repr__(self) -> str:
        if not (programs := self.programs):
            return f"<compiled {name_of(self.fn)}: not called yet>"
        others = len(programs) - 1
        more = f"; and {others} other program{'s' if others > 1 else ''}" if others else ""
        return f"<compiled {name_of(self.fn)} for {programs[0]}{more}>"

    def _last(self) -> Specialization:
        if not self._specializations:
            raise RuntimeError(
                f"{name_of(self.fn)} has no program yet; call it, and it will have one for arguments like those"
            )
        return self._specializations[0]

    # -- as a function, a method, a pickle -----------------------------------------------------------------------------

    def __reduce__(self) -> Any:
        """As a function: by its name, if that leads to it. Otherwise by the function, of which programs are made anew.

        So it is copied, too: a copy of a model that it is part of works on the parameters that were copied.
        """
        with suppress(AttributeError, KeyError):  # also where there is no such name
            name: str = vars(self)["__qualname__"]  # update_wrapper has set it
            if attrgetter(name)(sys.modules[self.__module__]) is self:
                return name
        return Compiled, (self._partial or self.fn,)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


def _after_fork() -> None:
    """In a child process, of whose parent's threads there is one alone: no other will open what it has locked."""
    for compiled in INSTANCES:
        compiled._lock = threading.RLock()
    TRACING.release()


if hasattr(os, "register_at_fork"):  # a process is forked between two traces, so that parameters are what they are
    os.register_at_fork(before=TRACING.acquire, after_in_parent=TRACING.release, after_in_child=_after_fork)
