"""The signature of a call: its arguments by parameter and path, arrays without what they hold."""

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import nn
from autograd.compiler.tracing.signature import ArraySpec, Signature, arguments_of

X = np.ones((2, 3), np.float32)


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        ((1,), {}, [("params", "", 1)]),
        (({"w": 1},), {}, [("params", "['w']", 1)]),
        ((None, 1), {}, [("*xs", "[0]", 1)]),
        ((None, None, None, [2, 1]), {}, [("*xs", "[2][0]", 2), ("*xs", "[2][1]", 1)]),
        ((), {"scale": 1}, [("scale", "", 1)]),
    ],
)
def test_a_leaf_is_known_by_its_parameter_and_its_path(args: Any, kwargs: Any, expected: Any) -> None:
    assert arguments_of(lambda params, *xs, scale=1: None, args, kwargs) == expected


def test_a_function_that_tells_no_parameters_has_numbered_ones() -> None:
    assert arguments_of(min, (1, 2), {}) == [("*args", "[0]", 1), ("*args", "[1]", 2)]


def test_of_a_model_they_are_those_of_its_forward() -> None:
    class Two(nn.Module):
        def forward(self, x: Any, scale: Any) -> Any:
            return x * scale

    assert arguments_of(Two(), (None, 2), {}) == [("scale", "", 2)]
    assert arguments_of(Two(), (), {"x": [1]}) == [("x", "[0]", 1)]


def test_arrays_are_known_by_their_layout_alone() -> None:
    w = ag.Tensor(X, requires_grad=True)
    given = (X, X.T, ag.Tensor(X), w, np.float64(2), 2.0)
    signature = Signature(lambda *xs: None, given, {"mode": "a"})
    dtype = np.dtype(np.float32)
    assert signature.args == (
        ArraySpec(np.ndarray, (2, 3), dtype, (12, 4)), ArraySpec(np.ndarray, (3, 2), dtype, (4, 12)),
        ArraySpec(ag.Tensor, (2, 3), dtype, (12, 4)), w, ArraySpec(np.float64, (), np.dtype(float), ()), 2.0,
    )  # fmt: skip
    assert signature.kwargs == {"mode": "a"}


def test_its_text_tells_arrays_by_their_form_and_other_arguments_by_their_value() -> None:
    signature = Signature(lambda params, *xs, **more: None, ({"w": X}, X[0], np.sin), {"power": 2, "layer": nn.ReLU()})
    assert str(signature) == ("params['w'] (2, 3) float32, xs[0] (3,) float32, xs[1]=sin, power=2, layer=a ReLU")
    assert str(Signature(lambda: None, (), {})) == "no arguments"
