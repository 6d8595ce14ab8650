"""Schedules: the learning rate of an optimiser from step to step."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary, ref

from autograd._util.atomic import atomic
from autograd._util.functions import arguments_of
from autograd.engine.observer import stage
from autograd.optim.optimizer import Optimizer, check_optimizer
from autograd.optim.states import is_hyperparameter
from autograd.rules.duck_arrays import opaque


class Schedule(ABC):
    """Sets the learning rate of an optimiser: for its first step when it is made, for each next one by `step()`.

    peaks        the learning rate of each group that `factor` is a factor of.
    total_steps  after which the rate stays where it is; None if it never does.
    """

    def __init__(self, optimizer: Optimizer, peaks: Sequence[float], total_steps: int | None) -> None:
        if total_steps is not None and total_steps < 1:
            raise ValueError(f"{type(self).__name__} was given total_steps={total_steps}; it must be at least 1")
        self.optimizer = optimizer
        self.initial_rates = initial_rates(optimizer)
        self.peaks = list(peaks)
        self.total_steps = total_steps
        self._move_to(0, self.peaks)
        _made[optimizer] = ref(self)

    @abstractmethod
    def factor(self, count: int) -> float:
        """The learning rate after `count` steps, as a factor of the peak."""

    def step(self) -> None:
        """Call it once after each step of the optimiser."""
        with stage("schedule"):
            self._move_to(self.count + 1, self.peaks)

    def _factor_after(self, count: int) -> float:
        return self.factor(count if self.total_steps is None else min(count, self.total_steps - 1))

    def _move_to(self, count: int, peaks: list[float]) -> None:
        if len(peaks) != len(groups := self.optimizer.param_groups):
            raise ValueError(
                f"{type(self).__name__} was made for {len(peaks)} parameter groups, and the optimiser has "
                f"{len(groups)}; make the schedule after add_param_group()"
            )
        factor = opaque(self._factor_after, count)
        with atomic():
            self.count, self.peaks = count, peaks
            for group, peak in zip(groups, peaks, strict=True):
                group["lr"] = peak * factor

    def __repr__(self) -> str:
        rates = ", ".join(f"{group['lr']:g}" for group in self.optimizer.param_groups)
        return f"{self.described()[:-1]}; after {self.count} steps lr={rates})"

    def described(self) -> str:
        """What it was made with."""
        return f"{type(self).__name__}({arguments_of(self, but=('optimizer',))})"

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


_made: WeakKeyDictionary[Optimizer, ref[Schedule]] = WeakKeyDictionary()  # the last one for each optimiser


def initial_rates(optimizer: Optimizer) -> list[float]:
    """The learning rates of the groups; if a schedule was just made, and has made no step, those that it found.

    So that several can be made one after the other, and chained.
    """
    check_optimizer(optimizer)
    rates = [group["lr"] for group in optimizer.param_groups]
    last = made() if (made := _made.get(optimizer)) else None
    if last is not None and last.count == 0 and rates == [peak * last._factor_after(0) for peak in last.peaks]:
        return last.initial_rates
    return rates


class Cosine(Schedule):
    """From each group's learning rate down to `floor` times it along half a cosine (Loshchilov and Hutter 2017, eq. 5).

    warmup_steps  rise to it in a straight line first.
    """

    total_steps: int

    def __init__(self, optimizer: Optimizer, total_steps: int, *, floor: float = 0.0, warmup_steps: int = 0) -> None:
        if not 0 <= warmup_steps < total_steps:
            raise ValueError(f"Cosine was given warmup_steps={warmup_steps}; it must lie in [0, {total_steps})")
        self.floor, self.warmup_steps = floor, warmup_steps
        super().__init__(optimizer, initial_rates(optimizer), total_steps)

    def factor(self, count: int) -> float:
        if count < self.warmup_steps:
            return (count + 1) / (self.warmup_steps + 1)
        return _cosine(1.0, self.floor, (count - self.warmup_steps) / max(self.total_steps - self.warmup_steps, 1))


class OneCycle(Schedule):
    """Up from max_lr / start to max_lr in the first `warmup` of the steps, then down to max_lr / end, along cosines.

    Smith and Topin 2019, in PyTorch's form; `max_lr` is one number, or one for each group.
    """

    total_steps: int

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
        check_optimizer(optimizer)
        groups = len(optimizer.param_groups)
        peaks = max_lr if isinstance(max_lr, Sequence) else [max_lr] * groups
        if len(peaks) != groups:
            raise ValueError(f"OneCycle was given {len(peaks)} rates for {groups} groups; give one for each")
        super().__init__(optimizer, peaks, total_steps)

    @property
    def max_lr(self) -> list[float]:
        return self.peaks

    def factor(self, count: int) -> float:
        top = self.warmup * self.total_steps - 1  # the step at which the rate is highest
        if count <= top:
            return _cosine(1 / self.start, 1.0, count / top) if top else 1.0
        return _cosine(1.0, 1 / self.end, (count - top) / ((self.total_steps - 1 - top) or 1))


class StepLR(Schedule):
    """Each group's learning rate times gamma, anew every step_size steps: lr * gamma**(count // step_size)."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        if step_size < 1:
            raise ValueError(f"StepLR was given step_size={step_size}; it must be at least 1")
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, initial_rates(optimizer), None)

    def factor(self, count: int) -> float:
        return self.gamma ** (count // self.step_size)


class LinearLR(Schedule):
    """From start_factor times each group's learning rate to end_factor times it in total_iters steps: a warm-up."""

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        if not (0 < start_factor <= 1 and 0 <= end_factor <= 1):
            raise ValueError(
                f"LinearLR was given start_factor={start_factor} and end_factor={end_factor}; they must lie in [0, 1], "
                f"and the first above 0"
            )
        if total_iters < 1:
            raise ValueError(f"LinearLR was given total_iters={total_iters}; it must be at least 1")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, initial_rates(optimizer), total_iters + 1)

    def factor(self, count: int) -> float:
        return self.start_factor + (self.end_factor - self.start_factor) * count / self.total_iters


def _cosine(start: float, end: float, fraction: float) -> float:
    """From start to end as fraction goes from 0 to 1."""
    return end + (start - end) * (1 + math.cos(math.pi * fraction)) / 2
