"""The engine, eager: what a user writes."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import autograd as ag
from autograd import nn, optim
from benchmarks.models.model_problem import ModelProblem
from benchmarks.problem import Array, Problem, TrainingTask
from benchmarks.trainer import Trainer
from models.mlp import MLP


class Step:
    def __init__(self, problem: Problem) -> None:
        given = problem.arrays()
        self.batch: tuple[Array, ...] = given.x, given.labels
        self.model = MLP(problem.sizes)
        linears = [layer for layer in self.model.layers if isinstance(layer, nn.Linear)]
        self.parameters = [layer.weight for layer in linears] + [layer.bias for layer in linears]
        for p, value in zip(self.parameters, [*given.weights, *given.biases], strict=True):
            p.data[...] = value
        optimizer = {"sgd": optim.SGD, "adam": optim.Adam}[problem.optimizer]
        self.optimizer: optim.Optimizer = optimizer(self.model.parameters(), problem.lr)

    def loss(self, *batch: Any) -> Any:
        x, labels = batch
        return nn.cross_entropy(self.model(x), labels)

    def answer(self) -> tuple[float, list[Array]]:
        self.optimizer.zero_grad()
        loss = self.loss(*self.batch)
        loss.backward()
        return loss.item(), [p.grad.numpy().copy() for p in self.parameters if p.grad is not None]

    def run(self) -> None:
        self.optimizer.zero_grad()
        loss = self.loss(*self.batch)
        loss.backward()
        self.optimizer.step()


class ModelStep(Step):
    def __init__(self, problem: ModelProblem) -> None:
        self.problem, self.batch = problem, problem.arrays()
        self.network = problem.model()
        self.parameters = list(self.network.parameters())
        if problem.weight_decay:
            self.optimizer = optim.AdamW(self.parameters, problem.lr, weight_decay=problem.weight_decay)
        else:
            self.optimizer = optim.Adam(self.parameters, problem.lr)

    def loss(self, *batch: Any) -> Any:
        return self.problem.loss(self.network, *batch)


class Training(Trainer):
    def __init__(self, task: TrainingTask) -> None:
        super().__init__(task)
        self.step = Step(task.problem)

    def learn(self, x: Array, labels: Array, lr: float) -> None:
        self.step.batch, self.step.optimizer.lr = (x, labels), lr
        self.step.run()

    def logits(self, x: Array) -> Any:
        with ag.no_grad():
            return self.step.model(x).numpy()


class Chain:
    def __init__(self, calls: int) -> None:
        self.calls = calls

    def forward(self) -> None:
        self.start = t = ag.Tensor(np.ones(10), requires_grad=True)
        for k in range(self.calls):
            t = t + 0.1 if k % 2 else t * 1.0001
        self.y = t

    def run(self) -> None:
        self.forward()
        self.y.backward(np.ones(10))

    def answer(self) -> Array:
        self.run()
        assert self.start.grad is not None
        return self.start.grad.numpy()


def loss_of(x: Array, labels: Array, parameters: Any) -> Any:
    """Mean cross-entropy of the network; the parameters are its weights, then its biases."""
    layers = len(parameters) // 2
    h: Any = x
    for k, (w, b) in enumerate(zip(parameters[:layers], parameters[layers:], strict=True)):
        z = h @ w + b
        h = nn.relu(z) if k < layers - 1 else z
    return nn.cross_entropy(h, labels)


class Gradient:
    """The gradient of the loss as a function of the parameters, a list of arrays."""

    def __init__(self, problem: Problem) -> None:
        weights, biases, self.x, self.labels = problem.arrays()
        self.parameters = [*weights, *biases]
        self.loss = partial(loss_of, self.x, self.labels)
        self.gradient = ag.grad(self.loss)

    def run(self) -> None:
        self.result = self.gradient(self.parameters)

    def answer(self) -> list[Array]:
        self.run()
        return list(self.result)


class HVP(Gradient):
    """Backward over backward."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.direction = problem.direction()

    def run(self) -> None:
        (self.result,) = ag.hvp(self.loss, (self.parameters,), (self.direction,))


step = Step
model_step = ModelStep
training = Training
chain = Chain
gradient = Gradient
hvp = HVP
