"""The server as it listens and stops: in processes of its own, as Ctrl-C ends a process."""

import contextlib
import errno
import http.client
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mnist.web import connections, server
from mnist.web.server import ListenError, address_of, is_local, listen

pytestmark = pytest.mark.slow  # it starts servers

ROOT = Path(__file__).parents[1]
HEAD = (
    b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
)
# A server of a small network. What it says goes to its standard output.
PROGRAM = """
import sys
sys.path.insert(0, "tests")
from served import application, network
from digits import dataset
from mnist.web import server
from mnist.web.connections import ConnectionLimits
from mnist.web.samples import SampleDigits
{before}
listening = server.listen("127.0.0.1", 0)
app = application(network(16, 8), SampleDigits(dataset().test_images, dataset().test_labels))
server.serve(app, listening, lambda: print(server.address_of(listening), flush=True), {limits})
print("stopped", flush=True)
"""


@contextlib.contextmanager
def running(limits: str = "None", before: str = "") -> Iterator[tuple[subprocess.Popen[str], tuple[str, int]]]:
    """A server and where it listens. It takes Ctrl-C even if these tests run in the background, where it is ignored."""
    program = PROGRAM.format(limits=limits, before=before)
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    with process:
        try:
            assert process.stdout
            address = process.stdout.readline().strip()
            yield process, ("127.0.0.1", int(address.rpartition(":")[2].strip("/")))
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


STOPPED = (0, "stopped\n", "")


@pytest.mark.parametrize("signals", [
    [signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGTERM, signal.SIGINT],
], ids=lambda signals: " ".join(each.name for each in signals))  # fmt: skip
def test_it_stops(signals: list[signal.Signals]) -> None:
    with running() as (process, place):
        assert urllib.request.urlopen("http://{}:{}/api/model".format(*place)).status == 200
        for each in signals:
            process.send_signal(each)
        assert ended(process) == STOPPED


def test_it_stops_whatever_its_visitors_do() -> None:
    """Nothing yet, half a head, half a body; a connection that stays open; answers that are not read."""
    head = b"GET /api/samples?count=60 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with running() as (process, place), contextlib.ExitStack() as stack:
        for sent in (b"", b"POST /api/pre", HEAD, HEAD + b'{"strokes": [', head, head * 200):
            visitor = stack.enter_context(socket.socket())
            visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1000)
            visitor.connect(place)
            visitor.sendall(sent)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert ended(process) == STOPPED


def test_what_is_being_answered_is_finished() -> None:
    body = json.dumps({"strokes": [[[1, 2], [3, 4]]]}).encode()
    with running() as (process, place), socket.create_connection(place) as visitor:
        head = HEAD.replace(b"1000", str(len(body)).encode())
        visitor.sendall(head + body[:9])
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        visitor.sendall(body[9:])
        answer = b"".join(iter(lambda: visitor.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert answer.endswith(b"]]}")
        assert ended(process) == STOPPED


def test_it_says_nothing_of_requests_and_does_not_end_at_nonsense() -> None:
    with running() as (process, place):
        for path in ("/", "/api/model", "/api/nothing", "/static/%00"):
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen("http://{}:{}{}".format(*place, path))
        with socket.create_connection(place) as visitor:
            visitor.sendall(b"\x16\x03\x01\x00\r\n\r\n")  # who speaks TLS
            assert visitor.recv(1000).startswith(b"HTTP/1.1 400")
        assert urllib.request.urlopen("http://{}:{}/".format(*place)).status == 200
        process.send_signal(signal.SIGTERM)
        assert ended(process) == (0, "stopped\n", "Invalid HTTP request received.\n")


def test_an_answer_is_not_held_back() -> None:
    """Sockets of accepted connections send at once, or each answer would wait for an acknowledgement."""
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP  # by this asyncio tells whether to switch on TCP_NODELAY


# -- limits ------------------------------------------------------------------------------------------------------------

GET = b"GET /api/model HTTP/1.1\r\nHost: localhost\r\n\r\n"
MANY = b"GET /api/samples?count=60 HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connected(place: tuple[str, int], sent: bytes = b"") -> socket.socket:
    visitor = socket.create_connection(place, timeout=20)
    visitor.sendall(sent)
    return visitor


def status(visitor: socket.socket) -> int:
    """Of the answer; 0 if the connection is cut."""
    answer = http.client.HTTPResponse(visitor)
    try:
        answer.begin()
        answer.read()
    except (ConnectionError, http.client.HTTPException):
        return 0
    return answer.status


def asked(place: tuple[str, int]) -> int:
    with connected(place, GET) as visitor:
        return status(visitor)


def drip(visitor: socket.socket, text: bytes) -> None:
    """Send it slowly, until the connection is cut."""
    with contextlib.suppress(OSError):
        for k in range(len(text)):
            visitor.sendall(text[k : k + 1])
            time.sleep(0.02)


@pytest.fixture(scope="module")
def impatient() -> Iterator[tuple[str, int]]:
    with running("ConnectionLimits(head=0.3, answer=0.6)") as (process, place):
        yield place
        process.send_signal(signal.SIGTERM)
        assert ended(process) == STOPPED


@pytest.mark.parametrize(("sent", "slowly"), [
    (b"", b""),
    (b"GET /api/mod", b""),
    (b"", GET[:-2] + b"X: " + b"x" * 1000),
    (GET, GET[:-2] + b"X: " + b"x" * 1000),
    (HEAD.replace(b"POST", b"PUT"), b"x" * 999),  # which is refused at once, whatever the body
    (HEAD, b"x" * 999),
    (MANY * 300, b""),
], ids=["nothing", "half head", "slow head", "slow second head", "vain body", "slow body", "no reader"])  # fmt: skip
def test_who_takes_too_long_is_cut(impatient: tuple[str, int], sent: bytes, slowly: bytes) -> None:
    with socket.socket() as visitor:
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1000)
        visitor.settimeout(20)
        visitor.connect(impatient)
        visitor.sendall(sent)
        drip(visitor, slowly)
        if sent.startswith(MANY):
            time.sleep(2)
        with contextlib.suppress(ConnectionError):
            answer = b"".join(iter(lambda: visitor.recv(65536), b""))
            assert answer.count(b"HTTP/1.1 200") < 300
    assert asked(impatient) == 200


def test_who_keeps_asking_is_not_cut() -> None:
    with running("ConnectionLimits(head=0.5, answer=0.5)") as (_, place), connected(place) as visitor:
        for _ in range(10):
            visitor.sendall(GET[:20])
            time.sleep(0.1)
            visitor.sendall(GET[20:])
            assert status(visitor) == 200


def test_the_idle_make_room() -> None:
    with running("ConnectionLimits(connections=4)") as (process, place), contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connected(place, sent)) for sent in (b"", b"GET /api", b"", b"", b"", b"")]
        assert [asked(place) for _ in range(3)] == [200] * 3
        assert [status(visitor) for visitor in idle[:2]] == [0, 0]
        idle[-1].sendall(GET)
        assert status(idle[-1]) == 200
        process.send_signal(signal.SIGTERM)
        code, out, err = ended(process)
        assert (code, out) == (0, "stopped\n")
        assert re.fullmatch("4 connections are open, as many as there may be; those .* are cut to make room\n", err)


def test_where_all_are_being_answered_others_are_refused() -> None:
    body = json.dumps({"strokes": [[[1, 2], [3, 4]]]}).encode()
    head = HEAD.replace(b"1000", str(len(body)).encode())
    with running("ConnectionLimits(connections=2)") as (process, place), contextlib.ExitStack() as stack:
        busy = [stack.enter_context(connected(place, head + body[:9])) for _ in range(2)]
        time.sleep(0.5)  # until their heads have been read
        assert [asked(place) for _ in range(5)] == [503] * 5
        for visitor in busy:
            visitor.sendall(body[9:])
        assert [status(visitor) for visitor in busy] == [200, 200]
        process.send_signal(signal.SIGTERM)
        assert ended(process) == (0, "stopped\n", "Exceeded concurrency limit.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_at_the_limit_of_open_files() -> None:
    before = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"
    with running(before=before) as (process, place), contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(connected(place))
        for _ in range(3):
            assert asked(place) == 200
        process.send_signal(signal.SIGTERM)
        code, out, err = ended(process)
        assert (code, out) == (0, "stopped\n")
        assert err.startswith("32 connections are open, as many as there may be; ")
        assert err.count("\n") == 1


def test_no_visitor_fills_the_log() -> None:
    with running() as (process, place):
        for _ in range(100):
            with connected(place, b"\x16\x03\x01\x00\r\n\r\n") as visitor:
                assert status(visitor) == 400
        process.send_signal(signal.SIGTERM)
        assert ended(process) == (0, "stopped\n", "Invalid HTTP request received.\n")


def test_seldom() -> None:
    def record(text: str, error: Exception | None = None) -> logging.LogRecord:
        info = (type(error), error, None) if error else None
        return logging.LogRecord("", logging.WARNING, "", 0, text, None, info)

    seldom = connections.Seldom()
    assert seldom.filter(record("first"))
    assert not seldom.filter(record("first"))
    assert seldom.filter(record("second"))
    assert seldom.filter(record("first", ValueError("a")))  # of a mistake of ours, all kinds are told
    assert seldom.filter(record("first", ValueError("b")))
    assert not seldom.filter(record("first", ValueError("a")))
    assert connections.Seldom(0).filter(record("first"))


# -- listening ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_where_a_browser_finds_it(host: str) -> None:
    with listen(host, 0) as listening:
        port = listening.getsockname()[1]
        assert port > 0
        assert address_of(listening) == f"http://127.0.0.1:{port}/"
        assert is_local(listening) is (host != "0.0.0.0")
        socket.create_connection(("127.0.0.1", port)).close()


@pytest.mark.parametrize("host", ["::1", "::"])
def test_where_a_browser_finds_it_by_ipv6(host: str) -> None:
    class Listening:
        def getsockname(self) -> Any:  # not every machine has IPv6
            return host, 8000, 0, 0

    listening: Any = Listening()
    assert address_of(listening) == "http://[::1]:8000/"
    assert is_local(listening) is (host == "::1")


def test_a_port_can_be_taken_again_at_once() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listening.accept()[0].close()
    listen("127.0.0.1", port).close()


def test_a_port_in_use() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ListenError) as error:
            listen("127.0.0.1", port)
    assert str(error.value) == (
        f"port {port} of 127.0.0.1 is in use by another program; stop it, choose another with --port, or take a free "
        f"one with --port 0"
    )


@pytest.mark.parametrize("host", ["no.such.host.invalid", "198.51.100.7", "", "a b", "a" * 80, "\ud800"])
def test_an_address_that_is_not_this_machines(host: str) -> None:
    with pytest.raises(ListenError) as error:
        listen(host, 0)
    expected = f"--host was {host!r}, which is no address of this machine; give 127.0.0.1, or 0.0.0.0 for all of them"
    assert str(error.value) == expected


@pytest.mark.parametrize(("number", "sentence"), [
    (errno.EACCES, "port 80 is only for administrators; choose one from 1024 on with --port"),
    (errno.ENOBUFS, "the server can't listen on port 80 of 127.0.0.1 ([Errno 105] why); choose others with --host and"),
])  # fmt: skip
def test_other_reasons(monkeypatch: pytest.MonkeyPatch, number: int, sentence: str) -> None:
    class Socket(socket.socket):
        def bind(self, address: Any) -> None:
            raise OSError(number, "why")

    monkeypatch.setattr(server.socket, "socket", Socket)
    with pytest.raises(ListenError) as error:
        listen("127.0.0.1", 80)
    assert str(error.value).startswith(sentence.replace("105", str(number)))
