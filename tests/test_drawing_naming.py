"""What arguments and variables are called."""

import inspect
from typing import Any

import numpy as np
import pytest
from graphs import leaf, linear

import autograd as ag
from autograd import nn
from autograd.drawing.naming import Names, argument_names, given_names, tensors_of, variables_of


def test_arguments() -> None:
    def f(a: Any, /, b: Any, *more: Any, c: Any = 1, **others: Any) -> None: ...

    assert argument_names(f, [1, 2]) == ["a", "b"]
    assert argument_names(f, [1, 2, 3, 4]) == ["a", "b", "more[0]", "more[1]"]
    assert argument_names(lambda x, y=1: 0, [1]) == ["x"]
    assert argument_names(linear(), [1]) == ["x"]


def test_arguments_of_a_function_that_does_not_tell_them() -> None:
    with pytest.raises(ValueError, match="no signature"):
        inspect.signature(dict.update)
    assert argument_names(dict.update, [1, 2]) == ["input 0", "input 1"]


@pytest.mark.parametrize(("number", "message"), [(1, "1 inputs? for f, which takes a, b;"), (3, "3 inputs for f")])
def test_a_wrong_number_of_arguments(number: int, message: str) -> None:
    def f(a: Any, b: Any) -> None: ...

    with pytest.raises(TypeError, match=message):
        argument_names(f, [1] * number)


def test_variables_in_containers_and_modules() -> None:
    w, layer = leaf(2), linear()
    found = dict(
        tensors_of([("w", w), ("ws", [1, w]), ("d", {"k": w}), ("layer", layer), ("_", w), ("@x", w), ("n", 3)])
    )
    assert list(found) == ["w", "ws[1]", "d['k']", "layer.weight", "layer.bias"]


def test_data_are_not_searched_for_names() -> None:
    assert list(tensors_of([("data", [leaf(2), *range(10_000)])])) == []


def test_a_list_that_holds_itself() -> None:
    loop: list[Any] = [leaf(2)]
    loop.append(loop)
    assert [name for name, _ in tensors_of([("loop", loop)])] == ["loop[0]"]


def test_variables_of_a_function() -> None:
    w = leaf(2)

    def f() -> Any:
        return w, later

    names = [name for name, _ in variables_of(f)]
    assert names[0] == "w"
    assert "later" not in names[:2], "it has no value yet"
    assert "test_variables_of_a_function" in names
    later = 1
    assert "later" in [name for name, _ in variables_of(f)]
    assert variables_of(np.exp) == []


def test_the_first_to_name_a_leaf_is_believed() -> None:
    model = nn.Sequential(linear())
    weight, bias = model.parameters()
    x = leaf(2)
    names = Names({bias: "said"}, {x: "argument"}, [model], [("b", bias), ("w", weight), ("x", x)])
    assert [names.of_leaf(t.node) for t in (weight, bias, x)] == ["0.weight", "said", "argument"]
    assert names.parameters == {weight.node, bias.node}
    assert names.inputs == {x.node}
    assert names.of_tensor(ag.Tensor(1.0)) is None


def test_names_that_were_said() -> None:
    w, b = leaf(2), leaf(2)
    assert given_names({"w": w, b: "b"}) == {w: "w", b: "b"}
    assert given_names({}) == {}
