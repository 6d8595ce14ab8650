"""Schedules made of others: one after the other, or their product.

A schedule is a factor of each group's learning rate, by the number of steps; so is what is made of several. The parts
lend their factors alone: only the whole is stepped, saved and loaded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import prod

from autograd.optim.optimizer import Optimizer
from autograd.optim.schedules import Schedule


class SequentialLR(Schedule):
    """One schedule after the other, each from its own beginning: the k-th from step milestones[k - 1] on.

    warm_up, fall = LinearLR(optimizer, total_iters=100), Cosine(optimizer, 900)
    schedule = SequentialLR(optimizer, [warm_up, fall], milestones=[100])
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[Schedule], milestones: Sequence[int]) -> None:
        _check("SequentialLR", optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1 or any(a >= b for a, b in pairwise((0, *milestones))):
            raise ValueError(
                f"SequentialLR was given {len(schedulers)} schedules and milestones={list(milestones)!r}; it takes the "
                f"step at which each but the first begins, in order"
            )
        self.schedulers, self.milestones = list(schedulers), list(milestones)
        last = self.schedulers[-1].total_steps
        total_steps = None if last is None else (0, *milestones)[-1] + last
        super().__init__(optimizer, self.schedulers[0].peaks, total_steps)

    def factor(self, count: int) -> float:
        k = bisect_right(self.milestones, count)
        return self.schedulers[k]._factor_after(count - (0, *self.milestones)[k])

    def described(self) -> str:
        return f"SequentialLR([{_listed(self.schedulers)}], milestones={self.milestones})"


class ChainedScheduler(Schedule):
    """All schedules at once: the product of their factors."""

    def __init__(self, schedulers: Sequence[Schedule]) -> None:
        if not schedulers:
            raise ValueError("ChainedScheduler was given no schedules; pass a list of them")
        _check("ChainedScheduler", schedulers[0].optimizer, schedulers)
        self.schedulers = list(schedulers)
        ends = [part.total_steps for part in schedulers]
        total_steps = None if None in ends else max(end for end in ends if end is not None)
        super().__init__(schedulers[0].optimizer, schedulers[0].peaks, total_steps)

    def factor(self, count: int) -> float:
        return prod(part._factor_after(count) for part in self.schedulers)

    def described(self) -> str:
        return f"ChainedScheduler([{_listed(self.schedulers)}])"


def _listed(schedulers: Sequence[Schedule]) -> str:
    return ", ".join(part.described() for part in schedulers)


def _check(name: str, optimizer: Optimizer, schedulers: Sequence[Schedule]) -> None:
    """Raise an error for what makes no whole."""
    if not schedulers:
        raise ValueError(f"{name} was given no schedules; pass a list of them")
    for part in schedulers:
        if not isinstance(part, Schedule):
            raise TypeError(
                f"{name} was given {part!r}; it takes schedules whose rate follows from the number of steps alone"
            )
        if part.optimizer is not optimizer:
            raise ValueError(f"{name} was given a {type(part).__name__} of another optimiser; make all for one")
        if part.count or part.peaks != schedulers[0].peaks:
            raise ValueError(
                f"{name} was given a {type(part).__name__} of the learning rates {part.peaks} after {part.count} "
                f"steps, and the first is of {schedulers[0].peaks}; make all schedules, from the same rates, "
                f"before any steps (max_lr of OneCycle is the lr of the optimiser then)"
            )
