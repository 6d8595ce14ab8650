"""PyTorch, eager: modules, a loss and an optimizer, as its tutorials write them."""

from __future__ import annotations

import importlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.models.model_problem import ModelProblem
from benchmarks.problem import BETA1, BETA2, EPSILON, Array, Problem, TrainingTask
from benchmarks.trainer import Trainer

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # or the profiler says when it starts and stops
torch: Any = importlib.import_module("torch")  # by name: the types pass with it and without
torch.set_num_threads(int(os.environ.get("BENCHMARK_THREADS", "1")))


class Network:
    """The network with the problem's parameters, and its batch."""

    def __init__(self, problem: Problem) -> None:
        weights, biases, x, labels = problem.arrays()
        layers: list[Any] = []
        for w, b in zip(weights, biases, strict=True):
            linear = torch.nn.Linear(*w.shape)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(w.T))  # PyTorch's are (n_out, n_in)
                linear.bias.copy_(torch.from_numpy(b))
            layers += [linear, torch.nn.ReLU()]
        self.model: Any = torch.nn.Sequential(*layers[:-1])
        linears = layers[::2]
        self.parameters = [layer.weight for layer in linears] + [layer.bias for layer in linears]
        self.loss: Any = torch.nn.CrossEntropyLoss()
        self.x, self.labels = torch.from_numpy(x), torch.from_numpy(labels)

    def forward(self) -> Any:
        return self.loss(self.model(self.x), self.labels)


def arrays(tensors: Any) -> list[Array]:
    """Copies, the weights (n_in, n_out)."""
    return [np.array(t.detach().numpy().T) for t in tensors]


class Step(Network):
    def __init__(self, problem: Problem, **options: Any) -> None:
        super().__init__(problem)
        parameters = self.model.parameters()
        if problem.optimizer == "adam":
            self.optimizer: Any = torch.optim.Adam(parameters, problem.lr, (BETA1, BETA2), EPSILON, **options)
        else:
            self.optimizer = torch.optim.SGD(parameters, problem.lr, **options)

    def answer(self) -> tuple[float, list[Array]]:
        self.optimizer.zero_grad()
        loss = self.forward()
        loss.backward()
        return loss.item(), self.gradients()

    def gradients(self) -> list[Array]:
        return arrays(p.grad for p in self.parameters)

    def run(self) -> None:
        self.optimizer.zero_grad()
        loss = self.forward()
        loss.backward()
        self.optimizer.step()


class ModelStep(Step):
    """With PyTorch's Adam or AdamW as they are by default, neither `foreach` nor `fused`."""

    def __init__(self, problem: ModelProblem) -> None:
        self.model, weights = problem.torch_model(torch), problem.weights()
        linears = [name for name, module in self.model.named_modules() if isinstance(module, torch.nn.Linear)]
        self.turned = [name.removesuffix(".weight") in linears for name in weights]
        given = zip(weights.items(), self.turned, strict=True)
        self.model.load_state_dict({name: torch.tensor(w.T if turned else w) for (name, w), turned in given})
        self.parameters = [self.model.get_parameter(name) for name in weights]
        self.batch = [torch.from_numpy(array) for array in problem.arrays()]
        if problem.weight_decay:
            self.optimizer = torch.optim.AdamW(self.parameters, problem.lr, weight_decay=problem.weight_decay)
        else:
            self.optimizer = torch.optim.Adam(self.parameters, problem.lr)

    def forward(self) -> Any:
        return self.model(*self.batch)

    def gradients(self) -> list[Array]:
        grads = [p.grad.numpy() for p in self.parameters]
        return [np.array(g.T if turned else g) for g, turned in zip(grads, self.turned, strict=True)]


class Training(Trainer):
    def __init__(self, task: TrainingTask, **options: Any) -> None:
        super().__init__(task)
        self.step = Step(task.problem, **options)
        self.images, self.labels, self.test_images, self.orders = (
            torch.from_numpy(array)
            for array in (self.images, self.labels.astype(np.int64), self.test_images, self.orders)
        )

    def learn(self, x: Any, labels: Any, lr: float) -> None:
        self.step.x, self.step.labels = x, labels
        for group in self.step.optimizer.param_groups:
            group["lr"] = lr
        self.step.run()

    def logits(self, x: Any) -> Any:
        with torch.no_grad():
            return self.step.model(x)


class Chain:
    def __init__(self, calls: int) -> None:
        self.calls = calls

    def forward(self) -> None:
        self.start = t = torch.ones(10, dtype=torch.float64, requires_grad=True)
        for k in range(self.calls):
            t = t + 0.1 if k % 2 else t * 1.0001
        self.y: Any = t

    def run(self) -> None:
        self.forward()
        self.y.backward(torch.ones_like(self.y))

    def answer(self) -> Array:
        self.run()
        return np.array(self.start.grad.numpy())


class Gradient(Network):
    def run(self) -> None:
        self.result: Any = torch.autograd.grad(self.forward(), self.parameters)

    def answer(self) -> list[Array]:
        self.run()
        return arrays(self.result)


class HVP(Network):
    """Backward through the backward pass: the gradient of gradient · direction."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.direction = [torch.from_numpy(v.T.copy()) for v in problem.direction()]

    def run(self) -> None:
        gradients = torch.autograd.grad(self.forward(), self.parameters, create_graph=True)
        self.result: Any = torch.autograd.grad(gradients, self.parameters, self.direction)

    def answer(self) -> list[Array]:
        self.run()
        return arrays(self.result)


step = Step
model_step = ModelStep
training = Training
chain = Chain
gradient = Gradient
hvp = HVP


def peak_bytes(problem: Problem | ModelProblem, function: str = "step") -> int:
    """The most bytes of tensors alive at once in the third step, beyond parameters and batch.

    PyTorch's profiler notes every allocation and release of its CPU allocator with its size; their running sum from
    before the first step is what is alive at any time. What libraries allocate behind the allocator's back (scratch of
    oneDNN and MKL) isn't seen.
    """
    contestant = {"step": Step, "model_step": ModelStep}[function](problem)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        for k in range(3):
            with torch.profiler.record_function(f"step {k}"):
                contestant.run()
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace.json")
        profile.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    (third,) = (e["ts"] for e in events if e.get("cat") == "user_annotation" and e["name"] == "step 2")
    changes = sorted((e["ts"], e["args"]["Bytes"]) for e in events if e["name"] == "[memory]")
    alive = np.cumsum([change for _, change in changes])
    before = np.searchsorted([ts for ts, _ in changes], third)
    return int(alive[before - 1 :].max())
