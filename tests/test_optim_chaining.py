"""Schedules made of others: against torch.optim, and what makes no whole."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compared import assert_same

import autograd as ag
from autograd import optim


def optimizer(lr: float = 0.8) -> optim.SGD:
    return optim.SGD([ag.Tensor(np.ones(2), requires_grad=True)], lr)


def rates(schedule: optim.Schedule, steps: int = 12) -> list[float]:
    found = []
    for _ in range(steps):
        found.append(schedule.optimizer.lr)
        schedule.step()
    return found


def test_the_parts_begin_from_the_rates_of_the_optimiser_in_whatever_order_they_are_made() -> None:
    sgd, other = optimizer(), optimizer()
    warm_up, fall = optim.LinearLR(sgd, 0.1, total_iters=4), optim.Cosine(sgd, 8)
    first = rates(optim.SequentialLR(sgd, [warm_up, fall], [4]))
    fall, warm_up = optim.Cosine(other, 8), optim.LinearLR(other, 0.1, total_iters=4)
    assert rates(optim.SequentialLR(other, [warm_up, fall], [4])) == first
    assert first[4] == max(first) == 0.8
    assert first[:5] == sorted(first[:5])
    assert first[4:] == sorted(first[4:], reverse=True)


def test_a_schedule_that_has_made_steps_is_where_the_next_begins() -> None:
    sgd = optimizer()
    warm_up = optim.LinearLR(sgd, 0.5, 0.5)
    warm_up.step()
    assert optim.StepLR(sgd, 1).peaks == [0.4]
    sgd = optimizer()
    kept = optim.LinearLR(sgd, 0.5)
    sgd.lr = 0.1  # which the user says
    assert optim.StepLR(sgd, 1).peaks == [0.1]
    assert kept.count == 0


def test_three_parts_and_beyond_the_end() -> None:
    sgd = optimizer(1.0)
    parts = [optim.LinearLR(sgd, 0.5, total_iters=2), optim.StepLR(sgd, 1, 0.5), optim.LinearLR(sgd, 1.0, 0.25, 2)]
    schedule = optim.SequentialLR(sgd, parts, [2, 5])
    assert schedule.total_steps == 8
    assert rates(schedule, 10) == [0.5, 0.75, 1, 0.5, 0.25, 1, 0.625, 0.25, 0.25, 0.25]


def test_a_product_of_one_is_that_one() -> None:
    whole = rates(optim.Cosine(optimizer(), 10, floor=0.1))
    assert rates(optim.ChainedScheduler([optim.Cosine(optimizer(), 10, floor=0.1)])) == whole


def test_one_cycle_is_a_part_where_its_peak_is_the_rate() -> None:
    sgd = optimizer(0.5)
    cycle, fall = optim.OneCycle(sgd, 0.5, 5), optim.StepLR(sgd, 1)
    found = rates(optim.SequentialLR(sgd, [cycle, fall], [5]), 7)
    assert found[:5] == rates(optim.OneCycle(optimizer(0.5), 0.5, 5), 5)
    assert found[5:] == [0.5, 0.05]


MAKES: dict[str, Callable[[optim.Optimizer], optim.Schedule]] = {
    "sequence": lambda o: optim.SequentialLR(o, [optim.LinearLR(o, 0.5, total_iters=2), optim.Cosine(o, 5)], [2]),
    "endless sequence": lambda o: optim.SequentialLR(o, [optim.LinearLR(o, 0.5), optim.StepLR(o, 2)], [3]),
    "product": lambda o: optim.ChainedScheduler([optim.LinearLR(o, 0.5), optim.StepLR(o, 2)]),
    "sequence of products": lambda o: optim.SequentialLR(
        o, [optim.ChainedScheduler([optim.LinearLR(o, 0.5), optim.StepLR(o, 2)]), optim.Cosine(o, 5)], [3]),
}  # fmt: skip
BY_MAKE = pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)


@BY_MAKE
def test_it_goes_on_where_it_was(make: Callable[[optim.Optimizer], optim.Schedule]) -> None:
    whole, first = rates(make(optimizer()), 10), make(optimizer())
    rates(first, 4)
    second = make(optimizer())
    second.load_state_dict(first.state_dict())
    assert rates(second, 6) == whole[4:]


@BY_MAKE
def test_compiled_it_has_the_same_bits(make: Callable[[optim.Optimizer], optim.Schedule]) -> None:
    def made() -> Any:
        p = ag.Tensor(np.ones(3, np.float32), requires_grad=True)
        adam = optim.Adam([p], 0.1)
        schedule = make(adam)

        def step(x: Any) -> Any:
            adam.zero_grad()
            loss = np.sum(np.square(p - x))
            loss.backward()
            adam.step()
            schedule.step()
            return loss

        return step, [p, adam, schedule]

    assert_same(made, [(None, (np.full(3, k, np.float32),)) for k in range(9)], programs=2)


def test_repr_tells_the_parts() -> None:
    sgd = optimizer()
    schedule = optim.SequentialLR(sgd, [optim.LinearLR(sgd, 0.5), optim.StepLR(sgd, 2)], [3])
    parts = "LinearLR(start_factor=0.5, end_factor=1.0, total_iters=5), StepLR(step_size=2, gamma=0.1)"
    assert repr(schedule) == f"SequentialLR([{parts}], milestones=[3]; after 0 steps lr=0.4)"
    assert repr(optim.ChainedScheduler(schedule.schedulers)) == f"ChainedScheduler([{parts}]; after 0 steps lr=0.4)"


def parts(sgd: optim.Optimizer) -> list[optim.Schedule]:
    return [optim.LinearLR(sgd), optim.StepLR(sgd, 3)]


def stepped(schedule: optim.Schedule) -> optim.Schedule:
    schedule.step()
    return schedule


ERRORS: dict[str, tuple[type[Exception], str, Callable[[optim.SGD], Any]]] = {
    "no parts": (ValueError, "SequentialLR was given no schedules", lambda o: optim.SequentialLR(o, [], [])),
    "no factors": (ValueError, "ChainedScheduler was given no schedules", lambda o: optim.ChainedScheduler([])),
    "too few milestones": (
        ValueError,
        r"given 2 schedules and milestones=\[\]; it takes the step at which each but the first begins",
        lambda o: optim.SequentialLR(o, parts(o), []),
    ),
    "milestones in another order": (
        ValueError,
        r"milestones=\[5, 3\]",
        lambda o: optim.SequentialLR(o, [*parts(o), optim.StepLR(o, 1)], [5, 3]),
    ),
    "of another optimiser": (
        ValueError,
        "SequentialLR was given a LinearLR of another optimiser; make all for one",
        lambda o: optim.SequentialLR(o, parts(optimizer()), [3]),
    ),
    "one that has begun": (
        ValueError,
        r"a StepLR of the learning rates \[0.8\] after 1 steps, and the first is of \[0.8\]; make all schedules,",
        lambda o: optim.ChainedScheduler([optim.StepLR(o, 2), stepped(optim.StepLR(o, 2))]),
    ),
    "another peak": (
        ValueError,
        r"given a OneCycle of the learning rates \[2.0\] after 0 steps",
        lambda o: optim.SequentialLR(o, [optim.StepLR(o, 2), optim.OneCycle(o, 2.0, 5)], [3]),
    ),
    "a plateau": (
        TypeError,
        "it takes schedules whose rate follows from the number of steps alone",
        lambda o: optim.SequentialLR(o, [optim.ReduceLROnPlateau(o)], []),  # type: ignore[list-item]  # refused
    ),
}


@pytest.mark.parametrize(("kind", "message", "make"), ERRORS.values(), ids=ERRORS)
def test_errors(kind: type[Exception], message: str, make: Callable[[optim.SGD], Any]) -> None:
    with pytest.raises(kind, match=message):
        make(optimizer())
