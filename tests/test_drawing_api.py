"""draw: what it takes and refuses, what is named how, and that what it draws stays as it was; and its commands."""

import argparse
import re
from pathlib import Path
from typing import Any

import graphviz
import numpy as np
import pytest
from graphs import attribute, boxes, called, drawn, edges, example, leaf, legend, linear, rows, titles

import autograd as ag
from autograd import nn
from autograd.drawing import api
from autograd.drawing.api import add_options, draw, draw_and_write
from autograd.drawing.picture import Picture
from models.mlp import MLP, cross_entropy

X = np.array([[1.0, 2.0], [3.0, -1.0]])


def network(sizes: tuple[int, ...] = (2, 3, 2)) -> MLP:
    return MLP(sizes, dtype=np.float64, rng=np.random.default_rng(0))


class Twice(nn.Module):
    """A parameter of its own, a layer that is called twice, and two outputs."""

    def __init__(self) -> None:
        self.layer = linear(2, 2)
        self.scale = ag.Tensor(3.0, requires_grad=True)

    def forward(self, x: Any) -> Any:
        h = self.layer(np.tanh(self.layer(x)))
        return {"logits": h * self.scale, "norm": np.sum(h)}


# -- what it takes -----------------------------------------------------------------------------------------------------


def test_a_tensor() -> None:
    w = leaf(2)
    loss = np.sum(w * 3)
    picture = draw(loss)
    assert isinstance(picture, graphviz.Digraph)
    assert isinstance(picture, Picture)
    assert titles(picture) == ["w", "3", "multiply", "sum", "loss"]
    assert edges(picture) == [("w", "multiply"), ("3", "multiply"), ("multiply", "sum"), ("sum", "loss")]
    assert (picture.warnings, picture.folded, picture.title) == ([], "", "loss")


@pytest.mark.parametrize("container", [list, tuple])
def test_several_tensors(container: Any) -> None:
    w = leaf(2)
    outputs = container([w * 2, np.exp(w)])
    assert titles(draw(outputs)) == ["w", "2", "multiply", "exp", "outputs[0]", "outputs[1]"]


def test_a_dict_of_tensors() -> None:
    w = leaf(2)
    assert titles(draw({"double": w * 2, "deep": [np.exp(w)]}))[-2:] == ["double", "output['deep'][0]"]


def test_a_function_is_called_with_examples() -> None:
    calls = []

    def f(x: Any, y: Any) -> Any:
        calls.append((type(x), type(y)))
        return np.sum(x * y)

    picture = draw(f, X, 2.0)
    assert titles(picture) == ["x", "y", "multiply", "sum", "loss"]
    assert calls == [(ag.Tensor, ag.Tensor)]
    assert picture.title == "f"


def test_a_model_has_constant_inputs_that_are_named() -> None:
    model = network()
    picture = draw(model, X)
    assert drawn(picture)["l1"] == ["x", "2×2 float64"]
    assert ("x", "linear") in edges(picture)
    assert legend(picture)[:4] == ["input", "parameter", "call", "output"]
    assert titles(draw(model, X, backward=True)).count("gradient of x") == 0


def test_a_model_without_parameters_has_inputs_with_gradients() -> None:
    assert "gradient of x" in titles(draw(nn.Sequential(nn.ReLU()), X, backward=True))


def test_arguments_in_containers_and_many() -> None:
    def f(p: Any, *others: Any) -> Any:
        return p["a"] * p["b"][0] + others[0] * others[1]

    picture = draw(f, {"a": 1.0, "b": [X]}, X, np.ones(2))
    assert titles(picture)[:6] == ["p['a']", "p['b'][0]", "multiply", "others[0]", "others[1]", "multiply"]


def test_whole_numbers_stay_what_they_are() -> None:
    def f(x: Any, labels: Any, times: int) -> Any:
        assert type(labels) is np.ndarray
        for _ in range(times):
            x = x * 2
        return cross_entropy(x, labels)

    picture = draw(f, X, np.array([0, 1]), 2)
    assert titles(picture).count("multiply") == 2
    assert ("labels", "softmax_cross_entropy") in edges(picture)


def test_a_view_of_an_input_is_still_that_input() -> None:
    def f(x: Any, labels: Any) -> Any:
        return cross_entropy(x, labels[1:].ravel())

    assert ("labels", "softmax_cross_entropy") in edges(draw(f, X, np.array([[5], [0], [1]])))


def test_a_function_without_arguments() -> None:
    w = leaf(2)
    assert titles(draw(lambda: np.exp(w))) == ["w", "exp", "output"]


def test_a_function_that_calls_no_array_function() -> None:
    picture = draw(lambda x: x, 2.0)
    assert edges(picture) == [("x", "x")], "the output is the input, and is called so"


def test_inside_no_grad_a_function_is_recorded_all_the_same() -> None:
    with ag.no_grad():
        assert titles(draw(np.exp, 2.0))[1:] == ["exp", "loss"]


# -- names and roles ---------------------------------------------------------------------------------------------------


def test_parameters_go_by_their_path_wherever_they_come_from() -> None:
    model = network()
    loss = np.sum(model(X))
    assert titles(draw(loss))[1:3] == ["layers.0.weight", "layers.0.bias"]


def test_leaves_go_by_the_names_of_variables() -> None:
    params = [leaf(2), leaf(2)]
    table = {"scale": leaf(2)}
    y = params[0] * params[1] * table["scale"] * leaf(2) + leaf(2)
    assert [t for t in titles(draw(y)) if t not in ("multiply", "add")] == [
        "params[0]", "params[1]", "table['scale']", "leaf 1", "leaf 2", "y",
    ]  # fmt: skip


def test_parameters_of_a_model_that_was_not_called() -> None:
    layer = linear()
    assert titles(draw(np.exp(layer.weight))) == ["layer.weight", "exp", "output"]


def test_names_of_variables_that_notebooks_make_up_are_passed_over() -> None:
    _12 = leaf(2)
    assert titles(draw(np.exp(_12)))[0] == "leaf 1"


def test_names_may_be_said() -> None:
    w, b = leaf(2), leaf(2)
    y = w + b
    assert titles(draw(y, names={"weight": w, b: "bias", "sum": y})) == ["weight", "bias", "add", "sum"]


@pytest.mark.parametrize("names", ["w", {"w": 3}, {1: "w"}, [1]])
def test_names_that_are_none(names: Any) -> None:
    with pytest.raises(TypeError, match=r"names=.*it takes a dict of Tensors.*names=\{\"w\": w"):
        draw(leaf(2) * 2, names=names)


def test_a_scalar_is_the_loss_and_others_are_outputs() -> None:
    w = leaf(2)
    assert legend(draw(np.sum(w)))[-1].startswith("loss")
    assert legend(draw([np.sum(w), w * 2]))[3] == "output"
    assert legend(draw(w * 2))[3] == "output"
    assert legend(draw(np.sum(w * 1j)))[3] == "output"


def test_the_legend_has_only_what_is_there() -> None:
    assert legend(draw(np.exp(leaf(2)))) == ["parameter", "call", "output", "● kept for the backward pass"]


# -- boxes -------------------------------------------------------------------------------------------------------------


def test_modules_are_nested_boxes_with_their_parameters() -> None:
    model = Twice()
    picture = draw(model, X)
    assert boxes(picture) == ["Twice   7 parameters", "layer: Linear   6 parameters", "layer: Linear   6 parameters"]
    assert titles(picture)[-2:] == ["logits", "norm"]
    box = dict(picture.details["cluster_1"])
    assert box == {"module": "Twice", "parameters": "7", "calls": "5"}


def test_depth_folds_modules() -> None:
    model = network()
    picture = draw(model, X, depth=2)
    assert boxes(picture) == ["MLP / layers: Sequential   17 parameters"]
    assert drawn(picture)["n1"] == ["layers.0: Linear", "1 call, 9 parameters"]
    assert drawn(picture)["n2"] == ["layers.1: ReLU", "1 call"]
    assert picture.folded == "Folded from 9 nodes to 5: modules within 2 others are folded."
    whole = draw(model, X, depth=0)
    assert edges(whole) == [("x", "MLP"), ("MLP", "output")]
    assert drawn(whole)["n1"] == ["MLP", "3 calls, 17 parameters"]
    assert dict(whole.details["n1"])["calls"] == "3: 2 linear, 1 relu"


# -- what draw leaves alone --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"backward": True}, {"values": True}, {"backward": True, "values": True}])
def test_nothing_of_the_users_is_changed(options: Any) -> None:
    model = network()
    loss = np.sum(np.square(model(X)))
    before = {name: array.copy() for name, array in model.state_dict().items()}
    draw(loss, **options)
    draw(lambda x: np.sum(model(x)), X, **options)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(np.array_equal(model.state_dict()[name], array) for name, array in before.items())
    assert ag.is_grad_enabled()
    loss.backward()  # the graph has kept what it saved
    first = [parameter.grad.data.copy() for parameter in model.parameters() if parameter.grad is not None]
    draw(np.sum(np.square(model(X))), **options)
    assert [parameter.grad.data.tolist() for parameter in model.parameters() if parameter.grad is not None] == [
        grad.tolist() for grad in first
    ]


def test_a_profile_hides_no_backward_pass_from_the_picture() -> None:
    def f(x: Any) -> Any:
        return np.sum(ag.grad(lambda t: np.sum(np.exp(t)))(x) ** 2)

    plain, profiled = (draw(f, np.ones(2), backward=True, profile=profile).source for profile in (None, True))
    assert profiled.count('class="gradient-call"') == plain.count('class="gradient-call"') > 4


def test_an_error_in_the_function_is_the_users() -> None:
    def f(x: Any) -> Any:
        raise KeyError("of the function")

    with pytest.raises(KeyError, match="of the function"):
        draw(f, 2.0)
    from autograd.engine.observer import observer

    assert observer() is None


def test_the_same_graph_has_the_same_text() -> None:
    def text(**options: Any) -> str:
        model = network((2, 4, 4, 3))
        return draw(lambda x: np.sum(np.tanh(model(x))), X, **options).source

    for options in ({}, {"backward": True}, {"values": True}, {"depth": 1}, {"fold": True}):
        assert text(**options) == text(**options)


def test_no_text_has_a_number_or_an_address_of_this_run() -> None:
    model = network()
    source = draw(lambda x: np.sum(model(x)), X, backward=True, values=True).source
    assert " at 0x" not in source
    assert str(id(model)) not in source


# -- profiles ----------------------------------------------------------------------------------------------------------


def test_a_profile_heats_the_calls() -> None:
    model = network()
    with ag.profile() as p:
        loss = np.sum(model(X))
        loss.backward(retain_graph=True)
    picture = draw(loss, profile=p)
    assert picture.profile is p
    colours = [attribute(picture, name, "fillcolor") for name in drawn(picture) if name.startswith("n")]
    assert "#f08c28" in colours, "the hottest"
    assert all(re.search(r"\d (µs|ms|s|ns)$", drawn(picture)[name][-1]) for name in drawn(picture) if name[0] == "n")
    told = rows(picture, "sum")
    assert {"forward", "backward", "bytes made", "bytes kept"} <= told.keys()
    assert told["called at"].endswith(f"{__file__.rsplit('/')[-1]}:{told['called at'].rsplit(':')[-1]}")
    assert "np.sum(model(X))" in told["line"]
    assert legend(picture)[-3] == "0"


def test_a_function_can_be_profiled_as_it_is_drawn() -> None:
    model = network()
    picture = draw(lambda x: np.sum(model(x)), X, profile=True, values=True, depth=2)
    assert picture.profile is not None
    assert {call.name for call in picture.profile.calls} == {"linear", "relu", "sum"}
    assert all(call.backward > 0 for call in picture.profile.calls)
    assert attribute(picture, called(picture, "layers.0: Linear"), "fillcolor") != "#ffffff"


def test_without_a_profile_there_is_none() -> None:
    assert draw(np.exp(leaf(2))).profile is None
    assert draw(np.exp(leaf(2)), profile=False).profile is None


# -- bad input ---------------------------------------------------------------------------------------------------------

GRAPH = leaf(2)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((ag.Tensor([1.0]),), ValueError, r"shape \(1,\) without a graph; draw one that was computed"),
        (([GRAPH * 2, ag.Tensor([1.0])],), ValueError, r"shape \(1,\) at \[1\] without a graph"),
        (([],), TypeError, "nothing to draw"),
        ((None,), TypeError, "nothing to draw"),
        ((3.0,), TypeError, "was given a float; it takes a Tensor"),
        (({"a": "text"},), TypeError, r"was given a str at \['a'\]"),
        ((GRAPH * 2, X), TypeError, r"a Tensor and 1 input; inputs are for a function.*draw\(\[y, z\]\)"),
        (
            (lambda x, y: x * y, X),
            TypeError,
            r"1 input.* which takes x, y; .*an example of each: draw\(<lambda>, x, y\)",
        ),
        ((lambda x: x, X, X), TypeError, "2 inputs for <lambda>, which takes x;"),
        ((nn.Sequential(nn.ReLU()),), TypeError, r"draw\(Sequential, x\)"),
        ((lambda x: 3, X), TypeError, "called <lambda>, which returned int, without a graph"),
        ((lambda x: None, X), TypeError, "returned nothing, without a graph"),
        ((lambda x: x.detach(), X), TypeError, r"returned a Tensor of shape \(2, 2\), without a graph"),
    ],
)
def test_what_cannot_be_drawn(arguments: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        draw(*arguments)


@pytest.mark.parametrize("depth", [-1, 1.5, "deep", True])
def test_a_depth_that_is_none(depth: Any) -> None:
    with pytest.raises(ValueError, match=r"depth=.*a whole number from 0 on"):
        draw(GRAPH * 2, depth=depth)


def test_a_fold_that_is_none() -> None:
    with pytest.raises(TypeError, match=r"fold=300; it takes True, False, or None"):
        draw(GRAPH * 2, fold=300)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("options", [{"backward": True}, {"values": True}])
def test_a_graph_that_was_freed(options: Any) -> None:
    loss = np.sum(np.exp(leaf(2)))
    loss.backward()
    with pytest.raises(RuntimeError, match=r"has freed what exp saved; draw it before.*retain_graph=True"):
        draw(loss, **options)
    assert rows(draw(loss), "exp")["kept for the backward pass"] == "y: freed by an earlier backward()"


@pytest.mark.parametrize(
    ("what", "profile", "error", "message"),
    [
        ("tensor", True, TypeError, "whose calls are over; profile them as they are made"),
        ("function", "another", TypeError, "which draw calls anew.*profile=True"),
        ("tensor", "another", ValueError, "a profile of 1 call, none of which is in this graph"),
        ("tensor", "fast", TypeError, "profile='fast'; it takes what"),
    ],
)
def test_profiles_that_do_not_fit(what: str, profile: Any, error: Any, message: str) -> None:
    with ag.profile() as another:
        np.exp(leaf(2))
    inputs = {"tensor": (np.exp(leaf(2)),), "function": (np.exp, 2.0)}[what]
    with pytest.raises(error, match=message):
        draw(*inputs, profile=another if profile == "another" else profile)


def test_an_error_names_the_function() -> None:
    f = example("def f(x):\n    return np.sum(x) * 0 == 1")
    with pytest.raises(TypeError, match="called f, which returned a Tensor of shape"):
        draw(f, X)


# -- commands ----------------------------------------------------------------------------------------------------------

Output = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(f: Any, *arguments: str, title: str = "") -> None:
    parser = argparse.ArgumentParser()
    add_options(parser, "default.gv")
    draw_and_write(f, (np.ones(3),), parser.parse_args(arguments), "default.gv", title)


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files(folder: Path, capsys: Output) -> None:
    run(np.sin)
    run(np.sin, "-o", "a.svg", "--html")
    run(np.sin, "--out", "b.html", "--html")
    assert entries(folder) == ["a.html", "a.svg", "b.html", "default.gv"]
    assert capsys.readouterr().out == "drawn: default.gv\ndrawn: a.svg\ndrawn: a.html\ndrawn: b.html\n"


@pytest.mark.usefixtures("folder")
def test_a_title_is_that_of_the_page() -> None:
    run(np.sin, "-o", "a.html", title="One <sine>")
    assert "<title>One &lt;sine&gt;</title>" in Path("a.html").read_text()


def test_what_cannot_be_written_is_refused_before_anything_is_computed(folder: Path) -> None:
    (folder / "taken.html").mkdir()
    for arguments, error in (
        (["-o", "a.xyz"], ValueError),
        (["-o", "none/a.svg"], FileNotFoundError),
        (["-o", "taken.svg", "--html"], IsADirectoryError),
    ):
        with pytest.raises(error):
            run(lambda x: pytest.fail("it has begun"), *arguments)
    assert entries(folder) == ["taken.html"]


@pytest.mark.usefixtures("folder")
def test_with_a_profile_the_second_call_is_measured(capsys: Output) -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(x)
        return np.sum(np.exp(x))

    run(f)
    assert len(calls) == 1
    assert "forward" not in capsys.readouterr().out
    run(f, "--profile")
    assert len(calls) == 3
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith(("exp", "sum"))] in (
        [["exp", "1"], ["sum", "1"]], [["sum", "1"], ["exp", "1"]],
    )  # fmt: skip


@pytest.mark.usefixtures("folder")
def test_what_was_folded_and_what_is_wrong_is_printed(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Picture(folded="Much was folded.", warnings=["one thing", "another"])
    monkeypatch.setattr(api, "draw", lambda *_, **__: picture)
    run(np.sin)
    assert capsys.readouterr().out == "drawn: default.gv\nMuch was folded.\nwarning: one thing\nwarning: another\n"
