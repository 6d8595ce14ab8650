"""A learning rate that falls where a metric no longer gets better."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, SupportsFloat

from autograd._util.atomic import atomic
from autograd._util.functions import arguments_of
from autograd.engine.dispatch import plain
from autograd.optim.optimizer import Optimizer, check_optimizer

STATE = ("best", "num_bad_epochs", "cooldown_counter")


class ReduceLROnPlateau:
    """Multiply each group's learning rate by `factor` once a metric was not better than its best for `patience` steps.

    mode            "min": less is better; "max": more is.
    threshold       better is less than best - threshold * |best|; with threshold_mode "abs" than best - threshold.
                    (PyTorch has best * (1 - threshold), by which the rate of a loss below 0 falls later.)
    cooldown        so many steps after a reduction are not counted.
    min_lr          the rate does not fall below it; one number, or one for each group.
    eps             a rate that would change by no more stays as it is.

    It is no `Schedule`, since the rate does not follow from the number of steps: `step` takes the metric.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        for name, value, known in (("mode", mode, ("min", "max")), ("threshold_mode", threshold_mode, ("rel", "abs"))):
            if value not in known:
                raise ValueError(f"ReduceLROnPlateau was given {name}={value!r}; it takes {known[0]!r} or {known[1]!r}")
        if not 0 <= factor < 1:
            raise ValueError(f"ReduceLROnPlateau was given factor={factor}; it must lie in [0, 1)")
        check_optimizer(optimizer)
        groups = len(optimizer.param_groups)
        if isinstance(min_lr, Sequence) and len(min_lr) != groups:
            raise ValueError(f"ReduceLROnPlateau was given {len(min_lr)} min_lr for {groups} groups; give one for each")
        self.optimizer = optimizer
        self.mode, self.factor, self.patience, self.threshold = mode, factor, patience, threshold
        self.threshold_mode, self.cooldown, self.min_lr, self.eps = threshold_mode, cooldown, min_lr, eps
        self.best: float | None = None
        self.num_bad_epochs = self.cooldown_counter = 0

    def step(self, metrics: SupportsFloat) -> None:
        """Call it with the metric after each epoch; the loss itself will do, of which the value is taken."""
        current = float(plain(metrics))
        with atomic():
            if self._is_better(current):
                self.best, self.num_bad_epochs = current, 0
            else:
                self.num_bad_epochs += 1
            if self.cooldown_counter:
                self.cooldown_counter -= 1
                self.num_bad_epochs = 0
            if self.num_bad_epochs > self.patience:
                self._reduce()
                self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0

    def _is_better(self, current: float) -> bool:
        if self.best is None:
            return not math.isnan(current)
        margin = self.threshold * (abs(self.best) if self.threshold_mode == "rel" else 1)
        return current < self.best - margin if self.mode == "min" else current > self.best + margin

    def _reduce(self) -> None:
        for k, group in enumerate(self.optimizer.param_groups):
            low = self.min_lr[k] if isinstance(self.min_lr, Sequence) else self.min_lr
            lr = max(group["lr"] * self.factor, low)
            if group["lr"] - lr > self.eps:
                group["lr"] = lr

    def __repr__(self) -> str:
        rates = ", ".join(f"{group['lr']:g}" for group in self.optimizer.param_groups)
        values = arguments_of(self, but=("optimizer",))
        return f"ReduceLROnPlateau({values}; best={self.best}, lr={rates})"

    def state_dict(self) -> dict[str, Any]:
        """What it remembers; the rates are in the state of the optimiser."""
        return {"schedule": type(self).__name__, **{name: getattr(self, name) for name in STATE}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another left off. Raises ValueError, and changes nothing, for the state of a schedule."""
        if (kind := state.get("schedule")) != type(self).__name__ or not state.keys() >= set(STATE):
            raise ValueError(
                f"ReduceLROnPlateau was given a state of {kind} with {', '.join(state) or 'nothing'}; pass what its "
                f"state_dict() returned"
            )
        with atomic():
            for name in STATE:
                setattr(self, name, state[name])
