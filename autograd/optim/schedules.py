"""Schedules: the learning rate of an optimiser from step to step."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from autograd._util.atomic import atomic
from autograd.engine.observer import stage
from autograd.optim.optimizer import Optimizer
from autograd.optim.states import is_hyperparameter
from autograd.rules.duck_arrays import opaque


class Schedule(ABC):
    """Sets the learning rate of an optimiser: for its first step when it is made, for each next one by `step()`."""

    def __init__(self, optimizer: Optimizer, peaks: Sequence[float], total_steps: int) -> None:
        if total_steps < 1:
            raise ValueError(f"{type(self).__name__} was given total_steps={total_steps}; it must be at least 1")
        self.optimizer = optimizer
        self.peaks = list(peaks)  # the highest learning rate of each group
        self.total_steps = total_steps
        self._move_to(0, self.peaks)

    @abstractmethod
    def factor(self, count: int) -> float:
        """The learning rate after `count` steps, as a fraction of the highest."""

    def step(self) -> None:
        """Call it once after each step of the optimiser. After `total_steps` the rate stays where it is."""
        with stage("schedule"):
            self._move_to(self.count + 1, self.peaks)

    def _factor_after(self, count: int) -> float:
        return self.factor(min(count, self.total_steps - 1))

    def _move_to(self, count: int, peaks: list[float]) -> None:
        factor = opaque(self._factor_after, count)
        with atomic():
            self.count, self.peaks = count, peaks
            for group, peak in zip(self.optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * factor

    def state_dict(self) -> dict[str, Any]:
        return {
            "schedule": type(self).__name__, "count": self.count, "total_steps": self.total_steps,
            "peaks": list(self.peaks),
        }  # fmt: skip

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another left off. Raises ValueError, and changes nothing, for that of another schedule."""
        name = type(self).__name__
        if missing := {"count", "total_steps", "peaks"} - state.keys():
            raise ValueError(
                f"{name} was given a state without {', '.join(sorted(missing))}; pass what state_dict() of a schedule "
                f"returned"
            )
        if (kind := state.get("schedule", name)) != name:
            raise ValueError(f"the state is of a {kind}, and this is a {name}; load it into one of the class saved")
        if state["total_steps"] != self.total_steps:
            raise ValueError(
                f"the state is of a schedule of {state['total_steps']} steps, and this one has {self.total_steps}; "
                f"make it with the number that was saved"
            )
        count, peaks = state["count"], list(state["peaks"])
        if len(peaks) != len(self.peaks):
            raise ValueError(
                f"the state is of {len(peaks)} parameter groups, and the optimiser has {len(self.peaks)}; "
                f"make it with the groups that were saved"
            )
        if not (all(map(is_hyperparameter, [count, *peaks])) and count == int(count)):
            raise ValueError(
                f"{name} was given a state with count={count!r} and peaks={peaks!r}; a number of steps and learning "
                f"rates are expected, none of them negative: pass what state_dict() of a schedule returned"
            )
        self._move_to(int(count), peaks)


class Cosine(Schedule):
    """From each group's learning rate down to `floor` times it along half a cosine (Loshchilov and Hutter 2017, eq. 5).

    warmup_steps  rise to it in a straight line first.
    """

    def __init__(self, optimizer: Optimizer, total_steps: int, *, floor: float = 0.0, warmup_steps: int = 0) -> None:
        if not 0 <= warmup_steps < total_steps:
            raise ValueError(f"Cosine was given warmup_steps={warmup_steps}; it must lie in [0, {total_steps})")
        self.floor, self.warmup_steps = floor, warmup_steps
        super().__init__(optimizer, [group["lr"] for group in optimizer.param_groups], total_steps)

    def factor(self, count: int) -> float:
        if count < self.warmup_steps:
            return (count + 1) / (self.warmup_steps + 1)
        return _cosine(1.0, self.floor, (count - self.warmup_steps) / max(self.total_steps - self.warmup_steps, 1))


class OneCycle(Schedule):
    """Up from max_lr / start to max_lr in the first `warmup` of the steps, then down to max_lr / end, along cosines.

    Smith and Topin 2019, in PyTorch's form; `max_lr` is one number, or one for each group.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int,
        *,
        warmup: float = 0.3,
        start: float = 25.0,
        end: float = 250_000.0,
    ) -> None:
        if not 0 <= warmup <= 1:
            raise ValueError(f"OneCycle was given warmup={warmup}; it is a fraction of the steps, in [0, 1]")
        self.warmup, self.start, self.end = warmup, start, end
        groups = len(optimizer.param_groups)
        peaks = max_lr if isinstance(max_lr, Sequence) else [max_lr] * groups
        if len(peaks) != groups:
            raise ValueError(f"OneCycle was given {len(peaks)} rates for {groups} groups; give one for each")
        super().__init__(optimizer, peaks, total_steps)

    def factor(self, count: int) -> float:
        top = self.warmup * self.total_steps - 1  # the step at which the rate is highest
        if count <= top:
            return _cosine(1 / self.start, 1.0, count / top) if top else 1.0
        return _cosine(1.0, 1 / self.end, (count - top) / ((self.total_steps - 1 - top) or 1))


def _cosine(start: float, end: float, fraction: float) -> float:
    """From start to end as fraction goes from 0 to 1."""
    return end + (start - end) * (1 + math.cos(math.pi * fraction)) / 2
