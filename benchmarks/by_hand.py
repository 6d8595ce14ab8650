"""By hand, as a textbook writes it: `models/mlp_by_hand.py`, with SGD or Adam."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.problem import Array, Problem, TrainingTask
from benchmarks.trainer import Trainer
from benchmarks.updates import update_of
from models.mlp_by_hand import MLPByHand


class Step:
    def __init__(self, problem: Problem) -> None:
        weights, biases, self.x, self.labels = problem.arrays()
        self.network = MLPByHand(weights, biases)
        self.lr = problem.lr
        self.update = update_of(problem.optimizer, [*weights, *biases])
        self.run = self.run_sgd if problem.optimizer == "sgd" else self.run_any

    def answer(self) -> tuple[float, list[Array]]:
        outputs = self.network.forward(self.x)
        loss, dz = self.network.loss_and_gradient(outputs[-1], self.labels)
        weight_gradients, bias_gradients = self.network.backward(outputs, dz)
        return float(loss), [*weight_gradients, *bias_gradients]

    def run_sgd(self) -> None:
        self.network.step(self.x, self.labels, self.lr)

    def run_any(self) -> None:
        _, gradients = self.answer()
        self.update(gradients, self.lr)


class Training(Trainer):
    def __init__(self, task: TrainingTask) -> None:
        super().__init__(task)
        self.step = Step(task.problem)

    def learn(self, x: Array, labels: Array, lr: float) -> None:
        self.step.x, self.step.labels, self.step.lr = x, labels, lr
        self.step.run()

    def logits(self, x: Array) -> Any:
        return self.step.network.forward(x)[-1]


class Chain:
    """Sums and products with a constant, and the derivative of each."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def forward(self) -> None:
        t = np.ones(10)
        for k in range(self.calls):
            t = t + 0.1 if k % 2 else t * 1.0001
        self.y = t

    def run(self) -> None:
        self.forward()
        g = np.ones(10)
        for k in reversed(range(self.calls)):
            if not k % 2:
                g = g * 1.0001
        self.result = g

    def answer(self) -> Array:
        self.run()
        return self.result


step = Step
chain = Chain
training = Training
