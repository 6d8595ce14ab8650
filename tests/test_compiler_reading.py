"""What one reads of a compiled function."""

import re
from typing import Any

import numpy as np
import pytest
from compiled import IMAGES, LABELS, called, training

import autograd as ag
from autograd import nn

X = np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize("ask", [lambda step: step.source, lambda step: step.explain(), lambda step: step.save("f.py")])
def test_before_the_first_call_it_says_what_to_do(ask: Any) -> None:
    def f(x: Any) -> Any:
        return x

    with pytest.raises(
        RuntimeError, match=re.escape("f has no program yet; call it, and it will have one for arguments")
    ):
        ask(ag.compile(f))


def test_it_shows_its_name_and_what_it_has_programs_for() -> None:
    step = training()
    assert repr(step) == "<compiled train for x (5, 6) float32, labels (5,) int64>"
    for batch in (3, 4):
        step(IMAGES[:batch], LABELS[:batch])
    assert repr(step) == "<compiled train for x (4, 6) float32, labels (4,) int64; and 2 other programs>"
    assert repr(ag.compile(training().fn)) == "<compiled train: not called yet>"
    assert repr(called(lambda: np.float64(1.0) * 2)) == "<compiled <lambda> for no arguments>"


def test_programs_are_listed_by_their_arguments_the_last_first() -> None:
    step = training()
    step(IMAGES[:3], LABELS[:3])
    assert step.programs == ["x (3, 6) float32, labels (3,) int64", "x (5, 6) float32, labels (5,) int64"]
    step(IMAGES, LABELS)
    assert step.programs[0] == "x (5, 6) float32, labels (5,) int64"


def test_other_arguments_are_told_with_their_values() -> None:
    def f(params: Any, *, power: int, name: str) -> Any:
        return params["w"] ** power

    step = ag.compile(f)
    for _ in range(2):
        step({"w": X}, power=2, name="a")
    assert step.programs == ["params['w'] (3,) float64, power=2, name='a'"]


def test_of_other_objects_their_kind_is_told() -> None:
    model = nn.ReLU()
    step = ag.compile(lambda layer, fn, x: fn(layer(x)))
    for _ in range(2):
        step(model, np.sin, X)
    assert step.programs == ["layer=a ReLU, fn=sin, x (3,) float64"]


def test_the_source_is_that_of_the_program_that_was_used_last() -> None:
    step = training()
    assert "x       (5, 6) float32" in step.source
    for _ in range(2):
        step(IMAGES[:3], LABELS[:3])
    assert "x       (3, 6) float32" in step.source
    step(IMAGES, LABELS)
    assert "x       (5, 6) float32" in step.source


def test_after_one_call_there_is_a_source_already() -> None:
    assert "np.exp(x)" in called(lambda x: np.exp(x), X, times=1).source
