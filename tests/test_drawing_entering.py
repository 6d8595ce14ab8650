"""What a function is called with, and what of its result is drawn."""

from typing import Any

import numpy as np
import pytest
from graphs import leaf, linear

import autograd as ag
from autograd import nn
from autograd.drawing.entering import Arguments, outputs_of
from autograd.drawing.watching import Input, Watcher


def entered(f: Any, *inputs: Any) -> tuple[Any, Watcher, Arguments]:
    watcher = Watcher()
    arguments = Arguments(f, inputs, watcher)
    return arguments.args, watcher, arguments


def test_floats_become_leaves() -> None:
    (x, y, z), _, arguments = entered(lambda x, y, z: 0, np.ones(2, np.float32), 2.0, 1j)
    assert [(t.requires_grad, t.dtype) for t in (x, y, z)] == [(True, np.float32), (True, float), (True, complex)]
    assert arguments.names == {x: "x", y: "y", z: "z"}


@pytest.mark.parametrize("value", [3, True, "text", None, np.array([1, 2]), np.random.default_rng()])
def test_what_has_no_gradient_stays_itself(value: Any) -> None:
    (found,), _, arguments = entered(lambda x: 0, value)
    assert found is value
    assert arguments.names == {}


def test_of_a_model_with_parameters_arrays_stay_constants() -> None:
    array = np.ones((2, 3))
    (x,), watcher, arguments = entered(linear(), array)
    assert (x.requires_grad, x.data is array, arguments.names) == (False, True, {})
    source = watcher.source_of(array)
    assert (type(source), source.name) == (Input, "x")
    (x,), _, _ = entered(nn.ReLU(), array)
    assert x.requires_grad


def test_tensors_stay_themselves() -> None:
    t, constant = leaf(2), ag.Tensor([1.0])
    args, watcher, arguments = entered(lambda a, b: 0, t, constant)
    assert args[0] is t
    assert args[1] is constant
    assert arguments.names == {t: "a"}
    assert watcher.source_of(constant.data).name == "b"


def test_containers_keep_their_kind() -> None:
    (p,), _, arguments = entered(lambda p: 0, {"a": [1.0, 2], "b": (np.ones(1),)})
    assert [type(p), type(p["a"]), p["a"][1], type(p["b"])] == [dict, list, 2, tuple]
    assert list(arguments.names.values()) == ["p['a'][0]", "p['b'][0]"]


def test_an_array_given_twice_has_its_first_name() -> None:
    array = np.array([1, 2])
    _, watcher, _ = entered(lambda a, b: 0, array, array)
    assert watcher.source_of(array).name == "a"


def test_of_a_function_what_has_no_graph_is_left_out() -> None:
    t = leaf(2)
    result = {"y": t * 2, "accuracy": 0.5, "more": [t, ag.Tensor(1.0), None]}
    assert [path for path, _ in outputs_of(lambda: 0, result)] == ["['y']", "['more'][0]"]
