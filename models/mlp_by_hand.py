"""The digit network with its backpropagation written by hand, in plain NumPy, as a textbook would.

For each layer z = x W + b and h = f(z). Backwards, with dz the gradient of the loss with respect to z,

    dW = x.T dz        db = sum of dz over the batch        dx = dz W.T        dz of the layer below = dx * f'(z)

This is what the engine derives; the two are compared in tests and benchmarks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class MLPByHand:
    """Layers with the given weights (n_in, n_out) and biases (n_out,), and an activation between them."""

    def __init__(
        self, weights: list[Array], biases: list[Array], activation: str = "relu", loss: str = "cross_entropy"
    ) -> None:
        self.weights = weights
        self.biases = biases
        self.activation = activation
        self.loss = loss

    def forward(self, x: Array) -> list[Array]:
        """x (batch, n_in) to the output of every layer, x itself first and the logits last."""
        outputs = [x]
        for k, (W, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = outputs[-1] @ W + b
            outputs.append(self.activate(z) if k < len(self.weights) - 1 else z)
        return outputs

    def activate(self, z: Array) -> Array:
        h: Array
        if self.activation == "relu":
            h = np.maximum(z, 0)
        elif self.activation == "sigmoid":
            h = 1 / (1 + np.exp(-z))
        else:
            h = np.tanh(z)
        return h

    def activation_gradient(self, h: Array) -> Array:
        """f'(z), from h = f(z)."""
        gradient: Array
        if self.activation == "relu":
            gradient = h > 0
        elif self.activation == "sigmoid":
            gradient = h * (1 - h)
        else:
            gradient = 1 - h * h
        return gradient

    def loss_and_gradient(self, logits: Array, labels: Array) -> tuple[Any, Array]:
        """The loss, and its gradient with respect to the logits."""
        n, classes = logits.shape
        if self.loss == "squared_error":
            difference = logits - np.eye(classes, dtype=logits.dtype)[labels]
            return np.mean(difference * difference), 2 * difference / difference.size
        exp = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = exp / exp.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(n), labels]).mean()
        dz = p
        dz[np.arange(n), labels] -= 1
        dz /= n
        return loss, dz

    def backward(self, outputs: list[Array], dz: Array) -> tuple[list[Array], list[Array]]:
        """The gradients of all weights and biases, from the outputs of `forward` and the gradient of the logits."""
        weight_gradients, bias_gradients = [], []
        for k in reversed(range(len(self.weights))):
            weight_gradients.append(outputs[k].T @ dz)
            bias_gradients.append(dz.sum(axis=0))
            if k > 0:
                dz = (dz @ self.weights[k].T) * self.activation_gradient(outputs[k])
        return weight_gradients[::-1], bias_gradients[::-1]

    def step(self, x: Array, labels: Array, lr: float) -> Any:
        """One step of gradient descent; returns the loss before it."""
        outputs = self.forward(x)
        loss, dz = self.loss_and_gradient(outputs[-1], labels)
        weight_gradients, bias_gradients = self.backward(outputs, dz)
        for k in range(len(self.weights)):
            self.weights[k] -= lr * weight_gradients[k]
            self.biases[k] -= lr * bias_gradients[k]
        return loss
