"""PyTorch with `torch.compile`: forward, loss and their backward pass compiled, the optimizer as it is.

Needs a C++ compiler, and fails where there is none.
"""

from __future__ import annotations

from typing import Any

from benchmarks.models.model_problem import ModelProblem
from benchmarks.peers import pytorch
from benchmarks.problem import Problem, Step


def step(problem: Problem) -> Step:
    return compiled(pytorch.Step(problem))


def model_step(problem: ModelProblem) -> Step:
    return compiled(pytorch.ModelStep(problem))


def compiled(made: Any) -> Step:
    """A step like PyTorch's, compiled already, for these shapes alone."""
    pytorch.torch.compiler.reset()  # or a second batch size would give code for any size, which is slower
    made.forward = pytorch.torch.compile(made.forward, dynamic=False)
    made.answer()
    made.answer()
    return made
