"""What surrounds every answer: who may ask, and what a browser may do with the answer.

The server has no passwords: it trusts whoever reaches it. So another site, open in the same browser, must not: neither
by a name of its own that it lets point to this machine (DNS rebinding: the Host header then has that name), nor by
posting to this one (the Origin header then has the other's name).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist.web.answers import Json

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^:\[\]@/?#\s]+)(:\d{1,5})?", re.IGNORECASE)


class Hosts:
    """The names that this server goes by: the loopback's, and the one that it was told to listen on.

    Listening on all addresses, it goes by any of them, and by the machine's name; numbers can't be rebound.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        address = _address(host)
        self.any_address = address is not None and address.is_unspecified
        self.names = {*LOOPBACK, f"[{host}]" if ":" in host else host.lower()}
        if self.any_address:
            name = socket.gethostname().lower()
            self.names |= {name, f"{name}.local"}

    def __contains__(self, header: str) -> bool:
        match = HOST.fullmatch(header)
        if match is None:
            return False
        name = match["name"].lower()
        return name in self.names or (self.any_address and _address(name.strip("[]")) is not None)


def _address(text: str) -> Any:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


class SecurityMiddleware:
    """ASGI middleware around the whole application, so that its errors carry the headers, too."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                # The page's files may change with the next version: the browser asks, and is told 304 if they did not.
                headers["Cache-Control"] = "no-store" if scope["path"].startswith("/api/") else "no-cache"
            await send(message)

        app = self.refusal(Headers(scope=scope)) or self.app
        await app(scope, receive, send_with_headers)

    def refusal(self, headers: Headers) -> Json | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self.hosts:
            names = ", ".join(sorted(self.hosts.names))
            error = f"this server does not go by the name {host[:60]!r}, but by {names}; --host gives it another"
            return Json({"error": error}, 421)
        if origin is not None and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower()):
            return Json({"error": f"pages of {origin[:60]!r} may not ask this server; open its own page"}, 403)
        return None
