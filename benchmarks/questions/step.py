"""How long a training step takes: forward, backward, update."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.contestants import BY_HAND
from benchmarks.problem import SIZES, Problem
from benchmarks.rounds import Key, Run, compare
from benchmarks.rows import Row

WIDE = (784, 1024, 1024, 10)
BATCHES = (32, 128, 512)


def measure(run: Run) -> Iterator[Row]:
    networks = [run.sizes] if run.sizes else [SIZES] if run.quick else [SIZES, WIDE]
    for sizes in networks:
        for optimizer in ("sgd",) if run.quick else ("sgd", "adam"):
            for batch in BATCHES:
                times = compare(run, ["step"], Problem(sizes, batch, optimizer))
                for key, faults in times.faults.items():
                    yield Row(
                        table=title(sizes, optimizer),
                        column=f"batch {batch}",
                        contestant=key.contestant,
                        value=times.median(key) * 1e6,
                        unit="µs",
                        ratio=times.ratio(key, Key(BY_HAND, "step")),
                        to=BY_HAND,
                        page_faults=float(np.median(faults)),
                    )


def title(sizes: tuple[int, ...], optimizer: str) -> str:
    return f"A step of {'-'.join(map(str, sizes))}, {'SGD' if optimizer == 'sgd' else 'Adam'}"
