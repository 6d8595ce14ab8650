"""The line search of LBFGS: a step that satisfies the strong Wolfe conditions (Nocedal and Wright 2006, section 3.5).

    f(t) <= f(0) + C1 * t * f'(0)   and   |f'(t)| <= C2 * |f'(0)|

In the form that PyTorch has from lua's minFunc: the same constants and safeguards, so the same points are tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from autograd.engine.graph import Array

C1, C2 = 1e-4, 0.9


@dataclass(frozen=True)
class Trial:
    """A step t along the direction: the loss there, its gradient, and its slope along the direction."""

    t: float
    loss: float
    gradient: Array
    slope: float


def strong_wolfe(
    evaluate: Callable[[float], Trial], start: Trial, t: float, reach: float, tolerance: float, most: int
) -> tuple[Trial, int]:
    """The best trial, and how many there were.

    t          the first step that is tried.
    reach      by which the largest element of the parameters moves for t = 1: where a bracket moves it by less than
               `tolerance`, the search ends.
    most       trials after the first.
    """
    before, now, count = start, evaluate(t), 0
    while count < most:
        is_above = _is_too_high(now, start) or (count > 1 and now.loss >= before.loss)
        if not is_above and _is_flat(now, start):
            return now, count + 1
        if is_above or now.slope >= 0:
            break
        low, high = now.t + 0.01 * (now.t - before.t), 10 * now.t
        t = _cubic_minimum(before, now, low, high)
        before, now, count = now, evaluate(t), count + 1
    else:
        before = start
    low_end, high_end = (before, now) if before.loss <= now.loss else (now, before)
    return _zoom(evaluate, start, low_end, high_end, reach, tolerance, count, most)


def _zoom(
    evaluate: Callable[[float], Trial],
    start: Trial,
    low: Trial,
    high: Trial,
    reach: float,
    tolerance: float,
    count: int,
    most: int,
) -> tuple[Trial, int]:
    """Narrow a bracket, of which `low` is the end with the lower loss (algorithm 3.6)."""
    is_slow = False  # whether the last trial was close to an end
    while count < most and abs(high.t - low.t) * reach >= tolerance:
        left, right = sorted((low.t, high.t))
        t, margin = _cubic_minimum(low, high, left, right), 0.1 * (right - left)
        is_close = min(right - t, t - left) < margin
        if is_close and (is_slow or t >= right or t <= left):
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            is_close = False
        is_slow = is_close
        now, count = evaluate(t), count + 1
        if _is_too_high(now, start) or now.loss >= low.loss:
            low, high = (low, now) if low.loss <= now.loss else (now, low)
            continue
        if _is_flat(now, start):
            return now, count + 1
        if now.slope * (high.t - low.t) >= 0:
            high = low
        low = now
    return low, count + 1


def _is_too_high(trial: Trial, start: Trial) -> bool:
    return trial.loss > start.loss + C1 * trial.t * start.slope


def _is_flat(trial: Trial, start: Trial) -> bool:
    return abs(trial.slope) <= -C2 * start.slope


def _cubic_minimum(a: Trial, b: Trial, low: float, high: float) -> float:
    """Where the cubic with the losses and slopes of two trials is least, in [low, high] (equation 3.59)."""
    if a.t > b.t:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    spread = b.slope - a.slope + 2 * math.sqrt(square) if square >= 0 else 0.0
    if not spread:
        return (low + high) / 2
    t = b.t - (b.t - a.t) * ((b.slope + math.sqrt(square) - d1) / spread)
    return min(max(t, low), high)
