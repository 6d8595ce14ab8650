"""What takes long is done one after the other, in a thread of its own, and refused where it is too much."""

import asyncio
import threading

import pytest
from starlette.exceptions import HTTPException

from mnist.web import worker
from mnist.web.worker import Worker


@pytest.fixture
def gate() -> threading.Event:
    """Nothing is done before this is set."""
    return threading.Event()


def test_the_loop_goes_on_meanwhile(gate: threading.Event) -> None:
    at_once = []

    def square(x: int) -> int:
        assert gate.wait(10)
        at_once.append(threading.current_thread().name)
        return x * x

    async def all_of_them() -> list[int]:
        works = Worker("squares")
        tasks = [asyncio.create_task(works.do(square, x)) for x in range(8)]
        await asyncio.sleep(0.01)
        assert not any(task.done() for task in tasks)
        gate.set()
        return await asyncio.gather(*tasks)

    assert asyncio.run(all_of_them()) == [0, 1, 4, 9, 16, 25, 36, 49]
    assert set(at_once) == {"squares_0"}


def test_what_is_raised_is_raised(gate: threading.Event) -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(Worker("ratios").do(divmod, 1, 0))


def test_too_many_are_refused(gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "WAITING", 3)

    async def one_more() -> None:
        works = Worker("waits")
        tasks = [asyncio.create_task(works.do(gate.wait, 10)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(HTTPException, match="too many others ask for what takes long; try again in a mom") as error:
            await works.do(gate.wait)
        assert error.value.status_code == 503
        gate.set()
        await asyncio.gather(*tasks)
        assert await works.do(gate.wait)  # there is a place again

    asyncio.run(one_more())


def test_one_that_takes_too_long_is_given_up(gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "CALL_SECONDS", 0.01)
    monkeypatch.setattr(worker, "WAITING", 1)

    async def wait() -> None:
        works = Worker("waits")
        with pytest.raises(HTTPException, match=r"it was not done after 0.01 s; try again") as error:
            await works.do(gate.wait, 10)
        assert error.value.status_code == 503
        with pytest.raises(HTTPException, match="too many"):  # it is still being done, and holds its place
            await works.do(gate.wait, 10)
        gate.set()
        monkeypatch.setattr(worker, "CALL_SECONDS", 20.0)
        while True:
            try:
                assert await works.do(gate.wait)
                return
            except HTTPException:
                await asyncio.sleep(0.001)

    asyncio.run(wait())
