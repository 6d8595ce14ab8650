"""Ten steps of every optimiser with two groups are those of torch.optim; compiled they have the same bits."""

import json
from typing import Any

import numpy as np
import pytest
from compared import assert_same
from torch_reference import cases
from torch_reference.cases import Case

import autograd as ag
from autograd import optim

CASES = {
    name.removeprefix("optimizer: "): (json.loads(str(case["told"])), case)
    for name, case in cases.read("optimizers").items()
    if name.startswith("optimizer: ")
}
ROWS = pytest.mark.parametrize(("told", "case"), CASES.values(), ids=CASES)
START: dict[str, Any] = {"p": [1.0, -2.0, 0.5], "q": [[0.3, -1.5], [2.0, 0.7]]}


def loss_of(p: Any, q: Any) -> Any:
    return (p * p * p * p / 4 - p * p + 0.3 * p).sum() + ((q - 0.5) * (q - 0.5)).sum() * (1 + (p * p).sum()) / 4


def made(told: dict[str, Any], dtype: Any = np.float64) -> tuple[ag.Tensor, ag.Tensor, optim.Optimizer]:
    p, q = (ag.Tensor(np.array(START[name], dtype), requires_grad=True) for name in "pq")
    groups = [{"params": [p]}, {"params": [q], **told["group"]}]
    return p, q, getattr(optim, told["kind"])(groups, **told["options"])


def step(p: ag.Tensor, q: ag.Tensor, optimizer: optim.Optimizer) -> None:
    optimizer.zero_grad()
    loss_of(p, q).backward()
    optimizer.step()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@ROWS
def test_ten_steps_are_those_of_torch(told: dict[str, Any], case: Case, dtype: Any) -> None:
    p, q, optimizer = made(told, dtype)
    rtol = 2e-4 if dtype is np.float32 else 1e-11  # each step amplifies what the one before rounded
    for k in range(10):
        step(p, q, optimizer)
        np.testing.assert_allclose(p.data, case["p"][k], rtol=rtol, atol=rtol)
        np.testing.assert_allclose(q.data, case["q"][k], rtol=rtol, atol=rtol)
    assert p.dtype == q.dtype == dtype


@ROWS
def test_a_training_that_is_resumed_has_the_same_bits(told: dict[str, Any], case: Case) -> None:
    p, q, optimizer = made(told, np.float32)
    for _ in range(4):
        step(p, q, optimizer)
    u, v, other = made(told, np.float32)
    u.data[...], v.data[...] = p.data, q.data
    other.load_state_dict(optimizer.state_dict())
    for _ in range(4):
        step(p, q, optimizer)
        step(u, v, other)
    assert (u.data.tobytes(), v.data.tobytes()) == (p.data.tobytes(), q.data.tobytes())


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("told", [*(told for told, _ in CASES.values()),
                                  {"kind": "Lion", "options": {"lr": 0.1}, "group": {"weight_decay": 0.1}}],
                         ids=[*CASES, "Lion"])  # fmt: skip
def test_compiled_they_have_the_same_bits(told: dict[str, Any], dtype: Any) -> None:
    def make() -> Any:
        p, q, optimizer = made(told, dtype)
        schedule = optim.Cosine(optimizer, 9, floor=0.1)

        def train(scale: Any) -> Any:
            optimizer.zero_grad()
            loss = loss_of(p * scale, q)
            loss.backward()
            optimizer.step()
            schedule.step()
            return loss

        return train, [p, q, optimizer, schedule]

    assert_same(make, [(None, (np.array(1 + 0.1 * k, dtype),)) for k in range(6)], programs=2)
