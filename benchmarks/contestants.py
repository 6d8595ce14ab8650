"""Who takes part: each a module with a function for every question that it answers (`step`, `chain`, `hvp`, ...)."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from benchmarks.processes import HIPS, Process


class Contestant(NamedTuple):
    name: str
    module: str
    process: str
    """Contestants of the same process take turns in it."""
    package: str = "numpy"
    """What must be installed."""
    is_slow_to_start: bool = False
    """Whether `--quick` leaves it out."""
    compiles: bool = False

    @property
    def version(self) -> str | None:
        """Of the package; None if it isn't installed."""
        if self.package == "hips":
            found = [d.version for d in importlib.metadata.distributions(name="autograd", path=[str(HIPS)])]
            return found[0] if found else None
        return importlib.metadata.version(self.package) if importlib.util.find_spec(self.package) else None


FLOOR, BY_HAND, COMPILED, ENGINE = "floor", "by hand", "compiled", "engine"
CONTESTANTS = [
    Contestant(FLOOR, "benchmarks.floor", "numpy"),
    Contestant("fastest by hand", "benchmarks.fastest_by_hand", "numpy"),
    Contestant("same bits by hand", "benchmarks.same_bits_by_hand", "numpy"),
    Contestant(BY_HAND, "benchmarks.by_hand", "numpy"),
    Contestant(COMPILED, "benchmarks.compiled", "numpy", compiles=True),
    Contestant(ENGINE, "benchmarks.engine", "numpy"),
    Contestant("JAX jit", "benchmarks.peers.jax_jit", "jax", "jax", compiles=True),
    Contestant("PyTorch", "benchmarks.peers.pytorch", "torch", "torch"),
    Contestant("PyTorch fused", "benchmarks.peers.pytorch_fused", "torch", "torch"),
    Contestant("PyTorch compile", "benchmarks.peers.pytorch_compile", "torch compile", "torch", True, compiles=True),
    Contestant("MyGrad", "benchmarks.peers.my_grad", "numpy", "mygrad"),
    Contestant("HIPS autograd", "benchmarks.peers.hips", "hips", "hips"),
]
INSTALL_COMMANDS = {
    "jax": 'pip install -e ".[bench]"',
    "mygrad": 'pip install -e ".[bench]"',
    "torch": "pip install torch",
    "hips": "pip install --no-deps --target benchmarks/hips autograd",
}


def selected(names: Sequence[str] = (), quick: bool = False) -> list[Contestant]:
    """Those who are here, of those named (of all, if none is)."""
    known = [c.name for c in CONTESTANTS]
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"there is no contestant {', '.join(unknown)}; there are {', '.join(known)}")
    for c in CONTESTANTS:
        if c.name in names and c.version is None:
            raise ValueError(f"{c.name} is not installed: {INSTALL_COMMANDS[c.package]}")
    return [
        c for c in CONTESTANTS
        if (c.name in names if names else c.version is not None and not (quick and c.is_slow_to_start))
    ]  # fmt: skip


@contextmanager
def processes_for(contestants: list[Contestant], threads: int) -> Iterator[dict[str, Process]]:
    """The process of each contestant, by its name."""
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(new_process(name, threads))
            for name in dict.fromkeys(c.process for c in contestants)
        }
        yield {c.name: started[c.process] for c in contestants}


def new_process(name: str, threads: int) -> Process:
    return Process(threads, (HIPS,) if name == "hips" else ())
