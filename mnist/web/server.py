"""Listen, serve, and stop: uvicorn, for one visitor on this machine or for some in the same network."""

from __future__ import annotations

import asyncio
import errno
import functools
import ipaddress
import logging
import os
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from mnist.web.connections import Connection, ConnectionLimits, Seldom

BACKLOG = 2048  # connections that may wait to be accepted
GRACE = 1.0  # seconds
SELDOM = Seldom()


class ListenError(Exception):
    """The server can't listen where it was told; the message says why, and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, on a free port if `port` is 0. Raises ListenError."""
    try:
        found, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, _, _, address = found
        # Not socket.create_server, which leaves the protocol at 0. asyncio then does not know that this is TCP, leaves
        # Nagle's algorithm on, and an answer of two packets takes 44 ms in place of 2.
        listening = socket.socket(family, kind, socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:  # UnicodeError: of a host that can't be a name
        raise ListenError(_listen_error(host, port, error)) from error
    try:
        if os.name == "posix":  # or the port could not be taken again for a minute; elsewhere it means another thing
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise ListenError(_listen_error(host, port, error)) from error
    return listening


def _listen_error(host: str, port: int, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return (
            f"port {port} of {host} is in use by another program; stop it, choose another with --port, or take a free "
            f"one with --port 0"
        )
    if number == errno.EACCES:
        return f"port {port} is only for administrators; choose one from 1024 on with --port"
    if number == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror | UnicodeError):
        return f"--host was {host!r}, which is no address of this machine; give 127.0.0.1, or 0.0.0.0 for all of them"
    return f"the server can't listen on port {port} of {host} ({error}); choose others with --host and --port"


def address_of(listening: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def is_local(listening: socket.socket) -> bool:
    """Whether only programs on this machine reach it."""
    return ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


class _Server(uvicorn.Server):
    """Says when it is ready, and stops at the first signal, within a second or so, whatever its visitors do."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():  # asyncio lets no more wait than it accepts in a row
            listening.listen(BACKLOG)
        self.ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True  # and no more than that: uvicorn would raise the signal again when it has stopped

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        end = asyncio.get_running_loop().call_later(GRACE, self._cut_off)
        await super().shutdown(sockets)
        end.cancel()

    def _cut_off(self) -> None:
        """Who sends only half of a body, or does not read the answer, is left."""
        for connection in self.server_state.connections:
            connection.transport.abort()


def serve(
    app: ASGIApp, listening: socket.socket, ready: Callable[[], None], limits: ConnectionLimits | None = None
) -> None:
    """Serve until Ctrl-C or SIGTERM; `ready` is called once it does. What is being answered then has GRACE to end."""
    limits = limits or ConnectionLimits()
    connection: Any = functools.partial(Connection, limits, {})
    config = uvicorn.Config(
        app,
        http=connection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=limits.connections + 1,  # where all of them are being answered, others are told so
        backlog=max(1, limits.connections // 4),  # are accepted in a row, before one that is idle can be cut for them
    )
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addFilter(SELDOM)
    _Server(config, ready).run(sockets=[listening])
