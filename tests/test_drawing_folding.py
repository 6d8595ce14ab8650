"""Folding: whatever the graph, the picture stays small, says what it leaves out, and contradicts nothing."""

import random
from typing import Any

import numpy as np
import pytest
from graphs import boxes, chain, drawn, edges, leaf, linear
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import nn
from autograd.drawing.api import draw
from autograd.drawing.folding import MOST_ITEMS, by_rule, by_use, fold, stretches, to_depth, without_shortcuts
from autograd.drawing.sketch import Box, Edge, Flow, Item, Role, Sketch
from models.mlp import MLP

X = np.ones((2, 3))

# -- any graph ---------------------------------------------------------------------------------------------------------


@st.composite
def sketches(draw: Any) -> Sketch:
    """Calls with one to three inputs each, in groups that may begin anew, with a backward pass behind them or not."""
    number, turn = draw(st.integers(1, 90)), draw(st.integers(1, 180))
    functions = "abc"[: draw(st.integers(1, 3))]
    rng = random.Random(draw(st.integers(0, 10**6)))
    groups: list[Box | None] = [None]
    for k in range(rng.randint(0, 6)):
        groups.append(Box(f"group {k}", parent=rng.choice(groups), parameters=k))
    items: list[Item] = []
    ends: list[Item] = []  # of the pass
    found: list[Edge] = []
    for k in range(number):
        is_backward = k >= turn
        if k == turn:
            items += [*ends, Item(Role.SEED, "seed")]
            ends = []
        earlier = [item for item in items if not item.is_end]
        call = Item(Role.GRADIENT_CALL if is_backward else Role.CALL, rng.choice(functions), shape=(1,))
        call.box = rng.choice(groups)
        if is_backward and rng.random() < 0.5:
            call.of = rng.choice([item for item in items if item.is_call])
            call.box = Box("rule", "rule")
        for _ in range(rng.randint(1, 3)):
            if earlier and rng.random() < 0.7:
                tail = earlier[-rng.randint(1, min(len(earlier), rng.choice([1, 3, 200])))]
            else:
                tail = Item(rng.choice([Role.INPUT, Role.PARAMETER, Role.CONSTANT]), "leaf", box=call.box)
                items.append(tail)
            flow = Flow.SAVED if is_backward and not tail.is_backward else Flow.VALUE
            found.append(Edge(tail, call, tail.shape, flow=flow))
        items.append(call)
        if rng.random() < 0.1:
            ends.append(Item(Role.GRADIENT if is_backward else Role.OUTPUT, "end"))
            found.append(Edge(call, ends[-1]))
    return Sketch([*items, *ends], found)


def check(folded: Sketch, given: Sketch) -> None:
    """Every item is in the folded sketch once; edges go forward; and what was connected still is."""
    place = {item: k for k, item in enumerate(folded.items)}
    inside = {part: item for item in folded.items for part in item.all()}
    assert len(place) == len(folded.items)
    assert sorted(map(id, inside)) == sorted(map(id, given.items))
    assert sum(1 for item in folded.items for _ in item.all()) == len(given.items)
    reach: dict[Item, set[Item]] = {item: {item} for item in folded.items}
    for edge in folded.edges:
        assert edge.flow is Flow.NEXT or place[edge.tail] < place[edge.head], "a cycle"
    for item in reversed(folded.items):
        for edge in folded.edges:
            if edge.tail is item and edge.flow is not Flow.NEXT:
                reach[item] |= reach[edge.head]
    rounds = {(edge.tail, edge.head) for edge in folded.edges if edge.flow is Flow.NEXT}
    for edge in given.edges:
        tail, head = inside[edge.tail], inside[edge.head]
        assert head in reach[tail] or (tail, head) in rounds


@settings(deadline=None)
@given(sketches(), st.none() | st.integers(0, 3), st.none() | st.booleans())
def test_whatever_is_folded_is_consistent(sketch: Sketch, depth: int | None, automatic: bool | None) -> None:
    folded, sentence = fold(sketch, depth, automatic, most=60)
    check(folded, sketch)
    if automatic is not False:
        assert len(folded.items) < 60
    assert bool(sentence) == (folded is not sketch)


@settings(deadline=None)
@given(sketches(), st.integers(1, 10))
def test_each_way_of_folding_is_consistent(sketch: Sketch, number: int) -> None:
    for folded in (to_depth(sketch, number % 3), by_rule(sketch), by_use(sketch), stretches(sketch, number)):
        check(folded, sketch)
        check(without_shortcuts(folded), sketch)
    assert sum(item.is_call for item in stretches(sketch, number).items) <= number + 2


def test_a_path_stands_for_its_shortcuts() -> None:
    sketch = chain("a", "b", "c")
    a, _, c = sketch.items
    sketch.edges.append(Edge(a, c))
    assert [(e.tail.name, e.head.name) for e in without_shortcuts(sketch).edges] == [("a", "b"), ("b", "c")]


# -- real graphs -------------------------------------------------------------------------------------------------------


def test_a_small_graph_is_drawn_as_it_is() -> None:
    y = leaf(2)
    for _ in range(MOST_ITEMS - 3):
        y = np.tanh(y)
    assert len(drawn(draw(y))) == MOST_ITEMS - 1
    assert draw(y).folded == ""


def test_a_large_one_is_not() -> None:
    y = leaf(2)
    for _ in range(MOST_ITEMS):
        y = np.tanh(y)
    picture = draw(y)
    assert list(drawn(picture).values())[1] == ["tanh", "×300"]
    assert picture.folded == "Folded from 302 nodes to 3: what repeats is drawn once, marked ×."
    assert 'label="Folded from 302' in picture.source


@pytest.mark.slow
def test_a_hundred_thousand_calls() -> None:
    y = leaf(1)
    for _ in range(50_000):
        y = y * 0.5 + 1.0
    picture = draw(y)
    assert picture.folded == "Folded from 200,002 nodes to 6: what repeats is drawn once, marked ×."
    assert boxes(picture) == ["×50,000"]


def test_unless_it_must_be() -> None:
    y = leaf(2)
    for _ in range(MOST_ITEMS):
        y = np.tanh(y)
    assert len(drawn(draw(y, fold=False))) == MOST_ITEMS + 2


def random_dag(number: int) -> ag.Tensor:
    """A graph in which nothing repeats."""
    rng = np.random.default_rng(0)
    ts = [leaf(3, value=0.5) for _ in range(5)]
    for _ in range(number):
        fn = (np.add, np.maximum, np.subtract)[rng.integers(3)]
        ts.append(fn(ts[-rng.integers(1, min(20, len(ts)))], ts[-rng.integers(1, min(50, len(ts)))]))
    return np.sum(np.stack(ts))


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"backward": True}])
def test_a_graph_without_any_order_becomes_a_few_stretches(options: Any) -> None:
    picture = draw(random_dag(2000), **options)
    assert 10 < len(drawn(picture)) < MOST_ITEMS
    assert "calls in a row" in picture.folded
    assert "dot" not in picture.folded


def test_a_deep_network_of_unequal_layers_is_folded_by_module() -> None:
    model = MLP((2, *range(3, 110), 2), dtype=np.float64)
    picture = draw(model, np.ones((1, 2)))
    assert "modules within 2 others are folded" in picture.folded
    assert drawn(picture)["n1"] == ["layers.0: Linear", "1 call, 9 parameters"]
    assert len(drawn(picture)) < MOST_ITEMS


def test_the_depth_that_just_fits_is_taken() -> None:
    class Block(nn.Module):
        def __init__(self, k: int) -> None:
            self.inner = nn.Sequential(linear(k, k + 1), nn.Tanh(), linear(k + 1, k + 1), nn.ReLU())

        def forward(self, x: Any) -> Any:
            return np.exp(self.inner(np.sin(x)) * 0.1)

    class Deep(nn.Module):
        def __init__(self) -> None:
            self.blocks = [Block(k) for k in range(1, 43)]

        def forward(self, x: Any) -> Any:
            for block in self.blocks:
                x = block(x)
            return x

    picture = draw(Deep(), np.ones((1, 1)))
    assert picture.folded.startswith("Folded from 506 nodes to 212: modules within 2 others are folded.")
    assert "blocks.3.inner: Sequential   " not in boxes(picture)
    assert "blocks.3: Block   " in " ".join(boxes(picture))


def test_the_backward_pass_is_folded_with_its_modules() -> None:
    model = MLP((3, 4, 2), dtype=np.float64)
    picture = draw(lambda x: np.sum(model(x)), X, backward=True, depth=1)
    assert ("gradient of layers: Sequential", "gradient of x") in edges(picture)
    assert not any(lines[0] == "gradient of layers.0.weight" for lines in drawn(picture).values())


def test_rules_are_folded_before_modules() -> None:
    picture = draw(random_dag(95), backward=True)
    assert "the rules of a call are folded" in picture.folded
    assert "modules" not in picture.folded
    name = next(name for name, lines in drawn(picture).items() if lines[0] == "gradient of maximum")
    assert dict(picture.details[name])["calls"].startswith("28: 8 isnan, ")


def test_outputs_and_leaves_of_one_use_become_one() -> None:
    w = leaf(2)
    picture = draw([np.exp(w)] * 400)
    assert [lines[0] for lines in drawn(picture).values()] == ["w", "exp", "400 outputs"]
    many = draw(np.stack([leaf(2) for _ in range(400)]))
    assert [lines[0] for lines in drawn(many).values()] == ["400 parameters", "stack", "output"]


@pytest.mark.parametrize(("steps", "is_folded"), [(10, False), (60, True)])
def test_what_is_used_far_away_is_folded_before_layout_takes_minutes(steps: int, is_folded: bool) -> None:
    """A weight that each step of a recurrent network uses; 60 steps have fewer than 300 nodes."""

    def network(w: Any, x: Any) -> Any:
        h = np.zeros(4)
        for _ in range(steps):
            h = np.tanh(h @ w + x)
        return np.sum(h)

    picture = draw(network, np.eye(4), np.ones(4))
    assert bool(picture.folded) == is_folded
    assert draw(network, np.eye(4), np.ones(4), fold=False).folded == ""
