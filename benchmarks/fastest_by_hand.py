"""By hand, as fast as NumPy can be: no array is made during a step.

Every value has a buffer of its own, calls write into it with `out=`, and all parameters lie in one vector, their
gradients in another, so that an update is a few calls for all of them. What a careful person would write who has
nothing else to do; nobody would want to maintain it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from benchmarks.problem import BETA1, BETA2, EPSILON, Array, Problem

CACHE_LINE = 64  # bytes; see autograd._util.memory


def vector(size: int) -> Array:
    """Zeros, from the start of a cache line."""
    memory = np.zeros(size * 4 + CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + size * 4].view(np.float32)


class Buffered:
    """What steps share whose outputs of all layers lie in buffers."""

    inputs: list[Array]
    weights: list[Array]
    biases: list[Array]
    outputs: list[Array]
    forward_and_backward: Callable[[], None]
    update: Callable[[], None]

    def run(self) -> None:
        self.forward_and_backward()
        self.update()

    def forward(self) -> int:
        """Fill the outputs; returns the number of the last layer."""
        last = len(self.weights) - 1
        for k, (h, w, b, z) in enumerate(zip(self.inputs, self.weights, self.biases, self.outputs, strict=True)):
            np.matmul(h, w, z)
            np.add(z, b, z)
            if k < last:
                np.maximum(z, 0, out=z)
        return last


class Step(Buffered):
    def __init__(self, problem: Problem) -> None:
        given = problem.arrays()
        self.x, self.lr, self.count = given.x, np.float32(problem.lr), 0
        rows = np.arange(problem.batch)
        classes = problem.sizes[-1]
        self.hits = rows * classes + given.labels  # where the labels' logits are, in the flat array
        self.scale = np.float32(1 / problem.batch)

        shapes = [*pairwise(problem.sizes), *((n,) for n in problem.sizes[1:])]
        self.p, self.g, self.scratch = (vector(sum(map(np.prod, shapes))) for _ in range(3))
        parts, gradients = self.views(self.p, shapes), self.views(self.g, shapes)
        for part, value in zip(parts, [*given.weights, *given.biases], strict=True):
            part[...] = value
        n = len(given.weights)
        self.weights, self.biases = parts[:n], parts[n:]
        self.weight_gradients, self.bias_gradients = gradients[:n], gradients[n:]

        self.outputs = [np.empty((problem.batch, size), np.float32) for size in problem.sizes[1:]]
        self.slopes = [np.empty((problem.batch, size), np.float32) for size in problem.sizes[1:]]
        self.masks = [np.empty((problem.batch, size), bool) for size in problem.sizes[1:-1]]
        self.column = np.empty((problem.batch, 1), np.float32)
        self.chosen = np.empty(problem.batch, np.float32)
        self.transposed = [w.T for w in self.weights]
        self.inputs = [self.x, *self.outputs[:-1]]
        self.inputs_transposed = [h.T for h in self.inputs]
        if problem.optimizer == "adam":
            self.mean, self.square, self.spread = (vector(self.p.size) for _ in range(3))
        self.update = self.adam if problem.optimizer == "adam" else self.sgd

    @staticmethod
    def views(flat: Array, shapes: list[tuple[int, ...]]) -> list[Array]:
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes]).tolist()
        return [flat[end - int(np.prod(shape)) : end].reshape(shape) for end, shape in zip(ends, shapes, strict=True)]

    def answer(self) -> tuple[float, list[Array]]:
        self.forward_and_backward()
        loss = float(-np.log(self.chosen).mean())
        return loss, [g.copy() for g in (*self.weight_gradients, *self.bias_gradients)]

    def forward_and_backward(self) -> None:
        last = self.forward()
        z, dz = self.outputs[last], self.slopes[last]
        np.maximum.reduce(z, axis=1, out=self.column, keepdims=True)
        np.subtract(z, self.column, dz)
        np.exp(dz, dz)
        np.add.reduce(dz, axis=1, out=self.column, keepdims=True)
        np.divide(dz, self.column, dz)
        flat = dz.reshape(-1)
        flat.take(self.hits, out=self.chosen, mode="clip")  # with the default mode it would make a copy
        self.loss = -np.log(self.chosen).mean()
        flat[self.hits] -= 1
        np.multiply(dz, self.scale, dz)
        for k in range(last, -1, -1):
            dz = self.slopes[k]
            np.matmul(self.inputs_transposed[k], dz, self.weight_gradients[k])
            np.add.reduce(dz, axis=0, out=self.bias_gradients[k])
            if k:
                below = self.slopes[k - 1]
                np.matmul(dz, self.transposed[k], below)
                np.greater(self.outputs[k - 1], 0, self.masks[k - 1])
                np.multiply(below, self.masks[k - 1], below)

    def sgd(self) -> None:
        np.multiply(self.g, self.lr, self.g)
        np.subtract(self.p, self.g, self.p)

    def adam(self) -> None:
        """Kingma and Ba 2015, algorithm 1, its bias corrections in the step size and epsilon."""
        self.count += 1
        g, scratch, spread = self.g, self.scratch, self.spread
        correction = math.sqrt(1 - BETA2**self.count)
        np.multiply(self.mean, np.float32(BETA1), self.mean)
        np.multiply(g, np.float32(1 - BETA1), scratch)
        np.add(self.mean, scratch, self.mean)
        np.multiply(g, g, g)
        np.multiply(g, np.float32(1 - BETA2), g)
        np.multiply(self.square, np.float32(BETA2), self.square)
        np.add(self.square, g, self.square)
        np.sqrt(self.square, spread)
        np.add(spread, np.float32(EPSILON * correction), spread)
        np.divide(self.mean, spread, spread)
        np.multiply(spread, np.float32(self.lr * correction / (1 - BETA1**self.count)), spread)
        np.subtract(self.p, spread, self.p)


step = Step
