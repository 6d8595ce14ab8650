"""Contestants as there should be none, to see that they are found out; run in processes of their own."""

from __future__ import annotations

from benchmarks.by_hand import Step, Training
from benchmarks.problem import Array, Problem, TrainingTask


class Wrong(Step):
    def answer(self) -> tuple[float, list[Array]]:
        loss, gradients = super().answer()
        gradients[1] = gradients[1] * 1.01
        return loss, gradients


class Idle(Step):
    """Computes everything, and forgets to update."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.run = lambda: None


class Slow(Training):
    """Never learns."""

    def learn(self, x: Array, labels: Array, lr: float) -> None:
        pass


def step(problem: Problem) -> Step:
    if problem.optimizer == "adam":
        raise RuntimeError("it has no Adam\nand a second line")
    return Wrong(problem) if problem.batch == 4 else Idle(problem)


def training(task: TrainingTask) -> Training:
    return Slow(task)


def chain(calls: int) -> None:
    raise SystemExit(3)
