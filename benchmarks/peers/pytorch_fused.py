"""PyTorch, eager, with the optimizer that updates each parameter in one call: `fused=True`, which isn't the default."""

from __future__ import annotations

from benchmarks.peers import pytorch
from benchmarks.problem import Lesson, Problem, Step


def step(problem: Problem) -> Step:
    return pytorch.Step(problem, fused=True)


def training(lesson: Lesson) -> pytorch.Training:
    return pytorch.Training(lesson, fused=True)
