"""What PyTorch's losses give, for tests/test_nn_functional_losses.py and _classification.py: losses.npz.

Run it where PyTorch is installed: PYTHONPATH=.:tests python tests/torch_reference/make_losses.py

A case, whose name begins with that of the function, holds the inputs ("x", "t"), the options as JSON, the value "y",
and the gradients "gx", "gt" of the sum of y * weigh(y); all in float64.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from torch_reference import cases

RNG = np.random.default_rng(0)


def weigh(shape: Any) -> torch.Tensor:
    """1, 1.5, 2, ...: no two elements of a loss count the same."""
    return (1 + 0.5 * torch.arange(int(np.prod(shape)), dtype=torch.float64)).reshape(shape)


def case(name: str, x: Any, t: Any, learn_target: bool = True, **options: Any) -> cases.Case:
    a = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    is_learnt = np.asarray(t).dtype.kind == "f" and learn_target
    b = torch.tensor(t, requires_grad=is_learnt)
    given = {key: torch.tensor(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}
    y = getattr(functional, name)(a, b, **given)
    (y * weigh(y.shape)).sum().backward()
    found: cases.Case = {"x": x, "t": t, "y": y, "gx": a.grad}
    if is_learnt:
        found["gt"] = b.grad
    found["options"] = json.dumps(options, default=np.ndarray.tolist)
    return found


def all_cases() -> dict[str, cases.Case]:
    found: dict[str, cases.Case] = {}

    def add(name: str, label: str, *args: Any, **options: Any) -> None:
        found[f"{name}, {label}"] = case(name, *args, **options)

    reductions = ("mean", "sum", "none")
    x, t = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))
    t[1, 1] = x[1, 1]
    for reduction in reductions:
        add("mse_loss", reduction, x, t, reduction=reduction)
        add("l1_loss", reduction, x, t, reduction=reduction)
        for size in (0.3, 1.0, 2.0) if reduction == "mean" else (0.3,):
            add("smooth_l1_loss", f"{reduction} {size}", x, t, reduction=reduction, beta=size)
            add("huber_loss", f"{reduction} {size}", x, t, reduction=reduction, delta=size)
    add("smooth_l1_loss", "beta 0", x, t, beta=0.0)
    add("huber_loss", "no axes", np.float64(2.5), np.float64(0.25))

    log_p, p = np.log(RNG.dirichlet(np.ones(5), 4)), RNG.dirichlet(np.ones(5), 4)
    for reduction in (*reductions, "batchmean"):
        add("kl_div", reduction, log_p, p, reduction=reduction)
        add("kl_div", f"log {reduction}", log_p, np.log(p), reduction=reduction, log_target=True)
    one_hot = np.eye(5)[[0, 2, 2, 4]]
    add("kl_div", "one-hot", log_p, one_hot, learn_target=False, reduction="batchmean")

    chances, targets = RNG.uniform(0.05, 0.95, (4, 3)), RNG.uniform(0, 1, (4, 3))
    each, column, row = RNG.uniform(0.2, 2, (4, 3)), RNG.uniform(0.2, 2, (4, 1)), RNG.uniform(0.2, 2, 3)
    for reduction in reductions:
        add("binary_cross_entropy", reduction, chances, targets, reduction=reduction)
        add("binary_cross_entropy_with_logits", reduction, 3 * x, targets, reduction=reduction)
        add("binary_cross_entropy_with_logits", f"pos {reduction}", 3 * x, targets, reduction=reduction, pos_weight=row)
    for label, weight in {"each": each, "a column": column, "a row": row}.items():
        add("binary_cross_entropy", f"weight {label}", chances, targets, weight=weight)
        add("binary_cross_entropy_with_logits", f"weight {label}", x, targets, weight=weight, pos_weight=each)

    u, v = RNG.normal(size=(4, 3, 2)), RNG.normal(size=(4, 3, 2))
    u[0, :, 0] = 0
    for dim in (0, 1, -1):
        add("cosine_similarity", f"along {dim}", u, v, dim=dim)
    add("cosine_similarity", "broadcast", u, v[:1], dim=1)
    add("cosine_similarity", "large eps", u, v, dim=1, eps=1.5)
    for key in (
        "gx",
        "gt",
    ):  # PyTorch's does not belong to its value: below eps it differentiates the norm all the same
        del found["cosine_similarity, large eps"][key]

    for shape in ((6, 4), (3, 4, 5), (2, 3, 2, 2)):
        classes, labels = shape[1], RNG.integers(0, shape[1], (shape[0], *shape[2:]))
        logits, weight = 2 * RNG.normal(size=shape), RNG.uniform(0.2, 2, classes)
        chances = np.moveaxis(RNG.dirichlet(np.ones(classes), labels.shape), -1, 1)
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        ignored = np.where(np.arange(labels.size).reshape(labels.shape) % 3 == 1, -100, labels)
        for reduction in reductions if shape == (6, 4) else ("none",) if len(shape) == 4 else ("mean",):
            for label, options in {"plain": {}, "weight": {"weight": weight}}.items():
                at = f"{label} {len(shape)} axes {classes} {reduction}"
                add("nll_loss", at, log_p, labels, reduction=reduction, **options)
                add("nll_loss", f"ignored, {at}", log_p, ignored, reduction=reduction, ignore_index=-100, **options)
                for smoothing in (0.0, 0.1):
                    more, at_s = {"reduction": reduction, "label_smoothing": smoothing, **options}, f"{at} {smoothing}"
                    add("cross_entropy", at_s, logits, labels, **more)
                    add("cross_entropy", f"ignored, {at_s}", logits, ignored, ignore_index=-100, **more)
                    add("cross_entropy", f"probabilities, {at_s}", logits, chances, **more)
                    if len(shape) == 3:
                        add("cross_entropy", f"a class ignored, {at_s}", logits, labels, ignore_index=1, **more)
    return found


if __name__ == "__main__":
    cases.write("losses", all_cases())
