"""The benchmark of the page asks a real server, counts what goes wrong, and ends the server. No time is tested."""

import asyncio
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from served import client, network, post

from benchmarks.questions import QUESTIONS, page
from benchmarks.timing import Session
from mnist import model_file

pytestmark = pytest.mark.slow  # it starts the server


@pytest.fixture
def model(tmp_path: Path) -> Path:
    model_file.save_model(tmp_path / "small.safetensors", network(16, 8).model, {})
    return tmp_path / "small.safetensors"


def test_what_it_measures(model: Path) -> None:
    session = Session([], {}, threads=1, sizes=(784, 16, 8, 10))
    rows = list(page.measure(session, model))
    assert session.failures == []
    found = {(row.table, row.contestant, row.column): row.value for row in rows}
    assert len(found) == len(rows)
    for name in ("1 visitor", "32 visitors"):
        median, late = (found[page.TABLE, name, column] for column in ("median", "95 %"))
        assert 0 < median <= late
        assert found[page.TABLE, name, "errors"] == 0
        assert found[page.TABLE, name, "requests a second"] > 0
    for name in ("network and gradient", "from body to answer"):
        assert 0 < found[page.ALONE, name, "median"] <= found[page.ALONE, name, "95 %"]
    assert QUESTIONS["page"] is page.measure


def test_without_the_servers_libraries_it_is_left_out(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mnist.web", None)
    session = Session([], {}, threads=1, sizes=(784, 16, 8, 10))
    assert list(page.measure(session, model)) == []
    assert session.failures == ["page: it needs the library mnist.web, which comes with: pip install -e '.[bench]'"]


def test_the_drawing_has_200_points_and_is_a_3() -> None:
    (stroke,) = json.loads(page.body())["strokes"]
    assert np.shape(stroke) == (200, 2)
    assert page.body(0) == page.body(0) != page.body(1)
    assert post(client(), strokes=[stroke])["image"]


def test_the_server_ends_with_the_benchmark(model: Path) -> None:
    with page.server(1, model) as (host, port):
        times, errors = asyncio.run(page.visits(host, port, 3, 0.05))
        assert len(times) >= 3
        assert errors == []
    _, errors = asyncio.run(page.visits(host, port, 2, 0.05))
    assert len(errors) == 2
    assert all(error.startswith("ConnectionRefusedError") for error in errors)


def test_a_server_that_does_not_start(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    expected = r"-m mnist web --port 0 --model .* ended with status 1"
    with pytest.raises(RuntimeError, match=expected), page.server(1, tmp_path / "none"):
        pytest.fail("it has started")
    assert "there is no file" in capfd.readouterr().err


@pytest.mark.parametrize(("status", "content", "error"), [
    (422, b'{"error":"no"}', '{"error":"no"}'), (200, b'{"error":"no"}', '{"error":"no"}'),
    (500, b'{"digit":1}', '{"digit":1}'),
    (200, None, "IncompleteReadError: "),
])  # fmt: skip
def test_errors_are_counted(status: int, content: bytes | None, error: str) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("Content-Length", "9" if content is None else str(len(content)))
            self.end_headers()
            self.wfile.write(content or b"")
            self.close_connection = content is None

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as other:
        threading.Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
        times, errors = asyncio.run(page.visits("127.0.0.1", other.server_port, 2, 0.05))
        other.shutdown()
    assert len(times) == 0
    assert len(errors) >= 2
    assert all(found.startswith(error) for found in errors)
