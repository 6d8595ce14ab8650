"""Pictures for the tests of what renders and shows them: small ones, drawn by hand, and that of the digit network."""

from collections.abc import Sequence
from typing import Any

import graphviz
import numpy as np

import autograd as ag
from autograd.drawing.picture import Picture
from models.mlp import MLP, cross_entropy

DEAD = "relu: 100 % of its output are zeros"
HOSTILE = [
    "</TABLE><script>alert(1)</script>",
    "</script><script>document.title = 'taken over'</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "{{script}}\\l{a|b}\" ' & &amp; \\",
    "π ≈ 3.14, 数, 🙂",
    "a\x00b\x1b[31m\ud800\uffff",
]


def network() -> Picture:
    """x and the parameters of a module, two calls, and the loss."""
    details = {
        "l0": [("input", "x"), ("shape", "(32, 784) float32")],
        "l1": [("parameter", "layers.0.weight"), ("shape", "(784, 10) float32")],
        "n0": [("call", "np.matmul"), ("called at", "models/mlp.py:42\nx @ self.weight")],
        "n1": [("call", "relu"), ("warning", DEAD)],
        "o0": [("output", "the loss"), ("value", "2.3026")],
        "cluster_0": [("module", "MLP.layers.0"), ("parameters", "7,840")],
    }
    picture = Picture(
        title="A small network", details=details, warnings=[DEAD, "something is wrong somewhere"],
        folded="12 calls were folded into 2.", node_attr={"shape": "box", "style": "filled", "fillcolor": "#dfe9f7"},
    )  # fmt: skip
    with picture.subgraph(name="cluster_0") as inside:
        inside.attr(label="layers.0: Linear", id="cluster_0", tooltip="a module")
        add(inside, "l1", "layers.0.weight\n(784, 10)", details["l1"])
        add(inside, "n0", "matmul", details["n0"])
    add(picture, "l0", "x", details["l0"])
    add(picture, "n1", "relu", details["n1"])
    add(picture, "o0", "loss", details["o0"])
    for tail, head in (("l0", "n0"), ("l1", "n0"), ("n0", "n1"), ("n1", "o0")):
        picture.edge(tail, head, label="(32, 10)", tooltip="float32")
    return picture


def digits(**options: Any) -> Picture:
    """A training step of the digit network; the options are those of `draw`."""
    model = MLP(rng=np.random.default_rng(0))
    images = np.random.default_rng(1).random((32, 784), np.float32)

    def loss(images: Any, labels: Any) -> Any:
        return cross_entropy(model(images), labels)

    return ag.draw(loss, images, np.arange(32) % 10, **options)


def chain(names: Sequence[str]) -> Picture:
    """Nodes of these names, one above the other, whose tooltips and details tell the same."""
    picture = Picture(title=names[0], warnings=names, folded=names[0])
    for k, name in enumerate(names):
        picture.details[f"n{k}"] = [(name, name), ("warning", name)]
        add(picture, f"n{k}", name, picture.details[f"n{k}"])
        if k:
            picture.edge(f"n{k - 1}", f"n{k}")
    return picture


def add(picture: Picture, name: str, label: str, rows: Sequence[tuple[str, str]]) -> None:
    tooltip = "\n".join(f"{term}: {text}" for term, text in rows)
    picture.node(name, quoted(label), id=name, tooltip=quoted(tooltip))


def quoted(text: str) -> str:
    """For DOT, which reads backslashes and HTML's entities in a label."""
    escaped: str = graphviz.escape(text.replace("&", "&amp;"))
    return escaped
