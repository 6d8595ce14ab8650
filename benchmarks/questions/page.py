"""How fast the page answers: `python -m mnist web` as a process, asked as a browser asks while someone draws.

Each visitor sends a drawing of 200 points, and the next one when the answer has come, but not before the next frame of
the screen. So many visitors together ask for as much as the server can give.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from benchmarks.measurements import Measurement
from benchmarks.problem import Array
from benchmarks.processes import ROOT, THREADS
from benchmarks.timing import Session

VISITORS = (1, 32)
MEASURED_SECONDS, QUICK_MEASURED_SECONDS = 30.0, 2.0
FRAME = 1 / 60  # seconds
TABLE = "The page: an answer to a drawing of 200 points"
ALONE = "The page: the same without HTTP"


def measure(session: Session, model: Path | None = None) -> Iterator[Measurement]:
    """model: a network's file, in place of the one that ships."""
    seconds = 0.2 if session.sizes else QUICK_MEASURED_SECONDS if session.quick else MEASURED_SECONDS
    try:
        parts = steps(model)
    except ImportError as error:
        session.failures.append(f"page: it needs the library {error.name}, which comes with: pip install -e '.[bench]'")
        return
    for name, f in parts.items():
        yield from quantiles(ALONE, name, timed(f, seconds / 10))
    with server(session.threads, model) as (host, port):
        for count in VISITORS:
            name = f"{count} visitor{'s' if count > 1 else ''}"
            times, errors = asyncio.run(visits(host, port, count, seconds))
            yield from quantiles(TABLE, name, times)
            yield Measurement(TABLE, "requests a second", name, len(times) / seconds, "")
            yield Measurement(TABLE, "errors", name, len(errors), "")
            session.failures.extend(f"{name}: {error}" for error in sorted(set(errors)))


def quantiles(table: str, name: str, times: Array) -> Iterator[Measurement]:
    if len(times):
        for column, q in (("median", 0.5), ("95 %", 0.95)):
            yield Measurement(table, column, name, float(np.quantile(times, q)) * 1e3, "ms")


def body(seed: int = 0) -> bytes:
    """A 3 of 200 points, as a mouse reports them: whole pixels, and a hand that trembles."""
    t = np.linspace(0, 1, 200)
    angle = np.where(t < 0.5, 2.5 - 4.5 * 2 * t, 1.5 - 4.5 * (2 * t - 1))
    x, y = 140 + 50 * np.cos(angle), 140 - 50 * np.sin(angle) + np.where(t < 0.5, -50, 50)
    points = np.rint(np.stack([x, y], axis=1) + np.random.default_rng(seed).normal(0, 1, (200, 2)))
    return json.dumps({"strokes": [points.tolist()]}).encode()


# -- in this process ---------------------------------------------------------------------------------------------------


def steps(model: Path | None) -> dict[str, Callable[[], object]]:
    """What is done for an answer: the network's part of it, and everything from the body to the answer's bytes."""
    from mnist.model_file import PRETRAINED
    from mnist.web import answers, bodies

    network, sent = answers.ServedNetwork.read(model or PRETRAINED), body()
    image = bodies.checked(bodies.parse_json(sent)).image()

    def everything() -> object:
        image = bodies.checked(bodies.parse_json(sent)).image()
        return answers.Json(answers.prediction(image, network.explainer.explain(image))).body

    return {"network and gradient": lambda: network.explainer.explain(image), "from body to answer": everything}


def timed(f: Callable[[], object], seconds: float) -> Array:
    """The seconds that each call took, of one at least."""
    f()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return np.array(times)


# -- over HTTP ---------------------------------------------------------------------------------------------------------


@contextmanager
def server(threads: int, model: Path | None) -> Iterator[tuple[str, int]]:
    """A server as a user starts it, on a free port."""
    command = [sys.executable, "-m", "mnist", "web", "--port", "0", *(["--model", str(model)] if model else [])]
    environment = {**os.environ, **dict.fromkeys(THREADS, str(threads)), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout
    try:
        address = urlsplit(process.stdout.readline().split(" ")[0])
        if address.hostname is None or address.port is None:
            raise RuntimeError(f"{' '.join(command)} ended with status {process.wait()}")
        yield address.hostname, address.port
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


async def visits(host: str, port: int, count: int, seconds: float) -> tuple[Array, list[str]]:
    """The seconds that each answer took, and the errors."""
    times: list[float] = []
    errors: list[str] = []
    end = time.perf_counter() + seconds
    await asyncio.gather(*(visit(host, port, body(k), end, times, errors) for k in range(count)))
    return np.array(times), errors


async def visit(host: str, port: int, sent: bytes, end: float, times: list[float], errors: list[str]) -> None:
    """One visitor, who draws until `end`, over one connection as a browser does."""
    head = f"POST /api/predict HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent
    try:
        reader, writer = await asyncio.open_connection(host, port)
        with closing(writer):
            while (start := time.perf_counter()) < end:
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
                answer = await reader.readexactly(int(fields["content-length"]))
                took = time.perf_counter() - start
                if head.split(" ")[1] == "200" and answer.startswith(b'{"digit":'):
                    times.append(took)
                else:
                    errors.append(answer.decode()[:200])
                await asyncio.sleep(FRAME - took)
    except (OSError, asyncio.IncompleteReadError) as error:
        errors.append(f"{type(error).__name__}: {error}")
