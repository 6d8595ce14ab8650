"""How long a training step takes: forward, backward, update."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.contestants import BY_HAND
from benchmarks.measurements import Measurement
from benchmarks.problem import SIZES, Problem
from benchmarks.timing import Key, Session, compare

WIDE = (784, 1024, 1024, 10)
BATCHES = (32, 128, 512)


def measure(session: Session) -> Iterator[Measurement]:
    networks = [session.sizes] if session.sizes else [SIZES] if session.quick else [SIZES, WIDE]
    for sizes in networks:
        for optimizer in ("sgd",) if session.quick else ("sgd", "adam"):
            for batch in BATCHES:
                times = compare(session, ["step"], Problem(sizes, batch, optimizer))
                for key, faults in times.faults.items():
                    yield Measurement(
                        table=step_title(sizes, optimizer),
                        column=f"batch {batch}",
                        contestant=key.contestant,
                        value=times.median(key) * 1e6,
                        unit="µs",
                        ratio=times.ratio(key, Key(BY_HAND, "step")),
                        to=BY_HAND,
                        page_faults=float(np.median(faults)),
                    )


def step_title(sizes: tuple[int, ...], optimizer: str) -> str:
    return f"A step of {'-'.join(map(str, sizes))}, {'SGD' if optimizer == 'sgd' else 'Adam'}"
