"""What a PyTorch user asks of `optim`, and there is not: how it is written here."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

# Names of torch.optim, its schedules, and what goes with them; and what gives the same here, which is code.
NAMES: dict[str, str] = {
    "CosineAnnealingLR": "optim.Cosine(optimizer, total_steps)",
    "ExponentialLR": "optim.StepLR(optimizer, 1, gamma)",
    "LambdaLR": "optimizer.lr = lr * factor(epoch), in the loop",
    "MultiStepLR": "optimizer.lr *= gamma, in the loop where a milestone is reached",
    "OneCycleLR": "optim.OneCycle(optimizer, max_lr, total_steps)",
    "clip_grad_norm_": "optim.clip_grad_norm(parameters, max_norm)",
    "clip_grad_value_": "optim.clip_grad_value(parameters, clip_value)",
    "lr_scheduler": "optim.StepLR and the other schedules, which stand in optim itself",
    "swa_utils": "optim.AveragedModel(model, decay), which stands in optim itself",
}


def of_name(name: str, known: Collection[str]) -> AttributeError:
    """The error for what `optim`, which has the names `known`, lacks."""
    if name in NAMES:
        return AttributeError(f"optim has no {name}; write {NAMES[name]}")
    found = get_close_matches(name, known)
    nearest = f"the nearest that it has: {', '.join(found)}; " if found else ""
    return AttributeError(f"optim has no {name}; {nearest}an optimiser of your own is a subclass of optim.Optimizer")
