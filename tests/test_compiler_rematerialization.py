"""What is computed again is what is cheap, is there anyway, and is alive where memory is scarcest; the bits stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from calls import Calls, texts

import autograd as ag
from autograd import nn, optim
from autograd.compiler import specialization
from autograd.compiler.ir import Kind, Value
from autograd.compiler.passes.rematerialization import SMALLEST, most_alive, rematerialize

X = np.ones((128, 256))
SMALL = np.ones((4, 4))
assert X.nbytes >= SMALLEST > SMALL.nbytes


class Step(Calls):
    """A layer and its gradient: x to a to y, which is elementwise, to z; then much memory; then what needs y, and a."""

    def __init__(self, array: Any = X, first: Any = np.matmul, second: Any = np.multiply) -> None:
        self.x, self.w = self.given(array), self.given(np.eye(array.shape[-1]), Kind.STATE)
        self.factor = self.given(array[0], Kind.STATE)
        self.a = self(first, self.x, self.w)
        self.y = self(second, self.a, self.factor)

    def later(self, *more: Any, needs_a: bool = True) -> Calls:
        self.z = self(np.matmul, self.y, self.w)
        peak = self(np.matmul, self.z, self(np.sqrt, self.z).array.T)
        for _ in range(2):
            peak = self(np.add, peak, self(np.sqrt, peak))
        for fn, *args in more:
            self.write(fn, *args)
        count = len(self)
        self.gw = self(np.matmul, self("transpose", self.y), peak.array[: len(self.y.array)])
        self.ga = self(np.multiply, self.a, self.a) if needs_a else self.gw
        for op in self[count:]:
            op.stage = "backward"
        return self


PLAIN = ["transpose", "matmul", "multiply"]  # what is done in the backward pass


def again(calls: Calls, *keep: Value) -> list[str]:
    """What is done in the backward pass, with what is done again."""
    found, new = rematerialize(calls, {calls.ga, calls.gw, *keep})  # type: ignore[attr-defined]  # a Step
    assert not new
    return texts([op for op in found if op.stage == "backward"])


def test_an_elementwise_result_is_computed_again() -> None:
    calls = Step()
    calls.later()
    found, new = rematerialize(calls, {calls.gw, calls.ga})
    assert not new
    made, *late = (op for op in found if op.stage == "backward")
    assert texts([made, *late]) == ["multiply", *PLAIN]
    assert made.args == (calls.a, calls.factor)
    assert made.result is late[0].args[0] is late[0].result.root is not calls.y


def test_in_place_updates_and_views_are_done_again() -> None:
    calls = Step()
    calls.write(np.add, calls.y, calls.y, calls.factor)
    view = calls("reshape", calls.y, -1)
    calls.later()
    calls(np.negative, view).root.name = "last"
    calls[-1].stage = "backward"
    found, _ = rematerialize(calls, {calls.gw, calls.ga, calls[-1].result})
    late = [op for op in found if op.stage == "backward"]
    assert texts(late) == ["multiply", "add", "reshape", *PLAIN, "negative"]
    assert late[1].writes is late[0].result is late[3].args[0]
    assert late[-1].args[0] is late[2].result


def of(**options: Any) -> Calls:
    return Step(**options).later()


def overwritten(name: str) -> Calls:
    step = Step()
    target = getattr(step, name)
    return step.later((np.sqrt, target, target))


NOT: dict[str, Any] = {
    "small": lambda: of(array=SMALL),
    "no elementwise op": lambda: of(second=lambda a, b: a[::-1] * b),
    "what it needs is not there": lambda: Step().later(needs_a=False),
    "what it needs has changed": lambda: overwritten("a"),
    "a parameter has changed": lambda: overwritten("factor"),
    "it has changed": lambda: overwritten("y"),
}


@pytest.mark.parametrize("what", NOT)
def test_what_is_not(what: str) -> None:
    calls = NOT[what]()
    assert again(calls) == (PLAIN if calls.ga is not calls.gw else PLAIN[:2])


def test_what_is_handed_out_is_kept() -> None:
    calls = Step().later()
    assert again(calls, calls.y) == PLAIN  # type: ignore[attr-defined]  # a Step


def test_what_is_needed_for_another_is_kept() -> None:
    """Of y = a * factor and w = y * factor, both needed late, with a, only the first is computed again."""
    calls = Step()
    second = calls(np.multiply, calls.y, calls.factor)
    calls.later()
    calls(np.matmul, second, calls.w)
    calls[-1].stage = "backward"
    assert again(calls, calls[-1].result) == ["multiply", *PLAIN, "matmul"]


def test_the_op_at_which_most_is_alive() -> None:
    calls = Calls()
    a = calls(np.sqrt, calls.given(SMALL))
    b = calls(np.add, a, calls(np.sqrt, a))
    calls(np.sqrt, b)
    assert most_alive(calls, set()) == 2
    assert most_alive(calls, {a}) == 2
    assert most_alive([], set()) == 0


# -- whole steps -------------------------------------------------------------------------------------------------------


def blocks(count: int) -> nn.Module:
    rng = np.random.default_rng(0)

    def block() -> Iterable[nn.Module]:
        return nn.LayerNorm(64), nn.Linear(64, 256, rng=rng), nn.GELU("tanh"), nn.Linear(256, 64, rng=rng)

    return nn.Sequential(*(layer for _ in range(count) for layer in block()))


def trained(model: nn.Module, wrap: Any) -> tuple[Any, list[bytes]]:
    optimizer = optim.SGD(model.parameters(), 0.1)

    @wrap
    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = np.mean(np.square(model(x)))
        loss.backward()
        optimizer.step()
        return loss

    x = np.random.default_rng(1).normal(size=(512, 64)).astype(np.float32)
    return step, [step(x).data.tobytes() for _ in range(4)]


def test_blocks_of_a_transformer_take_less_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    step, losses = trained(blocks(3), ag.compile)
    assert losses == trained(blocks(3), lambda fn: fn)[1]
    text = step.source.partition("# backward")[2]
    assert text.count("gelu_tanh_forward(") == 2  # the last block's is soon needed
    rest = {name: fn for name, fn in specialization.REWRITES.items() if fn is not rematerialize}
    monkeypatch.setattr(specialization, "REWRITES", rest)
    without, same = trained(blocks(3), ag.compile)
    assert same == losses
    assert step._last().program.size < 0.8 * without._last().program.size
