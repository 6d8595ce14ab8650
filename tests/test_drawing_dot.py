"""DOT text: that of small graphs is kept, whatever is in a name stays text, and every renderer takes it."""

import re
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from graphs import attribute, boxes, check_snapshot, drawn, example, leaf, legend, linear
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import nn
from autograd.drawing import dot
from autograd.drawing.api import draw
from autograd.drawing.dot import heat, to_picture
from autograd.drawing.picture import Picture
from autograd.drawing.sketch import Box, Edge, Flow, Item, Role, Sketch

X = np.array([[1.0, 2.0], [3.0, -1.0]])
Y = np.array([0.0, 1.0])
FORMULA = """def loss(w, b):
    return np.mean(np.square(np.tanh(x @ w + b) - y))
"""
NETWORK = """class Network(nn.Module):
    def __init__(self):
        self.body = nn.Sequential(nn.Linear(2, 3, float, rng), nn.ReLU(), nn.Linear(3, 3, float, rng), nn.ReLU())
        self.head = nn.Linear(3, 2, float, rng)

    def forward(self, x):
        h = self.body(x.reshape(-1, 2) / 10)
        return {"logits": self.head(h), "size": np.sum(np.square(h), axis=1, keepdims=True)}
"""
RECURRENT = """def network(x, h, w):
    for k in range(12):
        h = np.tanh(x[k] @ w + h)
    return np.sum(h)
"""
WRONG = """def f(x):
    return np.sum(np.sqrt(x) + x.detach())
"""
CUBE = """def f(x):
    return np.sum(ag.grad(lambda x: np.sum(x * x * x))(x))
"""
SPLIT = """def f(a):
    q, r = np.linalg.qr(a)
    return np.concatenate([q, r[:, ::-1]], axis=1) * 1j
"""


def network() -> nn.Module:
    module: nn.Module = example(NETWORK, "Network", rng=np.random.default_rng(0))()
    return module


GRAPHS = {
    "formula": lambda: draw(example(FORMULA, "loss", x=X, y=Y)(leaf(2), leaf()), names={}),
    "formula_backward": lambda: draw(example(FORMULA, "loss", x=X, y=Y), np.ones(2), 0.5, backward=True),
    "network": lambda: draw(network(), X),
    "network_depth_1": lambda: draw(network(), X, depth=1),
    "network_backward": lambda: draw(network(), X, backward=True),
    "repeats": lambda: draw(example(RECURRENT, "network"), np.ones((12, 2)), np.zeros(2), np.eye(2), fold=True),
    "values": lambda: draw(example(WRONG), np.array([0.0, 4.0]), values=True),
    "several_outputs": lambda: draw(example(SPLIT), np.eye(2)),
    "gradient_of_gradient": lambda: draw(example(CUBE), np.ones(2)),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize("name", GRAPHS)
def test_the_text_of_small_graphs(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)  # the text does not depend on where it is made
    check_snapshot(name, GRAPHS[name]())


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize("name", GRAPHS)
def test_it_renders(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    found = GRAPHS[name]()
    assert shown(found.pipe("svg")) >= {line for lines in drawn(found).values() for line in lines}
    assert capfd.readouterr().err == "", "Graphviz has nothing to say against it"


def shown(svg: bytes) -> set[str]:
    """The lines of text in a picture."""
    texts = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return {(text.text or "").replace("\xa0", " ").strip() for text in texts}


# -- names are text ----------------------------------------------------------------------------------------------------

HOSTILE = [
    "</TABLE><script>alert(1)</script>",
    "<B>bold</B>",
    "&lt;b&gt; & &amp;",
    'quotes "inside" and \\" these',
    "\\N \\G \\E \\T \\L \\l",
    "backslash at the end \\",
    "{record|<port> field}",
    "→ 数 é 🙂",
    "node",
    "-1.5",
    "a -> b; c [label=d]",
    "tab\there",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_text(name: str) -> None:
    w = leaf(2)
    found = draw(np.exp(w), names={name: w})
    assert name.replace("\t", "    ").strip() in shown(found.pipe("svg"))
    assert found.details["l1"][0] == ("parameter", name)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12), min_size=1, max_size=8))
def test_any_names_stay_text(names: list[str]) -> None:
    items = [Item(Role.PARAMETER, name, box=Box(name), rows=[(name, name)]) for name in names]
    found = shown(to_picture(Sketch(items, []), title=names[0], folded=names[-1]).pipe("svg"))
    assert found >= set(names)


def test_a_newline_in_a_name_begins_a_line() -> None:
    w = leaf(2)
    assert drawn(draw(np.exp(w), names={"two\nlines": w}))["l1"][:2] == ["two", "lines"]


def test_what_no_renderer_can_show_is_replaced() -> None:
    w = leaf(2)
    assert "a\ufffdb\ufffd[31m" in draw(np.exp(w), names={"a\x00b\x1b[31m": w}).source


def test_a_long_name_is_cut_in_the_label_alone() -> None:
    w = leaf(2)
    found = draw(np.exp(w), names={"w" * 500: w})
    assert drawn(found)["l1"][0] == "w" * 59 + "…"
    assert found.details["l1"][0] == ("parameter", "w" * 500)


def test_parameters_of_modules_with_hostile_names() -> None:
    class Keyed(nn.Module):
        def __init__(self) -> None:
            self.layers = {"</TABLE><script>": linear(2, 2), 'a"b\\': linear(2, 2)}

        def forward(self, x: Any) -> Any:
            for layer in self.layers.values():
                x = layer(x)
            return x

    found = draw(Keyed(), X, backward=True)
    assert "layers.</TABLE><script>.weight" in shown(found.pipe("svg"))
    assert 'layers.a"b\\: Linear   6 parameters' in shown(found.pipe("svg"))


# -- ids and looks -----------------------------------------------------------------------------------------------------


def test_every_node_and_box_has_an_id_and_details() -> None:
    found = draw(network(), X, backward=True)
    ids = re.findall(r"\bid=(\w+)", found.source)
    assert len(ids) == len(set(ids))
    nodes = {name for name in ids if not name.startswith("legend")}
    assert nodes == found.details.keys()
    assert set(drawn(found)) <= nodes
    svg = ElementTree.fromstring(found.pipe("svg"))
    assert nodes <= {element.get("id") for element in svg.iter()}


def test_constants_are_small_and_grey_and_the_loss_is_marked() -> None:
    found = draw(np.sum(leaf(2) * 2))
    assert attribute(found, "c1", "fontsize") == "9"
    assert attribute(found, "o1", "peripheries") == "2"
    assert attribute(found, "n1", "peripheries") == ""


def test_edges_tell_shape_dtype_and_what_is_kept() -> None:
    w = ag.Tensor(np.ones((3, 2), np.float32), requires_grad=True)
    source = draw(np.sum(np.exp(w))).source
    assert 'l1 -> n1 [label=" 3×2 float32 "' in source
    assert 'n1 -> n2 [label=" 3×2 float32 ● "' in source
    assert 'n2 -> o1 [label=" scalar float32 "' in source


def test_values_through_which_no_gradient_flows_are_dashed() -> None:
    found = draw(lambda x: x * np.exp(x).detach(), X)
    assert re.search(r"n1 -> n2 \[.*style=dashed\]", found.source)
    assert "dashed: no gradient flows back" in legend(found)


def test_the_backward_pass_runs_upward_beside_the_forward_pass() -> None:
    found = draw(np.sum(np.exp(leaf(2))), backward=True)
    places = {
        line[1]: (float(line[2]), float(line[3]))
        for line in map(str.split, found.pipe("plain", encoding="utf-8").splitlines())
        if line[0] == "node"
    }
    x, y = 0, 1
    assert places["l1"][y] > places["n1"][y] > places["n2"][y] > places["o1"][y]
    assert places["o1"][y] == places["l2"][y]
    assert places["l2"][y] < places["n3"][y] < places["n4"][y] < places["o2"][y]
    assert places["o1"][x] < places["l2"][x]
    assert boxes(found) == ["forward pass", "backward pass"]


def test_arrows_that_are_laid_out_backward_say_so() -> None:
    found = draw(np.exp(leaf(2)), backward=True)
    for line in re.findall(r".*dir=back.*", found.source):
        assert "class=back" in line
    assert "dir=back" in found.source


def test_what_goes_on_to_the_next_round_has_no_say_in_the_layout() -> None:
    a, b = Item(Role.CALL, "a"), Item(Role.CALL, "b")
    sketch = Sketch([a, b], [Edge(a, b), Edge(b, a, flow=Flow.NEXT)])
    source = to_picture(sketch, title="").source
    assert re.search(r"n2 -> n1 \[.*constraint=false\]", source)


def test_it_is_a_picture_like_any_other() -> None:
    found = draw(np.exp(leaf(2)))
    assert isinstance(found.copy(), Picture)
    found.attr(rankdir="LR")
    found.node("extra")
    assert "extra" in found.source


# -- colours: text can be read on all of them, and roles told apart by those who do not see all ------------------------

TEXT = {role: (look.get("fontcolor", dot.INK), look["fillcolor"]) for role, (look, _) in dot.ROLES.items()}


def channels(colour: str) -> list[float]:
    """Linear red, green and blue, 0 to 1 (IEC 61966-2-1)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def luminance(colour: str) -> float:
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), channels(colour), strict=True))


def contrast(a: str, b: str) -> float:
    """By WCAG 2: 4.5 is enough for small text, 3 for lines."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("role", Role)
def test_text_can_be_read_on_every_role(role: Role) -> None:
    assert contrast(*TEXT[role]) >= 4.5


@pytest.mark.parametrize("fill", [heat(0), heat(0.5), heat(1), dot.CAUSE["fillcolor"]])
def test_text_can_be_read_on_heat_and_alarms(fill: str) -> None:
    assert contrast(dot.INK, fill) >= 4.5


@pytest.mark.parametrize("colour", [dot.GREY, dot.ORANGE, dot.INK])
def test_text_can_be_read_on_white(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= 4.5


@pytest.mark.parametrize("look", [dot.EDGES, dot.FLOWS[Flow.GRADIENT][0], dot.AFFECTED])
def test_lines_can_be_seen_on_white(look: Any) -> None:
    assert contrast(look["color"], "#ffffff") >= 3


def without_green(colour: str) -> list[float]:
    """As those see it who lack the cones for green (Viénot, Brettel and Mollon 1999, table of the linear map)."""
    red, green, blue = channels(colour)
    mixed = 0.29275 * red + 0.70725 * green
    return [mixed, mixed, -0.02234 * red + 0.02234 * green + blue]


@pytest.mark.parametrize(("a", "b"), [*combinations([Role.INPUT, Role.PARAMETER, Role.OUTPUT, Role.GRADIENT], 2)])
def test_leaves_and_ends_are_told_apart_without_seeing_green(a: Role, b: Role) -> None:
    borders = [without_green(dot.ROLES[role][0]["color"]) for role in (a, b)]
    fills = [without_green(dot.ROLES[role][0]["fillcolor"]) for role in (a, b)]
    difference = [max(abs(x - y) for x, y in zip(*pair, strict=True)) for pair in (borders, fills)]
    assert max(difference) > 0.05


def test_calls_have_round_corners_and_leaves_have_not() -> None:
    rounded = {role for role, (look, _) in dot.ROLES.items() if "rounded" in look.get("style", "")}
    assert rounded == {Role.CALL, Role.UNTRACKED, Role.GRADIENT_CALL, Role.UPDATE}


def test_every_role_and_every_flow_has_a_look_and_a_word() -> None:
    assert dot.ROLES.keys() == set(Role)
    assert all(word for _, word in dot.ROLES.values())
    assert dot.FLOWS.keys() == set(Flow)
    assert {flow for flow, (_, word) in dot.FLOWS.items() if not word} == {Flow.VALUE, Flow.GRADIENT}, "which are solid"


def test_heat_goes_from_white_to_orange() -> None:
    assert (heat(0), heat(1)) == ("#ffffff", "#f08c28")
