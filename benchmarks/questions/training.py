"""How long it takes to train the network to 97.8 % of the test images: the same recipe, start and batches for all.

Contestants take turns at parts of an epoch; after each part they are tested, which isn't counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from tqdm import tqdm

from benchmarks.contestants import BY_HAND
from benchmarks.measurements import Measurement, Ratio
from benchmarks.problem import TrainingTask
from benchmarks.processes import ContestantError
from benchmarks.timing import Key, Session, rotated, turn
from mnist import data

GOAL = 0.978
SEEDS = (0, 1, 2)
TABLE = f"Training to {GOAL:.1%} of the test images"


def measure(session: Session, task_of: Callable[[int], TrainingTask] | None = None) -> Iterator[Measurement]:
    """task_of: what is learned, by seed; MNIST if it isn't given."""
    if task_of is None:
        try:
            task_of = mnist_tasks(session.data)
        except data.DataError as error:
            session.failures.append(f"training: {error}")
            return
    found = [train_all(session, task_of(seed)) for seed in SEEDS]
    for name in found[0]:
        if not all(name in each for each in found):
            continue
        seconds, steps = np.array([each[name] for each in found]).T
        by_hand = np.array([each[BY_HAND] for each in found if BY_HAND in each]).T
        whole = a_step = None
        if by_hand.shape == (2, len(found)):
            whole = Ratio.of(seconds / by_hand[0])
            a_step = Ratio.of(seconds / steps * by_hand[1] / by_hand[0])
        yield Measurement(TABLE, "time", name, float(np.median(seconds)), "s", whole, BY_HAND)
        yield Measurement(TABLE, "steps", name, float(np.median(steps)), "")
        yield Measurement(TABLE, "a step", name, float(np.median(seconds / steps)) * 1e6, "µs", a_step, BY_HAND)


def mnist_tasks(folder: str | None) -> Callable[[int], TrainingTask]:
    digits = data.load_mnist(folder)
    images, test_images = (x.reshape(len(x), -1) for x in (digits.train_images, digits.test_images))
    return lambda seed: TrainingTask(images, digits.train_labels, test_images, digits.test_labels, seed=seed)


def train_all(session: Session, task: TrainingTask) -> dict[str, tuple[float, int]]:
    """By contestant, after how many seconds and steps it has reached the goal."""
    players = {Key(c.name, "training"): c for c in session.who_has("training")}
    for key, c in players.items():
        session.processes[c.name].make(key.name, c.module, key.function, task)
    seconds = dict.fromkeys(players, 0.0)
    reached: dict[str, tuple[float, int]] = {}
    k = 0
    with tqdm(desc=f"training, seed {task.seed}", unit=" parts", leave=False, disable=None) as bar:
        while players:
            for key, c in rotated(list(players.items()), k):
                try:
                    seconds[key] += turn(session.processes[c.name], key, 1, c.process != "numpy")[0]
                    accuracy, steps, is_over = session.processes[c.name].ask(key.name, "answer")
                except ContestantError as error:
                    session.failures.append(f"{c.name}, training: {error.first_line}")
                    accuracy, is_over = np.nan, True
                if accuracy >= GOAL:
                    reached[c.name] = seconds[key], steps
                elif is_over and np.isfinite(accuracy):
                    session.failures.append(f"{c.name}, training: over after {steps} steps, at {accuracy:.2%}")
                if accuracy >= GOAL or is_over:
                    session.processes[c.name].forget(key.name)
                    del players[key]
            k += 1
            bar.update()
    return {c.name: reached[c.name] for c in session.contestants if c.name in reached}
