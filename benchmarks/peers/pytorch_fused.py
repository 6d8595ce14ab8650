"""PyTorch, eager, with the optimizer that updates each parameter in one call: `fused=True`, which isn't the default."""

from __future__ import annotations

from benchmarks.peers import pytorch
from benchmarks.problem import Problem, Step, TrainingTask


def step(problem: Problem) -> Step:
    return pytorch.Step(problem, fused=True)


def training(task: TrainingTask) -> pytorch.Training:
    return pytorch.Training(task, fused=True)
