"""Modules that hold others: what they do as lists and dicts, what their parts are called, what they refuse."""

import copy
import pickle
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import nn

X = np.ones((5, 3), np.float32)


def linear(inputs: int = 3, outputs: int = 3, seed: int = 0) -> nn.Linear:
    return nn.Linear(inputs, outputs, rng=np.random.default_rng(seed))


# -- ModuleList --------------------------------------------------------------------------------------------------------


class Listing(nn.Module):
    def __init__(self) -> None:
        self.blocks = nn.ModuleList([linear(seed=0), linear(seed=1)])

    def forward(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        return x


def test_a_module_list_is_a_list_of_modules() -> None:
    blocks = nn.ModuleList(linear(seed=k) for k in range(4))
    first, second, third, fourth = blocks
    assert (len(blocks), blocks[1], blocks[-1]) == (4, second, fourth)
    assert isinstance(blocks[1:3], nn.ModuleList)
    assert list(blocks[1:3]) == [second, third]
    assert blocks.append(first).extend([second]).insert(0, fourth) is blocks
    assert list(blocks) == [fourth, first, second, third, fourth, first, second]
    blocks[0] = third
    del blocks[3:]
    assert list(blocks) == [third, first, second]
    assert len(nn.ModuleList()) == 0


def test_what_is_in_a_module_list_is_called_by_number() -> None:
    module = Listing()
    assert list(module.state_dict()) == ["blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias"]
    assert repr(module) == ("Listing(\n  (blocks): ModuleList(\n    (0): Linear(3, 3)\n    (1): Linear(3, 3)\n  )\n)")
    np.testing.assert_array_equal(module(X).data, module.blocks[1](module.blocks[0](X)).data)
    compiled = ag.compile(module.__call__)
    for _ in range(3):
        np.testing.assert_array_equal(compiled(X), module(X).data)


def test_a_compiled_function_sees_a_list_that_has_grown() -> None:
    module = Listing()
    compiled = ag.compile(lambda x: module(x))
    compiled(X)
    module.blocks.append(linear(seed=5))
    np.testing.assert_array_equal(compiled(X), module(X).data)


@pytest.mark.parametrize("bad", [np.tanh, None, np.ones(3), nn.Linear])
def test_a_module_list_holds_modules_alone(bad: Any) -> None:
    blocks = nn.ModuleList([linear()])
    for change in (lambda: nn.ModuleList([linear(), bad]), lambda: blocks.append(bad), lambda: blocks.extend([bad])):
        with pytest.raises(TypeError, match=r"ModuleList was given .* at place \d, and expects modules"):
            change()
    assert len(blocks) == 1


def test_lists_and_dicts_of_modules_are_not_called() -> None:
    with pytest.raises(TypeError, match=r"a ModuleList has no forward\(\), .* loop over it, or use Sequential"):
        nn.ModuleList([linear()])(X)
    with pytest.raises(TypeError, match=r"a ModuleDict has no forward\(\), .* modules\[name\]\(x\)"):
        nn.ModuleDict({"a": linear()})(X)


# -- ModuleDict --------------------------------------------------------------------------------------------------------


def test_a_module_dict_is_a_dict_of_modules() -> None:
    a, b, c = (linear(seed=k) for k in range(3))
    heads = nn.ModuleDict({"a": a, "items": b})
    assert (heads["a"], heads["items"], len(heads), "a" in heads, "c" in heads) == (a, b, 2, True, False)
    assert (list(heads), list(heads.keys()), list(heads.values())) == (["a", "items"], ["a", "items"], [a, b])
    heads.update([("c", c)])
    heads["a"] = b
    assert list(heads.items()) == [("a", b), ("items", b), ("c", c)]
    assert heads.pop("c") is c
    del heads["a"]
    assert list(heads.state_dict()) == ["items.weight", "items.bias"]
    assert repr(heads) == "ModuleDict(\n  (items): Linear(3, 3)\n)"
    heads.clear()
    assert not list(heads.parameters())


@pytest.mark.parametrize(("name", "module"), [("a", np.tanh), ("a.b", linear()), ("", linear()), (3, linear())])
def test_a_module_dict_holds_modules_by_name(name: Any, module: Any) -> None:
    with pytest.raises(TypeError, match=f"ModuleDict was given .* as {name!r}, and expects modules by names without"):
        nn.ModuleDict({name: module})


# -- Sequential --------------------------------------------------------------------------------------------------------


def test_a_slice_of_a_sequential_is_a_sequential_of_the_same_layers() -> None:
    chain = nn.Sequential(linear(), np.tanh, linear(seed=1))
    part = chain[1:]
    assert isinstance(part, nn.Sequential)
    assert list(part.state_dict()) == ["1.weight", "1.bias"]
    assert part[1] is chain[2]
    np.testing.assert_array_equal(chain[:1](X).data, chain[0](X).data)
    assert list(chain[::-1]) == [chain[2], np.tanh, chain[0]]


def test_a_sequential_changes_as_a_list_does() -> None:
    chain = nn.Sequential(linear())
    first = chain[0]
    assert chain.append(nn.ReLU()).extend([np.tanh]).insert(0, np.exp) is chain
    assert list(chain)[:2] == [np.exp, first]
    chain[0] = np.cos
    del chain[2]
    assert list(chain) == [np.cos, first, np.tanh]
    np.testing.assert_array_equal(chain(X).data, np.tanh(first(np.cos(X))).data)


def test_a_sequential_of_named_layers() -> None:
    layers = OrderedDict(hidden=linear(3, 4), act=nn.ReLU(), out=linear(4, 2))
    chain = nn.Sequential(layers)
    assert list(chain.state_dict()) == ["hidden.weight", "hidden.bias", "out.weight", "out.bias"]
    assert chain.hidden is chain[0] is layers["hidden"]
    np.testing.assert_array_equal(chain(X).data, nn.Sequential(*layers.values())(X).data)
    assert repr(chain) == "Sequential(\n  (hidden): Linear(3, 4)\n  (act): ReLU()\n  (out): Linear(4, 2)\n)"
    assert [name for name, _ in chain[1:].named_children()] == ["act", "out"]
    del chain[1]
    assert [name for name, _ in chain.named_modules()] == ["", "hidden", "out"]
    with pytest.raises(AttributeError, match="act"):
        chain.act  # noqa: B018
    with pytest.raises(TypeError, match=r"have names; make another: Sequential\(\{name: layer"):
        chain.append(linear())
    for twin in (copy.deepcopy(chain), pickle.loads(pickle.dumps(chain))):
        assert list(twin.state_dict()) == list(chain.state_dict())
        assert twin.out is twin[1] is not chain.out


REFUSED: dict[str, tuple[Any, str]] = {
    "a list": (lambda: nn.Sequential([linear(), nn.ReLU()]), r"a list as layer 0, .* the layers themselves: Sequential\(\*"),  # noqa: E501
    "a class": (lambda: nn.Sequential(linear(), nn.ReLU), r"the class ReLU as layer 1, .* make it: ReLU\(\.\.\.\)"),
    "an array": (lambda: nn.Sequential(np.ones(3)), "a ndarray as layer 0, and expects modules or functions"),
    "nothing": (lambda: nn.Sequential(linear()).append(None), "a NoneType as layer 0"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_layer_is_refused_where_it_is_given(make: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize("name", ["", "a.b", "forward", "layers", 3])
def test_names_that_a_layer_cannot_have(name: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"by the name .*: rename it"):
        nn.Sequential({name: linear()})


def test_lists_are_popped_and_added_as_pythons_are() -> None:
    a, b, c = nn.ReLU(), nn.Tanh(), nn.GELU()
    first = nn.ModuleList([a, b])
    modules = first + nn.ModuleList([c])
    assert isinstance(modules, nn.ModuleList)
    assert [*modules] == [a, b, c]
    assert modules.pop() is c
    assert modules.pop(0) is a
    assert [*modules] == [b]
    modules += nn.ModuleList([c])
    assert [*modules] == [b, c]
    named = nn.Sequential({"first": a, "second": b})
    assert named.pop(0) is a
    assert named.second is named[0] is b
    assert not hasattr(named, "first")
