"""Facts: costs and lines of items, also of those that stand for several."""

from typing import Any

import numpy as np
from graphs import example, leaf

import autograd as ag
from autograd.drawing.collecting import Collector, reached
from autograd.drawing.facts import Facts
from autograd.drawing.naming import Names
from autograd.drawing.sketch import Group, Item, Role
from autograd.drawing.watching import Watcher


def facts_of(y: ag.Tensor, **known: Any) -> tuple[Facts, dict[str, Item]]:
    watcher = known.pop("watcher", Watcher())
    collector = Collector(Names({}, {}, [], []), watcher)
    collector.add(reached([y.node], watcher))
    return Facts(watcher, collector.items, **known), {item.name: item for item in collector.sketch.items}


def test_the_cost_of_what_is_folded_is_the_sum() -> None:
    with ag.profile() as p:
        y = np.exp(np.sin(leaf(100)))
        np.sum(y).backward(retain_graph=True)
    facts, items = facts_of(y, profile=p)
    both = Item(Role.CALL, "both", members=[items["sin"], items["exp"]], times=0)
    found, sin, exp = (facts.cost(item) for item in (both, items["sin"], items["exp"]))
    assert found is not None
    assert sin is not None
    assert exp is not None
    assert found.forward == sin.forward + exp.forward > 0
    assert found.backward == sin.backward + exp.backward > 0
    assert (found.made, found.kept) == (1600, sin.kept + exp.kept)
    assert facts.cost(items["leaf 1"]) is None


def test_without_a_profile_nothing_costs() -> None:
    facts, items = facts_of(np.exp(leaf(2)))
    assert facts.cost(items["exp"]) is None
    assert facts.location(items["exp"]) is None


def test_the_line_of_a_rule_is_that_of_its_call() -> None:
    watcher = Watcher()
    with ag.observe(watcher):
        y = example("def f(x):\n    return np.exp(x)")(leaf(2))
    facts, items = facts_of(y, watcher=watcher)
    rule = Item(Role.GRADIENT_CALL, "multiply", of=items["exp"])
    assert [str(facts.location(item)) for item in (items["exp"], rule)] == ["<example>:2"] * 2


def test_an_item_in_a_sentence() -> None:
    watcher = Watcher()
    with ag.observe(watcher):
        y = example("def f(x):\n    return np.exp(x)")(leaf(2))
    facts, items = facts_of(y, watcher=watcher)
    items["exp"].group = Group("layers.1: Exp")
    assert facts.named(items["exp"]) == "exp in layers.1 (<example>:2)"
    assert facts.named(items["leaf 1"]) == "leaf 1"
    assert facts.named(Item(Role.CONSTANT, "3 float64")) == "the constant 3 float64"
