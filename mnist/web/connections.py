"""Connections to the server: how many there may be, and how long each may take.

Uvicorn lets a connection that sends nothing, or a byte now and then, stay for ever, and takes any number of them.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

if sys.platform != "win32":
    import resource

LOG = logging.getLogger("uvicorn.error")


def as_many_as_files_allow() -> int:
    """At most half of the files that the process may have open, each connection being one."""
    most = 512
    if sys.platform != "win32":
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = min(most, soft // 2)
    return most


@dataclass(frozen=True)
class ConnectionLimits:
    """What visitors may take.

    head         seconds until the head of a request must be there, after the connection or the answer before it
    answer       seconds from the head until the answer must have been taken; longer than a body and a picture may take
    connections  at once
    """

    head: float = 10.0
    answer: float = 60.0
    connections: int = field(default_factory=as_many_as_files_allow)


class Connection(AutoHTTPProtocol):  # type: ignore[misc,valid-type]  # a variable: the class depends on what is installed
    """One that is cut when it takes too long, or to make room for another when it has been idle for longest.

    idle  the connections of the server that have sent no whole head, in the order in which they began to wait
    """

    def __init__(self, limits: ConnectionLimits, idle: dict[Connection, None], **arguments: Any) -> None:
        super().__init__(**arguments)
        self.limits, self.idle = limits, idle

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections and self.idle:
            LOG.warning(
                f"{self.limits.connections} connections are open, as many as there may be; those that have been idle "
                f"for longest are cut to make room"
            )
            next(iter(self.idle)).cut()
        self.deadline = self.loop.call_later(self.limits.head, self.cut)
        self.idle[self] = None

    def data_received(self, data: bytes) -> None:
        before = self.cycle  # of the last request
        super().data_received(data)
        if self.cycle is not before:
            self._wait_anew()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait_anew()

    def connection_lost(self, error: Exception | None) -> None:
        self.idle.pop(self, None)
        self.deadline.cancel()
        super().connection_lost(error)

    def _wait_anew(self) -> None:
        self.idle.pop(self, None)
        self.deadline.cancel()
        if self.cycle.response_complete:
            self.idle[self] = None
        seconds = self.limits.head if self.cycle.response_complete else self.limits.answer
        self.deadline = self.loop.call_later(seconds, self.cut)

    def cut(self) -> None:
        self.idle.pop(self, None)
        self.transport.abort()


class Seldom(logging.Filter):
    """Lets the same message through once a minute, so that no visitor fills the log."""

    def __init__(self, seconds: float = 60.0) -> None:
        super().__init__()
        self.seconds = seconds
        self.last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        self.last = {message: then for message, then in self.last.items() if now - then < self.seconds}
        message = record.getMessage(), repr(record.exc_info and record.exc_info[1])
        return self.last.setdefault(message, now) == now
