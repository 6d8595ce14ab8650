"""The engine, compiled: the steps of `benchmarks.engine`, as the NumPy programs that `ag.compile` makes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd import nn
from benchmarks import engine
from benchmarks.problem import Array, Problem, TrainingTask

CALLS_TO_COMPILE = 4  # without moments, and then with them: each a call that is traced, and one that is compared


class Compiled(engine.Step):
    """Compiled already, the state as at the start."""

    def __init__(self, problem: Any) -> None:
        super().__init__(problem)
        self.learn = ag.compile(self.train)
        self.gradients = ag.compile(self.derive)
        before = [p.data.copy() for p in self.parameters]
        for _ in range(CALLS_TO_COMPILE):
            self.run()
        for p, value in zip(self.parameters, before, strict=True):
            p.data[...] = value
        for moments in self.optimizer.state.values():
            for key, m in moments.items():
                if isinstance(m, np.ndarray):
                    m.fill(0)  # in place: a program keeps the arrays that it was traced with
                else:
                    moments[key] = 0

    def derive(self, *batch: Any) -> Any:
        self.optimizer.zero_grad()
        loss = self.loss(*batch)
        loss.backward()
        return loss, [p.grad for p in self.parameters]

    def train(self, *batch: Any) -> Any:
        self.optimizer.zero_grad()
        loss = self.loss(*batch)
        loss.backward()
        self.optimizer.step()
        return loss

    def answer(self) -> tuple[float, list[Array]]:
        for _ in range(3):
            loss, gradients = self.gradients(*self.batch)
        return loss.item(), [g.numpy().copy() for g in gradients]

    def run(self) -> None:
        self.learn(*self.batch)


class ModelStep(Compiled, engine.ModelStep):
    pass


class Training(engine.Training):
    """The time to compile is part of the time to train."""

    def __init__(self, task: TrainingTask) -> None:
        super().__init__(task)
        self.train = ag.compile(self.train_step)

    def train_step(self, x: Array, labels: Array) -> Any:
        self.step.optimizer.zero_grad()
        loss = nn.cross_entropy(self.step.model(x), labels)
        loss.backward()
        self.step.optimizer.step()
        return loss

    def learn(self, x: Array, labels: Array, lr: float) -> None:
        self.step.optimizer.lr = lr
        self.train(x, labels)


def chain_of(calls: int) -> Callable[[Array], Any]:
    def forward_and_backward(start: Array) -> Any:
        first = t = ag.Tensor(start, requires_grad=True)
        for k in range(calls):
            t = t + 0.1 if k % 2 else t * 1.0001
        t.backward(np.ones(10))
        return t, first.grad

    return forward_and_backward


class Chain:
    """Sums and products with a constant, and the derivative of each, as one program."""

    def __init__(self, calls: int) -> None:
        self.derive = ag.compile(chain_of(calls))
        self.start = np.ones(10)
        for _ in range(CALLS_TO_COMPILE):
            self.run()

    def run(self) -> None:
        _, self.result = self.derive(self.start)

    def answer(self) -> Array:
        self.run()
        return self.result.numpy()


class Gradient(engine.Gradient):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.gradient = ag.compile(self.gradient)
        for _ in range(CALLS_TO_COMPILE):
            self.run()


class HVP(engine.HVP):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        loss = self.loss
        self.product = ag.compile(lambda parameters, direction: ag.hvp(loss, (parameters,), (direction,)))
        for _ in range(CALLS_TO_COMPILE):
            self.run()

    def run(self) -> None:
        (self.result,) = self.product(self.parameters, self.direction)


step = Compiled
model_step = ModelStep
training = Training
chain = Chain
gradient = Gradient
hvp = HVP
