"""Numbers are cast once: to the same bits, before they are needed, and only where it is the dtype of the arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from calls import texts
from compiled import called, lines, training

from autograd import nn, optim
from autograd.compiler.ir import Kind, Loop, Op, Value
from autograd.compiler.passes.casting import cast_once

X = np.ones(3, np.float32)
LR, OTHER = Value(0.1, Kind.STATE, name="lr"), Value(0.2, Kind.STATE)


def times(x: Value, number: Any, **more: Any) -> Op:
    return Op(np.multiply, (x, number), {}, Value(np.empty_like(x.array)), **more)


def cast(*calls: Op) -> list[Op]:
    return cast_once(list(calls), set())[0]


def test_what_several_calls_take_is_cast_once() -> None:
    x = Value(X)
    found = cast(times(x, LR), times(x, LR), times(x, OTHER))
    assert texts(found) == ["asarray", "multiply", "multiply", "multiply"]
    assert found[0].args == (LR, np.dtype(np.float32))
    assert [call.args[1] for call in found[1:]] == [found[0].result, found[0].result, OTHER]
    assert found[0].result.array.dtype == np.float32


def test_a_number_is_cast_to_each_dtype() -> None:
    x, y = Value(X), Value(X.astype(np.float64))
    found = cast(times(x, LR), times(y, LR), times(x, LR), times(y, LR))
    assert [call.args for call in found[:2]] == [(LR, np.dtype(np.float32)), (LR, np.dtype(np.float64))]
    assert [call.args[1].array.dtype for call in found[2:]] == [np.float32, np.float64] * 2


@pytest.mark.parametrize("array", [np.ones(3, int), np.ones(3, complex), np.ones(3, bool)], ids=lambda x: str(x.dtype))
def test_what_is_no_array_of_floats_is_left_alone(array: Any) -> None:
    x = Value(array)
    calls = [times(x, LR), times(x, LR)]
    assert cast(*calls) == calls


def test_numbers_that_take_part_as_another_type_are_left_alone() -> None:
    x = Value(X)
    calls = [times(x, Value(2, Kind.STATE)) for _ in range(2)]
    calls += [Op(np.multiply, (x, LR), {"dtype": np.float64}, Value(X.astype(np.float64))) for _ in range(2)]
    calls += [Op(np.multiply, (x, LR), {}, Value(X), errors={"over": "ignore"}) for _ in range(2)]
    assert cast(*calls) == calls


def test_a_number_may_be_the_first_operand() -> None:
    x = Value(X)
    first, *rest = cast(*(Op(np.subtract, (LR, x), {}, Value(X.copy())) for _ in range(2)))
    assert [call.args for call in rest] == [(first.result, x)] * 2


def test_what_computes_a_number_moves_before_the_first_call_that_needs_one() -> None:
    x, half = Value(X), Value(0.05)
    made = Op(np.divide, (LR, 2), {}, half)
    found = cast(times(x, LR), made, times(x, half), times(x, LR), times(x, half))
    assert texts(found)[:3] == ["divide", "asarray", "asarray"]
    assert [call.args[0] for call in found[1:3]] == [half, LR]  # so that `lr` may name what was made of it


def test_a_number_that_depends_on_an_array_is_not_moved() -> None:
    x, total = Value(X), Value(3.0)
    made = Op(np.add.reduce, (x,), {}, total)
    calls = [times(x, LR), made, times(x, LR), times(x, total), times(x, total)]
    found = cast(*calls)
    assert texts(found) == ["asarray", "multiply", "reduce", "multiply", "multiply", "multiply"]
    assert [call.args[1] for call in found[-2:]] == [total, total]


def test_casts_stand_before_loops() -> None:
    x, loop = Value(X), Loop(Value(0), 4, 2)
    found = cast(times(x, OTHER, loop=loop), times(x, LR, loop=loop), times(x, LR, loop=loop))
    assert texts(found)[0] == "asarray"
    assert [call.loop for call in found] == [None, loop, loop, loop]


def test_each_section_has_its_own() -> None:
    x = Value(X)
    found = cast(
        times(x, LR), times(x, LR), times(x, OTHER, stage="update"), times(x, OTHER, stage="update"),
    )  # fmt: skip
    assert [(call.fn, call.stage) for call in found if call.fn is np.asarray] == [
        (np.asarray, "forward"), (np.asarray, "update"),
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_bits_are_those_of_the_function(dtype: Any) -> None:
    """`called` compares the second call; the next ones must go on so."""
    layers = [nn.Linear(6, 3, dtype=dtype, rng=np.random.default_rng(0)) for _ in range(2)]
    steps = []
    for layer, compiled in zip(layers, (True, False), strict=True):
        adam = optim.Adam(layer.parameters(), 1e-3)

        def train(x: Any, layer: Any = layer, adam: Any = adam) -> Any:
            loss = layer(x).sum()
            adam.zero_grad()
            loss.backward()
            adam.step()
            return loss

        x = np.linspace(-1, 1, 12, dtype=dtype).reshape(2, 6)
        if compiled:
            step = called(train, x, times=6)
            computed = np.result_type(dtype, np.float32)  # that of float16 is computed in float32
            assert f"beta1 = np.asarray(beta1, np.{computed.name})" in lines(step.source)
        else:
            for _ in range(6):
                train(x)
        steps.append([p.data.tobytes() for p in layer.parameters()])
    assert steps[0] == steps[1]


def test_a_step_of_sgd_casts_its_learning_rate() -> None:
    assert lines(training("sgd").source).count("lr = np.asarray(lr, np.float32)") == 1
