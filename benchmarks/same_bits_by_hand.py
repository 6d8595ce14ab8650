"""By hand, as fast as NumPy can be with the bits of the engine: its formulas, each parameter an array of its own.

Like `fastest_by_hand`, it makes no array during a step. But what that saves by laying all parameters into one vector,
the engine's users would not want to give up: `model.layers[0].weight` is an array that they may look at and replace.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.fastest_by_hand import Buffered, vector
from benchmarks.problem import BETA1, BETA2, EPSILON, Array, Problem

BLOCK_SIZE = 2**16  # numbers: what an update takes at once, so that they stay in the cache


class Step(Buffered):
    def __init__(self, problem: Problem) -> None:
        given = problem.arrays()
        n, sizes = problem.batch, problem.sizes
        self.x, self.lr, self.count = given.x, problem.lr, 0
        self.labels = given.labels, np.arange(n)
        self.ones = np.ones(n, np.float32)
        self.scale = np.float32(1 / n)
        self.weights, self.biases = ([aligned_zeros(p.shape) for p in group] for group in (given.weights, given.biases))
        self.parameters = [*self.weights, *self.biases]
        for p, value in zip(self.parameters, [*given.weights, *given.biases], strict=True):
            p[...] = value
        self.gradients = [aligned_zeros(p.shape) for p in self.parameters]

        self.outputs = [aligned_zeros((n, size)) for size in sizes[1:]]
        self.slopes = [aligned_zeros((n, size)) for size in sizes[1:-1]]
        self.masks = [np.empty((n, size), bool) for size in sizes[1:-1]]
        self.logits, self.error = (
            aligned_zeros((sizes[-1], n)),
            aligned_zeros((sizes[-1], n)),
        )  # by columns: see nn.cross_entropy
        self.row = aligned_zeros((n,))
        self.slopes.append(aligned_zeros((sizes[-1], n)).T)
        self.inputs = [self.x, *self.outputs[:-1]]
        self.inputs_transposed = [h.T for h in self.inputs]
        self.transposed = [w.T for w in self.weights]

        groups = [self.parameters, self.gradients]
        if problem.optimizer == "adam":
            groups += [[aligned_zeros(p.shape) for p in self.parameters] for _ in range(2)]
        self.pieces = [piece for arrays in zip(*groups, strict=True) for piece in pieces(*arrays)]
        self.update = self.adam if problem.optimizer == "adam" else self.sgd

    def answer(self) -> tuple[float, list[Array]]:
        self.forward_and_backward()
        return float(self.loss), [g.copy() for g in self.gradients]

    def forward_and_backward(self) -> None:
        last = self.forward()
        logits, error, row, labels = self.logits, self.error, self.row, self.labels
        np.copyto(logits, self.outputs[last].T)
        np.maximum.reduce(logits, axis=0, out=row)
        np.subtract(logits, row, logits)
        np.exp(logits, error)
        np.add.reduce(error, axis=0, out=row)
        np.divide(error, row, error)
        np.log(row, row)
        self.loss = -(np.add.reduce(logits[labels]) - np.add.reduce(row)) / len(row)
        error[labels] -= 1
        np.multiply(error.T, self.scale, self.slopes[last])
        weight_gradients, bias_gradients = self.gradients[: last + 1], self.gradients[last + 1 :]
        for k in range(last, -1, -1):
            dz = self.slopes[k]
            if k:
                below = self.slopes[k - 1]
                np.matmul(dz, self.transposed[k], below)
            np.matmul(self.inputs_transposed[k], dz, weight_gradients[k])
            np.matmul(self.ones, dz, bias_gradients[k])
            if k:
                np.not_equal(self.outputs[k - 1], 0, self.masks[k - 1])
                np.multiply(below, self.masks[k - 1], below)

    def sgd(self) -> None:
        lr = np.asarray(self.lr, np.float32)
        for p, g in self.pieces:
            np.multiply(g, lr, g)
            np.subtract(p, g, p)

    def adam(self) -> None:
        """Kingma and Ba 2015, algorithm 1, the bias corrections in lr and epsilon. Uses up the gradients."""
        self.count += 1
        correction = math.sqrt(1 - BETA2**self.count)
        lr = np.asarray(self.lr * correction / (1 - BETA1**self.count), np.float32)
        epsilon = np.asarray(EPSILON * correction, np.float32)
        beta1, beta2, rest1, rest2 = (np.asarray(x, np.float32) for x in (BETA1, BETA2, 1 - BETA1, 1 - BETA2))
        for p, g, mean, square, spread in self.pieces:
            np.multiply(mean, beta1, mean)
            np.multiply(g, rest1, spread)
            np.add(mean, spread, mean)
            np.multiply(square, beta2, square)
            np.square(g, g)
            np.multiply(g, rest2, g)
            np.add(square, g, square)
            np.sqrt(square, spread)
            np.add(spread, epsilon, spread)
            np.divide(mean, spread, spread)
            np.multiply(spread, lr, spread)
            np.subtract(p, spread, p)


def aligned_zeros(shape: tuple[int, ...]) -> Array:
    """Zeros, from the start of a cache line."""
    return vector(int(np.prod(shape))).reshape(shape)


def pieces(*arrays: Array) -> list[list[Any]]:
    """Arrays of one shape, in pieces of at most BLOCK_SIZE numbers; Adam is given one more, to compute in."""
    flat, size = [array.reshape(-1) for array in arrays], arrays[0].size
    scratch = [aligned_zeros((min(size, BLOCK_SIZE),))] if len(arrays) > 2 else []
    return [
        [*(array[k : k + BLOCK_SIZE] for array in flat), *(s[: size - k] for s in scratch)]
        for k in range(0, size, BLOCK_SIZE)
    ]


step = Step
