"""Where PyTorch's optimisers and schedules lead, for tests/test_optim_*.py: optimizers.npz.

Run it where PyTorch is installed: PYTHONPATH=.:tests python tests/torch_reference/make_optimizers.py

A case of an optimiser holds its options as JSON, and what two parameters are after each of ten steps ("p" and "q"; q is
in a group of its own, with the options "group"); of LBFGS there are five steps, with the losses and
calls of the closure. A case of a schedule holds the learning rate of each step. All is in float64.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import torch
from torch.optim import lr_scheduler

from torch_reference import cases

START = {"p": [1.0, -2.0, 0.5], "q": [[0.3, -1.5], [2.0, 0.7]]}
STEPS = 10

# The class, the options of all, and those of the group of q.
OPTIMIZERS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "SGD": ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}, {"lr": 0.03, "nesterov": True}),
    "Adam": ("Adam", {"lr": 0.1, "weight_decay": 0.05}, {"lr": 0.03, "betas": (0.8, 0.9)}),
    "Adam, amsgrad": ("Adam", {"lr": 0.1, "betas": (0.8, 0.5), "amsgrad": True}, {"lr": 0.2, "weight_decay": 0.1}),
    "AdamW, amsgrad": ("AdamW", {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True, "weight_decay": 0.1}, {}),
    "AdamW, amsgrad in a group": ("AdamW", {"lr": 0.1, "betas": (0.5, 0.5)}, {"amsgrad": True, "weight_decay": 0.2}),
    "RMSprop": ("RMSprop", {"lr": 0.05}, {"alpha": 0.5, "eps": 1e-3}),
    "RMSprop with decay": ("RMSprop", {"lr": 0.05, "weight_decay": 0.1}, {"lr": 0.02}),
    "RMSprop with momentum": ("RMSprop", {"lr": 0.02, "momentum": 0.9}, {"momentum": 0.5}),
    "RMSprop, centered": ("RMSprop", {"lr": 0.02, "centered": True, "alpha": 0.9}, {"weight_decay": 0.1}),
    "RMSprop, all": ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.8}, {"alpha": 0.7}),
    "Adagrad": ("Adagrad", {"lr": 0.3}, {"eps": 1e-2, "weight_decay": 0.1}),
    "Adagrad with decay": ("Adagrad", {"lr": 0.3, "lr_decay": 0.1, "weight_decay": 0.05}, {"lr_decay": 0}),
    "Adagrad from 1": ("Adagrad", {"lr": 0.3, "initial_accumulator_value": 1.0}, {"lr": 0.1}),
    "NAdam": ("NAdam", {"lr": 0.1}, {"momentum_decay": 0.1, "betas": (0.8, 0.9)}),
    "NAdam with decay": ("NAdam", {"lr": 0.1, "weight_decay": 0.1}, {"decoupled_weight_decay": True, "eps": 1e-3}),
}  # fmt: skip
LBFGS: dict[str, dict[str, Any]] = {
    "plain": {"lr": 0.1}, "few": {"lr": 0.1, "history_size": 2, "max_iter": 4},
    "few calls": {"lr": 0.05, "max_eval": 6},
    "wolfe": {"line_search_fn": "strong_wolfe", "max_iter": 5},
    "wolfe, little memory": {"line_search_fn": "strong_wolfe", "history_size": 3, "max_iter": 7},
    "wolfe, long steps": {"line_search_fn": "strong_wolfe", "lr": 20, "max_iter": 4},
    "wolfe, short steps": {"line_search_fn": "strong_wolfe", "lr": 1e-3, "max_iter": 3, "max_eval": 20},
    "wolfe, loose": {"line_search_fn": "strong_wolfe", "tolerance_grad": 1.0, "tolerance_change": 0.01},
}  # fmt: skip


def loss_of(p: Any, q: Any) -> Any:
    """Not a bowl: the gradients turn and change their signs."""
    return (p * p * p * p / 4 - p * p + 0.3 * p).sum() + ((q - 0.5) * (q - 0.5)).sum() * (1 + (p * p).sum()) / 4


def rosenbrock(x: Any) -> Any:
    ahead, here = x[1:], x[:-1]
    return ((1 - here) * (1 - here) + 100 * (ahead - here * here) * (ahead - here * here)).sum()


def parameters() -> list[torch.Tensor]:
    return [torch.tensor(START[name], dtype=torch.float64, requires_grad=True) for name in "pq"]


def of_optimizer(kind: str, options: dict[str, Any], group: dict[str, Any]) -> cases.Case:
    p, q = parameters()
    optimizer = getattr(torch.optim, kind)([{"params": [p]}, {"params": [q], **group}], **options)
    found: dict[str, list[Any]] = {"p": [], "q": []}
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss_of(p, q).backward()
        optimizer.step()
        found["p"].append(p.detach().numpy().copy())
        found["q"].append(q.detach().numpy().copy())
    told = json.dumps({"kind": kind, "options": options, "group": group})
    return {"told": told, **{name: np.array(values) for name, values in found.items()}}


def of_bowl(kind: str, options: dict[str, Any]) -> cases.Case:
    """Five steps in the bowl of tests/test_optim.py."""
    p = torch.tensor(START["p"], dtype=torch.float64, requires_grad=True)
    curvature, slope = (torch.tensor(x, dtype=torch.float64) for x in ([1.0, 0.5, 3.0], [0.2, 0.3, -0.4]))
    optimizer, places = getattr(torch.optim, kind)([p], **options), []
    for _ in range(5):
        optimizer.zero_grad()
        (0.5 * curvature * p * p - slope * p).sum().backward()
        optimizer.step()
        places.append(p.detach().numpy().copy())
    return {"told": json.dumps([kind, options]), "p": np.array(places)}


def of_lbfgs(options: dict[str, Any]) -> cases.Case:
    x = torch.tensor([-1.2, 1.0, 0.7, -0.3], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([x], **options)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = rosenbrock(x)
        loss.backward()
        return loss

    losses, places, calls = [], [], []
    for _ in range(STEPS // 2):
        losses.append(optimizer.step(closure).item())
        places.append(x.detach().numpy().copy())
        calls.append(optimizer.state[x]["func_evals"])
    return {"options": json.dumps(options), "losses": losses, "x": np.array(places), "calls": calls}


def sequence(optimizer: Any, first: Any, second: Any, milestone: int) -> Any:
    return lr_scheduler.SequentialLR(optimizer, [first(optimizer), second(optimizer)], milestones=[milestone])


SCHEDULES: dict[str, Any] = {
    "step": lambda o: lr_scheduler.StepLR(o, 3, 0.5),
    "step of 1": lambda o: lr_scheduler.StepLR(o, 1),
    "linear": lambda o: lr_scheduler.LinearLR(o),
    "linear down": lambda o: lr_scheduler.LinearLR(o, 1.0, 0.25, 7),
    "linear, then cosine": lambda o: sequence(
        o, lambda o: lr_scheduler.LinearLR(o, 0.1, 1.0, 4), lambda o: lr_scheduler.CosineAnnealingLR(o, 8), 4),
    "linear, then step": lambda o: sequence(
        o, lambda o: lr_scheduler.LinearLR(o, 0.5, 1.0, 3), lambda o: lr_scheduler.StepLR(o, 2, 0.5), 5),
    "linear times step": lambda o: lr_scheduler.ChainedScheduler(
        [lr_scheduler.LinearLR(o, 0.5, 1.0, 4), lr_scheduler.StepLR(o, 3, 0.5)]),
}  # fmt: skip
METRICS = [1.0, 0.9, 0.95, 0.9, 0.91, 0.89, 0.89, 0.888, 0.89, 0.89, 0.89, 0.89, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]
PLATEAUS: dict[str, dict[str, Any]] = {
    "patient": {"patience": 2}, "at once": {"patience": 0, "factor": 0.5},
    "cooling down": {"patience": 1, "cooldown": 3},
    "bounded": {"patience": 0, "min_lr": 0.003},
    "absolute": {"patience": 1, "threshold": 0.05, "threshold_mode": "abs"},
    "upwards": {"mode": "max", "patience": 3}, "coarse": {"patience": 0, "eps": 0.01},
}  # fmt: skip


def of_schedule(make: Any) -> cases.Case:
    optimizer = torch.optim.SGD(parameters(), 0.8)
    schedule, rates = make(optimizer), []
    for _ in range(12):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return {"rates": rates}


def of_plateau(options: dict[str, Any]) -> cases.Case:
    optimizer = torch.optim.SGD(parameters(), 0.8)
    schedule, rates = lr_scheduler.ReduceLROnPlateau(optimizer, **options), []
    for metric in METRICS:
        schedule.step(metric)
        rates.append(optimizer.param_groups[0]["lr"])
    return {"options": json.dumps(options), "metrics": METRICS, "rates": rates}


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)  # in which NAdam keeps the product of its momenta
    warnings.simplefilter("ignore")  # SequentialLR calls its parts with a step number, which these deprecate
    cases.write(
        "optimizers",
        {f"optimizer: {name}": of_optimizer(*case) for name, case in OPTIMIZERS.items()}
        | {
            f"bowl: {name}": of_bowl(kind, options)
            for name, (kind, options, _) in OPTIMIZERS.items()
            if options.get("amsgrad") or kind not in ("SGD", "Adam", "AdamW")
        }
        | {f"LBFGS: {name}": of_lbfgs(options) for name, options in LBFGS.items()}
        | {f"schedule: {name}": of_schedule(make) for name, make in SCHEDULES.items()}
        | {f"plateau: {name}": of_plateau(options) for name, options in PLATEAUS.items()},
    )
