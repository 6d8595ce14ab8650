"""ReduceLROnPlateau against torch.optim."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from torch_reference import cases
from torch_reference.cases import Case

import autograd as ag
from autograd import optim

CASES = {
    name.removeprefix("plateau: "): (json.loads(str(case["options"])), case)
    for name, case in cases.read("optimizers").items()
    if name.startswith("plateau: ")
}
ROWS = pytest.mark.parametrize(("options", "case"), CASES.values(), ids=CASES)


def optimizer(lr: float = 0.8) -> optim.SGD:
    return optim.SGD([ag.Tensor(np.ones(2), requires_grad=True)], lr)


def rates(schedule: optim.ReduceLROnPlateau, metrics: Any) -> list[float]:
    found = []
    for metric in metrics:
        schedule.step(metric)
        found.append(schedule.optimizer.lr)
    return found


@ROWS
def test_the_rates_are_those_of_torch(options: dict[str, Any], case: Case) -> None:
    found = rates(optim.ReduceLROnPlateau(optimizer(), **options), case["metrics"])
    np.testing.assert_allclose(found, case["rates"], rtol=1e-14)


@ROWS
def test_it_goes_on_where_it_was(options: dict[str, Any], case: Case) -> None:
    sgd, other = optimizer(), optimizer()
    schedule = optim.ReduceLROnPlateau(sgd, **options)
    rates(schedule, case["metrics"][:9])
    resumed = optim.ReduceLROnPlateau(other, **options)
    resumed.load_state_dict(schedule.state_dict())
    other.load_state_dict(sgd.state_dict())
    np.testing.assert_allclose(rates(resumed, case["metrics"][9:]), case["rates"][9:], rtol=1e-14)


def test_each_group_has_its_own_bound() -> None:
    p, q = (ag.Tensor(np.ones(1), requires_grad=True) for _ in range(2))
    sgd = optim.SGD([{"params": [p]}, {"params": [q], "lr": 0.1}], 1.0)
    schedule = optim.ReduceLROnPlateau(sgd, patience=0, min_lr=[0.5, 0.001])
    rates(schedule, [1.0, 1.0, 1.0])
    np.testing.assert_allclose([group["lr"] for group in sgd.param_groups], [0.5, 0.001])


def test_below_0_less_is_better_too() -> None:
    """In PyTorch -0.99999 is better than -1 by the relative threshold."""
    assert rates(optim.ReduceLROnPlateau(optimizer(), patience=0), [-1.0, -0.99999])[-1] < 0.1
    assert rates(optim.ReduceLROnPlateau(optimizer(), patience=0), [-1.0, -1.001])[-1] == 0.8


def test_a_tensor_is_a_metric_and_nan_is_never_better() -> None:
    schedule = optim.ReduceLROnPlateau(optimizer(), patience=1)
    assert rates(schedule, [ag.Tensor(math.nan), np.float32(math.nan)])[-1] < 0.1
    schedule.step(ag.Tensor(3.0))
    assert schedule.best == 3


def test_the_loss_itself_is_a_metric() -> None:
    p = ag.Tensor(np.ones(2), requires_grad=True)
    schedule = optim.ReduceLROnPlateau(optim.SGD([p], 0.8))
    schedule.step(np.sum(p * p))
    assert schedule.best == 2.0


def test_repr() -> None:
    schedule = optim.ReduceLROnPlateau(optimizer(), factor=0.5, patience=3)
    schedule.step(2.5)
    assert repr(schedule) == (
        "ReduceLROnPlateau(mode='min', factor=0.5, patience=3, threshold=0.0001, threshold_mode='rel', cooldown=0, "
        "min_lr=0, eps=1e-08; best=2.5, lr=0.8)"
    )


def test_in_a_compiled_function_it_is_refused_with_its_line() -> None:
    schedule = optim.ReduceLROnPlateau(optimizer())
    with pytest.raises(ag.TraceError, match=r"test_optim_plateau.py:\d+: a float .* was to be made of"):
        ag.compile(lambda x: schedule.step(x * 2))(np.ones(()))


ERRORS: dict[str, tuple[str, Callable[[optim.SGD], Any]]] = {
    "mode": ("mode='least'; it takes 'min' or 'max'", lambda o: optim.ReduceLROnPlateau(o, "least")),
    "threshold_mode": ("threshold_mode='x'; it", lambda o: optim.ReduceLROnPlateau(o, threshold_mode="x")),
    "factor": (r"factor=1.0; it must lie in \[0, 1\)", lambda o: optim.ReduceLROnPlateau(o, factor=1.0)),
    "bounds": ("2 min_lr for 1 groups; give one for each", lambda o: optim.ReduceLROnPlateau(o, min_lr=[0.1, 0.2])),
    "a state of another": (
        "given a state of Cosine with schedule, count, .*; pass what its state_dict",
        lambda o: optim.ReduceLROnPlateau(o).load_state_dict(optim.Cosine(o, 5).state_dict()),
    ),
}


@pytest.mark.parametrize(("message", "make"), ERRORS.values(), ids=ERRORS)
def test_errors(message: str, make: Callable[[optim.SGD], Any]) -> None:
    with pytest.raises(ValueError, match=message):
        make(optimizer())
