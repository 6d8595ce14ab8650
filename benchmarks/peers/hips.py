"""HIPS autograd: NumPy's functions wrapped, and `value_and_grad` of a function of all parameters.

It has the engine's import name, so it is imported in a process of its own, by name, and nothing of the engine is.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from benchmarks.problem import Array, Problem
from benchmarks.updates import update_of

hips: Any = importlib.import_module("autograd")
anp: Any = importlib.import_module("autograd.numpy")


def relu(z: Any) -> Any:
    return z * (z > 0)  # np.maximum would have a gradient in float64


def loss_of(parameters: Any, x: Array, targets: Array) -> Any:
    """Mean cross-entropy of the network; the parameters are its weights, then its biases, the targets one-hot."""
    layers = len(parameters) // 2
    h: Any = x
    for k, (w, b) in enumerate(zip(parameters[:layers], parameters[layers:], strict=True)):
        z = anp.dot(h, w) + b
        h = relu(z) if k < layers - 1 else z
    shifted = h - anp.max(h, axis=1, keepdims=True)
    log_p = shifted - anp.log(anp.sum(anp.exp(shifted), axis=1, keepdims=True))
    return -anp.sum(log_p * targets) / len(x)


class Network:
    def __init__(self, problem: Problem) -> None:
        weights, biases, self.x, labels = problem.arrays()
        self.parameters = [*weights, *biases]
        self.targets = np.eye(problem.sizes[-1], dtype=np.float32)[labels]


class Step(Network):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.lr = problem.lr
        self.loss_and_gradients = hips.value_and_grad(loss_of)
        self.update = update_of(problem.optimizer, self.parameters)

    def answer(self) -> tuple[float, list[Array]]:
        loss, gradients = self.loss_and_gradients(self.parameters, self.x, self.targets)
        return float(loss), [np.array(g) for g in gradients]

    def run(self) -> None:
        _, gradients = self.loss_and_gradients(self.parameters, self.x, self.targets)
        self.update(gradients, self.lr)


class Chain:
    def __init__(self, calls: int) -> None:
        self.calls = calls

    def loop(self, t: Any) -> Any:
        for k in range(self.calls):
            t = t + 0.1 if k % 2 else t * 1.0001
        return t

    def forward(self) -> None:
        self.pull_back, self.y = hips.make_vjp(self.loop)(np.ones(10))

    def run(self) -> None:
        self.forward()
        self.result: Any = self.pull_back(np.ones_like(self.y))

    def answer(self) -> Array:
        self.run()
        return np.array(self.result)


class Gradient(Network):
    def run(self) -> None:
        self.result: Any = hips.grad(loss_of)(self.parameters, self.x, self.targets)

    def answer(self) -> list[Array]:
        self.run()
        return [np.array(g) for g in self.result]


class HVP(Network):
    """Reverse over reverse, which is what `make_hvp` does."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.direction = problem.direction()

    def run(self) -> None:
        product, _ = hips.make_hvp(loss_of)(self.parameters, self.x, self.targets)
        self.result: Any = product(self.direction)

    def answer(self) -> list[Array]:
        self.run()
        return [np.array(g) for g in self.result]


step = Step
chain = Chain
gradient = Gradient
hvp = HVP
