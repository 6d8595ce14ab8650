"""What a PyTorch user asks of optim: what stands there instead is there, and does the same."""

import re

import numpy as np
import pytest

import autograd as ag
from autograd import optim
from autograd.optim.torch_names import NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_optim_lacks(name: str) -> None:
    with pytest.raises(AttributeError) as error:
        getattr(optim, name)
    assert str(error.value) == f"optim has no {name}; write {NAMES[name]}"
    for found in re.findall(r"optim\.(\w+)", NAMES[name]):
        assert found in optim.__all__


def optimizer() -> optim.SGD:
    return optim.SGD([ag.Tensor(np.ones(2), requires_grad=True)], 0.8)


def rates(schedule: optim.Schedule) -> list[float]:
    found = [schedule.optimizer.lr]
    for _ in range(4):
        schedule.step()
        found.append(schedule.optimizer.lr)
    return found


def schedule(name: str, **given: float) -> optim.Schedule:
    made: optim.Schedule = eval(NAMES[name], {"optim": optim, "optimizer": optimizer(), **given})
    return made


def test_schedules_give_the_rates_of_those_that_they_stand_for() -> None:
    np.testing.assert_allclose(rates(schedule("ExponentialLR", gamma=0.5)), 0.8 * 0.5 ** np.arange(5), rtol=1e-12)
    cosine = 0.4 * (1 + np.cos(np.pi * np.arange(5) / 8))
    np.testing.assert_allclose(rates(schedule("CosineAnnealingLR", total_steps=8)), cosine, rtol=1e-12)


def test_other_names_have_the_nearest() -> None:
    with pytest.raises(AttributeError, match=r"optim has no RAdam; the nearest that it has: .*Adam.*subclass of optim"):
        optim.RAdam  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"optim has no xyz; an optimiser of your own"):
        optim.xyz  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"module 'autograd\.optim' has no attribute '__wrapped__'"):
        optim.__wrapped__  # type: ignore[attr-defined]  # noqa: B018
