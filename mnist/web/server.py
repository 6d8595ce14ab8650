"""Listen, serve, and stop: uvicorn, for one visitor on this machine or for some in the same network."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn

BACKLOG = 2048


class ListenError(Exception):
    """The server can't listen where it was told; the message says why, and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, on a free port if `port` is 0. Raises ListenError."""
    try:
        (family, _, _, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:  # UnicodeError: of a host that can't be a name
        raise ListenError(_why(host, port, error)) from error


def _why(host: str, port: int, error: Exception) -> str:
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


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.ready()


def serve(app: Any, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM; `ready` is called once it does. What is being answered then has 3 s to end."""
    config = uvicorn.Config(
        app,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=3,
    )
    with suppress(KeyboardInterrupt):  # when uvicorn has stopped, it raises the signal again
        _Server(config, ready).run(sockets=[listening])
