"""How long it takes to train the network to 97.8 % of the test images: the same recipe, start and batches for all.

Contestants take turns at parts of an epoch; after each part they are tested, which isn't counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from tqdm import tqdm

from benchmarks.contestants import BY_HAND
from benchmarks.problem import Lesson
from benchmarks.processes import ContestantError
from benchmarks.rounds import Key, Run, name_of, rotated, turn
from benchmarks.rows import Ratio, Row
from mnist import data

GOAL = 0.978
SEEDS = (0, 1, 2)
TABLE = f"Training to {GOAL:.1%} of the test images"


def measure(run: Run, lesson_of: Callable[[int], Lesson] | None = None) -> Iterator[Row]:
    """lesson_of: what is learned, by seed; MNIST if it isn't given."""
    if lesson_of is None:
        try:
            lesson_of = mnist_lessons(run.data)
        except data.DataError as error:
            run.failures.append(f"training: {error}")
            return
    found = [train(run, lesson_of(seed)) for seed in SEEDS]
    for name in found[0]:
        if not all(name in each for each in found):
            continue
        seconds, steps = np.array([each[name] for each in found]).T
        by_hand = np.array([each[BY_HAND] for each in found if BY_HAND in each]).T
        whole = a_step = None
        if by_hand.shape == (2, len(found)):
            whole = Ratio.of(seconds / by_hand[0])
            a_step = Ratio.of(seconds / steps * by_hand[1] / by_hand[0])
        yield Row(TABLE, "time", name, float(np.median(seconds)), "s", whole, BY_HAND)
        yield Row(TABLE, "steps", name, float(np.median(steps)), "")
        yield Row(TABLE, "a step", name, float(np.median(seconds / steps)) * 1e6, "µs", a_step, BY_HAND)


def mnist_lessons(folder: str | None) -> Callable[[int], Lesson]:
    digits = data.load(folder)
    images, test_images = (x.reshape(len(x), -1) for x in (digits.train_images, digits.test_images))
    return lambda seed: Lesson(images, digits.train_labels, test_images, digits.test_labels, seed=seed)


def train(run: Run, lesson: Lesson) -> dict[str, tuple[float, int]]:
    """By contestant, after how many seconds and steps it has reached the goal."""
    players = {Key(c.name, "training"): c for c in run.who_has("training")}
    for key, c in players.items():
        run.processes[c.name].make(name_of(key), c.module, key.function, lesson)
    seconds = dict.fromkeys(players, 0.0)
    reached: dict[str, tuple[float, int]] = {}
    k = 0
    with tqdm(desc=f"training, seed {lesson.seed}", unit=" parts", leave=False, disable=None) as bar:
        while players:
            for key, c in rotated(list(players.items()), k):
                try:
                    seconds[key] += turn(run.processes[c.name], key, 1, c.process != "numpy")[0]
                    accuracy, steps, is_over = run.processes[c.name].ask(name_of(key), "answer")
                except ContestantError as error:
                    run.failures.append(f"{c.name}, training: {error.first_line}")
                    accuracy, is_over = np.nan, True
                if accuracy >= GOAL:
                    reached[c.name] = seconds[key], steps
                elif is_over and np.isfinite(accuracy):
                    run.failures.append(f"{c.name}, training: over after {steps} steps, at {accuracy:.2%}")
                if accuracy >= GOAL or is_over:
                    run.processes[c.name].forget(name_of(key))
                    del players[key]
            k += 1
            bar.update()
    return {c.name: reached[c.name] for c in run.contestants if c.name in reached}
