"""What takes long is done in a thread of its own, so that those whose answer takes a millisecond need not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from starlette.exceptions import HTTPException

WAITING = 32  # calls, with the one that is being done
CALL_SECONDS = 20.0  # until a call must be done
T = TypeVar("T")


class Worker:
    """Does one call after the other, and says so when too many are asked for."""

    def __init__(self, name: str) -> None:
        self.thread = ThreadPoolExecutor(1, name)
        self.places = BoundedSemaphore(WAITING)

    async def do(self, f: Callable[..., T], *args: object) -> T:
        """f(*args). Raises what it raises, and HTTPException if it has no place or is not done in time."""
        if not self.places.acquire(blocking=False):
            raise HTTPException(503, "too many others ask for what takes long; try again in a moment")
        future = self.thread.submit(f, *args)
        future.add_done_callback(lambda _: self.places.release())
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise HTTPException(503, f"it was not done after {CALL_SECONDS:g} s; try again") from None
