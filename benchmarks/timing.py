"""Contestants in turns: a round gives each a turn, and only what was measured in the same round is compared.

Machines are noisy, and what disturbs one contestant in a round disturbs the others, too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from autograd._util.pytree import tree_leaves
from benchmarks.contestants import BY_HAND, Contestant
from benchmarks.measurements import Ratio
from benchmarks.problem import Array
from benchmarks.processes import ContestantError, Process

REST = 0.03  # seconds: after its last call a runtime's threads wait busily, and would take a core from the next one
RTOL = 1e-3  # of the largest value in the same array: of float32, and for losses after a few updates


@dataclass(frozen=True)
class Turns:
    """How often contestants take turns.

    builds   how often those on NumPy are made anew: where in memory the weights happen to lie matters more than
             anything else for small batches (see `nn.init.aligned`)
    rounds   for each build
    seconds  a turn
    """

    builds: int = 4
    rounds: int = 8
    seconds: float = 0.05


@dataclass
class Session:
    """What the questions are asked with.

    quick     fewer sizes
    sizes     of the network, in place of those that are asked about: tiny ones, in tests
    data      the folder of MNIST's files
    failures  who dropped out of what, and why
    """

    contestants: list[Contestant]
    processes: Mapping[str, Process]
    threads: int
    turns: Turns = Turns()
    quick: bool = False
    sizes: tuple[int, ...] | None = None
    data: str | None = None
    failures: list[str] = field(default_factory=list)

    def who_has(self, function: str) -> list[Contestant]:
        return [c for c in self.contestants if self.has(c, function)]

    def has(self, c: Contestant, function: str) -> bool:
        try:
            return self.processes[c.name].has(c.module, function)
        except ContestantError as error:  # it is installed, and cannot be imported
            self.failures.append(f"{c.name}: {error.first_line}")
            return False


class Key(NamedTuple):
    """What takes turns: a function of a contestant."""

    contestant: str
    function: str

    @property
    def name(self) -> str:
        return " ".join(self)


class Times(NamedTuple):
    """What the rounds measured: arrays (rounds,) of seconds and page faults a run."""

    seconds: Mapping[Key, Array]
    faults: Mapping[Key, Array]

    def median(self, key: Key) -> float:
        return float(np.median(self.seconds[key]))

    def ratio(self, key: Key, to: Key) -> Ratio | None:
        return Ratio.of(self.seconds[key] / self.seconds[to]) if to in self.seconds else None


def compare(session: Session, functions: Sequence[str], argument: Any) -> Times:
    """Let every contestant make what these functions of its module return for `argument`, and run that in turns.

    Whoever fails, or computes something else than the others, drops out and is noted in `session.failures`.
    """
    players = {Key(c.name, function): c for function in functions for c in session.who_has(function)}
    measured: dict[Key, list[tuple[float, float]]] = {key: [] for key in players}
    runs: dict[Key, int] = {}
    bar = tqdm(total=session.turns.builds * session.turns.rounds, desc=str(argument), leave=False, disable=None)
    for build in range(session.turns.builds):
        for key in build_all(session, players, build, argument):
            del players[key]
        if not build:
            for key in disagreeing(session, players, argument):
                del players[key]
            runs = {key: runs_a_turn(session.processes[key.contestant], key, session.turns.seconds) for key in players}
        for k in range(session.turns.rounds):
            for key, c in rotated(list(players.items()), k):  # who is first changes
                measured[key].append(turn(session.processes[c.name], key, runs[key], c.process != "numpy"))
            bar.update()
    bar.close()
    for key in players:
        session.processes[key.contestant].forget(key.name)
    seconds, faults = ({key: np.array(measured[key])[:, column] for key in players} for column in (0, 1))
    return Times(seconds, faults)


def rotated(players: list[Any], k: int) -> list[Any]:
    first = k % max(len(players), 1)
    return players[first:] + players[:first]


def build_all(session: Session, players: Mapping[Key, Contestant], build: int, argument: Any) -> Iterator[Key]:
    """Make what is to be run. Yields who failed."""
    for key, c in list(players.items()):
        process = session.processes[c.name]
        if build and c.process != "numpy":
            continue  # runtimes that align their memory need no second build
        try:
            process.scatter(build)
            process.make(key.name, c.module, key.function, argument)
        except ContestantError as error:
            session.failures.append(f"{c.name}, {key.function} of {argument}: {error.first_line}")
            yield key


def turn(process: Process, key: Key, runs: int, rest: bool) -> tuple[float, float]:
    if rest:
        time.sleep(REST)
    measured = process.run(key.name, runs)
    if rest:
        time.sleep(REST)
    return measured


def runs_a_turn(process: Process, key: Key, seconds: float) -> int:
    once, _ = process.run(key.name, 3)
    return max(1, min(1000, round(seconds / max(once, 1e-6))))


def disagreeing(session: Session, players: Mapping[Key, Contestant], argument: Any) -> list[Key]:
    """Those whose answer isn't that of by hand; where it takes no part, of the first who has one.

    Answers are compared at the start; and after three runs the first number in them again, the loss, to see that the
    updates are the same, too. (The gradients then differ by more than rounding: Adam divides even the smallest by its
    own size.)
    """
    before = answers(session, players)
    for key in players:
        session.processes[key.contestant].run(key.name, 3)
    after = {key: answer[:1] for key, answer in answers(session, players).items()}
    out = []
    for key in before:
        same = [other for other in before if other.function == key.function]
        judge = next((other for other in same if other.contestant == BY_HAND), same[0])
        if difference := difference_between(before[key], before[judge]) or difference_between(after[key], after[judge]):
            session.failures.append(
                f"{key.contestant} and {judge.contestant} differ, so there is nothing to compare: {key.function} of "
                f"{argument}: {difference}"
            )
            out.append(key)
    return out


def answers(session: Session, players: Iterable[Key]) -> dict[Key, list[Array]]:
    """The arrays that each answers; without those who answer nothing."""
    given = {key: session.processes[key.contestant].ask(key.name, "answer") for key in players}
    return {
        key: [np.asarray(x, np.float64) for x in tree_leaves(answer)]
        for key, answer in given.items()
        if answer is not None
    }


def difference_between(found: list[Array], expected: list[Array]) -> str:
    """What is too different for rounding; "" if nothing is."""
    shapes = [x.shape for x in found], [x.shape for x in expected]
    if shapes[0] != shapes[1]:
        return f"arrays of shapes {shapes[0]} and {shapes[1]}"
    for k, (x, y) in enumerate(zip(found, expected, strict=True)):
        error, scale = float(np.abs(x - y).max(initial=0)), float(np.abs(y).max(initial=0))
        if not error <= RTOL * scale + 1e-6:
            return f"value {k} by {error:.2g}, where the largest is {scale:.2g}"
    return ""
