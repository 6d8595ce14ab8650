"""Updates are done whole or not at all: interrupted at every instruction, and where NumPy's warnings raise errors."""

import asyncio
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import optim
from autograd._util.atomic import atomic, warnings_raise


def is_ours(name: str) -> bool:
    """Whether a file is one of the engine's, or the text of a program."""
    return "autograd" in name or name.startswith("<")


@contextmanager
def interrupted(at: int) -> Iterator[None]:
    """A real SIGINT before the instruction of this number, of those that Python runs in the engine."""
    numbers = count()

    def trace(frame: Any, event: str, arg: Any) -> Any:
        frame.f_trace_opcodes = is_ours(frame.f_code.co_filename)
        if event == "opcode" and next(numbers) == at:
            sys.settrace(None)
            signal.raise_signal(signal.SIGINT)
        return trace if frame.f_trace_opcodes else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def is_interrupted(at: int, update: Callable[[], Any]) -> bool:
    """Whether there was such an instruction."""
    try:
        with interrupted(at):
            update()
    except KeyboardInterrupt:
        return True
    return False


def halves(make: Callable[[], tuple[Callable[[], Any], Callable[[], Any]]], step: int) -> list[int]:
    """The instructions at which an interrupt leaves neither the state before an update nor that after it.

    One in `step` is tried.

    make  gives the update, of a state of its own, and what reads that state.
    """
    update, read = make()
    before = read()
    update()
    after = read()
    assert before != after
    found, reached = [], set()
    for at in count(0, step):
        update, read = make()
        if not is_interrupted(at, update):
            break
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        reached.add(read() == after)
        if read() not in (before, after):
            found.append(at)
    assert reached == {False, True}  # it came before the update, and after it
    return found


OPTIMIZERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "SGD": (optim.SGD, {"lr": 0.1}),
    "SGD with momentum": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    "Adam": (optim.Adam, {"lr": 0.1}),
    "AdamW": (optim.AdamW, {"lr": 0.1}),
}
EACH = pytest.mark.parametrize(("kind", "options"), OPTIMIZERS.values(), ids=OPTIMIZERS)


class Training:
    """Two parameters, which a step is to update both."""

    def __init__(self, kind: Any, options: dict[str, Any], dtype: Any = np.float32) -> None:
        self.params = [ag.Tensor(np.array(values, dtype), requires_grad=True) for values in ([1.0, -2.0], [[0.5]])]
        self.optimizer = kind(self.params, **options)
        self.schedule = optim.Cosine(self.optimizer, 10)

    def backward(self) -> None:
        a, b = self.params
        self.optimizer.zero_grad()
        (np.square(a).sum() + (b * b).sum()).backward()

    def step(self) -> None:
        self.backward()
        self.optimizer.step()

    def read(self) -> Any:
        """Parameters and moments, to the bit. Those that are as at the start are as if there were none."""
        kept = [
            (name, value.tobytes() if isinstance(value, np.ndarray) else value)
            for p in self.params
            for name, value in self.optimizer.state.get(p, {}).items()
            if np.any(value)
        ]
        return [p.data.tobytes() for p in self.params], kept

    def gradients(self) -> Any:
        return [p.grad.data.tolist() for p in self.params if p.grad is not None]

    def rates(self) -> Any:
        return self.schedule.count, self.schedule.peaks, [group["lr"] for group in self.optimizer.param_groups]


@pytest.fixture(params=[True, False], ids=["warnings are errors", "warnings are told"])
def _warnings(request: pytest.FixtureRequest) -> Iterator[None]:
    with warnings.catch_warnings(action="error" if request.param else "default"):
        yield


# -- interrupts --------------------------------------------------------------------------------------------------------


@EACH
@pytest.mark.usefixtures("_warnings")
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_an_interrupted_step_updates_all_or_none(kind: Any, options: dict[str, Any], dtype: Any) -> None:
    def make() -> Any:
        training = Training(kind, options, dtype)
        training.step()
        training.backward()
        return training.optimizer.step, training.read

    assert halves(make, step=5) == []


@pytest.mark.slow
@EACH
@pytest.mark.usefixtures("_warnings")
def test_an_interrupted_compiled_step_updates_all_or_none(kind: Any, options: dict[str, Any]) -> None:
    training = Training(kind, options)
    step = ag.compile(training.step)
    for _ in range(3):
        step()
    state, values = training.optimizer.state_dict(), [p.data.copy() for p in training.params]

    def make() -> Any:
        training.optimizer.load_state_dict(state)
        for p, value in zip(training.params, values, strict=True):
            p.data[...] = value
        return step, training.read

    assert halves(make, step=5) == []


@pytest.mark.parametrize("calls_before", [0, 1], ids=["traced", "compared"])
def test_the_calls_that_make_a_program_update_all_or_none(calls_before: int) -> None:
    """Some of the instructions at which they may be interrupted; and nothing that stood for an array is left behind."""
    for at in range(100, 20_000, 1_500):
        training, plain = (Training(optim.Adam, {"lr": 0.1}) for _ in range(2))
        step = ag.compile(training.step)
        for _ in range(calls_before):
            step()
            plain.step()
        before = training.read()
        is_interrupted(at, step)
        plain.step()
        assert training.read() in (before, plain.read())


def test_what_else_is_updated_whole() -> None:
    def schedule() -> Any:
        training = Training(optim.SGD, {"lr": 0.1})
        return training.schedule.step, training.rates

    def loaded_schedule() -> Any:
        training = Training(optim.SGD, {"lr": 0.1})
        state = training.schedule.state_dict() | {"count": 3, "peaks": [5.0]}
        return partial(training.schedule.load_state_dict, state), training.rates

    def loaded_optimizer() -> Any:
        training, other = Training(optim.Adam, {"lr": 0.1}), Training(optim.Adam, {"lr": 0.5})
        other.step()
        state = other.optimizer.state_dict()
        return partial(training.optimizer.load_state_dict, state), lambda: (training.read(), training.rates())

    def gradients() -> Any:
        training = Training(optim.SGD, {"lr": 0.1})
        training.backward()
        return partial(optim.clip_grad_norm, training.params, 0.1), training.gradients

    for make in (schedule, loaded_schedule, loaded_optimizer, gradients):
        assert halves(make, step=3) == []


def test_a_step_that_was_interrupted_is_followed_by_the_right_one() -> None:
    training, plain = (Training(optim.Adam, {"lr": 0.1}) for _ in range(2))
    done, at = 0, 0
    is_reached = True
    while is_reached:
        before = training.read()
        is_reached, at = is_interrupted(at, training.step), at + 50
        done += training.read() != before
    for _ in range(done):
        plain.step()
    assert 1 < done < at / 50
    assert training.read() == plain.read()


# -- handlers ----------------------------------------------------------------------------------------------------------


def test_an_interrupt_waits_for_the_end_of_the_outermost_block() -> None:
    done = []

    def nested() -> None:
        with atomic():
            with atomic():
                signal.raise_signal(signal.SIGINT)
                done.append("inner")
            done.append("outer")

    with pytest.raises(KeyboardInterrupt):
        nested()
    assert done == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@contextmanager
def handler(new: Any) -> Iterator[None]:
    before = signal.signal(signal.SIGINT, new)
    try:
        yield
        assert signal.getsignal(signal.SIGINT) is new
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_handler_of_ones_own_is_called_once_the_block_is_done() -> None:
    seen = []
    with handler(lambda number, frame: seen.append((number, frame.f_code.co_name))):
        with atomic():
            signal.raise_signal(signal.SIGINT)
            assert seen == []
        assert seen == [(signal.SIGINT, "test_a_handler_of_ones_own_is_called_once_the_block_is_done")]
        with atomic():
            pass
        assert len(seen) == 1


def test_an_ignored_signal_stays_ignored() -> None:
    with handler(signal.SIG_IGN), atomic():
        signal.raise_signal(signal.SIGINT)


def test_in_another_thread_there_is_nothing_to_wait_for() -> None:
    training = Training(optim.SGD, {"lr": 0.1})
    thread = threading.Thread(target=training.step)
    thread.start()
    thread.join()
    assert training.params[1].item() == pytest.approx(0.4)


def test_an_event_loop_is_told_of_an_interrupt() -> None:
    told: list[str] = []

    async def main() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, told.append, "interrupted")
        with atomic():
            signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(0.01)

    asyncio.run(main())
    assert told == ["interrupted"]


def test_an_error_comes_before_a_waiting_interrupt() -> None:
    def failing() -> None:
        with atomic():
            signal.raise_signal(signal.SIGINT)
            raise ZeroDivisionError

    with pytest.raises(KeyboardInterrupt) as caught:
        failing()
    assert isinstance(caught.value.__context__, ZeroDivisionError)


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize("how", ["raise", "warn"])
@EACH
def test_an_overflow_that_raises_undoes_the_step(
    kind: Any, options: dict[str, Any], how: Any, is_compiled: bool
) -> None:
    """Of the second of two parameters, in its third step."""
    training = Training(kind, options | {"lr": 1e30, "weight_decay": 0})
    a, b = training.params

    def step(slope: Any) -> None:
        training.optimizer.zero_grad()
        (a.sum() + (b * slope).sum()).backward()
        training.optimizer.step()

    run = ag.compile(step) if is_compiled else step
    for _ in range(3):
        run(np.float32(1e-20))
    before = training.read()
    with (
        warnings.catch_warnings(action="error"),
        np.errstate(all=how),
        pytest.raises((FloatingPointError, RuntimeWarning), match="overflow"),
    ):
        run(np.float32(3e38))
    assert training.read() == before
    run(np.float32(1e-20))
    assert training.read() != before


@pytest.mark.parametrize(
    ("filters", "raises"),
    [
        ([("default", Warning)], False),
        ([("error", DeprecationWarning), ("ignore", Warning)], False),
        ([("error", Warning)], True),
        ([("error", RuntimeWarning), ("default", Warning)], True),
        ([("ignore", RuntimeWarning), ("error", Warning)], False),
    ],
)
def test_whether_warnings_raise(filters: Any, raises: bool) -> None:
    with warnings.catch_warnings():
        warnings.resetwarnings()
        for action, category in reversed(filters):
            warnings.simplefilter(action, category)
        assert warnings_raise() is raises
        with np.errstate(over="raise"):
            assert warnings_raise()
