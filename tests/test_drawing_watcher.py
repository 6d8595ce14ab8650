"""A run that is drawn: what the watcher notes of it, arguments, outputs, and what Tensors are called."""

import inspect
from typing import Any

import numpy as np
import pytest
from graphs import example, leaf, linear

import autograd as ag
from autograd import nn
from autograd.drawing.values import Statistics
from autograd.drawing.watcher import (
    Input,
    LeafNames,
    Watcher,
    argument_names,
    call_arguments,
    given_names,
    named_tensors,
    outputs_of,
    variables_of,
)


def watch(f: Any, measure: bool = False) -> tuple[Any, Watcher]:
    watcher = Watcher(measure)
    with ag.observe(watcher):
        y = f()
    return y, watcher


def test_calls_have_their_line_and_their_arguments() -> None:
    w = leaf(2)
    y, watcher = watch(lambda: example("def f(w):\n    return w * 3.0")(w))
    call = watcher.calls[y.node]
    assert (call.location.brief, list(call.args)[1], call.is_rule) == ("<example>:2", 3.0, False)


def test_arrays_are_traced_to_what_made_them() -> None:
    w = leaf(4)
    y, watcher = watch(lambda: np.exp(w))
    assert watcher.source_of(w.data) is w.node
    assert watcher.source_of(y.data) is y.node
    assert watcher.source_of(y.data[1:].reshape(3, 1)) is y.node
    assert watcher.source_of(np.ones(4)) is None
    assert watcher.source_of(3.0) is None


def test_calls_without_a_gradient_are_noted_if_they_come_from_something() -> None:
    watcher, x = Watcher(), np.ones(3)
    watcher.note(x, Input("x", x, 0))
    with ag.observe(watcher):
        known = ag.Tensor(x) * 2
        unknown = ag.Tensor(np.ones(3)) * 2
    assert watcher.source_of(known.data).fn is np.multiply
    assert watcher.source_of(unknown.data) is None


def test_calls_of_rules_know_whose_they_are() -> None:
    w = leaf(2)

    def run() -> ag.Tensor:
        y = np.sum(np.tanh(w))
        y.backward(create_graph=True)
        assert w.grad is not None
        return y * np.sum(w.grad)

    _, watcher = watch(run)
    rules = [(call.fn.__name__, call.of.operation.name) for call in watcher.calls.values() if call.is_rule and call.of]
    assert ("subtract", "tanh") in rules
    forward = [call.fn.__name__ for call in watcher.calls.values() if not call.is_rule]
    assert forward.count("tanh") == 1
    assert forward[-1] == "multiply"


def test_values_and_gradients_are_measured_as_they_are_made() -> None:
    w = leaf(2)

    def run() -> Any:
        y = np.sum(w * 3)
        y.backward()
        with ag.no_grad():
            w[...] = 100.0
        return y

    y, watcher = watch(run, measure=True)
    (product,) = y.node.parents
    assert watcher.values[product] == Statistics.of([3.0, 3.0])
    assert watcher.gradients[product] == Statistics.of([1.0, 1.0])
    assert watcher.spoilers == watcher.spoiling_rules == set()


def test_who_makes_nan_of_numbers() -> None:
    w = leaf(2, value=-1.0)
    with np.errstate(all="ignore"):
        y, watcher = watch(lambda: np.exp(np.log(w)), measure=True)
    (log,) = y.node.parents
    assert watcher.spoilers == {log}
    assert y.node in watcher.values


# -- names -------------------------------------------------------------------------------------------------------------


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
        named_tensors([("w", w), ("ws", [1, w]), ("d", {"k": w}), ("layer", layer), ("_", w), ("@x", w), ("n", 3)])
    )
    assert list(found) == ["w", "ws[1]", "d['k']", "layer.weight", "layer.bias"]


def test_data_are_not_searched_for_names() -> None:
    assert list(named_tensors([("data", [leaf(2), *range(10_000)])])) == []


def test_a_list_that_holds_itself() -> None:
    loop: list[Any] = [leaf(2)]
    loop.append(loop)
    assert [name for name, _ in named_tensors([("loop", loop)])] == ["loop[0]"]


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
    names = LeafNames({bias: "said"}, {x: "argument"}, [model], [("b", bias), ("w", weight), ("x", x)])
    assert [names.of_leaf.get(t.node) for t in (weight, bias, x)] == ["0.weight", "said", "argument"]
    assert names.parameters == {weight.node, bias.node}
    assert names.inputs == {x.node}
    assert names.of_tensor.get(ag.Tensor(1.0)) is None


def test_names_that_were_said() -> None:
    w, b = leaf(2), leaf(2)
    assert given_names({"w": w, b: "b"}) == {w: "w", b: "b"}
    assert given_names({}) == {}


# -- arguments and outputs ---------------------------------------------------------------------------------------------


def entered(f: Any, *inputs: Any) -> tuple[Any, Watcher, dict[ag.Tensor, str]]:
    watcher = Watcher()
    args, names = call_arguments(f, inputs, watcher)
    return args, watcher, names


def test_floats_become_leaves() -> None:
    (x, y, z), _, names = entered(lambda x, y, z: 0, np.ones(2, np.float32), 2.0, 1j)
    assert [(t.requires_grad, t.dtype) for t in (x, y, z)] == [(True, np.float32), (True, float), (True, complex)]
    assert names == {x: "x", y: "y", z: "z"}


@pytest.mark.parametrize("value", [3, True, "text", None, np.array([1, 2]), np.random.default_rng()])
def test_what_has_no_gradient_stays_itself(value: Any) -> None:
    (found,), _, names = entered(lambda x: 0, value)
    assert found is value
    assert names == {}


def test_of_a_model_with_parameters_arrays_stay_constants() -> None:
    array = np.ones((2, 3))
    (x,), watcher, names = entered(linear(), array)
    assert (x.requires_grad, x.data is array, names) == (False, True, {})
    source = watcher.source_of(array)
    assert (type(source), source.name) == (Input, "x")
    (x,), _, _ = entered(nn.ReLU(), array)
    assert x.requires_grad


def test_tensors_stay_themselves() -> None:
    t, constant = leaf(2), ag.Tensor([1.0])
    args, watcher, names = entered(lambda a, b: 0, t, constant)
    assert args[0] is t
    assert args[1] is constant
    assert names == {t: "a"}
    assert watcher.source_of(constant.data).name == "b"


def test_containers_keep_their_kind() -> None:
    (p,), _, names = entered(lambda p: 0, {"a": [1.0, 2], "b": (np.ones(1),)})
    assert [type(p), type(p["a"]), p["a"][1], type(p["b"])] == [dict, list, 2, tuple]
    assert list(names.values()) == ["p['a'][0]", "p['b'][0]"]


def test_an_array_given_twice_has_its_first_name() -> None:
    array = np.array([1, 2])
    _, watcher, _ = entered(lambda a, b: 0, array, array)
    assert watcher.source_of(array).name == "a"


def test_of_a_function_what_has_no_graph_is_left_out() -> None:
    t = leaf(2)
    result = {"y": t * 2, "accuracy": 0.5, "more": [t, ag.Tensor(1.0), None]}
    assert [path for path, _ in outputs_of(lambda: 0, result)] == ["['y']", "['more'][0]"]
