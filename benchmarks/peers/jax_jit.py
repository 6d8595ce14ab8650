"""JAX: one compiled function for the forward pass, the backward pass and the update."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from benchmarks.models.model_problem import ModelProblem
from benchmarks.problem import BETA1, BETA2, EPSILON, Array, Problem

jax: Any = importlib.import_module("jax")  # by name: the types pass with it and without
jnp: Any = importlib.import_module("jax.numpy")


def loss_of(parameters: Any, x: Any, labels: Any) -> Any:
    """Mean cross-entropy of the network; the parameters are its weights, then its biases."""
    layers = len(parameters) // 2
    h = x
    for k, (w, b) in enumerate(zip(parameters[:layers], parameters[layers:], strict=True)):
        z = h @ w + b
        h = jax.nn.relu(z) if k < layers - 1 else z
    return -jnp.take_along_axis(jax.nn.log_softmax(h), labels[:, None], axis=1).mean()


def adam(parameters: Any, gradients: Any, state: Any, lr: float, weight_decay: float = 0.0) -> tuple[Any, Any]:
    """Kingma and Ba 2015, algorithm 1; with weight decay Loshchilov and Hutter 2019, algorithm 2."""
    count, means, squares = state
    count = count + 1
    means = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, means, gradients)
    squares = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, squares, gradients)
    m_scale, v_scale = 1 / (1 - BETA1**count), 1 / (1 - BETA2**count)

    def updated(p: Any, m: Any, v: Any) -> Any:
        return p * (1 - lr * weight_decay) - lr * (m * m_scale) / (jnp.sqrt(v * v_scale) + EPSILON)

    return jax.tree.map(updated, parameters, means, squares), (count, means, squares)


def adam_state(parameters: Any) -> Any:
    """A count, means and squares."""
    return jnp.zeros((), jnp.int32), *(jax.tree.map(jnp.zeros_like, parameters) for _ in range(2))


class Network:
    """The problem's parameters and batch, where JAX computes."""

    def __init__(self, problem: Problem) -> None:
        weights, biases, x, labels = problem.arrays()
        self.parameters: Any = [jnp.array(p) for p in (*weights, *biases)]
        self.x, self.labels = jnp.array(x), jnp.array(labels.astype(np.int32))


class Step(Network):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.lr = problem.lr
        is_adam = problem.optimizer == "adam"
        self.state: Any = adam_state(self.parameters) if is_adam else ()
        # The parameters and the optimizer's state are given up to the call, which may write the new ones over them.
        self.update: Any = jax.jit(self.adam if is_adam else self.sgd, donate_argnums=(0, 1))
        copies = jax.tree.map(jnp.copy, (self.parameters, self.state))
        jax.block_until_ready(self.update(*copies, self.x, self.labels))  # compiles it

    def sgd(self, parameters: Any, state: Any, x: Any, labels: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(parameters, x, labels)
        return jax.tree.map(lambda p, g: p - self.lr * g, parameters, gradients), state, loss

    def adam(self, parameters: Any, state: Any, x: Any, labels: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(parameters, x, labels)
        return *adam(parameters, gradients, state, self.lr), loss

    def answer(self) -> tuple[float, list[Array]]:
        loss, gradients = jax.jit(jax.value_and_grad(loss_of))(self.parameters, self.x, self.labels)
        return float(loss), [np.array(g) for g in gradients]

    def run(self) -> None:
        made = self.update(self.parameters, self.state, self.x, self.labels)
        self.parameters, self.state, _ = jax.block_until_ready(made)


class ModelStep:
    def __init__(self, problem: ModelProblem) -> None:
        self.problem, weights = problem, problem.weights()
        self.names = list(weights)  # in the order of the others; JAX sorts dicts
        self.parameters: Any = {name: jnp.array(value) for name, value in weights.items()}
        self.batch = [jnp.array(x.astype(np.int32) if x.dtype == int else x) for x in problem.arrays()]
        self.state = adam_state(self.parameters)
        self.update: Any = jax.jit(self.updated, donate_argnums=(0, 1))
        copies = jax.tree.map(jnp.copy, (self.parameters, self.state))
        jax.block_until_ready(self.update(*copies, *self.batch))  # compiles it

    def loss_of(self, parameters: Any, *batch: Any) -> Any:
        return self.problem.jax_loss(jax, parameters, *batch)

    def updated(self, parameters: Any, state: Any, *batch: Any) -> Any:
        loss, gradients = jax.value_and_grad(self.loss_of)(parameters, *batch)
        return *adam(parameters, gradients, state, self.problem.lr, self.problem.weight_decay), loss

    def answer(self) -> tuple[float, list[Array]]:
        loss, gradients = jax.jit(jax.value_and_grad(self.loss_of))(self.parameters, *self.batch)
        return float(loss), [np.array(gradients[name]) for name in self.names]

    def run(self) -> None:
        self.parameters, self.state, _ = jax.block_until_ready(self.update(self.parameters, self.state, *self.batch))


class Chain:
    """Eager, each call traced and run by itself: compiled, there would be no call left to measure."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def loop(self, t: Any) -> Any:
        for k in range(self.calls):
            t = t + 0.1 if k % 2 else t * 1.0001
        return t

    def forward(self) -> None:
        with jax.enable_x64(True):
            self.y, self.pull_back = jax.vjp(self.loop, jnp.ones(10, jnp.float64))
            jax.block_until_ready(self.y)

    def run(self) -> None:
        self.forward()
        with jax.enable_x64(True):
            (self.result,) = jax.block_until_ready(self.pull_back(jnp.ones_like(self.y)))

    def answer(self) -> Array:
        self.run()
        return np.array(self.result)


class JitFunction(Network):
    """A function of the parameters and the batch, compiled."""

    def __init__(self, problem: Problem, function: Any) -> None:
        super().__init__(problem)
        self.function: Any = jax.jit(function)
        self.run()

    def run(self) -> None:
        self.result: Any = jax.block_until_ready(self.function(self.parameters, self.x, self.labels))

    def answer(self) -> list[Array]:
        return [np.array(g) for g in self.result]


step = Step
model_step = ModelStep
chain = Chain


def gradient(problem: Problem) -> JitFunction:
    return JitFunction(problem, jax.grad(loss_of))


def hvp(problem: Problem) -> JitFunction:
    """Forward over reverse, as JAX's autodiff cookbook advises: the derivative of the gradient along the direction."""
    v = [jnp.array(part) for part in problem.direction()]

    def product(parameters: Any, x: Any, labels: Any) -> Any:
        return jax.jvp(lambda p: jax.grad(loss_of)(p, x, labels), (parameters,), (v,))[1]

    return JitFunction(problem, product)
