"""Names of modules and parameters: by the path from the outermost module of a call."""

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from autograd import nn
from autograd.engine.graph import Scope
from autograd.nn.paths import module_label, module_paths, modules_of, outermost, parameter_paths
from models.mlp import MLP

X = np.ones((2, 3))


def linear(inputs: int = 3, outputs: int = 3) -> nn.Linear:
    return nn.Linear(inputs, outputs, np.float64, np.random.default_rng(0))


def scopes(y: ag.Tensor) -> list[Scope]:
    """Those of all calls that y was computed from, the first call first."""

    def walk(node: Any) -> Iterator[Any]:
        for parent in node.parents:
            if isinstance(parent, ag.Node):
                yield from walk(parent)
        yield node

    return [node.scope for node in walk(y.node)]


def paths(y: ag.Tensor) -> list[str]:
    """The path of the innermost module of each call."""
    found = module_paths(scopes(y))
    return [found[id(modules_of(scope)[-1])] for scope in scopes(y) if scope is not None]


class Pair(nn.Module):
    """Two layers, one of which may be the other."""

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        self.first, self.second = first, second

    def forward(self, x: Any) -> Any:
        return self.second(np.tanh(self.first(x)))


class Helped(nn.Module):
    """Calls a module that is no attribute of it."""

    def __init__(self, helper: Any) -> None:
        self.own = linear()
        self.call = lambda x: helper(x)

    def forward(self, x: Any) -> Any:
        return self.call(self.own(x))


def test_a_module_is_named_by_its_path_from_the_outermost() -> None:
    model = MLP((3, 4, 2), dtype=np.float64)
    y = model(X)
    assert paths(y) == ["MLP.layers.0", "MLP.layers.1", "MLP.layers.2"]
    assert module_paths(scopes(y))[id(model)] == "MLP"
    assert module_paths(scopes(y))[id(model.layers)] == "MLP.layers"


def test_calls_outside_of_modules_have_no_path() -> None:
    w = ag.Tensor([1.0], requires_grad=True)
    assert module_paths(scopes(w * 2)) == {}
    assert modules_of(None) == ()


def test_modules_of_a_scope_begin_with_the_outermost() -> None:
    model = Pair(linear(), linear())
    y = model(X)
    first, _, second = scopes(y)
    assert modules_of(first) == (model, model.first)
    assert modules_of(second) == (model, model.second)


def test_two_models_of_a_class_are_told_apart() -> None:
    a, b = linear(), linear()
    assert paths(b(a(X))) == ["Linear", "Linear#2"]


def test_a_part_called_by_itself_keeps_its_place_in_the_whole() -> None:
    model = Pair(linear(), linear())
    y = model(model.first(X))
    assert outermost(scopes(y)) == [model]
    assert paths(y) == ["Pair.first", "Pair.first", "Pair", "Pair.second"]


def test_a_module_that_is_no_attribute_is_named_after_its_class() -> None:
    helper, other = linear(), linear()
    model = Helped(lambda x: other(helper(x)))
    assert paths(model(X)) == ["Helped.own", "Helped.Linear", "Helped.Linear#2"]


def test_a_module_that_is_there_twice_has_the_first_path() -> None:
    shared = linear()
    model = Pair(shared, shared)
    assert paths(model(X)) == ["Pair.first", "Pair", "Pair.first"]


def test_modules_that_hold_each_other_have_names() -> None:
    a, b = Pair(linear(), linear()), Pair(linear(), linear())
    y = b(a(X))
    vars(a)["other"], vars(b)["other"] = b, a
    assert outermost(scopes(y)) == [a]
    assert len(set(module_paths(scopes(y)).values())) == 6


def test_a_module_that_is_gone_has_no_name() -> None:
    y = linear()(X)
    assert modules_of(scopes(y)[0]) == ()
    assert module_paths(scopes(y)) == {}
    assert outermost(scopes(y)) == []


def test_a_part_of_a_module_that_is_gone_is_named_by_itself() -> None:
    part = linear()
    y = Pair(part, nn.ReLU())(X)
    assert outermost(scopes(y)) == [part]
    assert module_paths(scopes(y)) == {id(part): "Linear"}


def test_parameters_are_named_by_their_path() -> None:
    model = MLP((3, 4, 2))
    names = parameter_paths([model])
    expected = ["layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias"]
    assert list(names.values()) == expected
    assert list(names) == [tensor.node for tensor in model.parameters()]


def test_parameters_of_several_models_bear_the_name_of_their_model() -> None:
    names = parameter_paths([linear(), nn.Sequential(nn.ReLU()), linear()])
    assert list(names.values()) == ["Linear.weight", "Linear.bias", "Linear#2.weight", "Linear#2.bias"]


def test_a_module_without_parameters_makes_no_difference_to_names() -> None:
    assert list(parameter_paths([nn.ReLU(), linear()]).values()) == ["weight", "bias"]


def test_a_label_is_the_path_and_the_class() -> None:
    model = nn.Sequential(linear(), nn.ReLU())
    found = module_paths(scopes(model(ag.Tensor(X))))
    assert [module_label(module, found) for module in (model, *model.layers)] == ["Sequential", "0: Linear", "1: ReLU"]


def test_a_module_that_is_no_attribute_is_labelled_by_its_class_alone() -> None:
    class Outer(nn.Module):
        def forward(self, x: Any) -> Any:
            return inner(x)

    inner, outer = linear(), Outer()
    found = module_paths(scopes(outer(ag.Tensor(X))))
    assert (found[id(inner)], module_label(inner, found)) == ("Outer.Linear", "Linear")
