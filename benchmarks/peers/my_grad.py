"""MyGrad: tensors, its own relu and softmax_crossentropy, and updates of the tensors' arrays in place.

Memory guarding is off during a run, as MyGrad's performance tips advise. It has no second order.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from benchmarks.problem import Array, Problem
from benchmarks.updates import update_of

mg: Any = importlib.import_module("mygrad")  # by name: the types pass with it and without


class Gradient:
    def __init__(self, problem: Problem) -> None:
        weights, biases, self.x, self.labels = problem.arrays()
        self.weights, self.biases = [mg.tensor(w) for w in weights], [mg.tensor(b) for b in biases]
        self.parameters = [*self.weights, *self.biases]

    def forward(self) -> Any:
        h: Any = self.x
        for k, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = mg.matmul(h, w) + b
            h = mg.nnet.activations.relu(z) if k < len(self.weights) - 1 else z
        return mg.nnet.losses.softmax_crossentropy(h, self.labels)

    def run(self) -> None:
        with mg.mem_guard_off:
            self.loss = self.forward()
            self.loss.backward()

    def answer(self) -> Any:
        self.run()
        return [np.array(p.grad) for p in self.parameters]


class Step(Gradient):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.lr = problem.lr
        self.update = update_of(problem.optimizer, [p.data for p in self.parameters])

    def run(self) -> None:
        super().run()
        self.update([p.grad for p in self.parameters], self.lr)

    def answer(self) -> tuple[float, list[Array]]:
        super().run()
        return self.loss.item(), [np.array(p.grad) for p in self.parameters]


class Chain:
    def __init__(self, calls: int) -> None:
        self.calls = calls

    def forward(self) -> None:
        self.start = t = mg.tensor(np.ones(10))
        for k in range(self.calls):
            t = t + 0.1 if k % 2 else t * 1.0001
        self.y: Any = t

    def run(self) -> None:
        with mg.mem_guard_off:
            self.forward()
            self.y.backward(np.ones(10))

    def answer(self) -> Array:
        self.run()
        return np.array(self.start.grad)


step = Step
chain = Chain
gradient = Gradient
