"""Modes as `with` and as decorators, of functions, generators and coroutines; modes left in another order or task."""

import asyncio
import functools
import inspect
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.engine.modes import context, within
from autograd.engine.observer import observer

on = ag.is_grad_enabled


@pytest.fixture(autouse=True)
def _nothing_is_left_over() -> Iterator[None]:
    before = context.get()
    yield
    assert ag.is_grad_enabled()
    assert observer() is None
    context.set(before)  # in which a mode that was left may be still


class Calls(ag.Observer):
    def __init__(self) -> None:
        self.functions: list[Any] = []

    def on_call(self, fn: Any, *_: Any) -> None:
        self.functions.append(fn)

    def on_backward(self, *_: Any) -> None:
        pass


# -- decorators --------------------------------------------------------------------------------------------------------


@ag.no_grad()
def function() -> bool:
    """Its own text."""
    return on()


@ag.no_grad()
def generator() -> Iterator[bool]:
    yield on()
    yield on()


@ag.no_grad()
async def coroutine() -> bool:
    await asyncio.sleep(0)
    return on()


@ag.no_grad()
async def async_generator() -> AsyncIterator[bool]:
    yield on()
    await asyncio.sleep(0)
    yield on()


class Methods:
    @ag.no_grad()
    def method(self) -> bool:
        return on()

    @ag.no_grad()
    @staticmethod
    def static() -> bool:
        return on()

    @ag.no_grad()
    @classmethod
    def of_class(cls) -> bool:
        return on()

    @staticmethod
    @ag.no_grad()
    def outside_static() -> bool:
        return on()


class Generates:
    def __call__(self) -> Iterator[bool]:
        yield on()


class Waits:
    async def __call__(self) -> bool:
        return on()


def all_of(f: Callable[[], Any]) -> list[bool]:
    """What f gives, and in between what holds for the one who asks."""
    found = f()
    if inspect.iscoroutine(found):
        return [asyncio.run(found), not on()]

    async def asked() -> list[bool]:
        return [flag for value in [value async for value in found] for flag in (value, not on())]

    if inspect.isasyncgen(found):
        return asyncio.run(asked())
    if not inspect.isgenerator(found):
        return [found, not on()]
    return [flag for value in found for flag in (value, not on())]


DECORATED: dict[str, Callable[[], Any]] = {
    "function": function, "generator": generator, "coroutine": coroutine, "async generator": async_generator,
    "method": Methods().method, "static method": Methods.static, "static method of an object": Methods().static,
    "class method": Methods.of_class, "outside static": Methods().outside_static,
    "partial": ag.no_grad()(functools.partial(on)), "object that generates": ag.no_grad()(Generates()),
    "object that waits": ag.no_grad()(Waits()),
    "partial of a generator": ag.no_grad()(functools.partial(Generates.__call__, Generates())),
}  # fmt: skip


@pytest.mark.parametrize("name", DECORATED)
def test_what_is_decorated_runs_in_the_mode_and_its_caller_does_not(name: str) -> None:
    for _ in range(2):
        assert not any(all_of(DECORATED[name]))


@pytest.mark.parametrize("name", ["function", "generator", "coroutine", "async generator"])
def test_enable_grad_inside_no_grad(name: str) -> None:
    """A mode in a mode: of what each decorator covers, the inner one is right."""
    recorded = ag.enable_grad()(DECORATED[name].__wrapped__)  # type: ignore[attr-defined]  # functools.wraps sets it
    with ag.no_grad():
        assert all(all_of(recorded))


def test_a_decorated_function_is_of_the_same_kind_and_name() -> None:
    assert inspect.isgeneratorfunction(generator)
    assert inspect.iscoroutinefunction(coroutine)
    assert inspect.isasyncgenfunction(async_generator)
    assert (function.__name__, function.__doc__) == ("function", "Its own text.")
    assert pickle.loads(pickle.dumps(function)) is function


def test_a_decorated_generator_is_sent_to_thrown_into_and_closed() -> None:
    seen: list[Any] = []

    @ag.no_grad()
    def echo() -> Any:
        got = None
        try:
            while got != "end":
                try:
                    got = yield got, on()
                except KeyError as error:
                    got = error
            return "returned"
        finally:
            seen.append(on())

    run = echo()
    assert next(run) == (None, False)
    assert run.send(1) == (1, False)
    error = KeyError("k")
    assert run.throw(error) == (error, False)
    with pytest.raises(StopIteration, match="returned"):
        run.send("end")
    run = echo()
    next(run)
    assert on()
    run.close()
    assert seen == [False, False]


def test_a_decorated_async_generator_is_sent_to_thrown_into_and_closed() -> None:
    seen: list[Any] = []

    @ag.no_grad()
    async def echo() -> Any:
        got = None
        try:
            while True:
                try:
                    got = yield got, on()
                except KeyError as error:
                    got = error
        finally:
            seen.append(on())

    async def use() -> None:
        run = echo()
        assert await anext(run) == (None, False)
        assert await run.asend(1) == (1, False)
        error = KeyError("k")
        assert await run.athrow(error) == (error, False)
        assert on()
        await run.aclose()

    asyncio.run(use())
    assert seen == [False]


def test_a_decorated_generator_comes_back_to_the_modes_that_it_entered() -> None:
    @ag.no_grad()
    def run() -> Iterator[bool]:
        yield on()
        with ag.enable_grad():
            yield on()
            yield on()
        yield on()

    flags = [(flag, on()) for flag in run()]
    assert flags == [(False, True), (True, True), (True, True), (False, True)]
    with ag.no_grad():
        assert [(flag, on()) for flag in run()] == [(flag, False) for flag, _ in flags]


def test_an_observer_sees_the_whole_of_a_decorated_generator() -> None:
    x, calls, outer = ag.Tensor(1.0), Calls(), Calls()

    @ag.observe(calls)
    def run() -> Iterator[Any]:
        yield np.exp(x)
        yield np.sin(x)

    with ag.observe(outer):
        for _ in run():
            np.cos(x)
    assert (calls.functions, outer.functions) == ([np.exp, np.sin], [np.cos, np.cos])


def test_a_decorated_generator_is_observed_by_whoever_asks_it_to_go_on() -> None:
    x, first, second = ag.Tensor(1.0), Calls(), Calls()

    @ag.no_grad()
    def run() -> Iterator[Any]:
        yield np.exp(x)
        yield np.sin(x)

    running = run()
    with ag.observe(first):
        next(running)
    with ag.observe(second):
        next(running)
    assert (first.functions, second.functions) == ([np.exp], [np.sin])


@pytest.mark.parametrize("what", [Methods, property(lambda self: 1), 3], ids=["class", "property", "number"])
def test_what_is_no_function_is_not_decorated(what: Any) -> None:
    with pytest.raises(TypeError, match=r"no_grad\(\) was to decorate .*; put it on those of its methods"):
        ag.no_grad()(what)


@pytest.mark.parametrize("mode", [ag.no_grad, ag.enable_grad])
def test_a_decorator_without_its_brackets(mode: Any) -> None:
    with pytest.raises(TypeError, match=rf"{mode.__name__} was given <function .*; write @ag.{mode.__name__}\(\)"):
        mode(lambda: None)


def test_a_mode_can_be_used_again_but_not_within_itself() -> None:
    mode = ag.no_grad()
    for _ in range(2):
        with mode:
            assert not on()
            with pytest.raises(RuntimeError, match=r"each `with` needs one of its own; make another"), mode:
                pass
        assert on()


# -- leaving in another order, or elsewhere ----------------------------------------------------------------------------


def holding(*modes: Callable[[], Any]) -> Iterator[None]:
    with ExitStack() as stack:
        for mode in modes:
            stack.enter_context(mode())
        yield
        yield


async def holding_async(*modes: Callable[[], Any]) -> AsyncIterator[None]:
    for _ in holding(*modes):
        yield


NESTED: dict[str, tuple[Callable[[], Any], ...]] = {
    "no_grad": (ag.no_grad,), "two": (ag.no_grad, ag.enable_grad), "three": (ag.no_grad, ag.enable_grad, ag.no_grad),
    "observe": (lambda: ag.observe(Calls()),), "profile": (ag.profile, ag.no_grad), "within": (lambda: within(None),),
}  # fmt: skip


@pytest.mark.parametrize("name", NESTED)
def test_an_async_for_that_is_left_leaves_nothing(name: str, recwarn: pytest.WarningsRecorder) -> None:
    async def leaves() -> None:
        before = context.get()
        async for _ in holding_async(*NESTED[name]):
            break
        await asyncio.sleep(0)  # in which asyncio closes the generator, in a task of its own
        await asyncio.sleep(0)
        assert (on(), observer()) == (True, None)
        assert context.get() == before

    failed: list[Any] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, found: failed.append(found))
        await leaves()

    asyncio.run(watched())
    assert not failed


@pytest.mark.parametrize("name", NESTED)
def test_generators_that_end_in_another_order_leave_nothing(name: str) -> None:
    for _ in zip(holding(*NESTED[name]), holding(ag.enable_grad), holding(*NESTED[name]), strict=True):
        pass
    assert (on(), observer()) == (True, None)
    first, second = holding(*NESTED[name]), holding(ag.no_grad)
    next(first), next(second)
    first.close()
    assert not on()  # the second goes on
    second.close()
    assert on()


def test_modules_are_noted_after_a_mode_was_left_elsewhere() -> None:
    linear = ag.nn.Linear(2, 2)
    first, second = holding(ag.no_grad), holding(ag.enable_grad)
    next(first), next(second)
    first.close(), second.close()
    y = linear(np.ones((1, 2), np.float32))
    assert isinstance(y.node, ag.Node)
    assert y.node.scope is not None
    assert y.node.scope[0]() is linear


def test_a_task_keeps_the_mode_in_which_it_was_begun() -> None:
    async def told() -> list[bool]:
        flags = [on()]
        for _ in range(3):
            await asyncio.sleep(0)
            flags.append(on())
        return flags

    async def begin() -> list[bool]:
        with ag.no_grad():
            task = asyncio.create_task(told())
            await asyncio.sleep(0)
        return await task

    assert asyncio.run(begin()) == [False] * 4


def test_a_context_manager_of_ones_own_may_hold_a_mode() -> None:
    @contextmanager
    def evaluating() -> Iterator[None]:
        with ag.no_grad():
            yield

    with evaluating():
        assert not on()
    assert on()
