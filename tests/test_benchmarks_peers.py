"""Every contestant that is installed computes the same; each runs in its process, as in the benchmarks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks import by_hand, engine
from benchmarks.contestants import Contestant, processes_for, selected
from benchmarks.problem import Array, Problem, TrainingTask
from benchmarks.processes import Process
from benchmarks.questions.models import TINY_PROBLEMS
from models.mlp_by_hand import MLPByHand

pytestmark = pytest.mark.slow  # other libraries compile

SIZES, BATCH = (6, 5, 4, 3), 4


def assert_same(actual: list[Array], expected: list[Array], rtol: float = 1e-4) -> None:
    assert [a.shape for a in actual] == [e.shape for e in expected]
    for a, e in zip(actual, expected, strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, e, rtol=rtol, atol=1e-6)


def check_steps(process: Process, module: str) -> None:
    """The loss and its gradients, and again after updates: so those agree as well."""
    for optimizer in ("sgd", "adam"):
        problem = Problem(SIZES, BATCH, optimizer)
        expected = by_hand.step(problem)
        process.make("step", module, "step", problem)
        if process.ask("step", "answer") is None:  # it computes no gradient
            process.run("step", 2)
            continue
        for rtol in (1e-4, 1e-3):
            loss, gradients = process.ask("step", "answer")
            expected_loss, expected_gradients = expected.answer()
            assert isinstance(loss, float)
            assert loss == pytest.approx(expected_loss, rel=rtol)
            assert_same(gradients, expected_gradients, rtol)
            process.run("step", 20)
            for _ in range(20):
                expected.run()


def check_model_steps(process: Process, module: str) -> None:
    """The loss of each model and its gradients, and again after updates."""
    for problem in TINY_PROBLEMS:
        expected = engine.model_step(problem)
        process.make("model_step", module, "model_step", problem)
        for rtol in (1e-4, 1e-3):
            loss, gradients = process.ask("model_step", "answer")
            expected_loss, expected_gradients = expected.answer()
            assert isinstance(loss, float)
            assert loss == pytest.approx(expected_loss, rel=rtol)
            assert_same(gradients, expected_gradients, rtol)
            process.run("model_step", 3)
            for _ in range(3):
                expected.run()


def check_chain(process: Process, module: str) -> None:
    process.make("chain", module, "chain", 5)  # three products, two sums
    np.testing.assert_allclose(process.ask("chain", "answer"), np.full(10, 1.0001**3), rtol=1e-12)
    process.run("chain", 2)


def check_gradient(process: Process, module: str) -> None:
    problem = Problem(SIZES, BATCH)
    process.make("gradient", module, "gradient", problem)
    process.run("gradient", 2)
    assert_same(process.ask("gradient", "answer"), by_hand.step(problem).answer()[1])


def check_hvp(process: Process, module: str) -> None:
    """Against the difference of two gradients in float64, on either side of the parameters."""
    problem = Problem(SIZES, BATCH)
    weights, biases, x, labels = problem.arrays()
    parameters, v = [*weights, *biases], problem.direction()

    def gradient(eps: float) -> list[Array]:
        moved = [p + eps * d.astype(np.float64) for p, d in zip(parameters, v, strict=True)]
        network = MLPByHand(moved[: len(weights)], moved[len(weights) :])
        outputs = network.forward(x.astype(np.float64))
        gradients = network.backward(outputs, network.loss_and_gradient(outputs[-1], labels)[1])
        return [*gradients[0], *gradients[1]]

    process.make("hvp", module, "hvp", problem)
    process.run("hvp", 2)
    eps = 1e-6
    differences = [(a - b) / (2 * eps) for a, b in zip(gradient(eps), gradient(-eps), strict=True)]
    assert max(np.abs(d).max() for d in differences) > 0.1
    assert_same(process.ask("hvp", "answer"), differences)


def check_peak_bytes(process: Process, module: str) -> None:
    """All gradients are alive at once, and those of the step before are not."""
    problem = Problem((20, 100, 10), BATCH)
    gradients = sum(p.nbytes for p in (*problem.arrays().weights, *problem.arrays().biases))
    assert gradients < process.call(module, "peak_bytes", problem) < 2 * gradients


def check_training(process: Process, module: str) -> None:
    """As by hand: after the same steps, the same images are recognised."""
    images = np.random.default_rng(0).integers(0, 256, (64, SIZES[0]), np.uint8)
    labels = images.argmax(axis=1) % SIZES[-1]
    task = TrainingTask(images, labels, images, labels, SIZES, epochs=4, batch=16, lr=0.01)
    process.make("training", module, "training", task)
    expected = by_hand.training(task)
    for part in range(1, 17):
        process.run("training", 1)
        expected.run()
        answer = process.ask("training", "answer")
        assert answer == pytest.approx(expected.answer())
        assert answer[1:] == (part, part == 16)


CHECKS: dict[str, Callable[[Process, str], None]] = {
    "step": check_steps,
    "model_step": check_model_steps,
    "chain": check_chain,
    "gradient": check_gradient,
    "hvp": check_hvp,
    "peak_bytes": check_peak_bytes,
    "training": check_training,
}


@pytest.mark.parametrize("contestant", selected(), ids=lambda c: c.name)
def test_answers(contestant: Contestant) -> None:
    """To each question for which the contestant's module has a function."""
    with processes_for([contestant], threads=1) as processes:
        process = processes[contestant.name]
        answered = [function for function in CHECKS if process.has(contestant.module, function)]
        assert "step" in answered
        for function in answered:
            CHECKS[function](process, contestant.module)
