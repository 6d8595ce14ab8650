"""Rolling: what repeats is found whatever its period, and drawn once with the right wires."""

from typing import Any

import numpy as np
from graphs import boxes, chain, drawn, edges, leaf, legend, linear, names, titles
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import nn
from autograd.drawing.api import draw
from autograd.drawing.repeats import FEWEST_SAVED, find_repeats, fold_repeats
from autograd.drawing.sketch import Edge, Item, Role, Sketch
from models.mlp import MLP

X = np.ones((2, 3))


class Cell(nn.Module):
    def __init__(self) -> None:
        self.inward, self.onward = linear(3, 4), linear(4, 4)

    def forward(self, x: Any, h: Any) -> Any:
        return np.tanh(self.inward(x) + self.onward(h))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        self.cell = Cell()

    def forward(self, xs: Any) -> Any:
        h = np.zeros((2, 4))
        for x in xs:
            h = self.cell(x, h)
        return h


def fed(*names: str) -> Sketch:
    """A chain of calls that begins with a leaf."""
    sketch = chain(*names)
    x = Item(Role.INPUT, "x")
    return Sketch([x, *sketch.items], [Edge(x, sketch.items[0], (3,)), *sketch.edges])


def calls(sketch: Sketch) -> list[Item]:
    return [item for item in sketch.items if item.is_call]


# -- finding -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 3), max_size=5), st.lists(st.integers(0, 3), min_size=1, max_size=7), st.integers(5, 20))
def test_any_period_is_found(before: list[int], period: list[int], rounds: int) -> None:
    sequence = np.array([*(9 + k for k in before), *period * rounds])
    saved = sum(run.saves for run in find_repeats(sequence, sequence))
    assert saved >= len(period) * (rounds - 1) - len(period)


@given(st.lists(st.integers(0, 2), max_size=60))
def test_runs_do_not_overlap_and_repeat(values: list[int]) -> None:
    sequence = np.array(values, int)
    end = 0
    for run in find_repeats(sequence, sequence):
        assert run.start >= end
        end = run.end
        assert end <= len(values)
        assert run.saves >= FEWEST_SAVED
        rounds = sequence[run.start : end].reshape(run.rounds, run.period)
        assert (rounds == rounds[0]).all()


def test_what_does_not_repeat_stays() -> None:
    sketch = chain(*"abcdefgh")
    assert fold_repeats(sketch) is sketch


def test_a_chain_of_equal_calls_becomes_one() -> None:
    (item,) = calls(fold_repeats(fed(*"a" * 30)))
    assert (item.name, item.detail, item.times, len(item.members)) == ("a", "×30", 30, 30)


def test_rounds_within_rounds() -> None:
    sketch = fold_repeats(fed(*("a" * 10 + "b") * 6))
    assert names(sketch) == ["a", "b"]
    (a, b) = calls(sketch)
    assert (sum(1 for _ in a.all()), sum(1 for _ in b.all())) == (60, 6)


# -- drawing -----------------------------------------------------------------------------------------------------------


def test_a_chain_of_calls() -> None:
    y = leaf(3)
    for _ in range(50):
        y = y * 2.0 + 1.0
    picture = draw(y, fold=True)
    assert titles(picture) == ["leaf 1", "2", "multiply", "constant", "add", "y"]
    assert boxes(picture) == ["×50"]
    assert edges(picture) == [
        ("leaf 1", "multiply"), ("2", "multiply"), ("multiply", "add"), ("constant", "add"), ("add", "multiply"),
        ("add", "y"),
    ]  # fmt: skip
    assert legend(picture)[-1] == "dashed: on to the next round"
    assert "×49" not in picture.source


def test_a_recurrent_network_is_drawn_as_its_cell() -> None:
    model = Recurrent()
    picture = draw(model, [X] * 40, fold=True)
    assert boxes(picture) == [
        "Recurrent   36 parameters", "×40", "cell: Cell   36 parameters", "cell.inward: Linear   16 parameters",
        "cell.onward: Linear   20 parameters",
    ]  # fmt: skip
    assert titles(picture).count("tanh") == 1
    assert ("tanh", "linear") in edges(picture), "on to the next round"
    assert ("cell.onward.weight", "linear") in edges(picture)


def test_inputs_of_each_round_are_one() -> None:
    model = Recurrent()
    inputs = [np.full((2, 3), float(k)) for k in range(40)]
    picture = draw(model, inputs, fold=True)
    assert [title for title in titles(picture) if "xs" in title] == ["xs[0] … xs[39]"]


def test_equal_layers_are_drawn_once() -> None:
    model = MLP((3, *[4] * 30, 2), dtype=np.float64)
    picture = draw(model, X, fold=True)
    assert titles(picture).count("linear") == 3
    assert "layers.2.weight … layers.58.weight" in titles(picture)
    assert "×29" in boxes(picture)


def test_the_backward_pass_is_rolled_up_like_the_forward_pass() -> None:
    model = MLP((3, *[4] * 30, 2), dtype=np.float64)
    picture = draw(lambda x: np.sum(model(x)), X, backward=True, fold=True)
    assert len(drawn(picture)) < 60
    assert [box for box in boxes(picture) if box.startswith("×")] == ["×29", "×29"]
    assert "gradient of layers.2.weight … gradient of layers.58.weight" in titles(picture)


def test_many_calls_of_one_input() -> None:
    x = leaf(3)
    picture = draw(np.stack([np.sin(x) for _ in range(50)]), fold=True)
    assert edges(picture) == [("x", "sin"), ("sin", "stack"), ("stack", "output")]


def test_an_output_that_every_round_uses_is_shared() -> None:
    x = leaf(3)
    scale = np.exp(x)
    y = leaf(3)
    for _ in range(20):
        y = np.tanh(y * scale)
    picture = draw(y, fold=True)
    assert titles(picture) == ["x", "exp", "leaf 1", "multiply", "tanh", "y"]
    assert ("exp", "multiply") in edges(picture)


def test_outputs_of_each_round_are_one() -> None:
    h, outputs = leaf(3), []
    for _ in range(30):
        h = np.tanh(h)
        outputs.append(h)
    assert titles(draw(outputs, fold=True)) == ["leaf 1", "tanh", "outputs[0] … h"]


def test_constants_that_differ_are_told_by_the_first_and_last() -> None:
    y = ag.Tensor(np.ones(3), requires_grad=True)
    for k in range(10):
        y = y * float(k + 1)
    assert "1 … 10" in titles(draw(y, fold=True))
