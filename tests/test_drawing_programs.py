"""Pictures of compiled functions' programs."""

from typing import Any

import numpy as np
import pytest
from compiled import IMAGES, LABELS, called, training
from graphs import attribute, boxes, check_snapshot, drawn, edges, legend, rows, titles
from graphs import called as named

import autograd as ag
from autograd import nn
from autograd.drawing.picture import Picture

X = np.array([1.0, 2.0, 3.0])


def labels(picture: Picture) -> list[list[str]]:
    return list(drawn(picture).values())


def test_the_picture_of_a_step_is_as_it_was_when_it_was_looked_at() -> None:
    check_snapshot("program_sgd", ag.draw(training(sizes=(6, 3))))


def test_sections_modules_and_updates_are_boxes() -> None:
    found = boxes(ag.draw(training()))
    assert [box for box in found if ":" not in box] == ["forward", "backward", "update", "w0", "b0", "w1", "b1"]
    assert "layers.0: Linear   28 parameters" in found
    assert found.count("layers.0: Linear") == 1  # in the backward pass, whose parameters are told before


def test_each_line_is_a_node_that_says_what_becomes_of_its_result() -> None:
    found = labels(ag.draw(training()))
    assert ["matmul", "→ z0"] in found
    assert ["add", "z0 in place"] in found
    assert ["maximum", "layers.1: ReLU", "→ h0"] in found
    assert ["p[labels, rows] -= 1.0"] in found
    assert ["subtract", "w0 in place"] in found


def test_numbers_are_told_by_their_expressions() -> None:
    found = labels(ag.draw(training("adam")))
    assert ["step", "step + 1"] in found
    assert ["correction", "math.sqrt(1 - beta2 ** step)"] in found


def test_tooltips_say_the_line_the_shapes_and_the_memory() -> None:
    picture = ag.draw(training())
    told = rows(picture, "exp")
    assert told["line"] == "np.exp(shifted, out=p)"
    assert told["part of"] == "softmax_cross_entropy"
    assert told["p"] == "(3, 5) float32"
    assert rows(picture, "maximum")["memory"] == "takes over that of z0"
    assert dict(next(r for r in picture.details.values() if ("line", "w0 -= scratch_w0") in r))["updates"] == (
        "w0, (6, 4) float32, in place"
    )


def test_leaves_say_where_they_live() -> None:
    picture = ag.draw(training())
    assert ("lives in", "model.layers.0.weight") in [row for node in picture.details.values() for row in node]
    assert ("argument", "labels") in [row for node in picture.details.values() for row in node]


def test_a_leaf_is_drawn_in_each_section_that_reads_it() -> None:
    found = titles(ag.draw(training()))
    assert (found.count("w0"), found.count("w1"), found.count("x")) == (2, 3, 2)


def test_values_go_from_the_line_that_writes_them_last() -> None:
    found = edges(ag.draw(called(lambda x: nn.relu(nn.relu(x) + 1), X)))
    assert found == [("x", "maximum"), ("maximum", "add"), ("add", "maximum"), ("maximum", "output")]
    flows = edges(ag.draw(training()))
    assert ("matmul", "add") in flows
    assert ("add", "maximum") in flows
    assert ("p[labels, rows] -= 1.0", "multiply") in flows


def test_what_changes_what_lives_outside_has_a_colour_of_its_own() -> None:
    picture = ag.draw(training())
    updates = [
        name for name, lines in drawn(picture).items() if lines[0] == "subtract" and lines[-1].endswith("in place")
    ]
    assert len(updates) == 4
    assert {attribute(picture, name, "class") for name in updates} == {"update"}
    assert "update of what lives outside, in place" in legend(picture)
    assert attribute(picture, named(picture, "exp"), "class") == "call"


def test_results_are_ends() -> None:
    found = titles(ag.draw(training()))
    assert found.count("loss") == 2  # the line and what is returned
    assert {"w0.grad", "b0.grad", "w1.grad", "b1.grad"} <= set(found)


def test_equal_updates_are_drawn_once_and_that_is_said() -> None:
    picture = ag.draw(training("adam"))
    assert picture.folded == "Updates like that of w0 are drawn as one node each."
    assert ["update of b1", "12 calls, like that of w0"] in labels(picture)
    unfolded = ag.draw(training("adam"), fold=False)
    assert not unfolded.folded
    assert len(unfolded.details) > len(picture.details) + 30


def test_modules_are_folded_as_elsewhere() -> None:
    folded = ag.draw(training(), depth=0)
    assert ["MLP", "5 calls, 43 parameters"] in labels(folded)
    assert ["gradient of MLP", "7 calls"] in labels(folded)
    assert "layers.0: Linear" not in " ".join(boxes(folded))


def test_a_function_of_arrays_is_drawn_as_well() -> None:
    picture = ag.draw(called(ag.hessian(lambda x: np.sum(np.tanh(x) ** 3)), X))
    assert picture.title == "the program of hessian(<lambda>)"
    assert "tanh" in titles(picture)


def test_the_same_step_gives_the_same_picture() -> None:
    assert ag.draw(training("adam")).source == ag.draw(training("adam")).source


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_graphviz_can_lay_it_out(optimizer: str) -> None:
    assert ag.draw(training(optimizer, sizes=(6, 5, 4, 3))).pipe("svg").startswith(b"<?xml")


@pytest.mark.parametrize("given", [{"values": True}, {"backward": True}, {"profile": True}, {"names": {"w": X}}])
def test_what_goes_with_graphs_alone_is_refused(given: dict[str, Any]) -> None:
    (name,) = given
    with pytest.raises(TypeError, match=rf"compiled function and {name}; .* draw\(step.fn, x, values=True\)"):
        ag.draw(training(), **given)


def test_so_are_inputs() -> None:
    with pytest.raises(TypeError, match="compiled function and inputs"):
        ag.draw(training(), IMAGES, LABELS)


def test_a_function_that_was_not_called_has_no_picture() -> None:
    with pytest.raises(RuntimeError, match="has no program yet"):
        ag.draw(ag.compile(np.tanh))


def test_many_equal_updates_are_one_node() -> None:
    picture = ag.draw(training(sizes=(6, *[5] * 9, 3)))
    assert picture.folded == "Updates like that of w0 are drawn as one node."
    assert ["updates of 19 others", "38 calls, like that of w0"] in labels(picture)
    assert [box for box in boxes(picture) if box in ("w0", "b0", "w1")] == ["w0"]
    few = ag.draw(training(sizes=(6, 5, 5, 3)))
    assert not few.folded


def test_folded_modules_stay_in_their_section() -> None:
    source = ag.draw(training(), depth=0).source
    section = source.partition("label=backward")[2].partition("\n\t}")[0]
    assert "gradient of MLP" in section


def test_views_of_one_array_come_from_it_and_not_from_each_other() -> None:
    def f(x: Any) -> Any:
        first, second = x[0], x[1]
        return np.sin(first) + np.cos(first) + np.sin(second) * np.cos(second)

    picture = ag.draw(called(f, np.ones((2, 3))))
    found = edges(picture)
    assert found.count(("x", "getitem")) == 2
    assert ("getitem", "getitem") not in found
    assert found.count(("getitem", "sin")) == found.count(("getitem", "cos")) == 2
    assert (
        picture.source.count("getitem to sin\\nfirst, 3 float64") == 1
    )  # of what a view has, not of what it is a view of


def test_a_loop_over_pieces_is_a_box() -> None:
    picture = ag.draw(called(lambda x: np.sqrt(np.exp(x) + np.sin(x) * 2) / (1 + x * x), np.ones((2000, 1000))))
    assert [box for box in boxes(picture) if "for k" in box] == ["for k in range(0, 2000, 25)"]
    found = edges(picture)
    assert not [tail for tail, _ in found if tail == "k"]
    assert ("getitem", "divide") in found  # the piece into which it writes
