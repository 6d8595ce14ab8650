"""Training in parts, so that contestants can take turns at it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from benchmarks.problem import Lesson, as_input

PARTS_AN_EPOCH = 4


class Pupil(ABC):
    """A contestant that is being trained; a run is a part of an epoch."""

    def __init__(self, lesson: Lesson) -> None:
        self.images, self.labels = as_input(lesson.images), lesson.labels
        self.test_images, self.test_labels = as_input(lesson.test_images), lesson.test_labels
        self.orders = lesson.orders()
        self.rates = lesson.rates(len(self.orders)).tolist()
        self.done = 0
        self.part = -(-len(self.orders) // (lesson.epochs * PARTS_AN_EPOCH))

    @abstractmethod
    def learn(self, x: Any, labels: Any, lr: float) -> None:
        """Do a step."""

    @abstractmethod
    def logits(self, x: Any) -> Any:
        """(n, 10) of images (n, 784)."""

    def run(self) -> None:
        end = self.done + self.part
        for rows, lr in zip(self.orders[self.done : end], self.rates[self.done : end], strict=True):
            self.learn(self.images[rows], self.labels[rows], lr)
        self.done = min(end, len(self.orders))

    def answer(self) -> tuple[float, int, bool]:
        """The accuracy on the test set, after how many steps, and whether the lesson is over."""
        right = np.mean(np.asarray(self.logits(self.test_images)).argmax(axis=1) == np.asarray(self.test_labels))
        return float(right), self.done, self.done == len(self.orders)
