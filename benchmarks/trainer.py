"""Training in parts, so that contestants can take turns at it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from benchmarks.problem import TrainingTask, as_input

PARTS_AN_EPOCH = 4


class Trainer(ABC):
    """A contestant that is being trained; a run is a part of an epoch."""

    def __init__(self, task: TrainingTask) -> None:
        self.images, self.labels = as_input(task.images), task.labels
        self.test_images, self.test_labels = as_input(task.test_images), task.test_labels
        self.orders = task.orders()
        self.rates = task.rates(len(self.orders)).tolist()
        self.done = 0
        self.part = -(-len(self.orders) // (task.epochs * PARTS_AN_EPOCH))

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
        """The accuracy on the test set, after how many steps, and whether the task is over."""
        right = np.mean(np.asarray(self.logits(self.test_images)).argmax(axis=1) == np.asarray(self.test_labels))
        return float(right), self.done, self.done == len(self.orders)
