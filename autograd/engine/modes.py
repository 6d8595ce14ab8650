"""Modes: what holds for the calls of a thread or task, inside a `with` or in a decorated function.

One context variable has it all, because each look into one costs every call: who observes, the modules around the
call, and whether it is recorded.

A generator may hold a `with` across a `yield`. Then the `with` ends when the generator does: after others that began
later, or in another task, which asyncio closes it in. So a mode that can't put back what was before it is marked as
left, and whoever comes upon it looks further out.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import suppress
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeAlias, TypeVar, cast, final

if TYPE_CHECKING:
    from autograd.engine.graph import Scope
    from autograd.engine.observer import Observer

ModeState: TypeAlias = "tuple[Observer | None, Scope, bool, Mode | None]"
OBSERVER: Final = 0
SCOPE: Final = 1
RECORDING: Final = 2
INNERMOST: Final = 3  # the `with` that set one of the others last

context: ContextVar[ModeState] = ContextVar("context", default=(None, None, True, None))

Function = TypeVar("Function", bound=Callable[..., Any])


def current() -> ModeState:
    """What holds now: `context` without the modes that have been left."""
    state = context.get()
    if (mode := state[INNERMOST]) is not None and mode.is_left:
        while mode is not None and mode.is_left:
            state = mode.before
            mode = state[INNERMOST]
        context.set(state)
    return state


class Mode:
    """A context manager, and a decorator, that sets one field of the state."""

    __slots__ = ("_token", "before", "is_left", "value")

    field: ClassVar[int]
    before: ModeState

    def __init__(self, value: Any) -> None:
        self.value = value
        self.is_left = False
        self._token: Token[ModeState] | None = None

    def __enter__(self) -> None:
        if self._token is not None or self.is_left:
            raise RuntimeError(
                f"a {type(self).__name__}() was entered that was not left yet, and each `with` needs one of its own; "
                f"make another: with ag.{type(self).__name__}(...):"
            )
        self.before = current()
        self._token = context.set(self._in_place_of(self.before, self.value, self))

    def __exit__(self, *error: object) -> None:
        self.is_left = True  # from now on, whatever interrupts this
        token, self._token = self._token, None
        assert token is not None
        if context.get()[INNERMOST] is self:
            with suppress(ValueError):  # this is another thread or task
                context.reset(token)
                self.is_left = False

    def _in_place_of(self, state: ModeState, value: Any, mode: Mode | None) -> ModeState:
        """The state with another value in the field of this mode."""
        fields: list[Any] = list(state)
        fields[self.field], fields[INNERMOST] = value, mode
        return tuple(fields)

    def _another(self) -> Self:
        mode = object.__new__(type(self))
        Mode.__init__(mode, self.value)
        return mode

    def __call__(self, f: Function) -> Function:
        """The function f, whose calls are made in this mode; of a generator or an `async def` all that it runs."""
        if isinstance(f, staticmethod | classmethod):
            return type(f)(self(f.__func__))
        if isinstance(f, type) or not callable(f):
            name = type(self).__name__
            raise TypeError(
                f"{name}() was to decorate {f!r}, and decorates functions; put it on those of its methods that are to "
                f"run in it, or write with ag.{name}(...): where it is called"
            )
        return cast(Function, functools.wraps(f)(self._decorated(f)))

    def _decorated(self, f: Callable[..., Any]) -> Callable[..., Any]:
        kinds = (f, getattr(f, "__call__", f))  # noqa: B004  # of an object that can be called, its method
        if any(map(inspect.isgeneratorfunction, kinds)):
            return _resuming(f, self)
        if any(map(inspect.isasyncgenfunction, kinds)):
            return _resuming_async(f, self)

        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with self._another():
                return await f(*args, **kwargs)

        def function(*args: Any, **kwargs: Any) -> Any:
            with self._another():
                return f(*args, **kwargs)

        return coroutine if any(map(inspect.iscoroutinefunction, kinds)) else function


# -- the modes --------------------------------------------------------------------------------------------------------


def is_grad_enabled() -> bool:
    """Whether calls are being recorded: False inside `no_grad()`."""
    return current()[RECORDING]


class Recording(Mode):
    __slots__ = ()
    field = RECORDING
    is_on: ClassVar[bool]

    def __init__(self, *given: Any) -> None:
        if given:
            name = type(self).__name__
            raise TypeError(f"{name} was given {given[0]!r}, and takes nothing; write @ag.{name}() over a function")
        super().__init__(self.is_on)


@final
class no_grad(Recording):  # noqa: N801  # a function of PyTorch's
    """`with no_grad():` computes without recording, and `t += u` updates in place. Also a decorator.

    A generator that yields inside `with no_grad():` leaves recording off for whoever iterates over it, until it goes
    on or is closed; decorated with `@no_grad()` it does not.
    """

    __slots__ = ()
    is_on = False


@final
class enable_grad(Recording):  # noqa: N801  # a function of PyTorch's
    """`with enable_grad():` records again, inside `no_grad()`. Also a decorator."""

    __slots__ = ()
    is_on = True


@final
class observe(Mode):  # noqa: N801  # called like a function
    """`with observe(watch):` calls watch.on_call after each forward call and watch.on_backward after each node.

    Until its end, it takes the place of an observer that was set before. Also a decorator.
    """

    __slots__ = ()
    field = OBSERVER

    def __init__(self, watch: Observer) -> None:
        super().__init__(watch)


@final
class within(Mode):  # noqa: N801  # called like a function
    """`with within(node.scope):` calls are made as if from the modules in which the node was."""

    __slots__ = ()
    field = SCOPE

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)


# -- generators -------------------------------------------------------------------------------------------------------


class Body:
    """Inside `with body:` a generator runs on to its next `yield`, in the modes in which it came to the last one.

    Whoever iterates over it has its own again in between.
    """

    __slots__ = ("_mode", "_token", "_value", "_within")

    def __init__(self, mode: Mode) -> None:
        self._mode, self._value = mode, mode.value
        self._within: Mode | None = mode
        self._token: Token[ModeState]

    def __enter__(self) -> None:
        self._token = context.set(self._mode._in_place_of(current(), self._value, self._within))

    def __exit__(self, *error: object) -> None:
        state = current()
        self._value, self._within = state[self._mode.field], state[INNERMOST]
        context.reset(self._token)


def _resuming(f: Callable[..., Generator[Any, Any, Any]], mode: Mode) -> Callable[..., Generator[Any, Any, Any]]:
    def resumed(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator, body = f(*args, **kwargs), Body(mode._another())
        try:
            with body:
                y = next(generator)
            while True:
                try:
                    sent = yield y
                except GeneratorExit:
                    with body:
                        generator.close()
                    raise
                except BaseException as error:
                    with body:
                        y = generator.throw(error)
                else:
                    with body:
                        y = generator.send(sent)
        except StopIteration as end:
            return end.value

    return resumed


def _resuming_async(f: Callable[..., AsyncGenerator[Any, Any]], mode: Mode) -> Callable[..., AsyncGenerator[Any, Any]]:
    async def resumed(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        generator, body = f(*args, **kwargs), Body(mode._another())
        try:
            with body:
                y = await anext(generator)
            while True:
                try:
                    sent = yield y
                except GeneratorExit:
                    with body:
                        await generator.aclose()
                    raise
                except BaseException as error:
                    with body:
                        y = await generator.athrow(error)
                else:
                    with body:
                        y = await generator.asend(sent)
        except StopAsyncIteration:
            return

    return resumed
